"""How figures and names are written on a page."""

import math
import unicodedata

import pytest

from segmentation.pages import writing
from segmentation.pages.writing import Column

TICKS = {
    0: "0", 0.2: "0.2", 1e-5: "0.00001", 2: "2", 500: "500", -40: "-40", 2500: "2,500", 9999: "9,999", 10_000: "10k",
    12_500: "12.5k", 1.5e6: "1.5M", -2e6: "-2M", 3e9: "3bn", 4e12: "4tn",
}  # fmt: skip


@pytest.mark.parametrize("value", TICKS)
def test_a_tick_is_written_as_people_write_it(value):
    assert writing.format_tick(value) == TICKS[value]


@pytest.mark.parametrize("name", ["عدد الطلبات", "הזמנות 24", "Umsatz (ערך)"])
def test_a_name_from_right_to_left_is_isolated_from_what_stands_around_it(name):
    isolated = writing.isolated(name)
    assert unicodedata.name(isolated[0]) == "FIRST STRONG ISOLATE" and isolated[1:-1] == name
    assert unicodedata.name(isolated[-1]) == "POP DIRECTIONAL ISOLATE"


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


def column(unit="", figures=(0.0, 5.0), described_by="median"):
    everyone = dict(zip(("percentile_5", "percentile_95"), figures, strict=True)) | {"described_by": described_by}
    return Column.of("x", {"all": {"x": everyone}, "units": {"x": unit}, "labels": {"x": "Label"}})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5740.6, "5,741"),
        (69.04, "69"),
        (82.94, "82.9"),
        (3.0, "3"),
        (1.25, "1.2"),
        (0.03649, "0.0365"),
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


def test_shares_are_percents_without_a_unit():
    for share in (column("share of orders", (0.0, 0.4)), column(figures=(0.0, 1.0), described_by="share")):
        assert share.with_unit(0.0365) == "4%" and share.tick(0.2) == "20%"
    assert column("share price", (0.0, 40.0)).with_unit(12.0) == "12 share price"


def test_a_unit_that_says_the_same_as_the_label_stands_beside_figures_only():
    assert column("label").unit_beside_label == "" and column("label").with_unit(3.0) == "3 label"
    assert column("euros").unit_beside_label == "euros"
