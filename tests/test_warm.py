"""A stage that is forked from a warm process does what one does that starts an interpreter."""

import warm

INGEST = ["-m", "stages.ingest"]


def test_warm_and_cold_starts_give_the_same_words_and_bytes(project, tmp_path):
    cold = project.copy(tmp_path / "cold")
    for step in ("ingest", "preprocess", "elbow"):
        done = project.stage(step, "elbow.k_max=3"), cold.stage(step, "elbow.k_max=3", cold=True)
        assert [(start.returncode, start.stdout, start.stderr) for start in done] == [(0, done[0].stdout, "")] * 2
    assert project.outputs() == cold.outputs()
    refused = project.stage("elbow", "elbow.k_min=11"), cold.stage("elbow", "elbow.k_min=11", cold=True)
    assert refused[0].returncode == refused[1].returncode == 2
    assert refused[0].stderr == refused[1].stderr


def test_only_stages_of_unchanged_code_in_threads_are_forked(project):
    assert warm.is_possible(INGEST, project.folder)
    assert warm.is_possible(["stages/ingest.py", "ingest.part_rows=9"], project.folder)
    assert not warm.is_possible(["stages/other.py"], project.folder)
    assert not warm.is_possible([], project.folder)
    assert not warm.is_possible([*INGEST, "engine=dask"], project.folder)
    assert not warm.is_possible(["-c", "import stages.ingest"], project.folder)
    assert not warm.is_possible(INGEST, project.folder / "conf")
    added = project.folder / "segmentation/elbow/added.py"
    added.touch()
    assert not warm.is_possible(INGEST, project.folder)
    added.unlink()
    project.replace("params.yaml", "engine: threads", "engine: dask")
    assert not warm.is_possible(INGEST, project.folder)
    project.replace("params.yaml", "engine: dask", "engine: threads")
    project.replace("segmentation/elbow/verdict.py", "CLEAR = 4.0", "CLEAR = 5.0")
    assert not warm.is_possible(INGEST, project.folder)


def test_variables_that_are_read_at_import_take_a_cold_start():
    usual = {"PATH": "/bin", "TZ": "UTC", "EDITOR": "vi"}
    assert warm.is_read_alike(usual | {"EDITOR": "ed", "WAREHOUSE_URL": "sqlite:shop.db"}, usual)
    for variable in (
        {"OMP_NUM_THREADS": "2"},
        {"TZ": "Asia/Tokyo"},
        {"PATH": "/usr/bin"},
        {"NUMBA_CPU_NAME": "haswell"},
    ):
        assert not warm.is_read_alike(usual | variable, usual)
        assert not warm.is_read_alike(usual, usual | variable)


def test_what_dask_leaves_in_the_test_process_reaches_no_stage(project, monkeypatch):
    monkeypatch.setenv("PYTHONHASHSEED", "6640")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("WAREHOUSE_URL", "sqlite:shop.db")
    environment = project.environment(None)
    assert environment["WAREHOUSE_URL"] == "sqlite:shop.db"
    assert not {"PYTHONHASHSEED", "OMP_NUM_THREADS"} & set(environment)
    assert project.environment({"PYTHONHASHSEED": "1"})["PYTHONHASHSEED"] == "1"
