"""The files that a query reads: each entry of `source.files` is a table, of one file, of several or of a folder."""

import codecs
import csv
import glob
import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from segmentation.pipeline import storage
from segmentation.pipeline.errors import InputFault
from segmentation.pipeline.reading import identifier, literal

HEADER_BYTES = 1 << 16  # read at once: with a larger buffer, an object store would send much more than the header
TEXTS = (".csv", ".tsv", ".txt")  # formats whose cells are text
FORMATS = (*TEXTS, ".parquet", ".json", ".jsonl", ".ndjson")
UNPACK = {".gz": "gunzip", ".zip": "unzip", ".bz2": "bunzip2", ".xz": "unxz", ".zst": "unzstd", ".7z": "7z x"}
EXCEL = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)  # the first line by which Excel knows the delimiter
SAVE = "save it as UTF-8, in Excel as `CSV UTF-8`"
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"  # what Spark and Hive call the folder of rows without a value


@dataclass(frozen=True)
class Entry:
    """The files of one entry, in their order, and the folder that was named, if it was one."""

    path: str
    files: Sequence[Path]
    folder: Path | None = None

    @property
    def suffix(self) -> str:
        """The ending that all files share; raises InputFault where it is of no known format, or there are several."""
        suffixes = sorted({file.suffix.lower() for file in self.files})
        if len(suffixes) > 1:
            raise InputFault(f"{self.path} holds files of several formats, {', '.join(suffixes)}: name one by a glob")
        if suffixes[0] not in FORMATS:
            cure = "save a spreadsheet as CSV"
            if suffixes[0] in UNPACK:
                cure = f"unpack it, as `{UNPACK[suffixes[0]]} {shlex.quote(self.files[0].name)}` does"
            raise InputFault(f"{self.path} is of no known format: {', '.join(FORMATS)}; {cure}")
        return suffixes[0]

    def partition(self, file: Path) -> dict[str, str | None]:
        """What the folders between the named folder and a file say of its rows, as in `region=north`.

        Folders above say nothing, nor do those of a file or a glob: they are part of an address.
        """
        if self.folder is None:
            return {}
        pairs = [name.partition("=") for name in file.relative_to(self.folder).parent.parts if "=" in name]
        return {unquote(key): None if value == NO_VALUE else unquote(value) for key, _, value in pairs}


def find(path: str) -> Entry:
    """The files that a path, glob or folder names; raises InputFault where there is none, or one of them is empty."""
    entry = Entry(path, storage.glob(path))
    if len(entry.files) == 1 and entry.files[0].is_dir():
        folder = entry.files[0]
        entry = Entry(path, storage.below(folder), folder)
    if entry.folder and not entry.files:
        raise InputFault(f"{path} is a folder without a file of data: name a file, a glob, or a folder that holds some")
    if not entry.files:
        hint = ""
        if path.startswith("data/raw/"):
            hint = f"; in a queued experiment it must be tracked by Git or DVC first, as by `dvc add {path}`"
        raise InputFault(f"{path} is missing: put the file there, or change `source.files` of the data set{hint}")
    for file in entry.files:
        if not file.is_file():
            raise InputFault(f"{file} is a folder among the files of {path}: name it alone, or a glob of its files")
        if file.stat().st_size == 0:
            raise InputFault(f"{file} is empty: a table with a header and rows was expected")
    return entry


def select(connection: duckdb.DuckDBPyConnection, entry: Entry, delimiter: str) -> str:
    """The SELECT that reads the files of an entry, with the columns that the files have and those of its partitions.

    Cells of CSV and TSV files are text, and a .txt file is one text column `line`. A value of a partition is text.
    Raises InputFault for columns that cannot be told apart.
    """
    reader = _reader(connection, entry, delimiter)
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
        source = reader.format(files=_listed(files))
        values = [
            f"{'NULL::VARCHAR' if value is None else literal(value)} AS {identifier(key)}" for key, value in partition
        ]
        selects.append(f"SELECT {', '.join(['*', *values])} FROM {source}")
    if keys:
        _refuse_shared(connection, reader.format(files=_listed(entry.files)), keys, entry.path)
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


def _reader(connection: duckdb.DuckDBPyConnection, entry: Entry, delimiter: str) -> str:
    """The table function that reads files of the entry's format, with {files} where their list belongs.

    Names of folders such as `region=all` are no columns: DuckDB would put them in place of the files' own.
    """
    match entry.suffix:
        case ".csv" | ".tsv":
            return _text_reader(entry.files, "\t" if entry.suffix == ".tsv" else delimiter)
        case ".txt":
            return (
                "read_csv({files}, auto_detect = false, header = false, delim = '\\x1f', quote = '', escape = '', "
                "hive_partitioning = false, columns = {{'line': 'VARCHAR'}})"
            )
        case ".parquet":
            for file in entry.files:
                _check_parquet(file)
            return "read_parquet({files}, hive_partitioning = false)"
    return _json_reader(connection, _listed(entry.files))


def _text_reader(files: Sequence[Path], delimiter: str) -> str:
    excel, header = _header(files, delimiter)
    columns = ", ".join(f"{_braced(literal(name))}: 'VARCHAR'" for name in header)
    return (
        f"read_csv({{files}}, auto_detect = false, header = true, skip = {int(bool(excel))}, "
        f"delim = {_braced(literal(excel or delimiter))}, quote = '\"', escape = '\"', strict_mode = true, "
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


def _header(files: Sequence[Path], delimiter: str) -> tuple[str, list[str]]:
    """The delimiter that Excel's line `sep=` names, or "", and the column names, which every file must share."""
    headers = [_first_line(file, delimiter) for file in files]
    for file, (excel, header) in zip(files, headers, strict=True):
        if (excel, header) != headers[0]:
            raise InputFault(f"{file} line 1: its columns {header} are not those of {files[0]}, {headers[0][1]}")
    excel, header = headers[0]
    names = [name or f"unnamed_{position}" for position, name in enumerate(header, 1)]
    _refuse_repeated(names, f"{files[0]} line 1")
    delimiter = excel or delimiter
    delimiters = [sign for sign in ";\t|," if len(names) == 1 and sign in names[0]]
    if delimiters:
        mend = "rename it to .csv and set" if files[0].suffix.lower() == ".tsv" else "set"
        raise InputFault(
            f"{files[0]} line 1 reads as one column, {names[0][:80]!r}: its delimiter seems to be {delimiters[0]!r}, "
            f"not {delimiter!r}: {mend} `source.delimiter` of the data set"
        )
    return excel, names


def _first_line(file: Path, delimiter: str) -> tuple[str, list[str]]:
    """The delimiter of Excel's line `sep=`, or "", and the cells of the header, which stands below that line."""
    excel = ""
    with storage.store_faults(file):
        try:
            with file.open(buffering=HEADER_BYTES, encoding="utf-8-sig", newline="") as lines:
                first = lines.readline()
                if told := EXCEL.fullmatch(first):
                    excel, first = told[1], lines.readline()
                header = [
                    name.strip() for name in next(csv.reader(chain([first], lines), delimiter=excel or delimiter), [])
                ]
        except UnicodeDecodeError:
            raise InputFault(not_utf8(file)) from None
        except csv.Error as error:
            raise InputFault(f"{file} line 1: {error}: is a quote left open?") from None
    if not any(header):
        raise InputFault(f"{file} line 1 is blank: a header was expected")
    if any("\0" in name for name in header):
        raise InputFault(f"{file} seems to be UTF-16: {SAVE}")
    return excel, header


def not_utf8(file: Path) -> str:
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
        start = content.read(2)
    if start == b"PK":
        return f"{file} is a spreadsheet or an archive, not text: save it as CSV"
    if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return f"{file} is UTF-16: {SAVE}"
    return f"{file} is not UTF-8 at byte {offset}: {SAVE}"
