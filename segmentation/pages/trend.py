"""The trend over revisions in words and pictures: each segment's share, value and names, revision by revision."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from segmentation.figures.words import format_share
from segmentation.pages.charts import Axis
from segmentation.pages.writing import isolated

Point = Mapping[str, Any]  # a revision: its name, day and segments


def trend_rows(points: Sequence[Point]) -> Iterator[dict[str, Any]]:
    """Yields each segment number that any revision has, with its names and the lines of its shares, in percent."""
    numbers = sorted({segment["segment"] for point in points for segment in point["segments"]})
    highest = max(
        (segment[key] or 0 for point in points for segment in point["segments"] for key in ("share", "value_share")),
        default=0,
    )
    axis = Axis(0, highest)
    for number in numbers:
        at = [next((s for s in point["segments"] if s["segment"] == number), None) for point in points]
        known = [segment for segment in at if segment]
        names = list(dict.fromkeys(segment["name"] for segment in known))
        yield {
            "segment": number,
            "colour": number,
            "name": isolated(names[-1]),
            "earlier": [isolated(name) for name in names[:-1]],
            "share": _line([segment and segment["share"] for segment in at], axis),
            "value": _line([segment and segment["value_share"] for segment in at], axis),
            "shares": [format_share(segment["share"]) if segment else "" for segment in at],
            "value_shares": [format_share(segment["value_share"]) if segment else "" for segment in at],
        }


def _line(shares: Sequence[float | None], axis: Axis) -> str:
    """The path of a line over the revisions, broken where a share is unknown, where a lone point is a dot."""
    step = 100 / max(len(shares) - 1, 1)
    points = [
        None if share is None else (round(position * step, 1), round(100 - axis.place(share), 1))
        for position, share in enumerate(shares)
    ]
    path, pen = "", "M"
    for point in points:
        path += f"{pen}{point[0]} {point[1]}h0" if point else ""
        pen = "L" if point else "M"
    return path


def heads(points: Sequence[Point]) -> list[str]:
    """What each revision is called above its column."""
    return [f"{point['name']} {point['day']}".strip() for point in points]
