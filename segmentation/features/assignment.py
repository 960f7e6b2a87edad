"""The nearest centre of each customer, and the order in which segments are numbered."""

import sys

import numpy as np

from segmentation.features import sums
from segmentation.pipeline.outputs import DECIMALS, significant

BLOCK = 8192  # rows whose distances stay in the processor's cache
FEW = 1_000_000  # distances to centres, which NumPy takes in less time than compiled code takes to load


def nearest(X: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The nearest centre of each row of `X`, the distance to it, and the margin to the second nearest.

    `X` has shape (customers, features), `centres` (k, features); returns three arrays of shape (customers,). The
    margin is 1 - distance / distance to the second nearest: 0 on the border between two segments, 1 at the centre,
    NaN where there is one centre only. Sums run feature by feature, so a row's result never depends on its
    neighbours or on the processor. Of centres equally near the first counts.
    """
    if len(X) * len(centres) > FEW or sys.modules.get("numba"):
        from segmentation.features import compiled

        label, distance, margin = compiled.nearest(np.ascontiguousarray(X.T), centres)
        return label, distance, margin if len(centres) > 1 else np.full(len(X), np.nan)
    return _by_numpy(X, centres)


def _by_numpy(X: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    blocks = [_nearest(X[first : first + BLOCK], centres) for first in range(0, max(len(X), 1), BLOCK)]
    label, distance, margin = map(np.concatenate, zip(*blocks, strict=True))
    return label, distance, margin


def _nearest(X: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    label, least, second = np.zeros(len(X), dtype=int), np.full(len(X), np.inf), np.full(len(X), np.inf)
    for number, centre in enumerate(centres):
        squared = sum((column - place) ** 2 for column, place in zip(X.T, centre, strict=True))
        nearer = squared < least
        second = np.minimum(second, np.where(nearer, least, squared))
        label[nearer], least = number, np.minimum(least, squared)
    distance = np.sqrt(least)
    if len(centres) == 1:
        return label, np.round(distance, DECIMALS), np.full(len(X), np.nan)
    second = np.sqrt(second)
    margin = np.where(second > 0, 1 - distance / np.where(second > 0, second, 1), 0)
    return label, np.round(distance, DECIMALS), np.round(margin, DECIMALS)


def published(centres: np.ndarray) -> np.ndarray:
    """The centres with the digits that are written to files: customers are placed with these."""
    return np.vectorize(significant)(np.round(centres, DECIMALS) + 0.0)


def worth(label: np.ndarray, value: np.ndarray, k: int) -> np.ndarray:
    """What `by_value` takes, of customers with these labels (0..k-1) and values, NaN where unknown: shape (3, k)."""
    known, total, _ = sums.by_segment(label, value, k)
    return np.stack([np.bincount(label, minlength=k), known, total])


def by_value(size: np.ndarray, known: np.ndarray, value: np.ndarray) -> np.ndarray:
    """The order in which segments are numbered: falling mean of the value column, ties by falling size.

    All have shape (k,): how many customers a segment has, how many of them with a known value, and what these add up
    to. A segment of which no value is known comes last. Returns the segments in their new order.
    """
    mean = [significant(total / count) if count else -np.inf for total, count in zip(value, known, strict=True)]
    return np.lexsort([-size, np.negative(mean)])
