"""What is told of segments, and what is not: against the values of single customers."""

import copy

import numpy as np
import pytest

from segmentation.pipeline.schema import QUANTILES
from segmentation.segments import disclosure


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([20, 30, 40], []),
        ([10, 30], []),
        ([9, 30, 40], [0, 1]),  # that of 9 follows from all and the other two
        ([3, 7, 40], [0, 1]),
        ([40, 2, 5, 30], [1, 2, 3]),
        ([0, 30, 40], []),  # a segment without customers has no figure to give away
        ([0, 4, 40], [1, 2]),
        ([7], [0]),
        ([4, 5], [0, 1]),
    ],
)
def test_figures_of_few_and_those_that_they_would_follow_from_are_withheld(known, expected):
    assert np.flatnonzero(disclosure.withheld(np.array(known), 10)).tolist() == expected


@pytest.mark.parametrize("customers", [1, 2, 5, 60, 181])
def test_with_a_least_of_one_quantiles_are_the_usual_ones(customers):
    values = np.random.default_rng(0).lognormal(5, 1, customers)
    told = disclosure.quantiles(np.append(values, np.nan), 1)
    assert told == pytest.approx({name: np.quantile(values, share) for name, share in QUANTILES.items()})


@pytest.mark.parametrize(
    ("customers", "told"),
    [
        (0, []),
        (18, []),
        (19, ["median"]),
        (36, ["median"]),
        (37, ["lower_quartile", "median", "upper_quartile"]),
        (180, ["lower_quartile", "median", "upper_quartile"]),
        (181, list(QUANTILES)),
    ],
)
def test_a_quantile_is_told_where_at_least_ten_customers_lie_at_it_or_beyond(customers, told):
    values = np.random.default_rng(1).permutation(customers).astype(float)
    quantiles = disclosure.quantiles(values, 10)
    assert [name for name in QUANTILES if not np.isnan(quantiles[name])] == told
    assert quantiles == pytest.approx(
        {name: QUANTILES[name] * (customers - 1) if name in told else np.nan for name in QUANTILES}, nan_ok=True
    )


def test_no_quantile_is_the_value_of_a_customer_unless_many_share_it():
    draws = np.random.default_rng(2)
    for customers in range(181, 400):
        values = draws.lognormal(5, 1, customers)
        assert not set(disclosure.quantiles(values, 10).values()) & set(values)
    assert set(disclosure.quantiles(np.repeat(7.0, 200), 10).values()) == {7.0}


FIGURES = {"mean": 5.0, "median": 4.0, "ratio": 1.0, "standing": 0.5}
SEGMENT = {
    "size": 40, "share": 0.4, "value_share": 0.5, "name": "N",
    "columns": {"x": FIGURES, "rare": FIGURES, "w": {"top": [1]}},
    "drivers": [{"column": "x"}, {"column": "rare"}, {"column": "w"}], "typical": {"x": 1.0},
    "definition": {"conditions": [1], "coverage": 1.0, "precision": 1.0},
}  # fmt: skip
BLANK = dict.fromkeys(FIGURES)


def sums(x, rare):
    return {"x": np.array([x, x, x]), "rare": np.array([rare, rare, rare])}


def test_of_a_withheld_segment_name_and_size_are_left():
    segments, sizes = [SEGMENT, SEGMENT, SEGMENT], np.array([3, 40, 57])
    kept = copy.deepcopy(segments)
    small, next_larger, large = disclosure.withhold(segments, sizes, sums(sizes, sizes), "x", 10)
    for segment in (small, next_larger):
        assert segment == {
            "size": 40, "share": 0.4, "name": "N", "value_share": None, "withheld": True,
            "drivers": [], "typical": None, "because": "", "borderline_share": None, "overlap": [],
            "columns": {"x": BLANK, "rare": BLANK, "w": {"top": []}},
            "definition": {"conditions": [], "coverage": None, "precision": None},
        }  # fmt: skip
    assert large == {**SEGMENT, "withheld": False} and segments == kept


def test_a_column_is_blank_where_too_few_have_a_value():
    sizes = np.array([30, 40, 50])
    told = disclosure.withhold([SEGMENT] * 3, sizes, sums(sizes, np.array([4, 40, 20])), "rare", 10)
    blank = {"columns": {**SEGMENT["columns"], "rare": BLANK}, "value_share": None}
    blank |= {"drivers": [{"column": "x"}, {"column": "w"}], "withheld": False}
    assert told == [SEGMENT | blank, {**SEGMENT, "withheld": False}, SEGMENT | blank]


def test_of_all_customers_a_column_is_blank_that_few_have():
    everyone = {"x": {"mean": 5.0, "described_by": "mean"}, "rare": {"mean": 5.0, "described_by": "mean"}}
    told = disclosure.withhold_of_all(everyone, sums(np.array([6, 6]), np.array([4, 4])), 10)
    assert told == {"x": everyone["x"], "rare": {"mean": None, "described_by": "mean"}}


@pytest.mark.parametrize(
    ("sizes", "known", "expected"),
    [
        ([40, 57], [40, 57], {"x": 0.5, "rare": 0.4}),
        ([40, 57], [4, 57], {"x": 0.5, "rare": None}),
        ([3, 40, 57], [3, 40, 57], {"x": None, "rare": None}),
    ],
)
def test_a_figure_of_all_segments_is_blank_where_that_of_one_is_withheld(sizes, known, expected):
    tallies = {"rare": sums(np.array(sizes), np.array(known))["rare"]}
    assert disclosure.withhold_by_column({"x": 0.5, "rare": 0.4}, np.array(sizes), tallies, 10) == expected
