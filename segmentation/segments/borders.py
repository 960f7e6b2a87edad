"""Borders between segments: who stands at one, how segments overlap there, and who stands in the middle."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from segmentation.features import assignment
from segmentation.pipeline.outputs import DECIMALS

NEAR = 0.1  # a customer with a margin below it might as well be in the next segment
Typical = tuple[float, ...]  # the distance to the centre, then the features in original units


@dataclass(frozen=True)
class Borders:
    """The customers at the borders of k segments and those in the middle."""

    borderline: np.ndarray  # customers of each segment with a margin below NEAR: shape (k,)
    near: np.ndarray  # customers of a segment (row) with a margin below NEAR to another (column): shape (k, k)
    typical: list[Typical | None]  # the customer nearest to each centre, None for a segment without customers


def survey_borders(X: np.ndarray, values: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, Borders]:
    """Places each customer at the nearest centre and finds who stands at a border and who in the middle.

    `X` are the scaled features and `values` the same features in original units, both of shape (customers, features);
    `centres` has shape (k, features). Returns the labels (0..k-1), of shape (customers,), and the borders. Margins are
    those of `assignment.nearest`.
    """
    k = len(centres)
    label, distance, margin = assignment.nearest(X, centres)
    borderline = np.bincount(label[margin < NEAR], minlength=k)
    near = np.zeros((k, k), dtype=int)
    for column, centre in enumerate(centres):
        _, distance_to_it, _ = assignment.nearest(X, centre[np.newaxis])
        close = np.round(distance - (1 - NEAR) * distance_to_it, DECIMALS) > 0  # rounded as the margin is
        near[:, column] = np.bincount(label[close], minlength=k)
    np.fill_diagonal(near, 0)
    typical = [_typical_customer(values, distance, label == row) for row in range(k)]
    return label, Borders(borderline, near, typical)


def _typical_customer(values: np.ndarray, distance: np.ndarray, member: np.ndarray) -> Typical | None:
    """The member nearest to the centre; of several equally near, the one with the lowest values in column order."""
    rows = np.flatnonzero(member)
    if not len(rows):
        return None
    nearest = rows[distance[rows] == distance[rows].min()]
    return min(((float(distance[row]), *values[row].tolist()) for row in nearest), key=_sort_key)


def _sort_key(typical: Typical) -> Typical:
    """Puts a missing value last: NaN itself has no place in an order."""
    return tuple(np.inf if np.isnan(number) else number for number in typical)


def merge_borders(parts: Sequence[Borders]) -> Borders:
    """The borders in the whole table, from those in each of its parts."""
    return reduce(_merge_two, parts)


def _merge_two(left: Borders, right: Borders) -> Borders:
    pairs = zip(left.typical, right.typical, strict=True)
    typical = [min(filter(None, pair), key=_sort_key, default=None) for pair in pairs]
    return Borders(left.borderline + right.borderline, left.near + right.near, typical)
