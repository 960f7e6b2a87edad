"""What no setting can say of itself: values that contradict each other, secrets, and paths that overlap."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from segmentation.pipeline.errors import nearest
from segmentation.pipeline.schema import LEVELS, PLACED, RESERVED, Config, Data, Database, Query, Synthetic

TABLES = ("customers", "planted", "features", "segments")  # folders of parts, which may lie in an object store
# user:password@ in a URL, or a signature after ?
SECRET = re.compile(r"[^/]+://([^/]*@|[^/@]*:[^@]*@)|https?://[^?]*\?")
Wrong = list[tuple[str, str]]


def find(config: Config) -> Wrong:
    """The keys at fault, each with what is wrong with it, as words that follow the key."""
    wrong, data = _segment_contradictions(config), config.data
    if not config.report.title.strip():
        wrong.append(("report.title", "is empty: the page needs a heading"))
    if not config.compare.rev.strip() or ":" in config.compare.rev:
        wrong.append(
            ("compare.rev", f"is '{config.compare.rev}'; expected is a tag, branch or commit in Git, such as HEAD")
        )
    if not data.features:
        wrong.append(("data.features", "is empty: name at least one column to cluster on"))
    if target := config.export.database:
        wrong += _connection("export.database.connection", target.connection)
        wrong += _driver("export.database.driver", target.driver)
        if not all(part.strip() for part in target.table.split(".")):
            wrong.append(("export.database.table", f"is '{target.table}'; expected is NAME or SCHEMA.NAME"))
    wrong += _score_contradictions(config) + _secrets(config) + _url_contradictions(config) + _overlaps(config)
    return wrong + _column_contradictions(data) + _rule_contradictions(data) + _source_contradictions(data.source)


def _segment_contradictions(config: Config) -> Wrong:
    wrong, elbow, cluster = [], config.elbow, config.cluster
    if elbow.k_min > elbow.k_max:
        wrong.append(("elbow.k_min", f"is {elbow.k_min}, above elbow.k_max, which is {elbow.k_max}"))
    if cluster.k != "auto" and (type(cluster.k) is not int or cluster.k < 1):
        wrong.append(("cluster.k", f"is {cluster.k!r}; allowed is auto or a whole number from 1"))
    most = elbow.exact_rows // 10  # a coreset of exact_rows customers should hold some of each segment
    for key, asked in {"elbow.k_max": elbow.k_max, "cluster.k": cluster.k if type(cluster.k) is int else 0}.items():
        if asked > most:
            wrong.append((key, f"is {asked}; allowed is at most {most}, a tenth of elbow.exact_rows"))
    if cluster.reference and not re.fullmatch(r"conf/reference/[\w.-]+", cluster.reference):
        wrong.append(("cluster.reference", "is no file of conf/reference/, the folder that DVC watches"))
    if cluster.moved_above > cluster.new_above:
        above = f"above cluster.new_above, which is {cluster.new_above}"
        wrong.append(("cluster.moved_above", f"is {cluster.moved_above}, {above}"))
    return wrong


def _files(source: Any) -> dict[str, str]:
    """The files that a source reads, by table of its query."""
    return source.files if isinstance(source, Query) else {}


def _keyed(key: str, paths: Mapping[str, str]) -> dict[str, str]:
    return {f"{key}.{name}": path for name, path in paths.items()}


def _secrets(config: Config) -> Wrong:
    asked = config.score.input
    given = {
        **_keyed("paths", vars(config.paths)),
        **_keyed("data.source.files", _files(config.data.source)),
        **(_keyed("score.input", asked) if isinstance(asked, dict) else {"score.input": asked}),
        "executor.address": getattr(config.executor, "address", ""),
    }
    why = "holds a password or a signature, which would show in messages: credentials belong into the environment"
    return [(key, why) for key, path in given.items() if SECRET.match(str(path))]


def _url_contradictions(config: Config) -> Wrong:
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


def _overlaps(config: Config) -> Wrong:
    """Paths below a folder that a step writes, of which nothing stays then."""
    tables = {f"paths.{name}": getattr(config.paths, name).rstrip("/") + "/" for name in (*TABLES, "export")}
    files = _keyed("data.source.files", _files(config.data.source))
    below = {**tables, "score.output": config.score.output, **files}
    return [
        (key, f"is {path.rstrip('/')}, in the folder that {table} names and its step empties")
        for table, folder in tables.items()
        for key, path in below.items()
        if key != table and path.startswith(folder)
    ]


def _column_contradictions(data: Data) -> Wrong:
    wrong = []
    used = [("features", name) for name in data.features] + [("profile", name) for name in data.profile]
    for key, name in [*used, *([("value", data.value)] if data.value else [])]:
        place = "data.value" if key == "value" else f"data.{key}.{name}"
        if name == data.id:
            wrong.append((place, "is the id column, which says nothing about a customer"))
        elif name in RESERVED:
            wrong.append((place, f"has a name that the pipeline uses itself, as {', '.join(RESERVED)}"))
    if data.id.lower() in PLACED:
        wrong.append(("data.id", f"is '{data.id}', as a result is called: rename the column in the query"))
    for name in data.profile:
        if name in data.features:
            wrong.append((f"data.profile.{name}", "is a feature too: keep it in one of the two"))
    return wrong


def _rule_contradictions(data: Data) -> Wrong:
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


def _source_contradictions(source: Any) -> Wrong:
    if isinstance(source, Synthetic):
        return _synthetic_contradictions(source)
    return _database_contradictions(source) if isinstance(source, Database) else _query_contradictions(source)


def _synthetic_contradictions(source: Synthetic) -> Wrong:
    wrong = []
    total = sum(segment.share for segment in source.segments)
    if abs(total - 1) > 1e-9:
        wrong.append(("data.source.segments", f"have shares that add up to {total:.9g}, not to 1"))
    for position, segment in enumerate(source.segments):
        if set(segment.columns) != set(source.columns):
            key = f"data.source.segments.{position}.columns"
            wrong.append((key, f"are {sorted(segment.columns)}, not {sorted(source.columns)}"))
    return wrong


def _query_contradictions(source: Query) -> Wrong:
    wrong = []
    for name in source.files:
        if not name.isidentifier():
            wrong.append((f"data.source.files.{name}", "is no plain word: it is the table's name in the query"))
    if len(source.delimiter) != 1:
        wrong.append(("data.source.delimiter", f"is {source.delimiter!r}; allowed is one character"))
    return wrong


def _score_contradictions(config: Config) -> Wrong:
    given, output, files = config.score.input, config.score.output, _files(config.data.source)
    wrong = []
    if "://" in output:
        wrong.append(("score.output", f"is {output}; expected is a local path"))
    read = [*(given.values() if isinstance(given, dict) else [given]), *files.values()]
    for written in (output, str(Path(output).with_suffix(".drift.csv"))):
        if written in read:
            wrong.append(("score.output", f"is {output}: {written}, which is read, would be written over"))
    if isinstance(given, dict) and all(isinstance(path, str) for path in given.values()):
        for name in given.keys() - files.keys():
            key = f"score.input.{name}"
            wrong.append((key, f"is no table of the data set's query: {nearest(str(name), files)}"))
    elif given is not None and not (isinstance(given, str) and given):
        expected = "a path, or {table: path} for the data set's query"
        wrong.append(("score.input", f"is {given!r}; expected is {expected}"))
    return wrong


def _connection(key: str, given: str) -> Wrong:
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", given):
        return []
    shown = "is no name" if re.search(r"[:/@=]", given) else f"is {given!r}"  # an address would show its password
    allowed = "the name of an environment variable, such as WAREHOUSE_URL, which holds the address and its password"
    return [(key, f"{shown}; expected is {allowed}")]


def _driver(key: str, given: str) -> Wrong:
    if re.fullmatch(r"[A-Za-z0-9_-]*", given):
        return []
    return [(key, f"is {given!r}; expected is the name of an ADBC driver, or nothing")]


def _database_contradictions(source: Database) -> Wrong:
    wrong = _connection("data.source.connection", source.connection)
    if not re.sub(r"--[^\n]*|/\*.*?\*/", "", source.query, flags=re.DOTALL).strip("; \n\t"):
        wrong.append(("data.source.query", "is empty; expected is a SELECT that returns a row per customer"))
    wrong += _driver("data.source.driver", source.driver)
    if type(source.version) not in (str, int, float):
        wrong.append(("data.source.version", f"is {source.version!r}; expected is a number or a word"))
    return wrong
