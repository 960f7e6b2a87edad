"""Customers read from a database, and rows written to one, by ADBC in Arrow batches."""

import re
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import sqlglot

from segmentation.pipeline import progress
from segmentation.pipeline.errors import ConfigurationFault, InputFault
from segmentation.pipeline.reading import SQLITE, identifier
from segmentation.pipeline.source_kinds import Database
from segmentation.sources import known_columns, period, result, session
from segmentation.sources.period import Period, Reading

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection, Cursor

LOCK_SECONDS = 60  # how long to wait for another session that holds a lock on the table
FAILURE = "`source.query` of the data set fails in the database"
ARRIVING = "segmentation_arriving"  # a temporary table of the session that writes


def read_database(source: Database, id: str, part_rows: int, workspace: Path) -> Generator[pa.Table, None, Reading]:
    """Yields the rows that a database returns for a query, as tables of `part_rows` customers with `customer_id` first.

    `source.connection` is the name of the environment variable that holds the address of the database and its
    password. `source.driver` is the name of an ADBC driver; if it is empty, the address decides. The rows pass through
    a file of DuckDB in the local folder `workspace`. Columns of numbers stay numbers, NUMERIC becomes float64, and
    everything else becomes text. Returns what is doubtful about the ids, and the period of the rows, where the source
    tells it.

    Raises EnvironmentFault where the variable, the driver or the database is missing or the connection breaks off,
    ConfigurationFault for a query that the database does not understand or that is no single SELECT, InputFault for one
    that fails on its rows, for types that hold no plain values, and for ids that are missing or repeated.
    """
    dialect = _dialect(source)
    query = result.statement(source.query, dialect)  # PostgreSQL's driver puts it into COPY (...)
    with result.open_workspace(workspace) as table:
        try:
            with (
                session.database_faults(source.connection, FAILURE),
                session.open_session(source.connection, source.driver, read_only=True) as database,
                database.cursor() as cursor,
            ):
                _check_select(database, source.connection, query, dialect)
                cursor.execute(query)
                _fill(table, cursor, id)
                days = _period(database, source, dialect)
            return Reading((yield from result.customer_tables(table, id, part_rows)), days)
        except duckdb.Error as error:
            result.check_resources(error)
            first_line = str(error).splitlines()[0]
            raise InputFault(f"the result of `source.query` of the data set cannot be taken: {first_line}") from error


def _period(database: "Connection", source: Database, dialect: str) -> Period | None:
    """From which day to which the rows run, as `source.period` says; None where it is empty or no row counts."""
    if not source.period:
        return None
    with period.faults(), session.database_faults(source.connection, FAILURE), database.cursor() as cursor:
        statement = result.statement(source.period, dialect)
        _check_select(database, source.connection, statement, dialect)
        cursor.execute(statement)
        rows: list[tuple[str | None, ...]] = []
        for batch in _batches(cursor, iter(cursor._results.reader)):
            columns = [getattr(column, "storage", column).cast(pa.string()).to_pylist() for column in batch.columns]
            rows += zip(*columns, strict=True)
            if len(rows) > 1:
                break
        return period.check(rows)


def copy_table(source: Database, name: str, into: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Copies a table of a database, `NAME` or `SCHEMA.NAME`, into DuckDB's table `result`.

    Returns the columns that hold no plain values and were left out, each with its type. Raises as `read_database` does.
    """
    target = quoted(name)
    failure = f"the table '{name}' cannot be read from the database"
    with (
        session.database_faults(source.connection, failure),
        session.open_session(source.connection, source.driver, read_only=True) as database,
        database.cursor() as cursor,
    ):
        cursor.execute(f"SELECT * FROM {target} WHERE 1 = 0")
        fields = list(cursor._results.reader.schema)
        unreadable = {field.name: kind for field in fields if (kind := _unreadable_type(field))}
        columns = [identifier(field.name) for field in fields if field.name not in unreadable]
        if not columns:
            raise InputFault(f"no column of the table '{name}' holds numbers, dates or text")
        cursor.execute(f"SELECT {', '.join(columns)} FROM {target}")
        _fill(into, cursor, "")
    return unreadable


def quoted(table: str) -> str:
    """A table, `NAME` or `SCHEMA.NAME`, in the quotes of SQL."""
    return ".".join(map(identifier, table.split(".")))


def _check_select(database: "Connection", name: str, query: str, dialect: str) -> None:
    """Raises ConfigurationFault for a query that is not understood, and for one that cannot stand in parentheses.

    Only a single SELECT, which may begin with WITH, can: no second statement, and none that writes or sets anything.
    """
    from adbc_driver_manager import DatabaseError

    with database.cursor() as cursor:
        try:
            with session.database_faults(name, FAILURE, refused=ConfigurationFault):
                _prepare(cursor, query)
        except ConfigurationFault as fault:
            columns = known_columns.hint(database, query, dialect, str(fault))
            raise ConfigurationFault(f"{fault}{columns}") from None
        if dialect == SQLITE:
            known_columns.check_quoted(database, query, dialect)
        try:
            _prepare(cursor, f"SELECT * FROM (\n{query}\n) AS result")
        except DatabaseError as error:
            if session.is_outage(error):
                raise
            raise ConfigurationFault(
                "`source.query` of the data set is not one SELECT alone, which may begin with WITH: leave out what "
                "writes, sets or opens anything, and further statements"
            ) from None


def _prepare(cursor: "Cursor", query: str) -> None:
    """Lets the database parse a query, where its driver can."""
    from adbc_driver_manager import NotSupportedError

    cursor.adbc_statement.set_sql_query(query)
    try:
        cursor.adbc_statement.prepare()
        cursor.adbc_statement.get_parameter_schema()  # PostgreSQL's driver sends nothing before
    except NotSupportedError as error:
        if error.sqlstate:  # the database refuses the query
            raise


def _dialect(source: Database) -> str:
    """The dialect of sqlglot in which a database speaks; where it has none, plain SQL."""
    driver = session.kind(source.connection, source.driver)
    dialect = "postgres" if driver == "postgresql" else driver
    return dialect if dialect in sqlglot.Dialect.classes else ""


@progress.phase("loading the table")
def replace_rows(connection: str, driver: str, table: str, rows: pa.RecordBatchReader) -> None:
    """Makes `rows` the whole content of a table of a database, in one transaction; if it fails, the old rows stay.

    The table, `NAME` or `SCHEMA.NAME` as the database spells it, is created if it does not exist. If it exists, it
    keeps its columns, grants and views, and may have further columns with defaults. `connection` and `driver` are as in
    `read_database`. The rows are first loaded into a temporary table: readers see the old rows until the end, and the
    table is locked only while the rows move over. A database that ends its transaction at CREATE TABLE cannot keep the
    promise of all rows or none.

    Raises as `read_database` does; an error of reading `rows` is raised as it is.
    """
    if not all(parts := table.split(".")):
        raise ConfigurationFault(f"the table to write to is '{table}'; expected is NAME or SCHEMA.NAME")
    errors: list[Exception] = []
    try:
        with (
            session.database_faults(
                connection, f"the table '{table}' keeps its old rows: the new ones fail in the database"
            ),
            session.open_session(connection, driver) as database,
            database.cursor() as cursor,
        ):
            _replace(database, cursor, ".".join(map(identifier, parts)), rows, errors)
            database.commit()
    except Exception:
        if errors:
            raise errors[0] from None
        raise


def _replace(
    database: "Connection", cursor: "Cursor", target: str, rows: pa.RecordBatchReader, errors: list[Exception]
) -> None:
    exists = _table_exists(database, target)
    arriving = pa.RecordBatchReader.from_batches(rows.schema, _recorded(rows, errors))
    cursor.adbc_ingest(ARRIVING, arriving, mode="create", temporary=True)
    if errors:
        raise errors[0]  # some drivers load the rows before the error and report nothing
    if not exists:
        cursor.execute(f"CREATE TABLE {target} AS SELECT * FROM {ARRIVING} WHERE 1 = 0")
    if session.vendor(database) == "PostgreSQL":
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        cursor.execute(f"LOCK TABLE {target} IN SHARE ROW EXCLUSIVE MODE")  # two sessions at once would both insert
    columns = ", ".join(map(identifier, rows.schema.names))
    cursor.execute(f"DELETE FROM {target}")
    cursor.execute(f"INSERT INTO {target} ({columns}) SELECT {columns} FROM {ARRIVING}")
    cursor.execute(f"DROP TABLE {ARRIVING}")


def _recorded(rows: pa.RecordBatchReader, errors: list[Exception]) -> Iterator[pa.RecordBatch]:
    """The batches; an error of reading them is kept in `errors`, since a driver passes on only its text."""
    try:
        yield from rows
    except Exception as error:
        errors.append(error)
        raise


def _table_exists(database: "Connection", target: str) -> bool:
    from adbc_driver_manager import DatabaseError

    try:
        with database.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {target} WHERE 1 = 0")
        return True
    except DatabaseError as error:
        if session.is_outage(error):
            raise
        database.rollback()
        return error.sqlstate == session.NO_PERMISSION  # a user who may write a table need not be allowed to read it


def _fill(table: duckdb.DuckDBPyConnection, cursor: "Cursor", id: str) -> None:
    """Copies the rows of the cursor into DuckDB's table `result`."""
    reader = cursor._results.reader  # the public one loses the SQLSTATE of an error after the first batch
    columns = ", ".join(_column(field, id) for field in _checked_schema(reader.schema))
    into = "CREATE TABLE result AS"
    try:
        for batch in _batches(cursor, iter(reader)):
            values = [column.storage if isinstance(column.type, pa.OpaqueType) else column for column in batch.columns]
            table.register("batch", pa.table(values, names=batch.schema.names))
            table.execute(f"{into} SELECT {columns} FROM batch")
            into = "INSERT INTO result"
    except OSError as error:
        if position := re.search(r"Type mismatch in column (\d+)", str(error)):
            raise InputFault(
                f"the column '{reader.schema.names[int(position[1])]}' of the query's result holds values of another "
                "type than in its first rows, which SQLite allows: CAST it in the query, AS REAL or AS TEXT"
            ) from None
        raise
    if into.startswith("CREATE"):
        raise InputFault("`source.query` of the data set returns no row: is the table empty, or the query too strict?")


def _batches(cursor: "Cursor", reader: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Waits for batches in a thread, so that Ctrl-C is noticed at once and cancels the statement in the database."""
    with ThreadPoolExecutor(1) as thread:
        try:
            while (batch := thread.submit(next, reader, None).result()) is not None:
                yield batch
        except KeyboardInterrupt:
            cursor.adbc_cancel()
            raise


def _checked_schema(schema: pa.Schema) -> pa.Schema:
    """The columns of the result; raises InputFault where two have one name or a type holds no plain values."""
    names = [name.lower() for name in schema.names]
    if not names:
        raise InputFault("`source.query` of the data set returns no columns: a SELECT was expected")
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise InputFault(f"the query's result has several columns named {repeated}: rename all but one, with AS")
    for field in schema:
        if type_name := _unreadable_type(field):
            cast = "NUMERIC" if type_name == "money" else "TEXT"
            raise InputFault(
                f"the column '{field.name}' of the query's result is of type {type_name}, which cannot be read: CAST "
                f"it AS {cast} in the query, or leave it out"
            )
    return schema


def _unreadable_type(field: pa.Field) -> str:
    """The type of a column that holds no plain values; "" for one that does."""
    type_name = _postgresql_type(field)
    is_binary = isinstance(field.type, pa.OpaqueType) and field.type.storage_type != pa.string()
    return (type_name or str(field.type)) if type_name == "money" or is_binary else ""


def _postgresql_type(field: pa.Field) -> str:
    """PostgreSQL's name of a column's type, where the driver tells it: for types that Arrow does not have."""
    metadata = field.metadata or {}
    return (metadata.get(b"POSTGRESQL:type") or metadata.get(b"ADBC:postgresql:typname") or b"").decode()


def _column(field: pa.Field, id: str) -> str:
    name = identifier(field.name)
    numeric = _postgresql_type(field) == "numeric" and field.name != id  # an id as DOUBLE would lose digits
    return f"CAST({name} AS DOUBLE) AS {name}" if numeric else name
