"""What more processor cores bring: each step with 1, 2, 4, ... threads, up to the cores of this machine.

Tells the seconds of the whole step, its processor time, how many cores it kept busy (processor time over seconds), how
many times faster it is than with the fewest threads, that over the number of threads (efficiency), and how long threads
waited in the middle of what they do for each part or fit: for the interpreter lock, or for the disk. Runs on a copy of
the tracked files in a temporary folder. Ends with one line of JSON.
"""

import argparse
import json
import os
import runpy
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipeline import STEPS, copy, run

from segmentation.pipeline import engine, machine

FIGURES = ("seconds", "cpu", "busy", "faster", "efficiency", "waited")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000, help="synthetic customers")
    parser.add_argument("--steps", default=",".join(STEPS), help=f"some of {','.join(STEPS)}")
    parser.add_argument("--threads", help="1,2,4,... up to the cores of this machine by default")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, of which the median counts")
    parser.add_argument("--folder", help="where the temporary folder is made")
    arguments = parser.parse_args()
    threads = [int(number) for number in arguments.threads.split(",")] if arguments.threads else powers(machine.cores())
    asked = arguments.steps.split(",")
    result: dict[str, Any] = {"rows": arguments.rows, "cores": machine.cores(), "steps": {}}
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        project = Path(folder) / "project"
        copy(project)
        dataset = project / "conf/dataset/synthetic.yaml"
        dataset.write_text(dataset.read_text().replace("rows: 10000", f"rows: {arguments.rows}"))
        print(f"{'step':12}{'threads':>8}" + "".join(f"{name:>12}" for name in FIGURES))
        for step in STEPS[: 1 + max(STEPS.index(name) for name in asked)]:
            if step in asked:
                result["steps"][step] = by_threads(project, step, threads, arguments.repeat)
            else:
                measure(project, step, max(threads))
    print(json.dumps(result))


def powers(cores: int) -> list[int]:
    """The powers of two below the number of cores, and that number."""
    return [*(2**power for power in range((cores - 1).bit_length())), cores]


def by_threads(project: Path, step: str, threads: list[int], repeat: int) -> dict[str, dict[str, float]]:
    """Prints and returns the figures of one step with each number of threads; one run before warms the disk's cache."""
    measure(project, step, max(threads))
    runs = {number: [] for number in threads}
    for _ in range(repeat):
        for number in threads:
            runs[number].append(measure(project, step, number))
    figures = {}
    for number, rows in runs.items():
        seconds, cpu, waited = (statistics.median(column) for column in zip(*rows, strict=True))
        alone = figures.get(str(threads[0]), {"seconds": seconds})["seconds"] / seconds
        row = (seconds, cpu, cpu / seconds, alone, alone * threads[0] / number, waited)
        figures[str(number)] = {name: round(value, 3) for name, value in zip(FIGURES, row, strict=True)}
        print(f"{step:12}{number:8}" + "".join(f"{value:12.2f}" for value in row), flush=True)
    return figures


def measure(project: Path, step: str, threads: int) -> tuple[float, float, float]:
    """Seconds, processor seconds, and the seconds that threads waited."""
    answer = project / "answer.json"
    code = f"import cores; cores.run_step({step!r}, {threads}, {str(answer)!r})"
    places = os.pathsep.join([str(project), str(project / "benchmarks")])
    seconds, usage = run(project, sys.executable, "-c", code, PYTHONPATH=places)
    return seconds, usage.ru_utime + usage.ru_stime, json.loads(answer.read_text())


# What follows runs in a process of its own.


def run_step(step: str, threads: int, answer: str) -> None:
    """Runs a step, and writes how long threads waited in the middle of a task."""
    waited: list[float] = []
    mapped = engine.each

    def each(pool: Any, function: Callable[..., Any], *items: Any, **words: Any) -> Iterator[Any]:
        def timed(*arguments: Any) -> Any:
            start, busy = time.perf_counter(), time.thread_time()
            try:
                return function(*arguments)
            finally:
                waited.append(time.perf_counter() - start - (time.thread_time() - busy))

        return mapped(pool, timed, *items, **words)

    engine.each = each
    sys.argv = [f"stages/{step}.py", f"executor.threads={threads}"]
    runpy.run_module(f"stages.{step}", run_name="__main__")
    Path(answer).write_text(json.dumps(sum(waited)))


if __name__ == "__main__":
    main()
