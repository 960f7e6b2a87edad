"""Which steps run: only those that an edit touches."""

import json
import shutil

import pytest
from conftest import ROOT, STEPS, Project

SYNTHETIC = "conf/dataset/synthetic.yaml"
ALL = list(STEPS)


@pytest.fixture(scope="module")
def tried(ran, tmp_path_factory) -> Project:
    """One copy in which edits follow each other."""
    project = ran.copy(tmp_path_factory.mktemp("tried") / "project")
    shutil.copy(project.folder / "conf/engine/threads.yaml", project.folder / "conf/engine/two.yaml")
    return project


def test_repro_runs_every_step_once(ran):
    assert ran.steps == ALL
    assert ran.project.repro() == []


# Each row edits one thing and names the steps that run. Later rows stand on earlier ones.
EDITS = [
    ("params.yaml", "engine: threads", "engine: two", []),
    ("conf/engine/threads.yaml", "threads: null", "threads: 1", []),
    ("params.yaml", "high: 0.7", "high: 0.75", ["analyze", "stability"]),
    ("params.yaml", "low: 0.3", "low: 0.25", ["analyze", "stability"]),
    (SYNTHETIC, "names:\n", "names:\n  - {name: Best, when: {spending: high, age: high}}\n", ["analyze", "stability"]),
    ("params.yaml", "k: auto", "k: 4", ["cluster", "analyze", "stability"]),
    ("params.yaml", "n_init: 2   # as in", "n_init: 3   # as in", ["cluster"]),
    ("params.yaml", "seed: 42     # as in", "seed: 43     # as in", ["cluster"]),
    ("params.yaml", "k_max: 10", "k_max: 11", ["elbow"]),
    ("params.yaml", "n_init: 2   # restarts", "n_init: 3   # restarts", ["elbow"]),
    ("params.yaml", "k_min: 1", "k_min: 2", ["elbow"]),
    ("params.yaml", "rule: calibrated", "rule: silhouette", ["elbow"]),
    ("params.yaml", "seed: 42     # of", "seed: 43     # of", ["elbow"]),
    ("params.yaml", "exact_rows: 20000", "exact_rows: 30000", ["elbow", "cluster", "stability"]),
    ("params.yaml", "max_passes: 300", "max_passes: 200", ["cluster"]),
    ("params.yaml", "resamples: 10 ", "resamples: 9 ", ["stability"]),
    ("params.yaml", "seed: 42         # of", "seed: 43         # of", ["stability"]),
    ("params.yaml", "max_missing: 0.2", "max_missing: 0.3", ["preprocess"]),
    ("params.yaml", "missing: error", "missing: drop", ["preprocess"]),
    ("params.yaml", "clip:  ", "clip: [0.01, 0.99]", ALL[1:]),
    (SYNTHETIC, "unit: years", "unit: years of age", ["preprocess", "analyze", "stability"]),
    (SYNTHETIC, "value: spending", "value: purchase_frequency", ALL[1:]),
    (SYNTHETIC, "{unit: orders a year}", "{unit: orders a year, transform: sqrt}", ALL[1:]),
    (SYNTHETIC, "seed: 7", "seed: 8", ALL),
    ("params.yaml", "part_rows: 250000", "part_rows: 150", ALL),
]


@pytest.mark.parametrize(("file", "old", "new", "steps"), EDITS, ids=[f"{file}: {new}" for file, _, new, _ in EDITS])
def test_only_what_a_parameter_touches_runs(tried, file, old, new, steps):
    assert tried.replace(file, old, new).repro() == steps


def test_if_the_curve_changes_and_its_k_does_not_cluster_is_skipped(ran, tmp_path):
    project = ran.copy(tmp_path / "project")
    before, k = (project.folder / "reports/elbow.csv").read_bytes(), project.json("data/k.json")
    assert project.replace("params.yaml", "k_max: 10", "k_max: 11").repro() == ["elbow"]
    assert (project.folder / "reports/elbow.csv").read_bytes() != before
    assert project.json("data/k.json") == k


MODULES = {
    "__init__": ALL,
    "card": ["elbow"],
    "components": ["analyze"],
    "config": ALL,
    "coreset": ["elbow", "cluster"],
    "customers": ["preprocess"],
    "elbow": ["elbow"],
    "engine": ALL,
    "errors": ALL,
    "features": ALL[1:],
    "figures": ["elbow", "analyze", "stability"],
    "kmeans": ["elbow", "cluster", "analyze", "stability"],
    "lloyd": ["elbow", "cluster", "stability"],
    "model": ["analyze", "stability"],
    "moments": ALL[1:],
    "naming": ["analyze", "stability"],
    "null": ["elbow"],
    "outputs": ALL,
    "parts": ALL,
    "profile": ["analyze", "stability"],
    "quality": ["elbow", "cluster"],
    "query": ["ingest"],
    "restarts": ["elbow", "stability"],
    "schema": ALL,
    "stability": ["elbow", "stability"],
    "stage": ALL,
    "storage": ALL,
    "summary": ["elbow", "analyze", "stability"],
    "sweep": ["elbow", "cluster"],
    "synthetic": ["ingest"],
    "valleys": ["elbow"],
}


def test_only_what_a_module_touches_runs(ran, tmp_path):
    assert set(MODULES) == {file.stem for file in (ROOT / "segmentation").glob("*.py")}
    project = ran.copy(tmp_path / "project")
    for expected in sorted(map(tuple, set(map(tuple, MODULES.values())))):
        for module in (name for name, steps in MODULES.items() if tuple(steps) == expected):
            path = project.folder / "segmentation" / f"{module}.py"
            text = path.read_text()
            path.write_text(text + "# touched\n")
            status = json.loads(project.dvc("status", "--json"))
            assert [step for step in ALL if step in status] == list(expected), module
            path.write_text(text)
        path.write_text(text + "# touched\n")
        assert project.repro() == list(expected)


def test_a_changed_script_runs_its_step_alone(ran, tmp_path):
    project = ran.copy(tmp_path / "project")
    for step in STEPS:
        script = project.folder / "stages" / f"{step}.py"
        script.write_text(script.read_text() + "# touched\n")
        assert project.repro() == [step]
