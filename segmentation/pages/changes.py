"""What a comparison found, in words: for a page, and for a pull request."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from segmentation.activation.comparison import CAUSES
from segmentation.figures import palette
from segmentation.figures.words import number, percent, spelt, told

MOVES = 5  # of a pull request: the largest
PARAMETERS = 10
Found = Mapping[str, Any]


def headline(found: Found) -> str:
    """How many customers came, went and moved, in a sentence."""
    of = found["customers"]
    first = (
        f"{of['after']:,} customers, {of['before']:,} at {found['rev']}: {of['joined']:,} joined, {of['left']:,} left"
    )
    if not of["placed"]:
        return f"{first}; none is in both"
    moved = f"of {of['placed']:,} who stayed {of['moved']:,} ({of['moved_share']:.1%}) moved"
    causes = [f"{count:,} {CAUSES[cause].partition(':')[0]}" for cause, count in of["causes"].items() if count]
    return f"{first}; {moved}" + (f": {', '.join(causes)}" if causes else "")


def _change(before: float | None, after: float | None, text: Any) -> str:
    told = ["-" if value is None else text(value) for value in (before, after)]
    return told[0] if told[0] == told[1] else " → ".join(told)


def rows(found: Found) -> Iterator[tuple[str, ...]]:
    """Yields segment, customers, share and what became of it."""
    for one in found["segments"]:
        sizes = _change(one["size_before"], one["size_after"], lambda size: f"{size:,}")
        shares = _change(one["share_before"], one["share_after"], lambda share: f"{share:.1%}")
        yield f"{one['segment']} {one['name']}", sizes, shares, told(one["status"], one["distance"], one["other"])


def means(found: Found) -> tuple[list[str], list[tuple[str, ...]]]:
    """Means of the columns before and after: a head, and a row per segment."""
    columns = list(dict.fromkeys(name for one in found["segments"] for name in one["means"]))
    nothing = {"before": None, "after": None}
    told = [
        (f"{one['segment']} {one['name']}", [one["means"].get(name, nothing) for name in columns])
        for one in found["segments"]
    ]
    return ["segment", *map(spelt, columns)], [
        (label, *(_change(mean["before"], mean["after"], number) for mean in own)) for label, own in told
    ]


def moves(found: Found) -> list[tuple[int, str, str]]:
    """The moves between segments, largest first: customers, from, to."""
    matrix, stays = found["migration"], found["stays"]
    found_moves = [
        (customers, found["before"][row], found["after"][column])
        for row, line in enumerate(matrix[:-2])
        for column, customers in enumerate(line[:-2])
        if customers and [row, column] not in stays
    ]
    return sorted(found_moves, key=lambda move: (-move[0], *move[1:]))


def content(found: Found) -> dict[str, Any]:
    """What the page's template takes."""
    of = found["customers"]
    head, mean_rows = means(found)
    return {
        "title": f"Segments, compared with {found['rev']}",
        "facts": [
            (f"{of['after']:,}", "customers"),
            (f"{of['joined']:,}", "joined"),
            (f"{of['left']:,}", "left"),
            ("-" if of["moved_share"] is None else f"{of['moved_share']:.1%}", "of the others moved"),
        ],
        "verdict": f"{headline(found)}.",
        "causes": [(f"{of['causes'][cause]:,}", why) for cause, why in CAUSES.items() if of["causes"][cause]],
        "segments": list(rows(found)),
        "colours": [palette.colour(one["segment"]) for one in found["segments"]],
        "migration_head": ["", *_heads(found)[1].values()],
        "migration": list(_migration(found)),
        "means_head": head,
        "means": mean_rows,
        "parameters": [(one["name"], str(one["before"]), str(one["after"])) for one in found["parameters"]],
    }


def _migration(found: Found) -> Iterator[tuple[str, list[tuple[str, float, bool]]]]:
    """Yields where the customers of each segment went: its label, and for each cell text, share, and who stayed."""
    rows, columns = _heads(found)
    for row, label in rows.items():
        line = found["migration"][row]
        total = max(sum(line), 1)
        yield (
            label,
            [
                (
                    f"{line[column]:,} ({percent(line[column] / total)})" if line[column] else "",
                    line[column] / total,
                    [row, column] in found["stays"],
                )
                for column in columns
            ],
        )


def _heads(found: Found) -> tuple[dict[int, str], dict[int, str]]:
    """The labels of the rows and columns of the migration, by position: segments, and the rest where it is needed."""
    matrix = found["migration"]
    rows = dict(enumerate([*found["before"], "no segment", "joined"]))
    columns = dict(enumerate([*found["after"], "no segment", "left"]))
    return (
        {row: label for row, label in rows.items() if row < len(found["before"]) or sum(matrix[row])},
        {at: label for at, label in columns.items() if at < len(found["after"]) or sum(line[at] for line in matrix)},
    )


def markdown(found: Found) -> str:
    """The comparison as Markdown, short enough for a pull request."""
    lines = [f"### Segments, compared with {_safe(found['rev'])}", "", f"{_safe(headline(found))}.", ""]
    lines += _table(["segment", "customers", "share", "what became of it"], rows(found))
    if largest := moves(found)[:MOVES]:
        lines += ["", "Largest moves:", ""]
        lines += [f"- {customers:,}: {_safe(start)} → {_safe(end)}" for customers, start, end in largest]
    if differ := found["parameters"]:
        lines += ["", "Parameters that differ:", ""]
        lines += [
            f"- {_safe(one['name'])}: {_safe(_short(one['before']))} → {_safe(_short(one['after']))}"
            for one in differ[:PARAMETERS]
        ]
        lines += [f"- and {len(differ) - PARAMETERS} more"] * (len(differ) > PARAMETERS)
    return "\n".join([*lines, ""])


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> list[str]:
    lines = [head, ["---"] * len(head), *([_safe(cell) for cell in row] for row in rows)]
    return [f"| {' | '.join(line)} |" for line in lines]


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:59]}…"


def _safe(text: str) -> str:
    """Text that Markdown takes as it is."""
    return re.sub(r"([\\`*_{}\[\]<>#|~@&])", r"\\\1", " ".join(text.split()))
