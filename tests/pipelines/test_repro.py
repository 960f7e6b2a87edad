"""Which steps run: only those that an edit touches."""

import json
import shutil
from pathlib import Path

import pytest
from project import ROOT, STEPS, Project

SYNTHETIC = "conf/dataset/synthetic.yaml"
NAMED = ["analyze", "stability", "report"]


def stale(project: Project) -> list[str]:
    """The steps of which `dvc status` says that something they read has changed."""
    status = json.loads(project.dvc("status", "--json"))
    return [step for step in STEPS if step in status]


def test_repro_runs_every_step_once(ran):
    assert ran.steps == list(STEPS)
    assert ran.project.repro() == []


# Each row edits one thing and names the steps that read it.
EDITS = [
    ("params.yaml", "engine: threads", "engine: two", []),
    ("conf/engine/threads.yaml", "threads: null", "threads: 1", []),
    ("params.yaml", "high: 0.7", "high: 0.75", NAMED),
    (SYNTHETIC, "names:\n", "names:\n  - {name: Best, when: {spending: high, age: high}}\n", NAMED),
    ("params.yaml", "title: Customer", "title: Our", ["report"]),
    ("params.yaml", "k: auto", "k: 4", ["cluster", "report"]),
    ("params.yaml", "n_init: 2   # as in", "n_init: 3   # as in", ["cluster", "report"]),
    ("params.yaml", "k_max: 7", "k_max: 8", ["elbow", "report"]),
    ("params.yaml", "rule: calibrated", "rule: silhouette", ["elbow", "report"]),
    ("params.yaml", "exact_rows: 20000", "exact_rows: 30000", ["elbow", "cluster", "stability", "report"]),
    ("params.yaml", "resamples: 10 ", "resamples: 9 ", ["stability", "report"]),
    ("params.yaml", "max_missing: 0.2", "max_missing: 0.3", ["preprocess", "report"]),
    ("params.yaml", "clip:  ", "clip: [0.01, 0.99]", ["preprocess", "report"]),
    (SYNTHETIC, "unit: years", "unit: years of age", ["preprocess", *NAMED]),
    (SYNTHETIC, "value: spending", "value: purchase_frequency", ["preprocess", *NAMED]),
    (SYNTHETIC, "seed: 7", "seed: 8", ["ingest", "report"]),
    ("params.yaml", "customers: 20000", "customers: 300", ["walkthrough"]),
    ("params.yaml", "salt: first", "salt: second", ["export"]),
    ("params.yaml", "rev: HEAD", "rev: v1", []),
    ("params.yaml", "output: data/scored.parquet", "output: data/scored.csv", []),
]


@pytest.fixture(scope="module")
def edited(ran, tmp_path_factory) -> Project:
    """A copy that each test edits, and puts right again."""
    project = ran.copy(tmp_path_factory.mktemp("edited") / "project")
    shutil.copy(project.folder / "conf/engine/threads.yaml", project.folder / "conf/engine/two.yaml")
    return project


@pytest.mark.parametrize(("file", "old", "new", "steps"), EDITS, ids=[f"{file}: {new}" for file, _, new, _ in EDITS])
def test_only_the_steps_that_read_a_parameter_are_stale(edited, file, old, new, steps):
    edited.replace(file, old, new)
    try:
        assert stale(edited) == steps
    finally:
        edited.replace(file, new, old)


# Edits as above, and the steps that run: those that read it, and those after them whose inputs came out changed.
RUNS = [
    ("params.yaml", "max_missing: 0.2", "max_missing: 0.3", ["preprocess", "report"]),
    ("params.yaml", "clip:  ", "clip: [0.01, 0.99]", ["preprocess", "elbow", "cluster", *NAMED]),
    (SYNTHETIC, "unit: years", "unit: years of age", ["preprocess", "cluster", *NAMED]),
    (SYNTHETIC, "seed: 7", "seed: 8", list(STEPS[:-2])),
]


@pytest.mark.parametrize(("file", "old", "new", "steps"), RUNS, ids=[f"{file}: {new}" for file, _, new, _ in RUNS])
def test_only_steps_with_changed_inputs_run(ran, tmp_path, file, old, new, steps):
    assert ran.copy(tmp_path / "project").replace(file, old, new).repro("report") == steps


def test_if_the_curve_changes_and_its_k_does_not_cluster_is_skipped(ran, tmp_path):
    project = ran.copy(tmp_path / "project")
    before, k = (project.folder / "reports/elbow.csv").read_bytes(), project.json("data/k.json")
    steps = ["elbow", "analyze", "stability", "report"]
    assert project.replace("params.yaml", "k_max: 7", "k_max: 8").repro("report") == steps
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
def test_only_the_steps_that_read_a_file_are_stale(edited, file, steps):
    path = edited.folder / file
    before = path.read_text()
    path.write_text(before + "\n")
    try:
        assert stale(edited) == steps
    finally:
        path.write_text(before)


def test_every_wing_that_a_step_reaches_has_a_row():
    wings = {path.parent.name for path in (ROOT / "segmentation").glob("*/__init__.py")}
    assert wings - {"adoption"} == {Path(file).parts[1] for file in FILES if file.startswith("segmentation/")}


def test_what_python_compiles_on_import_touches_no_step(ran, tmp_path):
    project = ran.copy(tmp_path / "project")
    compiling = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": ""}
    done = project.run("python", "-m", "stages.ingest", "--cfg", "job", env=compiling)
    assert done.returncode == 0
    assert list((project.folder / "segmentation/pipeline/__pycache__").glob("parts.*.pyc"))
    assert json.loads(project.dvc("status", "--json")) == {}


def test_a_changed_script_runs_its_step_alone(ran, tmp_path):
    project = ran.copy(tmp_path / "project")
    script = project.folder / "stages/elbow.py"
    script.write_text(script.read_text() + "# touched\n")
    assert project.repro() == ["elbow"]
