"""From a file, or a table of a database, to a plan: opened, surveyed, and decided column by column."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import duckdb

from segmentation.adoption import customers, identity, opening, orders, stray_rows, survey
from segmentation.adoption.dialects import Dialect
from segmentation.adoption.opening import Settings, Where
from segmentation.adoption.plan import Plan
from segmentation.adoption.stray_rows import StrayRow
from segmentation.pipeline import progress
from segmentation.pipeline.errors import ConfigurationFault, InputFault
from segmentation.pipeline.reading import identifier, literal
from segmentation.pipeline.schema import Adopt
from segmentation.pipeline.source_kinds import Database
from segmentation.sources import database

STRAYS = 3  # rows that are no customers, and are shown
CELLS = "cells"  # the table of DuckDB that holds what is looked at


def place(asked: Adopt) -> str:
    """The file, folder or glob, or the table, that is to be adopted; raises ConfigurationFault unless there is one."""
    if asked.file and not asked.connection and not asked.table:
        return asked.file
    if asked.connection and asked.table and not asked.file:
        return asked.table
    raise ConfigurationFault(
        "what is to be adopted? Add adopt.file=data/raw/customers.csv, or adopt.connection=WAREHOUSE_URL "
        "adopt.table=orders, or adopt.dataset=NAME to see the customers of a data set that is there"
    )


@progress.phase("looking at the customers")
def adopt(
    connection: duckdb.DuckDBPyConnection, asked: Adopt, max_missing: float, workspace: Path
) -> tuple[Settings, Plan]:
    """The settings of the source and the plan of its query, for the file or table that is asked for."""
    if asked.table:
        source = Database("database", connection=asked.connection, query="", driver=asked.driver or "")
        try:
            unreadable = database.copy_table(source, asked.table, connection)
        except InputFault as fault:  # there is no data set yet whose query could be at fault
            message = str(fault).replace("`source.query` of the data set", f"the table '{asked.table}'")
            raise InputFault(message) from None
        connection.execute(f"ALTER TABLE result RENAME TO {CELLS}")
        plan = _plan(connection, asked, max_missing, Dialect(source.dialect), _row_of_table)
        table = partial(re.sub, r"(?<=FROM )(customers|orders)\b", lambda _: database.quoted(asked.table))
        notes = [f"'{name}' is left out, since its type is {kind}" for name, kind in unreadable.items()]
        settings = {"kind": "database", "connection": asked.connection, "driver": asked.driver or "", "version": "1"}
        return _reasoned(settings), replace(plan.rewritten(table), notes=[*plan.notes, *notes])
    settings, where = opening.open_file(connection, asked, CELLS, workspace)
    plan = _plan(connection, asked, max_missing, Dialect(), where)
    return {**_reasoned({"kind": "query", "files": {plan.kind: asked.file}}), **settings}, plan


def _reasoned(settings: Mapping[str, object]) -> dict[str, tuple[object, str]]:
    reasons = {
        "connection": "the environment variable that holds the address and its password",
        "version": "change it, and the table is read again: DVC cannot see into a database",
    }
    return {name: (value, reasons.get(name, "")) for name, value in settings.items() if value != ""}


def _row_of_table(row: int) -> str:
    return f"row {row + 1:,} of the table"


def _plan(connection: duckdb.DuckDBPyConnection, asked: Adopt, max_missing: float, sql: Dialect, where: Where) -> Plan:
    """What to do with the table CELLS, whose stray rows are taken out; raises InputFault where it tells too little."""
    names = [name.lower() for name, *_ in connection.execute(f"DESCRIBE {CELLS}").fetchall()]
    if "rowid" in names:
        raise InputFault("a column is called 'rowid', as DuckDB calls the numbers of rows: rename it in the file")
    strays = stray_rows.take_out(connection, CELLS)
    if connection.execute(f"SELECT count(*) FROM {CELLS}").fetchall() == [(0,)]:
        raise InputFault(f"{asked.file or asked.table} holds no rows: a row for each customer or order was expected")
    columns = survey.survey(connection, CELLS, asked.decimal or "", asked.day_first)
    found = identity.find(connection, CELLS, columns, asked.id or "")
    if found.are_orders:
        plan = orders.plan(connection, CELLS, columns, found.column, sql, where)
    else:
        plan = customers.plan(connection, CELLS, columns, found.column, max_missing, sql)
    notes = [f"left out: {stray.what}, {_shown(stray)}" for stray in strays[:STRAYS]]
    notes += [f"left out: {len(strays) - STRAYS:,} more such rows"] * (len(strays) > STRAYS)
    without = partial(_without, strays=strays, id=found.column.name if found.column else "")
    return replace(plan.rewritten(without), notes=[*plan.notes, *notes])


def _shown(stray: StrayRow) -> str:
    cells = [text for text in stray.cells.values() if text and text.strip()]
    return f"{', '.join(cells)[:60]!r}"


def _without(query: str, strays: Sequence[StrayRow], id: str) -> str:
    """The query without the stray rows, which their id tells, or in a table without ids their first cell."""
    if id:
        cells = sorted({stray.cells[id] for stray in strays if stray.cells.get(id)})
        listed = f"NOT IN ({', '.join(map(literal, cells))})"
        return query.replace(f"{identifier(id)} IS NOT NULL", f"{identifier(id)} {listed}", 1) if cells else query
    labels = {next(((name, text) for name, text in stray.cells.items() if text), None) for stray in strays}
    conditions = [f"{identifier(name)} IS DISTINCT FROM {literal(text)}" for name, text in sorted(filter(None, labels))]
    return f"{query}\nWHERE {' AND '.join(conditions)}" if conditions else query
