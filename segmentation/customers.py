"""The table of customers: its columns as numbers, and what is wrong with them."""

import math
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

from segmentation import parts
from segmentation.errors import InputFault, nearest
from segmentation.schema import Feature

import numpy as np
import pyarrow as pa

# The values that a transform does not take.
BEYOND = {"log1p": lambda values: values <= -1, "sqrt": lambda values: values < 0}


@dataclass
class Finding:
    """Rows of one column that share a fault: how many, and the first five."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, other: "Finding") -> None:
        """Counts in the finding of a later part."""
        self.count += other.count
        self.first = (self.first + other.first)[:5]

    def among(self, rows: int) -> str:
        """How many of `rows` customers, and which."""
        where = "data rows" if len(self.first) > 1 else "data row"
        return f"{self.count:,} of {rows:,} customers, first in {where} {', '.join(self.first)}"


def is_text(table: pa.Table, name: str) -> bool:
    """Whether a column holds words."""
    return pa.types.is_string(table.schema.field(name).type)


def check(
    files: list[Path],
    features: Mapping[str, Feature],
    profile: Iterable[str],
    value: str | None,
    max_missing: float,
    pool: Executor,
) -> dict[str, int]:
    """Returns how many values each feature misses.

    Raises InputFault for a column that is not there, for a feature or value column that holds text or infinite
    numbers, for a feature outside its transform's domain, empty, or with more missing values than its `missing` or
    `max_missing` allows. Rows are counted from 1 over the whole table.
    """
    numeric = list(dict.fromkeys([*features, *([value] if value else [])]))
    _check_columns(parts.schema(files[0]).names, [*numeric, *profile])
    starts = parts.first_rows(files)
    total = {(name, fault): Finding() for name in numeric for fault in ("text", "infinite", "outside", "missing")}

    def survey(file: Path, start: int) -> dict[tuple[str, str], Finding]:
        table = parts.read(file, columns=numeric)
        return {
            (name, fault): finding
            for name in numeric
            for fault, finding in _survey(table, name, start, features.get(name)).items()
        }

    for found in pool.map(survey, files, starts):
        for key, finding in found.items():
            total[key].add(finding)
    rows = starts[-1] + parts.rows(files[-1])
    for name in numeric:
        _refuse(name, total, rows)
    for name, feature in features.items():
        _refuse_missing(name, feature.missing, total[name, "missing"], rows, max_missing)
    return {name: total[name, "missing"].count for name in features}


def _check_columns(there: list[str], wanted: list[str]) -> None:
    for name in wanted:
        if name not in there:
            raise InputFault(f"the customers have no column '{name}': {nearest(name, set(there) - {'customer_id'})}")


def _survey(table: pa.Table, name: str, start: int, feature: Feature | None) -> dict[str, Finding]:
    if is_text(table, name):
        return {"text": _text(table[name], start)}
    values = parts.numbers(table, name)
    found = {"infinite": _rows(np.isinf(values), start), "missing": _rows(np.isnan(values), start)}
    if feature and feature.transform in BEYOND:
        found["outside"] = _rows(BEYOND[feature.transform](values), start)
    return found


def _rows(faulty: np.ndarray, start: int) -> Finding:
    where = np.flatnonzero(faulty)
    return Finding(len(where), [str(start + row + 1) for row in where[:5]])


def _text(column: pa.ChunkedArray, start: int) -> Finding:
    words = [(row, text) for row, text in enumerate(column.to_pylist()) if text is not None]
    faulty = [(row, text) for row, text in words if not _is_number(text)] or words  # numbers kept as text in the source
    return Finding(len(faulty), [f"{start + row + 1} {_short(text)!r}" for row, text in faulty[:5]])


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _short(text: str) -> str:
    return re.sub(r"\s+", " ", text)[:40]


def _refuse(name: str, total: Mapping[tuple[str, str], Finding], rows: int) -> None:
    def say(fault: str) -> str:
        return total[name, fault].among(rows)

    if total[name, "text"].count:
        raise InputFault(
            f"column '{name}' holds text where numbers were expected, for {say('text')}: mend the file, or convert "
            "such text in the query of the data set, as NULLIF(x, 'NA') or CAST(replace(x, ',', '.') AS DOUBLE) do"
        )
    if total[name, "infinite"].count:
        raise InputFault(
            f"column '{name}' is infinite for {say('infinite')}: mend the file, or set such to NULL in "
            "the query of the data set"
        )
    if total[name, "outside"].count:
        raise InputFault(
            f"column '{name}' is negative or too low for its transform, for {say('outside')}: log1p needs values "
            "above -1 and sqrt values from 0; yeo-johnson takes any"
        )


def _refuse_missing(name: str, missing: str | None, finding: Finding, rows: int, max_missing: float) -> None:
    if finding.count == rows:
        raise InputFault(f"column '{name}' is empty in all {rows:,} rows: leave it out of `features`")
    if missing == "error" and finding.count:
        raise InputFault(
            f"column '{name}' has no value for {finding.among(rows)}: fill them, or set `missing` of the feature or of "
            "preprocess to drop or median"
        )
    if finding.count / rows > max_missing:
        raise InputFault(
            f"column '{name}' has no value for {finding.count / rows:.1%} of the customers; preprocess.max_missing "
            f"allows {max_missing:.1%}: leave it out of `features`, or raise the limit"
        )
