"""The flow chart of a comparison: ribbons from the old segments to the new ones, as wide as the customers are many."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

GAP = 2.0  # percent of the height between two segments
GAPS = 50.0  # percent of the height that all gaps of a side take, at most
EDGE, INNER = 12, 16  # percent of the width at which a label's line ends, and at which ribbons begin


def flow_chart(
    counts: Sequence[Sequence[int]],
    rows: Mapping[int, Mapping[str, Any]],
    columns: Mapping[int, Mapping[str, Any]],
    stays: Sequence[Sequence[int]],
) -> dict[str, Any]:
    """What the chart draws, in percent of its width and height.

    `counts` has a row for each place before and a column for each place after; those in `rows` and `columns` are drawn,
    with a `label` and a `colour` (the number of a segment, or None). `stays` lists the cells of the same segment.
    """
    matrix = np.array([[counts[row][column] for column in columns] for row in rows], dtype=float)
    totals = matrix.sum(axis=1), matrix.sum(axis=0)
    scales = [_scale(of_side) for of_side in totals]
    left, right = map(_spans, totals, scales)
    ribbons, starts, ends = [], left[:, 0].copy(), right[:, 0].copy()
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            if not matrix[i, j]:
                continue
            heights = [matrix[i, j] * scale for scale in scales]
            colour = rows[row]["colour"] or columns[column]["colour"]
            is_same = [row, column] in stays
            path = _ribbon(starts[i], heights[0], ends[j], heights[1])
            ribbons.append({"path": path, "colour": colour, "is_same": is_same})
            starts[i], ends[j] = starts[i] + heights[0], ends[j] + heights[1]
    return {
        "rows": max(len(rows), len(columns)),
        "ribbons": sorted(ribbons, key=lambda ribbon: not ribbon["is_same"]),
        "before": _ends(rows, left, 0, EDGE),
        "after": _ends(columns, right, 100, 100 - EDGE),
    }


def _gap(number: int) -> float:
    """The percent of the height between two of so many segments."""
    return min(GAP, GAPS / number)


def _scale(totals: np.ndarray) -> float:
    """The percent of the height that a customer takes on a side whose segments have these totals."""
    return (100 - _gap(len(totals)) * (len(totals) - 1)) / max(totals.sum(), 1)


def _spans(totals: np.ndarray, scale: float) -> np.ndarray:
    """Where each segment begins and ends: shape (segments, 2)."""
    heights = totals * scale
    starts = np.concatenate([[0], np.cumsum(heights + _gap(len(totals)))[:-1]])
    return np.stack([starts, starts + heights], axis=1)


def _ribbon(start: float, height: float, end: float, end_height: float) -> str:
    near, far, middle = INNER, 100 - INNER, 50
    return (
        f"M{near} {start:.2f}C{middle} {start:.2f} {middle} {end:.2f} {far} {end:.2f}V{end + end_height:.2f}"
        f"C{middle} {end + end_height:.2f} {middle} {start + height:.2f} {near} {start + height:.2f}z"
    )


def _ends(
    segments: Mapping[int, Mapping[str, Any]], spans: np.ndarray, outer: float, inner: float
) -> list[dict[str, Any]]:
    """The labels of one side, evenly spaced, each with the line that leads to its segment."""
    labels = []
    for position, (segment, (start, end)) in enumerate(zip(segments.values(), spans, strict=True)):
        place = 100 * (position + 0.5) / len(segments)
        touching = INNER if outer == 0 else 100 - INNER
        line = f"M{outer} {place:.2f}L{inner} {(start + end) / 2:.2f}H{touching}"
        labels.append({**segment, "place": round(place, 2), "line": line})
    return labels
