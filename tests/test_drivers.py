"""Drivers: effect sizes against pandas and a decomposition of variance."""

from segmentation import drivers

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def frame():
    draws = np.random.default_rng(5)
    segment = draws.choice([1, 2, 3], 900, p=[0.1, 0.3, 0.6])
    income = draws.normal(segment * 10.0, 3)
    income[::11] = np.nan
    city = draws.choice(["Bonn", "Köln", "Ulm"], 900)
    city[segment == 1] = "Ulm"
    return pd.DataFrame({"segment": segment, "income": income, "city": city})


def sums_of(frame):
    groups = frame.groupby("segment")["income"]
    return {"income": np.array([groups.count(), groups.sum(), np.zeros(3)])}


def squares_of(frame):
    return {"income": float(((frame["income"] - frame["income"].mean()) ** 2).sum())}


def test_a_numbers_difference_is_in_standard_deviations_of_all(frame):
    found = drivers.find([], np.zeros((3, 0)), sums_of(frame), squares_of(frame), {}, frame["segment"].to_numpy())
    expected = (frame.groupby("segment")["income"].mean() - frame["income"].mean()) / frame["income"].std(ddof=0)
    assert [own[0]["difference"] for own in found] == pytest.approx(expected.tolist())


def test_a_features_difference_is_its_centres_coordinate():
    centres = np.array([[1.5, -2], [0, 0.5]])
    found = drivers.find(["a", "b"], centres, {}, {}, {}, np.array([1, 2]))
    assert [[driver["column"] for driver in own] for own in found] == [["b", "a"], ["b", "a"]]
    assert found[0][0]["difference"] == -2


def test_a_word_is_told_with_its_share_and_lift(frame):
    found = drivers.of_words("city", frame["city"], frame["segment"].to_numpy(), 3)
    (ulm,) = found[0]
    share = (frame["city"] == "Ulm").mean()
    assert (ulm["word"], ulm["share"], ulm["lift"]) == ("Ulm", 1, pytest.approx(1 / share))
    assert ulm["difference"] == pytest.approx((1 - share) / np.sqrt(share * (1 - share)))
    for number, own in enumerate(found, 1):
        here = frame["city"][frame["segment"] == number].value_counts(normalize=True)
        assert own[0]["share"] == pytest.approx(here.get(own[0]["word"], 0))


def test_no_word_is_told_that_one_customer_alone_or_everyone_has():
    segment = np.array([1, 1, 1, 2, 2, 2])
    assert drivers.of_words("w", pd.Series(list("abcdef")), segment, 2) == [[], []]
    assert drivers.of_words("w", pd.Series(["a"] * 6), segment, 2) == [[], []]
    assert drivers.of_words("w", pd.Series([None] * 6, dtype=object), segment, 2) == [[], []]
    found = drivers.of_words("w", pd.Series(["x", "x", None, "y", "y", "personal"]), segment, 2)
    assert [own[0]["word"] for own in found] == ["x", "x"]


def test_nothing_is_told_of_a_segment_without_values():
    found = drivers.of_numbers("x", [1.0, np.nan], 1.5, 0.5)
    assert [len(own) for own in found] == [1, 0]
    assert drivers.of_numbers("x", [1.0, 1.0], 1.0, 0.0) == [[], []]
    words = drivers.of_words("w", pd.Series(["a", "a", "b", "b"]), np.array([1, 1, 1, 1]), 2)
    assert words[1] == []


def test_eta_squared_is_the_variance_between_over_all(frame):
    known = frame.dropna()
    within = known.groupby("segment")["income"].transform("mean")
    between = ((within - known["income"].mean()) ** 2).sum() / ((known["income"] - known["income"].mean()) ** 2).sum()
    found = drivers.shares(
        ["a"], np.array([[2.0], [0], [-1]]), np.array([10, 5, 20]), sums_of(frame), squares_of(frame)
    )
    assert found["income"] == pytest.approx(between)
    assert found["a"] == pytest.approx((10 * 4 + 20 * 1 - 35 * (0 / 35) ** 2) / 35)


@pytest.mark.parametrize(("values", "expected"), [([1, 1, 5, 5], 1), ([3, 3, 3, 3], 0), ([1, 5, 1, 5], 0)])
def test_eta_squared_is_one_where_a_column_tells_the_segments_apart_and_none_where_it_says_nothing(values, expected):
    values, segment = np.array(values, dtype=float), np.array([0, 0, 1, 1])
    means = np.array([values[segment == s].mean() for s in (0, 1)])
    assert drivers.eta_squared(np.array([2, 2]), means, ((values - values.mean()) ** 2).sum()) == expected
