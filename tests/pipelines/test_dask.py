"""The same work on a Dask cluster of real worker processes."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from project import STEPS, Project

from segmentation.features import blocks
from segmentation.kmeans import sweep
from segmentation.pipeline import engine
from segmentation.pipeline.errors import EnvironmentFault
from segmentation.pipeline.schema import Dask

distributed = pytest.importorskip("distributed", reason='Dask is not installed: pip install -e ".[dask]"')

MANY_PARTS = (
    "data.source.rows=4000",
    "elbow.exact_rows=1000",
    "elbow.k_max=6",
    "ingest.part_rows=150",
    "stability.resamples=20",
)


def written(project: Project) -> dict[str, bytes]:
    files = [f for folder in ("data", "reports") for f in (project.folder / folder).rglob("*") if f.is_file()]
    return {f.relative_to(project.folder).as_posix(): f.read_bytes() for f in files if not f.name.endswith(".lock")}


@pytest.fixture(scope="module")
def by_threads(tmp_path_factory) -> Project:
    project = Project(tmp_path_factory.mktemp("threads") / "project").steps(*MANY_PARTS, upto="stability")
    assert project.stage("export", *MANY_PARTS).returncode == 0
    return project


def start(workers: int = 2):
    """A scheduler and workers, as `dask scheduler` and `dask worker` start them."""
    return distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL
    )


@pytest.fixture(scope="module")
def cluster():
    with start() as local:
        yield local


def test_a_cluster_gives_the_same_bytes(by_threads, cluster, tmp_path):
    project = Project(tmp_path / "project")
    on_cluster = ("engine=dask", f"executor.address={cluster.scheduler_address}")
    for step in (*STEPS[:-3], "export"):  # the pages have no table to read
        done = project.stage(step, *MANY_PARTS, *on_cluster)
        assert (done.returncode, done.stderr) == (0, "")
    assert written(project) == written(by_threads)


def test_workers_of_this_machine_give_the_same_bytes(by_threads):
    before = written(by_threads)
    by_threads.replace("params.yaml", "engine: threads", "engine: dask")
    done = by_threads.stage("elbow", *MANY_PARTS, "executor.workers=1")
    assert (done.returncode, done.stderr) == (0, "")
    assert written(by_threads) == before


def fatal(block: Callable[[], np.ndarray], marker: Path) -> np.ndarray:
    """A block that kills its worker when it is read for the second time, in the middle of the sweep."""
    marker.write_text(marker.read_text() + "read ")
    if marker.read_text() == "read read ":
        os.kill(os.getpid(), signal.SIGKILL)
    return block()


def test_a_worker_killed_in_the_middle_changes_no_byte(by_threads, cluster, tmp_path):
    settings = {"k": 6, "n_init": 2, "seed": 0, "max_passes": 20}
    marker = tmp_path / "marker"
    marker.write_text("")
    with engine.threads(2) as threads, engine.executor(Dask("dask", cluster.scheduler_address)) as pool:
        table = blocks.open_table(by_threads.folder / "data/features", threads, 10**9)
        drawn = sweep.draw(table, 6, 1000, threads)
        expected = sweep.fit_to_the_end(table, drawn, pool=threads, threads=threads, **settings)
        table = blocks.open_table(by_threads.folder / "data/features", pool, 10**9)
        table.blocks[7] = partial(fatal, table.blocks[7], marker)
        drawn = sweep.draw(table, 6, 1000, pool)
        fitted = sweep.fit_to_the_end(table, drawn, pool=pool, threads=threads, **settings)
    assert marker.read_text().count("read") > 2
    assert fitted.centres.tobytes() == expected.centres.tobytes()
    assert (fitted.inertia, fitted.iterations) == (expected.inertia, expected.iterations)


def test_where_nobody_listens_the_step_ends_within_ten_seconds_and_names_the_address(by_threads):
    before, start = written(by_threads), time.monotonic()
    done = by_threads.stage("elbow", "engine=dask", "executor.address=tcp://127.0.0.1:9")
    assert done.returncode == 5
    assert time.monotonic() - start < 10
    assert done.stderr.count("\n") == 1 and "tcp://127.0.0.1:9 " in done.stderr
    assert written(by_threads) == before


def test_what_is_no_scheduler_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        threading.Thread(
            target=lambda: server.accept()[0].sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"), daemon=True
        ).start()
        with pytest.raises(EnvironmentFault, match=address), engine.executor(Dask("dask", address)):
            pass


def test_who_takes_the_call_and_says_nothing_is_given_up_in_time(monkeypatch):
    monkeypatch.setattr(engine, "PATIENCE", 2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        address, begun = f"tcp://127.0.0.1:{server.getsockname()[1]}", time.monotonic()
        with pytest.raises(EnvironmentFault, match=address), engine.executor(Dask("dask", address)):
            pass
        assert time.monotonic() - begun < 6


def test_a_scheduler_without_workers_is_refused(monkeypatch):
    monkeypatch.setattr(engine, "PATIENCE", 2)
    with start(0) as local:
        address = local.scheduler_address
        with pytest.raises(EnvironmentFault, match=f"{address}.* workers"), engine.executor(Dask("dask", address)):
            pass


def test_workers_without_the_projects_folder_are_refused(cluster, tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    monkeypatch.setattr(engine.Path, "cwd", lambda: gone)
    with pytest.raises(EnvironmentFault, match=str(gone)), engine.executor(Dask("dask", cluster.scheduler_address)):
        pass


def test_a_cluster_that_is_lost_ends_the_step_with_one_line():
    with (
        start(1) as local,
        pytest.raises(EnvironmentFault, match=f"{local.scheduler_address} was lost"),
        engine.executor(Dask("dask", local.scheduler_address)) as pool,
    ):
        results = pool.map(time.sleep, [0, 60])
        next(results)
        local.close()
        next(results)


def test_a_cluster_whose_workers_do_not_come_back_is_lost(monkeypatch):
    monkeypatch.setattr(engine, "ABSENT_SECONDS", 2)
    with (
        start(1) as local,
        pytest.raises(EnvironmentFault, match="was lost"),
        engine.executor(Dask("dask", local.scheduler_address)) as pool,
    ):
        local.scale(0)
        list(pool.map(time.sleep, [0.5] * 20))


def test_a_fault_in_a_worker_is_the_steps_own(by_threads, cluster):
    part = by_threads.folder / "data/features/part-00003.parquet"
    whole = part.read_bytes()
    part.write_bytes(whole[:-100])
    done = by_threads.stage("elbow", "engine=dask", f"executor.address={cluster.scheduler_address}")
    part.write_bytes(whole)
    assert done.returncode == 4
    assert done.stderr.startswith("elbow: data/features/part-00003.parquet is missing, truncated or corrupt")


def test_without_dask_one_line_says_what_to_install(by_threads):
    code = "import sys; sys.modules['distributed'] = None; sys.argv = ['elbow', 'engine=dask']; "
    code += "import runpy; runpy.run_module('stages.elbow', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=by_threads.folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 5
    assert done.stderr.endswith("pip install --editable '.[dask]'\n")
