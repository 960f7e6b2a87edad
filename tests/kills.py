"""Kills a whole `dvc repro` in the middle of a step, and looks whether anything was lost."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from project import STEPS, Project, small

SYNTHETIC = "conf/dataset/synthetic.yaml"
SEEDS = (7, 8)  # of the customers: with another one every step runs


class Victim:
    """A small project under DVC whose outputs with either seed are known.

    `dvc repro` runs it whole, or up to the step `until`.
    """

    def __init__(self, folder: Path, until: str | None = None):
        project = small(Project(folder)).replace("params.yaml", "part_rows: 250000", "part_rows: 150")
        self.project = project.under_version_control()
        self.targets = [until] if until else []
        self.seed = SEEDS[0]
        self.seconds = dict.fromkeys(STEPS, 0.0)  # that each step takes
        self.outputs = {}
        for seed in reversed(SEEDS):
            self.change_seed(seed)
            self._watch(lambda step, _: None)
            self.outputs[seed] = self.project.outputs()
        self.project.git("add", "-A")
        self.project.git("commit", "-q", "-m", "ran")

    def change_seed(self, seed: int) -> None:
        """Makes every step out of date."""
        if seed != self.seed:
            self.project.replace(SYNTHETIC, f"seed: {self.seed}", f"seed: {seed}")
        self.seed = seed

    def kill(self, step: str, share: float, whole_group: bool) -> None:
        """Starts `dvc repro`, and kills it when the `share` of the time that a step takes has passed in that step.

        Without `whole_group` DVC alone is killed, and the step has to notice.
        """
        self.change_seed(next(seed for seed in SEEDS if seed != self.seed))

        def strike(running: str, process: subprocess.Popen) -> None:
            if running != step:
                return
            time.sleep(share * self.seconds[step])
            (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)

        self._watch(strike)

    def half_written(self) -> list[str]:
        """The outputs that stand there and are of neither seed."""
        outputs = self.project.outputs().items()
        return [
            name
            for name, content in outputs
            if not hidden(name) and content not in [known.get(name) for known in self.outputs.values()]
        ]

    def wrong_after_a_clean_run(self) -> list[str]:
        """Runs `dvc repro` to its end; returns the files that are not those of a run that nobody killed."""
        lock = self.project.folder / "dvc.lock"
        if lock.exists() and not lock.stat().st_size:
            self.project.git("checkout", "dvc.lock")
        self.project.repro(*self.targets)
        outputs, known = self.project.outputs(), self.outputs[self.seed]
        return [name for name in {*outputs, *known} if outputs.get(name) != known.get(name)]

    def _watch(self, at_start: Callable[[str, subprocess.Popen], None]) -> None:
        """Runs `dvc repro` as a user would, and calls `at_start` with the name of each step that begins."""
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "start_new_session": True}
        environment = self.project.environment({"PYTHONUNBUFFERED": "1"}, cold=True)
        with subprocess.Popen(
            ("dvc", "repro", *self.targets), cwd=self.project.folder, env=environment, **options
        ) as process:
            running, since = None, time.monotonic()
            for line in process.stdout:
                if match := re.match(r"Running stage '(\w+)'", line):
                    if running:
                        self.seconds[running] = max(self.seconds[running], time.monotonic() - since)
                    running, since = match[1], time.monotonic()
                    at_start(running, process)
            if running:
                self.seconds[running] = max(self.seconds[running], time.monotonic() - since)


def hidden(name: str) -> bool:
    """Whether a path holds something that no user sees."""
    return any(part.startswith(".") for part in Path(name).parts)
