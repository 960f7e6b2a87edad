"""Phrases: what sets a segment apart, in the customers' own units."""

import pytest

from segmentation.pages.phrases import phrases
from segmentation.pipeline.schema import QUANTILES


def figures(median, mean=1.0, lowest=0.0):
    return dict.fromkeys(QUANTILES) | {"percentile_5": lowest, "median": median, "mean": mean}


SEGMENT = {
    "columns": {"spending": figures(512.0, 600.0), "age": figures(37.5, 40.0)},
    "drivers": [
        {"column": "spending", "difference": 1.5},
        {"column": "city", "difference": -0.6, "word": "Köln", "share": 0.1, "lift": 0.25},
        {"column": "age", "difference": 0.1},
    ],
}
DESCRIBED = {
    "all": {
        "spending": figures(100.0, 120.0) | {"described_by": "median", "is_usual": True},
        "age": figures(37.0, 40.0) | {"described_by": "median", "is_usual": True},
        "city": {"top": []},
    },
    "units": {"spending": "dollars a year", "age": "", "city": ""},
    "labels": {"spending": "Spending", "age": "Age", "city": "City"},
}


def phrases_on(segment=SEGMENT, described=DESCRIBED, **options):
    return phrases(segment, described | {"segments": [segment]}, **options)


def told(*args, **options):
    return [(phrase.label, phrase.figure, phrase.beside) for phrase in phrases_on(*args, **options)]


def test_phrases_tell_the_drivers_in_original_units_and_slight_ones_when_asked():
    expected = [
        ("Spending", "512 dollars a year", "5.1 times the usual 100"),
        ("City", "Köln for 10%", "of all customers 40%"),
    ]
    assert told() == expected
    assert told(slight=True) == [*expected, ("Age", "37.5", "about the usual 37")]


def test_a_phrase_says_whether_its_figure_is_a_median():
    statistics = [(phrase.statistic, phrase.typically, phrase.is_numeric) for phrase in phrases_on()]
    assert statistics == [("median", "typically ", True), ("word", "", False)]


@pytest.mark.parametrize(
    ("median", "usual", "beside"),
    [
        (150.0, 100.0, "1.5 times the usual 100"),
        (9900.0, 100.0, "99 times the usual 100"),
        (5000.0, 0.001, "above the usual 0.001"),
        (0.001, 5000.0, "below the usual 5,000"),
        (149.0, 100.0, "above the usual 100"),
        (26.0, 39.0, "67% of the usual 39"),
        (30.0, 39.0, "below the usual 39"),
        (48.0, 39.0, "above the usual 39"),
        (39.04, 39.01, "about the usual 39"),
        (5.0, 0.0, "above the usual 0"),
        (0.0, 4.0, "below the usual 4"),
        (-5.0, -4.0, "below the usual -4"),
        (4.0, None, ""),
    ],
)
def test_a_median_is_set_beside_the_usual(median, usual, beside):
    everyone = {"spending": figures(usual) | {"described_by": "median", "is_usual": True}}
    segment = {"columns": {"spending": figures(median)}, "drivers": SEGMENT["drivers"][:1]}
    assert [text for *_, text in told(segment, DESCRIBED | {"all": everyone})] == [beside]


@pytest.mark.parametrize(("lowest", "beside"), [(0.0, "5 times the usual 12"), (-3.0, "above the usual 12")])
def test_a_column_with_figures_below_zero_has_no_ratios(lowest, beside):
    everyone = {"spending": figures(12.0, lowest=lowest) | {"described_by": "median", "is_usual": True}}
    segment = {"columns": {"spending": figures(60.0)}, "drivers": SEGMENT["drivers"][:1]}
    assert [text for *_, text in told(segment, DESCRIBED | {"all": everyone})] == [beside]


@pytest.mark.parametrize(("median", "beside"), [(110.0, "about the usual 100"), (160.0, "1.6 times the usual 100")])
def test_a_slight_difference_is_about_the_usual_unless_it_is_a_multiple(median, beside):
    segment = {"columns": {"spending": figures(median)}, "drivers": [{"column": "spending", "difference": 0.1}]}
    assert told(segment, slight=True) == [("Spending", f"{median:.0f} dollars a year", beside)]


def test_a_median_that_nobody_has_is_not_called_usual():
    everyone = {**DESCRIBED["all"], "spending": {**DESCRIBED["all"]["spending"], "is_usual": False}}
    assert told(described=DESCRIBED | {"all": everyone})[0] == ("Spending", "512 dollars a year", "")


@pytest.mark.parametrize("median", [100.0, None])
def test_a_median_that_is_the_usual_one_or_not_told_is_no_phrase(median):
    same = SEGMENT | {"columns": {**SEGMENT["columns"], "spending": figures(median)}}
    assert [label for label, *_ in told(same)] == ["City"]


def test_a_column_of_codes_is_told_by_its_mean_and_one_of_0_and_1_by_a_share():
    columns = {"spending": figures(1.0, 0.75), "age": figures(2.0, 1.25)}
    everyone = {
        "spending": figures(1.0, 0.625) | {"described_by": "share"},
        "age": figures(2.0, 2.5) | {"described_by": "mean"},
    }
    drivers = [{"column": "spending", "difference": 1.5}, {"column": "age", "difference": -0.6}]
    found = phrases_on({"columns": columns, "drivers": drivers}, DESCRIBED | {"all": everyone})
    assert [(phrase.figure, phrase.beside, phrase.statistic) for phrase in found] == [
        ("75%", "above the usual 62.5%", "share"),
        ("1.2", "50% of the usual 2.5", "mean"),
    ]
