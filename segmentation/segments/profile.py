"""What the segments look like: sizes, shares, and the distribution of every column in original units.

Sizes and sums are those of all customers, added up part by part. Quantiles, standings and words need all values at
once, so they are those of a sample, which holds everyone up to `survey.SAMPLE` customers.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from segmentation.features.sums import by_segment
from segmentation.pipeline import parts
from segmentation.segments import disclosure

if TYPE_CHECKING:
    import pandas as pd

TOP = 5  # the most frequent words of a column that are published
NEAR, USUAL = 0.1, 0.02  # a median is usual if this share of the customers is so near, in interquartile ranges
CODES = 10  # a column of at most so many values, each of so many customers on average, is one of codes or small counts


def tally(table: pa.Table, segment: np.ndarray, k: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Adds up the customers of a part: the size of each segment, and for each numeric column an array (3, k).

    The rows of that array count the customers who have a value, add up the values, and count those below 0, by segment.
    `segment` has the number (1..k) of each customer's segment. Tallies of parts add up to that of the table.
    """
    label = segment - 1
    added = {name: by_segment(label, parts.numbers(table, name), k) for name in numeric(table)}
    return np.bincount(label, minlength=k), added


def means(sums: Mapping[str, np.ndarray]) -> dict[str, float]:
    """The mean of each column over all customers, from the sums of a tally; NaN where no value is known."""
    return {name: _mean(total.sum(), known.sum()) for name, (known, total, _) in sums.items()}


def numeric(table: pa.Table) -> list[str]:
    """The columns that hold numbers."""
    return [field.name for field in table.schema if pa.types.is_integer(field.type) or pa.types.is_floating(field.type)]


def profile_segments(
    sizes: np.ndarray,
    sums: Mapping[str, np.ndarray],
    sample: pa.Table,
    segment: np.ndarray,
    columns: Sequence[str],
    value: str | None,
    least: int,
) -> dict[str, Any]:
    """Profiles all customers and each segment.

    `sizes` and `sums` are the `tally` of all customers; `sample` has a row per sampled customer in original units, and
    `segment` the number (1..k) of the segment of each. Returns `customers`, `sampled_customers`, `value`, `columns`,
    `all` (statistics by column) and `segments` by their numbers, each with `segment`, `size`, `share`, `value_share`
    (None without a value column, and where values below 0 make shares meaningless), `sampled_customers` and `columns`
    (statistics by column). Quantiles and words are those that at least `least` customers stand behind.
    """
    members = [np.flatnonzero(segment == number) for number in range(1, len(sizes) + 1)]
    statistics = {name: _statistics(sample[name].to_pandas(), members, sums.get(name), least) for name in columns}
    customers = int(sizes.sum())
    value_shares = _value_shares(sums[value]) if value else [None] * len(sizes)
    segments = [
        {
            "segment": number,
            "size": int(size),
            "share": int(size) / customers,
            "value_share": value_share,
            "sampled_customers": len(rows),
            "columns": {name: by_group[number] for name, by_group in statistics.items()},
        }
        for number, (size, value_share, rows) in enumerate(zip(sizes, value_shares, members, strict=True), 1)
    ]
    return {
        "customers": customers,
        "sampled_customers": len(segment),
        "value": value,
        "columns": list(columns),
        "all": {name: by_group[0] for name, by_group in statistics.items()},
        "segments": segments,
    }


def _statistics(
    column: "pd.Series", members: Sequence[np.ndarray], sums: np.ndarray | None, least: int
) -> list[dict[str, Any]]:
    """The statistics of all customers, then those of each segment; `sums` is None for a column of words."""
    groups = [column.iloc[rows] for rows in members]
    return _word_statistics(column, groups, least) if sums is None else _number_statistics(column, groups, sums, least)


def _value_shares(sums: np.ndarray) -> list[float | None]:
    _, total, below_zero = sums
    if below_zero.any() or not total.any():
        return [None] * len(total)
    return (total / total.sum()).tolist()


def is_coded(population: np.ndarray) -> bool:
    """Whether sorted values, with no NaN among them, are codes or small counts: their medians hide differences."""
    return 0 < np.count_nonzero(np.diff(population)) + 1 <= min(CODES, len(population) / CODES)


def is_median_usual(population: np.ndarray) -> bool:
    """Whether customers have about the median of sorted values, with no NaN among them."""
    if not len(population):
        return False
    lower, median, upper = np.quantile(population, [0.25, 0.5, 0.75])
    return bool((np.abs(population - median) <= NEAR * (upper - lower)).mean() >= USUAL)


def standing(members: np.ndarray, population: np.ndarray) -> float:
    """How often a customer of a segment has the higher value of two, set against one of all customers who differs.

    `members` are the values of the segment's customers and `population` those of all, sorted; neither holds NaN. Equal
    values say nothing, so that a segment of one-time buyers is low in orders though nearly everybody is one. A segment
    whose median customer has the lowest value of all stands no higher than the middle, 0.5, and one whose median
    customer has the highest no lower. The standing is NaN where no value is known. Source: Agresti 1980, "Generalized
    odds ratios for ordinal data", whose odds are the standing over what is left to 1.
    """
    if not len(members) or not len(population):
        return np.nan
    members = np.sort(members)
    below = np.searchsorted(population, members, "left").sum()
    above = len(population) * len(members) - np.searchsorted(population, members, "right").sum()
    share = float(below / (below + above)) if below + above else 0.5
    is_odd = np.median(members) == (population[0] if share > 0.5 else population[-1])
    return 0.5 if is_odd else share


def standings(segment: dict[str, Any]) -> dict[str, float]:
    """The standing of one profiled segment in each numeric column: the middle, 0.5, where it is unknown."""
    return {
        name: _or_middle(statistics["standing"])
        for name, statistics in segment["columns"].items()
        if is_numeric(statistics)
    }


def standings_of(columns: Mapping[str, np.ndarray], label: np.ndarray, k: int) -> list[dict[str, float]]:
    """As `standings`, for each of k groups of customers, from the columns themselves.

    `columns` are numeric, of shape (customers,), with NaN where a value is missing. `label` has the group (0..k-1) of
    each customer. No group is empty.
    """
    by_group: list[dict[str, float]] = [{} for _ in range(k)]
    for name, values in columns.items():
        known = ~np.isnan(values)
        values, group = values[known], label[known]
        population = np.sort(values)
        for number, standings in enumerate(by_group):
            standings[name] = _or_middle(standing(values[group == number], population))
    return by_group


def _or_middle(standing: float) -> float:
    return 0.5 if np.isnan(standing) else standing


def wide(described: dict[str, Any]) -> "pd.DataFrame":
    """The description as a table with a row per segment, for spreadsheets.

    Where some statistics are those of a sample, the last column counts the segment's customers in it.
    """
    import pandas as pd

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


def tidy(described: dict[str, Any]) -> "pd.DataFrame":
    """The description as a table for charts, with a row for each segment and numeric column: mean and standing."""
    import pandas as pd

    return pd.DataFrame(
        [
            {"segment": f"{segment['segment']} {segment['name']}", "column": described["labels"][name]}
            | {key: segment["columns"][name][key] for key in ("mean", "standing")}
            for segment in described["segments"]
            for name, statistics in segment["columns"].items()
            if is_numeric(statistics)
        ]
    )


def is_numeric(statistics: dict[str, Any]) -> bool:
    """Whether the statistics of a column are those of numbers."""
    return "mean" in statistics


def _number_statistics(
    column: "pd.Series", groups: "Sequence[pd.Series]", sums: np.ndarray, least: int
) -> list[dict[str, Any]]:
    """Mean and QUANTILES of all customers, then of each segment, which also has a ratio and a standing.

    The ratio is that of the segment's mean to the mean of all customers, None where that is not above 0. Where the
    sample holds none of its customers, the standing is that of one with its mean. Missing values are left out; where
    none is known, a statistic is NaN. `described_by` tells which statistic describes the column in words: the `median`
    or, for codes, the `mean`; it is `share` where all values are 0 or 1. `is_usual` tells of all customers whether some
    have about the median, which between two groups nobody has.
    """
    known, totals, _ = sums
    mean_of_all = _mean(totals.sum(), known.sum())
    population = np.sort(column.dropna().to_numpy())
    described_by = "median" if not is_coded(population) else "share" if np.isin(population, (0, 1)).all() else "mean"
    of_all = disclosure.quantiles(population, least)
    everyone = {"mean": mean_of_all, **of_all, "described_by": described_by, "is_usual": is_median_usual(population)}
    statistics: list[dict[str, Any]] = [everyone]
    for group, total, count in zip(groups, totals, known, strict=True):
        mean = _mean(total, count)
        ratio = mean / mean_of_all if mean_of_all > 0 else None
        members = group.dropna().to_numpy()
        stand = standing(members if len(members) or np.isnan(mean) else np.array([mean]), population)
        quantiles = disclosure.quantiles(group.to_numpy(dtype=float, na_value=np.nan), least)
        statistics.append({"mean": mean, **quantiles, "ratio": ratio, "standing": stand})
    return statistics


def _mean(total: float, known: float) -> float:
    return float(total / known) if known else np.nan


def _word_statistics(column: "pd.Series", groups: "Sequence[pd.Series]", least: int) -> list[dict[str, Any]]:
    """The most frequent words of all customers, then of each segment, with their shares.

    A word that fewer than `least` of these customers have is left out: it may point to a person. Of all customers, so
    is one that is left out in a segment, since the others would tell how many have it there.
    """
    statistics, by_group = [], [words.value_counts() for words in groups]
    rare = {word for counts in by_group for word in counts[counts < least].index}
    of_all = column.value_counts()
    for counts, left_out in ((of_all, rare), *((counts, ()) for counts in by_group)):
        shared = counts[(counts >= least) & ~counts.index.isin(left_out)]
        shared = sorted(shared.items(), key=lambda item: (-item[1], item[0]))
        statistics.append({"top": [{"word": word, "share": count / counts.sum()} for word, count in shared[:TOP]]})
    return statistics
