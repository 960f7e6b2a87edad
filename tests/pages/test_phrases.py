"""Phrases: what sets a segment apart, in the customers' own units."""

import pytest

from segmentation.pages.phrases import phrases

SEGMENT = {
    "columns": {"spending": {"median": 512.0, "mean": 600.0}, "age": {"median": 37.5, "mean": 40.0}},
    "drivers": [
        {"column": "spending", "difference": 1.5},
        {"column": "city", "difference": -0.6, "word": "Köln", "share": 0.1, "lift": 0.25},
        {"column": "age", "difference": 0.1},
    ],
}
DESCRIBED = {
    "all": {
        "spending": {"median": 100.0, "mean": 120.0, "described_by": "median"},
        "age": {"median": 37.0, "mean": 40.0, "described_by": "median"},
        "city": {"top": []},
    },
    "units": {"spending": "dollars a year", "age": "", "city": ""},
    "labels": {"spending": "Spending", "age": "Age", "city": "City"},
}


def told(segment=SEGMENT, described=DESCRIBED, **options):
    return [(phrase.label, phrase.figure, phrase.beside) for phrase in phrases(segment, described, **options)]


def test_phrases_tell_the_drivers_in_original_units_and_slight_ones_when_asked():
    expected = [
        ("Spending", "512 dollars a year", "5.1 times the usual 100"),
        ("City", "Köln for 10%", "of all customers 40%"),
    ]
    assert told() == expected
    assert told(slight=True) == [*expected, ("Age", "37.5", "above the usual 37")]


def test_a_phrase_says_whether_its_figure_is_a_median():
    statistics = [(phrase.statistic, phrase.typically, phrase.is_numeric) for phrase in phrases(SEGMENT, DESCRIBED)]
    assert statistics == [("median", "typically ", True), ("word", "", False)]


@pytest.mark.parametrize(
    ("median", "usual", "beside"),
    [
        (150.0, 100.0, "1.5 times the usual 100"),
        (5000.0, 0.001, "5,000,000 times the usual 0.001"),
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
    everyone = {"spending": {"median": usual, "described_by": "median"}}
    segment = {"columns": {"spending": {"median": median}}, "drivers": SEGMENT["drivers"][:1]}
    assert [text for *_, text in told(segment, DESCRIBED | {"all": everyone})] == [beside]


@pytest.mark.parametrize("median", [100.0, None])
def test_a_median_that_is_the_usual_one_or_not_told_is_no_phrase(median):
    same = SEGMENT | {"columns": {**SEGMENT["columns"], "spending": {"median": median}}}
    assert [label for label, *_ in told(same)] == ["City"]


def test_a_column_of_codes_is_told_by_its_mean_and_one_of_0_and_1_by_a_share():
    columns = {"spending": {"median": 1.0, "mean": 0.75}, "age": {"median": 2.0, "mean": 1.25}}
    everyone = {
        "spending": {"median": 1.0, "mean": 0.625, "described_by": "share"},
        "age": {"median": 2.0, "mean": 2.5, "described_by": "mean"},
    }
    drivers = [{"column": "spending", "difference": 1.5}, {"column": "age", "difference": -0.6}]
    found = phrases({"columns": columns, "drivers": drivers}, DESCRIBED | {"all": everyone})
    assert [(phrase.figure, phrase.beside, phrase.statistic) for phrase in found] == [
        ("75%", "above the usual 62.5%", "share"),
        ("1.2", "50% of the usual 2.5", "mean"),
    ]
