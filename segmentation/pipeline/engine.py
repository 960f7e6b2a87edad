"""Where the work runs: executors that map functions over parts and restarts, and how far they are."""

import asyncio
import logging
import os
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

from segmentation.pipeline.errors import EnvironmentFault, Fault
from segmentation.pipeline.schema import Dask, Threads

if TYPE_CHECKING:
    from distributed import Client, WorkerPlugin

SILENT = 2  # seconds before a step tells of its progress
ABSENT = 300  # seconds that a cluster may be without any worker, as when all are started anew
RUNS = 4  # of parts that each worker of a cluster is handed at every call
PATIENCE = 5  # seconds until a scheduler without an answer, or without workers, is given up


@contextmanager
def executor(settings: Threads | Dask) -> Iterator[Executor]:
    """Yields what maps functions over parts.

    Raises EnvironmentFault where no Dask cluster answers, its workers lack the project, or it is lost on the way.
    """
    if isinstance(settings, Dask):
        with _dask(settings.address, settings.workers or os.cpu_count()) as pool:
            yield pool
    else:
        with threads(settings.threads) as pool:
            yield pool


@contextmanager
def _dask(address: str, workers: int) -> Iterator[Executor]:
    try:
        from distributed import Client, KilledWorker, LocalCluster
    except ImportError:
        raise EnvironmentFault("the engine is dask, which is not installed: pip install --editable '.[dask]'") from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what concerns the user is raised
    where = f"at {address}" if address else "on this machine"
    with ExitStack() as stack:
        try:
            if not address:
                with _deaf_to_interrupts():
                    one_each = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
                    local = LocalCluster(n_workers=workers, silence_logs=logging.CRITICAL, **one_each)
                address = stack.enter_context(local).scheduler_address
            asyncio.run(_answers(address))
            client = stack.enter_context(Client(address, timeout=PATIENCE))
            client.wait_for_workers(1, timeout=PATIENCE)
            client.register_plugin(_project(str(Path.cwd())))
            threading.Thread(target=_give_up, args=[client], daemon=True).start()
        except Exception as error:  # whatever listens there may answer anything
            reason = str(error) or f"no answer within {PATIENCE} seconds"
            raise EnvironmentFault(
                f"no Dask cluster {where} that can do the work ({reason}): it takes a scheduler (`dask scheduler`) and "
                f"workers (`dask worker`) with this project's environment and its folder at {Path.cwd()}"
            ) from error
        try:
            yield _Workers(client)
        except Exception as error:
            lost = isinstance(error, CancelledError | KilledWorker) or client.status != "running"
            if isinstance(error, Fault) or not lost:
                raise
            raise EnvironmentFault(f"the Dask cluster {where} was lost ({error}); nothing was written") from error


class _Workers(Executor):
    """Maps over a cluster's workers in runs of neighbouring items: a call costs a scheduler more than a small part.

    A run goes to the same worker at every call where it can, since that one may keep what it read.
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
            own = workers[number * len(workers) // len(runs)]
            task = partial(_run, function, [calls[call] for call in run])
            futures.append(self._client.submit(task, workers=own, allow_other_workers=True, pure=False))
        return self._results(futures)

    def _results(self, futures: list[Any]) -> Iterator[Any]:
        try:
            while futures:
                yield from futures[0].result()
                del futures[0]
        finally:
            self._client.cancel(futures)


def _run(function: Callable[..., Any], calls: list[tuple[Any, ...]]) -> list[Any]:
    return [function(*call) for call in calls]


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Processes started here overlook Ctrl-C, which a terminal sends to all: the step ends, and ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


async def _answers(address: str) -> None:
    """Shakes hands with a scheduler: Client itself waits without end for one that takes the call and says nothing."""
    from distributed.comm import connect

    comm = await asyncio.wait_for(connect(address), PATIENCE)
    comm.abort()


def _give_up(client: "Client") -> None:
    """Closes a client whose cluster has been without workers for too long, so that the step ends as lost."""
    seen = time.monotonic()
    while client.status == "running" and time.monotonic() - seen < ABSENT:
        if client.scheduler_info(n_workers=-1)["workers"]:
            seen = time.monotonic()
        time.sleep(1)
    client.close()


def _project(folder: str) -> "WorkerPlugin":
    """Makes each worker, also one that joins later, run this project's code in this folder."""
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
            for module in [name for name in sys.modules if name.split(".")[0] == "segmentation"]:
                del sys.modules[module]  # as another run left it
            importlib.import_module("segmentation.pipeline.parts")
            threadpool_limits(limits=1)

    return Project()


def one_thread() -> None:
    """Limits the libraries that are loaded to one thread each for each thread of ours.

    The last bits of a sum depend on how many threads share it. BLAS is limited for the whole process, OpenMP for the
    calling thread.
    """
    threadpool_limits(limits=1)


@contextmanager
def threads(number: int | None) -> Iterator[Executor]:
    """Yields so many threads, one per core by default; what still waits when they end is dropped."""
    pool = ThreadPoolExecutor(number or os.cpu_count(), initializer=one_thread)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def each(
    pool: Executor,
    function: Callable[..., Any],
    *items: Iterable[Any],
    doing: str,
    of: str = "part",
    since: float | None = None,
) -> Iterator[Any]:
    """Maps `function` over items on `pool`; yields the results in their order.

    On a terminal stderr shows what is being done, which item, called `of`, and the time left for all; from two seconds
    after `since` on, a reading of time.monotonic, by default that of the first step.
    """
    from tqdm import tqdm

    now = time.monotonic()
    delay = max(0, (now if since is None else since) + SILENT - now)
    first, *others = map(list, items)
    yield from tqdm(
        pool.map(function, first, *others),
        total=len(first),
        bar_format=f"{doing}: {of} {{n_fmt}} of {{total_fmt}}, {{remaining}} left",
        delay=delay,
        leave=False,
        disable=None,
        ncols=100,
    )
