"""The result of a query as a table of DuckDB: its ids are checked, its columns converted to three types."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from segmentation.pipeline.errors import ColumnFault, EnvironmentFault, InputFault, suggestion

NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"
LEADING_ZERO = r"[+-]?0\d.*"
WHOLE = r"[+-]?\d{1,18}"
INTEGERS = {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
INEXACT = ("FLOAT", "DOUBLE", "DECIMAL")


@contextmanager
def open_workspace(workspace: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yields a DuckDB of one thread and 1 GB of memory, which writes what exceeds that to the new folder `workspace`.

    Raises EnvironmentFault where memory or disk run out.
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
            check_resources(error)
            raise


def customer_tables(
    connection: duckdb.DuckDBPyConnection, id: str, part_rows: int, untyped: bool = False
) -> Iterator[pa.Table]:
    """Yields the table `result` in its order, as tables of `part_rows` customers with `customer_id` (text) first.

    Where it is `untyped`, a text column that holds only numbers becomes a column of numbers. Raises InputFault for ids
    that are missing or repeated.
    """
    columns = _columns(connection, id, untyped)
    _check_ids(connection, id)
    reader = connection.sql(f"SELECT {columns} FROM result ORDER BY rowid").to_arrow_reader(part_rows)
    for batch in reader:
        yield pa.Table.from_batches([batch])


def check_resources(error: duckdb.Error) -> None:
    """Raises EnvironmentFault for an error of DuckDB that means that memory or disk have run out."""
    if isinstance(error, duckdb.OutOfMemoryException) or "No space left" in str(error):
        first_line = str(error).splitlines()[0]
        raise EnvironmentFault(f"the query needs more memory or disk than there is: {first_line}") from error


def without_ending(query: str) -> str:
    """A statement that can stand in parentheses: without the semicolon and the comments at its end."""
    return re.sub(r";\s*(--[^\n]*\s*)*$", "", query) + "\n"


def literal(text: str) -> str:
    """A text in the quotes of SQL, with the quotes inside it doubled."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """The name of a table or column in the quotes of SQL, with the quotes inside it doubled."""
    return '"' + name.replace('"', '""') + '"'


def _columns(connection: duckdb.DuckDBPyConnection, id: str, untyped: bool) -> str:
    """The SELECT list that converts the result to text, 64-bit integers and doubles."""
    types = {name: type_name for name, type_name, *_ in connection.execute("DESCRIBE result").fetchall()}
    if id not in types:
        raise ColumnFault(
            f"the id column '{id}' is not in the query's result: {suggestion(id, types)}; a table "
            "without ids can be numbered: SELECT row_number() OVER () AS customer_id, *"
        )
    if types[id].startswith(INEXACT):
        raise InputFault(f"the id column '{id}' is a fractional number, which loses digits: CAST it in the query")
    if "rowid" in types:
        raise InputFault("the result holds a column 'rowid', a name that the query engine uses: rename it in the query")
    if "customer_id" in types and id != "customer_id":
        raise InputFault(f"the result holds both '{id}' and 'customer_id': leave one out of the query")
    selected = [f"CAST({identifier(id)} AS VARCHAR) AS customer_id"]
    for name, type_name in types.items():
        if name != id:
            column = identifier(name)
            target = _target_type(connection, column, type_name, untyped)
            selected.append(f"CAST({column} AS {target}) AS {column}")
    return ", ".join(selected)


def _target_type(connection: duckdb.DuckDBPyConnection, column: str, type_name: str, untyped: bool) -> str:
    if type_name in INTEGERS:
        return "BIGINT"
    if type_name.startswith((*INEXACT, "HUGEINT", "UBIGINT", "UHUGEINT", "BIGNUM")):
        return "DOUBLE"
    if type_name == "VARCHAR":
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

    def count(selection: str) -> int:
        return connection.execute(f"SELECT count(*) {selection}").fetchall()[0][0]

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
    duplicates = f"FROM (SELECT {text} AS id, min(rowid) AS row FROM result GROUP BY 1 HAVING count(*) > 1)"
    if repeated := count(duplicates):
        first = [id for (id,) in connection.execute(f"SELECT id {duplicates} ORDER BY row LIMIT 5").fetchall()]
        raise InputFault(
            f"{repeated:,} ids of '{id}' stand in more than one row, first {first}: one row per customer was expected; "
            "orders are summed up in the query with GROUP BY"
        )
