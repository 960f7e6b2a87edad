"""Checks the table of customers: what is wrong with its columns, and in which rows."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from segmentation.features import transforms
from segmentation.pipeline import cures, notation, parts, reading
from segmentation.pipeline.errors import ColumnFault, InputFault, suggestion
from segmentation.pipeline.notation import Shapes
from segmentation.pipeline.schema import Feature


@dataclass
class Finding:
    """The rows of one column that share a fault: how many there are, the first five, and the shapes of their text."""

    count: int = 0
    first: list[str] = field(default_factory=list)
    shapes: Shapes = field(default_factory=dict)

    def add(self, other: "Finding") -> None:
        """Adds the finding of a later part."""
        self.count += other.count
        self.first = (self.first + other.first)[:5]
        self.shapes = notation.merge(self.shapes, other.shapes)

    def among(self, rows: int) -> str:
        """A phrase for messages: how many of all `rows` customers, and which rows come first."""
        noun = "data rows" if len(self.first) > 1 else "data row"
        return f"{self.count:,} of {rows:,} customers, first in {noun} {', '.join(self.first)}"


Findings = dict[str, dict[str, Finding]]  # by column and fault


def is_text(table: pa.Table, name: str) -> bool:
    """Whether a column holds text."""
    return pa.types.is_string(table.schema.field(name).type)


def check_columns(columns: list[str], wanted: Iterable[str]) -> None:
    """Raises ColumnFault for a wanted column that is not among the customers' `columns`."""
    for name in wanted:
        if name not in columns:
            raise ColumnFault(
                f"the customers have no column '{name}': {suggestion(name, set(columns) - {'customer_id'})}"
            )


def survey(table: pa.Table, start: int, features: Mapping[str, Feature], value: str | None) -> Findings:
    """What is wrong with the features and the value column of a part that `start` customers come before."""
    names = dict.fromkeys([*features, *([value] if value else [])])
    return {name: _survey(table, name, start, features.get(name)) for name in names}


def check(
    surveys: Iterable[Findings],
    rows: int,
    features: Mapping[str, Feature],
    max_missing: float | None,
    query: str = "",
    dialect: str = reading.DUCKDB,
) -> dict[str, int]:
    """Returns how many values each feature misses, from the surveys of all parts in their order.

    `rows` is the number of customers; `max_missing`, a share of them, limits the missing values of a feature, and None
    means no limit: then a feature may be empty. Raises InputFault for a feature or value column with infinite numbers,
    for a feature outside its transform's domain, and for one that misses more values than allowed; ColumnFault where a
    column holds text: then the message has the SQL that reads it, for the `query` of the data set in its `dialect`.
    Messages count rows from 1 over the whole table.
    """
    total: dict[str, dict[str, Finding]] = {}
    for findings in surveys:
        for name, faults in findings.items():
            for fault, finding in faults.items():
                total.setdefault(name, {}).setdefault(fault, Finding()).add(finding)
    for name, faults in total.items():
        _refuse_text(name, faults, rows, query, dialect)
        _refuse(name, faults, rows)
    for name, feature in features.items():
        _refuse_missing(name, feature.missing, total[name]["missing"], rows, max_missing)
    return {name: total[name]["missing"].count for name in features}


def _survey(table: pa.Table, name: str, start: int, feature: Feature | None) -> dict[str, Finding]:
    if is_text(table, name):
        return _text(table[name], start)
    values = parts.numbers(table, name)
    faults = {"infinite": find_rows(np.isinf(values), start), "missing": find_rows(np.isnan(values), start)}
    refuses = transforms.named(feature.transform).refuses if feature else None
    if refuses:
        faults["outside"] = find_rows(refuses(values), start)
    return faults


def find_rows(faulty: np.ndarray, start: int) -> Finding:
    """The finding of a part: `faulty`, of shape (customers,), marks its rows; `start` customers come before it."""
    positions = np.flatnonzero(faulty)
    return Finding(len(positions), [str(start + row + 1) for row in positions[:5]])


def _text(column: pa.ChunkedArray, start: int) -> dict[str, Finding]:
    """The findings of a text column: `text` for the words in it, `numerals` for all its values.

    `numerals` are at fault where no part has a word: then the source keeps numbers as text.
    """
    cells = [(row, text) for row, text in enumerate(column.to_pylist()) if text is not None]
    words = [(row, text) for row, text in cells if not _is_number(text)]
    findings = {
        fault: Finding(len(faulty), [f"{start + row + 1} {_short(text)!r}" for row, text in faulty[:5]])
        for fault, faulty in (("text", words), ("numerals", cells))
    }
    findings["numerals"].shapes = notation.shapes(column)  # of all cells: one may decide what the others mean
    return findings


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _short(text: str) -> str:
    return re.sub(r"\s+", " ", text)[:40]


def _refuse_text(name: str, faults: Mapping[str, Finding], rows: int, query: str, dialect: str) -> None:
    if "text" in faults:
        finding = faults["text"] if faults["text"].count else faults["numerals"]
        cure = cures.advice(name, faults["numerals"].shapes, query, dialect)
        raise ColumnFault(f"column '{name}' holds text where numbers were expected, for {finding.among(rows)}: {cure}")


def _refuse(name: str, faults: Mapping[str, Finding], rows: int) -> None:
    def say(fault: str) -> str:
        return faults[fault].among(rows)

    if "infinite" in faults and faults["infinite"].count:
        raise InputFault(
            f"column '{name}' is infinite for {say('infinite')}: mend the file, or set such to NULL in "
            "the query of the data set"
        )
    if "outside" in faults and faults["outside"].count:
        raise InputFault(
            f"column '{name}' is negative or too low for its transform, for {say('outside')}: {transforms.domains()}"
        )


def _refuse_missing(name: str, missing: str | None, finding: Finding, rows: int, max_missing: float | None) -> None:
    if finding.count == rows and max_missing is not None:
        raise InputFault(f"column '{name}' is empty in all {rows:,} rows: leave it out of `features`")
    if missing == "error" and finding.count:
        raise InputFault(
            f"column '{name}' has no value for {finding.among(rows)}: fill them, or set `missing` of the feature or of "
            "preprocess to drop or median"
        )
    if max_missing is not None and finding.count / rows > max_missing:
        raise InputFault(
            f"column '{name}' has no value for {finding.count / rows:.1%} of the customers; preprocess.max_missing "
            f"allows {max_missing:.1%}: leave it out of `features`, or raise the limit"
        )
