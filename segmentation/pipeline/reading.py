"""The SQL that reads text as what it stands for: numbers by their marks, dates by their order, yes and no."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from segmentation.pipeline import notation
from segmentation.pipeline.notation import APOSTROPHES, BLANKS, CURRENCY, MINUS, MULTIPLE, PERCENT, Number

DUCKDB, POSTGRES, SQLITE = "duckdb", "postgres", "sqlite"
YES = frozenset({"yes", "y", "ja", "j", "true", "t", "wahr", "oui", "o", "si", "sí", "on"})
NO = frozenset({"no", "n", "nein", "false", "f", "falsch", "non", "off"})
MARKS = {".": "dots", ",": "commas", " ": "blanks", "'": "apostrophes"}
ORDERS = {"Y": "year first", "y": "year first", "d": "day first"}  # else the month comes first
NUMBER_TYPE = {DUCKDB: "DOUBLE", POSTGRES: "DOUBLE PRECISION", SQLITE: "REAL"}
POSTGRES_FIELDS = {"%Y": "YYYY", "%y": "YY", "%m": "MM", "%d": "DD", "%b": "Mon", "%B": "Month"}


@dataclass(frozen=True)
class Cure:
    """What the text of a column is, and each way to read it: what `example` then means, with the SQL that reads it.

    Without a reading, the words say what to do instead. Dates are read as dates. Text that is `ordered` stands for
    numbers or dates, whose order is another than that of text; None stands for amounts that no SQL can bring in order.
    """

    words: str
    readings: Sequence[tuple[str, str]] = ()
    example: str = ""
    dates: bool = False
    ordered: bool | None = True


def literal(text: str) -> str:
    """A text in the quotes of SQL, with the quotes inside it doubled."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """The name of a table or column in the quotes of SQL, with the quotes inside it doubled."""
    return '"' + name.replace('"', '""') + '"'


def answers(subject: str, texts: Sequence[str]) -> Cure | None:
    """The cure of a column whose texts say yes and no; None where they do not."""
    yes, no = ([text for text in texts if notation.bare(text) in answers] for answers in (YES, NO))
    if len(yes) + len(no) < len(texts) or (not (yes and no) and min(map(len, texts)) == 1):
        return None
    cases = [(yes, 1), (no, 0)]
    sql = " ".join(f"WHEN {subject} IN ({', '.join(map(literal, said))}) THEN {n}" for said, n in cases if said)
    return Cure("these say yes and no", [("1 and 0", f"CASE {sql} END")], ordered=False)


def dates(subject: str, texts: Mapping[str, str], formats: Mapping[str, list[str]], dialect: str) -> Cure:
    """The cure of dates: `texts` by their shapes, `formats` by the orders in which they can be read."""
    if any(text != text.strip() for text in texts.values()):
        subject = f"trim({subject})"
    meanings = {text: [_day(text, formats[order]) for order in formats] for text in texts.values()}
    example = max(meanings, key=lambda text: len(set(meanings[text])))
    days = [day_sql(subject, order, formats[order], texts, dialect) for order in formats]
    if not all(days):
        return Cure("these are dates, which SQLite cannot read as they are: write them as 2026-01-31")
    order = f", {ORDERS.get(next(iter(formats))[1], 'month first')}" if len(days) == 1 else ""
    return Cure(f"dates{order}", list(zip(meanings[example], days, strict=True)), example, dates=True)


def _day(text: str, formats: Sequence[str]) -> str:
    for form in formats:
        try:
            return datetime.strptime(text.strip(), form).date().isoformat()
        except ValueError:
            continue
    return "another day"


def day_sql(subject: str, order: str, formats: Sequence[str], shapes: Mapping[str, str], dialect: str) -> str:
    """The SQL of a date, in SQLite as a number of days; "" where SQLite has none."""
    iso = all(form.startswith("%Y-%m-%d") and "%p" not in form for form in formats)
    if dialect == DUCKDB and any(re.search(r"\d [+-]\d", text) for text in shapes.values()):
        subject = f"regexp_replace({subject}, ' ([+-])', '\\1')"  # a zone stands right behind the time
    if iso and any("%z" in form for form in formats):
        moment = f"CAST({subject} AS TIMESTAMPTZ) AT TIME ZONE 'UTC'"
        return f"julianday(date({subject}))" if dialect == SQLITE else f"CAST({moment} AS DATE)"
    if dialect == DUCKDB:
        listed = ", ".join(map(literal, formats))
        listed = f"[{listed}]" if len(formats) > 1 else listed
        return f"CAST({subject} AS DATE)" if iso else f"CAST(strptime({subject}, {listed}) AS DATE)"
    date = formats[0][: len(order)]
    if dialect == POSTGRES:
        form = re.sub("%.", lambda field: POSTGRES_FIELDS[field[0]], date)
        return f"CAST({subject} AS DATE)" if iso else f"to_date({subject}, {literal(form)})"
    if iso and not any(re.search(r"\bS\b", shape) for shape in shapes):
        return f"julianday(date({subject}))"
    if not {"%Y", "%m", "%d"} <= set(re.findall("%.", date)) or any(re.search(r"\bS\b", shape) for shape in shapes):
        return ""
    form = re.sub("%.", lambda field: POSTGRES_FIELDS[field[0]], date)
    fields = [f"substr({subject}, {form.index(field) + 1}, {len(field)})" for field in ("YYYY", "MM", "DD")]
    return "julianday(" + " || '-' || ".join(fields) + ")"


def numbers(subject: str, cells: Mapping[str, Number], texts: Mapping[str, str], dialect: str) -> Cure:
    """The cure of numbers, by the marks, signs and units that any of the `cells` has; they and `texts` are by shape."""
    if fault := _unit_fault([number.unit for number in cells.values()]):
        return Cure(fault, ordered=None)
    pairs = notation.marks(number.body for number in cells.values())
    if not pairs or any(number.dash and number.trailing for number in cells.values()):
        first, *_, last = [*texts.values(), *texts.values()]
        return Cure(f"they are written in several ways, such as {first!r} and {last!r}: mend the file")
    telling = next((shape for shape in cells if len(notation.marks([cells[shape].body])) > 1), next(iter(cells)))
    readings = [
        (
            _meaning(texts[telling], cells[telling], pair[1]),
            number_sql(subject, cells, *pair, NUMBER_TYPE[dialect], dialect),
        )
        for pair in pairs
    ]
    marked = _marked(*pairs[0]) if len(pairs) == 1 else []
    traits = ", ".join([*marked, *_traits(cells.values())])
    return Cure(f"numbers with {traits}" if traits else "numbers kept as text", readings, texts[telling])


def are_codes(cells: Mapping[str, Number], among_words: bool) -> bool:
    """Whether numbers are codes or sizes, as 85123A beside 22423, or whole ones `among_words`, as 38 beside M.

    Of the former, letters that are no known unit hang behind the digits of some, or not the same letters.
    """
    letters = {
        number.unit if number.body + number.unit in shape and _is_unknown(number.unit) else ""
        for shape, number in cells.items()
    }
    return len(letters) > 1 or (among_words and all(set(shape.strip()) == {"9"} for shape in cells))


def _is_unknown(unit: str) -> bool:
    small = unit.lower()
    return small not in CURRENCY and small not in PERCENT and not MULTIPLE.fullmatch(small)


def _unit_fault(units: Sequence[str]) -> str:
    """Why numbers with these units cannot be made one column; "" where they can."""
    named = {unit for unit in units if unit}
    kinds = {unit_kind(unit) for unit in named}
    if multiple := next(
        (unit for unit in sorted(named) if not unit_kind(unit).isupper() and MULTIPLE.fullmatch(unit.lower())), ""
    ):
        return f"they are shortened by {multiple!r}: write them in full in the file"
    if len(kinds) > 1:
        return f"they are in several units, {', '.join(sorted(named))}: bring them to one in the file"
    if "%" in kinds and "" in units:
        return "some have a percent sign and some have none: mend the file"
    return ""


def unit_kind(unit: str) -> str:
    """A currency by its code, percent, or the unit itself in small letters."""
    small = unit.lower()
    return "%" if small in PERCENT else CURRENCY.get(small, small)


def _marked(thousands: str, decimal: str) -> list[str]:
    marks = [(thousands, "thousands"), (decimal, "decimals")]
    return [f"{MARKS[mark]} for {what}" for mark, what in marks if mark]


def _traits(numbers: Collection[Number]) -> list[str]:
    """What stands around the digits, for people."""
    traits = [f"the unit {unit}" for unit in sorted({number.unit for number in numbers if number.unit})]
    traits += ["brackets for a minus"] if any(number.bracketed for number in numbers) else []
    return traits + (["a sign behind"] if any(number.trailing for number in numbers) else [])


def _meaning(text: str, number: Number, decimal: str) -> str:
    """The value of a cell, read with these marks, as a person would write it without any."""
    body = re.sub(rf"[^\d{re.escape(decimal)}]", "", text.replace(number.unit, "") if number.unit else text)
    value = float(body.replace(",", ".")) / (100 if unit_kind(number.unit) == "%" else 1)
    negative = number.bracketed or any(sign in MINUS for sign in number.signs)
    return f"{-value if negative else value:.15g}"


def number_sql(
    subject: str, numbers: Mapping[str, Number], thousands: str, decimal: str, type_name: str, dialect: str = DUCKDB
) -> str:
    """The SQL that takes off all that stands around the digits; only text as it was seen passes it."""
    letters = sorted(set("".join(numbers)))
    units = sorted({number.unit for number in numbers.values() if number.unit}, key=lambda unit: (-len(unit), unit))
    trailing = any(number.trailing for number in numbers.values())
    swaps = [(text, "") for text in [*units, *sorted({number.dash for number in numbers.values() if number.dash})]]
    swaps += [(letter, "") for letter in letters if letter in BLANKS]
    swaps += [(letter, "") for letter in letters if letter in {"'": APOSTROPHES, " ": ""}.get(thousands, thousands)]
    swaps += [
        (letter, "" if trailing else "-") for letter in letters if letter in MINUS and (trailing or letter != "-")
    ]
    swaps += [("(", "-"), (")", "")] if "(" in letters else []
    swaps += [(",", ".")] if decimal == "," else []
    sql = subject
    for old, new in swaps:
        sql = f"replace({sql}, {_quoted(old, dialect)}, {literal(new)})"
    if any(unit_kind(number.unit) == "%" for number in numbers.values()):
        sql = f"{sql} || 'e-2'"  # moves the point: a division by 100 would be off in the last digit
    sql = f"CAST({sql} AS {type_name})"
    if trailing:
        signs = " OR ".join(f"{subject} LIKE {_pattern(letter, dialect)}" for letter in letters if letter in MINUS)
        sql = f"CASE WHEN {signs} THEN -1 ELSE 1 END * {sql}"
    return sql


def _quoted(text: str, dialect: str) -> str:
    """A literal; a letter that is easily taken for another, as the no-break space, by its number."""
    if text in " -" or text not in BLANKS + MINUS:
        return literal(text)
    return f"{'char' if dialect == SQLITE else 'chr'}({ord(text)})"


def _pattern(letter: str, dialect: str) -> str:
    return f"'%' || {_quoted(letter, dialect)} || '%'" if letter != "-" else "'%-%'"
