"""From which day to which the rows of a source run, as the statement `source.period` of its data set says."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from segmentation.pipeline.errors import ConfigurationFault, InputFault
from segmentation.pipeline.terminal import shown

DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}.*)?")  # a day in ISO's notation, or a time of that day
EXPECTED = "expected is one row of two days, the first and the last, such as 2025-01-01 and 2025-12-31"
FAILS = "`source.period` of the data set"

Period = tuple[date, date]


@dataclass(frozen=True)
class Reading:
    """What a reader says of the rows of its source: sentences on what is doubtful, and the period, where it is told."""

    doubts: list[str]
    period: Period | None = None


def check(rows: Sequence[Sequence[str | None]]) -> Period | None:
    """The first and the last day of the rows that `source.period` gave as texts; None where both cells are empty.

    A time becomes its day. Raises ConfigurationFault for anything but one row of two days in their order.
    """
    if len(rows) != 1:
        raise ConfigurationFault(f"{FAILS} gives {'several rows' if rows else 'no row'}: {EXPECTED}")
    [cells] = rows
    if len(cells) != 2:
        raise ConfigurationFault(f"{FAILS} gives {len(cells)} column{'s' * (len(cells) != 1)}: {EXPECTED}")
    if cells == (None, None):
        return None
    first, last = (_day(cell) for cell in cells)
    if first > last:
        raise ConfigurationFault(f"{FAILS} gives {first} and then {last}, which is earlier: {EXPECTED}")
    return first, last


@contextmanager
def faults() -> Iterator[None]:
    """Turns the faults of a query into those of the statement that gives the period."""
    try:
        yield
    except (ConfigurationFault, InputFault) as fault:
        raise type(fault)(str(fault).replace("`source.query`", "`source.period`")) from None


def _day(cell: str | None) -> date:
    text = DAY.fullmatch(cell or "")
    try:
        return date.fromisoformat(text[1] if text else "")
    except ValueError:
        given = "nothing" if cell is None else f"'{shown(cell[:40])}'"
        raise ConfigurationFault(f"{FAILS} gives {given} for a day: {EXPECTED}") from None
