"""Checks a composed configuration against its schema."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from itertools import chain
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException, ValidationError

from segmentation.pipeline import contradictions, machine
from segmentation.pipeline.errors import IN_WORDS, ConfigurationFault, suggestion
from segmentation.pipeline.schema import ENGINES, Config, Data, Rule
from segmentation.pipeline.source_kinds import KINDS, Column, Draw, Planted, Query

# OmegaConf names a key inside a list by its last part only; these are the parts before that.
LISTS = {Rule: "data.names.", Planted: "data.source.segments.", Draw: "data.source.segments."}


class _Wrong(Exception):
    """The key of a setting, and a message of what is wrong with it."""


def typed_config(composed: DictConfig, overrides: Sequence[str] = ()) -> Config:
    """Returns the configuration as typed objects; `overrides` are those of the command line.

    Raises ConfigurationFault for an unknown, missing or ill-typed key, a value out of range, or two values that
    contradict each other; its text names the file, the key, what was given and what is allowed.
    """
    try:
        for key in ("data", "executor"):
            if not isinstance(composed.get(key), DictConfig):
                raise _Wrong(key, f"holds no settings: its first line must be `# @package {key}`, and keys follow")
        _check_mappings(composed, Config, "")
        _check_mappings(composed.data, Data, "data.")
        _check_column_settings(composed.data)
        config = _typed(Config, composed, "")
        config.data.source = _of_kind(KINDS, composed.data.source, "data.source")
        if isinstance(config.data.source, Query):
            config.data.source.columns = _declared_columns(composed.data.source)
        config.executor = _of_kind(ENGINES, composed.executor, "executor")
        for key, message in chain(
            _out_of_range(config), contradictions.find_contradictions(config), _not_finite(config)
        ):
            raise _Wrong(key, message)
    except _Wrong as error:
        key, message = error.args
        raise ConfigurationFault(f"{_origin(key, composed, overrides)} {message}") from None
    return config


def _origin(key: str, composed: DictConfig, overrides: Sequence[str]) -> str:
    """The file in which a key was set, or the command line, and the key as it is written there."""
    given = [override.lstrip("+~").partition("=")[0] + "." for override in overrides]
    if any(f"{key}.".startswith(name) or name.startswith(f"{key}.") for name in given):
        return f"command line: {key}"
    section, _, subkey = key.partition(".")
    files = {
        "data": f"conf/dataset/{composed.get('dataset')}.yaml",
        "executor": f"conf/engine/{composed.get('engine')}.yaml",
        "paths": "conf/paths.yaml",
    }
    if section not in files:
        return f"params.yaml: {key}" if key else "params.yaml"
    return f"{files[section]}: {subkey}" if subkey else files[section]


def _check_mappings(node: DictConfig, schema: type, prefix: str) -> None:
    """Refuses anything but a mapping or list where one is expected, for which OmegaConf has no plain message."""
    for item in fields(schema):
        expected = {dict: DictConfig, list: ListConfig}.get(get_origin(item.type))
        expected = DictConfig if is_dataclass(item.type) else expected
        if not expected or item.name not in node or OmegaConf.is_interpolation(node, item.name):
            continue
        value = node[item.name]
        if not isinstance(value, expected):
            described = "a list" if expected is ListConfig else _in_words(item.type)
            raise _Wrong(prefix + item.name, f"is {_given(value)}; expected is {described}")


def _check_column_settings(data: DictConfig) -> None:
    for section in ("features", "profile"):
        if section not in data or OmegaConf.is_interpolation(data, section):
            continue
        for name, settings in data[section].items():
            if not isinstance(settings, DictConfig):
                message = f"is {settings!r}; expected are settings, as {{unit: days}}, or {{}}"
                raise _Wrong(f"data.{section}.{name}", message)


def _of_kind(kinds: Mapping[str, type], node: Any, key: str) -> Any:
    """The settings of a source or an engine, whose `kind` decides which keys there are."""
    kind = node.get("kind") if isinstance(node, DictConfig) else None
    if kind not in kinds:
        raise _Wrong(f"{key}.kind", f"is {kind!r}; {suggestion(str(kind), kinds)}")
    _check_mappings(node, kinds[kind], f"{key}.")
    return _typed(kinds[kind], node, f"{key}.")


def _declared_columns(source: DictConfig) -> dict[str, dict[str, Column]]:
    """The columns that a source declares, by table: OmegaConf types no mappings inside mappings."""
    declared: dict[str, dict[str, Column]] = {}
    for table, columns in (source.get("columns") or {}).items():
        if not isinstance(columns, DictConfig):
            raise _Wrong(
                f"data.source.columns.{table}", f"is {columns!r}; expected are columns, as {{NAME: {{kind: text}}}}"
            )
        declared[table] = {}
        for name, settings in columns.items():
            key = f"data.source.columns.{table}.{name}"
            if not isinstance(settings, DictConfig):
                raise _Wrong(key, f"is {settings!r}; expected are settings, as {{kind: text}}")
            declared[table][str(name)] = _typed(Column, settings, f"{key}.")
    return declared


def _typed(schema: type, node: DictConfig, prefix: str) -> Any:
    try:
        merged = OmegaConf.merge(OmegaConf.structured(schema), node)
        if absent := sorted(OmegaConf.missing_keys(merged)):
            raise _Wrong(prefix + absent[0], "is missing")
        return OmegaConf.to_object(merged)
    except OmegaConfBaseException as error:
        key = LISTS.get(error.object_type, prefix) + str(error.full_key or error.key or "")
        key = re.sub(r"\[(\d+)\]", r".\1", key)
        name = key.rpartition(".")[2]
        types = {item.name: item.type for item in fields(error.object_type)} if is_dataclass(error.object_type) else {}
        if not name:
            raise _Wrong(prefix.rstrip("."), "holds a list where a mapping is expected, or the reverse") from None
        if types and name not in types:
            raise _Wrong(key, f"is not a setting: {suggestion(name, types)}") from None
        if not isinstance(error, ValidationError):
            raise _Wrong(key, f"is not what belongs there: {str(error).splitlines()[0]}") from None
        kind = types.get(name, error.ref_type)
        expected = _in_words(_element(kind) if name.isdigit() else kind)
        raise _Wrong(key, f"is {_given(error.value)}; expected is {expected}") from None


def _given(value: Any) -> str:
    """A value as it was given, cut to fit into a message; OmegaConf also has mappings that are None."""
    return "empty" if repr(value) == "None" else f"{value!r:.80}"


def _element(kind: Any) -> Any:
    """The type of what a list holds, also where there may be none."""
    return next((get_args(option)[0] for option in (kind, *get_args(kind)) if get_origin(option) is list), Any)


def _in_words(kind: Any) -> str:
    """What values of a type are, in the words of a person who writes settings."""
    if kind is Any:
        return "a value"
    if getattr(kind, "__name__", "") in IN_WORDS:
        return IN_WORDS[kind.__name__]
    if get_origin(kind) in (Union, UnionType):
        null_first = sorted(get_args(kind), key=lambda option: option is not NoneType)
        return " or ".join("null" if option is NoneType else _in_words(option) for option in null_first)
    if get_origin(kind) is list:
        return f"a list in which each is {_in_words(*get_args(kind))}"
    names = [item.name for item in fields(kind)] if is_dataclass(kind) else []
    return "a mapping, `name: ...` on each line" + (f"; the names are {', '.join(names)}" if names else "")


def _out_of_range(config: Config) -> list[tuple[str, str]]:
    """The settings that are not what their field allows: key, and what is wrong."""
    return [(key, message) for key, value, allows in _settings(config) if (message := _misfit(value, allows))]


def _not_finite(config: Config) -> list[tuple[str, str]]:
    """The numbers that are infinite or not a number, wherever they stand: key, and what is wrong."""
    numbers = [(key, value) for key, value, _ in _settings(config) if isinstance(value, float)]
    return [(key, f"is {value}; expected is a finite number") for key, value in numbers if not math.isfinite(value)]


def _settings(node: Any, prefix: str = "") -> Iterator[tuple[str, Any, Mapping[str, Any]]]:
    """Walks typed objects, mappings and lists; yields the key of each setting, its value, and what its field allows."""
    if is_dataclass(node):
        settings = [(item.name, getattr(node, item.name), item.metadata) for item in fields(node)]
    else:
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        settings = [(name, value, {}) for name, value in items]
    for name, value, allows in settings:
        yield f"{prefix}{name}", value, allows
        yield from _settings(value, f"{prefix}{name}.")


def _are_quantiles(values: list[Any]) -> bool:
    are_numbers = all(isinstance(value, float) for value in values)
    return len(values) == 2 and are_numbers and 0 <= values[0] < values[1] <= 1


def _misfit(value: Any, metadata: Mapping[str, Any]) -> str | None:
    if "allowed" in metadata and value not in metadata["allowed"]:
        return f"is '{value}'; {suggestion(str(value), [word for word in metadata['allowed'] if word])}"
    if "low" in metadata and value is not None:
        low, high = metadata["low"], metadata["high"]
        if not (low <= value and (high is None or value <= high)):
            return f"is {value}; allowed is {low} " + ("or more" if high is None else f"to {high}")
    if "quantiles" in metadata and value is not None and not _are_quantiles(value):
        return f"is {value}; allowed are null or two quantiles in rising order such as [0.01, 0.99]"
    if "size" in metadata and value is not None and not re.fullmatch(machine.SIZE, value):
        return f"is '{value}'; allowed are null or a size such as 2GiB or 512MiB"
    return None
