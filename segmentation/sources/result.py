"""The result of a query as a table of DuckDB: its ids are checked, its columns converted to three types."""

import errno
import os
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import sqlglot
from sqlglot.tokens import TokenType

from segmentation.pipeline.errors import ColumnFault, ConfigurationFault, EnvironmentFault, InputFault, suggestion
from segmentation.pipeline.reading import identifier

MEMORY = "1GB"  # of a query: what it needs beyond that lies on disk, where it can
NUMBER = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"
LEADING_ZERO = r"[+-]?0\d.*"
WHOLE = r"[+-]?\d{1,18}"
DOTTED = r"[+-]?[1-9]\d{0,2}\.\d{3}"  # 12.500, which is 12500 to half of the world
SHORT = r"[+-]?\d{1,4}"  # without a mark, and too short to need one
INTEGERS = {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
INEXACT = ("FLOAT", "DOUBLE", "DECIMAL")
WIDE = ("HUGEINT", "UBIGINT", "UHUGEINT", "BIGNUM")  # whole numbers that need not fit into 64 bits
WORDS = ("VARCHAR", "DATE", "TIME", "UUID", "ENUM", "JSON", '"NULL"')  # TIMESTAMP and the like included
BLANK = r"[\s\p{Z}]"
DECIMAL = r"\d+\.0"
CUT_BY_SPREADSHEET = r"\d([.,]\d+)?[eE]\+\d{2,}"  # 2.02254E+11, where the cell held 202254309116
# What to do about an error of the system that a file meets, whether it is read or holds what exceeds the memory.
CURES = {
    errno.ENOSPC: "make room on its disk",
    errno.EDQUOT: "make room in your quota of its disk",
    errno.EFBIG: "lift the limit on the size of files, as `ulimit -f unlimited` does",
    errno.EIO: "its disk or network drive does not answer: see to that",
    errno.EROFS: "its disk is mounted to be read only: mount it for writing, or choose other `paths`",
    errno.EACCES: "allow your user to read and write it",
    errno.EMFILE: "lift the limit on open files, as `ulimit -n 4096` does",
}


@contextmanager
def open_workspace(workspace: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yields a DuckDB of one thread and so much MEMORY, which writes what exceeds that to the new folder `workspace`.

    Raises EnvironmentFault where memory or disk run out.
    """
    workspace.mkdir(parents=True)
    try:
        with duckdb.connect(str(workspace / "query.duckdb")) as connection:
            connection.execute(
                "SET threads = 1; SET TimeZone = 'UTC'; "
                "SET python_enable_replacements = false; "
                "SET autoinstall_known_extensions = false; SET autoload_known_extensions = false"
            )
            connection.execute("SET memory_limit = ?", [MEMORY])
            connection.execute("SET temp_directory = ?", [str(workspace)])
            yield connection
    except duckdb.Error as error:
        check_resources(error)
        raise


def customer_tables(
    connection: duckdb.DuckDBPyConnection, id: str, part_rows: int, untyped: bool = False
) -> Generator[pa.Table, None, list[str]]:
    """Yields the table `result` in its order, as tables of `part_rows` customers with `customer_id` (text) first.

    Where it is `untyped`, a text column that holds only numbers becomes a column of numbers, unless its dots may stand
    for thousands. Returns what is doubtful about the ids and such columns, a sentence each. Raises InputFault for ids
    that are missing, repeated or cut by a spreadsheet, and for columns that hold neither numbers, dates nor plain text.
    """
    columns, unclear = _columns(connection, id, untyped)
    doubts = _check_ids(connection, id) + unclear
    reader = connection.sql(f"SELECT {columns} FROM result ORDER BY rowid").to_arrow_reader(part_rows)
    for batch in reader:
        yield pa.Table.from_batches([batch])
    return doubts


def check_resources(error: duckdb.Error) -> None:
    """Raises EnvironmentFault for an error of DuckDB that lies with the machine: its memory, or a disk that fails."""
    first_line = str(error).splitlines()[0]
    for number, cure in CURES.items():
        if os.strerror(number) in first_line:
            file = re.search(r'"([^"]*)"', first_line)
            place = os.path.relpath(file[1]) if file else "the disk of `paths.customers`"
            raise EnvironmentFault(f"{place} fails ({os.strerror(number)}): {cure}, and run it again") from error
    if isinstance(error, duckdb.OutOfMemoryException):
        raise EnvironmentFault(
            f"the query needs more than its {MEMORY} of memory and free disk: {first_line}"
        ) from error


def statement(query: str, dialect: str) -> str:
    """The one statement of a query, fit for parentheses: without the semicolons and the comments at its end.

    `dialect` is one of sqlglot's, whose tokenizer tells a semicolon from one in a text or a comment; a query that it
    cannot read is left to the database. Raises ConfigurationFault unless there is one statement.
    """
    try:
        tokens = sqlglot.Dialect.get_or_raise(dialect).tokenize(query)
    except sqlglot.errors.TokenError:
        return f"{query}\n"
    runs = groupby(tokens, lambda token: token.token_type == TokenType.SEMICOLON)
    statements = [list(run) for is_semicolon, run in runs if not is_semicolon]
    check_single(len(statements))
    [single] = statements
    return query[single[0].start : single[-1].end + 1]


def check_single(statements: int) -> None:
    """Raises ConfigurationFault unless a query holds so many as one statement."""
    if statements != 1:
        raise ConfigurationFault(f"`source.query` of the data set holds {statements} statements: one was expected")


def _columns(connection: duckdb.DuckDBPyConnection, id: str, untyped: bool) -> tuple[str, list[str]]:
    """The SELECT list that converts the result to text, 64-bit integers and doubles; and the columns that are unclear.

    These are told by a sentence each, and stay text.
    """
    types = {name: type_name for name, type_name, *_ in connection.execute("DESCRIBE result").fetchall()}
    if id not in types:
        raise ColumnFault(
            f"the id column '{id}' is not in the query's result: {suggestion(id, types)}; a table "
            "without ids can be numbered: SELECT row_number() OVER () AS customer_id, *"
        )
    if types[id].startswith(INEXACT):
        raise InputFault(
            f"the id column '{id}' is a fractional number, which loses digits: where all ids are whole, write "
            f"CAST({identifier(id)} AS BIGINT) AS {identifier(id)} in the query"
        )
    if "rowid" in types:
        raise InputFault("the result holds a column 'rowid', a name that the query engine uses: rename it in the query")
    if "customer_id" in types and id != "customer_id":
        raise InputFault(f"the result holds both '{id}' and 'customer_id': leave one out of the query")
    for name, type_name in types.items():
        _check_type(connection, name, type_name)
    selected, unclear = [f"CAST({identifier(id)} AS VARCHAR) AS customer_id"], []
    for name, type_name in types.items():
        if name != id:
            column = identifier(name)
            target, doubt = _target_type(connection, column, type_name, untyped)
            unclear += [f"column '{name}' stays text, since {doubt}"] if doubt else []
            selected.append(f"CAST({column} AS {target}) AS {column}")
    return ", ".join(selected), unclear


def _check_type(connection: duckdb.DuckDBPyConnection, name: str, type_name: str) -> None:
    """Raises InputFault for a column that is neither of numbers, dates nor plain text."""
    column, plain = identifier(name), not type_name.endswith("]")
    if not (plain and (type_name in INTEGERS or type_name.startswith((*INEXACT, *WIDE, *WORDS)))):
        cure = f"write decode({column}) if it is text" if type_name == "BLOB" else "take single values out of it"
        raise InputFault(
            f"column '{name}' is of type {type_name}, which is neither number, date nor text: {cure}, or leave it out "
            "of the query"
        )
    if type_name == "VARCHAR":
        selection = f"FROM result WHERE contains({column}, chr(0)) ORDER BY rowid"
        if rows := _first(connection, "rowid + 1", selection):
            raise InputFault(
                f"column '{name}' holds NUL characters, first in data rows {rows}: write "
                f"replace({column}, chr(0), '') in the query, or mend the file"
            )


def _target_type(connection: duckdb.DuckDBPyConnection, column: str, type_name: str, untyped: bool) -> tuple[str, str]:
    """The type that a column is converted to, and why it stays text although it holds only numbers, if so."""
    if type_name in INTEGERS:
        return "BIGINT", ""
    if type_name.startswith((*INEXACT, *WIDE)):
        return "DOUBLE", ""
    if type_name == "VARCHAR":
        [(filled, numbers, whole)] = connection.execute(
            f"SELECT count({column}), count_if(regexp_full_match(trim({column}), '{NUMBER}') "
            f"AND NOT regexp_full_match(trim({column}), '{LEADING_ZERO}(?s)')), "
            f"count_if(regexp_full_match({column}, '{WHOLE}')) FROM result"
        ).fetchall()
        if not filled:
            return "DOUBLE", ""
        if untyped and numbers == filled:
            doubt = _thousands(connection, column)
            return ("VARCHAR" if doubt else "BIGINT" if whole == filled else "DOUBLE"), doubt
    return "VARCHAR", ""


def _thousands(connection: duckdb.DuckDBPyConnection, column: str) -> str:
    """Why the numbers of a column can be read in two ways; "" where a value shows that dots are decimal points.

    Two or fewer numbers such as 1.234 are taken for decimals, unless one ends in a zero, which a program leaves out.
    """
    dotted, short = (f"regexp_full_match(trim({column}), '{pattern}')" for pattern in (DOTTED, SHORT))
    [(first, numbers, zeros, others)] = connection.execute(
        f"SELECT first(trim({column}) ORDER BY rowid) FILTER ({dotted}), count(DISTINCT {column}) FILTER ({dotted}), "
        f"count_if({dotted} AND {column} LIKE '%0'), count({column}) FILTER (NOT {dotted} AND NOT {short}) FROM result"
    ).fetchall()
    if others or (numbers < 3 and not zeros):
        return ""
    return (
        f"'{first}' can mean {first.replace('.', '')} or {float(first):.15g} and no value of the column tells which: "
        f"write CAST(replace({column}, '.', '') AS DOUBLE) in the query, or CAST({column} AS DOUBLE)"
    )


def _check_ids(connection: duckdb.DuckDBPyConnection, id: str) -> list[str]:
    """What is doubtful about the ids, a sentence each; raises InputFault where they cannot be those of customers."""
    column = identifier(id)
    rows = _count(connection, "FROM result")
    if not rows:
        raise InputFault(
            "`source.query` of the data set returns no row: is the file empty below its header, or the query too "
            "strict?"
        )
    text = f"CAST({column} AS VARCHAR)"
    bare = f"regexp_replace({text}, '{BLANK}', '', 'g')"
    empty = f"FROM result WHERE {column} IS NULL OR {bare} = '' ORDER BY rowid"
    if missing := _count(connection, empty):
        raise InputFault(
            f"{missing:,} of {rows:,} customers have no id in '{id}', first in data rows "
            f"{_first(connection, 'rowid + 1', empty)}: fill them, or leave such rows out in the query"
        )
    cut = f"FROM result WHERE regexp_full_match({text}, '{CUT_BY_SPREADSHEET}') ORDER BY rowid"
    if shortened := _count(connection, cut):
        raise InputFault(
            f"{shortened:,} ids of '{id}' were cut by a spreadsheet, first {_first(connection, text, cut)}, and their "
            "digits are lost: where the ids are whole, format that column as text or as a number without decimals, and "
            "export it again"
        )
    repeats = f"FROM (SELECT {text} AS id, min(rowid) AS row FROM result GROUP BY 1 HAVING count(*) > 1) ORDER BY row"
    if repeated := _count(connection, repeats):
        raise InputFault(
            f"{repeated:,} ids of '{id}' stand in more than one row, first {_first(connection, 'id', repeats)}: one "
            "row per customer was expected; orders are summed up in the query with GROUP BY"
        )
    return _doubts(connection, id, text, bare)


def _doubts(connection: duckdb.DuckDBPyConnection, id: str, text: str, bare: str) -> list[str]:
    """What is doubtful about ids of customers; `text` is their SQL, `bare` that of the ids without blanks."""
    doubts = []
    plain = rf"regexp_replace(lower({bare}), '\.0$', '')"
    alike = f"FROM result WINDOW w AS (PARTITION BY {plain}) QUALIFY count(*) OVER w > 1"
    if similar := _count(connection, f"FROM (SELECT 1 {alike})"):
        first = _first(connection, "id", f"FROM (SELECT {text} AS id, rowid AS row {alike}) ORDER BY row")
        doubts.append(
            f"{similar:,} ids of '{id}' differ by blanks, case or a .0 only, first {first}: is each a customer?"
        )
    if not _count(connection, f"FROM result WHERE NOT regexp_full_match({text}, '{DECIMAL}')"):
        whole = rf"regexp_replace({identifier(id)}, '\.0$', '') AS {identifier(id)}"  # a number would lose digits
        doubts.append(f"all ids of '{id}' end in .0, as decimals do: {whole} in the query takes it off")
    return doubts


def _count(connection: duckdb.DuckDBPyConnection, selection: str) -> int:
    return connection.execute(f"SELECT count(*) FROM (SELECT 1 {selection})").fetchall()[0][0]


def _first(connection: duckdb.DuckDBPyConnection, wanted: str, selection: str) -> list[Any]:
    return [found for (found,) in connection.execute(f"SELECT {wanted} {selection} LIMIT 5").fetchall()]
