"""What a process may take of its machine and its container: memory and processor cores."""

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

SHARE = 0.25  # of the free memory: room for the browser beside it, and for a second step by hand
GARBAGE = 100_000  # new objects between two looks for garbage: imports make many, none of them garbage
SIZE = r"([0-9]+(?:\.[0-9]+)?) ?([KMG]i?B)"
BYTES = {"KB": 10**3, "KiB": 2**10, "MB": 10**6, "MiB": 2**20, "GB": 10**9, "GiB": 2**30}
# A container's limits, in the second and in the first version of Linux's cgroups.
CONTAINERS = Path("/sys/fs/cgroup")
MEMORY = (  # the limit, what is taken, and what of it is copies of files that are let go when memory is short
    ("memory.max", "memory.current", "memory.stat", "inactive_file"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat", "total_inactive_file"),
)
PROCESSOR = (("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"))


def memory(size: str | None) -> int:
    """The bytes that a process may take: `size`, such as 2GiB, or SHARE of what is free."""
    return in_bytes(size) if size else int(SHARE * free_memory())


def in_bytes(size: str) -> int:
    """A size such as 2GiB in bytes; raises ValueError where it is none."""
    if not (match := re.fullmatch(SIZE, size)):
        raise ValueError(f"'{size}' is no size such as 2GiB")
    number, unit = match.groups()
    return int(float(number) * BYTES[unit])


def free_memory() -> int:
    """The bytes that are free on this machine and in this process's container."""
    import psutil

    free = psutil.virtual_memory().available
    for *files, statistics, copies in MEMORY:
        with suppress(OSError, ValueError):  # another operating system, no container, or one without a limit
            limit, taken = _numbers(files)
            free = min(free, limit - taken + _statistic(statistics, copies))
    return max(free, 0)


def _statistic(file: str, key: str) -> int:
    """The number behind a key in a file of statistics; 0 where there is none."""
    with suppress(OSError, ValueError, KeyError):
        return int(dict(map(str.split, (CONTAINERS / file).read_text().splitlines()))[key])
    return 0


def cores() -> int:
    """The processor cores that this process may use: its affinity, and its container's share, rounded up."""
    number = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for files in PROCESSOR:
        with suppress(OSError, ValueError):  # as above
            quota, period = _numbers(files)
            if quota > 0:
                number = min(number, -(-quota // period))
    return max(number, 1)


def _numbers(files: Iterable[str]) -> list[int]:
    return [int(word) for file in files for word in (CONTAINERS / file).read_text().split()]
