"""Customers read from files with one SQL query, run by DuckDB."""

import glob
import re
from collections.abc import Generator, Iterable, Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import duckdb
import pyarrow as pa

from segmentation.pipeline import storage
from segmentation.pipeline.errors import ConfigurationFault, InputFault
from segmentation.pipeline.reading import identifier
from segmentation.pipeline.source_kinds import Query
from segmentation.sources import conversion, declared, file_tables, files, period, result, text_files, text_order
from segmentation.sources.files import Entry
from segmentation.sources.period import Period, Reading

if TYPE_CHECKING:
    from upath import UPath

REFUSED = re.compile(r'Cannot access (?:file|directory) "(.*?)"')  # what the query may not read, in DuckDB's words


def read_files(source: Query, id: str, part_rows: int, workspace: Path) -> Generator[pa.Table, None, Reading]:
    """Yields the query's rows in their order, as tables of `part_rows` customers with `customer_id` (text) first.

    Each entry of `source.files` (a path, a URL, or a glob of either, or a local folder; .csv, .tsv, .txt, .parquet,
    .json) is a table of that name in the query, which can read nothing else. Cells of CSV and TSV files are text, and
    a .txt file is one text column `line`. Where one of the files is of these formats, a text column of the result that
    holds only numbers becomes a column of numbers. `workspace` is a local folder for what does not fit into memory. The
    query runs on one thread: with several, sums over groups would depend on the order in which threads finish. Returns
    what is doubtful about the ids, the columns and the query, and the period of the rows, where the source tells it.

    Raises InputFault for files that are missing or cannot be read and for ids that are missing or repeated,
    ConfigurationFault for a query that DuckDB does not understand, that reads other files, that goes by the order of
    text where numbers or dates are meant, or that uses other parameters than the source has, EnvironmentFault where
    memory or disk run out or a URL cannot be reached.
    """
    entries: dict[str, Entry] = {}
    with result.open_workspace(workspace) as connection:
        for url in filter(storage.is_url, source.files.values()):
            _register(connection, url)
        try:
            entries = {
                name: files.with_copies(files.find(path), source, workspace / f"copies of {name}")
                for name, path in source.files.items()
            }
            _confine(connection, entries.values())
            doubts = [doubt for name, entry in entries.items() for doubt in _define(connection, name, entry, source)]
            statement = _statement_of_all(connection, source.query, source.parameters)
            connection.execute(f"CREATE TABLE result AS ({statement})", source.parameters or None)
            unchecked = text_order.check(connection, statement, source.parameters, id)
            untyped = any(entry.suffix in files.TEXTS and name not in source.columns for name, entry in entries.items())
            doubts += unchecked + _beyond_cutoff(connection, source)
            days = _period(connection, entries, source)
            return Reading(doubts + (yield from result.customer_tables(connection, id, part_rows, untyped)), days)
        except duckdb.Error as error:
            explain(error, source, entries, connection)


def _beyond_cutoff(connection: duckdb.DuckDBPyConnection, source: Query) -> list[str]:
    """How many rows a query leaves out since their declared day is not before a parameter, a sentence each."""
    doubts = []
    for table, columns in source.columns.items():
        for column, (parameter, value) in product(columns, source.parameters.items()):
            if f"{identifier(column)} < CAST(${parameter} AS DATE)" in source.query:
                late = f"SELECT count(*) FROM {identifier(table)} WHERE {identifier(column)} >= CAST(? AS DATE)"
                [(count,)] = connection.execute(late, [value]).fetchall()
                moved = f"move `source.parameters.{parameter}` of the data set on, to count them"
                doubts += [f"{count:,} rows lie on {value} or later, and are left out: {moved}"] * bool(count)
    return doubts


def _define(connection: duckdb.DuckDBPyConnection, name: str, entry: Entry, source: Query) -> list[str]:
    """Makes an entry a table of the query; returns what is doubtful about it, a sentence each."""
    selected = file_tables.select(connection, entry, source, name)
    if name not in source.columns:
        connection.execute(f"CREATE VIEW {identifier(name)} AS {selected}")
        return []
    connection.execute(f"CREATE TABLE {identifier(name)} AS {selected}")
    return declared.read(connection, name, entry, source, source.columns[name])


def _register(connection: duckdb.DuckDBPyConnection, url: str) -> None:
    """Lets DuckDB read a URL through fsspec, on one thread: with several, it mixes up their positions in a file."""
    with storage.store_faults(url):
        connection.register_filesystem(storage.locate(url).fs)
    connection.execute("SET async_threads = 0")


def _confine(connection: duckdb.DuckDBPyConnection, entries: Iterable[Entry]) -> None:
    """Lets a query read the files of these entries and nothing else of the machine, nor any setting change that."""
    allowed = []
    for file in (file for entry in entries for file in entry.readable):
        allowed += [str(file), glob.escape(str(file))]
        if storage.is_url(file):
            allowed.append(file.fs.unstrip_protocol(file.path))
    connection.execute("SET allowed_paths = ?", [allowed])
    connection.execute("SET enable_external_access = false; SET lock_configuration = true")


def _period(connection: duckdb.DuckDBPyConnection, entries: Mapping[str, Entry], source: Query) -> Period | None:
    """From which day to which the rows run, as `source.period` says; None where it is empty or no row counts."""
    if not source.period:
        return None
    with period.faults():
        try:
            statement, parameters = _single_statement(connection, source.period, source.parameters)
            days = f"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (\n{statement}\n)"
            rows = connection.execute(days, parameters or None).fetchmany(2)
        except duckdb.Error as error:
            explain(error, replace(source, query=source.period), entries, connection)
        return period.check(rows)


def _statement_of_all(connection: duckdb.DuckDBPyConnection, query: str, parameters: Mapping[str, Any]) -> str:
    """The statement of a query, which must hold one only, and must use all of these parameters and no other."""
    statement, used = _single_statement(connection, query, parameters)
    if idle := {name.lower() for name in parameters.keys() - used.keys()}:
        name = min(idle)
        raise ConfigurationFault(f"`source.parameters` of the data set holds {name}, but `source.query` has no ${name}")
    return statement


def _single_statement(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    """The statement of a query, which must hold one only, and those of the parameters that it uses."""
    statements = connection.extract_statements(query)
    result.check_single(len(statements))
    used = {name.lower() for name in statements[0].named_parameters}
    configured = {name.lower() for name in parameters}
    if any(name.isdigit() for name in used):
        raise ConfigurationFault("`source.query` holds a `?` or a numbered parameter: write $name instead")
    if used - configured:
        lacking = min(used - configured)
        raise ConfigurationFault(f"`source.query` uses ${lacking}, which `source.parameters` of the data set lacks")
    statement = result.statement(statements[0].query, "duckdb")
    return statement, {name: value for name, value in parameters.items() if name.lower() in used}


def explain(
    error: duckdb.Error, source: Query, entries: Mapping[str, Entry], connection: duckdb.DuckDBPyConnection
) -> NoReturn:
    """Raises a fault of one sentence for an error of DuckDB, which advises over many lines."""
    result.check_resources(error)
    text, paths = _with_originals(str(error), entries), source.files
    first_line = text.splitlines()[0]
    if isinstance(error, duckdb.PermissionException) and (refused := REFUSED.search(text)):
        raise ConfigurationFault(
            f"`source.query` of the data set reads {refused[1]}, which no entry of `source.files` names: name each "
            "file there, and read it by the name of its entry"
        ) from error
    if isinstance(error, duckdb.ProgrammingError) and not isinstance(error, duckdb.InvalidInputException):
        hint = conversion.unknown_name(connection, text, paths)
        if "VARCHAR" in first_line:  # the lines below repeat the query
            hint = "; cells of CSV, TSV and text files are text: CAST(column AS DOUBLE) or CAST(column AS DATE)"
        raise ConfigurationFault(f"`source.query` of the data set fails: {first_line.rstrip('.!')}{hint}") from error
    for url in filter(storage.is_url, paths.values()):
        storage.files(storage.locate(url))  # raises where the store is at fault, not the file
    named = re.findall(r"^\s*file = (.+)$", text, re.MULTILINE)[:1] or list(paths.values())
    file = ", ".join(named)
    if fault := _text_fault(text, storage.locate(named[0])):
        raise InputFault(fault) from error
    cure = conversion.locate(connection, text, entries, source)
    if line := re.search(r"CSV Error on Line: (\d+)", text):
        raise InputFault(f"{file} line {line[1]}: {_line_fault(text)}{cure}") from error
    raise InputFault(f"`source.query` of the data set fails on {file}: {first_line}{cure}") from error


def _text_fault(text: str, file: "Path | UPath") -> str:
    """What is wrong with a file that DuckDB could not read as text, by its message; "" where it is something else."""
    if "unicode" in text.lower() or "utf-8" in text.lower():
        return text_files.undecodable(file, "utf-8") if file.is_file() else f"{file} is not UTF-8"
    if "invalid state" in text and file.is_file():
        return text_files.mixed_ends(file)
    return text_files.packed_badly(file, text.splitlines()[0]) if "GZIP" in text else ""


def _with_originals(text: str, entries: Mapping[str, Entry]) -> str:
    """A message of DuckDB with the names of the files of which it read copies."""
    for file, copied in (pair for entry in entries.values() for pair in entry.copies.items()):
        text = text.replace(str(copied), str(file))
    return text


def _line_fault(text: str) -> str:
    """What DuckDB finds wrong with a line of a file: the last sentence before its advice."""
    if counts := re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text):
        return f"{'more' if int(counts[2]) > int(counts[1]) else 'fewer'} fields than the header, which has {counts[1]}"
    if converted := re.search(r"Error when converting column .*", text):
        return converted[0].rstrip(".")
    description = re.split(r"\n\s*(?:Possible|file =)", text)[0]
    lines = [line for line in description.splitlines() if line.strip()]
    return lines[-1].strip().rstrip(".")
