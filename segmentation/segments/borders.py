"""Borders between segments: who stands at one, how segments overlap there, and who stands in the middle."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from segmentation.features import assignment
from segmentation.pipeline.outputs import DECIMALS

NEAR = 0.1  # a customer with a margin below it might as well be in the next segment
Customer = tuple[float, ...]  # the distance to the centre, then the features in original units


@dataclass(frozen=True)
class Borders:
    """The customers at the borders of k segments and those in the middle."""

    borderline: np.ndarray  # customers of each segment with a margin below NEAR: shape (k,)
    near: np.ndarray  # customers of a segment (row) with a margin below NEAR to another (column): shape (k, k)
    nearest: list[list[Customer]]  # of each segment those nearest to its centre, the nearest first


def survey_borders(X: np.ndarray, values: np.ndarray, centres: np.ndarray, most: int) -> tuple[np.ndarray, Borders]:
    """Places each customer at the nearest centre and finds who stands at a border and who in the middle.

    `X` are the scaled features and `values` the same features in original units, both of shape (customers, features);
    `centres` has shape (k, features). Returns the labels (0..k-1), of shape (customers,), and the borders, with at most
    `most` customers in the middle of each segment. Margins are those of `assignment.nearest`.
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
    whole = ~np.isnan(values).any(axis=1)
    nearest = [_nearest(values, distance, whole & (label == row), most) for row in range(k)]
    return label, Borders(borderline, near, nearest)


def _nearest(values: np.ndarray, distance: np.ndarray, member: np.ndarray, most: int) -> list[Customer]:
    """The `most` members nearest to the centre; of those equally near, the ones with the lowest values come first."""
    rows = np.flatnonzero(member)
    if len(rows) > most:
        rows = rows[distance[rows] <= np.partition(distance[rows], most - 1)[most - 1]]
    order = np.lexsort((*values[rows].T[::-1], distance[rows]))[:most]
    return [(float(distance[row]), *values[row].tolist()) for row in rows[order]]


def merge_borders(parts: Sequence[Borders], most: int) -> Borders:
    """The borders in the whole table, from those in each of its parts; `most` as in `survey_borders`."""
    return Borders(
        borderline=sum(part.borderline for part in parts),
        near=sum(part.near for part in parts),
        nearest=[
            sorted(chain.from_iterable(nearest))[:most]
            for nearest in zip(*(part.nearest for part in parts), strict=True)
        ],
    )


def middle(least: int) -> int:
    """How many customers in the middle of a segment make its typical one: an even number, at least `least`.

    A median of an even number lies between the values of two customers, so that it is no single one's.
    """
    return least + least % 2


def typical_values(nearest: Sequence[Customer], least: int) -> list[float] | None:
    """The typical customer of a segment: the median of each feature, over the customers in its middle.

    None where these are too few, so that their values could give one away.
    """
    return np.median(nearest, axis=0)[1:].tolist() if len(nearest) >= middle(least) else None
