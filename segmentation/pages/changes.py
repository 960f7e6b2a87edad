"""A comparison of two segmentations in words: for a page, and for a pull request."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from segmentation.activation.comparison import CAUSES
from segmentation.figures import palette
from segmentation.figures.words import column_label, cut, format_number, format_share, status_words

MOVES = 5  # of all moves, the largest that a pull request shows
PARAMETERS = 10  # that a pull request shows at most
PARAMETER_LENGTH = 60  # letters of a parameter's value in a pull request, at most
Comparison = Mapping[str, Any]  # reports/compare.json


def headline(comparison: Comparison) -> str:
    """How many customers joined, left and moved, in a sentence without its full stop."""
    customers = comparison["customers"]
    sizes = (
        f"{customers['after']:,} customers, {customers['before']:,} at {comparison['rev']}: "
        f"{customers['joined']:,} joined, {customers['left']:,} left"
    )
    if not customers["placed"]:
        return f"{sizes}; none is in both"
    moved = f"of {customers['placed']:,} who stayed {customers['moved']:,} ({customers['moved_share']:.1%}) moved"
    causes = [f"{count:,} {CAUSES[cause].partition(':')[0]}" for cause, count in customers["causes"].items() if count]
    return f"{sizes}; {moved}" + (f": {', '.join(causes)}" if causes else "")


def _before_to_after(old: float | None, new: float | None, formatted: Callable[[float], str]) -> str:
    texts = ["-" if value is None else formatted(value) for value in (old, new)]
    return texts[0] if texts[0] == texts[1] else " → ".join(texts)


def segment_rows(comparison: Comparison) -> Iterator[tuple[str, ...]]:
    """Yields each segment, its customers, its share and what became of it."""
    for segment in comparison["segments"]:
        size = _before_to_after(segment["size_before"], segment["size_after"], "{:,}".format)
        share = _before_to_after(segment["share_before"], segment["share_after"], "{:.1%}".format)
        fate = status_words(segment["status"], segment["distance"], segment["other"])
        yield f"{segment['segment']} {segment['name']}", size, share, fate


def mean_rows(comparison: Comparison) -> tuple[list[str], list[tuple[str, ...]]]:
    """The means of the columns before and after: the head of a table, and a row per segment."""
    columns = list(dict.fromkeys(column for segment in comparison["segments"] for column in segment["means"]))
    unknown = {"before": None, "after": None}
    rows = []
    for segment in comparison["segments"]:
        means = [segment["means"].get(column, unknown) for column in columns]
        cells = [_before_to_after(mean["before"], mean["after"], format_number) for mean in means]
        rows.append((f"{segment['segment']} {segment['name']}", *cells))
    return ["segment", *(column_label(column, comparison["labels"].get(column, "")) for column in columns)], rows


def moves_between_segments(comparison: Comparison) -> list[tuple[int, str, str]]:
    """The moves between segments, largest first: customers, from, to."""
    moves = [
        (customers, comparison["before"][row], comparison["after"][column])
        for row, line in enumerate(comparison["migration"][:-2])
        for column, customers in enumerate(line[:-2])
        if customers and [row, column] not in comparison["stays"]
    ]
    return sorted(moves, key=lambda move: (-move[0], *move[1:]))


def content(comparison: Comparison) -> dict[str, Any]:
    """What the template compare.html takes."""
    customers = comparison["customers"]
    head, means = mean_rows(comparison)
    return {
        "title": f"Segments, compared with {comparison['rev']}",
        "facts": [
            (f"{customers['after']:,}", "customers"),
            (f"{customers['joined']:,}", "joined"),
            (f"{customers['left']:,}", "left"),
            ("-" if customers["moved_share"] is None else f"{customers['moved_share']:.1%}", "of the others moved"),
        ],
        "verdict": f"{headline(comparison)}.",
        "causes": [
            (f"{customers['causes'][cause]:,}", why) for cause, why in CAUSES.items() if customers["causes"][cause]
        ],
        "segments": list(segment_rows(comparison)),
        "colours": [palette.colour(segment["segment"]) for segment in comparison["segments"]],
        "migration_head": ["", *_migration_labels(comparison)[1].values()],
        "migration": list(_migration_rows(comparison)),
        "means_head": head,
        "means": means,
        "parameters": [
            (parameter["name"], str(parameter["before"]), str(parameter["after"]))
            for parameter in comparison["parameters"]
        ],
    }


def _migration_rows(comparison: Comparison) -> Iterator[tuple[str, list[tuple[str, float, bool]]]]:
    """Yields where the customers of each old segment are: its label and cells.

    A cell has a text, the share of the old segment's customers, and whether they stayed.
    """
    rows, columns = _migration_labels(comparison)
    for row, label in rows.items():
        line = comparison["migration"][row]
        total = max(sum(line), 1)
        cells = []
        for column in columns:
            customers, share = line[column], line[column] / total
            text = f"{customers:,} ({format_share(share)})" if customers else ""
            cells.append((text, share, [row, column] in comparison["stays"]))
        yield label, cells


def _migration_labels(comparison: Comparison) -> tuple[dict[int, str], dict[int, str]]:
    """The labels of the rows and of the columns of the migration that are shown, by position.

    All segments are shown. "no segment", "joined" and "left" are shown where there are such customers.
    """
    old, new, matrix = comparison["before"], comparison["after"], comparison["migration"]
    rows = enumerate([*old, "no segment", "joined"])
    columns = enumerate([*new, "no segment", "left"])
    return (
        {row: label for row, label in rows if row < len(old) or sum(matrix[row])},
        {column: label for column, label in columns if column < len(new) or sum(line[column] for line in matrix)},
    )


def markdown(comparison: Comparison) -> str:
    """The comparison as Markdown, short enough for a pull request."""
    lines = [f"### Segments, compared with {_escaped(comparison['rev'])}", "", f"{_escaped(headline(comparison))}.", ""]
    lines += _markdown_table(["segment", "customers", "share", "what became of it"], segment_rows(comparison))
    if moves := moves_between_segments(comparison)[:MOVES]:
        lines += ["", "Largest moves:", ""]
        lines += [f"- {customers:,}: {_escaped(source)} → {_escaped(target)}" for customers, source, target in moves]
    if parameters := comparison["parameters"]:
        lines += ["", "Parameters that differ:", ""]
        for parameter in parameters[:PARAMETERS]:
            old, new = (_escaped(_shortened(parameter[side])) for side in ("before", "after"))
            lines.append(f"- {_escaped(parameter['name'])}: {old} → {new}")
        if len(parameters) > PARAMETERS:
            lines.append(f"- and {len(parameters) - PARAMETERS} more")
    return "\n".join([*lines, ""])


def _markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *([_escaped(cell) for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]


def _shortened(value: Any) -> str:
    text = " ".join(str(value).split())
    return cut(text, PARAMETER_LENGTH)


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return re.sub(r"([\\`*_{}\[\]<>#|~@&])", r"\\\1", " ".join(text.split()))
