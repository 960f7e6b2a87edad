"""Where the table lies in a text file: the encoding, the delimiter, and the lines above and below the table."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from segmentation.pipeline import notation
from segmentation.pipeline.errors import InputFault
from segmentation.sources import text_files
from segmentation.sources.file_tables import EXCEL

HEAD = 1 << 18  # bytes at each end of a file that are looked at
BLOCK = 1 << 24
BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
PERIOD = re.compile(r"(19|20)\d\d|\d{1,2}[./-](19|20)\d\d|(19|20)\d\d[./-]\d{1,2}")  # as a heading has it
GUESS = "cp1252"  # what Windows writes in Western Europe and America where it does not write Unicode
DELIMITERS = ",;\t|"
BLANKS = " "  # stands for runs of blanks and tabs
WIDE = 0.9  # of the rows have as many cells as the header, in a table with that delimiter
NOTES = 20  # lines below a table; where more differ from its rows, the file is another than it seems
BELOW = 5  # rows below a line, which show whether it is one of them
FILLED = 0.6  # of the cells of a header have names; a title line has one cell


@dataclass(frozen=True)
class Layout:
    """How a text file is to be read; the fields are named as the settings of `source` are."""

    encoding: str = "utf-8"
    delimiter: str = ","
    lines_above: int = 0
    lines_below: int = 0
    is_guess: bool = False  # no mark in the file tells its encoding


def find(file: Path, encoding: str = "", delimiters: str = DELIMITERS) -> Layout:
    """The layout of a text file; raises InputFault where no table with a header can be seen in it.

    `encoding` is that of the file where a person knows it.
    """
    known, guessed = (encoding, False) if encoding else _encoding(file)
    with text_files.unpacked(file) as content:
        head, whole = _decoded(content.read(HEAD), known), not content.read(1)
    excel = EXCEL.match(head)
    head = head[excel.end() :] if excel else head
    lines = head if whole else head[: head.rfind("\n") + 1]
    delimiter = excel[1] if excel else _delimiter(lines, delimiters)
    records = _records(lines, delimiter)
    width = _width(records)
    above = _above_header(file, records, width, delimiter)
    below = _lines_below(lines if whole else _tail(file, known), delimiter, width)
    return Layout(known, delimiter, above, below, guessed)


def _above_header(file: Path, records: Sequence[tuple[int, list[str]]], width: int, delimiter: str) -> int:
    """The number of lines above the header; raises InputFault where there is none, or it lacks names."""
    start, first = records[0] if records else (0, [])
    if 1 < len(first) == width - 1 and all(first) and not _is_data(records, 0):
        raise InputFault(
            f"{file} line {start + 1} has {width - 1} names and the rows below have {width} cells: add a name, or a "
            "delimiter at its end if the last cells are blank"
        )
    header = next((n for n, (_, cells) in enumerate(records) if _is_header(cells, width)), None)
    if header is None or header + 1 == len(records):
        raise InputFault(f"{file} holds no table that can be seen: a header and rows of as many cells were expected")
    if _is_data(records, header):
        raise InputFault(
            f"{file} has no line of names: put a header above the first row, such as customer_id{_shown(delimiter)}date"
        )
    return records[header][0]


def _shown(delimiter: str) -> str:
    return {"\t": "<tab>"}.get(delimiter, delimiter)


def _encoding(file: Path) -> tuple[str, bool]:
    """The encoding of a file, and whether it is a guess."""
    with text_files.unpacked(file) as content:
        start = content.read(BLOCK)
        for mark, name in BOMS.items():
            if start.startswith(mark):
                return name, False
        if b"\0" in start[:HEAD]:
            even, odd = start[:HEAD:2].count(0), start[1:HEAD:2].count(0)
            return ("utf-16-le" if odd > even else "utf-16-be"), True
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while start:
                decoder.decode(start)
                start = content.read(BLOCK)
        except UnicodeDecodeError:
            _check_guess(file)
            return GUESS, True
    return "utf-8", False


def _check_guess(file: Path) -> None:
    """Raises InputFault for a file that cannot be in the encoding that is guessed."""
    decoder = codecs.getincrementaldecoder(GUESS)()
    with text_files.unpacked(file) as content:
        try:
            while block := content.read(BLOCK):
                decoder.decode(block)
        except UnicodeDecodeError:
            raise InputFault(
                f"{file} is neither UTF-8 nor {GUESS}: add its encoding, such as adopt.encoding=cp932 (Japanese), "
                "gb18030 (Chinese), cp949 (Korean), cp1251 (Cyrillic), cp1250 (Polish, Czech), mac_roman or cp850 (DOS)"
            ) from None


def _decoded(content: bytes, encoding: str) -> str:
    return codecs.getincrementaldecoder(encoding)("replace").decode(content).removeprefix("\ufeff")


def _records(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number of lines above it."""
    if delimiter == BLANKS:
        return [(above, line.split()) for above, line in enumerate(text.splitlines()) if line.strip()]
    records, above = [], 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for cells in reader:
        if any(cell.strip() for cell in cells):
            records.append((above, cells))
        above = reader.line_num
    return records


def _delimiter(text: str, delimiters: str) -> str:
    """The delimiter by which most rows have as many cells, and most cells."""
    scores = {}
    for delimiter in [*delimiters, BLANKS]:
        records = _records(text, delimiter)
        width = _width(records)
        rows = [(above, cells) for above, cells in records if len(cells) == width]
        share = len(rows) / max(len(records), 1)
        if width > 1 and (share >= WIDE or delimiter != BLANKS):
            scores[delimiter] = (not _is_data(rows, 0), delimiter != BLANKS, share >= WIDE, width * share)
    return max(scores, key=scores.__getitem__, default=",")


def _width(records: Sequence[tuple[int, list[str]]]) -> int:
    """How many cells most rows have; among equals the most."""
    counts = Counter(len(cells) for _, cells in records)
    return max(counts, key=lambda width: (counts[width], width), default=0)


def _is_header(cells: Sequence[str], width: int) -> bool:
    filled = sum(bool(cell.strip()) for cell in cells)
    return len(cells) == width and filled >= max(min(width, 2), FILLED * width)


def _is_data(records: Sequence[tuple[int, list[str]]], line: int) -> bool:
    """Whether half of a line's filled cells hold data, as in a table without a header.

    Those are numbers, and dates and codes, which cells below them are written like: "sales 2024" is not like 5.3.
    """
    below = [cells for _, cells in records[line + 1 : line + 1 + BELOW]]
    are_data = []
    for place, cell in enumerate(records[line][1]):
        if cell.strip() and not PERIOD.fullmatch(cell.strip()):
            alike = {_pattern(cells[place]) for cells in below if place < len(cells)}
            is_coded = bool(re.search(r"\d\d", cell)) and _pattern(cell) in alike
            are_data.append(is_coded or bool(notation.number(re.sub(r"\d", "9", cell))))
    return 2 * sum(are_data) >= len(are_data)


def _pattern(cell: str) -> str:
    """How a cell is written, whatever its digits and letters are."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "9", cell.strip()))


def _lines_below(text: str, delimiter: str, width: int) -> int:
    """How many lines at the end of a text are no rows of the table: notes with fewer cells, and blank lines above."""
    lines = text.rstrip().splitlines()
    below = 0
    for line in reversed(lines):
        cells = line.split() if delimiter == BLANKS else next(csv.reader([line], delimiter=delimiter), [])
        if len(cells) == width or line.count('"') % 2 or below == NOTES:
            break
        below += 1
    return below if below < min(len(lines), NOTES) else 0


def _tail(file: Path, encoding: str) -> str:
    """The lines at the end of a file that is larger than HEAD; "" where only reading all of it would show them."""
    if file.suffix.lower() == ".gz":
        return ""
    with file.open("rb") as content:
        content.seek(-HEAD, io.SEEK_END)
        text = _decoded(content.read(), encoding)
    return text[text.find("\n") + 1 :]
