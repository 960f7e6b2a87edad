"""What the report shows of each K on its slider: segments with their colours, criteria, and the charts as tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from segmentation.figures import palette
from segmentation.figures.words import (
    column_title,
    format_number,
    format_share,
    segment_label,
    spell_out,
    within_sentence,
)
from segmentation.pipeline.schema import QUANTILES

Alternative = Mapping[str, Any]  # the segments at one K

CRITERIA = {
    "inertia": "sum of squared distances to the centres: falls with every further segment",
    "null": "inertia that customers without segments would have",
    "gap": "distance of the logarithm of inertia below that, on a sample: higher is better",
    "silhouette": "from 0, segments run into each other, to 1, they are apart; on a sample",
    "simplified_silhouette": "the same from distances to the centres, of all customers",
    "calinski_harabasz": "higher is better",
    "davies_bouldin": "lower is better",
    "smallest_share": "share of the customers in the smallest segment",
    "stability": "how like itself the segment that comes back least is on resampled customers, at most 1; at the "
    "pipeline's K of most customers, at any other K of up to 1,000",
    "variance_explained": "share of the features' variance that lies between segments",
}


def alternatives(sweep: Sequence[Alternative], elbow: Mapping[str, Any], chosen: int) -> Iterator[dict[str, Any]]:
    """Yields what the page shows at each K: segments with their colours, criteria, and the rules that choose it.

    `sweep` is what reports/sweep.json tells of each K, `elbow` is reports/elbow.json, `chosen` the pipeline's K.
    """
    card = {row["k"]: row for row in elbow["card"]}
    colours = segment_colours(sweep, chosen)
    for alternative in sweep:
        k, criteria = alternative["k"], []
        if k in card:
            criteria = [
                (spell_out(name), format_criterion(name, card[k][name]), meaning) for name, meaning in CRITERIA.items()
            ]
        yield {
            "k": k,
            "segments": [
                segment | {"colour": colour, "label": segment_label(segment)}
                for segment, colour in zip(alternative["segments"], colours[k], strict=True)
            ],
            "criteria": criteria,
            "rules": [spell_out(rule) for rule, choice in elbow["choices"].items() if choice == k],
        }


def segment_colours(sweep: Sequence[Alternative], chosen: int) -> dict[int, list[str]]:
    """The colour of each segment at each K.

    At the `chosen` K it is that of the segment's number. From there on, a segment at the next K takes the colour of the
    segment with most of its customers, or a free one.
    """
    start = next(position for position, alternative in enumerate(sweep) if alternative["k"] == chosen)
    numbers = {start: [segment["segment"] for segment in sweep[start]["segments"]]}
    flows = [np.array([segment["next"] for segment in alternative["segments"]]) for alternative in sweep]
    for position in range(start + 1, len(sweep)):
        numbers[position] = _inherited_numbers(numbers[position - 1], flows[position - 1].T)
    for position in reversed(range(start)):
        numbers[position] = _inherited_numbers(numbers[position + 1], flows[position])
    return {
        alternative["k"]: [palette.colour(number) for number in numbers[position]]
        for position, alternative in enumerate(sweep)
    }


def _inherited_numbers(numbers: Sequence[int], shared: np.ndarray) -> list[int]:
    """For each row the number of the column it shares most customers with, each given once, or the lowest free number.

    `shared` has the shape (segments, segments with `numbers`).
    """
    from scipy.optimize import linear_sum_assignment

    matched = {row: numbers[column] for row, column in zip(*linear_sum_assignment(-shared), strict=True)}
    free = iter(sorted(set(range(1, sum(shared.shape) + 1)) - set(matched.values())))
    return [matched[row] if row in matched else next(free) for row in range(len(shared))]


def format_criterion(name: str, value: float | None) -> str:
    """The value of a criterion of K, or of an index of a clustering."""
    if value is None:
        return "-"
    if name in ("smallest_share", "variance_explained"):
        return format_share(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def chart_tables(
    alternative: Alternative,
    following: Alternative | None,
    columns: Sequence[str],
    labels: Mapping[str, str],
    units: Mapping[str, str],
    value: str | None,
) -> dict[str, Any]:
    """What the charts draw at one K, as rows of cells with a head; `following` are the segments at the next K."""
    segments = alternative["segments"]
    titles = [column_title(labels[column], units[column]) for column in columns]
    means, quantiles, moves = [], [], []
    for segment in segments:
        name = f"{segment['segment']} {segment['name']}"
        shares = [format_share(segment[key]) for key in ("share", *(["value_share"] if value else []))]
        of_columns = [segment["columns"][column] for column in columns]
        means.append((name, f"{segment['size']:,}", *shares, *(format_number(column["mean"]) for column in of_columns)))
        quantiles.append(
            (name, *(" · ".join(format_number(column[key]) for key in QUANTILES) for column in of_columns))
        )
        if following:
            total = max(sum(segment["next"]), 1)
            moves.append((name, *(format_share(customers / total) for customers in segment["next"])))
    targets = [f"{segment['segment']} {segment['name']}" for segment in following["segments"]] if following else []
    return {
        "k": alternative["k"],
        "head": ["segment", "customers", "share", *([f"of {within_sentence(value)}"] if value else []), *titles],
        "means": means,
        "quantile_head": ["segment", *titles],
        "quantiles": quantiles,
        "move_head": ["segment", *targets],
        "moves": moves,
    }


def card_table(card: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The decision card of every K, as rows of cells with a head."""
    rows = [(row["k"], *(format_number(row[name]) for name in CRITERIA)) for row in card]
    return {"head": ["K", *map(spell_out, CRITERIA)], "rows": rows}
