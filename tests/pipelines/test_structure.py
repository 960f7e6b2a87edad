"""The structure of the project: which wing may import which, and that dvc.yaml lists exactly what a stage reaches."""

import ast
import json
import re
from collections.abc import Set
from functools import cache
from pathlib import Path

import pytest
from omegaconf import OmegaConf
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
STAGES = sorted((ROOT / "stages").glob("*.py"))
MODULES = sorted((ROOT / "segmentation").rglob("*.py"))
PIPELINE = OmegaConf.to_container(OmegaConf.load(ROOT / "dvc.yaml"), resolve=False)["stages"]
BY_HAND = {"score", "compare", "adopt"}  # scripts that no pipeline runs
PATHS = OmegaConf.to_container(OmegaConf.load(ROOT / "conf/paths.yaml"))
# Each wing and those that it stands on, from the ground up: a wing imports none that is listed after it.
WINGS = {
    "pipeline": set(),
    "sources": {"pipeline"},
    "adoption": {"pipeline", "sources"},
    "features": {"pipeline"},
    "figures": {"pipeline"},
    "kmeans": {"features", "pipeline"},
    "model": {"features", "pipeline"},
    "elbow": {"kmeans", "features", "pipeline"},
    "segments": {"features", "model", "pipeline"},
    "activation": {"model", "segments", "features", "sources", "figures", "pipeline"},
    "pages": {"figures", "segments", "activation", "model", "features", "pipeline"},
}


def source(file: Path) -> str:
    """The code of a script or of a notebook's cells."""
    if file.suffix == ".py":
        return file.read_text()
    cells = [cell for cell in json.loads(file.read_text())["cells"] if cell["cell_type"] == "code"]
    return "\n".join("".join(cell["source"]) for cell in cells)


@cache
def imported(file: Path) -> frozenset[str]:
    """Dotted names of all that a file imports, inside functions too."""
    names = set()
    for node in ast.walk(ast.parse(source(file))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


@cache
def imported_modules(file: Path) -> frozenset[Path]:
    """The files of `segmentation` that a file imports by their names."""
    places = [ROOT.joinpath(*name.split(".")) for name in imported(file) if name.split(".")[0] == "segmentation"]
    modules = {module for place in places for module in (place.with_suffix(".py"), place / "__init__.py")}
    return frozenset(module for module in modules if module.exists())


def reached(file: Path) -> set[Path]:
    """The files of `segmentation` that a script, or the notebook that it runs, reaches through imports."""
    seen, waiting = set(), {file, *((ROOT / PATHS["notebook"],) if file.stem == "walkthrough" else ())}
    while waiting:
        current = waiting.pop()
        seen.add(current)
        waiting |= imported_modules(current) - seen
    return seen


def wing(module: Path) -> str:
    """The wing that a file of `segmentation` lies in; empty for the package itself and for scripts."""
    place = module.relative_to(ROOT).parts
    return place[1] if place[0] == "segmentation" and len(place) == 3 else ""


def wings(modules: Set[Path]) -> set[str]:
    return {wing(module) for module in modules} - {""}


@pytest.mark.parametrize("file", [file for file in STAGES if file.stem not in BY_HAND], ids=lambda file: file.stem)
def test_dvc_yaml_lists_the_script_and_exactly_the_wings_that_it_reaches(file):
    listed = [dep for dep in PIPELINE[file.stem]["deps"] if dep.startswith(("stages/", "segmentation/"))]
    version = ["segmentation/__init__.py"] if "segmentation.__version__" in file.read_text() else []
    expected = [f"segmentation/{name}" for name in sorted(wings(reached(file)))]
    assert listed == [f"stages/{file.name}", *version, *expected]


def test_no_module_lies_outside_a_wing():
    assert {module.parent.name for module in MODULES if module.name != "__init__.py"} == set(WINGS)
    assert [module.name for module in (ROOT / "segmentation").glob("*.py")] == ["__init__.py"]


@pytest.mark.parametrize("name", WINGS)
def test_a_wing_imports_only_those_that_it_stands_on(name):
    lower = list(WINGS)[: list(WINGS).index(name)]
    assert WINGS[name] <= set(lower)
    for module in MODULES:
        if wing(module) == name:
            assert wings(imported_modules(module)) - {name} <= WINGS[name], module


def test_within_a_wing_imports_make_no_circle():
    for module in MODULES:
        others = reached(module) - {module}
        assert not [other for other in others if module in reached(other) and other.name != "__init__.py"], module


def test_dvc_compares_the_code_of_a_wing_and_not_what_python_compiles_of_it():
    assert "__pycache__/" in (ROOT / ".dvcignore").read_text().splitlines()


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
    assert read <= outs | {"data/examples", PATHS["raw"], PATHS["notebook"], "conf/reference"}


def test_every_output_outlives_a_failing_step_and_reports_are_in_git():
    for stage in PIPELINE.values():
        for out in stage["outs"]:
            ((path, settings),) = out.items()
            assert settings["persist"], path
            assert settings.get("cache", True) is not path.startswith("reports/"), path


def test_git_ignores_data_and_not_reports(project):
    project.git("init", "-q")
    ignored = ("data/customers", "data/model.json", "data/raw/orders.csv", "data/.customers.partial", "reports/.x.lock")
    kept = ("data/raw/README.md", "data/raw/orders.csv.dvc", "data/examples/online_retail.parquet", "reports/k.json")
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


def test_at_most_40_arrows_run_between_wings():
    assert sum(map(len, WINGS.values())) <= 40


def test_dvc_yaml_has_at_most_240_lines():
    assert len((ROOT / "dvc.yaml").read_text().splitlines()) <= 240


@pytest.mark.parametrize("file", [*MODULES, *STAGES], ids=lambda file: f"{file.parent.name}/{file.name}")
def test_no_file_is_longer_than_300_lines_and_no_function_than_40(file):
    assert len(file.read_text().splitlines()) <= 300
    functions = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)]
    assert not [node.name for node in functions if node.end_lineno - node.lineno + 1 > 40]


@pytest.mark.parametrize("file", [*MODULES, *STAGES], ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_module_and_every_stage_has_tests_of_its_own(file):
    assert file.name == "__init__.py" or (ROOT / "tests" / file.parent.name / f"test_{file.name}").exists()


def test_every_table_of_text_is_written_as_csv_by_the_module_that_guards_it():
    writers = re.compile(r"\.to_csv\(|csv\.(writer|DictWriter|CSVWriter|write_csv)\(|FORMAT csv", re.IGNORECASE)
    found = {file.name for file in [*MODULES, *STAGES] if writers.search(file.read_text())}
    # elbow.csv holds numbers under fixed headings, and the copy of a workbook is read by DuckDB alone.
    assert found == {"spreadsheet.py", "elbow.py", "workbooks.py"}
