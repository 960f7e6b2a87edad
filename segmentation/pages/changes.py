"""A comparison of two segmentations in words: for a page, and for a pull request."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from segmentation.activation.comparison import CAUSES
from segmentation.figures.words import (
    column_label,
    cut,
    format_number,
    format_share,
    shortened,
    status_words,
    within_sentence,
)
from segmentation.pages.flows import flow_chart
from segmentation.pages.trend import heads, share_tables, trend_rows
from segmentation.pages.writing import counted, day, isolated

MOVES = 5  # of all moves, the largest that are told in words
LABEL_LENGTH = 60  # letters of a segment's label beside the flow chart, at most
PARAMETERS = 10  # that a pull request shows at most
PARAMETER_LENGTH = 60  # letters of a parameter's value in a pull request, at most
Comparison = Mapping[str, Any]  # reports/compare.json


def revision_words(revision: Mapping[str, str]) -> str:
    """What a revision is called for people: its tag, branch or commit with its day, or now."""
    if not revision["name"]:
        return "now"
    return f"{revision['tag'] or revision['name']} ({day(revision['day'])})"


def title(comparison: Comparison) -> str:
    """The heading of the comparison."""
    old, new = (revision_words(comparison[side]) for side in ("old", "new"))
    return f"Segments {new}, compared with {old}" if new == "now" else f"Segments at {new}, compared with {old}"


def who_moved(comparison: Comparison) -> str:
    """How many customers moved, joined and left, in sentences."""
    customers, moves = comparison["customers"], moves_between_segments(comparison)
    came_and_went = f"{customers['joined']:,} joined, {customers['left']:,} left."
    if not customers["joined"] and not customers["left"]:
        came_and_went = "Nobody joined or left."
    if not customers["placed"]:
        return f"No customer is in both. {came_and_went}"
    stayed = f"Of {counted(customers['placed'], 'customer')} who stayed"
    if not customers["moved"]:
        return f"{stayed}, none is in another segment. {came_and_went}"
    verb = "is" if customers["moved"] == 1 else "are"
    worth = _worth(comparison["value_of_movers"], comparison)
    text = f"{stayed}, {customers['moved']:,} ({_percent(customers['moved_share'])}) {verb} in another segment{worth}."
    largest = f" The largest move: {move_sentence(moves[0], comparison)}." if moves and len(moves) > 1 else ""
    return f"{text}{largest} {came_and_went}"


def _percent(share: float) -> str:
    """A share with one decimal, which small moves need."""
    return f"{share:.1%}"


def _worth(share: float | None, comparison: Comparison) -> str:
    """The value that went along with customers, as the end of a clause; "" where none is told."""
    if not share:
        return ""
    return f", and with them {_percent(share)} of {isolated(within_sentence(comparison['value']))}"


def _before_to_after(old: float | None, new: float | None, formatted: Callable[[float], str]) -> str:
    texts = ["-" if value is None else formatted(value) for value in (old, new)]
    return texts[0] if texts[0] == texts[1] else " → ".join(texts)


def segment_name(segment: Mapping[str, Any]) -> str:
    """The number and name of a segment, and the name that it had before."""
    was = segment["name_before"]
    earlier = f" (was: {isolated(was)})" if was and was != segment["name"] else ""
    return f"{segment['segment']} {isolated(segment['name'])}{earlier}"


def segment_rows(comparison: Comparison) -> Iterator[tuple[str, ...]]:
    """Yields each segment, its customers, its share of them and of the value, and what became of it."""
    for segment in comparison["segments"]:
        size = _before_to_after(segment["size_before"], segment["size_after"], "{:,}".format)
        share = _before_to_after(segment["share_before"], segment["share_after"], _percent)
        value = _before_to_after(segment["value_share_before"], segment["value_share_after"], _percent)
        yield segment_name(segment), size, share, *([value] if comparison["value"] else []), fate(segment)


def segment_head(comparison: Comparison) -> list[str]:
    """The head of the table of `segment_rows`."""
    value = [f"of {isolated(within_sentence(comparison['value']))}"] if comparison["value"] else []
    return ["segment", "customers", "share of customers", *value, "what became of it"]


def fate(segment: Mapping[str, Any]) -> str:
    """What became of a segment, in words."""
    if segment["status"] == "kept":
        return "kept"
    if segment["status"] == "moved":
        return "moved: its customers differ from those before"
    return status_words(segment["status"], None, segment["other"])


def mean_rows(comparison: Comparison) -> tuple[list[str], list[tuple[str, ...]]]:
    """The means of the columns before and after: the head of a table, and a row per segment."""
    columns = list(dict.fromkeys(column for segment in comparison["segments"] for column in segment["means"]))
    unknown = {"before": None, "after": None}
    rows = []
    for segment in comparison["segments"]:
        means = [segment["means"].get(column, unknown) for column in columns]
        cells = [_before_to_after(mean["before"], mean["after"], format_number) for mean in means]
        rows.append((f"{segment['segment']} {isolated(segment['name'])}", *cells))
    labels = [isolated(column_label(column, comparison["labels"].get(column, ""))) for column in columns]
    return ["segment", *labels], rows


def moves_between_segments(comparison: Comparison) -> list[dict[str, Any]]:
    """The moves between segments, largest first: `customers`, `before`, `after`, and the `value` that went along."""
    values = comparison["value_moved"]
    moves = [
        {
            "customers": customers,
            **_ends_of_move(comparison, row, column),
            "value": values[row][column] if values else None,
        }
        for row, line in enumerate(comparison["migration"][:-2])
        for column, customers in enumerate(line[:-2])
        if customers and [row, column] not in comparison["stays"]
    ]
    return sorted(moves, key=lambda move: (-move["customers"], move["before"], move["after"]))


def _label(label: str) -> str:
    """A segment's number and name, of which the name may be written from right to left."""
    number, _, name = label.partition(" ")
    return f"{number} {isolated(name)}"


def _ends_of_move(comparison: Comparison, row: int, column: int) -> dict[str, str]:
    """The labels of the segments that customers moved between; of two that are labelled alike, which is which."""
    before, after = _label(comparison["before"][row]), _label(comparison["after"][column])
    if before != after:
        return {"before": before, "after": after}
    carried = dict(comparison["stays"])
    fate = f"now {_label(comparison['after'][carried[row]])}" if row in carried else "now gone"
    return {"before": f"the earlier {before} ({fate})", "after": f"the new {after}"}


def move_sentence(move: Mapping[str, Any], comparison: Comparison) -> str:
    """One move in words, without a full stop."""
    worth = _worth(move["value"], comparison)
    return f"{counted(move['customers'], 'customer')} went from {move['before']} to {move['after']}{worth}"


def content(comparison: Comparison) -> dict[str, Any]:
    """What the template compare.html takes."""
    customers = comparison["customers"]
    head, means = mean_rows(comparison)
    rows, columns = _places(comparison)
    moves = moves_between_segments(comparison)[:MOVES]
    points = comparison["trend"]["points"]
    trend = trend_rows(points)
    return {
        "title": title(comparison),
        "who_moved": who_moved(comparison),
        "sizes": f"{customers['before']:,} → {customers['after']:,} customers",
        "causes": [
            (f"{customers['causes'][cause]:,}", why) for cause, why in CAUSES.items() if customers["causes"][cause]
        ],
        "moves": [move_sentence(move, comparison) for move in moves],
        "segments_head": segment_head(comparison),
        "segments": list(segment_rows(comparison)),
        "colours": _colours_of_segments(comparison),
        "flow": flow_chart(comparison["migration"], rows, columns, comparison["stays"]),
        "migration_head": ["", *(column["label"] for column in columns.values())],
        "migration": list(_migration_rows(comparison, rows, columns)),
        "value": comparison["value"] and isolated(within_sentence(comparison["value"])),
        "values": list(_value_rows(comparison, rows, columns)),
        "means_head": head,
        "means": means,
        "parameters": [parameter_line(parameter) for parameter in comparison["parameters"]],
        "trend": trend,
        "trend_tables": share_tables(points, trend),
        "trend_heads": heads(points),
        "trend_left_out": comparison["trend"]["left_out"],
        "trend_has_value": any(s["value_share"] is not None for point in points for s in point["segments"]),
    }


def _migration_rows(
    comparison: Comparison, rows: Mapping[int, Mapping[str, Any]], columns: Mapping[int, Mapping[str, Any]]
) -> Iterator[tuple[str, list[tuple[str, bool]]]]:
    """Yields where the customers of each old segment are: its label and cells: a text, and whether they stayed."""
    for row, before in rows.items():
        line = comparison["migration"][row]
        total = max(sum(line), 1)
        cells = []
        for column in columns:
            customers = line[column]
            text = f"{customers:,} ({format_share(customers / total)})" if customers else ""
            cells.append((text, [row, column] in comparison["stays"]))
        yield before["label"], cells


def _value_rows(
    comparison: Comparison, rows: Mapping[int, Mapping[str, Any]], columns: Mapping[int, Mapping[str, Any]]
) -> Iterator[tuple[str, ...]]:
    """Yields the share of the value that went along with the customers of each cell of the migration."""
    for row, before in rows.items() if comparison["value_moved"] else ():
        counts, values = comparison["migration"][row], comparison["value_moved"][row]
        cells = [
            "" if not counts[column] else "few" if values[column] is None else _percent(values[column])
            for column in columns
        ]
        yield before["label"], *cells


def _places(comparison: Comparison) -> tuple[dict[int, dict[str, Any]], dict[int, dict[str, Any]]]:
    """The rows and the columns of the migration that are shown, by position: their labels, and their colours.

    All segments are shown. "no segment", "joined" and "left" are shown where there are such customers.
    """
    matrix = comparison["migration"]
    sides = []
    before, after = _colours(comparison)
    for labels, of_side, last, totals in (
        (comparison["before"], before, "joined", [sum(line) for line in matrix]),
        (comparison["after"], after, "left", [sum(column) for column in zip(*matrix, strict=True)]),
    ):
        named = [*(shortened(_label(label), LABEL_LENGTH) for label in labels), "no segment", last]
        colours = [*of_side, None, None]
        sides.append(
            {
                place: {"label": label, "colour": colour}
                for place, (label, colour) in enumerate(zip(named, colours, strict=True))
                if place < len(labels) or totals[place]
            }
        )
    return sides[0], sides[1]


def _colours(comparison: Comparison) -> tuple[list[int], list[int]]:
    """The numbers of the segments' colours before and after: the same of one that is carried on, else its own."""
    after = [int(label.partition(" ")[0]) for label in comparison["after"]]
    carried, free = dict(comparison["stays"]), (number for number in count(1) if number not in after)
    before = [after[carried[row]] if row in carried else next(free) for row in range(len(comparison["before"]))]
    return before, after


def _colours_of_segments(comparison: Comparison) -> list[int]:
    """The numbers of the colours of all segments, of which those that are gone come last."""
    before = dict(zip(comparison["before"], _colours(comparison)[0], strict=True))
    return [
        before[f"{segment['segment']} {segment['name']}"] if segment["size_after"] is None else segment["segment"]
        for segment in comparison["segments"]
    ]


def parameter_line(parameter: Mapping[str, Any]) -> str:
    """A parameter that differs, on one line."""
    old, new = (_value(parameter[side]) for side in ("before", "after"))
    return f"{parameter['name']}: {old} → {new}"


def _value(value: Any) -> str:
    return "not set" if value is None else " ".join(str(value).split()) or "empty"


def markdown(comparison: Comparison) -> str:
    """The comparison as Markdown, short enough for a pull request."""
    lines = [f"### {_escaped(title(comparison))}", "", _escaped(who_moved(comparison)), ""]
    lines += _markdown_table(segment_head(comparison), segment_rows(comparison))
    if moves := moves_between_segments(comparison)[:MOVES]:
        lines += ["", "Largest moves:", ""]
        lines += [f"- {_escaped(move_sentence(move, comparison))}" for move in moves]
    if parameters := comparison["parameters"]:
        lines += ["", "Parameters that differ:", ""]
        for parameter in parameters[:PARAMETERS]:
            short = {side: cut(_value(parameter[side]), PARAMETER_LENGTH) for side in ("before", "after")}
            lines.append(f"- {_escaped(parameter_line({**parameter, **short}))}")
        if len(parameters) > PARAMETERS:
            lines.append(f"- and {len(parameters) - PARAMETERS} more")
    return "\n".join([*lines, ""])


def _markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [map(_escaped, head), ["---"] * len(head), *([_escaped(cell) for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return re.sub(r"([\\`*_{}\[\]<>#|~@&])", r"\\\1", " ".join(text.split()))
