"""Checks a composed configuration against its schema."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, get_origin

from segmentation.errors import ConfigurationFault, nearest
from segmentation.schema import (
    ENGINES,
    LEVELS,
    RESERVED,
    SOURCES,
    Config,
    Data,
    Database,
    Planted,
    Query,
    Rule,
    Synthetic,
)

from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

# OmegaConf names a key inside a list without what stands above it.
LISTS = {Rule: "data.names.", Planted: "data.source.segments."}

TABLES = ("customers", "planted", "features", "segments")  # folders of parts, which may lie in an object store
SECRET = re.compile(
    r"[^/]+://([^/]*@|[^/@]*:[^@]*@)|https?://[^?]*\?"
)  # user:password@ in a URL, or a signature after ?


class _Wrong(Exception):
    """A key and what is wrong with it."""


def check(composed: DictConfig, overrides: Sequence[str] = ()) -> Config:
    """Returns the configuration as typed objects; `overrides` are those of the command line.

    Raises ConfigurationFault for an unknown, missing or ill-typed key, a value out of range, or two values that
    contradict each other; its text names the file, the key, what was given and what is allowed.
    """
    try:
        for key in ("data", "executor"):
            if not isinstance(composed.get(key), DictConfig):
                raise _Wrong(key, f"holds no settings: its first line must be `# @package {key}`, and keys follow")
        _check_mappings(composed.data, Data, "data.")
        _check_columns(composed.data)
        config = _typed(Config, composed, "")
        config.data.source = _of_kind(SOURCES, composed.data.source, "data.source")
        config.executor = _of_kind(ENGINES, composed.executor, "executor")
        for key, wrong in [*_out_of_range(config, ""), *_contradictions(config)]:
            raise _Wrong(key, wrong)
    except _Wrong as error:
        key, wrong = error.args
        raise ConfigurationFault(f"{_place(key, composed, overrides)} {wrong}") from None
    return config


def _place(key: str, composed: DictConfig, overrides: Sequence[str]) -> str:
    """Where a key was set, and the key as it is spelt there."""
    if any((key + ".").startswith(override.lstrip("+~").partition("=")[0] + ".") for override in overrides):
        return f"command line: {key}"
    section, _, rest = key.partition(".")
    files = {
        "data": f"conf/dataset/{composed.get('dataset')}.yaml",
        "executor": f"conf/engine/{composed.get('engine')}.yaml",
        "paths": "conf/paths.yaml",
    }
    if section not in files:
        return f"params.yaml: {key}"
    return f"{files[section]}: {rest}" if rest else files[section]


def _check_mappings(node: DictConfig, schema: type, prefix: str) -> None:
    """Says plainly what OmegaConf does not: that a mapping or list is expected where something else stands."""
    for item in fields(schema):
        wanted = {dict: DictConfig, list: ListConfig}.get(get_origin(item.type))
        if not wanted or item.name not in node or OmegaConf.is_interpolation(node, item.name):
            continue
        given = node[item.name]
        if not isinstance(given, wanted):
            kind = "a mapping, `name: ...` on each line" if wanted is DictConfig else "a list"
            raise _Wrong(prefix + item.name, f"is {'empty' if given is None else given}; expected is {kind}")


def _check_columns(data: DictConfig) -> None:
    for section in ("features", "profile"):
        if section not in data or OmegaConf.is_interpolation(data, section):
            continue
        for name, given in data[section].items():
            if not isinstance(given, DictConfig):
                raise _Wrong(
                    f"data.{section}.{name}", f"is {given!r}; expected are settings, as {{unit: days}}, or {{}}"
                )


def _of_kind(kinds: Mapping[str, type], node: Any, key: str) -> Any:
    """Settings whose `kind` says which keys there are."""
    kind = node.get("kind") if isinstance(node, DictConfig) else None
    if kind not in kinds:
        raise _Wrong(f"{key}.kind", f"is {kind!r}; {nearest(str(kind), kinds)}")
    _check_mappings(node, kinds[kind], f"{key}.")
    return _typed(kinds[kind], node, f"{key}.")


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
            raise _Wrong(key, f"is not a setting: {nearest(name, names)}") from None
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
        return f"is '{value}'; {nearest(str(value), [word for word in metadata['allowed'] if word])}"
    if "low" in metadata and value is not None:
        low, high = metadata["low"], metadata["high"]
        if not (low <= value and (high is None or value <= high)):
            return f"is {value}; allowed is {low} " + ("or more" if high is None else f"to {high}")
    if "quantiles" in metadata and value is not None and not (len(value) == 2 and 0 <= value[0] < value[1] <= 1):
        return f"is {value}; allowed are null or two quantiles in rising order such as [0.01, 0.99]"
    return None


def _contradictions(config: Config) -> list[tuple[str, str]]:
    """What no field can say of itself."""
    wrong, data, elbow, k = [], config.data, config.elbow, config.cluster.k
    if elbow.k_min > elbow.k_max:
        wrong.append(("elbow.k_min", f"is {elbow.k_min}, above elbow.k_max, which is {elbow.k_max}"))
    if k != "auto" and (type(k) is not int or k < 1):
        wrong.append(("cluster.k", f"is {k!r}; allowed is auto or a whole number from 1"))
    most = elbow.exact_rows // 10  # a coreset of exact_rows customers should hold some of each segment
    for key, asked in {"elbow.k_max": elbow.k_max, "cluster.k": k if type(k) is int else 0}.items():
        if asked > most:
            wrong.append((key, f"is {asked}; allowed is at most {most}, a tenth of elbow.exact_rows"))
    if not config.report.title.strip():
        wrong.append(("report.title", "is empty: the page needs a heading"))
    if not data.features:
        wrong.append(("data.features", "is empty: name at least one column to cluster on"))
    wrong += _secrets(config) + _url_contradictions(config) + _overlaps(config)
    return wrong + _column_contradictions(data) + _rule_contradictions(data) + _source_contradictions(data.source)


def _secrets(config: Config) -> list[tuple[str, str]]:
    given = {f"paths.{name}": path for name, path in vars(config.paths).items()}
    if isinstance(config.data.source, Query):
        given |= {f"data.source.files.{name}": path for name, path in config.data.source.files.items()}
    given["executor.address"] = getattr(config.executor, "address", "")
    why = "holds a password or a signature, which would show in messages: credentials belong into the environment"
    return [(key, why) for key, path in given.items() if SECRET.match(path)]


def _url_contradictions(config: Config) -> list[tuple[str, str]]:
    wrong = []
    address = getattr(config.executor, "address", "")
    if address and not re.fullmatch(r"\w+://[^/]+:\d{1,5}", address):
        wrong.append(("executor.address", f"is {address}; expected is tcp://HOST:8786, or nothing for workers here"))
    for name, path in vars(config.paths).items():
        _, url, place = path.partition("://")
        if not path or re.match(r"\w+:(?!//)", path):
            expected = "the path of a file or folder, or SCHEME://BUCKET/FOLDER"
        elif url and name not in TABLES:
            expected = f"a local path; only {', '.join(TABLES)} may be URLs"
        elif url and "/" not in place.rstrip("/"):
            expected = f"a folder in it, as {path.partition('://')[0]}://{place.rstrip('/') or 'bucket'}/{name}"
        else:
            continue
        wrong.append((f"paths.{name}", f"is {path}; expected is {expected}"))
    return wrong


def _overlaps(config: Config) -> list[tuple[str, str]]:
    """Paths below a table's folder, of which nothing stays when the table is written."""
    tables = {f"paths.{name}": getattr(config.paths, name).rstrip("/") + "/" for name in TABLES}
    files = config.data.source.files if isinstance(config.data.source, Query) else {}
    below = {**tables, **{f"data.source.files.{name}": path for name, path in files.items()}}
    return [
        (key, f"is {path.rstrip('/')}, in the folder that {table} names and its step empties")
        for table, folder in tables.items()
        for key, path in below.items()
        if key != table and path.startswith(folder)
    ]


def _column_contradictions(data: Data) -> list[tuple[str, str]]:
    wrong = []
    used = [("features", name) for name in data.features] + [("profile", name) for name in data.profile]
    for key, name in [*used, *([("value", data.value)] if data.value else [])]:
        place = "data.value" if key == "value" else f"data.{key}.{name}"
        if name == data.id:
            wrong.append((place, "is the id column, which says nothing about a customer"))
        elif name in RESERVED:
            wrong.append((place, f"has a name that the pipeline uses itself, as {', '.join(RESERVED)}"))
    for name in data.profile:
        if name in data.features:
            wrong.append((f"data.profile.{name}", "is a feature too: keep it in one of the two"))
    return wrong


def _rule_contradictions(data: Data) -> list[tuple[str, str]]:
    wrong, columns = [], {**data.features, **data.profile}
    for position, rule in enumerate(data.names):
        if not rule.when:
            wrong.append((f"data.names.{position}.when", "is empty: every segment would earn the name"))
        for name, level in rule.when.items():
            key = f"data.names.{position}.when.{name}"
            if name not in columns:
                wrong.append((key, f"is no feature or profile column: {nearest(name, columns)}"))
            elif level not in LEVELS:
                wrong.append((key, f"is '{level}'; {nearest(level, LEVELS)}"))
    return wrong


def _source_contradictions(source: Any) -> list[tuple[str, str]]:
    if isinstance(source, Synthetic):
        return _synthetic_contradictions(source)
    return _database_contradictions(source) if isinstance(source, Database) else _query_contradictions(source)


def _synthetic_contradictions(source: Synthetic) -> list[tuple[str, str]]:
    wrong = []
    total = sum(segment.share for segment in source.segments)
    if abs(total - 1) > 1e-9:
        wrong.append(("data.source.segments", f"have shares that add up to {total:.9g}, not to 1"))
    for position, segment in enumerate(source.segments):
        if set(segment.columns) != set(source.columns):
            key = f"data.source.segments.{position}.columns"
            wrong.append((key, f"are {sorted(segment.columns)}, not {sorted(source.columns)}"))
    return wrong


def _query_contradictions(source: Query) -> list[tuple[str, str]]:
    wrong = []
    for name in source.files:
        if not name.isidentifier():
            wrong.append((f"data.source.files.{name}", "is no plain word: it is the table's name in the query"))
    if len(source.delimiter) != 1:
        wrong.append(("data.source.delimiter", f"is {source.delimiter!r}; allowed is one character"))
    return wrong


def _database_contradictions(source: Database) -> list[tuple[str, str]]:
    wrong, given = [], source.connection
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", given):
        shown = "is no name" if re.search(r"[:/@=]", given) else f"is {given!r}"  # an address would show its password
        allowed = "the name of an environment variable, such as WAREHOUSE_URL, which holds the address and its password"
        wrong.append(("data.source.connection", f"{shown}; expected is {allowed}"))
    if not re.sub(r"--[^\n]*|/\*.*?\*/", "", source.query, flags=re.DOTALL).strip("; \n\t"):
        wrong.append(("data.source.query", "is empty; expected is a SELECT that returns a row per customer"))
    if not re.fullmatch(r"[A-Za-z0-9_-]*", source.driver):
        wrong.append(
            ("data.source.driver", f"is {source.driver!r}; expected is the name of an ADBC driver, or nothing")
        )
    if type(source.version) not in (str, int, float):
        wrong.append(("data.source.version", f"is {source.version!r}; expected is a number or a word"))
    return wrong
