"""Reads a file that nobody has described into a table of DuckDB, and says by which settings it can be read so."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import duckdb

from segmentation.adoption import layout
from segmentation.adoption.layout import DELIMITERS
from segmentation.pipeline.errors import ConfigurationFault, InputFault
from segmentation.pipeline.reading import identifier
from segmentation.pipeline.schema import Adopt
from segmentation.pipeline.source_kinds import Query
from segmentation.sources import file_tables, files, location, query, workbooks
from segmentation.sources.files import TEXTS, WORKBOOK

Settings = Mapping[str, tuple[object, str]]  # of a source: each value with the reason for it
Where = Callable[[int], str]  # the file and line of a row, which is counted from 0
READING = ("encoding", "delimiter", "lines_above", "lines_below", "sheet")  # settings that say how a file is read


def open_file(
    connection: duckdb.DuckDBPyConnection, asked: Adopt, table: str, workspace: Path
) -> tuple[Settings, Where]:
    """Reads a file, a folder or a glob into a table; returns the settings that read it so, and where each row lies.

    Raises InputFault where the files hold no table that can be seen, or of several shapes, and ConfigurationFault for
    an encoding that there is not.
    """
    _check_encoding(asked.encoding or "utf-8")
    try:
        return _open(connection, asked, table, workspace)
    except InputFault as fault:  # there is no data set yet whose settings could be changed
        raise InputFault(
            re.sub(r"`source\.(file|encoding|sheet)s?` of the data set", r"`adopt.\1`", str(fault))
        ) from None


def _open(connection: duckdb.DuckDBPyConnection, asked: Adopt, table: str, workspace: Path) -> tuple[Settings, Where]:
    entry = files.find(asked.file)
    source = Query("query", {table: asked.file}, "", columns={table: {}})
    reasons = {"lines_above": "above the header", "lines_below": "below the table"}
    if entry.suffix == WORKBOOK:
        source, reasons["sheet"] = _of_workbook(entry.files[0], source, asked.sheet or "", workspace)
    elif entry.suffix in TEXTS:
        found = layout.find(entry.files[0], asked.encoding or "", "\t" if entry.suffix == ".tsv" else DELIMITERS)
        source = _laid_out(source, found)
        reasons["encoding"] = "a guess: see that accents read right" if found.is_guess else ""
    entry = files.with_copies(entry, source, workspace / "copies")
    try:
        connection.execute(
            f"CREATE TABLE {identifier(table)} AS {file_tables.select(connection, entry, source, table)}"
        )
    except duckdb.Error as error:
        query.explain(error, source, {table: entry}, connection)
    default = Query("query", {}, "")
    changed = [name for name in READING if getattr(source, name) != getattr(default, name)]
    settings = {name: (getattr(source, name), reasons.get(name, "")) for name in changed}
    return settings, partial(location.of_row, entry, source)


def _check_encoding(name: str) -> None:
    try:
        "".encode(name)
    except LookupError:
        expected = "one that Python knows, such as cp1252, iso-8859-15 or utf-16"
        raise ConfigurationFault(f"adopt.encoding is '{name}', which is no encoding: expected is {expected}") from None


def _laid_out(source: Query, found: layout.Layout) -> Query:
    return replace(source, **{item.name: getattr(found, item.name) for item in fields(found) if item.name in READING})


def _of_workbook(file: Path, source: Query, wanted: str, workspace: Path) -> tuple[Query, str]:
    """The source that reads the sheet that is `wanted`, or else the first that holds a table; and the other sheets."""
    names = workbooks.sheets(file)
    for name in [wanted] if wanted else names:
        copied = workspace / "sheet.csv"
        try:
            workbooks.copy(file, name, 0, copied)
            found = layout.find(copied, "utf-8", ",")
        except InputFault:
            continue
        others = [other for other in names if other != name]
        chosen = replace(_laid_out(source, found), sheet=name if others else "")
        return chosen, f"the others are {', '.join(others)}" if others else ""
    raise InputFault(
        f"{file} has no sheet with a table that can be seen: a header and rows of as many cells were expected"
    )
