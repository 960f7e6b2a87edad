"""Planted tables: text in DuckDB, as a file gives it, and what survey and adopt find in it."""

from collections.abc import Mapping, Sequence

import duckdb

from segmentation.adoption import survey
from segmentation.adoption.plan import Plan
from segmentation.adoption.survey import Surveyed
from segmentation.pipeline.reading import identifier

TABLE = "cells"
Columns = Mapping[str, Sequence[object]]


def planted(columns: Columns, types: Mapping[str, str] | None = None) -> duckdb.DuckDBPyConnection:
    """A connection with a table of these cells, of text but where `types` says otherwise."""
    connection = duckdb.connect()
    listed = ", ".join(f"{identifier(name)} {(types or {}).get(name, 'VARCHAR')}" for name in columns)
    connection.execute(f"CREATE TABLE {TABLE} ({listed})")
    rows = [[None if cell in (None, "") else cell for cell in row] for row in zip(*columns.values(), strict=True)]
    connection.executemany(f"INSERT INTO {TABLE} VALUES ({', '.join('?' * len(columns))})", rows)
    return connection


def surveyed(columns: Columns, types: Mapping[str, str] | None = None) -> dict[str, Surveyed]:
    """What survey finds, by column."""
    found = survey.survey(planted(columns, types), TABLE, "", None)
    return {column.name: column for column in found}


def decided(plan: Plan) -> dict[str, tuple[str, str]]:
    """The use of each column and the reason for it."""
    return {decision.column.name: (decision.use, decision.why) for decision in plan.decisions}


def result(connection: duckdb.DuckDBPyConnection, plan: Plan, table: str = TABLE) -> list[dict[str, object]]:
    """The rows of a plan's query over the table, whose cells are read as its columns are declared."""
    return _rows(connection, plan, table, plan.query)


def period(connection: duckdb.DuckDBPyConnection, plan: Plan, table: str = TABLE) -> list[object]:
    """The first and the last day that a plan's statement gives, in the same way."""
    [row] = _rows(connection, plan, table, plan.period)
    return list(row.values())


def _rows(connection: duckdb.DuckDBPyConnection, plan: Plan, table: str, statement: str) -> list[dict[str, object]]:
    columns = survey.survey(connection, table, "", None)
    read = {decision.column.name: decision.column for decision in plan.decisions}
    listed = ", ".join(f"{read[column.name].sql} AS {identifier(column.name)}" for column in columns)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {plan.kind} AS SELECT {listed} FROM {table}")
    parameters = {"cutoff": plan.cutoff} if "$cutoff" in statement else {}
    done = connection.execute(statement, parameters)
    names = [name for name, *_ in done.description]
    return [dict(zip(names, row, strict=True)) for row in done.fetchall()]
