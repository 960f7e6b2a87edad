"""The SELECT of a model is run over customers, in a database of its dialect where there is one at hand."""

import sqlite3
from contextlib import closing

import duckdb
import numpy as np
import pyarrow as pa

from segmentation.activation import sql
from segmentation.model.model import SegmentModel
from segmentation.pipeline import progress
from segmentation.pipeline.errors import ConfigurationFault
from segmentation.pipeline.reading import identifier
from segmentation.pipeline.schema import Target
from segmentation.sources import session

ROWS = 10_000  # that SQLite takes at once


def engine(dialect: str, database: Target | None) -> str:
    """The dialect whose database can run a SELECT of `dialect`; `duckdb` where it is only translated.

    DuckDB and SQLite come with the project. PostgreSQL is at hand where the segments go into such a `database`.
    """
    at_hand = ["sqlite"]
    if database and session.kind(database.connection, database.driver) == "postgresql":
        at_hand.append("postgres")
    return dialect if dialect in at_hand else "duckdb"


@progress.phase("running the SQL")
def place(
    model: SegmentModel, customers: pa.Table, table: str, id: str, dialect: str, database: Target | None
) -> np.ndarray:
    """Places customers with the SELECT, in the `engine` of the dialect: their segments, 0 where it gives NULL.

    `customers` holds the raw columns of the model. They lie in a table of the last part of the name `table`, without
    its schema, since only such a name could be confused with one of the statement's own. In PostgreSQL it is a
    temporary one. Raises as `sql.select` and `session.open_session` do.
    """
    name, used = sql.name_parts(table, dialect)[-1], engine(dialect, database)
    query = sql.select(model, name.sql(used), id, used)
    rows = customers.select(model.space.names).append_column(id, pa.array(np.arange(customers.num_rows)))
    if used == "postgres":
        found = _in_postgres(query, name.name, rows, database)
    else:
        found = {"duckdb": _in_duckdb, "sqlite": _in_sqlite}[used](query, name.name, rows)
    segment = np.zeros(customers.num_rows, dtype=int)
    segment[found[id].to_numpy()] = found["segment"].fill_null(0).to_numpy()
    return segment


def _in_duckdb(query: str, table: str, rows: pa.Table) -> pa.Table:
    with duckdb.connect() as connection:
        connection.register(table, rows)
        return connection.sql(query).to_arrow_table()


def _in_sqlite(query: str, table: str, rows: pa.Table) -> pa.Table:
    columns, marks = ", ".join(map(identifier, rows.column_names)), ", ".join("?" * rows.num_columns)
    with closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.execute(f"CREATE TABLE {identifier(table)} ({columns})")
        except sqlite3.OperationalError as error:
            raise ConfigurationFault(f"export.table: SQLite has no table of such a name ({error})") from error
        for batch in rows.to_batches(ROWS):
            values = zip(*(column.to_pylist() for column in batch.columns), strict=True)
            connection.executemany(f"INSERT INTO {identifier(table)} VALUES ({marks})", values)
        ids, segments, *_ = zip(*connection.execute(query), strict=True)
    return pa.table({rows.column_names[-1]: ids, "segment": pa.array(segments, pa.int64())})


def _in_postgres(query: str, table: str, rows: pa.Table, database: Target) -> pa.Table:
    with (
        session.database_faults(database.connection, "the SELECT of the model fails in the database"),
        session.open_session(database.connection, database.driver) as connection,
        connection.cursor() as cursor,
    ):
        cursor.adbc_ingest(table, rows, mode="create", temporary=True)
        cursor.execute(query)
        return cursor.fetch_arrow_table()
