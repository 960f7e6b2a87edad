"""Rows that are no customers and no orders: totals, and notes that a program wrote below the table."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from segmentation.adoption import vocabulary
from segmentation.pipeline.reading import identifier, literal

LOOKED_AT = 100_000  # rows that tell what is usual
RARE = 0.05  # of the rows, or LAST of a few, are another than usual
TOTALS, PERHAPS = "a row of totals", "perhaps one of totals"
NEAR = 1e-3  # relative: sums are rounded
LAST = 3  # rows at the end of a table, where totals and notes stand


@dataclass(frozen=True)
class StrayRow:
    """The cells of a row that is left out, by column, and what it is."""

    cells: Mapping[str, str | None]
    what: str


def take_out(connection: duckdb.DuckDBPyConnection, table: str) -> list[StrayRow]:
    """Deletes the stray rows of a table whose cells are text, and returns them."""
    names = [name for name, *_ in connection.execute(f"DESCRIBE {identifier(table)}").fetchall()]
    cells = ", ".join(f"CAST({identifier(name)} AS VARCHAR)" for name in names)
    listed = ", ".join(map(literal, vocabulary.TOTALS))
    labelled = " OR ".join(
        f"lower(trim(CAST({identifier(name)} AS VARCHAR), ' :')) IN ({listed})" for name in names[:2]
    )
    rows = connection.execute(
        f"SELECT rowid, {cells} FROM {identifier(table)} WHERE {labelled} OR rowid >= "
        f"(SELECT max(rowid) FROM {identifier(table)}) - {LAST - 1} ORDER BY rowid LIMIT 10000"
    ).fetchall()
    last = rows[-1][0] if rows else 0
    usual = _usual(connection, table, names)
    strays = []
    for number, *texts in rows:
        row = dict(zip(names, texts, strict=True))
        what = _what(row, usual, number > last - LAST, number == last)
        if what == PERHAPS:
            what = TOTALS * _adds_up(connection, table, row)
        if what:
            strays.append((number, StrayRow(row, what)))
    for number, _ in strays:
        connection.execute(f"DELETE FROM {identifier(table)} WHERE rowid = ?", [number])
    return [stray for _, stray in strays]


@dataclass(frozen=True)
class Usual:
    """What the cells of a column are: how many are blank, and whether nearly all are filled, or have digits."""

    blank: int
    is_filled: bool
    has_digits: bool


def _usual(connection: duckdb.DuckDBPyConnection, table: str, names: Sequence[str]) -> dict[str, Usual]:
    usual = {}
    for name in names:
        cell = identifier(name)
        [(rows, filled, digits)] = connection.execute(
            f"SELECT count(*), count(cell), count_if(cell IS NOT NULL AND regexp_matches(cell, '[0-9]')) "
            f"FROM (SELECT CAST({cell} AS VARCHAR) AS cell FROM {identifier(table)} LIMIT {LOOKED_AT})"
        ).fetchall()
        few = max(1, min(LAST, rows // 4), RARE * rows)
        usual[name] = Usual(rows - filled, rows - filled <= few, filled > few and filled - (digits or 0) <= few)
    return usual


def _adds_up(connection: duckdb.DuckDBPyConnection, table: str, row: Mapping[str, str | None]) -> bool:
    """Whether a number of a row is the sum of all others of its column, with a point or a comma for decimals."""
    for name, text in row.items():
        for pattern in ("{}", "replace(replace({}, '.', ''), ',', '.')"):
            cells, own = pattern.format(f"CAST({identifier(name)} AS VARCHAR)"), pattern.format("?")
            [(total, value)] = connection.execute(
                f"SELECT sum(TRY_CAST({cells} AS DOUBLE)), TRY_CAST({own} AS DOUBLE) FROM {identifier(table)}", [text]
            ).fetchall()
            if value and total and abs(total - 2 * value) <= NEAR * abs(value):
                return True
    return False


def _what(row: Mapping[str, str | None], usual: Mapping[str, Usual], is_late: bool, is_last: bool) -> str:
    """What a row is, if it is a stray one.

    A customer may be called Total: a row of totals also lacks a cell that nearly all have, or an id with digits, or its
    numbers add up those of all others.
    """
    filled = {name: text.strip() for name, text in row.items() if text and text.strip()}
    label = next(iter(filled), "")
    lacks = any(usual[name].is_filled and name not in filled for name in row)
    word = filled.get(label, "")
    if word and vocabulary.is_total(word):
        is_odd = usual[label].has_digits and not re.search(r"\d", word)
        return TOTALS if lacks or is_odd else PERHAPS * is_late
    if is_late and len(filled) <= 1 < len(row) - 1 and (not re.search(r"\d", word) or re.search(r"[\s:]", word)):
        return "a note below the table"
    first = next(iter(row))
    if is_last and len(filled) > 1 and first not in filled and usual[first].blank == 1:
        return "a row without an id, as one of totals"
    return ""
