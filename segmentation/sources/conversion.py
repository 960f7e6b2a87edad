"""What stopped a query of files: where the value stands that it cannot convert, its cure, and the names there are."""

import re
from collections.abc import Iterable
from functools import reduce

import duckdb

from segmentation.pipeline import cures, notation
from segmentation.pipeline.errors import suggestion
from segmentation.pipeline.reading import identifier

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


def locate(connection: duckdb.DuckDBPyConnection, error: str, entries: Iterable[str]) -> str:
    """Where the value stands that an error of DuckDB is about, and its cure, as the end of a message.

    `entries` are the tables that the query reads. Empty where the error is about no value, or none of them holds it.
    """
    if not (value := VALUE.search(error)):
        return ""
    source = COLUMN.search(error)
    columns = [(entry, name) for entry in entries for name in _columns(connection, entry, "VARCHAR")]
    named = [(entry, name) for entry, name in columns if source and name == source[1]]
    for entry, name in [*named, *columns]:
        numbered = f"SELECT {identifier(name)} AS cell, row_number() OVER () AS row FROM {identifier(entry)}"
        rows = connection.execute(f"SELECT row FROM ({numbered}) WHERE cell = ? ORDER BY row", [value[2]]).fetchmany(5)
        if rows:
            listed = ", ".join(str(row) for (row,) in rows)
            cure = cures.advice_within(identifier(name), _shapes(connection, entry, name))
            return f"; it stands in column '{name}' of `{entry}`, first in data row {listed}: {cure}"
    return ""


def _columns(connection: duckdb.DuckDBPyConnection, entry: str, kind: str) -> list[str]:
    columns = "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index"
    return [name for name, type_name in connection.execute(columns, [entry]).fetchall() if type_name.startswith(kind)]


def _shapes(connection: duckdb.DuckDBPyConnection, entry: str, name: str) -> notation.Shapes:
    cells = connection.sql(f"SELECT {identifier(name)} FROM {identifier(entry)}").to_arrow_reader(1_000_000)
    return reduce(notation.merge, (notation.shapes(batch.column(0)) for batch in cells), {})
