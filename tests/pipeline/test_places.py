"""What a step writes never lies where the project, another step or the customers' data lie, however it is spelled."""

import os
import subprocess
from copy import deepcopy
from pathlib import Path

import pytest
from configuration import composed
from omegaconf import OmegaConf
from project import ROOT

from segmentation.pipeline import places
from segmentation.pipeline.config import typed_config

CONFIG = typed_config(composed("csv"))


@pytest.fixture
def collisions(tmp_path, monkeypatch):
    """Tells the collisions of a configuration with some values, in a folder with files and links to them."""
    root = tmp_path / "project"
    for folder in ("segmentation", "conf", ".git", "data/raw", "data/examples", "data/customers", "in", "links"):
        (root / folder).mkdir(parents=True)
    (tmp_path / "other/.git").mkdir(parents=True)
    (tmp_path / "away").mkdir()
    for file in (
        "data/new.csv",
        "data/sales [1].csv",
        "data/raw/customers.csv",
        "in/a.csv",
        "data/customers/a.parquet",
    ):
        (root / file).touch()
    (root / "link.csv").symlink_to("data/new.csv")
    (root / "links/linked.csv").symlink_to("../data/new.csv")
    (root / "links/part.parquet").symlink_to("../data/customers/a.parquet")
    (root / "data-link").symlink_to("data")
    (root / "code-link").symlink_to("segmentation")
    (root / "links/in").symlink_to("../in")
    os.link(root / "data/new.csv", root / "hard.csv")
    monkeypatch.chdir(root)

    def told(**values):
        config = deepcopy(CONFIG)
        for key, value in values.items():
            match key.split("_", 1):
                case ["score", name]:
                    setattr(config.score, name, value)
                case ["paths", name]:
                    setattr(config.paths, name, value.format(root=root))
                case ["source", name]:
                    config.data.source.files = {name: value}
        return places.find_collisions(config)

    return told


HERE = "{here}"
# A case: score.input and score.output; HERE is the absolute path of the project.
SAME = {
    "the same words": ("data/new.csv", "data/new.csv"),
    "a dot before": ("./data/new.csv", "data/new.csv"),
    "a dot behind": ("data/new.csv", "./data/./new.csv"),
    "two slashes": ("data/new.csv", "data//new.csv"),
    "up and down": ("data/new.csv", "in/../data/new.csv"),
    "an absolute path": ("data/new.csv", f"{HERE}/data/new.csv"),
    "a URL": (f"file://{HERE}/data/new.csv", "data/new.csv"),
    "a link to a file": ("link.csv", "data/new.csv"),
    "into a link": ("data/new.csv", "link.csv"),
    "a link to a folder": ("data-link/new.csv", "data/new.csv"),
    "a hard link": ("hard.csv", "data/new.csv"),
    "a glob": ("data/*.csv", "data/new.csv"),
    "a glob of one character": ("data/n?w.csv", "data/new.csv"),
    "a glob of some characters": ("data/[a-n]ew.csv", "data/new.csv"),
    "a glob of folders": ("*/new.csv", "data/new.csv"),
    "a glob at any depth": ("**/new.csv", "data/new.csv"),
    "an absolute glob": (f"{HERE}/data/*.csv", "data/new.csv"),
    "a glob of links": ("links/*.csv", "data/new.csv"),
    "a glob of linked folders": ("links/*/*.csv", "in/a.csv"),
    "a glob of hard links": ("h*.csv", "data/new.csv"),
    "a file that the glob will name": ("data/*.csv", "data/later.csv"),
    "a folder that the glob will name": ("data/**/*.csv", "data/later/on/x.csv"),
    "a file that a linked glob will name": ("data-link/*.csv", "data/later.csv"),
    "a folder that is read": ("in", "in/scored.csv"),
    "a folder above, that is read": ("data/", "data/later/on/x.csv"),
    "a linked folder that is read": ("links/in", "in/scored.csv"),
    "a name with brackets": ("data/sales [1].csv", "data/sales [1].csv"),
    "the drift table": ("data/x.drift.csv", "data/x.parquet"),
    "the drift table in a glob": ("data/*.csv", "data/x.parquet"),
    "hidden work beside it": ("data/.x.csv.partial", "data/x.csv"),
    "a hidden file beside it": ("data/.x.drift.csv.lock", "data/x.csv"),
    "a table of a query": ({"orders": "data/new.csv", "returns": "in/a.csv"}, "in/a.csv"),
}


@pytest.mark.parametrize(("read", "written"), SAME.values(), ids=SAME)
def test_customers_are_not_scored_over_or_into_what_is_read(collisions, read, written):
    here = str(Path.cwd())
    read = {key: path.replace(HERE, here) for key, path in read.items()} if isinstance(read, dict) else read
    read = read.replace(HERE, here) if isinstance(read, str) else read
    ((key, message), *_) = collisions(score_input=read, score_output=written.replace(HERE, here))
    assert key == "score.output"
    assert "score would write " in message and "which is read (score.input" in message


APART = {
    "another file": ("data/new.csv", "data/scored.csv"),
    "another format": ("data/new.csv", "data/new.parquet"),
    "a glob of other files": ("data/new*.csv", "data/scored.csv"),
    "a glob of one folder": ("in/*.csv", "in/deeper/scored.csv"),
    "the pipeline's own customers": ("data/customers", "data/scored.csv"),
    "brackets that are a name": ("data/sales [1].csv", "data/sales 1.csv"),
    "another name in capitals": ("data/new.csv", "data/NEW.csv"),
    "an object of the same path": ("s3://data/new.csv", "data/new.csv"),
}


@pytest.mark.parametrize(("read", "written"), APART.values(), ids=APART)
def test_customers_are_scored_beside_what_is_read(collisions, read, written):
    assert collisions(score_input=read, score_output=written) == []


def test_a_file_system_that_ignores_case_is_believed(collisions):
    Path("PARAMS.YAML").touch()  # as a Mac finds params.yaml
    ((key, _), *_) = collisions(score_input="data/new.csv", score_output="data/NEW.CSV")
    assert key == "score.output"
    assert collisions(paths_k="data/K\u00f6ln.json", paths_sweep="data/ko\u0308ln.json")


# A case: settings, the key at fault and what is said.
SETTINGS = {
    "code": ({"paths_planted": "segmentation"}, "paths.planted", "ingest would write segmentation over segmentation"),
    "in code": ({"paths_k": "stages/k.json"}, "paths.k", "elbow would write stages/k.json into stages, a part of the"),
    "a link to code": ({"paths_planted": "code-link"}, "paths.planted", "over segmentation, a part of the project"),
    "through a link": ({"paths_export": "code-link/x"}, "paths.export", "into segmentation, a part of the project"),
    "settings": ({"paths_reports": "conf"}, "paths.reports", "would write conf/ingest.json into conf"),
    "the project": ({"paths_customers": "."}, "paths.customers", "ingest would write . over segmentation"),
    "above the project": ({"paths_customers": ".."}, "paths.customers", "over segmentation"),
    "the root": ({"paths_customers": "/"}, "paths.customers", "ingest would write / over segmentation"),
    "by its whole path": ({"paths_features": "{root}/"}, "paths.features", "over segmentation"),
    "all data": ({"paths_customers": "data"}, "paths.customers", "over data/examples, a part of the project"),
    "the examples": ({"paths_moved": "data/examples/x.csv"}, "paths.moved", "into data/examples"),
    "a file of Git": ({"paths_moved": "README.md"}, "paths.moved", "compare would write README.md over README.md"),
    "a file of DVC": ({"paths_k": "dvc.lock"}, "paths.k", "over dvc.lock, a part of the project"),
    "Git's folder": ({"paths_figures": ".git/hooks"}, "paths.figures", "into .git, a part of the project"),
    "Git's folder elsewhere": ({"paths_k": "../other/.git/k"}, "paths.k", "into a folder of Git or DVC"),
    "scores in code": ({"score_output": "./conf/x.csv"}, "score.output", "score would write ./conf/x.csv into conf"),
    "one folder twice": (
        {"paths_features": "./data/customers/"},
        "paths.features",
        "over data/customers, which ingest",
    ),
    "one file twice": ({"paths_k": "data//sweep.json"}, "paths.k", "over data/sweep.json, which elbow writes"),
    "one report twice": ({"paths_reports": "data"}, "paths.reports", "write data/sweep.json over data/sweep.json"),
    "in a table": ({"paths_k": "data-link/customers/k.json"}, "paths.k", "into data/customers, which ingest replaces"),
    "a table in a table": ({"paths_features": "data/export/x"}, "paths.features", "into data/export, which export"),
    "scores over a report": (
        {"score_output": "reports/elbow.csv"},
        "score.output",
        "over reports/elbow.csv, which elb",
    ),
    "scores in a table": (
        {"score_output": "data/customers/x.csv"},
        "score.output",
        "into data/customers, which ingest",
    ),
    "hidden files": ({"paths_k": "data/.customers.partial"}, "paths.k", "over data/customers, which ingest writes"),
    "in the raw data": (
        {"paths_moved": "data/raw/moved.csv"},
        "paths.moved",
        "into data/raw, which is read (paths.raw",
    ),
    "the notebook": ({"paths_notebook": "x.ipynb", "paths_k": "x.ipynb"}, "paths.k", "over x.ipynb, which is read"),
    "objects": (
        {"paths_features": "s3a://b//x/../c", "paths_customers": "s3://b/c"},
        "paths.features",
        "over s3://b/c",
    ),
    "in objects": ({"paths_planted": "s3://b/c/p", "paths_customers": "s3://b/c"}, "paths.planted", "into s3://b/c"),
}


@pytest.mark.parametrize(("values", "key", "words"), SETTINGS.values(), ids=SETTINGS)
def test_outputs_lie_neither_in_the_project_nor_in_each_other_nor_in_what_is_read(collisions, values, key, words):
    found = collisions(**values)
    assert [message for at, message in found if at == key and words in message], found


# A case: a file of the data set and the output that it meets.
SOURCES = {
    "a table": ("data/customers/x.csv", "ingest would write data/customers over it (paths.customers)"),
    "a glob in a table": ("data/customers/*.csv", "ingest would write data/customers over it"),
    "a table by a link": ("data-link/customers/a.parquet", "ingest would write data/customers over it"),
    "a link into a table": ("links/part.parquet", "ingest would write data/customers over it"),
    "a glob of links into a table": ("links/*.parquet", "ingest would write data/customers over it"),
    "all parts": ("data/*/*.parquet", "ingest would write data/customers"),
    "the exported table": ("data/**/*.csv", "export would write data/export into it (paths.export)"),
    "the list of movers": ("data/*.csv", "compare would write data/moved.csv into it (paths.moved)"),
    "a report": ("reports/elbow.csv", "elbow would write reports/elbow.csv over it (paths.reports)"),
    "a model": (f"{HERE}/data/model.json", "analyze would write data/model.json over it (paths.model)"),
    "all of data": ("data", "ingest would write data/customers into it"),
}


@pytest.mark.parametrize(("pattern", "words"), SOURCES.values(), ids=SOURCES)
def test_customers_are_not_read_where_a_step_writes(collisions, pattern, words):
    found = collisions(source_customers=pattern.replace(HERE, str(Path.cwd())))
    assert found[0][0] == "data.source.files.customers" or pattern == "data/*.csv"
    assert [message for key, message in found if words in message and "keep your files elsewhere" in message], found


def test_objects_are_compared_by_their_addresses(collisions):
    found = collisions(source_customers="s3://b/in/*.parquet", paths_customers="s3a://b//in")
    assert "ingest would write s3a://b//in over it" in found[0][1]
    assert collisions(source_customers="s3://b/in/*.parquet", paths_customers="s3://b/out") == []


@pytest.mark.parametrize(
    "path", ["../away/customers", "other/customers", "{root}/x", "customers", "s3://b/segmentation"]
)
def test_a_step_may_write_elsewhere(collisions, path):
    assert collisions(paths_customers=path) == []


def test_the_table_of_what_is_written_is_that_of_dvc_yaml():
    stages = OmegaConf.to_container(OmegaConf.load(ROOT / "dvc.yaml"), resolve=False)["stages"]
    paths = OmegaConf.load(ROOT / "conf/paths.yaml")
    written = {step: {t.format_map(paths).rstrip("/") for t in w.split()} for step, w in places.WRITTEN.items()}
    assert written.pop("compare") == {"data/moved.csv", *(f"reports/compare.{kind}" for kind in ("json", "html", "md"))}
    assert written == {step: {next(iter(out)) for out in stage["outs"]} for step, stage in stages.items()}


def test_all_that_lies_in_git_beside_data_and_reports_is_out_of_reach():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert {line.split("/")[0] for line in done.stdout.split()} <= {*places.PROJECT.split(), "data", "reports"}
