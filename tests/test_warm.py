"""A stage that is forked from a warm process does what one does that starts an interpreter."""

import warm


def test_warm_and_cold_starts_give_the_same_words_and_bytes(project, tmp_path):
    cold = project.copy(tmp_path / "cold")
    for step in ("ingest", "preprocess", "elbow", "cluster"):
        done = project.stage(step), cold.stage(step, cold=True)
        assert [(start.returncode, start.stdout, start.stderr) for start in done] == [(0, done[0].stdout, "")] * 2
    assert project.outputs() == cold.outputs()
    refused = project.stage("elbow", "elbow.k_min=11"), cold.stage("elbow", "elbow.k_min=11", cold=True)
    assert refused[0].returncode == refused[1].returncode == 2
    assert refused[0].stderr == refused[1].stderr


def test_edited_code_and_variables_that_are_read_at_import_take_a_cold_start(project):
    assert warm.is_unchanged(project.folder)
    assert warm.is_possible("elbow", ("elbow.k_max=4",), {"WAREHOUSE_URL": "sqlite:shop.db"})
    assert not warm.is_possible("elbow", ("engine=dask",), {})
    assert not warm.is_possible("elbow", (), {"NUMBA_CPU_NAME": "haswell"})
    added = project.folder / "segmentation/elbow/added.py"
    added.touch()
    assert not warm.is_unchanged(project.folder)
    added.unlink()
    project.replace("segmentation/elbow/rules.py", "CLEAR = 4.0", "CLEAR = 5.0")
    assert not warm.is_unchanged(project.folder)
