"""What the report's slider steps through: every K with its colours, and the criteria that speak for it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from segmentation.figures.words import format_number, format_share, spell_out

CRITERIA = {
    "inertia": "sum of squared distances to the centres: falls with every further segment",
    "null": "inertia that customers without segments would have",
    "gap": "distance of the logarithm of inertia below that, on a sample: higher is better",
    "silhouette": "from 0, segments run into each other, to 1, they are apart; on a sample",
    "simplified_silhouette": "the same from distances to the centres, of all customers",
    "calinski_harabasz": "higher is better",
    "davies_bouldin": "lower is better",
    "smallest_share": "share of the customers in the smallest segment",
    "stability": "how like itself the segment that comes back least is on resampled customers, at most 1",
    "variance_explained": "share of the features' variance that lies between segments",
}
NAMES = {"null": "without segments", "calinski_harabasz": "Calinski-Harabasz", "davies_bouldin": "Davies-Bouldin"}


def criterion_name(name: str) -> str:
    """What a criterion of K is called on the page."""
    return NAMES.get(name) or spell_out(name)


def criteria(row: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yields each criterion of one K, from its row of the decision card: name, figure and meaning."""
    for name, meaning in CRITERIA.items():
        yield criterion_name(name), format_criterion(name, row[name]), meaning


def card_table(card: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The decision card of every K, as rows of cells with a head."""
    rows = [(f"{row['k']}", *(format_criterion(name, row[name]) for name in CRITERIA)) for row in card]
    return {"head": ["K", *map(criterion_name, CRITERIA)], "rows": rows}


def format_criterion(name: str, value: float | None) -> str:
    """The value of a criterion of K, or of an index of a clustering."""
    if value is None:
        return "-"
    if name in ("smallest_share", "variance_explained"):
        return format_share(value)
    return format_number(value) if abs(value) >= 100 else f"{value:.2f}"


def segment_colours(sweep: Sequence[Mapping[str, Any]], chosen: int) -> dict[int, list[int]]:
    """The colour of each segment at each K, as the number of the segment whose colour it is.

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
    return {at_k["k"]: numbers[position] for position, at_k in enumerate(sweep)}


def _inherited_numbers(numbers: Sequence[int], shared: np.ndarray) -> list[int]:
    """For each row the number of the column it shares most customers with, each given once, or the lowest free number.

    `shared` has the shape (segments, segments with `numbers`).
    """
    from scipy.optimize import linear_sum_assignment

    matched = {row: numbers[column] for row, column in zip(*linear_sum_assignment(-shared), strict=True)}
    free = iter(sorted(set(range(1, sum(shared.shape) + 1)) - set(matched.values())))
    return [matched[row] if row in matched else next(free) for row in range(len(shared))]
