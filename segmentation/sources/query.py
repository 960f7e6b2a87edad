"""Customers read from files with one SQL query, run by DuckDB."""

import codecs
import csv
import glob
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

import duckdb
import pyarrow as pa

from segmentation.pipeline import storage
from segmentation.pipeline.errors import ConfigurationFault, InputFault
from segmentation.pipeline.source_kinds import Query
from segmentation.sources import result
from segmentation.sources.result import literal

HEADER_BYTES = 1 << 16  # read at once: with a larger buffer, an object store would send much more than the header


def read_files(source: Query, id: str, part_rows: int, workspace: Path) -> Iterator[pa.Table]:
    """Yields the query's rows in their order, as tables of `part_rows` customers with `customer_id` (text) first.

    Each entry of `source.files` (a path, a URL, or a glob of either; .csv, .tsv, .txt, .parquet, .json) is a table of
    that name in the query. Cells of CSV and TSV files are text, and a .txt file is one text column `line`. Where one of
    the files is of these formats, a text column of the result that holds only numbers becomes a column of numbers.
    `workspace` is a local folder for what does not fit into memory. The query runs on one thread: with several, sums
    over groups would depend on the order in which threads finish.

    Raises InputFault for files that are missing or cannot be read and for ids that are missing or repeated,
    ConfigurationFault for a query that DuckDB does not understand or that uses other parameters than the source has,
    EnvironmentFault where memory or disk run out or a URL cannot be reached.
    """
    with result.open_workspace(workspace) as connection:
        for url in filter(storage.is_url, source.files.values()):
            _register(connection, url)
        try:
            for name, path in source.files.items():
                connection.execute(f'CREATE VIEW "{name}" AS {_select(connection, path, source.delimiter)}')
            statement = _single_statement(connection, source.query, source.parameters)
            connection.execute(f"CREATE TABLE result AS ({statement})", source.parameters or None)
            untyped = any(_suffix(path) in (".csv", ".tsv", ".txt") for path in source.files.values())
            yield from result.customer_tables(connection, id, part_rows, untyped)
        except duckdb.Error as error:
            _explain(error, source.files)


def _register(connection: duckdb.DuckDBPyConnection, url: str) -> None:
    """Lets DuckDB read a URL through fsspec, on one thread: with several, it mixes up their positions in a file."""
    with storage.store_faults(url):
        connection.register_filesystem(storage.locate(url).fs)
    connection.execute("SET async_threads = 0")


def _single_statement(connection: duckdb.DuckDBPyConnection, query: str, parameters: Mapping[str, Any]) -> str:
    """The statement of a query, which must hold one only, and must use exactly these parameters."""
    statements = connection.extract_statements(query)
    if len(statements) != 1:
        raise ConfigurationFault(f"`source.query` of the data set holds {len(statements)} statements: one was expected")
    used = {name.lower() for name in statements[0].named_parameters}
    configured = {name.lower() for name in parameters}
    if any(name.isdigit() for name in used):
        raise ConfigurationFault("`source.query` holds a `?` or a numbered parameter: write $name instead")
    if used - configured:
        lacking = min(used - configured)
        raise ConfigurationFault(f"`source.query` uses ${lacking}, which `source.parameters` of the data set lacks")
    if configured - used:
        idle = min(configured - used)
        raise ConfigurationFault(f"`source.parameters` of the data set holds {idle}, but `source.query` has no ${idle}")
    return result.without_ending(statements[0].query)


def _suffix(path: str) -> str:
    return Path(path).suffix.lower()


def _select(connection: duckdb.DuckDBPyConnection, path: str, delimiter: str) -> str:
    """The SELECT that reads one entry of the source's files."""
    with storage.store_faults(path):
        files = _existing_files(path)
    # DuckDB takes each name for a glob: signs such as * in the name of a file are escaped.
    sources = "[" + ", ".join(literal(glob.escape(str(file))) for file in files) + "]"
    match _suffix(path):
        case ".csv":
            return _read_text(sources, _header(files, delimiter), delimiter)
        case ".tsv":
            return _read_text(sources, _header(files, "\t"), "\t")
        case ".txt":
            return (
                f"SELECT * FROM read_csv({sources}, auto_detect = false, header = false, delim = '\\x1f', "
                "quote = '', escape = '', columns = {'line': 'VARCHAR'})"
            )
        case ".parquet":
            return f"SELECT * FROM read_parquet({sources})"
        case ".json" | ".jsonl" | ".ndjson":
            return _read_json(connection, sources)
    raise InputFault(
        f"{path} is of no known format: .csv, .tsv, .txt, .parquet, .json, .jsonl or .ndjson; save a spreadsheet as CSV"
    )


def _existing_files(path: str) -> list[Path]:
    """The files that a path or glob names; raises InputFault where there is none, or one of them is empty."""
    files = storage.glob(path)
    if not files:
        hint = ""
        if path.startswith("data/raw/"):
            hint = f"; in a queued experiment it must be tracked by Git or DVC first, as by `dvc add {path}`"
        raise InputFault(f"{path} is missing: put the file there, or change `source.files` of the data set{hint}")
    for file in files:
        if not file.is_file():
            raise InputFault(f"{file} is a folder: name a file, or a glob such as {file}/*.csv")
        if file.stat().st_size == 0:
            raise InputFault(f"{file} is empty: a table with a header and rows was expected")
    return files


def _read_text(sources: str, header: list[str], delimiter: str) -> str:
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header)
    return (
        f"SELECT * FROM read_csv({sources}, auto_detect = false, header = true, delim = {literal(delimiter)}, "
        f"quote = '\"', escape = '\"', strict_mode = true, columns = {{{columns}}})"
    )


def _read_json(connection: duckdb.DuckDBPyConnection, sources: str) -> str:
    """Keeps strings as they are: by itself DuckDB turns those that look like dates or UUIDs into dates or UUIDs."""
    described = connection.execute(f"DESCRIBE SELECT * FROM read_json({sources}, sample_size = -1)").fetchall()
    kept = ("BIGINT", "UBIGINT", "HUGEINT", "DOUBLE", "BOOLEAN")
    columns = ", ".join(f"{literal(name)}: '{kind if kind in kept else 'VARCHAR'}'" for name, kind, *_ in described)
    return f"SELECT * FROM read_json({sources}, columns = {{{columns}}})"


def _header(files: list[Path], delimiter: str) -> list[str]:
    """The column names on the first line, which must be the same in every file."""
    headers = [_first_line(file, delimiter) for file in files]
    for file, header in zip(files, headers, strict=True):
        if header != headers[0]:
            raise InputFault(f"{file} line 1: its columns {header} are not those of {files[0]}, {headers[0]}")
    names = [name or f"unnamed_{position}" for position, name in enumerate(headers[0], 1)]
    lower = [name.lower() for name in names]
    repeated = {name for name in names if lower.count(name.lower()) > 1}
    if repeated:
        raise InputFault(f"{files[0]} line 1: duplicate column names {sorted(repeated)}: rename all but one")
    delimiters = [sign for sign in ";\t|," if len(names) == 1 and sign in names[0]]
    if delimiters:
        mend = "rename it to .csv and set" if files[0].suffix.lower() == ".tsv" else "set"
        raise InputFault(
            f"{files[0]} line 1 reads as one column, {names[0][:80]!r}: its delimiter seems to be {delimiters[0]!r}, "
            f"not {delimiter!r}: {mend} `source.delimiter` of the data set"
        )
    return names


def _first_line(file: Path, delimiter: str) -> list[str]:
    with storage.store_faults(file):
        try:
            with file.open(buffering=HEADER_BYTES, encoding="utf-8-sig", newline="") as lines:
                header = [name.strip() for name in next(csv.reader(lines, delimiter=delimiter), [])]
        except UnicodeDecodeError:
            raise InputFault(_not_utf8(file)) from None
        except csv.Error as error:
            raise InputFault(f"{file} line 1: {error}: is a quote left open?") from None
    if not any(header):
        raise InputFault(f"{file} line 1 is blank: a header was expected")
    if any("\0" in name for name in header):
        raise InputFault(f"{file} seems to be UTF-16: save it as UTF-8")
    return header


def _not_utf8(file: Path) -> str:
    """A message that says at which byte a file stops being UTF-8."""
    decoder, offset = codecs.getincrementaldecoder("utf-8")(), 0
    with file.open("rb") as content:
        while block := content.read(1 << 20):
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                offset += error.start - pending
                break
            offset += len(block)
    with file.open("rb") as content:
        if content.read(2) == b"PK":
            return f"{file} is a spreadsheet or an archive, not text: save it as CSV"
    return f"{file} is not UTF-8 at byte {offset}: save it as UTF-8"


def _explain(error: duckdb.Error, files: Mapping[str, str]) -> NoReturn:
    """Raises a fault of one sentence for an error of DuckDB, which advises over many lines."""
    text = str(error)
    first_line = text.splitlines()[0]
    if isinstance(error, duckdb.ProgrammingError) and not isinstance(error, duckdb.InvalidInputException):
        hint = "; cells of CSV, TSV and text files are text: CAST(column AS DOUBLE)" if "VARCHAR" in text else ""
        raise ConfigurationFault(f"`source.query` of the data set fails: {first_line}{hint}") from error
    result.check_resources(error)
    for url in filter(storage.is_url, files.values()):
        storage.files(storage.locate(url))  # raises where the store is at fault, not the file
    named = re.findall(r"^\s*file = (.+)$", text, re.MULTILINE)[:1] or list(files.values())
    file = ", ".join(named)
    if "unicode" in text.lower() or "utf-8" in text.lower():
        first_file = storage.locate(named[0])
        known = [file] == named and first_file.is_file()
        raise InputFault(_not_utf8(first_file) if known else f"{file} is not UTF-8") from error
    if "invalid state" in text:
        raise InputFault(f"{file} cannot be cut into lines: does it mix two kinds of line ends?") from error
    if line := re.search(r"CSV Error on Line: (\d+)", text):
        raise InputFault(f"{file} line {line[1]}: {_line_fault(text)}") from error
    raise InputFault(f"`source.query` of the data set fails on {file}: {first_line}") from error


def _line_fault(text: str) -> str:
    """What DuckDB finds wrong with a line of a file: the last sentence before its advice."""
    if counts := re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text):
        return f"{'more' if int(counts[2]) > int(counts[1]) else 'fewer'} fields than the header, which has {counts[1]}"
    if converted := re.search(r"Error when converting column .*", text):
        return f"{converted[0].rstrip('.')}; TRY_CAST in the query turns such cells into missing values"
    description = re.split(r"\n\s*(?:Possible|file =)", text)[0]
    lines = [line for line in description.splitlines() if line.strip()]
    return lines[-1].strip().rstrip(".")
