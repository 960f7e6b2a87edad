"""Text as DuckDB reads it: a file in another encoding, with notes below its table, or of blanks is copied first."""

import codecs
import gzip
import io
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, TypeVar

from segmentation.pipeline import storage
from segmentation.pipeline.errors import InputFault
from segmentation.pipeline.source_kinds import BLANKS, Query

Row = TypeVar("Row")
HEAD = 1 << 16  # bytes that show the line ends
BUFFER = 1 << 20  # read at once
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # how those of Excel begin, new and old
ENDS = {"\r\n": "CR LF", "\n": "LF", "\r": "CR"}
CELLS = re.compile(r'"(?:[^"]|"")*"(?=\s|$)|\S+')  # of a line, between blanks
SAVE = "save it as UTF-8, in Excel as `CSV UTF-8`"


def is_plain(source: Query) -> bool:
    """Whether DuckDB reads the text files of a source as they lie."""
    return is_utf8(source.encoding) and not source.lines_below and source.delimiter != BLANKS


def is_utf8(encoding: str) -> bool:
    """Whether this is a name of UTF-8."""
    return codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")


def opened(file: Path, encoding: str, buffer: int = BUFFER) -> IO[str]:
    """A text file, which may be compressed by gzip, with its line ends as they are and without a byte order mark."""
    content = unpacked(file, buffer)
    if codecs.lookup(encoding).name.startswith("utf-16-") and content.read(2) not in UTF16_MARKS:
        content.seek(0)  # the codecs of one byte order would keep the mark
    return io.TextIOWrapper(content, "utf-8-sig" if is_utf8(encoding) else encoding, newline="")


def unpacked(file: Path, buffer: int = BUFFER) -> IO[bytes]:
    """The bytes of a file, which may be compressed by gzip."""
    return gzip.open(file) if file.suffix.lower() == ".gz" else file.open("rb", buffering=buffer)


def mixes_line_ends(file: Path) -> bool:
    """Whether a file has two kinds of line ends near its beginning, as where a heading is wrapped inside its cell."""
    if storage.is_url(file):
        return False
    try:
        with unpacked(file) as content:
            start = content.read(HEAD)
    except (gzip.BadGzipFile, EOFError):
        return False  # told when it is read
    return b"\r\n" in start and bool(re.search(rb"(?<!\r)\n", start))


def copy(file: Path, source: Query, target: Path) -> None:
    """Copies the lines of a text file as UTF-8, with one kind of line end, without those below its table.

    Runs of blanks become tabs where they delimit. Raises InputFault where it is not in the encoding of the source.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    ends = "\n" if mixes_line_ends(file) else "\r\n"
    with storage.store_faults(file), target.open("w", encoding="utf-8", newline="") as lines:
        try:
            if _start(file).startswith(WORKBOOKS):
                raise InputFault(undecodable(file, source.encoding))
            with opened(file, source.encoding) as text:
                for line in without_last(text, source.lines_below, str.isspace) if source.lines_below else text:
                    line = "\t".join(CELLS.findall(line)) + "\n" if source.delimiter == BLANKS else line
                    lines.write(line.replace("\r\n", ends))
        except UnicodeError as error:
            raise InputFault(undecodable(file, source.encoding, getattr(error, "reason", str(error)))) from None
        except (gzip.BadGzipFile, EOFError) as error:
            raise InputFault(packed_badly(file, str(error))) from None


def undecodable(file: Path, encoding: str, reason: str = "") -> str:
    """A message about a file that is not in that encoding, with the byte where that shows, if it is to be UTF-8."""
    start = _start(file)
    if start.startswith(WORKBOOKS):
        return (
            f"{file} is a spreadsheet or an archive, not text: name it .xlsx if it is one of Excel, or save it as CSV"
        )
    if not is_utf8(encoding):
        detail = f" ({reason})" if reason else ""
        return f"{file} is not {encoding}{detail}: set `source.encoding` of the data set to its encoding, or {SAVE}"
    if start.startswith(UTF16_MARKS) or b"\0" in start:
        order = "" if start.startswith(UTF16_MARKS) else "-be" if start.startswith(b"\0") else "-le"
        return f"{file} is UTF-16: set `source.encoding` of the data set to utf-16{order}, or {SAVE}"
    offset = _first_undecodable(file)
    return f"{file} is not UTF-8 at byte {offset}: set `source.encoding` of the data set, as to cp1252, or {SAVE}"


def _start(file: Path) -> bytes:
    with unpacked(file) as content:
        return content.read(4)


def _first_undecodable(file: Path) -> int:
    """The first byte that is not UTF-8."""
    decoder, offset = codecs.getincrementaldecoder("utf-8")(), 0
    with unpacked(file) as content:
        while block := content.read(BUFFER):
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return offset + error.start - pending
            offset += len(block)
    return offset


def packed_badly(file: Path, reason: str) -> str:
    """A message about a file that gzip cannot unpack."""
    return f"{file} cannot be unpacked ({reason}): compress it again with gzip, or export it again"


def mixed_ends(file: Path) -> str:
    """A message about a file whose lines end in several ways, with the first that ends in another way than line 1.

    Line ends between quotes belong to a cell.
    """
    ends, is_quoted = "", False
    with opened(file, "utf-8") as lines:
        for number, line in enumerate(lines, 1):
            is_quoted ^= line.count('"') % 2 == 1
            end = line[len(line.rstrip("\r\n")) :]
            ends = ends or end
            if not is_quoted and end and end != ends:
                told = f"{file} line {number} ends in {ENDS[end]} and line 1 in {ENDS[ends]}: give all lines one end"
                return told if "\r" in (end, ends) else f"{told}, as `sed -i 's/\\r$//' {shlex.quote(str(file))}` does"
    return f"{file} cannot be cut into lines: look for a quote that is left open"


def without_last(rows: Iterable[Row], last: int, is_blank: Callable[[Row], bool]) -> Iterator[Row]:
    """The rows of a table but for the last ones; blank rows at the end do not count."""
    held: list[Row] = []
    blank: list[Row] = []
    for row in rows:
        if is_blank(row):
            blank.append(row)
            continue
        held += [*blank, row]
        blank.clear()
        ready = max(len(held) - last, 0)
        yield from held[:ready]
        del held[:ready]
