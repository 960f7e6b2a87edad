"""The table of segments, as a terminal shows it."""

from collections.abc import Mapping
from textwrap import wrap
from typing import Any

from rich.cells import cell_len

from segmentation.figures.words import format_number, sample_note, shortened, within_sentence
from segmentation.pipeline.terminal import shown

WIDTH = 110
NAME = 48  # letters of a segment's name, at most


def format_segments(described: Mapping[str, Any], width: int = WIDTH) -> str:
    """One line per segment: name, size, shares, and the mean of each numeric column that fits into `width`.

    Lines below name the columns that do not fit, and say what is from a sample.
    """
    head = ["", "segment", "customers", "share"]
    value = described["value"]
    rows = [
        [
            str(segment["segment"]),
            shown(shortened(segment["name"], NAME)),
            f"{segment['size']:,}",
            f"{segment['share']:.1%}",
        ]
        for segment in described["segments"]
    ]
    if value is not None:
        head.append(f"of {shown(within_sentence(described['labels'][value]))}")
        for row, segment in zip(rows, described["segments"], strict=True):
            share = segment["value_share"]
            row.append("-" if share is None else f"{share:.1%}")
    omitted = []
    for name in described["columns"]:
        if "mean" not in described["all"][name]:
            continue
        cells = [format_number(segment["columns"][name].get("mean")) for segment in described["segments"]]
        widened = [[*row, cell] for row, cell in zip(rows, cells, strict=True)]
        label = shown(described["labels"][name])
        if omitted or cell_len(_aligned([*head, label], widened)[0]) > width:
            omitted.append(label)
        else:
            head, rows = [*head, label], widened
    lines = _aligned(head, rows)
    if omitted:
        lines += wrap(f"also in reports/segments.csv: {', '.join(omitted)}", width, subsequent_indent="  ")
    if sample := sample_note(described):
        lines.append(f"medians, quartiles, standings (which name the segments) and words: of {sample}")
    return "\n".join(lines)


def _aligned(head: list[str], rows: list[list[str]]) -> list[str]:
    """The lines of a table whose cells stand below each other; names, in the second column, begin on the left.

    Widths are those on a terminal, where a Chinese letter takes the room of two.
    """
    columns = []
    for position, cells in enumerate(zip(head, *rows, strict=True)):
        width = max(map(cell_len, cells))
        blanks = [" " * (width - cell_len(cell)) for cell in cells]
        pairs = zip(cells, blanks, strict=True)
        columns.append([cell + blank if position == 1 else blank + cell for cell, blank in pairs])
    return ["  ".join(line) for line in zip(*columns, strict=True)]
