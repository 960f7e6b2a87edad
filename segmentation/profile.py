"""What the segments look like: sizes, shares, and the distribution of every column in original units."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

TOP = 5  # categories told of a column of words


def describe(frame: pd.DataFrame, segment: np.ndarray, columns: Sequence[str], value: str | None) -> dict[str, Any]:
    """Describes all customers and each segment.

    `frame` has a row per customer in original units, `segment` the number (1..K) of each one's segment. Returns
    `customers`, `value`, `columns` in their order, `all` (statistics by column) and `segments`, in the order of their
    numbers: `segment`, `size`, `share` of the customers, `value_share` of the sum of the value column (null without
    one, and where values below 0 make shares meaningless) and `columns`: for numbers mean, median, quartiles, ratio of
    the mean to that of all customers (null where that is not above 0), and `standing`; for words the most frequent
    ones with their shares, unless a single customer has them. Missing values are left out of each statistic.

    `standing` is the share of all customers above whom the segment's median customer stands, customers with the same
    value counting half.
    """
    everyone = {name: _statistics(frame[name]) for name in columns}
    ranked = {name: np.sort(frame[name].dropna().to_numpy()) for name in columns if is_numeric(everyone[name])}
    total = _total(frame[value]) if value else None
    described = []
    for number, members in frame.groupby(segment):
        described.append(
            {
                "segment": int(number),
                "size": len(members),
                "share": len(members) / len(frame),
                "value_share": float(members[value].sum()) / total if total else None,
                "columns": {name: _compared(members[name], everyone[name], ranked.get(name)) for name in columns},
            }
        )
    return {"customers": len(frame), "value": value, "columns": list(columns), "all": everyone, "segments": described}


def _total(value: pd.Series) -> float | None:
    return float(value.sum()) if value.min() >= 0 else None


def standing(median: float, population: np.ndarray) -> float:
    """The share of `population` (sorted, without NaN) below `median`, equal ones counting half."""
    below, up_to = np.searchsorted(population, median, "left"), np.searchsorted(population, median, "right")
    return float(below + up_to) / (2 * len(population))


def standings(segment: dict[str, Any]) -> dict[str, float]:
    """Where one described segment stands in each numeric column; in the middle where it has no value."""
    return {
        name: statistics.get("standing", 0.5)
        for name, statistics in segment["columns"].items()
        if is_numeric(statistics)
    }


def wide(described: dict[str, Any]) -> pd.DataFrame:
    """The description as a table with a row per segment, for spreadsheets."""
    rows = []
    for segment in described["segments"]:
        row = {key: segment[key] for key in ("segment", "name", "size", "share", "value_share")}
        for name, statistics in segment["columns"].items():
            if is_numeric(statistics):
                row |= {f"{name}_{key}": value for key, value in statistics.items()}
            else:
                first = statistics["top"][0] if statistics["top"] else {"word": None, "share": None}
                row |= {f"{name}_most_frequent": first["word"], f"{name}_most_frequent_share": first["share"]}
        rows.append(row)
    return pd.DataFrame(rows)


def boxes(frame: pd.DataFrame, segment: np.ndarray, names: Sequence[str]) -> dict[str, list[dict[str, float]]]:
    """For each column and segment what a box plot draws: median, quartiles, and 5 % and 95 % as whiskers."""
    keys = {"whislo": 0.05, "q1": 0.25, "med": 0.5, "q3": 0.75, "whishi": 0.95}
    drawn: dict[str, list[dict[str, float]]] = {}
    for name in names:
        quantiles = frame[name].groupby(segment).quantile(list(keys.values())).unstack()
        drawn[name] = [dict(zip(keys, row, strict=True)) for row in quantiles.to_numpy().tolist()]
    return drawn


def is_numeric(statistics: dict[str, Any]) -> bool:
    """Whether the statistics of a column are those of numbers."""
    return "mean" in statistics


def _statistics(column: pd.Series) -> dict[str, Any]:
    column = column.dropna()
    if not pd.api.types.is_numeric_dtype(column):
        counts = column.value_counts()
        shared = sorted(counts[counts > 1].items(), key=lambda item: (-item[1], item[0]))  # one's own word is personal
        return {"top": [{"word": word, "share": count / len(column)} for word, count in shared[:TOP]]}
    lower, median, upper = column.quantile([0.25, 0.5, 0.75]) if len(column) else [np.nan] * 3
    return {
        "mean": float(column.mean()),
        "median": float(median),
        "lower_quartile": float(lower),
        "upper_quartile": float(upper),
    }


def _compared(members: pd.Series, everyone: dict[str, Any], ranked: np.ndarray | None) -> dict[str, Any]:
    statistics = _statistics(members)
    if ranked is not None and members.notna().any():
        statistics["ratio"] = statistics["mean"] / everyone["mean"] if everyone["mean"] > 0 else None
        statistics["standing"] = standing(statistics["median"], ranked)
    return statistics
