"""The columns of a table, each read as the data set says that its cells are written; all else is refused."""

import re
from collections.abc import Callable, Mapping
from math import inf

from segmentation.pipeline import notation, reading
from segmentation.pipeline.notation import Number, Shapes
from segmentation.pipeline.reading import DUCKDB, NO, YES, identifier, literal
from segmentation.pipeline.source_kinds import Column
from segmentation.sources.result import INEXACT, INTEGERS, WIDE

POWER = re.compile(r"\d[eE][+-]?\d")
COMPACT = "99999999"  # the shape of 20250131
ORDERS = {"year first": "Yy", "day first": "d", "month first": "mbB"}  # the first fields of their formats
NOTHING = {"number": "DOUBLE", "date": "DATE", "yes_no": "INTEGER"}  # the types of columns without any cell
NUMBERS = (*INTEGERS, *INEXACT, *WIDE)
DATES = ("DATE", "TIMESTAMP")
AROUND = notation.BLANKS + "\r\n"  # what may stand around a cell that is no text
ANSWERS = {1: YES | {"1"}, 0: NO | {"0"}}


class UnfitCell(Exception):
    """A cell that is not written as its column is declared: the cell, and what is wrong with it."""


class UnfitType(Exception):
    """A column whose type is another than the declared kind takes: what is wrong with it."""


def filled(name: str, column: Column) -> str:
    """The SQL of the cells of a text column, with NULL for those that are blank or stand for a missing value."""
    cell = identifier(name)
    if column.kind != "text":
        cell = f"NULLIF(trim({cell}, {literal(AROUND)}), '')"
    for mark in filter(str.strip, column.missing):
        cell = f"NULLIF({cell}, {literal(mark.strip())})"
    return cell


def expression(name: str, column: Column, type_name: str, shapes: Shapes) -> str:
    """The SQL of DuckDB that reads a column, whose cells are of this type and, if they are text, of these shapes.

    Raises UnfitCell where a shape does not fit the declaration, UnfitType where the type does not.
    """
    if type_name != "VARCHAR":
        return _typed(identifier(name), column, type_name)
    cell = filled(name, column)
    if column.kind == "text":
        return cell
    texts = {shape: text for shape, (_, text) in shapes.items() if text.strip() and text not in column.missing}
    readers: Mapping[str, Callable[[str, Column, Mapping[str, str]], str]] = {
        "number": _number,
        "date": _date,
        "yes_no": _answer,
    }
    return readers[column.kind](cell, column, texts) if texts else f"CAST(NULL AS {NOTHING[column.kind]})"


def _typed(cell: str, column: Column, type_name: str) -> str:
    """The SQL of a column that has a type, as those of Parquet files have."""
    fitting = {"number": (*NUMBERS, "BOOLEAN"), "date": DATES, "yes_no": (*NUMBERS, "BOOLEAN"), "text": ("",)}
    if not type_name.startswith(fitting[column.kind]):
        raise UnfitType(f"is of type {type_name}, not a column of the kind {column.kind}")
    if reading.unit_kind(column.unit) == "%":
        raise UnfitType(f"is of type {type_name}, not text with a percent sign")
    readers = {"number": _typed_number, "date": _typed_date, "yes_no": _typed_answer, "text": _typed_text}
    read = readers[column.kind](cell, column, type_name)
    marks = ", ".join(literal(mark.strip()) for mark in column.missing)
    return f"CASE WHEN CAST({cell} AS VARCHAR) NOT IN ({marks}) THEN {read} END" if marks else read


def _typed_date(cell: str, column: Column, type_name: str) -> str:
    return f"CAST({cell} AS DATE)"


def _typed_answer(cell: str, column: Column, type_name: str) -> str:
    return f"CASE WHEN {cell} NOT IN (0, 1) THEN {_refused(cell, 'INTEGER')} ELSE CAST({cell} AS INTEGER) END"


def _typed_text(cell: str, column: Column, type_name: str) -> str:
    """Whole numbers without decimals: pandas writes a column of codes as doubles where some are missing."""
    if type_name not in ("DOUBLE", "FLOAT"):
        return f"CAST({cell} AS VARCHAR)"
    is_whole = f"{cell} = floor({cell}) AND abs({cell}) < 1e15"
    return f"CASE WHEN {is_whole} THEN CAST(CAST({cell} AS BIGINT) AS VARCHAR) ELSE CAST({cell} AS VARCHAR) END"


def _typed_number(cell: str, column: Column, type_name: str) -> str:
    if column.decimals is None:
        return cell
    kind = f"DECIMAL(18, {column.decimals})"
    exact = f"CAST({cell} AS {kind})"
    return f"CASE WHEN CAST({exact} AS {type_name}) <> {cell} THEN {_refused(cell, kind)} ELSE {exact} END"


def _refused(cell: str, kind: str) -> str:
    """A conversion that fails: DuckDB's own `error` cannot stand inside TRY."""
    return f"CAST('unfit: ' || {cell} AS {kind})"


def _number(cell: str, column: Column, texts: Mapping[str, str]) -> str:
    numbers = {}
    for shape, text in texts.items():
        number = notation.number(shape)
        if not number:
            raise UnfitCell(text, "is no number")
        if not _has_unit(number.unit, column.unit):
            raise UnfitCell(text, f"has the unit {number.unit or 'none'}, not {column.unit or 'none'}")
        pairs = notation.marks([number.body])
        if not any(pair[0] in ("", column.thousands) and pair[1] in ("", column.decimal) for pair in pairs):
            raise UnfitCell(text, f"has other marks than {_marks(column)}")
        if column.decimals is not None and _decimals(text, number, column) > column.decimals:
            raise UnfitCell(text, f"has more than {column.decimals} decimals")
        numbers[shape] = number
    kind = "DOUBLE" if column.decimals is None else f"DECIMAL(18, {column.decimals})"
    return reading.number_sql(cell, numbers, column.thousands, column.decimal, kind)


def _decimals(text: str, number: Number, column: Column) -> float:
    """How many decimals a number is written with; with an exponent, they can be any."""
    fraction = number.body.rpartition(column.decimal)[2] if column.decimal in number.body else ""
    return inf if POWER.search(text) else len(fraction)


def _has_unit(unit: str, declared: str) -> bool:
    """Whether a cell's unit is the declared one; a currency may be left out, a percent sign or a multiple may not."""
    kind = reading.unit_kind(declared)
    changes_value = kind == "%" or notation.MULTIPLE.fullmatch(declared.lower())
    return reading.unit_kind(unit) == kind or (not unit and not changes_value)


def _marks(column: Column) -> str:
    thousands = f"{column.thousands!r} for thousands and " if column.thousands else ""
    return f"{thousands}{column.decimal!r} for decimals"


def _date(cell: str, column: Column, texts: Mapping[str, str]) -> str:
    if set(texts) == {COMPACT} and column.order == "year first":
        return f"CAST(strptime({cell}, '%Y%m%d') AS DATE)"
    for shape, text in texts.items():
        if not _of_order(notation.date_formats([shape]), column.order):
            raise UnfitCell(text, f"is no date with the {column.order}")
    formats = _of_order(notation.date_formats(texts), column.order)
    if not formats:
        first, *_, last = [*texts.values(), *texts.values()]
        raise UnfitCell(last, f"is a date in another form than {first!r}")
    order = next(iter(formats))
    return reading.day_sql(cell, order, formats[order], texts, DUCKDB)


def _of_order(formats: Mapping[str, list[str]], order: str) -> dict[str, list[str]]:
    """The formats of that order; without one, those of all."""
    return {form: found for form, found in formats.items() if form[1] in ORDERS.get(order, form)}


def _answer(cell: str, column: Column, texts: Mapping[str, str]) -> str:
    for text in texts.values():
        if not any(notation.bare(text) in words for words in ANSWERS.values()):
            raise UnfitCell(text, "is neither yes nor no")
    cases = [
        f"WHEN lower({cell}) IN ({', '.join(map(literal, sorted(words)))}) THEN {n}" for n, words in ANSWERS.items()
    ]
    return f"CASE {' '.join(cases)} ELSE {_refused(cell, 'INTEGER')} END"  # 2 has the shape of 1
