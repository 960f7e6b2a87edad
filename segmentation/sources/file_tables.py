"""The table that the files of an entry make together, as the SELECT of DuckDB that reads them."""

import csv
import glob
import gzip
import re
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from segmentation.pipeline import storage
from segmentation.pipeline.errors import InputFault
from segmentation.pipeline.reading import identifier, literal
from segmentation.pipeline.source_kinds import BLANKS, Query
from segmentation.sources import text_files
from segmentation.sources.files import WORKBOOK, Entry

HEADER_BYTES = 1 << 16  # read at once: with a larger buffer, an object store would send much more than the header
EXCEL = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)  # the first line by which Excel knows the delimiter


def select(connection: duckdb.DuckDBPyConnection, entry: Entry, source: Query, table: str) -> str:
    """The SELECT that reads the files of an entry, with the columns that the files have and those of its partitions.

    Cells of text files and workbooks are text. A .txt file is one text column `line`, unless the source says how the
    columns of the `table` are written. A value of a partition is text. Raises InputFault for columns that cannot be
    told apart.
    """
    reader = _reader(connection, entry, source, table)
    partitions: dict[tuple[tuple[str, str | None], ...], list[Path]] = {}
    for file in entry.files:
        partitions.setdefault(tuple(entry.partition(file).items()), []).append(file)
    keys = [key for key, _ in next(iter(partitions))]
    if odd := next(
        (files[0] for partition, files in partitions.items() if [key for key, _ in partition] != keys), None
    ):
        raise InputFault(
            f"{odd} lies in other folders NAME=VALUE than {entry.files[0]}: name one kind of them by a glob"
        )
    selects = []
    for partition, files in partitions.items():
        rows = reader.format(files=_listed(entry.copies.get(file, file) for file in files))
        values = [
            f"{'NULL::VARCHAR' if value is None else literal(value)} AS {identifier(key)}" for key, value in partition
        ]
        selects.append(f"SELECT {', '.join(['*', *values])} FROM {rows}")
    if keys:
        _refuse_shared(connection, reader.format(files=_listed(entry.readable)), keys, entry.path)
    return " UNION ALL BY NAME ".join(selects)


def _listed(files: Iterable[Path]) -> str:
    """Files as a list of DuckDB, which takes each name for a glob: signs such as * in a name are escaped."""
    return "[" + ", ".join(literal(glob.escape(str(file))) for file in files) + "]"


def _refuse_shared(connection: duckdb.DuckDBPyConnection, source: str, keys: Sequence[str], path: str) -> None:
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    columns = {name.lower() for name, *_ in described}
    if shared := [key for key in keys if key.lower() in columns]:
        raise InputFault(
            f"{path} has folders {shared[0]}=... and its files have a column {shared[0]}: name the files by a glob, "
            f"such as {path.rstrip('/')}/*/*, to read the files' own"
        )


def _reader(connection: duckdb.DuckDBPyConnection, entry: Entry, source: Query, table: str) -> str:
    """The table function that reads files of the entry's format, with {files} where their list belongs.

    Names of folders such as `region=all` are no columns: DuckDB would put them in place of the files' own.
    """
    suffix = entry.suffix
    if suffix == ".txt" and table not in source.columns:
        return (
            "read_csv({files}, auto_detect = false, header = false, delim = '\\x1f', quote = '', escape = '', "
            "hive_partitioning = false, columns = {{'line': 'VARCHAR'}})"
        )
    if suffix in (".csv", ".tsv", ".txt", WORKBOOK):
        return _text_reader(entry, source)
    if suffix == ".parquet":
        for file in entry.files:
            _check_parquet(file)
        return "read_parquet({files}, hive_partitioning = false)"
    return _json_reader(connection, _listed(entry.files))


def _text_reader(entry: Entry, source: Query) -> str:
    delimiter = {".tsv": "\t", WORKBOOK: ","}.get(entry.suffix, source.delimiter)
    excel, header = _header(entry, "\t" if delimiter == BLANKS else delimiter, source.lines_above)
    columns = ", ".join(f"{_braced(literal(name))}: 'VARCHAR'" for name in header)
    delimiter = excel or ("\t" if delimiter == BLANKS else delimiter)
    return (
        f"read_csv({{files}}, auto_detect = false, header = true, skip = {source.lines_above + bool(excel)}, "
        f"delim = {_braced(literal(delimiter))}, quote = '\"', escape = '\"', strict_mode = true, "
        f"hive_partitioning = false, columns = {{{{{columns}}}}})"
    )


def _braced(text: str) -> str:
    """A text whose braces `format` keeps."""
    return text.replace("{", "{{").replace("}", "}}")


def _check_parquet(file: Path) -> None:
    """Raises InputFault for a file with two columns of one name, of which DuckDB would rename the second."""
    with storage.store_faults(file), storage.source(file) as source:
        try:
            names = [name.lower() for name in pq.read_schema(source).names]
        except pa.ArrowException:
            return  # DuckDB says what is wrong with it
    _refuse_repeated(names, str(file))


def _json_reader(connection: duckdb.DuckDBPyConnection, files: str) -> str:
    """Keeps strings as they are: by itself DuckDB turns those that look like dates or UUIDs into dates or UUIDs."""
    read = f"read_json({files}, sample_size = -1, hive_partitioning = false)"
    described = connection.execute(f"DESCRIBE SELECT * FROM {read}").fetchall()
    kept = ("BIGINT", "UBIGINT", "HUGEINT", "DOUBLE", "BOOLEAN")
    columns = ", ".join(
        f"{_braced(literal(name))}: '{kind if kind in kept else 'VARCHAR'}'" for name, kind, *_ in described
    )
    return f"read_json({{files}}, hive_partitioning = false, columns = {{{{{columns}}}}})"


def _refuse_repeated(names: Sequence[str], where: str) -> None:
    if repeated := sorted({name for name in names if [other.lower() for other in names].count(name.lower()) > 1}):
        raise InputFault(f"{where}: duplicate column names {repeated}: rename all but one")


def _header(entry: Entry, delimiter: str, above: int) -> tuple[str, list[str]]:
    """The delimiter that Excel's line `sep=` names, or "", and the column names, which every file must share."""
    headers = [_first_line(file, entry.copies.get(file, file), delimiter, above) for file in entry.files]
    first = entry.files[0]
    for file, (excel, header) in zip(entry.files, headers, strict=True):
        if (excel, header) != headers[0]:
            raise InputFault(f"{file} line {above + 1}: its columns {header} are not those of {first}, {headers[0][1]}")
    excel, header = headers[0]
    names = [name or f"unnamed_{position}" for position, name in enumerate(header, 1)]
    _refuse_repeated(names, f"{first} line {above + 1}")
    delimiter = excel or delimiter
    delimiters = [sign for sign in ";\t|," if len(names) == 1 and sign in names[0]]
    if delimiters:
        mend = "rename it to .csv and set" if first.suffix.lower() == ".tsv" else "set"
        raise InputFault(
            f"{first} line {above + 1} reads as one column, {names[0][:80]!r}: its delimiter seems to be "
            f"{delimiters[0]!r}, not {delimiter!r}: {mend} `source.delimiter` of the data set"
        )
    return excel, names


def _first_line(file: Path, readable: Path, delimiter: str, above: int) -> tuple[str, list[str]]:
    """The delimiter of Excel's line `sep=`, or "", and the cells of the header, which stands `above` lines below it."""
    excel, where = "", f"{file} line {above + 1}"
    with storage.store_faults(file):
        try:
            with text_files.opened(readable, "utf-8", HEADER_BYTES) as lines:
                first = lines.readline()
                if told := EXCEL.fullmatch(first):
                    excel, first = told[1], lines.readline()
                rows = islice(chain([first], lines), above, None)
                header = [name.strip() for name in next(csv.reader(rows, delimiter=excel or delimiter), [])]
        except UnicodeDecodeError:
            raise InputFault(text_files.undecodable(file, "utf-8")) from None
        except (gzip.BadGzipFile, EOFError) as error:
            raise InputFault(text_files.packed_badly(file, str(error))) from None
        except csv.Error as error:
            raise InputFault(f"{where}: {error}: is a quote left open?") from None
    if not any(header):
        raise InputFault(f"{where} is blank: a header was expected")
    if any("\0" in name for name in header):
        encoding = "utf-16-be" if header[0].startswith("\0") else "utf-16-le"
        raise InputFault(
            f"{file} seems to be UTF-16: set `source.encoding` of the data set to {encoding}, or {text_files.SAVE}"
        )
    return excel, header
