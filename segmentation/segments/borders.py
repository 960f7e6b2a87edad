"""Borders between segments: who stands at one, how segments overlap there, and who stands in the middle."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from segmentation.features import assignment
from segmentation.pipeline.outputs import DECIMALS

NEAR = 0.1  # a margin below which a customer might as well be in the next segment
Typical = tuple[float, ...]  # the distance to the centre, then the features in original units


@dataclass(frozen=True)
class Borders:
    """What customers tell of k segments; that of parts merges to that of the table."""

    borderline: np.ndarray  # customers with a margin below NEAR, shape (k,)
    near: np.ndarray  # customers of a segment (row) with such a margin to another (column), shape (k, k)
    typical: list[Typical | None]  # the customer nearest to each centre, None for a segment without customers


def survey(X: np.ndarray, values: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, Borders]:
    """The label (0..k-1) of each customer, by the nearest centre, and what they tell of the borders.

    `X` are the scaled features, `values` the same in original units, both of shape (customers, features), `centres`
    (k, features). For the margin see `kmeans.nearest`.
    """
    k = len(centres)
    label, distance, margin = assignment.nearest(X, centres)
    borderline = np.bincount(label[margin < NEAR], minlength=k)
    near = np.zeros((k, k), dtype=int)
    for number, centre in enumerate(centres):
        _, other, _ = assignment.nearest(X, centre[np.newaxis])
        beyond = np.round(distance - (1 - NEAR) * other, DECIMALS) > 0  # rounded as the margin is
        near[:, number] = np.bincount(label[beyond], minlength=k)
    np.fill_diagonal(near, 0)
    return label, Borders(borderline, near, [_typical(values, distance, label == number) for number in range(k)])


def _typical(values: np.ndarray, distance: np.ndarray, member: np.ndarray) -> Typical | None:
    """Of customers equally near the one with the lowest values, whatever their order."""
    rows = np.flatnonzero(member)
    if not len(rows):
        return None
    nearest = rows[distance[rows] == distance[rows].min()]
    return min(((float(distance[row]), *values[row].tolist()) for row in nearest), key=_place)


def _place(typical: Typical) -> Typical:
    """What orders typical customers: a missing value comes last, since NaN compares with nothing."""
    return tuple(np.inf if np.isnan(number) else number for number in typical)


def merged(parts: Sequence[Borders]) -> Borders:
    """The borders of all parts together."""
    return reduce(_and, parts)


def _and(one: Borders, other: Borders) -> Borders:
    pairs = zip(one.typical, other.typical, strict=True)
    typical = [min(filter(None, pair), key=_place, default=None) for pair in pairs]
    return Borders(one.borderline + other.borderline, one.near + other.near, typical)
