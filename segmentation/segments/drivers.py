"""Drivers: what sets each segment apart from all customers, as effect sizes.

There are no p-values: segments are made to differ, so a test that they do says nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from segmentation.features import standard

NARROW = 1e8  # a column whose mean is more standard deviations than this is constant: only rounding makes it vary


def of_features(names: Sequence[str], centres: np.ndarray) -> list[list[dict[str, Any]]]:
    """By segment and feature the standardised difference from all customers: the coordinate of its centre.

    `centres` (k, features) are in scaled units: standard deviations from the mean of all customers, after the feature's
    transform (see `features.standard`).
    """
    return [
        [{"column": name, "difference": coordinate} for name, coordinate in zip(names, centre, strict=True)]
        for centre in centres.tolist()
    ]


def of_numbers(name: str, means: Sequence[float], mean: float, deviation: float) -> list[list[dict[str, Any]]]:
    """As `of_features` for a column that is not clustered on, from means and standard deviation in its own units.

    `means` are those of the segments. There is no difference for a column that is the same for everyone, nor for a
    segment whose mean is NaN because all its values are missing.
    """
    varies = deviation * NARROW > abs(mean)
    return [
        [{"column": name, "difference": (segment_mean - mean) / deviation}]
        if varies and np.isfinite(segment_mean)
        else []
        for segment_mean in means
    ]


def of_words(name: str, words: pd.Series, segment: np.ndarray, k: int, least: int) -> list[list[dict[str, Any]]]:
    """By segment (1..k) the word whose share exceeds its share among all customers most, and its lift.

    `words` and `segment` have shape (customers,). The lift is the share in the segment divided by the share among all
    customers. The `difference` is that of an indicator of the word (1 for a customer who has it, else 0), on the scale
    of `of_features`. A word that fewer than `least` customers of the segment share may point to a person and is left
    out.
    """
    counts = pd.crosstab(words.to_numpy(), segment).reindex(columns=range(1, k + 1), fill_value=0)
    totals, known = counts.sum(axis=1), counts.sum(axis=0)
    shared = counts[totals < totals.sum()]
    share = totals[shared.index] / max(totals.sum(), 1)
    by_segment: list[list[dict[str, Any]]] = []
    for number in range(1, k + 1):
        within = shared[number] / max(known[number], 1)
        difference = ((within - share) / np.sqrt(share * (1 - share)))[shared[number] >= least]
        if not known[number] or not (difference > 0).any():
            by_segment.append([])
            continue
        word = difference.round(9).idxmax()
        driver = {"column": name, "word": word, "share": within[word], "lift": within[word] / share[word]}
        by_segment.append([{**driver, "difference": difference[word]}])
    return by_segment


def rank_drivers(
    features: Sequence[str],
    centres: np.ndarray,
    sums: Mapping[str, np.ndarray],
    squares: Mapping[str, float],
    words: Mapping[str, pd.Series],
    segment: np.ndarray,
    least: int,
) -> list[list[dict[str, Any]]]:
    """By segment all that sets it apart from all customers, the largest difference first.

    `centres` (k, features) are those of the scaled features; `sums` are the `profile.tally` of all customers; `squares`
    has the sum of squared differences from the mean for each other numeric column. `words` are the columns of words of
    a sample, and `segment` (1..k), of shape (sampled customers,), has the segments of that sample; a word counts that
    `least` customers of a segment share.
    """
    by_column = [of_features(features, centres)]
    for name in squares:
        known, total, _ = sums[name]
        customers = max(known.sum(), 1)
        mean, deviation = total.sum() / customers, np.sqrt(squares[name] / customers)
        by_column.append(of_numbers(name, total / np.where(known, known, np.nan), mean, deviation))
    by_column += [of_words(name, column, segment, len(centres), least) for name, column in words.items()]
    ranked = []
    for row in range(len(centres)):
        drivers = [driver for column in by_column for driver in column[row]]
        ranked.append(sorted(drivers, key=lambda driver: -round(abs(driver["difference"]), 9)))
    return ranked


def eta_squared(known: np.ndarray, means: np.ndarray, squares: float) -> float:
    """The share of a column's variance that lies between segments: the squared correlation ratio (Fisher 1925).

    `known` (k,) counts the customers of each segment with a value and `means` (k,) has the means of their values;
    `squares` is the sum of squared differences of all values from their mean. 0 for a column that is the same for
    everyone.
    """
    known, means = known[known > 0], means[known > 0]
    customers = max(known.sum(), 1)
    mean = known @ means / customers
    if not np.sqrt(squares / customers) * NARROW > abs(mean):
        return 0.0
    return round(float((known * (means - mean) ** 2).sum() / squares), 9)


def eta_squared_by_column(
    features: Sequence[str],
    centres: np.ndarray,
    sizes: np.ndarray,
    sums: Mapping[str, np.ndarray],
    squares: Mapping[str, float],
) -> dict[str, float]:
    """Eta squared of each feature, in scaled units, and of each other numeric column, in its own units.

    `sizes` (k,) are those of the segments, the rest is as in `rank_drivers`.
    """
    squares_of_feature = standard.inertia(sizes.sum(), features=1)
    shares = {
        name: eta_squared(sizes, means, squares_of_feature) for name, means in zip(features, centres.T, strict=True)
    }
    for name in squares:
        known, total, _ = sums[name]
        shares[name] = eta_squared(known, total / np.maximum(known, 1), squares[name])
    return shares
