"""Whole pipelines under DVC: planted truths, equal bytes, and how a stage starts and ends."""

import fcntl
import os
import platform
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from project import ROOT, STEPS, Project, small
from ruamel.yaml import YAML
from sklearn import metrics
from sklearn.metrics import adjusted_rand_score

from segmentation.model import SegmentModel

ELSEWHERE = {
    "PYTHONHASHSEED": "2",
    "TZ": "America/Los_Angeles",
    "LANG": "C",
    "OMP_NUM_THREADS": "2",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    "OPENBLAS_CORETYPE": "Haswell",
}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory) -> Project:
    """The default pipeline, run by DVC with other threads than usual, on an older processor in another time zone."""
    project = Project(tmp_path_factory.mktemp("elsewhere") / "project").under_version_control()
    project.replace("conf/engine/threads.yaml", "threads: null", "threads: 4")
    assert project.repro(env=ELSEWHERE) == list(STEPS)
    return project


def test_equal_work_gives_equal_bytes(elsewhere):
    """The lock file in Git holds the hash of everything the default pipeline writes."""
    ours, theirs = (YAML(typ="safe").load(folder / "dvc.lock")["stages"] for folder in (ROOT, elsewhere.folder))
    if f"Python {platform.python_version()}," not in (ROOT / "reports/report.html").read_text():
        for page in ("report", "walkthrough"):  # which tell of the versions that they were made with
            assert ours.pop(page)["cmd"] == theirs.pop(page)["cmd"]
    assert theirs == ours


def test_queries_give_equal_bytes_in_any_time_zone_and_on_any_processor(tmp_path):
    outputs = []
    for number, env in enumerate(({}, ELSEWHERE)):
        project = small(Project(tmp_path / str(number)))
        project.steps("dataset=online_retail", upto="ingest", env=env)
        outputs.append(project.outputs())
    assert outputs[0] == outputs[1]


def test_the_default_pipeline_recovers_its_planted_segments(elsewhere):
    planted = pq.read_table(elsewhere.folder / "data/planted")["planted"].to_numpy()
    placed = pq.read_table(elsewhere.folder / "data/segments")["segment"].to_numpy()
    assert elsewhere.json("data/k.json")["k"] == 5
    assert adjusted_rand_score(planted, placed) > 0.95
    segments = elsewhere.json("reports/segments.json")["segments"]
    for segment in segments:
        members = planted[placed == segment["segment"]]
        assert segment["name"] == max(set(members), key=list(members).count)
    means = [segment["columns"]["spending"]["mean"] for segment in segments]
    assert means == sorted(means, reverse=True)


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Project:
    """More customers than `elbow.exact_rows`, its larger coreset and the silhouette's sample hold, in several parts."""
    project = Project(tmp_path_factory.mktemp("large") / "project")
    project.replace("conf/dataset/synthetic.yaml", "rows: 10000", "rows: 12000")
    project.replace("params.yaml", "exact_rows: 20000", "exact_rows: 1000")
    project.replace("params.yaml", "part_rows: 250000", "part_rows: 2345")
    return project.steps("executor.threads=1", upto="stability")


def test_above_exact_rows_the_planted_segments_are_recovered_too(large):
    planted = pq.read_table(large.folder / "data/planted")["planted"].to_numpy()
    placed = pq.read_table(large.folder / "data/segments")["segment"].to_numpy()
    assert large.json("data/k.json")["k"] == 5
    assert adjusted_rand_score(planted, placed) > 0.95
    cluster = large.json("reports/cluster.json")
    assert cluster["converged"]
    curve = pd.read_csv(large.folder / "reports/elbow.csv", index_col="k")
    assert curve.inertia.is_monotonic_decreasing
    assert 0.999 * curve.inertia[5] < cluster["inertia"] <= curve.inertia[5]


def test_above_exact_rows_four_threads_give_the_same_bytes(large):
    before = large.outputs()
    assert {"data/segments/part-00005.parquet", "reports/elbow.csv", "reports/stability.json"} < set(before)
    assert large.steps("executor.threads=4", upto="stability").outputs() == before


def test_metrics_are_those_of_scikit_learn_and_the_silhouette_that_of_every_second_customer(large):
    X = pq.read_table(large.folder / "data/features").drop_columns(["customer_id", "_row", "_value"]).to_pandas()
    label = pq.read_table(large.folder / "data/segments")["segment"].to_numpy()
    report = large.json("reports/cluster.json")
    assert report["sizes"] == np.bincount(label)[1:].tolist()
    assert report["calinski_harabasz"] == pytest.approx(metrics.calinski_harabasz_score(X, label))
    assert report["davies_bouldin"] == pytest.approx(metrics.davies_bouldin_score(X, label))
    assert report["silhouette"] == pytest.approx(metrics.silhouette_score(X[::2], label[::2]))
    assert report["silhouette_customers"] == 6000


def test_cluster_says_when_customers_still_change_segment(large):
    done = large.stage("cluster", "cluster.k=9", "cluster.max_passes=2")
    assert done.returncode == 0 and not done.stderr
    assert "warning: customers still change segment after pass 2: raise cluster.max_passes" in done.stdout
    report = large.json("reports/cluster.json")
    assert (report["converged"], report["iterations"]) == (False, 2)
    done = large.stage("cluster", "cluster.k=9")
    assert "warning" not in done.stdout and large.json("reports/cluster.json")["converged"]


def test_rows_in_another_order_give_the_same_segments(project, tmp_path):
    project.steps("ingest.part_rows=150", upto="ingest")
    table = pq.read_table(project.folder / "data/customers")
    order = np.random.default_rng(0).permutation(table.num_rows)
    placed = []
    for rows in (np.arange(table.num_rows), order):
        pq.write_table(table.take(rows), project.folder / "data/raw/customers.parquet")
        project.steps("dataset=csv", "data.source.files.customers=data/raw/customers.parquet")
        segments = pq.read_table(project.folder / "data/segments").drop_columns("_row").to_pandas()
        placed.append((segments.sort_values("customer_id", ignore_index=True), project.json("data/model.json")))
    assert placed[0][0].equals(placed[1][0])
    assert placed[0][1] == placed[1][1]


@pytest.mark.parametrize("threads", [1, 4])
def test_more_parts_than_threads_all_come_through(project, threads):
    project.steps("ingest.part_rows=30", f"executor.threads={threads}")
    folders = [project.folder / "data" / name for name in ("customers", "features", "segments", "planted")]
    assert {len(list(folder.glob("part-*.parquet"))) for folder in folders} == {14}
    assert {pq.read_table(folder)["customer_id"].to_pylist()[-1] for folder in folders} == {"C00000399"}
    assert project.json("reports/segments.json")["customers"] == 400


def test_left_out_customers_have_no_segment_and_the_others_keep_their_place(project):
    rows = [f"{n},{'' if n % 10 == 0 else 10 + n},{n % 7},{20 + n % 50}" for n in range(100)]
    text = "\n".join(["customer_id,spending,purchase_frequency,age", *rows])
    (project.folder / "data/raw/customers.csv").write_text(text)
    project.steps("dataset=csv", "preprocess.missing=drop", "elbow.k_max=5", "ingest.part_rows=30")
    segments = pq.read_table(project.folder / "data/segments").to_pandas()
    assert segments.customer_id.tolist() == [str(n) for n in range(100) if n % 10]
    assert project.json("reports/preprocess.json")["left_out"] == 10
    customers = pq.read_table(project.folder / "data/customers").to_pandas()
    placed = SegmentModel.load(project.folder / "data/model.json").predict(customers.dropna())
    assert placed.segment.tolist() == segments.segment.tolist()


def test_a_stage_waits_for_no_other_run_but_says_that_it_is_busy(project):
    project.steps(upto="ingest")
    with (project.folder / "reports/.ingest.json.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = project.stage("ingest")
    assert done.returncode == 5
    assert "being written by another run" in done.stderr
    assert project.stage("ingest").returncode == 0


def test_a_stage_dies_with_its_parent_and_the_next_run_clears_up(project):
    project.steps(upto="ingest")
    before = (project.folder / "data/customers/part-00000.parquet").read_bytes()
    stage = [sys.executable, "-m", "stages.ingest", "data.source.rows=40000000", "ingest.part_rows=100000"]
    parent = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess; subprocess.run({stage})"],
        cwd=project.folder,
        env={**os.environ, "DVC_STAGE": "ingest"},
    )
    partial = project.folder / "data/.customers.partial"
    wait_until(lambda: partial.exists() and any(partial.iterdir()))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_until(lambda: not busy(project.folder / "reports/.ingest.json.lock"))
    assert (project.folder / "data/customers/part-00000.parquet").read_bytes() == before
    assert project.stage("ingest").returncode == 0
    assert not partial.exists()


def test_a_step_run_by_hand_outlives_its_shell(project):
    stage = [sys.executable, "-m", "stages.ingest"]
    script = f"import subprocess; subprocess.Popen({stage}, start_new_session=True)"
    env = {name: value for name, value in os.environ.items() if not name.startswith("DVC_")}
    subprocess.run([sys.executable, "-c", script], cwd=project.folder, env=env, check=True)
    wait_until(lambda: (project.folder / "reports/ingest.json").exists())


def busy(lock) -> bool:
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def wait_until(true, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def test_every_stage_runs_as_a_script_with_overrides(project):
    env = {"PYTHONPATH": str(project.folder)}
    for step in STEPS:
        done = project.run("python", f"stages/{step}.py", "elbow.k_max=4", "cluster.k=3", env=env)
        assert (done.returncode, done.stderr) == (0, "")
        version = project.run("python", f"stages/{step}.py", "--version", env=env, cold=step == "ingest")
        assert (version.returncode, version.stderr) == (0, "") and version.stdout.startswith("segmentation ")
    assert len((project.folder / "reports/elbow.csv").read_text().splitlines()) == 5
    assert project.json("reports/cluster.json")["k"] == 3


@pytest.mark.parametrize("step", STEPS)
def test_every_stage_explains_itself(project, step):
    done = project.stage(step, "--help")
    assert done.returncode == 0
    assert "dataset: cdnow, csv, database, online_retail, synthetic" in done.stdout
    shown = project.stage(step, "--cfg", "job", "elbow.k_max=12")
    assert shown.returncode == 0
    assert "k_max: 12" in shown.stdout


def test_from_another_folder_one_line_says_where_to_run_it(tmp_path):
    done = subprocess.run(
        [sys.executable, ROOT / "stages/elbow.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert f"cd {ROOT}" in done.stderr
