"""Which steps run: only those that an edit touches."""

import json
import shutil
from pathlib import Path

import pytest
from project import ROOT, STEPS, Project

SYNTHETIC = "conf/dataset/synthetic.yaml"
ALL = list(STEPS[:-2])  # up to the report; the others obey little of params.yaml but their own sections


@pytest.fixture(scope="module")
def tried(ran, tmp_path_factory) -> Project:
    """One copy in which edits follow each other."""
    project = ran.copy(tmp_path_factory.mktemp("tried") / "project")
    shutil.copy(project.folder / "conf/engine/threads.yaml", project.folder / "conf/engine/two.yaml")
    return project


def test_repro_runs_every_step_once(ran):
    assert ran.steps == list(STEPS)
    assert ran.project.repro() == []


# Each row edits one thing and names the steps that run. Later rows stand on earlier ones.
NAMED = ["analyze", "stability", "report"]
SWEPT = ["elbow", "analyze", "report"]
EDITS = [
    ("params.yaml", "engine: threads", "engine: two", []),
    ("conf/engine/threads.yaml", "threads: null", "threads: 1", []),
    ("params.yaml", "high: 0.7", "high: 0.75", NAMED),
    (SYNTHETIC, "names:\n", "names:\n  - {name: Best, when: {spending: high, age: high}}\n", NAMED),
    ("params.yaml", "title: Customer", "title: Our", ["report"]),
    ("params.yaml", "k: auto", "k: 4", ["cluster", *NAMED]),
    ("params.yaml", "n_init: 2   # as in", "n_init: 3   # as in", ["cluster", "report"]),
    ("params.yaml", "k_max: 10", "k_max: 11", SWEPT),
    ("params.yaml", "rule: calibrated", "rule: silhouette", ["elbow", "report"]),
    ("params.yaml", "exact_rows: 20000", "exact_rows: 30000", ["elbow", "cluster", "stability", "report"]),
    ("params.yaml", "resamples: 10 ", "resamples: 9 ", ["stability", "report"]),
    ("params.yaml", "max_missing: 0.2", "max_missing: 0.3", ["preprocess", "report"]),
    ("params.yaml", "clip:  ", "clip: [0.01, 0.99]", ALL[1:]),
    (SYNTHETIC, "unit: years", "unit: years of age", ["preprocess", "cluster", *NAMED]),
    (SYNTHETIC, "value: spending", "value: purchase_frequency", ALL[1:]),
    (SYNTHETIC, "seed: 7", "seed: 8", ALL),
]


@pytest.mark.parametrize(("file", "old", "new", "steps"), EDITS, ids=[f"{file}: {new}" for file, _, new, _ in EDITS])
def test_only_what_a_parameter_touches_runs(tried, file, old, new, steps):
    assert tried.replace(file, old, new).repro("report") == steps


def test_if_the_curve_changes_and_its_k_does_not_cluster_is_skipped(ran, tmp_path):
    project = ran.copy(tmp_path / "project")
    before, k = (project.folder / "reports/elbow.csv").read_bytes(), project.json("data/k.json")
    assert project.replace("params.yaml", "k_max: 10", "k_max: 11").repro("report") == SWEPT
    assert (project.folder / "reports/elbow.csv").read_bytes() != before
    assert project.json("data/k.json") == k


# A file of each wing, and of what else lies beside the code, and the steps that read that wing or that file.
FILES = {
    "segmentation/pipeline/parts.py": list(STEPS),
    "segmentation/sources/synthetic.py": ["ingest", "export"],
    "segmentation/features/customers.py": list(STEPS[1:]),
    "segmentation/figures/palette.py": ["elbow", "analyze", "stability", "report", "walkthrough"],
    "segmentation/kmeans/quality.py": ["elbow", "cluster", "stability"],
    "segmentation/model/drift.py": ["cluster", "analyze", "stability", "report", "export"],
    "segmentation/elbow/valleys.py": ["elbow"],
    "segmentation/segments/definition.py": ["analyze", "stability", "report"],
    "segmentation/activation/sql.py": ["export"],
    "segmentation/pages/templates/report.html": ["report", "walkthrough"],
    "conf/reference/README.md": ["cluster"],
    "notebooks/walkthrough.ipynb": ["walkthrough"],
}


@pytest.mark.parametrize(("file", "steps"), FILES.items())
def test_only_what_a_file_touches_would_run(ran, tmp_path, file, steps):
    project = ran.copy(tmp_path / "project")
    path = project.folder / file
    path.write_text(path.read_text() + "\n")
    status = json.loads(project.dvc("status", "--json"))
    assert [step for step in STEPS if step in status] == steps


def test_every_wing_has_a_row():
    wings = {path.parent.name for path in (ROOT / "segmentation").glob("*/__init__.py")}
    assert wings == {Path(file).parts[1] for file in FILES if file.startswith("segmentation/")}


def test_what_python_compiles_on_import_touches_no_step(ran, tmp_path):
    project = ran.copy(tmp_path / "project")
    compiling = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": ""}
    done = project.run("python", "-m", "stages.ingest", "--cfg", "job", env=compiling)
    assert done.returncode == 0
    assert list((project.folder / "segmentation/pipeline/__pycache__").glob("parts.*.pyc"))
    assert json.loads(project.dvc("status", "--json")) == {}


@pytest.mark.parametrize(
    ("step", "old", "new"),
    [("walkthrough", "customers: 20000", "customers: 300"), ("export", "salt: first", "salt: second")],
)
def test_the_last_steps_obey_their_own_sections(ran, tmp_path, step, old, new):
    project = ran.copy(tmp_path / "project").replace("params.yaml", old, new)
    assert list(json.loads(project.dvc("status", "--json"))) == [step]


def test_scoring_and_comparing_are_no_steps(ran, tmp_path):
    project = ran.copy(tmp_path / "project").replace("params.yaml", "rev: HEAD", "rev: v1")
    project.replace("params.yaml", "output: data/scored.parquet", "output: data/scored.csv")
    assert project.repro() == []


def test_a_changed_script_runs_its_step_alone(ran, tmp_path):
    project = ran.copy(tmp_path / "project")
    for step in ("elbow", "report"):
        script = project.folder / "stages" / f"{step}.py"
        script.write_text(script.read_text() + "# touched\n")
        assert project.repro() == [step]
