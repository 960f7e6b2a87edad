"""What a query returned, kept in a table of DuckDB: its ids are checked and its columns brought down to three types."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from segmentation.pipeline.errors import ColumnFault, EnvironmentFault, InputFault, nearest

NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"
LEADING_ZERO = r"[+-]?0\d.*"
WHOLE = r"[+-]?\d{1,18}"
INTEGERS = {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
INEXACT = ("FLOAT", "DOUBLE", "DECIMAL")


@contextmanager
def opened(workspace: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yields a DuckDB of one thread and a GB of memory, which spills into the new folder `workspace`.

    Raises EnvironmentFault where that is too little memory or disk.
    """
    workspace.mkdir(parents=True)
    with duckdb.connect(str(workspace / "query.duckdb")) as connection:
        connection.execute(
            "SET threads = 1; SET memory_limit = '1GB'; SET TimeZone = 'UTC'; "
            "SET python_enable_replacements = false; "
            "SET autoinstall_known_extensions = false; SET autoload_known_extensions = false"
        )
        connection.execute("SET temp_directory = ?", [str(workspace)])
        try:
            yield connection
        except duckdb.Error as error:
            check_room(error)
            raise


def tables(connection: duckdb.DuckDBPyConnection, id: str, part_rows: int, untyped: bool = False) -> Iterator[pa.Table]:
    """Yields the table `result` in its order, as tables of `part_rows` customers with `customer_id` (text) first.

    Where it is `untyped`, a text column that holds nothing but numbers comes out as numbers. Raises InputFault for ids
    that are missing or repeated.
    """
    columns = _columns(connection, id, untyped)
    _check_ids(connection, id)
    reader = connection.sql(f"SELECT {columns} FROM result ORDER BY rowid").to_arrow_reader(part_rows)
    for batch in reader:
        yield pa.Table.from_batches([batch])


def check_room(error: duckdb.Error) -> None:
    """Raises EnvironmentFault for an error of DuckDB that means too little memory or disk."""
    if isinstance(error, duckdb.OutOfMemoryException) or "No space left" in str(error):
        first = str(error).splitlines()[0]
        raise EnvironmentFault(f"the query needs more memory or disk than there is: {first}") from error


def unended(query: str) -> str:
    """A statement that can stand in parentheses: without the semicolon and the comments at its end."""
    return re.sub(r";\s*(--[^\n]*\s*)*$", "", query) + "\n"


def literal(text: str) -> str:
    """A text as SQL spells it, whatever letters it holds."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as SQL spells it, whatever letters it holds."""
    return '"' + name.replace('"', '""') + '"'


def _columns(connection: duckdb.DuckDBPyConnection, id: str, untyped: bool) -> str:
    """The SELECT list that brings the result down to text, 64-bit integers and doubles."""
    kinds = {name: kind for name, kind, *_ in connection.execute("DESCRIBE result").fetchall()}
    if id not in kinds:
        raise ColumnFault(
            f"the id column '{id}' is not in the query's result: {nearest(id, kinds)}; a table "
            "without ids can be numbered: SELECT row_number() OVER () AS customer_id, *"
        )
    if kinds[id].startswith(INEXACT):
        raise InputFault(f"the id column '{id}' is a fractional number, which loses digits: CAST it in the query")
    if "rowid" in kinds:
        raise InputFault("the result holds a column 'rowid', a name that the query engine uses: rename it in the query")
    if "customer_id" in kinds and id != "customer_id":
        raise InputFault(f"the result holds both '{id}' and 'customer_id': leave one out of the query")
    selected = [f"CAST({identifier(id)} AS VARCHAR) AS customer_id"]
    for name, kind in kinds.items():
        if name != id:
            column = identifier(name)
            selected.append(f"CAST({column} AS {_kind(connection, column, kind, untyped)}) AS {column}")
    return ", ".join(selected)


def _kind(connection: duckdb.DuckDBPyConnection, column: str, kind: str, untyped: bool) -> str:
    if kind in INTEGERS:
        return "BIGINT"
    if kind.startswith((*INEXACT, "HUGEINT", "UBIGINT", "UHUGEINT", "BIGNUM")):
        return "DOUBLE"
    if kind == "VARCHAR":
        [(filled, numbers, whole)] = connection.execute(
            f"SELECT count({column}), count_if(regexp_full_match(trim({column}), '{NUMBER}') "
            f"AND NOT regexp_full_match(trim({column}), '{LEADING_ZERO}(?s)')), "
            f"count_if(regexp_full_match({column}, '{WHOLE}')) FROM result"
        ).fetchall()
        if not filled:
            return "DOUBLE"
        if untyped and numbers == filled:
            return "BIGINT" if whole == filled else "DOUBLE"
    return "VARCHAR"


def _check_ids(connection: duckdb.DuckDBPyConnection, id: str) -> None:
    column = identifier(id)

    def count(what: str) -> int:
        return connection.execute(f"SELECT count(*) {what}").fetchall()[0][0]

    rows = count("FROM result")
    if not rows:
        raise InputFault(
            "`source.query` of the data set returns no row: is the file empty below its header, or the query too "
            "strict?"
        )
    text = f"CAST({column} AS VARCHAR)"
    empty = f"FROM result WHERE {column} IS NULL OR trim({text}) = ''"
    if missing := count(empty):
        first = [row for (row,) in connection.execute(f"SELECT rowid + 1 {empty} ORDER BY 1 LIMIT 5").fetchall()]
        raise InputFault(
            f"{missing:,} of {rows:,} customers have no id in '{id}', first in data rows {first}: fill them, or "
            "leave such rows out in the query"
        )
    twice = f"FROM (SELECT {text} AS id, min(rowid) AS row FROM result GROUP BY 1 HAVING count(*) > 1)"
    if repeated := count(twice):
        first = [id for (id,) in connection.execute(f"SELECT id {twice} ORDER BY row LIMIT 5").fetchall()]
        raise InputFault(
            f"{repeated:,} ids of '{id}' stand in more than one row, first {first}: one row per customer was expected; "
            "orders are summed up in the query with GROUP BY"
        )
