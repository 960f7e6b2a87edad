"""The table of segments in a terminal."""

import pytest
from rich.cells import cell_len

from segmentation.figures import summary

DESCRIBED = {
    "customers": 1500,
    "sampled_customers": 1500,
    "value": "spending",
    "columns": ["spending", "city", "age", "income"],
    "labels": {"spending": "Spending", "city": "City", "age": "age", "income": "income"},
    "all": {"spending": {"mean": 110.0}, "city": {"top": []}, "age": {"mean": 40.0}, "income": {"mean": 1.0}},
    "segments": [
        {
            "segment": 1,
            "name": "High-Value",
            "size": 1200,
            "share": 0.8,
            "value_share": 0.9876,
            "columns": {
                "spending": {"mean": 12345.6},
                "city": {"top": []},
                "age": {"mean": 40.24},
                "income": {"mean": None},
            },
        },
        {
            "segment": 2,
            "name": "Low",
            "size": 300,
            "share": 0.2,
            "value_share": None,
            "columns": {
                "spending": {"mean": 2.0},
                "city": {"top": []},
                "age": {"mean": 61.0},
                "income": {"mean": 0.0123},
            },
        },
    ],
}


def test_each_segment_has_a_line_with_its_means():
    assert summary.format_segments(DESCRIBED).splitlines() == [
        "   segment     customers  share  of spending  Spending   age  income",
        "1  High-Value      1,200  80.0%        98.8%    12,346  40.2       -",
        "2  Low               300  20.0%            -       2.0  61.0  0.0123",
    ]


def test_without_a_value_column_there_is_no_share_of_it():
    head, *_ = summary.format_segments({**DESCRIBED, "value": None}).splitlines()
    assert head.split() == ["segment", "customers", "share", "Spending", "age", "income"]


@pytest.mark.parametrize(
    ("width", "shown", "omitted"),
    [
        (68, ["Spending", "age", "income"], None),
        (67, ["Spending", "age"], "income"),
        (59, ["Spending"], "age, income"),
        (51, [], "Spending, age, income"),
    ],
)
def test_columns_that_do_not_fit_are_named_below(width, shown, omitted):
    lines = summary.format_segments(DESCRIBED, width).splitlines()
    assert lines[0].split()[5:] == shown
    assert lines[3:] == ([f"also in reports/segments.csv: {omitted}"] if omitted else [])
    if shown:
        assert max(map(len, lines[:3])) <= width


def test_a_last_line_says_what_is_from_a_sample():
    *lines, last = summary.format_segments({**DESCRIBED, "sampled_customers": 1499}, 51).splitlines()
    assert lines == summary.format_segments(DESCRIBED, 51).splitlines()
    assert last == "medians, quartiles, standings (which name the segments) and words: of a sample of 1,499 customers"


def test_letters_that_take_two_cells_keep_the_columns_below_each_other():
    segments = [DESCRIBED["segments"][0] | {"name": "優良顧客"}, *DESCRIBED["segments"][1:]]
    lines = summary.format_segments(DESCRIBED | {"segments": segments}).splitlines()[:3]
    assert len({cell_len(line) for line in lines}) == 1


def test_long_names_and_many_columns_stay_within_the_width():
    segments = [segment | {"name": "A" + "x" * 200 + f"{n}"} for n, segment in enumerate(DESCRIBED["segments"])]
    names = [f"column_number_{n}" for n in range(40)]
    statistics = {name: {"mean": 1.0} for name in names}
    segments = [segment | {"columns": statistics} for segment in segments]
    labels = dict(zip(names, names, strict=True)) | {DESCRIBED["value"]: "Spending"}
    many = DESCRIBED | {"segments": segments, "columns": names, "all": statistics, "labels": labels}
    text = summary.format_segments(many)
    assert max(map(len, text.splitlines())) <= summary.WIDTH and "column_number_39" in text
    assert "xx0" in text and "xx1" in text, "names that differ at their ends do so here"
