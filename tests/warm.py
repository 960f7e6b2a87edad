"""Runs stages and DVC in processes forked from one that has imported them: they start in a fraction of the time.

A test process starts two servers on demand, one that has imported all stages and one that has imported DVC. Programs
named `python` and `dvc` in a folder that stands first on PATH hand their arguments, folder, environment and streams to
a server, which forks. Where a fork would not do what a new interpreter does, the real program runs: see `is_possible`.
"""

import ast
import atexit
import filecmp
import gc
import importlib
import json
import os
import re
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
PROGRAMS = ("python", "dvc")
STAGES = [f"stages.{file.stem}" for file in sorted((ROOT / "stages").glob("*.py"))]
# A library that reads the environment when it is imported has read it before the fork.
READ_AT_IMPORT = ("HOME", "LANG", "LC_", "MKL_", "MPL", "NPY_", "NUMBA_", "OMP_", "OPENBLAS_", "PATH", "PYTHON", "TZ")
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
# Dask leaves the first in the test process when it starts workers; a test that plays another processor sets the others.
NOT_PASSED_ON = (*ONE_THREAD, "PYTHONHASHSEED", "OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES")
STARTS_THREADS = ("distributed", "dvc", "dvc_data", "onnxruntime", "papermill")  # a fork has none of them
CLIENT = """#!{python} -IS
import json, os, signal, socket, sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [b"."], [0, 1, 2])
    server.sendall(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode() + b"\\n")
    answer = server.makefile().read()
if not answer:
    os.execv({program!r}, [{program!r}, *sys.argv[1:]])
if int(answer) < 0:
    os.kill(os.getpid(), -int(answer))
sys.exit(int(answer))
"""


def outside() -> dict[str, str]:
    """The environment that the commands of a test see."""
    return {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}


@cache
def programs(path: str) -> Path:
    """Starts the servers, which see PATH as `path`, and returns the folder of the programs that ask them."""
    folder = Path(tempfile.mkdtemp(prefix="warm-"))
    atexit.register(shutil.rmtree, folder)
    environment = {**outside(), "PATH": f"{folder}{os.pathsep}{path}", "PYTHONDONTWRITEBYTECODE": "1"}
    for program in PROGRAMS:
        address, file, real = folder / f"{program}.socket", folder / program, Path(sys.executable).with_name(program)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(address))
            listener.listen()
            number = listener.fileno()
            command = [sys.executable, __file__, program, str(number)]
            server = subprocess.Popen(command, pass_fds=[number], stdin=subprocess.PIPE, env=environment)
            atexit.register(server.kill)
        file.write_text(CLIENT.format(python=sys.executable, address=str(address), program=str(real)))
        file.chmod(0o755)
    return folder


def is_unchanged(folder: Path) -> bool:
    """Whether a copy of the project holds the same code as the project."""
    files = code_files(ROOT)
    same = code_files(folder) == files
    return same and all(filecmp.cmp(ROOT / file, folder / file, shallow=False) for file in files)


def code_files(folder: Path) -> list[Path]:
    """The files of the code, from the project's folder; a module beside them would be imported in a library's place."""
    files = [
        *folder.glob("*.py"),
        *(file for name in ("segmentation", "stages") for file in (folder / name).rglob("*")),
    ]
    return sorted(file.relative_to(folder) for file in files if file.is_file() and "__pycache__" not in file.parts)


def stage_of(arguments: Sequence[str]) -> tuple[str | None, Sequence[str]]:
    """The stage that `python` with these arguments runs, as a module or as a script, and the stage's own arguments."""
    if arguments[:1] == ["-m"]:
        return arguments[1], arguments[2:]
    script = re.fullmatch(r"stages/(\w+)\.py", arguments[0]) if arguments else None
    return script and f"stages.{script[1]}", arguments[1:]


def is_possible(arguments: Sequence[str], folder: Path) -> bool:
    """Whether `python` with these arguments may be a fork: it is a stage of unchanged code that works in threads."""
    stage, settings = stage_of(arguments)
    if stage not in STAGES or not (folder / "params.yaml").exists():
        return False
    engines = [*re.findall("^engine: .*", (folder / "params.yaml").read_text(), re.MULTILINE), *settings]
    return not any("dask" in engine for engine in engines) and is_unchanged(folder)


def is_read_alike(environment: Mapping[str, str], ours: Mapping[str, str]) -> bool:
    """Whether what libraries read at import is the same in two environments."""
    names = {name for name in (*environment, *ours) if name.startswith(READ_AT_IMPORT)}
    return all(environment.get(name) == ours.get(name) for name in names)


def serve(program: str, listener: socket.socket) -> None:
    """Forks for each program that asks, until the test process ends, which closes stdin."""
    ours = dict(os.environ)
    os.environ.update(ONE_THREAD)
    sys.path[0] = str(ROOT)
    import_all(program)
    atexit._clear()
    gc.freeze()  # so that a fork's collector leaves the pages alone that it shares with the server
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a fork that answers
    while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
        client, _ = listener.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            answer(program, client, ours)
            os._exit(0)
        client.close()


def import_all(program: str) -> None:
    """Imports what the program imports while it runs."""
    for name in imported_by_stages() if program == "python" else imported_by_dvc():
        with suppress(ImportError):
            importlib.import_module(name)
    if program == "python":
        with suppress(Exception):  # it saves time, and needs settings in ROOT that are right
            warm_up()


def warm_up() -> None:
    """Loads what each step would load for itself: compiled code, fonts, and the grammars of the settings."""
    importlib.import_module("segmentation.kmeans.restarts").fit(np.eye(3), 2, 1, (0,))
    with importlib.import_module("segmentation.figures.drawing")._figure(Path(os.devnull), 4, 3) as figure:
        figure.subplots().set_title("bold")
    os.chdir(ROOT)
    sys.argv[1:] = []  # which are taken for overrides
    importlib.import_module("segmentation.pipeline.stage")._compose_and_call(lambda _: None)


def imported_by_stages() -> list[str]:
    """What the code and Hydra import, inside functions too."""
    trees = [ast.parse((ROOT / file).read_text()) for file in code_files(ROOT) if file.suffix == ".py"]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    names = {
        name
        for name in names
        if name.split(".")[0] not in ("distributed", "dvc", "dvc_data", "onnxruntime", "papermill")
    }
    return ["hydra._internal.hydra", "matplotlib.backends.backend_agg", *STAGES, *sorted(names)]


def imported_by_dvc() -> list[str]:
    """What DVC imports while it runs, by the word of a fork that runs it."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.chdir(ROOT)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        importlib.import_module("dvc.cli").main(["status"])
        os.write(writer, "\n".join(sys.modules).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as modules:
        return modules.read().split()


def answer(program: str, client: socket.socket, ours: Mapping[str, str]) -> None:
    """Runs what a client asks for in a fork, and answers with its exit code; no answer lets the client run it."""
    _, streams, _, _ = socket.recv_fds(client, 1, 3)
    arguments, folder, environment = json.loads(client.makefile().readline())
    if environment.get("PYTHONPATH") == folder:  # a fork imports the code that lies there, anyway
        ours = {**ours, "PYTHONPATH": folder}
    elif arguments[:1] != ["-m"] and program == "python":
        return  # without it, a script imports the installed code
    if not is_read_alike(environment, ours) or not (program == "dvc" or is_possible(arguments, Path(folder))):
        return
    child = os.fork()
    if child == 0:
        client.close()
        take_over(streams, folder, environment)
        os._exit(exit_code(program, arguments))
    for stream in streams:
        os.close(stream)
    ended = os.pidfd_open(child)
    if ended not in select.select([client, ended], [], [])[0]:
        os.kill(child, signal.SIGTERM)  # the client was killed
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    client.sendall(str(code).encode())


def take_over(streams: Sequence[int], folder: str, environment: Mapping[str, str]) -> None:
    """Puts this process where the client is."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)


def exit_code(program: str, arguments: Sequence[str]) -> int:
    """Runs DVC, or a stage as if the folder's own code had been imported, up to what an interpreter does at its end."""
    try:
        if program == "dvc":
            sys.argv = [str(Path(sys.executable).with_name("dvc")), *arguments]
            return importlib.import_module("dvc.cli").main(arguments)
        name, settings = stage_of(arguments)
        sys.argv = [str(Path(*name.split(".")).with_suffix(".py").absolute()), *settings]
        sys.path[0] = str(Path.cwd())
        stage = importlib.import_module("segmentation.pipeline.stage")
        stage.ROOT = Path.cwd()
        sys.modules.pop(name, None)  # else runpy warns
        runpy.run_module(name, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code or 0
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    serve(sys.argv[1], socket.socket(fileno=int(sys.argv[2])))
