"""The house: who may import what, and that dvc.yaml says all of it."""

import ast
import json
from pathlib import Path

import pytest
from omegaconf import OmegaConf
from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
STAGES = sorted((ROOT / "stages").glob("*.py"))
MODULES = sorted((ROOT / "segmentation").glob("*.py"))
PIPELINE = OmegaConf.to_container(OmegaConf.load(ROOT / "dvc.yaml"), resolve=False)["stages"]
BY_HAND = {"score", "compare"}  # scripts that no pipeline runs
PATHS = OmegaConf.to_container(OmegaConf.load(ROOT / "conf/paths.yaml"))


def source(file: Path) -> str:
    """The code of a script or of a notebook's cells."""
    if file.suffix == ".py":
        return file.read_text()
    cells = [cell for cell in json.loads(file.read_text())["cells"] if cell["cell_type"] == "code"]
    return "\n".join("".join(cell["source"]) for cell in cells)


def imported(file: Path) -> set[str]:
    """Dotted names of all that a file imports, inside functions too."""
    names = set()
    for node in ast.walk(ast.parse(source(file))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def reached(file: Path) -> set[str]:
    """The script and every module of `segmentation` that it, or the notebook it runs, reaches."""
    found, waiting = set(), {file, *((ROOT / PATHS["notebook"],) if file.stem == "walkthrough" else ())}
    while waiting:
        current = waiting.pop()
        found.add(current)
        for name in (name.split(".") for name in imported(current)):
            if name[0] == "segmentation":
                candidates = {ROOT / "segmentation/__init__.py"}
                if len(name) > 1:
                    candidates.add(ROOT / "segmentation" / f"{name[1]}.py")
                waiting |= {path for path in candidates if path.exists()} - found
    return {path.relative_to(ROOT).as_posix() for path in found if path.suffix == ".py"}


@pytest.mark.parametrize("file", [file for file in STAGES if file.stem not in BY_HAND], ids=lambda file: file.stem)
def test_dvc_yaml_lists_the_script_and_every_module_it_reaches(file):
    listed = {path for path in PIPELINE[file.stem]["deps"] if path.endswith(".py")}
    assert listed == reached(file)


@pytest.mark.parametrize("file", STAGES, ids=lambda file: file.stem)
def test_a_stage_never_imports_a_stage(file):
    assert not {name for name in imported(file) if name.split(".")[0] == "stages"}


def test_segmentation_knows_neither_dvc_nor_stages_and_only_stage_py_knows_hydra():
    for file in MODULES:
        roots = {name.split(".")[0] for name in imported(file)}
        assert not roots & {"dvc", "stages"}, file
        assert "hydra" not in roots or file.name == "stage.py", file


def test_one_word_per_step():
    scripts = {file.stem for file in STAGES}
    params = YAML(typ="safe").load(ROOT / "params.yaml")
    assert scripts == set(params) - {"dataset", "engine"}
    assert set(PIPELINE) == scripts - BY_HAND
    for step, stage in PIPELINE.items():
        assert stage["cmd"] == f"python -m stages.{step}"
        assert step in stage["params"]


def test_dvc_yaml_and_paths_yaml_name_the_same_files():
    outs = {next(iter(out)) for stage in PIPELINE.values() for out in stage["outs"]}
    reports, figures = PATHS["reports"], PATHS["figures"]
    written = {out for out in outs if not out.startswith((f"{reports}/", f"{figures}/"))}
    assert written == {
        path for key, path in PATHS.items() if key not in ("raw", "moved", "notebook", "reports", "figures")
    }
    read = {
        dep for stage in PIPELINE.values() for dep in stage["deps"] if not dep.startswith(("stages/", "segmentation/"))
    }
    assert read <= outs | {PATHS["raw"], PATHS["notebook"], "conf/reference"}


def test_what_makes_a_page_depends_on_its_template_style_and_scripts():
    pages = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "segmentation/pages").iterdir() if path.stem != "compare"
    }
    for stage in PIPELINE.values():
        listed = {dep for dep in stage["deps"] if dep.startswith("segmentation/pages/")}
        assert listed == (pages if "segmentation/page.py" in stage["deps"] else set())


def test_every_output_outlives_a_failing_step_and_reports_are_in_git():
    for stage in PIPELINE.values():
        for out in stage["outs"]:
            ((path, settings),) = out.items()
            assert settings["persist"], path
            assert settings.get("cache", True) is not path.startswith("reports/"), path


def test_git_ignores_data_and_not_reports(project):
    project.git("init", "-q")
    ignored = ("data/customers", "data/model.json", "data/raw/orders.csv", "data/.customers.partial", "reports/.x.lock")
    kept = ("data/raw/README.md", "data/raw/orders.csv.dvc", "reports/segments.csv")
    assert project.git("check-ignore", "-n", "-v", *ignored).count("\n") == len(ignored)
    assert not project.run("git", "check-ignore", *kept).stdout


def test_dvc_and_hydra_read_every_yaml_file_alike():
    for file in [ROOT / "params.yaml", *ROOT.glob("conf/**/*.yaml")]:
        if file.name == "config.yaml":
            continue
        ours = OmegaConf.to_container(OmegaConf.load(file), resolve=False)
        assert YAML(typ="safe").load(file) == ours, file


def test_every_line_of_params_yaml_has_its_reason():
    for line in (ROOT / "params.yaml").read_text().splitlines():
        section = line.endswith(":")
        assert not line.strip() or line.startswith("#") or section or " # " in line, line
