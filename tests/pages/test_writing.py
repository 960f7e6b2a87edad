"""How figures and names are written on a page."""

import math
import unicodedata

import pytest

from segmentation.pages import writing
from segmentation.pages.writing import Column
from segmentation.pipeline.schema import QUANTILES


@pytest.mark.parametrize("name", ["عدد الطلبات", "הזמנות 24", "Umsatz (ערך)"])
def test_a_name_from_right_to_left_is_isolated_from_what_stands_around_it(name):
    isolated = writing.isolated(name)
    assert unicodedata.name(isolated[0]) == "FIRST STRONG ISOLATE" and isolated[1:-1] == name
    assert unicodedata.name(isolated[-1]) == "POP DIRECTIONAL ISOLATE"


@pytest.mark.parametrize(
    ("name", "text"),
    [("a\u202eb", r"a\u202eb"), ("הזמנות\u2069 7", "\u2068הזמנות\\u2069 7\u2069"), ("a\tb\n c", "a b c")],
)
def test_control_characters_in_a_name_are_shown_so_that_none_turns_the_text_around(name, text):
    assert writing.isolated(name) == text


def test_names_within_a_text_are_isolated_each_by_itself_and_whole():
    names = ["الطلبات", "الطلبات 24", "age", ""]
    text = writing.with_isolated("'الطلبات 24', 'age' and 'الطلبات' correlate", names)
    assert text == "'\u2068الطلبات 24\u2069', 'age' and '\u2068الطلبات\u2069' correlate"
    assert writing.with_isolated("nothing", []) == "nothing"


@pytest.mark.parametrize("name", ["spending", "売上高", "Größe 3", ""])
def test_any_other_name_stays_as_it_is(name):
    assert writing.isolated(name) == name


def test_texts_are_listed_counted_and_capitalised():
    assert [writing.enumerated(texts) for texts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "", "a", "a and b", "a, b and c",
    ]  # fmt: skip
    assert [writing.counted(number, "segment") for number in (1, 2, 1200)] == [
        "1 segment", "2 segments", "1,200 segments",
    ]  # fmt: skip
    assert writing.capitalised("under 1%") == "Under 1%"


def column(unit="", figures=(0.0, 5.0), described_by="median", segments=()):
    """A column of which these are the least and the greatest figure, of all customers and of each of the segments."""
    statistics = [
        dict.fromkeys(("mean", *QUANTILES)) | {"mean": low, "median": None, "percentile_95": high, "ratio": 9.0}
        for low, high in (figures, *segments)
    ]
    described = {"all": {"x": statistics[0] | {"described_by": described_by}}}
    described["segments"] = [{"columns": {"x": each}} for each in statistics[1:]]
    return Column.of("x", described | {"units": {"x": unit}, "labels": {"x": "Label"}})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5740.6, "5,741"),
        (69.04, "69"),
        (82.94, "82.9"),
        (3.0, "3"),
        (1.25, "1.2"),
        (0.03649, "0.0365"),
        (1.234e-05, "0.0000123"),
        (-1e-17, "0"),
        (-50.44, "-50.4"),
        (9_999_999.0, "9,999,999"),
        (505_826_532_000.0, "506bn"),
        (-12_345_678.0, "-12.3M"),
        (None, "-"),
        (math.nan, "-"),
    ],
)
def test_a_figure_has_three_digits_and_no_zero_behind_the_point(value, text):
    assert column().figure(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0%"), (0.002, "0.2%"), (0.00123, "0.123%"), (0.0365, "3.6%"), (0.07, "7%"), (0.625, "62.5%"),
        (0.9991, "99.9%"), (0.9999, "over 99.9%"), (1.0, "100%"), (None, "-"),
    ],
)  # fmt: skip
def test_shares_are_percents_of_three_digits_without_a_unit(value, text):
    for share in (column("share of orders", (0.0, 0.4)), column(figures=(0.0, 1.0), described_by="share")):
        assert share.with_unit(value) == text


def test_a_tick_of_shares_has_the_decimals_that_it_needs():
    assert [column("Share", (0.0, 0.004)).tick(value) for value in (0.0, 0.002, 0.29, 1.0)] == [
        "0%",
        "0.2%",
        "29%",
        "100%",
    ]


@pytest.mark.parametrize(
    ("unit", "segments"), [("shares", ()), ("shared rides", ()), ("share price", ()), ("share of all", [(0.2, 40.0)])]
)
def test_only_shares_become_percents(unit, segments):
    assert column(unit, (0.0, 1.0), segments=segments).with_unit(0.5) == f"0.5 {unit}"
    assert column("share of all", (0.0, 40.0)).tick(12.0) == "12"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1.0, "days since the last order", "1 day since the last order"),
        (1.04, "CDs", "1 CD"),
        (1.1, "orders", "1.1 orders"),
        (1.0, "kg gross", "1 kg gross"),
        (1.0, "gas", "1 gas"),
        (1.0, "orders", "1 order"),
        (1.0, "", "1"),
    ],
)
def test_one_has_its_unit_in_the_singular(value, unit, text):
    assert column(unit).with_unit(value) == text


def test_a_unit_that_says_the_same_as_the_label_stands_beside_figures_only():
    assert column("label").unit_beside_label == "" and column("label").with_unit(3.0) == "3 label"
    assert column("euros").unit_beside_label == "euros"
