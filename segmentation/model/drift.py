"""Drift: how far customers have moved from those that a model was fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from segmentation.pipeline.outputs import significant

if TYPE_CHECKING:
    import pandas as pd

DECILES = np.arange(1, 10) / 10
# The logarithm of 0 does not exist: smaller expected shares and counts of customers are raised to these.
LEAST_SHARE, LEAST_COUNT = 1e-4, 0.5
DRAWS = 1_000  # their 95 % quantile is then known to a few percent
CERTAIN = 0.95  # this share of the samples without drift has an index that is put down to chance
# The least index for each reading. Source: Siddiqi 2006, "Credit Risk Scorecards".
BANDS = {"no shift": 0, "moderate shift": 0.1, "major shift": 0.25}
BY_CHANCE = "no shift beyond chance"


@dataclass(frozen=True)
class Bins:
    """How the values of a column are spread: the shares of the customers in each bin.

    A bin holds the values above one edge up to and including the next; the first and the last bin are open outwards.
    The last of the `shares` is that of the customers without a value.
    """

    edges: tuple[float, ...]  # rising
    shares: tuple[float, ...]

    @classmethod
    def between_deciles(cls, values: np.ndarray) -> "Bins":
        """Bins between the deciles of values, of shape (customers,), with NaN where a value is missing.

        Equal deciles make one edge.
        """
        known = values[~np.isnan(values)]
        edges = dict.fromkeys(significant(edge) for edge in np.quantile(known, DECILES, method="inverted_cdf"))
        empty = cls(tuple(edges), ())
        return cls(empty.edges, tuple(significant(share) for share in empty.count_values(values) / len(values)))

    def count_values(self, values: np.ndarray) -> np.ndarray:
        """Counts the values, of shape (customers,), in each bin; counts of parts add up to that of the table."""
        missing = np.isnan(values)
        bins = np.searchsorted(self.edges, values[~missing], side="left")
        return np.append(np.bincount(bins, minlength=len(self.edges) + 1), missing.sum())


@dataclass(frozen=True)
class Shift:
    """How far shares of customers have moved: the population stability index."""

    index: float
    chance: float  # an index up to this one may be due to chance

    @property
    def reading(self) -> str:
        """The index in words."""
        if BANDS["moderate shift"] <= self.index <= self.chance:
            return BY_CHANCE
        return [reading for reading, least in BANDS.items() if self.index >= least][-1]


def shift(expected: Sequence[float], counts: np.ndarray) -> Shift:
    """How far the shares of customers, from their counts, have moved from the expected shares.

    The index is the sum of (actual - expected) ln(actual / expected) over the shares. For few customers it is large
    even without any drift, so it is compared with the indices of as many customers drawn from the expected shares.
    """
    customers, expected = int(counts.sum()), np.divide(expected, np.sum(expected))
    if not customers:
        return Shift(0.0, 0.0)
    draws = np.random.default_rng(0).multinomial(customers, expected, size=DRAWS)
    chance = np.quantile(_index(expected, draws, customers), CERTAIN)
    return Shift(float(_index(expected, counts, customers)), float(chance))


def _index(expected: np.ndarray, counts: np.ndarray, customers: int) -> np.ndarray:
    old, new = np.maximum(expected, LEAST_SHARE), np.maximum(counts, LEAST_COUNT) / customers
    occupied = (expected > 0) | (counts > 0)
    return (occupied * (new - old) * np.log(new / old)).sum(axis=-1)


def table_of_shifts(
    shifts: Sequence[tuple[str, Shift]],
    numbers: Sequence[int],
    names: Sequence[str],
    fitted: Sequence[int],
    sizes: np.ndarray,
) -> "pd.DataFrame":
    """A table with a row per shift, by what has shifted, then a row per segment with its share then and now.

    `fitted` has the sizes of the segments at the fit, `sizes` those of the customers placed now.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = [
        {"what": shifted, "stability_index": shift.index, "by_chance_up_to": shift.chance, "reading": shift.reading}
        for shifted, shift in shifts
    ]
    old, new = np.array(fitted) / sum(fitted), sizes / max(sizes.sum(), 1)
    for number, name, before, now in zip(numbers, names, old, new, strict=True):
        rows.append({"what": f"segment {number}, {name}", "share_fitted": before, "share": now, "shift": now - before})
    return pd.DataFrame(rows)
