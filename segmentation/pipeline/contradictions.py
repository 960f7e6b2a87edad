"""Faults of a configuration that no single setting shows: contradictions, and secrets in paths."""

import re
from collections.abc import Mapping

from segmentation.pipeline import places
from segmentation.pipeline.errors import suggestion
from segmentation.pipeline.schema import LEVELS, PLACED, RESERVED, Config, Data
from segmentation.pipeline.source_kinds import Wrong, check_connection, check_driver

TABLES = ("customers", "planted", "features", "segments")  # folders of parts, which may lie in an object store
# A path shows a secret where it holds user:password@ before the host, or a signature after the ? of a web address.
SECRET = re.compile(r"[^/]+://([^/]*@|[^/@]*:[^@]*@)|https?://[^?]*\?")


def find_contradictions(config: Config) -> Wrong:
    """The keys at fault, each with what is wrong with it, as words that follow the key."""
    data = config.data
    return [
        *_segment_contradictions(config),
        *_page_contradictions(config),
        *_export_contradictions(config),
        *_score_contradictions(config),
        *_secrets(config),
        *_url_contradictions(config),
        *places.find_collisions(config),
        *_feature_contradictions(data),
        *_column_contradictions(data),
        *_label_contradictions(data),
        *_rule_contradictions(data),
        *((f"data.source.{key}", message) for key, message in data.source.contradictions()),
    ]


def _segment_contradictions(config: Config) -> Wrong:
    wrong, elbow, cluster = [], config.elbow, config.cluster
    if elbow.k_min > elbow.k_max:
        wrong.append(("elbow.k_min", f"is {elbow.k_min}, above elbow.k_max, which is {elbow.k_max}"))
    if cluster.k != "auto" and (type(cluster.k) is not int or cluster.k < 1):
        wrong.append(("cluster.k", f"is {cluster.k!r}; allowed is auto or a whole number from 1"))
    most = elbow.exact_rows // 10  # a coreset of exact_rows customers should hold some of each segment
    for key, k in {"elbow.k_max": elbow.k_max, "cluster.k": cluster.k if type(cluster.k) is int else 0}.items():
        if k > most:
            wrong.append((key, f"is {k}; allowed is at most {most}, a tenth of elbow.exact_rows"))
    if cluster.reference and not re.fullmatch(r"conf/reference/[\w.-]+", cluster.reference):
        wrong.append(("cluster.reference", "is no file of conf/reference/, the folder that DVC watches"))
    if cluster.moved_above > cluster.new_above:
        above = f"above cluster.new_above, which is {cluster.new_above}"
        wrong.append(("cluster.moved_above", f"is {cluster.moved_above}, {above}"))
    return wrong


def _page_contradictions(config: Config) -> Wrong:
    wrong, rev = [], config.compare.rev
    if not config.report.title.strip():
        wrong.append(("report.title", "is empty: the page needs a heading"))
    if not rev.strip() or ":" in rev:
        wrong.append(("compare.rev", f"is '{rev}'; expected is a tag, branch or commit in Git, such as HEAD"))
    return wrong


def _export_contradictions(config: Config) -> Wrong:
    target = config.export.database
    if not target:
        return []
    wrong = check_connection("export.database.connection", target.connection)
    wrong += check_driver("export.database.driver", target.driver)
    if not all(part.strip() for part in target.table.split(".")):
        wrong.append(("export.database.table", f"is '{target.table}'; expected is NAME or SCHEMA.NAME"))
    return wrong


def _keyed(key: str, paths: Mapping[str, str]) -> dict[str, str]:
    return {f"{key}.{name}": path for name, path in paths.items()}


def _secrets(config: Config) -> Wrong:
    score_input = config.score.input
    paths = {
        **_keyed("paths", vars(config.paths)),
        **_keyed("data.source.files", config.data.source.files),
        **(_keyed("score.input", score_input) if isinstance(score_input, dict) else {"score.input": score_input}),
        "executor.address": getattr(config.executor, "address", ""),
    }
    why = "holds a password or a signature, which would show in messages: credentials belong into the environment"
    return [(key, why) for key, path in paths.items() if SECRET.match(str(path))]


def _url_contradictions(config: Config) -> Wrong:
    wrong = []
    address = getattr(config.executor, "address", "")
    if address and not re.fullmatch(r"\w+://[^/]+:\d{1,5}", address):
        wrong.append(("executor.address", f"is {address}; expected is tcp://HOST:8786, or nothing for workers here"))
    for name, path in vars(config.paths).items():
        scheme, url, location = path.partition("://")
        if not path or re.match(r"\w+:(?!//)", path):
            expected = "the path of a file or folder, or SCHEME://BUCKET/FOLDER"
        elif url and name not in TABLES:
            expected = f"a local path; only {', '.join(TABLES)} may be URLs"
        elif url and "/" not in location.rstrip("/"):
            expected = f"a folder in it, as {scheme}://{location.rstrip('/') or 'bucket'}/{name}"
        else:
            continue
        wrong.append((f"paths.{name}", f"is {path}; expected is {expected}"))
    return wrong


def _feature_contradictions(data: Data) -> Wrong:
    if not data.features:
        return [("data.features", "is empty: name at least one column to cluster on")]
    duplicates = [name for name in data.profile if name in data.features]
    return [(f"data.profile.{name}", "is a feature too: keep it in one of the two") for name in duplicates]


def _column_contradictions(data: Data) -> Wrong:
    wrong = []
    columns = {f"data.features.{name}": name for name in data.features}
    columns |= {f"data.profile.{name}": name for name in data.profile}
    if data.value:
        columns["data.value"] = data.value
    for key, name in columns.items():
        if name == data.id:
            wrong.append((key, "is the id column, which says nothing about a customer"))
        elif name in RESERVED:
            wrong.append((key, f"has a name that the pipeline uses itself, as {', '.join(RESERVED)}"))
    if data.id.lower() in PLACED:
        wrong.append(("data.id", f"is '{data.id}', as a result is called: rename the column in the query"))
    return wrong


def _label_contradictions(data: Data) -> Wrong:
    """Labels that two columns share, so that nobody could tell the columns apart on a page."""
    wrong = []
    columns = {f"data.features.{name}": (name, column.label) for name, column in data.features.items()}
    columns |= {f"data.profile.{name}": (name, column.label) for name, column in data.profile.items()}
    for key, (name, label) in columns.items():
        for other, other_label in columns.values():
            if label and other != name and label.casefold() == (other_label or other.replace("_", " ")).casefold():
                wrong.append((f"{key}.label", f"is '{label}', as the column '{other}' is called: name them apart"))
                break
    return wrong


def _rule_contradictions(data: Data) -> Wrong:
    wrong, columns = [], {**data.features, **data.profile}
    for position, rule in enumerate(data.names):
        if not rule.name.strip():
            wrong.append((f"data.names.{position}.name", "is blank: a segment needs a name"))
        if not rule.when:
            wrong.append((f"data.names.{position}.when", "is empty: every segment would earn the name"))
        for name, level in rule.when.items():
            key = f"data.names.{position}.when.{name}"
            if name not in columns:
                wrong.append((key, f"is no feature or profile column: {suggestion(name, columns)}"))
            elif level not in LEVELS:
                wrong.append((key, f"is '{level}'; {suggestion(level, LEVELS)}"))
    return wrong


def _score_contradictions(config: Config) -> Wrong:
    score_input, output, files = config.score.input, config.score.output, config.data.source.files
    wrong = []
    if "://" in output:
        wrong.append(("score.output", f"is {output}; expected is a local path"))
    if isinstance(score_input, dict) and all(isinstance(path, str) for path in score_input.values()):
        for name in score_input.keys() - files.keys():
            key = f"score.input.{name}"
            wrong.append((key, f"is no table of the data set's query: {suggestion(str(name), files)}"))
    elif score_input is not None and not (isinstance(score_input, str) and score_input):
        expected = "a path, or {table: path} for the data set's query"
        wrong.append(("score.input", f"is {score_input!r}; expected is {expected}"))
    return wrong
