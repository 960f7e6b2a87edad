"""Customers read from a database, and rows written to one, by ADBC in Arrow batches."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from segmentation.pipeline.errors import ConfigurationFault, InputFault
from segmentation.sources import result, session
from segmentation.sources.result import identifier

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection, Cursor

PATIENCE = 60  # seconds for another session to let go of the table
ARRIVING = "segmentation_arriving"  # a temporary table of the session that writes


def customers(workspace: Path, connection: str, driver: str, query: str, id: str, part_rows: int) -> Iterator[pa.Table]:
    """Yields the rows that a database returns for a query, as tables of `part_rows` customers with `customer_id` first.

    `connection` is the name of the environment variable that holds the address of the database, password and all;
    `driver` that of an ADBC driver, empty for the one that the address tells. The rows pass through DuckDB's file in
    the local folder `workspace`. Numbers come out as such, NUMERIC as float64, everything else as text.

    Raises EnvironmentFault where variable, driver or database are not there or the connection is cut, InputFault for a
    query that the database refuses, for types that are no values, and for ids that are missing or repeated.
    """
    with result.opened(workspace) as table:
        try:
            with (
                session.faults(connection, "`source.query` of the data set fails in the database"),
                session.connected(connection, driver) as database,
                database.cursor() as cursor,
            ):
                cursor.execute(result.unended(query))  # which PostgreSQL's driver puts into COPY (...)
                _fill(table, cursor, id)
            yield from result.tables(table, id, part_rows)
        except duckdb.Error as error:
            result.check_room(error)
            first = str(error).splitlines()[0]
            raise InputFault(f"the result of `source.query` of the data set cannot be taken: {first}") from error


def replace(connection: str, driver: str, table: str, rows: pa.RecordBatchReader) -> None:
    """Makes `rows` all that a table of a database holds, in one transaction; when it fails, the old rows stay.

    The table, `NAME` or `SCHEMA.NAME`, letter by letter, is created if it is not there; else it keeps its columns,
    grants and views, and may have columns of its own with defaults. `connection` and `driver` are as for `customers`.
    The rows are loaded in bulk beside the table and moved over, so that it is locked for that moment only, and readers
    see the old rows until then. Databases that end a transaction at CREATE TABLE cannot promise all or none.

    Raises as `customers`; what `rows` raises comes through.
    """
    if not all(parts := table.split(".")):
        raise ConfigurationFault(f"the table to write to is '{table}'; expected is NAME or SCHEMA.NAME")
    raised: list[Exception] = []
    try:
        with (
            session.faults(connection, f"the table '{table}' keeps its old rows: the new ones fail in the database"),
            session.connected(connection, driver) as database,
            database.cursor() as cursor,
        ):
            _load(database, cursor, ".".join(map(identifier, parts)), rows, raised)
            database.commit()
    except Exception:
        if raised:
            raise raised[0] from None
        raise


def _load(
    database: "Connection", cursor: "Cursor", target: str, rows: pa.RecordBatchReader, raised: list[Exception]
) -> None:
    there = _there(database, target)
    arriving = pa.RecordBatchReader.from_batches(rows.schema, _watched(rows, raised))
    cursor.adbc_ingest(ARRIVING, arriving, mode="create", temporary=True)
    if raised:
        raise raised[0]  # some drivers load what came before and say nothing
    if not there:
        cursor.execute(f"CREATE TABLE {target} AS SELECT * FROM {ARRIVING} WHERE 1 = 0")
    if database.adbc_get_info().get("vendor_name") == "PostgreSQL":
        cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}s'")
        cursor.execute(f"LOCK TABLE {target} IN SHARE ROW EXCLUSIVE MODE")  # two at once would both insert
    columns = ", ".join(map(identifier, rows.schema.names))
    cursor.execute(f"DELETE FROM {target}")
    cursor.execute(f"INSERT INTO {target} ({columns}) SELECT {columns} FROM {ARRIVING}")
    cursor.execute(f"DROP TABLE {ARRIVING}")


def _watched(rows: pa.RecordBatchReader, raised: list[Exception]) -> Iterator[pa.RecordBatch]:
    """The batches; keeps what reading them raises, of which a driver would make a text."""
    try:
        yield from rows
    except Exception as error:
        raised.append(error)
        raise


def _there(database: "Connection", target: str) -> bool:
    from adbc_driver_manager import DatabaseError

    try:
        with database.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {target} WHERE 1 = 0")
        return True
    except DatabaseError as error:
        if session.unable(error):
            raise
        database.rollback()
        return error.sqlstate == session.FORBIDDEN  # one who may write need not be allowed to read


def _fill(table: duckdb.DuckDBPyConnection, cursor: "Cursor", id: str) -> None:
    """Copies the rows that wait in the cursor into DuckDB's table `result`."""
    reader = cursor._results.reader  # the public one loses the SQLSTATE of what fails after the first batch
    columns = ", ".join(_column(field, id) for field in _checked(reader.schema))
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
    """Waits for batches in a thread, so that an interrupt is heard at once and ends the statement too."""
    with ThreadPoolExecutor(1) as thread:
        try:
            while (batch := thread.submit(next, reader, None).result()) is not None:
                yield batch
        except KeyboardInterrupt:
            cursor.adbc_cancel()
            raise


def _checked(schema: pa.Schema) -> pa.Schema:
    """The columns of the result, which must have names of their own and hold values."""
    names = [name.lower() for name in schema.names]
    if not names:
        raise InputFault("`source.query` of the data set returns no columns: a SELECT was expected")
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise InputFault(f"the query's result has several columns named {repeated}: rename all but one, with AS")
    for field in schema:
        kind = _kind(field)
        binary = isinstance(field.type, pa.OpaqueType) and field.type.storage_type != pa.string()
        if kind == "money" or binary:
            cast = "NUMERIC" if kind == "money" else "TEXT"
            raise InputFault(
                f"the column '{field.name}' of the query's result is of type {kind or field.type}, which cannot be "
                f"read: CAST it AS {cast} in the query, or leave it out"
            )
    return schema


def _kind(field: pa.Field) -> str:
    """PostgreSQL's name of a column's type, for those that come as text or bytes and for money; else empty."""
    metadata = field.metadata or {}
    return (metadata.get(b"POSTGRESQL:type") or metadata.get(b"ADBC:postgresql:typname") or b"").decode()


def _column(field: pa.Field, id: str) -> str:
    name = identifier(field.name)
    return f"CAST({name} AS DOUBLE) AS {name}" if _kind(field) == "numeric" and field.name != id else name
