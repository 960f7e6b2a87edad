"""Drift: how far customers have moved from those that a model was fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from segmentation.pipeline.outputs import significant

DECILES = np.arange(1, 10) / 10
LEAST, NOBODY = 1e-4, 0.5  # an expected share, and counted customers, below are taken for these: 0 has no logarithm
DRAWS = 1_000  # their 95 % quantile is then known to a few percent
CERTAIN = 0.95  # of samples without drift stay below what is put down to chance
# What an index says, from each bound on. Source: Siddiqi 2006, "Credit Risk Scorecards".
BANDS = {"no shift": 0, "moderate shift": 0.1, "major shift": 0.25}
BY_CHANCE = "no shift beyond chance"


@dataclass(frozen=True)
class Bins:
    """How the values of a column are spread: `shares` of the customers by bin, and last of those without a value.

    A bin reaches from above one of the rising `edges` up to and with the next; the outer two are open.
    """

    edges: tuple[float, ...]
    shares: tuple[float, ...]

    @classmethod
    def of(cls, values: np.ndarray) -> "Bins":
        """Bins between the deciles of values, of shape (customers,), NaN where missing; of equal deciles one counts."""
        known = values[~np.isnan(values)]
        edges = dict.fromkeys(significant(edge) for edge in np.quantile(known, DECILES, method="inverted_cdf"))
        empty = cls(tuple(edges), ())
        return cls(empty.edges, tuple(significant(share) for share in empty.count(values) / len(values)))

    def count(self, values: np.ndarray) -> np.ndarray:
        """How many values, of shape (customers,), fall into each bin; counts of parts add up to that of the table."""
        missing = np.isnan(values)
        place = np.searchsorted(self.edges, values[~missing], side="left")
        return np.append(np.bincount(place, minlength=len(self.edges) + 1), missing.sum())


@dataclass(frozen=True)
class Shift:
    """How far shares have moved: the population stability index, and what it stays below by chance."""

    index: float
    chance: float

    @property
    def reading(self) -> str:
        """The index in words."""
        word = [word for word, bound in BANDS.items() if self.index >= bound][-1]
        return BY_CHANCE if self.index >= BANDS["moderate shift"] and self.index <= self.chance else word


def shift(expected: Sequence[float], counts: np.ndarray) -> Shift:
    """How far counts of customers have moved from the shares `expected`.

    The index is the sum of (actual - expected) ln(actual / expected) over the shares. With few customers it is large
    without any drift, so it is held against draws of as many from the expected shares.
    """
    customers, expected = int(counts.sum()), np.divide(expected, np.sum(expected))
    if not customers:
        return Shift(0.0, 0.0)
    draws = np.random.default_rng(0).multinomial(customers, expected, size=DRAWS)
    chance = np.quantile(_index(expected, draws, customers), CERTAIN)
    return Shift(float(_index(expected, counts, customers)), float(chance))


def _index(expected: np.ndarray, counts: np.ndarray, customers: int) -> np.ndarray:
    old, new = np.maximum(expected, LEAST), np.maximum(counts, NOBODY) / customers
    there = (expected > 0) | (counts > 0)
    return (there * (new - old) * np.log(new / old)).sum(axis=-1)


def table(
    shifts: Sequence[tuple[str, Shift]],
    numbers: Sequence[int],
    names: Sequence[str],
    fitted: Sequence[int],
    sizes: np.ndarray,
) -> pd.DataFrame:
    """Shifts, each with what has shifted, then by segment the share of the `fitted` customers and of those now."""
    rows: list[dict[str, Any]] = [
        {"what": name, "stability_index": one.index, "by_chance_up_to": one.chance, "reading": one.reading}
        for name, one in shifts
    ]
    old, new = np.array(fitted) / sum(fitted), sizes / max(sizes.sum(), 1)
    for number, name, before, now in zip(numbers, names, old, new, strict=True):
        rows.append({"what": f"segment {number}, {name}", "share_fitted": before, "share": now, "shift": now - before})
    return pd.DataFrame(rows)
