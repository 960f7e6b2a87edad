"""A table whose columns are declared: the names and the cells of its files are held against the declaration."""

from collections.abc import Mapping
from functools import reduce

import duckdb

from segmentation.pipeline import notation
from segmentation.pipeline.errors import InputFault
from segmentation.pipeline.notation import Shapes
from segmentation.pipeline.overrides import typed
from segmentation.pipeline.reading import identifier, literal
from segmentation.pipeline.source_kinds import Column, Query
from segmentation.sources import columns, location
from segmentation.sources.columns import UnfitCell, UnfitType
from segmentation.sources.files import Entry

ROWS = 500_000  # whose shapes are taken at once
# Numbers of floating point have hundreds of shapes, which are few once long runs of digits are cut.
SHORTENED = r"regexp_replace({}, '(\d{{8}})\d+', '\1', 'g')"
READ = "as declared"  # a table while it is read


def read(
    connection: duckdb.DuckDBPyConnection, table: str, entry: Entry, source: Query, declared: Mapping[str, Column]
) -> list[str]:
    """Puts a table with the declared columns into the place of the `table` with the cells of an entry's files.

    Returns what is doubtful, a sentence each. Raises InputFault where a declared column is missing, or a cell is not
    written as its column is declared.
    """
    rows = connection.execute(f"DESCRIBE {identifier(table)}").fetchall()
    types = {name: type_name for name, type_name, *_ in rows}
    doubts = _differences(types, entry, declared)
    expressions = {
        name: _expression(connection, table, name, column, types[name], entry, source)
        for name, column in declared.items()
    }
    selected = ", ".join(f"{expression} AS {identifier(name)}" for name, expression in expressions.items())
    try:
        connection.execute(f"CREATE TABLE {identifier(READ)} AS SELECT {selected} FROM {identifier(table)}")
    except duckdb.Error:
        for name, expression in expressions.items():
            _refuse_unreadable(connection, table, name, expression, entry, source)
        raise
    connection.execute(f"DROP TABLE {identifier(table)}")
    connection.execute(f"ALTER TABLE {identifier(READ)} RENAME TO {identifier(table)}")
    return doubts


def _differences(types: Mapping[str, str], entry: Entry, declared: Mapping[str, Column]) -> list[str]:
    """What is doubtful about the columns that files have; raises InputFault where one that is declared is missing."""
    new = [name for name in types if name not in declared]
    if missing := [name for name in declared if name not in types]:
        renamed = f"; new are {_listed(new)}: if they were renamed, rename them in the data set" if new else ""
        raise InputFault(f"{entry.path} has no column {_listed(missing)} any more{renamed}; or {again(entry)}")
    return (
        [f"{entry.path} has a new column {_listed(new)}, which is left out; to use it, {again(entry)}"] if new else []
    )


def _expression(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    name: str,
    column: Column,
    type_name: str,
    entry: Entry,
    source: Query,
) -> str:
    is_read = type_name == "VARCHAR" and column.kind != "text"
    if is_read and column.kind == "date" and not column.order:
        raise InputFault(
            f"{entry.path}: its dates in column '{name}' are text, and the data set does not say in which order: add "
            f"`order: day first`, `month first` or `year first` to the column"
        )
    cells = columns.filled(name, column)
    try:
        shapes = _shapes(connection, table, cells) if is_read else {}
        if len(shapes) == notation.MOST:
            cells = SHORTENED.format(cells)
            shapes = _shapes(connection, table, cells)
        expression = columns.expression(name, column, type_name, shapes)
        if len(shapes) == notation.MOST:
            raise UnfitCell(list(shapes.values())[-1][1], "is written in another way than hundreds of others")
        return expression
    except UnfitCell as unfit:
        cell, fault = unfit.args
        where = f"{cells} = {literal(cell)}"
        raise _unfit(connection, table, name, where, f"{fault}, as the data set declares it", entry, source) from None
    except UnfitType as unfit:
        raise InputFault(
            f"{entry.path}: column '{name}' {unfit}, as the data set declares it: mend the file, or {again(entry)}"
        ) from None


def _refuse_unreadable(
    connection: duckdb.DuckDBPyConnection, table: str, name: str, expression: str, entry: Entry, source: Query
) -> None:
    """Raises InputFault for the first cell of a column that looks as it is declared, but has no value, as 31.02.2024.

    What the expression takes for missing is no such cell: it fails on none of those.
    """
    cell = identifier(name)
    where = f"{cell} IS NOT NULL AND TRY([{expression}]) IS NULL"
    if connection.execute(f"SELECT 1 FROM {identifier(table)} WHERE {where} LIMIT 1").fetchall():
        raise _unfit(connection, table, name, where, "cannot be read", entry, source) from None


def _unfit(
    connection: duckdb.DuckDBPyConnection, table: str, name: str, where: str, fault: str, entry: Entry, source: Query
) -> InputFault:
    """The fault of the first cell of a column that is so, with its file and line."""
    first = f"SELECT rowid, CAST({identifier(name)} AS VARCHAR) FROM {identifier(table)} WHERE {where} ORDER BY rowid"
    [(row, cell)] = connection.execute(f"{first} LIMIT 1").fetchall()
    place = location.of_row(entry, source, row)
    return InputFault(f"{place}: {cell[:40]!r} in column '{name}' {fault}: mend the file, or {again(entry)}")


def again(entry: Entry) -> str:
    """How to look at the files again, as a clause of a message."""
    return f"let `python stages/adopt.py {typed('adopt.file', entry.path)} adopt.name=NEW` look at it again"


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names[:5])) + (", ..." if len(names) > 5 else "")


def _shapes(connection: duckdb.DuckDBPyConnection, table: str, cells: str) -> Shapes:
    rows = connection.sql(f"SELECT {cells} AS cell FROM {identifier(table)}").to_arrow_reader(ROWS)
    return reduce(notation.merge, (notation.shapes(batch.column(0)) for batch in rows), {})
