"""What the cells of a column are: numbers with their marks, dates in their order, answers, codes or words."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from segmentation.pipeline import cures, notation, reading
from segmentation.pipeline.notation import CURRENCY, PERCENT, Shapes, bare
from segmentation.pipeline.source_kinds import Column
from segmentation.sources.result import INEXACT, INTEGERS, WIDE

NUMBER, DATE, YES_NO, TEXT = "number", "date", "yes_no", "text"  # the kinds of Column
ORDERS = {
    "Y": "year first",
    "y": "year first",
    "d": "day first",
    "m": "month first",
    "b": "month first",
    "B": "month first",
}
DAY = "99999999"  # the shape of 20250131
CATEGORIES = ("unknown", "unbekannt", "none")  # in a column of words, answers like others
SLIPS = 0.01  # of the cells may be unreadable in a column that is called one of numbers or dates, so that it is told


@dataclass(frozen=True)
class Kind:
    """What a column holds, as a word for people, and how its cells are written.

    Where they can be read in several ways, `readings` has each with what `example` then means, and `column` is text.
    `slips` are cells that do not fit in with the others, and `fault` says what else keeps the column from being read.
    """

    word: str
    column: Column
    readings: Sequence[tuple[str, Column]] = ()
    example: str = ""
    slips: Sequence[str] = ()
    fault: str = ""
    has_zeros: bool = False  # in front of digits, as codes have


def of_type(type_name: str) -> Kind | None:
    """The kind of a column that a file or a database gives a type; None for text, which its cells tell."""
    if type_name == "BOOLEAN":
        return Kind("yes/no", Column(YES_NO))
    if type_name in INTEGERS or type_name.startswith((*INEXACT, *WIDE)):
        return Kind("number", Column(NUMBER))
    if type_name.startswith(("DATE", "TIMESTAMP")):
        return Kind("date", Column(DATE))
    if type_name.startswith(("VARCHAR", "ENUM", "UUID")) and not type_name.endswith("]"):
        return None if type_name == "VARCHAR" else Kind("words", Column(TEXT))
    return Kind(type_name.lower()[:20], Column(TEXT), fault=f"its type, {type_name[:40]}, holds no single values")


def of_text(shapes: Shapes, is_dated: bool, decimal: str = "", day_first: bool | None = None) -> Kind:
    """The kind of a column of text by the shapes of its cells; `is_dated` where its name says that it holds dates.

    `decimal` and `day_first` settle what the cells leave open.
    """
    missing = [text for _, text in shapes.values() if bare(text) in cures.MISSING]
    others = [text for _, text in shapes.values() if text not in missing]
    if others and all(re.fullmatch("[A-Z]{2}", text) for text in others):
        missing = [text for text in missing if text != "NA"]  # Naples, or Namibia
    filled = {shape: text for shape, (_, text) in shapes.items() if text not in missing}
    if not filled:
        return Kind("empty", Column(TEXT))
    marks = sorted(missing)
    if reading.answers("", list(filled.values())):
        return Kind("yes/no", Column(YES_NO, missing=marks))
    slips = [shape for shape in filled if not notation.number(shape) and not notation.date_formats([shape])]
    known = {shape: text for shape, text in filled.items() if shape not in slips}
    if slips and sum(shapes[shape][0] for shape in slips) > SLIPS * sum(shapes[shape][0] for shape in known):
        marks = [mark for mark in marks if bare(mark) not in CATEGORIES]
        return Kind("words", Column(TEXT, missing=marks), fault=_unread(shapes, list(filled.values()), is_dated))
    kind = _dates(known, marks, is_dated, day_first) or _numbers(known, marks, decimal)
    return replace(kind, slips=[filled[shape] for shape in slips])


def _unread(shapes: Shapes, texts: Sequence[str], is_dated: bool) -> str:
    """What keeps words that stand for numbers, dates or times from being read as such; "" for other words."""
    if all(unicodedata.normalize("NFKC", text) != text and re.search(r"\d", text) for text in texts):
        return f"its digits are full-width, as in {texts[0]!r}: write them as 0 to 9"
    if all(re.fullmatch(r"\s*\d+\s*年\s*\d+\s*月(\s*\d+\s*日)?\s*", text) for text in texts):
        return "dates with 年: write them as 2026-01-31"
    words = cures.find("cell", shapes).words
    if words.startswith(("these are dates", "these are times")):
        return words
    is_date = is_dated and all(re.search(r"\d", text) for text in texts)
    return f"its dates, such as {texts[0]!r}, are not read: write them as 2026-01-31" if is_date else ""


def _dates(texts: dict[str, str], marks: list[str], is_dated: bool, day_first: bool | None) -> Kind | None:
    if is_dated and set(texts) == {DAY}:
        return Kind("date", Column(DATE, order="year first", missing=marks))
    formats = notation.date_formats(texts)
    if not formats:
        return None
    found = {ORDERS[form[1]]: form for form in reversed(formats)}
    if day_first is not None and len(found) > 1:
        settled = "day first" if day_first else "month first"
        found = {order: form for order, form in found.items() if order == settled} or found
    columns = {order: Column(DATE, order=order, missing=marks) for order in found}
    if len(columns) == 1:
        return Kind("date", next(iter(columns.values())))
    cure = reading.dates("", texts, {form: formats[form] for form in found.values()}, reading.DUCKDB)
    meanings = [meaning for meaning, _ in cure.readings]
    return Kind("date?", Column(TEXT), list(zip(meanings, columns.values(), strict=True)), cure.example)


def _numbers(texts: dict[str, str], marks: list[str], decimal: str) -> Kind:
    numbers = {shape: number for shape in texts if (number := notation.number(shape))}
    if len(numbers) < len(texts):
        beside = "numbers and dates" if numbers else "dates of several orders"
        return Kind("words", Column(TEXT), fault=f"{beside} stand side by side")
    if reading.are_codes(numbers, among_words=False):
        return Kind("code", Column(TEXT))
    cure = reading.numbers("", numbers, texts, reading.DUCKDB)
    if not cure.readings:
        return Kind("number?", Column(TEXT), fault=cure.words.removesuffix(": mend the file"))
    units = sorted({number.unit for number in numbers.values() if number.unit})
    unit = units[0] if units else ""
    pairs = notation.marks(number.body for number in numbers.values())
    if unit.lower() in PERCENT and len(pairs) > 1:
        pairs = [pair for pair in pairs if not pair[0]] or pairs  # no percents come in thousands
    elif decimal and len(pairs) > 1:
        pairs = [pair for pair in pairs if pair[1] == decimal or (not pair[1] and pair[0] != decimal)] or pairs
    columns = [
        Column(NUMBER, thousands=pair[0], decimal=pair[1] or _other(pair[0]), unit=unit, missing=marks)
        for pair in pairs
    ]
    if len(columns) == 1:
        return Kind(_word(unit), columns[0])
    meanings = [meaning for meaning, _ in cure.readings]
    return Kind("number?", Column(TEXT), list(zip(meanings, columns, strict=True)), cure.example)


def _other(thousands: str) -> str:
    """The decimal mark of numbers without decimals: a point, unless that parts the thousands."""
    return "," if thousands == "." else "."


def _word(unit: str) -> str:
    if unit.lower() in PERCENT:
        return "percent"
    return f"amount in {unit}" if unit.lower() in CURRENCY else f"number in {unit}" if unit else "number"
