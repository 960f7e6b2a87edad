"""The files that a query reads: each entry of `source.files` is a table, of one file, of several or of a folder."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import unquote

from segmentation.pipeline import storage
from segmentation.pipeline.errors import InputFault
from segmentation.pipeline.source_kinds import Query
from segmentation.sources import text_files, workbooks

WORKBOOK = ".xlsx"
TEXTS = (".csv", ".tsv", ".txt", WORKBOOK)  # formats whose cells are text
JSON = (".json", ".jsonl", ".ndjson")
FORMATS = (*TEXTS, ".parquet", *JSON)
COMPRESSED = ".gz"  # may follow the formats of text and JSON
UNPACK = {".gz": "gunzip", ".zip": "unzip", ".bz2": "bunzip2", ".xz": "unxz", ".zst": "unzstd", ".7z": "7z x"}
SPREADSHEETS = (".xls", ".xlsm", ".xlsb", ".ods", ".numbers")
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"  # what Spark and Hive call the folder of rows without a value


@dataclass(frozen=True)
class Entry:
    """The files of one entry, in their order, and the folder that was named, if it was one.

    `copies` are what is read in place of files that DuckDB cannot read as they lie.
    """

    path: str
    files: Sequence[Path]
    folder: Path | None = None
    copies: Mapping[Path, Path] = field(default_factory=dict)

    @property
    def readable(self) -> list[Path]:
        """What DuckDB reads for each file."""
        return [self.copies.get(file, file) for file in self.files]

    @property
    def suffix(self) -> str:
        """The ending that all files share; raises InputFault where it is of no known format, or there are several."""
        suffixes = sorted({_suffix(file) for file in self.files})
        if len(suffixes) > 1:
            raise InputFault(f"{self.path} holds files of several formats, {', '.join(suffixes)}: name one by a glob")
        if suffixes[0] not in FORMATS:
            cure = "save it in one of these"
            if suffixes[0] in SPREADSHEETS:
                cure = "save a spreadsheet as .xlsx"
            elif suffixes[0] in UNPACK:
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


def _suffix(file: Path) -> str:
    """The ending that tells a file's format, without that of its compression."""
    suffixes = [suffix.lower() for suffix in file.suffixes[-2:]]
    if suffixes[-1:] == [COMPRESSED] and suffixes[0] in (*TEXTS, *JSON) and suffixes[0] != WORKBOOK:
        return suffixes[0]
    return suffixes[-1] if suffixes else ""


def find(path: str) -> Entry:
    """The files that a path, glob or folder names; raises InputFault where there is none, or one of them is empty."""
    entry = Entry(path, storage.glob(path))
    if len(entry.files) == 1 and entry.files[0].is_dir():
        folder = entry.files[0]
        entry = Entry(path, storage.below(folder), folder)
    if entry.folder and not entry.files:
        raise InputFault(f"{path} is a folder without a file of data: name a file, a glob, or a folder that holds some")
    if not entry.files:
        hint = _similar(path)
        if not hint and path.startswith("data/raw/"):
            hint = f"; in a queued experiment it must be tracked by Git or DVC first, as by `dvc add {path}`"
        raise InputFault(f"{path} is missing: put the file there, or change `source.files` of the data set{hint}")
    for file in entry.files:
        if not file.is_file():
            raise InputFault(f"{file} is a folder among the files of {path}: name it alone, or a glob of its files")
        if file.stat().st_size == 0:
            raise InputFault(f"{file} is empty: a table with a header and rows was expected")
    return entry


def _similar(path: str) -> str:
    """The file of the same folder whose name is most like that of a path that is not there, as words of a message."""
    if storage.is_url(path):
        return ""
    names = [file.name for file in Path(path).parent.glob("*")]
    close = get_close_matches(Path(path).name, names, n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def with_copies(entry: Entry, source: Query, folder: Path) -> Entry:
    """The entry with copies, in a local folder, of the files that DuckDB cannot read as they lie."""
    if entry.suffix == WORKBOOK:
        copies = {file: folder / f"{number}.csv" for number, file in enumerate(entry.files)}
        for file, target in copies.items():
            workbooks.copy(file, source.sheet, source.lines_below, target)
        return replace(entry, copies=copies)
    is_plain = text_files.is_plain(source) and not any(map(text_files.mixes_line_ends, entry.files))
    if entry.suffix not in TEXTS or is_plain:
        return entry
    copies = {file: folder / f"{number}{entry.suffix}" for number, file in enumerate(entry.files)}
    for file, target in copies.items():
        text_files.copy(file, source, target)
    return replace(entry, copies=copies)
