"""A copy of the project to run."""

import json
import os
import pty
import shutil
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any

import warm

ROOT = Path(__file__).parent.parent
PROJECT = ("conf", "notebooks", "segmentation", "stages", "dvc.yaml", "params.yaml", ".dvcignore", ".gitignore")
CUSTOMER_DATA = Path(os.environ.get("CUSTOMER_DATA", ROOT.parent / "shared" / "data")).resolve()
SECRET = "a-secret-of-this-test"  # of the object store: no output may hold it
STEPS = ("ingest", "preprocess", "elbow", "cluster", "analyze", "stability", "report", "walkthrough", "export")


class Project:
    """A copy of the project in a folder of its own, with small synthetic data by default."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for name in PROJECT:
            source, target = ROOT / name, folder / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        shutil.copytree(ROOT / "data" / "examples", folder / "data" / "examples")
        (folder / "data" / "raw").mkdir(parents=True)
        shutil.copy(ROOT / "data" / "raw" / "README.md", folder / "data" / "raw")

    def copy(self, folder: Path) -> "Project":
        """A copy as it stands, with what the steps wrote."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Project.at(folder)

    @staticmethod
    def at(folder: Path) -> "Project":
        """The project that lies in a folder."""
        project = object.__new__(Project)
        project.folder = folder
        return project

    def replace(self, file: str, old: str, new: str) -> "Project":
        """Edits a file as a person would; the text must be there."""
        path = self.folder / file
        text = path.read_text()
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1))
        return self

    def environment(self, variables: Mapping[str, str] | None, cold: bool = False) -> dict[str, str]:
        """What a command of the project sees: this interpreter first on PATH, and the variables of the test.

        Stages and DVC start from a warm process, or, if `cold`, as a user starts them.
        """
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        path = path if cold else f"{warm.programs(path)}{os.pathsep}{path}"
        return {**warm.outside(), "PATH": path, "PYTHONDONTWRITEBYTECODE": "1", **(variables or {})}

    def run(
        self, *command: str, env: Mapping[str, str] | None = None, cold: bool = False
    ) -> subprocess.CompletedProcess:
        """Runs a command in the project's folder."""
        options = {"env": self.environment(env, cold), "capture_output": True, "text": True, "check": False}
        return subprocess.run(command, cwd=self.folder, **options)

    def stage(self, name: str, *overrides: str, **options: Any) -> subprocess.CompletedProcess:
        """Runs one stage by hand, with the options of `run`."""
        return self.run("python", "-m", f"stages.{name}", *overrides, **options)

    def steps(self, *overrides: str, since: str = "ingest", upto: str = "analyze", **options: Any) -> "Project":
        """Runs the stages from one to another by hand, with the options of `run`; each must succeed."""
        for name in STEPS[STEPS.index(since) : STEPS.index(upto) + 1]:
            done = self.stage(name, *overrides, **options)
            assert done.returncode == 0, done.stderr
        return self

    def dvc(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """Runs DVC; it must succeed."""
        done = self.run("dvc", *arguments, env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def git(self, *arguments: str) -> str:
        """Runs Git; it must succeed."""
        done = self.run("git", "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def under_version_control(self) -> "Project":
        """Initialises Git and DVC and commits what a clone would hold."""
        self.git("init", "-q")
        self.dvc("init", "-q")
        shutil.copy(ROOT / ".dvc" / "config", self.folder / ".dvc" / "config")
        shutil.copytree(ROOT / ".dvc" / "plots", self.folder / ".dvc" / "plots")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "start")
        return self

    def repro(self, *arguments: str, env: Mapping[str, str] | None = None) -> list[str]:
        """Runs `dvc repro`; returns the steps that ran."""
        out = self.dvc("repro", *arguments, env=env)
        return [line.split("'")[1] for line in out.splitlines() if line.startswith("Running stage")]

    def outputs(self) -> dict[str, bytes]:
        """All that the steps wrote; lock files are no output."""
        files = [file for folder in ("data", "reports") for file in (self.folder / folder).rglob("*")]
        files = [file for file in files if file.is_file() and not {"examples", "raw"} & set(file.parts)]
        files = [file for file in files if file.suffix != ".lock"]
        return {file.relative_to(self.folder).as_posix(): file.read_bytes() for file in files}

    def json(self, file: str):
        """Reads a JSON file of the project."""
        return json.loads((self.folder / file).read_text())


def alone(code: str, **env: str) -> list[str]:
    """Runs code that can import the tests in a process of its own; returns the words that it prints."""
    places = os.pathsep.join(map(str, (ROOT, ROOT / "tests", ROOT / "tests/kmeans")))
    command, env = [sys.executable, "-c", code], {**os.environ, "PYTHONPATH": places, **env}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def older_processor(name: str) -> dict[str, str]:
    """What makes numba compile for an older processor."""
    return {"NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": ""}


@contextmanager
def terminal() -> Iterator[Callable[[], str]]:
    """Puts a terminal in the place of stderr; yields what tells what was written to it since asked last."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 100))
    os.set_blocking(ours, False)

    def shown() -> str:
        try:
            return os.read(ours, 10_000).decode()
        except BlockingIOError:
            return ""

    with os.fdopen(theirs, "w") as stderr, os.fdopen(ours), redirect_stderr(stderr):
        yield shown


def small(project: Project) -> Project:
    """The default pipeline on 400 customers, a short sweep and few resamples."""
    project.replace("conf/dataset/synthetic.yaml", "rows: 10000", "rows: 400")
    project.replace("params.yaml", "resamples: 100", "resamples: 10")
    project.replace("params.yaml", "k_max: 10", "k_max: 7")
    for n_init in ("n_init: 10   # restarts", "n_init: 10   # as in"):
        project.replace("params.yaml", n_init, n_init.replace("10", "2"))
    return project
