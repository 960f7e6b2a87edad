"""What adopt prints: a line for each column of the file, to be checked at a glance."""

import shutil
import sys
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from segmentation.adoption.plan import Decision
from segmentation.pipeline.terminal import shown

NARROW, WIDE = 80, 120  # letters of a line
PARTS = {"column": 4, "kind": 10, "example": 8}  # at most this part of a line


def show(decisions: Sequence[Decision]) -> None:
    """Prints the table of the columns, each with its kind, an example, its gaps and what is done with it."""
    width = min(max(shutil.get_terminal_size((WIDE, 24)).columns, NARROW), WIDE)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for heading, part in PARTS.items():
        table.add_column(heading, no_wrap=True, overflow="ellipsis", max_width=width // part)
    for heading in ("missing", "distinct"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("use, and why", overflow="fold", ratio=1)
    for decision in decisions:
        column = decision.column
        distinct = f"{'' if column.is_exact else '~'}{column.distinct:,}"
        cells = [column.name, column.kind.word, column.example, f"{column.missing:,}", distinct]
        table.add_row(*map(_plain, [*cells, f"{decision.use}: {decision.why}"]))
    Console(file=sys.stdout, width=width, color_system=None, highlight=False, markup=False).print(table)


def _plain(cell: str) -> str:
    return shown(" ".join(cell.split()))
