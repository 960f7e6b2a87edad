"""How text writes numbers and dates: the shapes of a column's cells, and the ways to read them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MOST = 300  # shapes that are kept of a column: numbers and dates have fewer, words have more
HEAD = 2**16  # cells that tell whether a column has words
BLOCK = 2**15  # cells whose digits are replaced at once
MANY = 1000  # dates of one shape that pay for looking at their fields
BLANKS = " \t\u00a0\u2007\u2009\u202f"  # between digits: also the no-break, figure, thin and narrow spaces
APOSTROPHES = "'’‘´`"
MINUS = "−–-"  # also the minus sign of typesetting, and the dash; the hyphen last, as in [...] of an expression
PERCENT = ("%", "percent", "prozent", "pct")
CURRENCIES = {
    "EUR": "€ eur euro euros", "USD": "$ us$ usd dollar dollars", "GBP": "£ gbp", "JPY": "¥ jpy yen",
    "CHF": "chf fr. sfr.", "SEK": "kr kr. sek", "NOK": "nok", "DKK": "dkk", "PLN": "zł pln", "CZK": "kč czk",
    "HUF": "ft huf", "RON": "lei ron", "BRL": "r$ brl", "CNY": "cny rmb", "AUD": "a$ aud", "CAD": "c$ cad",
    "NZD": "nz$ nzd", "TRY": "₺ try", "RUB": "₽ rub", "UAH": "₴ uah", "KRW": "₩ krw", "ILS": "₪ ils",
    "INR": "₹ inr rs rs.", "ZAR": "zar", "MXN": "mxn", "HKD": "hkd", "SGD": "sgd",
}  # fmt: skip
CURRENCY = {spelling: code for code, spellings in CURRENCIES.items() for spelling in spellings.split()}
MULTIPLE = re.compile(
    r"(k|t|m|mm|mn|b|bn|th|tsd|thousand|mio|mill?|million(s|en)?|mrd|billions?|lakhs?|lac|cr|crores?|‰|bps?|pp)\.?"
    r"(\s*(€|\$|£|eur|usd|gbp|chf))?"
)
MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august", "september"]
MONTHS += ["october", "november", "december"]

Shapes = dict[str, tuple[int, str]]  # how many cells of a column have each shape, and the first of them

_UNIT = r"[^\s\d.,'’()+\-−–\x00-\x1f\x7f`][^\d()+\-−–\x00-\x1f\x7f`]{0,11}?"
_NUMBER = re.compile(
    rf"""[{BLANKS}]*(?P<front>{_UNIT}(?=[{BLANKS}(]))?[{BLANKS}]*(?P<open>\()?[{BLANKS}]*(?P<sign>[+{MINUS}])?[{BLANKS}]*
    (?P<before>{_UNIT})?[{BLANKS}]*(?P<inner>[+{MINUS}])?[{BLANKS}]*
    (?P<body>[.,]?[90](?:[90.,{BLANKS}{APOSTROPHES}]*[90])?(?:\.(?![{MINUS}]))?(?:[eE][+-]?9+)?)
    (?P<dash>[.,][—{MINUS}]{{1,2}})?[{BLANKS}]*(?P<trailing>[{MINUS}])?[{BLANKS}]*
    (?P<after>{_UNIT})?[{BLANKS}]*(?P<last>[{MINUS}])?[{BLANKS}]*(?P<close>\))?[{BLANKS}]*""".replace("\n    ", "")
)
_DATE_LIKE = r"^\s*\d{1,4}[./-]\d{1,2}[./-](\d{4}|\d{1,2})(\D|$)"
_MONTH_LIKE = rf"(?i)^\W*(\d{{1,2}}\W{{1,2}})?({'|'.join(month[:3] for month in MONTHS)})[a-z]*\W+\d{{1,4}}"
# Fields of a date: S is 1 to 9, L 01 to 12, M 13 to 31, H any other two digits, Y four; so a shape tells the months.
_DATE_FIELDS = [
    (r"(:\d{2}(?:[.,]\d+)?)\s?(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$", r"\1{z}"),
    (r"(?i)[ap]m$", "{p}"),
    (r"\d{1,2}:\d{2}:\d{2}[.,]\d+", "{f}"),
    (r"\d{1,2}:\d{2}:\d{2}", "{s}"),
    (r"\d{1,2}:\d{2}", "{m}"),
    (r"T\{", "{T}{"),
    (r"(?i)\bmay\b", "{a}"),
    (rf"(?i)\b({'|'.join(MONTHS)})\b", "{B}"),
    (rf"(?i)\b({'|'.join(month[:3] for month in MONTHS)})\b", "{b}"),
    (r"\b(1[3-9]|2\d|3[01])\b", "M"),
    (r"\b(0[1-9]|1[0-2])\b", "L"),
    (r"\b[1-9]\b", "S"),
    (r"\b\d\d\b", "H"),
    (r"\b\d{4}\b", "Y"),
]
_CLASS = np.repeat(np.int64([0, 1, 2, 0]), [1, 12, 19, 68])  # of 0 to 99: can be a month, only a day, or neither
_TIMED = re.compile(
    rb"(?P<date>[^:]*[^\d:])\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?[+-]\d\d(?::?\d\d)?|\D*)", re.DOTALL
)  # the first time of day, behind which stand no digits but those of its zone
_IS_DIGIT = np.isin(np.arange(256), list(b"0123456789"))
_IS_MARK = np.isin(np.arange(256), list(b".,"))
_FIELDS = {"%Y": "Y", "%y": "[LMH]", "%m": "[SL]", "%d": "[SLM]", "%b": r"\{[ab]\}", "%B": r"\{[aB]\}"}
_ORDERS = ["%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d"]
_WORDED = ["%d-%{b}-%Y", "%d-%{b}-%y", "%{b} %d, %Y"]
_TIME = re.compile(r"(?: (?=\{)|(?P<T>\{T\}))?(?:\{(?P<unit>[msf])\})?(?P<half> ?\{p\})?(?P<zone>\{z\})?")
_CLOCK = {"m": "%H:%M", "s": "%H:%M:%S", "f": "%H:%M:%S.%f"}


def bare(text: str) -> str:
    """A text in small letters, with single blanks and none around it."""
    return " ".join(text.split()).lower()


def shapes(column: pa.ChunkedArray | pa.Array) -> Shapes:
    """The shapes of the cells of a text column: digits become 9, a zero before a mark 0, and fields of dates letters.

    What a column can mean is read off its shapes, of which there are few, and those of parts add up; see `merge`.
    """
    cells = pc.drop_null(column).cast(pa.large_string())
    cells = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    shape = _without_digits(cells)
    head = shape.slice(0, HEAD).unique()
    words = head.filter(pc.invert(_are_dates(head)))[:MOST]
    if len(words) == MOST:  # then the shapes of other words are not kept
        kept = pc.or_(pc.is_in(shape, words), _are_dates(shape))
        cells, shape = cells.filter(kept), shape.filter(kept)
    groups = _groups(cells, shape.dictionary_encode())
    counts, first = np.bincount(groups), _first_rows(groups)
    cells, shape = cells.take(pa.array(first)), shape.take(pa.array(first))
    dated = _are_dates(shape)
    shape = pc.replace_with_mask(shape, dated, _in_fields(cells.filter(dated))).dictionary_encode()
    counts = np.bincount(shape.indices, counts).astype(int).tolist()
    texts = cells.take(pa.array(_first_rows(shape.indices.to_numpy())[:MOST])).to_pylist()
    return dict(zip(shape.dictionary[:MOST].to_pylist(), zip(counts, texts, strict=False), strict=True))


def _without_digits(cells: pa.LargeStringArray) -> pa.LargeStringArray:
    """The cells with 9 for every digit, but 0 for a zero that begins a number and stands before a mark.

    One block of cells after the other, so that what is computed stays in the cache of the processor.
    """
    offsets, data = _offsets(cells), _data(cells)
    shape = np.empty_like(data)
    for row in range(0, len(cells), BLOCK):
        starts = offsets[row : row + BLOCK + 1]
        block = slice(starts[0], starts[-1])
        byte, starts = data[block], starts - starts[0]
        shape[block] = np.where(byte - ord("0") < 10, np.uint8(ord("9")), byte)
        zeros = np.flatnonzero((byte[:-1] == ord("0")) & ((byte[1:] == ord(".")) | (byte[1:] == ord(","))))
        is_start = np.zeros(len(byte) + 1, bool)
        is_start[starts] = True
        begins = is_start[zeros] | ~(_IS_MARK | _IS_DIGIT)[byte[zeros - 1]]
        shape[block][zeros[begins & ~is_start[zeros + 1]]] = ord("0")
    buffers = [None, cells.buffers()[1], pa.py_buffer(shape)]
    return pa.Array.from_buffers(cells.type, len(cells), buffers, offset=cells.offset)


def _groups(cells: pa.LargeStringArray, encoded: pa.DictionaryArray) -> np.ndarray:
    """The number of each cell's group: cells of one group have one shape. In the order of the groups' first cells.

    `encoded` are the cells without digits, which are enough but for dates: their shapes also tell what fields can be.
    Most cells of dates differ, so that their fields are read off the bytes, all at once; the few others are compared.
    """
    groups = encoded.indices.to_numpy()
    dated = np.flatnonzero(_are_dates(encoded.dictionary))
    if not len(dated):
        return groups
    starts, data, counts = _offsets(cells)[:-1], _data(cells), np.bincount(groups)
    groups, known = groups.astype(np.int64), np.zeros(len(groups), bool)
    is_date = np.isin(np.arange(len(counts)), dated)[groups]
    for number in dated[counts[dated] >= MANY]:
        fields = _short_fields(encoded.dictionary[number].as_py().encode())
        if fields is not None:
            rows = np.flatnonzero(encoded.indices.to_numpy() == number)
            groups[rows] += len(counts) * (1 + _classes(data, starts[rows], fields))
            known[rows] = True
    rows = np.flatnonzero(is_date & ~known)
    groups[rows] += len(counts) * (1 + cells.take(pa.array(rows)).dictionary_encode().indices.to_numpy())
    return pa.array(groups).dictionary_encode().indices.to_numpy()


def _short_fields(shape: bytes) -> list[tuple[int, int]] | None:
    """Where fields of one or two digits begin and end in dates of this shape; None where other digits matter too.

    Years of four digits, the time of day and its zone become the same whatever their digits are. More than eight
    fields are no date, and would make too many groups.
    """
    timed = _TIMED.fullmatch(shape)
    date = timed["date"].removesuffix(b"T") if timed else shape
    fields = [match.span() for match in re.finditer(rb"\b(?:\d\d?|\d{4})\b", date)]
    digits = sum(end - start for start, end in fields)
    if b":" in date or digits < len(re.findall(rb"\d", date)) or len(fields) > 8:
        return None
    return [(start, end) for start, end in fields if end - start < 4]


def _classes(data: np.ndarray, starts: np.ndarray, fields: list[tuple[int, int]]) -> np.ndarray:
    """What the fields of each date can be, as one number: month and day, only a day, or neither."""
    classes = np.zeros(len(starts), np.int64)
    for start, end in fields:
        value = np.zeros(len(starts), np.uint8)
        for position in range(start, end):
            value = value * 10 + (data[starts + position] - ord("0"))
        classes = classes * 3 + _CLASS[value]
    return classes


def _are_dates(cells: pa.LargeStringArray) -> pa.BooleanArray:
    """Which cells look like dates; it does not matter which digits they have."""
    return pc.match_substring_regex(cells, f"{_DATE_LIKE}|{_MONTH_LIKE}")


def _in_fields(dates: pa.LargeStringArray) -> pa.LargeStringArray:
    for pattern, field in _DATE_FIELDS:
        dates = pc.replace_substring_regex(dates, pattern, field)
    return dates


def _first_rows(codes: np.ndarray) -> np.ndarray:
    """The first row of each code, of codes that are numbered in the order of their first rows."""
    return np.searchsorted(np.maximum.accumulate(codes), np.arange(codes.max(initial=-1) + 1))


def _offsets(cells: pa.LargeStringArray) -> np.ndarray:
    return np.frombuffer(cells.buffers()[1], np.int64)[cells.offset : cells.offset + len(cells) + 1]


def _data(cells: pa.LargeStringArray) -> np.ndarray:
    return np.frombuffer(cells.buffers()[2] or b"", np.uint8)


def merge(total: Shapes, part: Shapes) -> Shapes:
    """Adds the shapes of a later part; a column keeps MOST."""
    merged = dict(total)
    for shape, (count, text) in part.items():
        earlier, first = merged.get(shape, (0, text))
        if earlier or len(merged) < MOST:
            merged[shape] = (earlier + count, first)
    return merged


@dataclass(frozen=True)
class Number:
    """What stands in a cell beside its digits, marks and power of ten, which are the body; as the cell spells it."""

    body: str
    unit: str
    signs: str
    dash: str  # in the place of decimals, as in 12,-
    trailing: bool  # the sign stands behind the digits
    bracketed: bool  # brackets stand for a minus


def number(shape: str) -> Number | None:
    """The cell of that shape as a number, or None where it is none."""
    match = _NUMBER.fullmatch(shape)
    if not match or bool(match["open"]) != bool(match["close"]):
        return None
    ahead = [unit for unit in (match["front"], match["before"]) if unit]
    units = ahead + ([match["after"].rstrip(BLANKS)] if match["after"] else [])
    if len(units) > 1 and MULTIPLE.fullmatch(units[-1].lower()):
        units = units[-1:]  # as in $1.2M, where the M is what counts
        ahead = []
    if len(units) > 1 or any(unit.lower() not in CURRENCY and unit not in PERCENT for unit in ahead):
        return None
    signs = "".join(match[sign] or "" for sign in ("sign", "inner", "trailing", "last"))
    if len(signs) + bool(match["open"]) > 1:
        return None
    trailing = bool(match["trailing"] or match["last"])
    return Number(match["body"], "".join(units), signs, match["dash"] or "", trailing, bool(match["open"]))


def marks(bodies: Iterable[str]) -> list[tuple[str, str]]:
    """The pairs of a thousands mark and a decimal mark with which all these bodies are numbers.

    A mark that does not occur is "". A blank stands for all BLANKS, an apostrophe for all APOSTROPHES. Several pairs
    are ways to read the same text differently, as 9,569. A number with a power of ten has no thousands marks.
    """
    bodies, pairs = set(bodies), {}
    kinds = {"": "", ".": r"\.", ",": ",", " ": f"[{BLANKS}]", "'": f"[{APOSTROPHES}]"}
    for thousands, pattern in kinds.items():
        grouped = rf"9{{1,3}}(?:{pattern}9{{2,3}})*{pattern}9{{3}}|" if thousands else ""
        for decimal in {".", ","} - {thousands}:
            digits, fraction = rf"(?:{grouped}[90]?9*)", rf"(?:{kinds[decimal]}9*)?"
            whole = re.compile(rf"{digits}{fraction}|[90]?9*{fraction}[eE][+-]?9+")
            if all(whole.fullmatch(body) for body in bodies):
                used = [any(mark and re.search(kinds[mark], body) for body in bodies) for mark in (thousands, decimal)]
                pairs[(thousands if used[0] else "", decimal if used[1] else "")] = True
    return sorted(pairs, reverse=True)


def date_formats(shapes: Iterable[str]) -> dict[str, list[str]]:
    """The orders of day, month and year in which all these shapes are dates, each with the formats of strptime.

    Several orders are ways to read the same text differently, as 01/02/2025. A time zone stands as %z.
    """
    found = {}
    for order in [*_ORDERS, *(worded.replace("{b}", month) for worded in _WORDED for month in "bB")]:
        formats = [_date_format(shape, order) for shape in shapes]
        if all(formats) and order.replace("%B", "%b") not in found:  # May is both
            found[order] = sorted(set(formats))
    return found


def _date_format(shape: str, order: str) -> str:
    """The format of a shape whose fields stand in that order; "" where it has none."""
    pattern = ""
    for token in re.findall(r"%.|.", order):
        separator = "(?P=mark)" if "<mark>" in pattern else "(?P<mark>[./ -])"
        pattern += _FIELDS.get(token) or (separator if token == "-" else token)
    match = re.match(rf"\s*{pattern}(?P<rest>.*?)\s*$", shape)
    time = _TIME.fullmatch(match["rest"]) if match else None
    if not time or (time["half"] and not time["unit"]):
        return ""
    mark = match.groupdict().get("mark") or "-"
    if mark == "." and order[1] not in "dY":
        return ""  # where dots stand in dates, the day or the long year comes first
    clock = _CLOCK.get(time["unit"] or "", "")
    clock = clock.replace("%H", "%I") + time["half"].replace("{p}", "%p") if time["half"] else clock
    between = ("T" if time["T"] else " ") if clock else ""
    return f"{order.replace('-', mark)}{between}{clock}{'%z' if time['zone'] else ''}"
