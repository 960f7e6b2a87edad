"""Colours that segments keep from one K to the next."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def segment_colours(sweep: Sequence[Mapping[str, Any]], chosen: int) -> list[list[int]]:
    """The colour of each segment at each K in turn, as the number of the segment whose colour it is.

    At the `chosen` K it is the segment's own number. From there on, a segment at the next K takes the colour of the
    segment with most of its customers, or a free one.
    """
    start = next(position for position, at_k in enumerate(sweep) if at_k["k"] == chosen)
    numbers = {start: [segment["segment"] for segment in sweep[start]["segments"]]}
    moves = [np.array([segment["next"] for segment in at_k["segments"]]) for at_k in sweep]
    for position in range(start + 1, len(sweep)):
        numbers[position] = _inherited_numbers(numbers[position - 1], moves[position - 1].T)
    for position in reversed(range(start)):
        numbers[position] = _inherited_numbers(numbers[position + 1], moves[position])
    return [numbers[position] for position in range(len(sweep))]


def _inherited_numbers(numbers: Sequence[int], shared: np.ndarray) -> list[int]:
    """For each row the number of the column it shares most customers with, each given once, or the lowest free number.

    `shared` has the shape (segments, segments with `numbers`).
    """
    from scipy.optimize import linear_sum_assignment

    matched = {row: numbers[column] for row, column in zip(*linear_sum_assignment(-shared), strict=True)}
    free = iter(sorted(set(range(1, sum(shared.shape) + 1)) - set(matched.values())))
    return [matched[row] if row in matched else next(free) for row in range(len(shared))]
