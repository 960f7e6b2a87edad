"""The pool of threads that the work runs on."""

import os
import threading
import time

from segmentation import engine

import pytest


@pytest.mark.parametrize(("asked", "given"), [(1, 1), (3, 3), (None, os.cpu_count())])
def test_the_pool_runs_exactly_as_many_threads_at_once(asked, given):
    meet = threading.Barrier(given)
    with engine.executor(asked) as pool:
        workers = list(pool.map(lambda _: (meet.wait(5), threading.get_ident())[1], range(given)))
        assert len(set(workers)) == given
        again = set(pool.map(lambda _: (time.sleep(0.001), threading.get_ident())[1], range(10 * given)))
    assert again <= set(workers)


def test_results_come_in_the_order_of_the_tasks():
    with engine.executor(4) as pool:
        assert list(pool.map(lambda wait: (time.sleep(wait), wait)[1], [0.02, 0.01, 0])) == [0.02, 0.01, 0]


def test_what_still_waits_when_a_step_fails_is_dropped():
    waiting = []

    def busy():
        deadline = time.monotonic() + 5
        while not (waiting and waiting[0].cancelled()) and time.monotonic() < deadline:
            time.sleep(0.001)

    with pytest.raises(ZeroDivisionError), engine.executor(1) as pool:
        running = pool.submit(busy)
        waiting.append(pool.submit(int))
        raise ZeroDivisionError
    assert waiting[0].cancelled() and running.done() and not running.cancelled()
