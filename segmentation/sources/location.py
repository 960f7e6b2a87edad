"""Where a row of a table lies: the file of an entry, and the line in it."""

import csv
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from segmentation.pipeline.source_kinds import BLANKS, Query
from segmentation.sources import text_files
from segmentation.sources.file_tables import EXCEL
from segmentation.sources.files import TEXTS, WORKBOOK, Entry


def of_row(entry: Entry, source: Query, row: int) -> str:
    """The file and line, or row of a sheet, of a row that is counted from 0 over all files of an entry.

    A file of Parquet or JSON has no lines: its rows are counted from 1 over all files.
    """
    number = row
    try:
        for file, readable in zip(entry.files, entry.readable, strict=True) if entry.suffix in TEXTS else ():
            for line in _lines(readable, entry, source):
                if number == 0:
                    return f"{file} {'row' if entry.suffix == WORKBOOK else 'line'} {line}"
                number -= 1
    except csv.Error:
        pass  # a cell that is too long for Python's reader
    return f"{entry.path} data row {row + 1}"


def _lines(readable: Path, entry: Entry, source: Query) -> Iterator[int]:
    """The number of the line at which each row of a file begins."""
    delimiter = {".tsv": "\t", WORKBOOK: ","}.get(entry.suffix, source.delimiter)
    is_table = any(source.files.get(table) == entry.path for table in source.columns)
    with text_files.opened(readable, "utf-8") as lines:
        if entry.suffix == ".txt" and not is_table:
            yield from (number for number, _ in enumerate(lines, 1))
            return
        first = lines.readline()
        excel = EXCEL.fullmatch(first)
        above = source.lines_above + bool(excel)
        table = islice(chain([first], lines), above, None)
        reader = csv.reader(table, delimiter=excel[1] if excel else "\t" if delimiter == BLANKS else delimiter)
        has_one = len(next(reader, [])) == 1  # then a blank line is a row without a value
        before = reader.line_num
        for cells in reader:
            if cells or has_one:
                yield above + before + 1
            before = reader.line_num
