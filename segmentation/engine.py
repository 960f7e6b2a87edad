"""Where the work runs: an executor that maps functions over parts and restarts."""

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def executor(threads: int | None) -> Iterator[Executor]:
    """Yields a pool of `threads` threads, one per core by default; what still waits when it closes is dropped."""
    pool = ThreadPoolExecutor(threads or os.cpu_count())
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
