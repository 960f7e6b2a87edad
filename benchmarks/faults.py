"""How many planted faults hold: those of tests/faults, and random kills of a whole `dvc repro`.

A fault holds if the step ends with the code and the words that were promised, and leaves the outputs as they were. A
kill holds if every output is whole, and the next `dvc repro` gives the bytes of a run that nobody killed. Ends with one
line of JSON.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from kills import Victim  # noqa: E402 # after the folder of the tests is known
from project import STEPS  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=60, help="of `dvc repro`, spread evenly over the steps")
    parser.add_argument("--seed", type=int, default=0, help="of the moments at which they strike")
    arguments = parser.parse_args()
    result = {}
    with tempfile.TemporaryDirectory() as folder:
        result["faults_tried"], result["faults_held"] = planted(Path(folder) / "report.xml")
        result["kills_tried"], result["kills_held"] = arguments.kills, 0
        victim, moments = Victim(Path(folder) / "project"), random.Random(arguments.seed)
        steps = Counter()
        for number in range(arguments.kills):
            step = STEPS[number % len(STEPS)]
            share, whole_group = moments.random(), moments.random() < 0.7
            victim.kill(step, share, whole_group)
            broken = [*victim.half_written(), *victim.wrong_after_a_clean_run()]
            result["kills_held"] += not broken
            steps[step] += 1
            print(
                f"{step:12}{share:6.2f}{'  all' if whole_group else '  dvc'}  {', '.join(broken) or 'held'}", flush=True
            )
    result["steps_killed"] = dict(steps)
    tried, held = (sum(result[f"{kind}_{end}"] for kind in ("faults", "kills")) for end in ("tried", "held"))
    print(f"{held} of {tried} held")
    print(json.dumps(result))


def planted(report: Path) -> tuple[int, int]:
    """Runs the tests of faults but for kills; returns how many were tried, and how many held."""
    command = [sys.executable, "-m", "pytest", "tests/faults", "--ignore=tests/faults/test_kills.py"]
    subprocess.run([*command, f"--junitxml={report}"], cwd=ROOT, check=False)
    (suite,) = ElementTree.parse(report).getroot().iter("testsuite")
    tried, skipped, *failed = (int(suite.get(name)) for name in ("tests", "skipped", "failures", "errors"))
    return tried - skipped, tried - skipped - sum(failed)


if __name__ == "__main__":
    main()
