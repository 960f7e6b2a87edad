"""The kind of a column, by its type or by the text of its cells."""

import pyarrow as pa
import pytest

from segmentation.adoption import kinds
from segmentation.pipeline import notation
from segmentation.pipeline.source_kinds import Column


def kind(*texts, is_dated=False, **settled):
    return kinds.of_text(notation.shapes(pa.array(texts)), is_dated, **settled)


@pytest.mark.parametrize(
    "texts, word, column",
    [
        (["1", "20"], "number", Column("number")),
        (["1.5", "20.25"], "number", Column("number")),
        (["1.083e+14", "9.157e+13"], "number", Column("number")),
        (["1.234,56", "7,00"], "number", Column("number", thousands=".", decimal=",")),
        (["1,234.56", "7.00"], "number", Column("number", thousands=",")),
        (["1'234.50", "7.00"], "number", Column("number", thousands="'")),
        (["1 234,56", "12,00"], "number", Column("number", thousands=" ", decimal=",")),
        (["1.234,56 €", "12,00 €"], "amount in €", Column("number", thousands=".", decimal=",", unit="€")),
        (["$1,234.56", "$7.00"], "amount in $", Column("number", thousands=",", unit="$")),
        (["22,35 %", "0,57 %"], "percent", Column("number", decimal=",", unit="%")),
        (["(12.50)", "3.25"], "number", Column("number")),
        (["12.50-", "3.25"], "number", Column("number")),
        (["1.5", "n/a", "-"], "number", Column("number", missing=["-", "n/a"])),
        (["31.12.2024", "01.02.2025"], "date", Column("date", order="day first")),
        (["12/31/2024", "01/02/2025"], "date", Column("date", order="month first")),
        (["2024-12-31", "2025-02-01"], "date", Column("date", order="year first")),
        (["2024-12-31T10:00:00Z"], "date", Column("date", order="year first")),
        (["Dec 31, 2024", "Feb 1, 2025"], "date", Column("date", order="month first")),
        (["ja", "nein"], "yes/no", Column("yes_no")),
        (["TRUE", "FALSE", "n/a"], "yes/no", Column("yes_no", missing=["n/a"])),
        (["Ulm", "Bonn"], "words", Column("text")),
        (["85123A", "22423"], "code", Column("text")),
        (["", "n/a"], "empty", Column("text")),
    ],
)
def test_text_tells_what_it_is(texts, word, column):
    found = kind(*texts)
    assert (found.word, found.column, found.readings) == (word, column, ())


@pytest.mark.parametrize(
    "texts, word, meanings, columns",
    [
        (["1.234", "2.500"], "number?", ["1234", "1.234"], [{"thousands": "."}, {"decimal": "."}]),
        (["9,569", "10,334"], "number?", ["9569", "9.569"], [{"thousands": ","}, {"decimal": ","}]),
        (
            ["03/04/2025", "05/06/2025"],
            "date?",
            ["2025-04-03", "2025-03-04"],
            [{"order": "day first"}, {"order": "month first"}],
        ),
    ],
)
def test_what_can_be_read_in_two_ways_is_told_with_both_and_taken_for_neither(texts, word, meanings, columns):
    found = kind(*texts)
    assert (found.word, found.column) == (word, Column("text"))
    assert sorted(meaning for meaning, _ in found.readings) == sorted(meanings)
    for settings in columns:
        assert any(settings.items() <= vars(column).items() for _, column in found.readings)


@pytest.mark.parametrize(
    "texts, settled, column",
    [
        (["1.234", "2.500"], {"decimal": "."}, Column("number", decimal=".")),
        (["1.234", "2.500"], {"decimal": ","}, Column("number", thousands=".", decimal=",")),
        (["9,569"], {"decimal": ","}, Column("number", decimal=",")),
        (["9,569"], {"decimal": "."}, Column("number", thousands=",", decimal=".")),
        (["03/04/2025"], {"day_first": True}, Column("date", order="day first")),
        (["03/04/2025"], {"day_first": False}, Column("date", order="month first")),
        (["31.12.2024"], {"day_first": False}, Column("date", order="day first")),  # the cells know better
    ],
)
def test_a_person_settles_what_the_cells_leave_open(texts, settled, column):
    assert kind(*texts, **settled).column == column


def test_eight_digits_are_a_day_where_the_name_says_so():
    assert kind("19970131", "19971224", is_dated=True).column == Column("date", order="year first")
    assert kind("19970131", "19971224").column == Column("number")


def test_a_few_cells_that_do_not_fit_are_told():
    found = kind(*["1.50"] * 300, "abc")
    assert (found.word, found.slips) == ("number", ["abc"])
    assert kind(*["1.50"] * 3, "abc").word == "words"


@pytest.mark.parametrize(
    "texts, fault",
    [
        (["5 €", "7 $"], "in several units"),
        (["1.2M", "300k"], "shortened"),
        (["1.50", "31.12.2024"] * 50, "side by side"),
    ],
)
def test_what_no_single_reading_fits_is_at_fault(texts, fault):
    assert fault in kind(*texts).fault


@pytest.mark.parametrize(
    "type_name, word",
    [
        ("BIGINT", "number"),
        ("DECIMAL(12,2)", "number"),
        ("DOUBLE", "number"),
        ("BOOLEAN", "yes/no"),
        ("DATE", "date"),
        ("TIMESTAMP WITH TIME ZONE", "date"),
        ("ENUM('a', 'b')", "words"),
        ("UUID", "words"),
    ],
)
def test_a_type_tells_the_kind(type_name, word):
    assert kinds.of_type(type_name).word == word


def test_a_type_of_several_values_is_at_fault():
    assert "no single values" in kinds.of_type("VARCHAR[]").fault
    assert "no single values" in kinds.of_type("STRUCT(a INTEGER)").fault


def test_text_has_no_type_that_tells():
    assert kinds.of_type("VARCHAR") is None
