"""Runs a stage: composes and checks its configuration, and ends every fault with one line and an exit code."""

import atexit
import errno
import functools
import gc
import inspect
import os
import re
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any

import hydra
import yaml
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

import segmentation
from segmentation.pipeline import config, engine, machine, outputs, overrides, ownership, progress, settings
from segmentation.pipeline.errors import ConfigurationFault, EnvironmentFault, Fault, suggestion
from segmentation.pipeline.schema import Config
from segmentation.pipeline.terminal import Shown, shown

ROOT = Path(segmentation.__file__).resolve().parent.parent
PARAMS = Path("params.yaml")
SCARCE = re.compile("failed to map segment|cannot allocate memory|can't start new thread", re.IGNORECASE)
PACKAGES = {"dataset": "data", "engine": "executor"}  # where the chosen file of a folder of conf/ is mounted


def run(main: Callable[[Config], None]) -> None:
    """Calls `main` with the checked configuration; exits 0, 2, 3, 4, 5 or 70 with one sentence on stderr."""
    gc.set_threshold(machine.GARBAGE)
    atexit.register(_leave_garbage)
    step = name(main)
    traceback = os.environ.get("HYDRA_FULL_ERROR") == "1"
    os.environ["HYDRA_FULL_ERROR"] = "1"  # else Hydra prints its errors itself and exits with 1
    try:
        if sys.argv[1:] == ["--version"]:  # else Hydra tells its own
            return print(f"segmentation {segmentation.__version__}", flush=True)
        if "DVC_STAGE" in os.environ:  # by hand a step may outlive its shell, as with nohup
            _die_with_parent()
        _check_folder(step)
        ownership.STEP.set(step)
        engine.one_thread()
        outputs.FATE.set(outputs.UNTOUCHED)
        stdout = sys.stdout and Shown(sys.stdout, around=progress.printing)  # it is None where it was closed
        with progress.line(step), redirect_stdout(stdout):
            _compose_and_call(main)
        if sys.stdout:
            sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        if traceback:
            raise
        _drop_unsent_lines()
        if isinstance(error, BrokenPipeError) and outputs.FATE.get() == outputs.REPLACED:
            return  # whoever read the messages, as `| head` does, left before the last
        fault = _fault_of(error)
        with suppress(OSError):
            sentence = " ".join(map(str.strip, str(fault).splitlines()))
            print(f"{step}: {shown(sentence)}", file=sys.stderr)
        sys.exit(fault.code)


def _leave_garbage() -> None:
    """Spares Python the search through all that was imported as it ends: 0.3 s with scikit-learn."""
    if "duckdb" not in sys.modules:  # DuckDB complains of objects that nobody collected
        gc.freeze()


def name(main: Callable[[Config], None]) -> str:
    """The name of a step, that of its script: what stands on the command line may be a profiler's."""
    return Path(inspect.getfile(main)).stem


def _drop_unsent_lines() -> None:
    """Gives up on messages that stdout does not take; else Python ends with them, and an exit code of its own."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _compose_and_call(main: Callable[[Config], None]) -> None:
    folder, arguments = str(Path("conf").absolute()), sys.argv[1:]
    with settings.read_as_dvc_does():
        settings.check(PARAMS)
        params = OmegaConf.load(PARAMS)
        _check_settings(arguments, params)
        OmegaConf.register_new_resolver("params", functools.partial(_param, params), replace=True)
        if any(argument.startswith("-") for argument in arguments):  # --cfg, --help and the other flags of Hydra
            return hydra.main(version_base="1.3", config_path=folder, config_name="config")(_checked(main))()
        with hydra.initialize_config_dir(folder, version_base="1.3"):  # in half the time: `hydra.main` composes twice
            composed = hydra.compose("config", arguments, return_hydra_config=True)
    HydraConfig.instance().set_config(composed)
    with open_dict(composed):
        del composed["hydra"]
    _checked(main)(composed)


def _check_settings(arguments: Sequence[str], params: Any) -> None:
    """Refuses settings that are more than data, in the files that these arguments choose and in the arguments."""
    settings.check(Path("conf/paths.yaml"), "paths")
    for argument in arguments:
        settings.refuse_interpolation(argument, "command line")
    overrides.check(arguments, _parsed)
    for group, package in PACKAGES.items():
        given = [argument.partition("=")[2] for argument in arguments if re.match(rf"\+*{group}(@\w*)?=", argument)]
        name = given[-1].strip("'\"") if given else _param(params, group)
        if re.search(r"^\.|[/\\]", name):
            raise ConfigurationFault(f"{group} is '{name}'; name a file of conf/{group}/, without a folder")
        _check_choice(group, name)
        settings.check(Path(f"conf/{group}/{name}.yaml"), package)


def _check_choice(group: str, name: str) -> None:
    """Refuses the name of a file of conf/ that is not there, or whose ending Hydra and DVC do not look for."""
    file = Path(f"conf/{group}/{name}.yaml")
    if file.exists() and name:
        return
    stem = file.with_suffix("").stem
    odd = next((path for path in sorted(file.parent.glob("*")) if path.stem == stem and path.suffix != ".yaml"), None)
    if odd:
        move = shlex.join(["mv", str(odd), str(odd.with_suffix(".yaml"))])
        raise ConfigurationFault(f"{odd} must end in .yaml: `{move}`, and write {group}: {stem}")
    known = suggestion(name, [path.stem for path in file.parent.glob("*.yaml")])
    raise ConfigurationFault(f"{PARAMS} or the command line: {group} is '{name}'; {known}; see conf/{group}/")


def _parsed(argument: str) -> Override | None:
    try:
        return OverridesParser.create().parse_override(argument)
    except HydraException:
        return None
    except ValueError:
        raise ConfigurationFault(f"command line: {argument[:80]} holds a number of too many digits") from None


def _checked(main: Callable[[Config], None]) -> Callable[[DictConfig], None]:
    """Calls `main` with the typed configuration that the composed one amounts to."""

    @functools.wraps(main)
    def call(composed: DictConfig) -> None:
        chosen = HydraConfig.get().runtime.choices
        composed.dataset, composed.engine = chosen["dataset"], chosen["engine"]
        typed = config.typed_config(composed, HydraConfig.get().overrides.task)
        try:
            main(typed)
        except Fault as fault:  # the wings do not know which file holds the settings that they were handed
            fault.args = (str(fault).replace("of the data set", f"of conf/dataset/{chosen['dataset']}.yaml"),)
            raise

    return call


def _param(params: Any, key: str) -> str:
    value = params.get(key) if isinstance(params, DictConfig) else None
    if value is None:
        raise ConfigurationFault(f"{PARAMS}: {key} is missing; name a file of conf/{key}/")
    if not isinstance(value, str):
        text = str(value).lower() if isinstance(value, bool) else value
        raise ConfigurationFault(f'{PARAMS}: {key} is {value!r}, which is no text: write `{key}: "{text}"`, in quotes')
    return value


def _check_folder(step: str) -> None:
    if {"-m", "--multirun"} & set(sys.argv[1:]):
        raise ConfigurationFault(
            "several runs would write over each other: `dvc exp run --queue -S key=1,2` keeps each"
        )
    if Path.cwd() != ROOT:
        raise ConfigurationFault(
            f"this is not the folder that the code belongs to: `cd {ROOT}` first, or, in a copy of the project, "
            f"`python -m stages.{step}`"
        )
    if not PARAMS.exists():
        raise ConfigurationFault(f"{PARAMS} is missing from {ROOT}: `git checkout {PARAMS}`")


def _fault_of(error: BaseException) -> Fault:
    """The fault that an error amounts to."""
    if isinstance(error, Fault):
        return error
    cause: BaseException | None = error
    while cause := cause.__cause__ or cause.__context__:
        if isinstance(cause, Fault):
            return cause
    if isinstance(error, yaml.YAMLError | UnicodeDecodeError | HydraException):
        return ConfigurationFault(_misconfigured(error))
    fate = outputs.FATE.get()
    if isinstance(error, KeyboardInterrupt):
        return EnvironmentFault(f"interrupted; {fate}")
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno != errno.ENOENT):
        return EnvironmentFault(f"{str(error) or 'out of memory'}; {fate}")
    if isinstance(error, ImportError | RuntimeError) and SCARCE.search(str(error)):
        return EnvironmentFault(f"{error}; {fate}: give the process more memory or threads, which `ulimit -a` shows")
    return Fault(
        f"a bug of ours, {type(error).__name__}: {error}; please report it with what HYDRA_FULL_ERROR=1 prints"
    )


def _misconfigured(error: BaseException) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        file = error.problem_mark.name.removeprefix(f"{ROOT}/")
        return f"{file} line {error.problem_mark.line + 1}: {error.problem}"
    if isinstance(error, UnicodeDecodeError):
        return f"a file of conf/dataset/ or conf/engine/ is not UTF-8 at byte {error.start}: save it as UTF-8"
    cause = error.__cause__
    if isinstance(cause, OmegaConfBaseException) and isinstance(cause.parent_node, DictConfig):
        known = suggestion(str(cause.key), map(str, cause.parent_node))
        free = cause.full_key in overrides.KEYS or cause.full_key.startswith("data.")
        added = f"; to add it write +{cause.full_key}=" if free else ""
        return f"command line: {cause.full_key} is not set in any file: {known}{added}"
    return str(error)


def _die_with_parent() -> None:
    """Ends this process within a second of its parent, so that a stopped `dvc repro` leaves nothing running."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
