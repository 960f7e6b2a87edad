"""What stopped a query of files: where the value stands that it cannot convert, its cure, and the names there are."""

import re
from collections.abc import Iterable, Mapping
from functools import reduce

import duckdb

from segmentation.pipeline import cures, notation
from segmentation.pipeline.errors import suggestion
from segmentation.pipeline.reading import identifier
from segmentation.pipeline.source_kinds import Query
from segmentation.sources import location
from segmentation.sources.files import Entry

VALUE = re.compile(r"""(?:convert string|field format:|out of range:|parse string) (["'])(.*?)\1(?:[ ,]|$)""")
COLUMN = re.compile(r"""(?:when casting from source column |Error when converting column ")([^"\n]+)""")
UNKNOWN_COLUMN = re.compile(r'''(?:Referenced column|have a column named) "(.*?)"''')
UNKNOWN_TABLE = re.compile(r"Table with name (.*?) does not exist")


def unknown_name(connection: duckdb.DuckDBPyConnection, error: str, entries: Iterable[str]) -> str:
    """The names there are, as the end of a message, where an error of DuckDB is about a column or table that is not."""
    if column := UNKNOWN_COLUMN.search(error):
        return f"; {suggestion(column[1], {name for entry in entries for name in _columns(connection, entry, '')})}"
    table = UNKNOWN_TABLE.search(error)
    return f"; {suggestion(table[1], entries)}" if table else ""


def locate(connection: duckdb.DuckDBPyConnection, error: str, entries: Mapping[str, Entry], source: Query) -> str:
    """Where the value stands that an error of DuckDB is about, and its cure, as the end of a message.

    `entries` are the files of the tables that the query reads. Empty where the error is about no value, or none of them
    holds it.
    """
    if not (value := VALUE.search(error)):
        return ""
    named = COLUMN.search(error)
    try:
        for table, entry in entries.items():
            columns = _columns(connection, table, "VARCHAR")
            columns.sort(key=lambda name: not named or name != named[1])  # a CTE may have renamed it
            if place := _place(connection, table, columns, value[2], entry, source):
                return place
    except duckdb.Error:  # a line further down is at fault too
        pass
    return ""


def _place(
    connection: duckdb.DuckDBPyConnection, table: str, columns: list[str], value: str, entry: Entry, source: Query
) -> str:
    cells = f"list_position([{', '.join(map(identifier, columns))}], ?) AS position, row_number() OVER () - 1 AS row"
    rows = (
        f"SELECT position, row FROM (SELECT {cells} FROM {identifier(table)}) WHERE position > 0 ORDER BY row LIMIT 1"
    )
    if not columns or not (first := connection.execute(rows, [value]).fetchall()):
        return ""
    [(position, row)] = first
    name, where = columns[position - 1], location.of_row(entry, source, row)
    cure = cures.advice_within(identifier(name), _shapes(connection, table, name))
    return f"; it stands in column '{name}' of `{table}`, first in {where}: {cure}"


def _columns(connection: duckdb.DuckDBPyConnection, entry: str, kind: str) -> list[str]:
    columns = "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index"
    return [name for name, type_name in connection.execute(columns, [entry]).fetchall() if type_name.startswith(kind)]


def _shapes(connection: duckdb.DuckDBPyConnection, entry: str, name: str) -> notation.Shapes:
    cells = connection.sql(f"SELECT {identifier(name)} FROM {identifier(entry)}").to_arrow_reader(1_000_000)
    return reduce(notation.merge, (notation.shapes(batch.column(0)) for batch in cells), {})
