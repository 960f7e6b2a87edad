"""Rows that are no customers: a row of totals, or one that holds nearly all of a column."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from segmentation.pipeline import parts

LEAST = 20  # values other than 0: among fewer, one is easily the sum of the others
MANY = 100  # among fewer, a customer may hold nearly all
NEAR = 1e-3  # relative: two columns that agree so well with a total are hardly a whale's, by whom they could be rounded
EXACT = 1e-5  # relative: as NEAR where the value column alone tells it
SUMS = {1: "as much", 2: "half as much"}  # a total is the sum of all others, or half of it where subtotals or it recur
MOST = (0.99, 0.95)  # shares of a sum, in one column and in two, that the largest of lognormal customers hardly reaches


@dataclass(frozen=True)
class Largest:
    """The largest value of a column by its size without sign, beside the sums that it is held against."""

    values: int  # other than 0
    total: float
    size: float  # the sum without signs
    value: float
    row: int  # counted from 1 over the whole table


def measure(table: pa.Table, names: Iterable[str], start: int) -> dict[str, Largest]:
    """The largest value of each column of a part that `start` customers come before; `names` are columns of numbers."""
    measured = {}
    for name in names:
        values = np.nan_to_num(parts.numbers(table, name), nan=0.0, posinf=0.0, neginf=0.0)
        if len(values):
            row = int(np.abs(values).argmax())
            with np.errstate(over="ignore"):  # nothing is near an infinite sum
                sums = float(values.sum()), float(np.abs(values).sum())
            measured[name] = Largest(np.count_nonzero(values), *sums, float(values[row]), start + row + 1)
    return measured


def merge_parts(measured: Sequence[Mapping[str, Largest]]) -> dict[str, Largest]:
    """Adds up what was measured of all parts, in their order."""
    merged: dict[str, Largest] = {}
    for part in measured:
        for name, later in part.items():
            earlier = merged.setdefault(name, Largest(0, 0.0, 0.0, 0.0, later.row))
            largest = later if abs(later.value) > abs(earlier.value) else earlier
            sums = {key: getattr(earlier, key) + getattr(later, key) for key in ("values", "total", "size")}
            merged[name] = replace(largest, **sums)
    return merged


def doubts(columns: Mapping[str, Largest], value: str | None) -> list[str]:
    """A sentence for each row that is the sum of all others, or holds nearly all of a sum; `value` is a column's name.

    One column is no proof, since among heavy-tailed customers the largest often holds half of it: a row of totals is
    one in two columns, or to the last digits in the value column.
    """
    sentences = []
    large = {name: largest for name, largest in columns.items() if largest.values >= LEAST}
    for row in sorted({largest.row for largest in large.values()}):
        here = {name: largest for name, largest in large.items() if largest.row == row}
        if claim := _as_total(here, value) or _as_most(here):
            sentences.append(f"data row {row} {claim}: is it a row of totals? If it is no customer, leave it out")
    return sentences


def _as_total(here: Mapping[str, Largest], value: str | None) -> str:
    for times, words in SUMS.items():
        off = {name: abs((largest.total - largest.value) / largest.value - times) for name, largest in here.items()}
        near = [name for name, difference in off.items() if difference <= NEAR]
        if len(near) > 1 or (value in near and off[value] <= EXACT):
            return f"holds {words} of {_listed(near)} as all other rows together"
    return ""


def _as_most(here: Mapping[str, Largest]) -> str:
    shares = {name: abs(column.value) / column.size for name, column in here.items() if column.values >= MANY}
    alone, together = ([name for name, share in shares.items() if share > least] for least in MOST)
    named, most = (together, MOST[1]) if len(together) > 1 else (alone, MOST[0])
    return f"holds over {most:.0%} of {_listed(named)} alone" if named else ""


def _listed(names: Sequence[str]) -> str:
    *first, last = (f"'{name}'" for name in names)
    return f"{', '.join(first)} and {last}" if first else last
