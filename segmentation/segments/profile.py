"""What the segments look like: sizes, shares, and the distribution of every column in original units.

Sums are of all customers, part by part; what takes the values side by side (quantiles, standings, words) is of a
sample, which holds everyone as long as there are no more than SAMPLE.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from segmentation.pipeline import parts
from segmentation.pipeline.schema import QUANTILES

SAMPLE = 1_000_000  # customers: of a segment of 0.1 % the median is then off by 1.6 % of the ranks, give or take
TOP = 5  # categories told of a column of words


def step(customers: int) -> int:
    """Every how-many-th customer is in the sample."""
    return -(-customers // SAMPLE)


def tally(table: pa.Table, segment: np.ndarray, k: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """What the customers of a part add up to: the size of each segment, and by numeric column an array (3, k).

    That holds, by segment, how many customers have a value, the sum of it, and how many values are below 0. `segment`
    has the number (1..k) of each customer's segment. Tallies of parts add up to that of the table.
    """
    label = segment - 1
    sums = {name: _tally(parts.numbers(table, name), label, k) for name in numeric(table)}
    return np.bincount(label, minlength=k), sums


def means(sums: Mapping[str, np.ndarray]) -> dict[str, float]:
    """The mean of all customers by column, from a tally of them; NaN where no value is known."""
    return {name: _mean(total.sum(), known.sum()) for name, (known, total, _) in sums.items()}


def numeric(table: pa.Table) -> list[str]:
    """The columns that hold numbers."""
    return [field.name for field in table.schema if pa.types.is_integer(field.type) or pa.types.is_floating(field.type)]


def _tally(values: np.ndarray, label: np.ndarray, k: int) -> np.ndarray:
    known = ~np.isnan(values)
    values, label = values[known], label[known]
    return np.stack([np.bincount(label, weights, k) for weights in (None, values, values < 0)])


def describe(
    sizes: np.ndarray,
    sums: Mapping[str, np.ndarray],
    sample: pa.Table,
    segment: np.ndarray,
    columns: Sequence[str],
    value: str | None,
) -> dict[str, Any]:
    """Describes all customers and each segment.

    `sizes` and `sums` are the `tally` of all customers; `sample` has a row per sampled customer in original units,
    `segment` the number (1..k) of each one's segment. Returns `customers`, `sampled_customers`, `value`, `columns` in
    their order, `all` (statistics by column) and `segments`, in the order of their numbers: `segment`, `size`, `share`
    of the customers, `value_share` of the sum of the value column (null without one, and where values below 0 make
    shares meaningless), `sampled_customers` and `columns`: for numbers mean, QUANTILES, ratio of the mean to that of
    all customers (null where that is not above 0), and `standing`; for words the most frequent ones with their
    shares, unless a single customer has them. Missing values are left out of each statistic; where none is left, it is
    NaN.

    `standing` is the share of all customers above whom the segment's median customer stands, customers with the same
    value counting half. Quantiles, standings and words are those of the sample, all else of all customers. A
    segment too small to be in the sample stands where its mean does.
    """
    members = [np.flatnonzero(segment == number) for number in range(1, len(sizes) + 1)]
    told = {name: _statistics(sample[name].to_pandas(), members, sums.get(name)) for name in columns}
    customers = int(sizes.sum())
    shares = _value_shares(sums[value]) if value else [None] * len(sizes)
    return {
        "customers": customers,
        "sampled_customers": len(segment),
        "value": value,
        "columns": list(columns),
        "all": {name: everyone for name, (everyone, *_) in told.items()},
        "segments": [
            {
                "segment": number,
                "size": int(size),
                "share": int(size) / customers,
                "value_share": share,
                "sampled_customers": len(rows),
                "columns": {name: statistics[number] for name, statistics in told.items()},
            }
            for number, (size, share, rows) in enumerate(zip(sizes, shares, members, strict=True), 1)
        ],
    }


def _statistics(column: pd.Series, members: Sequence[np.ndarray], sums: np.ndarray | None) -> list[dict[str, Any]]:
    """The statistics of all customers, then those of each segment."""
    groups = [column.iloc[rows] for rows in members]
    return _words(column, groups) if sums is None else _numbers(column, groups, sums)


def _value_shares(sums: np.ndarray) -> list[float | None]:
    _, total, below_zero = sums
    if below_zero.any() or not total.any():
        return [None] * len(total)
    return (total / total.sum()).tolist()


def standing(median: float, population: np.ndarray) -> float:
    """The share of `population` (sorted, without NaN) below `median`, equal ones counting half; NaN where unknown."""
    if np.isnan(median) or not len(population):
        return np.nan
    below, up_to = np.searchsorted(population, median, "left"), np.searchsorted(population, median, "right")
    return float(below + up_to) / (2 * len(population))


def standings(segment: dict[str, Any]) -> dict[str, float]:
    """Where one described segment stands in each numeric column; in the middle where that is unknown."""
    return {
        name: _or_middle(statistics["standing"])
        for name, statistics in segment["columns"].items()
        if is_numeric(statistics)
    }


def standings_of(columns: Mapping[str, np.ndarray], label: np.ndarray, k: int) -> list[dict[str, float]]:
    """As `standings`, for each of k groups of customers, none empty, from nothing but the columns.

    `columns` are numeric, of shape (customers,), NaN where missing; `label` has the group (0..k-1) of each customer.
    """
    found: list[dict[str, float]] = [{} for _ in range(k)]
    for name, values in columns.items():
        known = ~np.isnan(values)
        values, group = values[known], label[known]
        population = np.sort(values)
        for number, own in enumerate(found):
            members = values[group == number]
            own[name] = _or_middle(standing(np.median(members) if len(members) else np.nan, population))
    return found


def _or_middle(standing: float) -> float:
    return 0.5 if np.isnan(standing) else standing


def wide(described: dict[str, Any]) -> pd.DataFrame:
    """The description as a table with a row per segment, for spreadsheets.

    Where some statistics are from a sample, its last column says how many of the segment's customers that holds.
    """
    rows = []
    for segment in described["segments"]:
        row = {key: segment[key] for key in ("segment", "name", "size", "share", "value_share")}
        for name, statistics in segment["columns"].items():
            if is_numeric(statistics):
                row |= {f"{name}_{key}": value for key, value in statistics.items()}
            else:
                first = statistics["top"][0] if statistics["top"] else {"word": None, "share": None}
                row |= {f"{name}_most_frequent": first["word"], f"{name}_most_frequent_share": first["share"]}
        if described["sampled_customers"] < described["customers"]:
            row["sampled_customers"] = segment["sampled_customers"]
        rows.append(row)
    return pd.DataFrame(rows)


def tidy(described: dict[str, Any]) -> pd.DataFrame:
    """Mean and standing of each segment in each numeric column, a row per pair, for charts."""
    return pd.DataFrame(
        [
            {"segment": f"{segment['segment']} {segment['name']}", "column": name}
            | {key: segment["columns"][name][key] for key in ("mean", "standing")}
            for segment in described["segments"]
            for name, statistics in segment["columns"].items()
            if is_numeric(statistics)
        ]
    )


def is_numeric(statistics: dict[str, Any]) -> bool:
    """Whether the statistics of a column are those of numbers."""
    return "mean" in statistics


def _numbers(column: pd.Series, groups: Sequence[pd.Series], sums: np.ndarray) -> list[dict[str, Any]]:
    known, total, _ = sums
    mean = _mean(total.sum(), known.sum())
    everyone = {"mean": mean, **_quantiles(column)}
    population = np.sort(column.dropna().to_numpy())
    segments = []
    for group, own_total, own_known in zip(groups, total, known, strict=True):
        own_mean, quantiles = _mean(own_total, own_known), _quantiles(group)
        ratio = own_mean / mean if mean > 0 else None
        middle = own_mean if np.isnan(quantiles["median"]) else quantiles["median"]
        segments.append({"mean": own_mean, **quantiles, "ratio": ratio, "standing": standing(middle, population)})
    return [everyone, *segments]


def _mean(total: float, known: float) -> float:
    return float(total / known) if known else np.nan


def _quantiles(column: pd.Series) -> dict[str, float]:
    column = column.dropna()
    found = column.quantile(list(QUANTILES.values())).tolist() if len(column) else [np.nan] * len(QUANTILES)
    return dict(zip(QUANTILES, found, strict=True))


def _words(column: pd.Series, groups: Sequence[pd.Series]) -> list[dict[str, Any]]:
    told = []
    for words in (column, *groups):
        counts = words.value_counts()
        shared = sorted(counts[counts > 1].items(), key=lambda item: (-item[1], item[0]))  # one's own word is personal
        told.append({"top": [{"word": word, "share": count / counts.sum()} for word, count in shared[:TOP]]})
    return told
