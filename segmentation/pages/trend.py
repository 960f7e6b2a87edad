"""The trend over revisions in words and pictures: each segment's share, value and names, revision by revision."""

from collections.abc import Mapping, Sequence
from typing import Any

from segmentation.figures.words import format_share
from segmentation.pages.charts import Axis
from segmentation.pages.writing import day, isolated

Point = Mapping[str, Any]  # a revision: its name, day and segments
DASH = 3  # percent of the width that a share of one revision alone is drawn with


def trend_rows(points: Sequence[Point]) -> list[dict[str, Any]]:
    """Each segment that the revisions have, with its names and the lines of its shares.

    A segment is followed by its number where it has that from an accepted model, and else by its name.
    """
    followed: list[dict[int, Mapping[str, Any]]] = []  # of each segment, what it was at each position of a revision
    for position, point in enumerate(points):
        for segment in point["segments"]:
            line = _earlier(followed, segment, position)
            if line is None:
                followed.append({position: segment})
            else:
                line[position] = segment
    shares = [s[key] or 0 for line in followed for s in line.values() for key in ("share", "value_share")]
    axis = Axis(0, max(shares, default=0))
    rows = [_row([line.get(position) for position in range(len(points))], axis) for line in followed]
    return sorted(rows, key=lambda row: (not row["is_present"], row["segment"]))


def _earlier(
    followed: Sequence[dict[int, Mapping[str, Any]]], segment: Mapping[str, Any], position: int
) -> dict[int, Mapping[str, Any]] | None:
    """The line that a segment carries on, of several the one that was seen last; None where it begins one.

    A revision may lack a segment that an earlier and a later one have.
    """
    key = "segment" if segment["is_carried"] else "name"
    lines = [line for line in followed if position not in line and line[max(line)][key] == segment[key]]
    return max(lines, key=max, default=None)


def _row(at: Sequence[Mapping[str, Any] | None], axis: Axis) -> dict[str, Any]:
    known = [segment for segment in at if segment]
    names = list(dict.fromkeys(segment["name"] for segment in known))
    last = known[-1]
    return {
        "segment": last["segment"],
        "colour": last["segment"],
        "name": isolated(last["name"]),
        "earlier": [isolated(name) for name in names if name != last["name"]],
        "is_present": at[-1] is not None,
        "share": _line([segment and segment["share"] for segment in at], axis),
        "value": _line([segment and segment["value_share"] for segment in at], axis),
        "shares": [format_share(segment["share"]) if segment else "" for segment in at],
        "value_shares": [format_share(segment["value_share"]) if segment else "" for segment in at],
    }


def _line(shares: Sequence[float | None], axis: Axis) -> str:
    """The path of a line over the revisions, broken where a share is unknown; a share alone is a dash."""
    step = 100 / max(len(shares) - 1, 1)
    path = ""
    for position, share in enumerate(shares):
        if share is None:
            continue
        x, y = round(position * step, 1), round(100 - axis.place(share), 1)
        is_first = position == 0 or shares[position - 1] is None
        is_last = position == len(shares) - 1 or shares[position + 1] is None
        path += f"M{max(x - DASH, 0):g} {y}H{min(x + DASH, 100):g}" if is_first and is_last else ""
        path += "" if is_first and is_last else f"{'M' if is_first else 'L'}{x:g} {y}"
    return path


def heads(points: Sequence[Point]) -> list[str]:
    """What each revision is called: its tag or commit, with its day."""
    return [f"{point['name']} ({day(point['day'])})" if point["day"] else point["name"] for point in points]


def share_tables(points: Sequence[Point], rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Tables of every segment's `shares` and `value_shares`, a revision a row, and their `head`.

    `rows` are those of `trend_rows`.
    """
    tables = {
        key: [list(row) for row in zip(heads(points), *(row[key] for row in rows), strict=True)]
        for key in ("shares", "value_shares")
    }
    return {"head": ["revision", *(f"{row['segment']} {row['name']}" for row in rows)], **tables}
