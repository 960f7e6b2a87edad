"""What the pipeline costs: `dvc repro` from nothing and with nothing to do, and each step's seconds and peak memory.

Runs on a copy of the tracked files in a temporary folder. Ends with one line of JSON.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STEPS = ("ingest", "preprocess", "elbow", "cluster", "analyze", "stability", "report", "walkthrough", "export")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000, help="synthetic customers")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, of which the median counts")
    arguments = parser.parse_args()
    runs = []
    for _ in range(arguments.repeat):
        with tempfile.TemporaryDirectory() as folder:
            runs.append(measure(Path(folder) / "project", arguments.rows))
    print(f"{'':12}{'seconds':>9}{'peak MiB':>10}")
    result = {"rows": arguments.rows, "steps": {}}
    for name in runs[0]:
        seconds = statistics.median(run[name][0] for run in runs)
        peak = statistics.median(run[name][1] for run in runs)
        print(f"{name:12}{seconds:9.2f}{peak:10.0f}")
        figures = {"seconds": round(seconds, 2), "peak_mib": round(peak)}
        (result["steps"] if name in STEPS else result)[name] = figures
    print(json.dumps(result))


def measure(project: Path, rows: int) -> dict[str, tuple[float, float]]:
    """Seconds and peak MiB of the largest process, by what ran."""
    copy(project)
    shutil.rmtree(project / ".dvc")
    dataset = project / "conf/dataset/synthetic.yaml"
    dataset.write_text(dataset.read_text().replace("rows: 10000", f"rows: {rows}"))
    timed(project, "dvc", "init", "--no-scm", "-q")
    return {
        "from nothing": timed(project, "dvc", "repro"),
        "nothing to do": timed(project, "dvc", "repro"),
        **{step: timed(project, "python", "-m", f"stages.{step}") for step in STEPS},
    }


def copy(project: Path) -> None:
    """Copies what Git tracks, as it stands, but for results and tests."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in tracked.split("\0"):
        if name and not name.startswith(("reports/", "dvc.lock", "tests/")):
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, project / name)


def timed(folder: Path, *command: str) -> tuple[float, float]:
    """Seconds and peak MiB of the largest process."""
    seconds, usage = run(folder, *command)
    return seconds, usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1) / 1024


def run(folder: Path, *command: str, **variables: str) -> tuple[float, resource.struct_rusage]:
    """Seconds of a command, with these variables in its environment, and what it used."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, "DVC_NO_ANALYTICS": "1", **variables},
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command)} failed")
    return time.perf_counter() - start, usage


if __name__ == "__main__":
    main()
