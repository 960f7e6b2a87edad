"""A sheet of a workbook of Excel as CSV, each cell as the text that a person would write."""

import csv
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from xml.etree.ElementTree import iterparse

from segmentation.pipeline import storage
from segmentation.pipeline.errors import ConfigurationFault, EnvironmentFault, InputFault, suggestion
from segmentation.sources.text_files import without_last

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

# The parts of a number format that fills up with zeros, as those of postcodes: a language or colour, a space that is as
# wide as a letter, signs to be shown, and zeros for the digits.
PARTS = re.compile(
    r"""\[(?:\$-[0-9A-Fa-f,]+|[A-Za-z]+)\]|_.|\\(?P<sign>.)|"(?P<text>[^"]*)"|(?P<zeros>0+)|(?P<plain>[- ()])"""
)
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    SyntaxError,
)  # of an archive and of its XML, whose error is the last
BREAK = re.compile(r"\s*[\r\n]+\s*")
LOCKED = b"\xd0\xcf\x11\xe0"  # how a workbook with a password begins, and one of before 2007
FIRST = 1_000  # rows that tell how wide a table is


def sheets(file: Path) -> list[str]:
    """The names of the sheets of a workbook, the hidden ones last; raises InputFault for a file that is none."""
    with _opened(file) as workbook:
        return [page.title for page in sorted(workbook.worksheets, key=lambda page: page.sheet_state != "visible")]


def copy(file: Path, sheet: str, lines_below: int, target: Path) -> None:
    """Writes a sheet as CSV without its last rows; for "", the first sheet that is shown.

    Blank rows and columns at the end are left out. A line break in a cell becomes a blank, so that a row is a line.
    Raises ConfigurationFault for a sheet that there is not, InputFault for a file that is no workbook, has no cells or
    has formulas without values, EnvironmentFault where openpyxl is not installed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with _opened(file) as workbook, target.open("w", encoding="utf-8", newline="") as lines:
        pages = {page.title: page for page in workbook.worksheets}
        if sheet and sheet not in pages:
            raise ConfigurationFault(f"{file} has no sheet '{sheet}': {suggestion(sheet, pages)}")
        shown = [page for page in pages.values() if page.sheet_state == "visible"]
        chosen = pages[sheet] if sheet else shown[0]
        chosen.reset_dimensions()  # what some programs write as a sheet's size is less than it has
        _refuse_uncalculated(file, chosen)
        rows = without_last(([_text(cell) for cell in row] for row in chosen.iter_rows()), lines_below, _is_blank)
        first = list(islice(rows, FIRST))
        width = max((_width(row) for row in first), default=0)
        if not width:
            raise InputFault(
                f"the sheet '{chosen.title}' of {file} is empty: name another as `source.sheet` of the data set"
            )
        csv.writer(lines, lineterminator="\n").writerows(_cut(row, width) for row in chain(first, rows))


@contextmanager
def _opened(file: Path) -> Iterator["Workbook"]:
    """Yields a workbook whose cells are read one after the other."""
    with storage.store_faults(file), file.open("rb") as content:
        try:
            workbook = _loaded(file, content)
            yield workbook
            workbook.close()
        except BROKEN:
            raise InputFault(_unreadable(file)) from None


def _loaded(file: Path, content: IO[bytes]) -> "Workbook":
    try:
        import openpyxl
    except ModuleNotFoundError:
        raise EnvironmentFault(f"{file} takes a package that is not installed: `pip install openpyxl`") from None
    try:
        return openpyxl.load_workbook(content, read_only=True, data_only=True)
    except (KeyError, ValueError, OSError, AttributeError, TypeError):  # of parts that are missing or odd
        raise InputFault(_unreadable(file)) from None


def _unreadable(file: Path) -> str:
    """A message about a file that openpyxl cannot read."""
    with file.open("rb") as content:
        start = content.read(len(LOCKED))
    if not start.startswith((LOCKED, b"PK")):
        return f"{file} is no workbook of Excel: if it is text, name it .csv"
    what = "is locked by a password, or older than Excel 2007" if start == LOCKED else "is broken"
    return f"{file} {what}: open it in Excel, and save it as .xlsx without a password"


def _refuse_uncalculated(file: Path, sheet: "ReadOnlyWorksheet") -> None:
    """Raises InputFault for a formula without a value: Excel stores both, some other programs the formula alone.

    A formula whose value is the empty text is of the type `str`.
    """
    with sheet._get_source() as content:
        for _, row in iterparse(content):
            if not row.tag.endswith("}row"):
                continue
            for cell in row:
                is_formula = cell.find("{*}f") is not None and cell.get("t") != "str"
                if is_formula and not cell.findtext("{*}v"):
                    raise InputFault(
                        f"{file}: cell {cell.get('r')} of the sheet '{sheet.title}' holds a formula without its value: "
                        "open the workbook in Excel or LibreOffice, and save it there"
                    )
            row.clear()


def _is_blank(row: Sequence[str]) -> bool:
    return not any(row)


def _width(row: Sequence[str]) -> int:
    return max((place for place, text in enumerate(row, 1) if text), default=0)


def _cut(row: Sequence[str], width: int) -> Sequence[str]:
    """The row with that many cells; one with more keeps them, so that they are told and not lost."""
    return [*row[: max(_width(row), width)], *[""] * (width - len(row))]


def _text(cell: "Cell") -> str:
    value: Any = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    if isinstance(value, int):
        return _padded(value, cell.number_format or "")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return repr(value) if isinstance(value, float) else BREAK.sub(" ", str(value))


def _padded(value: int, number_format: str) -> str:
    """A whole number as Excel shows it where its format fills up with zeros, as 000-00 does; else its digits."""
    form = number_format.partition(";")[0]
    parts = list(PARTS.finditer(form))
    zeros = [part["zeros"] for part in parts if part["zeros"]]
    if value < 0 or "".join(part[0] for part in parts) != form or not zeros or len(zeros[0]) < 2:
        return str(value)
    digits, shown = str(value).zfill(sum(map(len, zeros))), []
    for part in reversed(parts):
        if part["zeros"]:
            digits, last = digits[: -len(part["zeros"])], digits[-len(part["zeros"]) :]
            shown.append(last)
        else:
            shown.append(part["sign"] or part["text"] or part["plain"] or "")
    return digits + "".join(reversed(shown))
