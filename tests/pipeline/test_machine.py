"""Memory and cores that a process may take."""

import os

import psutil
import pytest

from segmentation.pipeline import machine


@pytest.mark.parametrize(
    ("size", "expected"),
    [("2GiB", 2 * 2**30), ("2 GiB", 2 * 2**30), ("512MiB", 2**29), ("1.5GB", 1_500_000_000), ("64KB", 64_000)],
)
def test_a_size_is_read_in_its_unit(size, expected):
    assert machine.memory(size) == expected


@pytest.mark.parametrize("size", ["2", "GiB", "-2GiB", "2 gigs", "2gib", "1e3MiB"])
def test_what_is_no_size_is_refused(size):
    with pytest.raises(ValueError, match=f"'{size}' is no size such as 2GiB"):
        machine.in_bytes(size)


def test_by_default_it_is_a_share_of_what_is_free(tmp_path, monkeypatch):
    monkeypatch.setattr(machine, "CONTAINERS", tmp_path)
    assert machine.memory(None) == pytest.approx(0.25 * psutil.virtual_memory().available, rel=0.2)


def container(folder, files):
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"{content}\n")


@pytest.mark.parametrize(
    ("files", "free"),
    [
        ({"memory.max": 1_000_000, "memory.current": 600_000, "memory.stat": "anon 7\ninactive_file 0"}, 400_000),
        ({"memory.max": 1_000_000, "memory.current": 600_000, "memory.stat": "inactive_file 250000"}, 650_000),
        ({"memory.max": 500_000, "memory.current": 600_000, "memory.stat": "inactive_file 0"}, 0),
        ({"memory.max": 1_000_000, "memory.current": 600_000, "memory.stat": "anon 7"}, 400_000),
        ({"memory.max": 1_000_000, "memory.current": 600_000, "memory.stat": "one two three"}, 400_000),
        ({"memory.max": 1_000_000, "memory.current": 600_000}, 400_000),
        (
            {
                "memory/memory.limit_in_bytes": 1_000_000,
                "memory/memory.usage_in_bytes": 1000,
                "memory/memory.stat": "inactive_file 1\ntotal_inactive_file 300",
            },
            999_300,
        ),
    ],
)
def test_a_container_leaves_what_its_limit_does(files, free, tmp_path, monkeypatch):
    container(tmp_path, files)
    monkeypatch.setattr(machine, "CONTAINERS", tmp_path)
    assert machine.free_memory() == free


def test_a_container_without_a_limit_leaves_what_is_free(tmp_path, monkeypatch):
    container(tmp_path, {"memory.max": "max", "memory.current": 600_000, "cpu.max": "max 100000"})
    monkeypatch.setattr(machine, "CONTAINERS", tmp_path)
    assert machine.free_memory() > 10**7
    assert machine.cores() == len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "100000 100000"}, 1),
        ({"cpu.max": "250000 100000"}, 3),
        ({"cpu.max": "5000 100000"}, 1),
        ({"cpu/cpu.cfs_quota_us": 200_000, "cpu/cpu.cfs_period_us": 100_000}, 2),
        ({"cpu/cpu.cfs_quota_us": -1, "cpu/cpu.cfs_period_us": 100_000}, 8),
    ],
)
def test_cores_are_those_of_the_affinity_and_the_containers_share(files, cores, tmp_path, monkeypatch):
    container(tmp_path, files)
    monkeypatch.setattr(machine, "CONTAINERS", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    assert machine.cores() == cores
