"""The executors that the work runs on, and how far they are."""

import threading
import time

import pytest
from project import alone

from segmentation.pipeline import engine, machine
from segmentation.pipeline.schema import Dask, Threads


def wait(seconds):
    time.sleep(seconds)
    return seconds


@pytest.mark.parametrize("opened", [engine.threads, lambda asked: engine.executor(Threads("threads", asked))])
@pytest.mark.parametrize(("asked", "given"), [(1, 1), (3, 3), (None, machine.cores())])
def test_the_pool_runs_exactly_as_many_threads_at_once(opened, asked, given):
    meet = threading.Barrier(given)
    with opened(asked) as pool:
        workers = list(pool.map(lambda _: (meet.wait(5), threading.get_ident())[1], range(given)))
        assert len(set(workers)) == given
        again = set(pool.map(lambda _: (time.sleep(0.001), threading.get_ident())[1], range(10 * given)))
    assert again <= set(workers)


@pytest.mark.parametrize("affinity", [1, 2])
def test_the_pool_has_a_thread_for_each_core_that_the_process_may_use(affinity):
    code = (
        f"import os; os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:{affinity}])\n"
        "from segmentation.pipeline import engine\n"
        "with engine.threads(None) as pool: print(pool._max_workers)"
    )
    assert alone(code) == [str(min(affinity, machine.cores()))]


def test_what_still_waits_when_a_step_fails_is_dropped():
    waiting, started = [], threading.Event()

    def busy():
        started.set()
        deadline = time.monotonic() + 5
        while not (waiting and waiting[0].cancelled()) and time.monotonic() < deadline:
            time.sleep(0.001)

    with pytest.raises(ZeroDivisionError), engine.threads(1) as pool:
        running = pool.submit(busy)
        started.wait(5)
        waiting.append(pool.submit(int))
        raise ZeroDivisionError
    assert waiting[0].cancelled() and running.done() and not running.cancelled()


def test_the_next_item_is_made_while_one_is_used_and_a_fault_comes_in_its_place():
    second_made = threading.Event()

    def items():
        yield "first"
        second_made.set()
        yield "second"
        raise ZeroDivisionError

    used = []
    with pytest.raises(ZeroDivisionError):
        for item in engine.ahead(items()):
            assert second_made.wait(5)
            used.append(item)
    assert used == ["first", "second"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Threads("threads", memory="1GiB"), 2**30),
        (Threads("threads"), 6000),
        (Dask("dask", workers=3, memory="1GiB"), 2**30),
        (Dask("dask", workers=3), 2000),
        (Dask("dask", "tcp://elsewhere:8786"), 512 * 2**20),
    ],
)
def test_each_process_has_its_memory(settings, expected, monkeypatch):
    monkeypatch.setattr(machine, "free_memory", lambda: 24_000)
    assert engine.memory_of_each(settings) == expected


def test_results_come_in_the_order_of_the_parts():
    with engine.threads(4) as pool:
        assert list(engine.each(pool, wait, [0.02, 0.01, 0], doing="waiting")) == [0.02, 0.01, 0]
        assert list(engine.each(pool, pow, iter([2, 3, 4]), range(3), doing="powers")) == [1, 3, 16]


@pytest.mark.parametrize(("asked", "rows", "given"), [(16, 400, 2), (16, 45_000, 4), (3, 10**6, 3), (1, 10**6, 1)])
def test_there_are_no_more_threads_than_the_rows_of_a_task_pay_for(asked, rows, given):
    with engine.threads(asked, rows) as pool:
        meet = threading.Barrier(given)
        running = pool.map(lambda _: (meet.wait(5), threading.get_ident())[1], range(4 * given))
        assert len(set(running)) == given


SHOWN = "{lib['filepath']: lib['num_threads'] for lib in threadpoolctl.threadpool_info()}"


def test_importing_the_model_changes_nothing_of_the_users_process():
    code = f"""import os, numpy, sklearn.cluster, threadpoolctl
before = dict(os.environ), {SHOWN}
import segmentation.model
assert (dict(os.environ), {SHOWN}) == before
assert len(before[1]) > 1
print("equal")"""
    assert alone(code, OPENBLAS_NUM_THREADS="3", OMP_NUM_THREADS="3") == ["equal"]


def test_each_thread_of_a_pool_runs_the_loaded_libraries_on_one_thread():
    code = f"""import numpy, sklearn.cluster, threadpoolctl
from segmentation.pipeline import engine
assert 1 not in {SHOWN}.values()
with engine.threads(2) as pool:
    for libraries in pool.map(lambda _: {SHOWN}, range(4)):
        assert len(libraries) > 1 and set(libraries.values()) == {{1}}, libraries
print("one")"""
    assert alone(code, OPENBLAS_NUM_THREADS="2", OMP_NUM_THREADS="2") == ["one"]
