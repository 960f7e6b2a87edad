"""Runs a stage in a process forked from one that has imported all stages: it starts in a sixth of the time.

Python's forkserver imports the stages once. Each call forks it, enters the copy of the project, and runs the stage as
`python -m stages.NAME` would. That is only right while the copy holds the code that was imported: see `is_unchanged`.
"""

import filecmp
import importlib
import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from unittest.mock import patch

ROOT = Path(__file__).parent.parent
MODULES = [f"stages.{file.stem}" for file in sorted((ROOT / "stages").glob("*.py"))]
# A library that reads the environment when it is imported has read it before the fork.
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
READ_AT_IMPORT = ("HOME", "LANG", "LC_", "MKL_", "MPL", "NPY_", "NUMBA_", "OMP_", "OPENBLAS_", "PATH", "PYTHON", "TZ")


@cache
def _server() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", "warm", *MODULES, "hydra._internal.hydra", "sklearn.cluster"])
    with patch.dict(os.environ, {**ONE_THREAD, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}):
        multiprocessing.forkserver.ensure_running()
    return context


def code_files(folder: Path) -> list[Path]:
    """The files of the code, from the project's folder."""
    files = [file for name in ("segmentation", "stages") for file in (folder / name).rglob("*")]
    return sorted(file.relative_to(folder) for file in files if file.is_file() and "__pycache__" not in file.parts)


def is_unchanged(folder: Path) -> bool:
    """Whether a copy of the project holds the same code as the project."""
    files = code_files(ROOT)
    same = code_files(folder) == files
    return same and all(filecmp.cmp(ROOT / file, folder / file, shallow=False) for file in files)


def is_possible(name: str, overrides: tuple[str, ...], environment: Mapping[str, str]) -> bool:
    """Whether a stage may start from the warm process: no processes of its own, no such variable."""
    starts_processes = name == "walkthrough" or any("dask" in override for override in overrides)
    return not starts_processes and not any(key.startswith(READ_AT_IMPORT) for key in environment)


def run(
    folder: Path, name: str, overrides: tuple[str, ...], environment: Mapping[str, str]
) -> subprocess.CompletedProcess:
    """Runs one stage in a project's folder; `environment` is all that the process sees."""
    script = folder / "stages" / f"{name}.py"
    with tempfile.TemporaryDirectory() as written:
        out, err = Path(written) / "out", Path(written) / "err"
        process = _server().Process(target=_stage, args=(script, overrides, dict(environment), out, err))
        process.start()
        process.join()
        command = ["python", "-m", f"stages.{name}", *overrides]
        return subprocess.CompletedProcess(command, process.exitcode, out.read_text(), err.read_text())


def _stage(script: Path, overrides: tuple[str, ...], environment: dict[str, str], out: Path, err: Path) -> None:
    for descriptor, file in ((1, out), (2, err)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
    os.chdir(script.parent.parent)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv, sys.path[0] = [str(script), *overrides], str(script.parent.parent)
    stage = importlib.import_module("segmentation.pipeline.stage")
    stage.ROOT = script.parent.parent
    try:
        stage.run(importlib.import_module(f"stages.{script.stem}").main)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
