"""Arguments of the command line, KEY=VALUE: what would be misread is refused with the very text to type."""

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from typing import Any, get_args

from segmentation.pipeline.errors import ConfigurationFault
from segmentation.pipeline.schema import ENGINES, Config, Data

GROUPS = ("dataset", "engine")  # Hydra takes only a text for these
FLAGS = ("--help", "-h", "--hydra-help", "--resolve")
VALUED_FLAGS = ("--cfg", "-c", "--package", "-p", "--info", "-i")
EXAMPLE = "expected is KEY=VALUE, such as elbow.k_max=12"
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
KEY = re.compile(r"\w[\w$@./-]*")
LEAF = re.compile(r"(?<=[\[{,])(\s*(?:\w+\s*:\s*)?)([^\[\]{},]+)")  # a text in {key: text} or [text], behind its key
PLAIN = re.compile(r"""[-+.\d]+|true|false|null|'.*'|".*"|""")


def check(arguments: Sequence[str], parse: Callable[[str], Any]) -> None:
    """Refuses arguments that are no settings, and values that would be read as something else than their text.

    `parse` turns an argument into an override of Hydra, or None where it cannot be read. Raises ConfigurationFault with
    the argument to type in its place, in the quotes of a POSIX shell.
    """
    for argument in _settings(arguments):
        if CONTROL.search(argument):
            raise _fault(f"{argument!r} holds a control character: leave it out")
        name, equals, value = argument.partition("=")
        key = name.lstrip("+~")
        _check_key(argument, key, value)
        if not equals and not name.startswith("~"):
            raise _fault(f"{key} has no value: write {key}=VALUE, without blanks around the sign")
        _check_value(name, value, parse(argument), parse)


def _fault(message: str) -> ConfigurationFault:
    return ConfigurationFault(f"command line: {message}")


def _settings(arguments: Sequence[str]) -> Iterator[str]:
    """The arguments without flags and their values; raises ConfigurationFault for a flag that there is not."""
    for argument, before, after in zip(arguments, ["", *arguments], [*arguments[1:], "VALUE"], strict=False):
        flag, equals, value = argument.partition("=")
        if not flag.startswith("-"):
            if before not in VALUED_FLAGS or equals:
                yield argument
        elif flag not in (*FLAGS, *VALUED_FLAGS):
            typed = _without_dashes(flag.lstrip("-"), value, after)
            raise _fault(f"{flag} is no flag: a setting is written without dashes, as {typed}")
    flags = {argument.partition("=")[0] for argument in arguments}
    if "--resolve" in flags and not flags & {"--cfg", "-c", "--help", "-h"}:
        raise _fault("--resolve says how to show settings: write --cfg job --resolve")


def _without_dashes(key: str, value: str, after: str) -> str:
    """What to type for the flag --KEY=VALUE, or for --KEY with the argument `after` it."""
    if key not in KEYS and not value and KEY.match(after) and "=" in after:  # as with the -S of DVC
        return shlex.quote(after)
    known = next((known for known in KEYS if key in (known, known.rpartition(".")[2])), None)
    return _assigned(known, value or after) if known else "elbow.k_max=12"


def _keys(schema: type, prefix: str = "") -> dict[str, Any]:
    """All keys of a schema with their types, sections among them."""
    keys = {}
    for item in fields(schema):
        kind = {"data": Data}.get(item.name, item.type)
        keys[prefix + item.name] = kind
        for section in (kind, *get_args(kind)):
            if is_dataclass(section):
                keys |= _keys(section, f"{prefix}{item.name}.")
    return keys


KEYS = _keys(Config) | {key: kind for engine in ENGINES.values() for key, kind in _keys(engine, "executor.").items()}
SECTIONS = [key for key, kind in KEYS.items() if is_dataclass(kind) or key == "executor"]


def _with_section(key: str) -> list[str]:
    """The keys that end in a key which lacks its section, or in one that looks like it."""
    ends = {known: known.rpartition(".")[2] for known in KEYS if "." in known}
    alike = get_close_matches(key, set(ends.values()) - {key}, n=1)
    exact = [known for known, end in ends.items() if end == key]
    return exact or [known for known, end in ends.items() if [end] == alike]


def _check_key(argument: str, key: str, value: str) -> None:
    bare, dotted = re.sub(r"\s", "", key), key.replace("/", ".")
    if not bare or ("=" not in argument and not KEY.fullmatch(key)):
        raise _fault(f"{argument!r} names no setting: {EXAMPLE}")
    if bare != key:
        known = next((known for known in (bare, re.sub(r"\s+", "_", key.strip())) if known in KEYS), None)
        raise _fault(
            f"{argument!r} has blanks before its =: {f'write {_assigned(known, value)}' if known else EXAMPLE}"
        )
    if dotted != key and dotted in KEYS:
        raise _fault(f"{key} is written with a point: {_assigned(dotted, value)}")
    if key in SECTIONS:
        first = next(known for known in KEYS if known.startswith(f"{key}."))
        raise _fault(f"{key} is a section, not a setting: set one of its keys, such as {first}")
    if key not in KEYS and not re.search("[./@]", key):
        full = " or ".join(_assigned(known, value) for known in _with_section(key))
        raise _fault(f"{key} is not a setting: {f'write {full}' if full else EXAMPLE}")
    if not KEY.fullmatch(key):
        raise _fault(f"{argument!r} names no setting: {EXAMPLE}")
    if argument.startswith("~") and key in KEYS:
        raise _fault(f"{key} cannot be taken away: a step needs it")


def typed(key: str, value: str) -> str:
    """An argument as it is typed in a shell, in the quotes of Hydra where its value needs them."""
    return f"{key}={value}" if re.fullmatch(r"[\w./-]+", value) else shlex.quote(f"{key}={_quoted(value)}")


def quoted_value(argument: str) -> str:
    """An argument KEY=VALUE for a text, with the quotes of Hydra around a value that has none."""
    key, equals, value = argument.partition("=")
    return argument if not value or value[0] in "\"'" or not equals else f"{key}={_quoted(value)}"


def _assigned(key: str, value: str) -> str:
    """An argument as it is typed in a shell."""
    return shlex.quote(f"{key}={value}") if value else f"{key}=VALUE"


def _check_value(name: str, value: str, override: Any, parse: Callable[[str], Any]) -> None:
    quoted, kind = f"{name}={_quoted(value)}", KEYS.get(name.lstrip("+~"))
    if override is None:
        if kind in (int, float):
            raise _fault(f"{name} is {value!r}; expected is a number")
        leaves = f"{name}={_quoted_leaves(value)}"
        typed = shlex.quote(leaves if kind is not str and value[:1] in ("{", "[") and parse(leaves) else quoted)
        raise _fault(f"the value of {name} holds signs that only quotes keep: write {typed}")
    read = override.value()
    if override.is_sweep_override():
        queue = f"`dvc exp run --queue -S {_assigned(name, value)}` tries each"
        words = [item for item in getattr(read, "list", []) if isinstance(item, str)]
        text = f"; if it is one text, write {shlex.quote(quoted)}" if words or kind is str else ""
        raise _fault(f"{name} has several values: {queue}{text}")
    misread = isinstance(read, bool | int | float | list | dict) and (str(read) != value or name in GROUPS)
    if str in (kind, *get_args(kind)) and misread:
        raise _fault(f"the value of {name} would be read as {read}: write {shlex.quote(quoted)}")


def _quoted(value: str) -> str:
    """A value in the quotes of Hydra, where a backslash counts before a quote only."""
    sign = "'" if '"' in value and "'" not in value else '"'
    return sign + re.sub(rf"(\\*)({sign}|$)", lambda end: end[1] * 2 + (f"\\{sign}" if end[2] else ""), value) + sign


def _quoted_leaves(value: str) -> str:
    """A value such as {orders: data/a=b.csv} with its texts in the quotes of Hydra."""
    return LEAF.sub(lambda leaf: leaf[1] + (leaf[2] if PLAIN.fullmatch(leaf[2].strip()) else _quoted(leaf[2])), value)
