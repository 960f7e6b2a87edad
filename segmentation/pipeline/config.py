"""Checks a composed configuration against its schema."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, get_origin

from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from segmentation.pipeline import contradictions, machine
from segmentation.pipeline.errors import ConfigurationFault, suggestion
from segmentation.pipeline.schema import ENGINES, Config, Data, Rule
from segmentation.pipeline.source_kinds import KINDS, Column, Planted, Query

# OmegaConf names a key inside a list by its last part only; these are the parts before that.
LISTS = {Rule: "data.names.", Planted: "data.source.segments."}


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
        _check_mappings(composed.data, Data, "data.")
        _check_column_settings(composed.data)
        config = _typed(Config, composed, "")
        config.data.source = _of_kind(KINDS, composed.data.source, "data.source")
        if isinstance(config.data.source, Query):
            config.data.source.columns = _declared_columns(composed.data.source)
        config.executor = _of_kind(ENGINES, composed.executor, "executor")
        for key, message in [*_out_of_range(config, ""), *contradictions.find_contradictions(config)]:
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
        return f"params.yaml: {key}"
    return f"{files[section]}: {subkey}" if subkey else files[section]


def _check_mappings(node: DictConfig, schema: type, prefix: str) -> None:
    """Refuses anything but a mapping or list where one is expected, for which OmegaConf has no plain message."""
    for item in fields(schema):
        expected = {dict: DictConfig, list: ListConfig}.get(get_origin(item.type))
        if not expected or item.name not in node or OmegaConf.is_interpolation(node, item.name):
            continue
        value = node[item.name]
        if not isinstance(value, expected):
            described = "a mapping, `name: ...` on each line" if expected is DictConfig else "a list"
            raise _Wrong(prefix + item.name, f"is {'empty' if value is None else value}; expected is {described}")


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
        name = key.rpartition(".")[2]
        names = [item.name for item in fields(error.object_type)] if is_dataclass(error.object_type) else [name]
        if name not in names:
            raise _Wrong(key, f"is not a setting: {suggestion(name, names)}") from None
        reason = "it is empty" if "not Optional" in str(error) else str(error).splitlines()[0]
        raise _Wrong(key, f"is not what belongs there: {reason}") from None


def _out_of_range(node: Any, prefix: str) -> list[tuple[str, str]]:
    """Walks the typed objects and compares each value with what its field allows."""
    wrong = []
    if is_dataclass(node):
        for item in fields(node):
            value = getattr(node, item.name)
            if message := _misfit(value, item.metadata):
                wrong.append((prefix + item.name, message))
            wrong += _out_of_range(value, f"{prefix}{item.name}.")
    elif isinstance(node, dict):
        for key, value in node.items():
            wrong += _out_of_range(value, f"{prefix}{key}.")
    elif isinstance(node, list):
        for position, value in enumerate(node):
            wrong += _out_of_range(value, f"{prefix}{position}.")
    return wrong


def _misfit(value: Any, metadata: Mapping[str, Any]) -> str | None:
    if "allowed" in metadata and value not in metadata["allowed"]:
        return f"is '{value}'; {suggestion(str(value), [word for word in metadata['allowed'] if word])}"
    if "low" in metadata and value is not None:
        low, high = metadata["low"], metadata["high"]
        if not (low <= value and (high is None or value <= high)):
            return f"is {value}; allowed is {low} " + ("or more" if high is None else f"to {high}")
    if "quantiles" in metadata and value is not None and not (len(value) == 2 and 0 <= value[0] < value[1] <= 1):
        return f"is {value}; allowed are null or two quantiles in rising order such as [0.01, 0.99]"
    if "size" in metadata and value is not None and not re.fullmatch(machine.SIZE, value):
        return f"is '{value}'; allowed are null or a size such as 2GiB or 512MiB"
    return None
