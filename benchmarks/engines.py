"""What the stages elbow and cluster cost on a Dask cluster of local workers, beside threads.

Each round runs a stage on threads, on workers that the stage starts itself, and on workers that run already: as many
as there are cores, of one thread each. Runs on a copy of the tracked files in a temporary folder. Ends with one line
of JSON.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline import copy, timed

ENGINES = ("threads", "dask, started", "dask, running")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="synthetic customers")
    parser.add_argument("--repeat", type=int, default=5, help="rounds, of which the median counts")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        copy(project)
        os.environ["PYTHONPATH"] = str(project)  # and not what is installed
        for step in ("ingest", "preprocess", "elbow"):
            settings = [f"data.source.rows={arguments.rows}"] if step == "ingest" else []
            timed(project, "python", "-m", f"stages.{step}", *settings)
        with workers(project) as address:
            result = {step: race(project, step, address, arguments.repeat) for step in ("elbow", "cluster")}
    print(f"{'stage':10}" + "".join(f"{engine:>24}" for engine in ENGINES))
    for step, seconds in result.items():
        times = [f"{seconds[engine]:.2f} s {seconds[engine] / seconds['threads']:6.2f}x" for engine in ENGINES]
        print(f"{step:10}" + "".join(f"{text:>24}" for text in times))
    print(json.dumps({"rows": arguments.rows, "seconds": result}))


def race(project: Path, step: str, address: str, repeat: int) -> dict[str, float]:
    """The median seconds of one stage on each engine."""
    settings = {
        "threads": ["engine=threads"],
        "dask, started": ["engine=dask"],
        "dask, running": ["engine=dask", f"executor.address={address}"],
    }
    rounds = [
        {engine: timed(project, "python", "-m", f"stages.{step}", *settings[engine])[0] for engine in ENGINES}
        for _ in range(repeat)
    ]
    return {engine: round(statistics.median(one[engine] for one in rounds), 3) for engine in ENGINES}


@contextmanager
def workers(project: Path) -> Iterator[str]:
    """Yields the address of a scheduler with one worker per core."""
    file = project / "scheduler.json"
    quiet = {"cwd": project, "stderr": subprocess.DEVNULL}
    scheduler = ["scheduler", "--no-dashboard", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", file]
    worker = ["worker", "--no-dashboard", "--scheduler-file", file, "--nworkers", "auto", "--nthreads", "1"]
    with (
        subprocess.Popen([sys.executable, "-m", "dask", *scheduler], **quiet) as seconds,
        subprocess.Popen([sys.executable, "-m", "dask", *worker], **quiet) as others,
    ):
        try:
            from distributed import Client

            with Client(scheduler_file=str(file), timeout=30) as client:
                client.wait_for_workers(1, timeout=30)
                address = client.scheduler.address
            yield address
        finally:
            others.terminate()
            seconds.terminate()


if __name__ == "__main__":
    main()
