"""The cells of a column become what they say, to the last digit, or are refused: tables of cells, and laws."""

import random
from datetime import date
from decimal import Decimal

import duckdb
import pytest

from segmentation.pipeline import notation
from segmentation.pipeline.source_kinds import Column
from segmentation.sources import columns
from segmentation.sources.columns import UnfitCell, UnfitType


def values(column, *cells, type="VARCHAR"):
    """The cells, which are of a type of DuckDB, as their column is read."""
    with duckdb.connect() as connection:
        connection.execute(f"SET TimeZone = 'UTC'; CREATE TABLE t (x {type})")
        for cell in cells:
            connection.execute("INSERT INTO t VALUES (?)", [cell])
        filled = columns.filled("x", column) if type == "VARCHAR" else "''"
        shapes = notation.shapes(connection.sql(f"SELECT {filled} FROM t").to_arrow_table().column(0))
        expression = columns.expression("x", column, type, shapes)
        return [value for (value,) in connection.execute(f"SELECT {expression} FROM t ORDER BY rowid").fetchall()]


GERMAN = Column("number", thousands=".", decimal=",", unit="€")
FRENCH = Column("number", thousands=" ", decimal=",", unit="€")
SWISS = Column("number", thousands="'", decimal=".", unit="CHF")
AMERICAN = Column("number", thousands=",", decimal=".", unit="$")
PERCENT = Column("number", decimal=",", unit="%")
PLAIN = Column("number")

NUMBERS = {
    "German": (GERMAN, {"1.234,50 €": 1234.5, "-0,99": -0.99, "7": 7, "€ 12": 12, "1.234.567 EUR": 1234567}),
    "a sign behind": (GERMAN, {"12,50-": -12.5, "3,00": 3, "1.000,00- €": -1000}),
    "no decimals": (GERMAN, {"12,- €": 12, "9,50 €": 9.5}),
    "French": (FRENCH, {"1 234,5 €": 1234.5, "1\u00a0234,5\u00a0€": 1234.5, "1\u202f234 €": 1234, "0,5": 0.5}),
    "Swiss": (SWISS, {"CHF 1'234.50": 1234.5, "1’234.50": 1234.5, "Fr. 12": 12, "-5": -5}),
    "American": (AMERICAN, {"$1,234.50": 1234.5, "($12.00)": -12, "-$3": -3, "1,234,567": 1234567, "+4": 4}),
    "percent": (PERCENT, {"0,57 %": 0.0057, "22,35%": 0.2235, "-1 %": -0.01, "110 Prozent": 1.1}),
    "signs of typesetting": (PLAIN, {"\u22125.5": -5.5, "–2": -2, "-3": -3}),
    "blanks around": (PLAIN, {" 5 ": 5, "\u00a07.5\u00a0": 7.5, "\t8": 8, "": None, "   ": None, "\u00a0": None}),
    "powers": (PLAIN, {"1e3": 1000, "2.5E-3": 0.0025, ".5": 0.5, "5.": 5}),
    "marks for missing": (Column("number", missing=["n/a", "99", " - "]), {"n/a": None, "99": None, "12": 12}),
    "exact": (Column("number", decimals=2), {"0.1": Decimal("0.1"), "12345678901234.56": Decimal("12345678901234.56")}),
}  # fmt: skip


@pytest.mark.parametrize(("column", "cells"), NUMBERS.values(), ids=NUMBERS)
def test_a_number_is_read_to_its_last_digit(column, cells):
    assert values(column, *cells) == list(cells.values())


@pytest.mark.parametrize(
    ("column", "cell", "fault"),
    [
        (PLAIN, "1,5", "has other marks than '.' for decimals"),
        (PLAIN, "1,234.5", "other marks"),
        (GERMAN, "1234.5", "has other marks than '.' for thousands and ',' for decimals"),
        (GERMAN, "1.23", "other marks"),
        (GERMAN, "1,234,567", "other marks"),
        (FRENCH, "1.234,5", "other marks"),
        (SWISS, "1,234", "other marks"),
        (AMERICAN, "1.234,50", "other marks"),
        (GERMAN, "5 $", "has the unit $, not €"),
        (PLAIN, "5 €", "has the unit €, not none"),
        (PLAIN, "5 %", "has the unit %, not none"),
        (PERCENT, "5", "has the unit none, not %"),
        (PERCENT, "5 €", "has the unit €, not %"),
        (PLAIN, "5k", "has the unit k, not none"),
        (Column("number", unit="Mio"), "5", "has the unit none, not Mio"),
        (Column("number", unit="k"), "5", "has the unit none, not k"),
        (PLAIN, "five", "is no number"),
        (PLAIN, "n/a", "is no number"),
        (PLAIN, "12/5", "is no number"),
        (PLAIN, "2024-01-31", "is no number"),
        (PLAIN, "1 2", "other marks"),
        (Column("number", decimals=2), "1.005", "has more than 2 decimals"),
        (Column("number", decimals=0), "1.5", "has more than 0 decimals"),
        (Column("number", decimals=2), "1.5e-3", "has more than 2 decimals"),
        (Column("number", decimal=",", decimals=1), "1,25", "has more than 1 decimals"),
        (Column("date", order="day first"), "2024-01-31", "is no date with the day first"),
        (Column("date", order="month first"), "31/01/2024", "is no date with the month first"),
        (Column("date", order="year first"), "31.01.2024", "is no date with the year first"),
        (Column("date", order="day first"), "gestern", "is no date"),
        (Column("date", order="day first"), "45322", "is no date"),
        (Column("yes_no"), "maybe", "is neither yes nor no"),
        (Column("yes_no"), "2", "is neither yes nor no"),
    ],
)
def test_a_cell_that_is_written_otherwise_is_refused(column, cell, fault):
    with pytest.raises(UnfitCell) as unfit:
        values(column, cell)
    assert unfit.value.args[0] == cell and fault in unfit.value.args[1]


DATES = {
    "2024-01-31": ("year first", date(2024, 1, 31)),
    "2024/01/31": ("year first", date(2024, 1, 31)),
    "24-01-31": ("year first", date(2024, 1, 31)),
    "20250131": ("year first", date(2025, 1, 31)),
    "2024-01-31 23:59:59": ("year first", date(2024, 1, 31)),
    "2024-01-31T23:59": ("year first", date(2024, 1, 31)),
    "2024-01-31T23:30:00.123Z": ("year first", date(2024, 1, 31)),
    "2024-01-31 23:30:00+01:00": ("year first", date(2024, 1, 31)),
    "2024-01-31 23:30:00-01:00": ("year first", date(2024, 2, 1)),
    "01.02.2024": ("day first", date(2024, 2, 1)),
    "1.2.2024": ("day first", date(2024, 2, 1)),
    "01/02/24": ("day first", date(2024, 2, 1)),
    "01-02-2024 13:05": ("day first", date(2024, 2, 1)),
    "1 Feb 2024": ("day first", date(2024, 2, 1)),
    "3-May-24": ("day first", date(2024, 5, 3)),
    "01/02/2024": ("month first", date(2024, 1, 2)),
    "1/2/24 1:05 PM": ("month first", date(2024, 1, 2)),
    "Jan 31, 2024": ("month first", date(2024, 1, 31)),
    "January 31, 2024": ("month first", date(2024, 1, 31)),
    "May 3, 2024": ("month first", date(2024, 5, 3)),
}


@pytest.mark.parametrize(("cell", "order", "day"), [(cell, *read) for cell, read in DATES.items()])
def test_a_date_is_read_in_its_order_whatever_stands_around_it(cell, order, day):
    column = Column("date", order=order, missing=["31.12.9999", "n/a"])
    assert values(column, cell, f" {cell}\u00a0", "", "n/a") == [day, day, None, None]


def test_a_mark_for_missing_hides_no_cell_of_the_same_shape():
    assert values(Column("date", order="day first", missing=["31.12.9999"]), "30.12.2024", "31.12.9999") == [
        date(2024, 12, 30),
        None,
    ]


def test_answers_are_read_in_several_languages():
    said = {"yes": 1, "No": 0, "JA": 1, "nein": 0, "true": 1, "FALSE": 0, "wahr": 1, "falsch": 0, "oui": 1, "non": 0}
    said |= {"si": 1, "sí": 1, "1": 1, "0": 0, " y ": 1, "n": 0, "": None}
    assert values(Column("yes_no"), *said) == list(said.values())


def test_text_is_kept_letter_by_letter():
    cells = [" 007 ", "1e5", "1.0", "yes", "", "n/a"]
    assert values(Column("text", missing=["n/a"]), *cells) == [*cells[:-1], None]


def test_a_column_without_a_cell_has_the_type_of_its_kind():
    assert [values(Column(kind), "", " ") for kind in ("number", "date", "yes_no")] == [[None, None]] * 3


TYPED = [
    ("text", "DOUBLE", [12346.0, 0.5, None], ["12346", "0.5", None]),
    ("text", "BIGINT", [7], ["7"]),
    ("number", "DOUBLE", [0.1, None], [0.1, None]),
    ("number", "DECIMAL(9, 2)", [Decimal("1.50")], [Decimal("1.50")]),
    ("number", "BOOLEAN", [True], [True]),
    ("date", "DATE", [date(2024, 1, 31)], [date(2024, 1, 31)]),
    ("date", "TIMESTAMP", ["2024-01-31 23:59:59"], [date(2024, 1, 31)]),
    ("date", "TIMESTAMPTZ", ["2024-01-31 23:59:59-01:00"], [date(2024, 2, 1)]),
    ("yes_no", "BOOLEAN", [True, False, None], [1, 0, None]),
    ("yes_no", "BIGINT", [1, 0], [1, 0]),
]


@pytest.mark.parametrize(("kind", "type", "cells", "read"), TYPED)
def test_a_column_with_a_type_is_read_by_it(kind, type, cells, read):
    assert values(Column(kind), *cells, type=type) == read


def test_marks_for_missing_hold_for_typed_columns():
    assert values(Column("date", missing=["9999-12-31"]), date(9999, 12, 31), type="DATE") == [None]
    assert values(Column("number", missing=["-1"]), -1, 5, type="BIGINT") == [None, 5]


@pytest.mark.parametrize("type", ["DOUBLE", "FLOAT", "DECIMAL(9, 4)", "BIGINT"])
def test_typed_numbers_are_exact_or_refused(type):
    column = Column("number", decimals=1)
    assert values(column, 2, type=type) == [Decimal("2.0")]
    if type != "BIGINT":
        assert values(column, 0.1, type=type) == [Decimal("0.1")]
        with pytest.raises(duckdb.Error, match=r"unfit: 0\.25"):
            values(column, 0.25, type=type)


@pytest.mark.parametrize(
    ("kind", "type"), [("date", "BIGINT"), ("number", "DATE"), ("yes_no", "DATE"), ("number", "TIMESTAMP")]
)
def test_a_column_of_another_type_is_refused(kind, type):
    with pytest.raises(UnfitType, match=f"is of type {type}, not a column of the kind {kind}"):
        values(Column(kind), type=type)


@pytest.mark.parametrize("cell", ["2", "9", " 7 "])
def test_a_digit_that_is_no_answer_is_refused_beside_those_that_are(cell):
    with pytest.raises(duckdb.Error, match="unfit: "):
        values(Column("yes_no"), "1", "0", "", cell)


@pytest.mark.parametrize("type", ["DOUBLE", "BIGINT", "DECIMAL(9, 2)"])
def test_numbers_without_a_sign_are_no_percents(type):
    with pytest.raises(UnfitType, match="not text with a percent sign"):
        values(Column("number", unit="%"), 22, type=type)
    assert values(Column("number", unit="€"), 22, type=type) == [22]


def written(number, column, random):
    """A number as that notation writes it, by Python's own means."""
    text = f"{abs(number):,f}".translate({ord(","): column.thousands, ord("."): column.decimal})
    if column.unit == "%":
        text += random.choice(["%", " %", "\u00a0%"])
    elif column.unit:
        text = random.choice([text, f"{text} {column.unit}", f"{column.unit}\u00a0{text}"])
    if number < 0:
        text = random.choice(["-{}", "\u2212{}", "({})"]).format(text)
    return random.choice(["", " ", "\u00a0"]) + text


@pytest.mark.parametrize("column", [GERMAN, FRENCH, SWISS, AMERICAN, PERCENT, PLAIN], ids=lambda column: str(column))
@pytest.mark.parametrize("seed", range(5))
def test_what_is_written_in_a_notation_is_read_as_it_was(column, seed):
    draw = random.Random(seed)
    numbers = [Decimal(draw.randint(-(10**9), 10**9)).scaleb(-draw.randint(0, 4)) for _ in range(200)]
    cells = [written(number, column, draw) for number in numbers]
    share = Decimal("0.01") if column.unit == "%" else 1
    assert values(column, *cells) == [float(number * share) for number in numbers]
