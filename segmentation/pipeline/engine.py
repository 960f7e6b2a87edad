"""Where the work runs: executors that map functions over parts and restarts, and the display of their progress."""

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from threadpoolctl import threadpool_limits

from segmentation.pipeline import machine, progress
from segmentation.pipeline.errors import EnvironmentFault, Fault
from segmentation.pipeline.schema import Dask, Threads

if TYPE_CHECKING:
    from distributed import Client, WorkerPlugin

ABSENT_SECONDS = 300  # that a cluster may be without any worker, as when all of them are restarted
RUNS = 4  # for each worker of a cluster, into which the items of one call are divided
ROWS = 10_000  # of a task, for each thread of a pool: more threads made the step slower
UNKNOWN = "512MiB"  # of memory for each worker on machines of which nothing is known
PATIENCE = 5  # seconds to wait for a scheduler that does not answer or has no workers


@contextmanager
def executor(settings: Threads | Dask) -> Iterator[Executor]:
    """Yields the executor that maps functions over parts.

    Raises EnvironmentFault where no Dask cluster answers, its workers lack the project, or it is lost during the work.
    """
    if isinstance(settings, Dask):
        with _dask(settings.address, settings.workers or machine.cores()) as pool:
            yield pool
    else:
        with threads(settings.threads) as pool:
            yield pool


@contextmanager
def _dask(address: str, workers: int) -> Iterator[Executor]:
    import asyncio

    try:
        from distributed import Client, KilledWorker, LocalCluster
    except ImportError:
        raise EnvironmentFault("the engine is dask, which is not installed: pip install --editable '.[dask]'") from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # errors that concern the user are raised
    location = f"at {address}" if address else "on this machine"
    with ExitStack() as stack:
        try:
            if not address:
                with _ignore_interrupts():
                    options = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
                    local = LocalCluster(n_workers=workers, silence_logs=logging.CRITICAL, **options)
                address = stack.enter_context(local).scheduler_address
            asyncio.run(_check_answer(address))
            client = stack.enter_context(Client(address, timeout=PATIENCE))
            client.wait_for_workers(1, timeout=PATIENCE)
            client.register_plugin(_project(str(Path.cwd())))
            threading.Thread(target=_close_without_workers, args=[client], daemon=True).start()
        except Exception as error:  # any program may listen at that address, and answer anything
            reason = str(error) or f"no answer within {PATIENCE} seconds"
            raise EnvironmentFault(
                f"no Dask cluster {location} that can do the work ({reason}): it takes a scheduler (`dask scheduler`) "
                f"and workers (`dask worker`) with this project's environment and its folder at {Path.cwd()}"
            ) from error
        try:
            yield _Workers(client)
        except Exception as error:
            lost = isinstance(error, CancelledError | KilledWorker) or client.status != "running"
            if isinstance(error, Fault) or not lost:
                raise
            raise EnvironmentFault(f"the Dask cluster {location} was lost ({error}); nothing was written") from error


class _Workers(Executor):
    """Maps over a cluster's workers in runs of neighbouring items, since a task costs more time than a small part.

    At every call a run goes to the same worker if possible, since that worker may have kept the parts in memory.
    """

    def __init__(self, client: "Client") -> None:
        self._client = client

    def map(self, function: Callable[..., Any], *items: Iterable[Any]) -> Iterator[Any]:
        """Yields the results in the order of the items."""
        calls = list(zip(*items, strict=True))
        workers = sorted(self._client.scheduler_info(n_workers=-1)["workers"]) or ["none yet"]
        runs = np.array_split(np.arange(len(calls)), min(len(calls), RUNS * len(workers)))
        futures = []
        for number, run in enumerate(runs):
            worker = workers[number * len(workers) // len(runs)]
            task = partial(_call_each, function, [calls[call] for call in run])
            futures.append(self._client.submit(task, workers=worker, allow_other_workers=True, pure=False))
        return self._results(futures)

    def _results(self, futures: list[Any]) -> Iterator[Any]:
        try:
            while futures:
                yield from futures[0].result()
                del futures[0]
        finally:
            futures.clear()  # the cluster forgets them; `Client.cancel` would wait for ever for a cluster that is lost


def _call_each(function: Callable[..., Any], calls: list[tuple[Any, ...]]) -> list[Any]:
    return [function(*call) for call in calls]


@contextmanager
def _ignore_interrupts() -> Iterator[None]:
    """Makes processes that start in the block ignore Ctrl-C, which a terminal sends to all: the step ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


async def _check_answer(address: str) -> None:
    """Connects to a scheduler and raises where it does not answer in time: Client itself would wait for ever."""
    import asyncio

    from distributed.comm import connect

    comm = await asyncio.wait_for(connect(address), PATIENCE)
    comm.abort()


def _close_without_workers(client: "Client") -> None:
    """Closes a client whose cluster has had no workers for too long, so that the step ends with a lost cluster."""
    seen = time.monotonic()
    while client.status == "running" and time.monotonic() - seen < ABSENT_SECONDS:
        if client.scheduler_info(n_workers=-1)["workers"]:
            seen = time.monotonic()
        time.sleep(1)
    client.close()


def _project(folder: str) -> "WorkerPlugin":
    """Makes each worker, including those that join later, run this project's code in this folder."""
    from distributed import WorkerPlugin

    class Project(WorkerPlugin):
        name = "segmentation"

        def setup(self, worker: Any) -> None:
            import importlib
            import os
            import sys

            from threadpoolctl import threadpool_limits

            os.chdir(folder)
            sys.path.insert(0, folder)
            if kept := sys.modules.get("segmentation.features.kept"):
                kept.forget()  # what an earlier run read
            for module in [name for name in sys.modules if name.split(".")[0] == "segmentation"]:
                del sys.modules[module]  # the code of an earlier run
            importlib.import_module("segmentation.pipeline.parts")
            threadpool_limits(limits=1)

    return Project()


def memory_of_each(settings: Threads | Dask) -> int:
    """The bytes of memory that each process may take which works on parts."""
    if isinstance(settings, Dask) and not settings.memory:
        workers = settings.workers or machine.cores()
        return machine.in_bytes(UNKNOWN) if settings.address else machine.memory(None) // workers
    return machine.memory(settings.memory)


def one_thread() -> None:
    """Limits the numerical libraries that are loaded so far to one thread each.

    The last bits of a sum depend on how many threads share it. The limit on BLAS holds for the whole process, that on
    OpenMP for the calling thread.
    """
    threadpool_limits(limits=1)


@contextmanager
def threads(number: int | None, rows: int | None = None) -> Iterator[Executor]:
    """Yields a pool of `number` threads, one per core by default; tasks that still wait at the end are dropped.

    Where each task looks at some `rows`, there are at most as many threads as have ROWS of them, but two: tasks on few
    rows are mostly Python, and threads would wait for each other's interpreter lock.
    """
    most = np.inf if rows is None else max(2, rows // ROWS)
    pool = ThreadPoolExecutor(int(min(number or machine.cores(), most)), initializer=one_thread)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def ahead(items: Iterable[Any]) -> Iterator[Any]:
    """Yields items, while a thread makes the next one."""
    iterator, end = iter(items), object()
    with ThreadPoolExecutor(1) as thread:
        upcoming = thread.submit(next, iterator, end)
        while (item := upcoming.result()) is not end:
            upcoming = thread.submit(next, iterator, end)
            yield item


def each(
    pool: Executor, function: Callable[..., Any], *items: Iterable[Any], doing: str, of: str = "part"
) -> Iterator[Any]:
    """Maps `function` over items on `pool`; yields the results in the order of the items.

    Meanwhile a terminal shows what the step is `doing`, and how many items, each of which is called `of`, are done.
    """
    arguments = [list(item) for item in items]
    with progress.phase(doing, len(arguments[0]), of) as phase:
        for result in pool.map(function, *arguments):
            phase.done += 1
            yield result
