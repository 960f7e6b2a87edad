"""Drivers: what sets each segment apart from all customers, as effect sizes.

No p-values: segments are made so that they differ, and a test of that says nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

FEW = 5  # customers that a word must have, to be told
NARROW = 1e8  # means of more standard deviations are those of a constant: what varies is how sums are rounded


def of_features(names: Sequence[str], centres: np.ndarray) -> list[list[dict[str, Any]]]:
    """By segment and feature the standardised difference from all customers: the coordinates of its centre.

    `centres` (k, features) are in scaled units: standard deviations of all customers from their mean, after the
    feature's transform.
    """
    return [
        [{"column": name, "difference": place} for name, place in zip(names, centre, strict=True)]
        for centre in centres.tolist()
    ]


def of_numbers(name: str, means: Sequence[float], mean: float, deviation: float) -> list[list[dict[str, Any]]]:
    """As `of_features` for one column that is not clustered on, from means and standard deviation in its own units.

    Nothing is told of a column that is the same for everyone, or of a segment whose mean is NaN, as where every value
    is missing.
    """
    varies = deviation * NARROW > abs(mean)
    return [
        [{"column": name, "difference": (own - mean) / deviation}] if varies and np.isfinite(own) else []
        for own in means
    ]


def of_words(name: str, words: pd.Series, segment: np.ndarray, k: int) -> list[list[dict[str, Any]]]:
    """By segment (1..k) the word whose share exceeds that among all customers most, and its lift.

    `words` and `segment` have shape (customers,). The lift is the share in the segment over that among all; the
    `difference` is that of an indicator of the word, on the scale of `of_features`. A word that fewer than FEW
    customers have may point to a person, and is not told.
    """
    counts = pd.crosstab(words.to_numpy(), segment).reindex(columns=range(1, k + 1), fill_value=0)
    totals, known = counts.sum(axis=1), counts.sum(axis=0)
    shared = counts[(totals >= FEW) & (totals < totals.sum())]
    share = totals[shared.index] / max(totals.sum(), 1)
    found: list[list[dict[str, Any]]] = []
    for number in range(1, k + 1):
        own = shared[number] / max(known[number], 1)
        difference = (own - share) / np.sqrt(share * (1 - share))
        if not known[number] or not (difference > 0).any():
            found.append([])
            continue
        word = difference.round(9).idxmax()
        told = {"column": name, "word": word, "share": own[word], "lift": own[word] / share[word]}
        found.append([{**told, "difference": difference[word]}])
    return found


def find(
    features: Sequence[str],
    centres: np.ndarray,
    sums: Mapping[str, np.ndarray],
    squares: Mapping[str, float],
    words: Mapping[str, pd.Series],
    segment: np.ndarray,
) -> list[list[dict[str, Any]]]:
    """By segment all that sets it apart, what stands farthest from all customers first.

    `sums` are the `profile.tally` of all customers, `squares` by numeric column the sum of squared differences from its
    mean, `words` the columns of words of a sample, whose segments (1..k) `segment` holds, of shape (sampled,).
    """
    found = [of_features(features, centres)]
    for name in (name for name in squares if name not in features):
        known, total, _ = sums[name]
        customers = max(known.sum(), 1)
        mean, deviation = total.sum() / customers, np.sqrt(squares[name] / customers)
        found.append(of_numbers(name, total / np.where(known, known, np.nan), mean, deviation))
    found += [of_words(name, column, segment, len(centres)) for name, column in words.items()]
    by_segment = ([driver for drivers in own for driver in drivers] for own in zip(*found, strict=True))
    return [sorted(drivers, key=lambda driver: -round(abs(driver["difference"]), 9)) for drivers in by_segment]


def eta_squared(known: np.ndarray, means: np.ndarray, squares: float) -> float:
    """The share of a column's variance that lies between segments: Fisher 1925, the squared correlation ratio.

    `known` (k,) are the customers of each segment with a value, `means` (k,) theirs, `squares` the sum of squared
    differences of all values from the mean of all. 0 for a column that is the same for everyone.
    """
    known, means = known[known > 0], means[known > 0]
    customers = max(known.sum(), 1)
    mean = known @ means / customers
    if not np.sqrt(squares / customers) * NARROW > abs(mean):
        return 0.0
    return round(float((known * (means - mean) ** 2).sum() / squares), 9)


def shares(
    features: Sequence[str],
    centres: np.ndarray,
    sizes: np.ndarray,
    sums: Mapping[str, np.ndarray],
    squares: Mapping[str, float],
) -> dict[str, float]:
    """Eta squared of every numeric column: of features in scaled units, of others in their own; see `find`."""
    found = {name: eta_squared(sizes, column, sizes.sum()) for name, column in zip(features, centres.T, strict=True)}
    for name in (name for name in squares if name not in features):
        known, total, _ = sums[name]
        found[name] = eta_squared(known, total / np.maximum(known, 1), squares[name])
    return found
