"""The executors that the work runs on, and how far they are."""

import re
import threading
import time

import pytest
from project import alone, terminal

from segmentation.pipeline import engine, machine
from segmentation.pipeline.schema import Threads


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


def test_results_come_in_the_order_of_the_parts():
    with engine.threads(4) as pool:
        assert list(engine.each(pool, wait, [0.02, 0.01, 0], doing="waiting")) == [0.02, 0.01, 0]
        assert list(engine.each(pool, pow, iter([2, 3, 4]), range(3), doing="powers")) == [1, 3, 16]


def test_what_takes_over_two_seconds_shows_part_and_seconds_left_until_it_is_done():
    with terminal() as shown, engine.threads(2) as pool:
        parts, started = engine.each(pool, wait, [0.1] * 60, doing="placing customers"), time.monotonic()
        for _ in parts:
            if text := shown():
                break
        elapsed = time.monotonic() - started
        assert elapsed > 1.9
        done, seconds = map(int, re.search(r"^\rplacing customers: part (\d+) of 60, 00:0(\d) left", text).groups())
        assert seconds == pytest.approx((60 - done) * elapsed / done, abs=1.1)
        parts.close()
        assert shown().strip(" \r") == ""


def test_what_takes_less_is_silent_and_so_is_all_without_a_terminal(capfd):
    with engine.threads(2) as pool:
        with terminal() as shown:
            list(engine.each(pool, wait, [0.01] * 9, doing="quick"))
            assert not shown()
        list(engine.each(pool, wait, [0.1] * 3, doing="slow", since=time.monotonic() - 10))
    assert capfd.readouterr() == ("", "")


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
