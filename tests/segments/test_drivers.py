"""Drivers: effect sizes against pandas and a decomposition of variance."""

import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import f_oneway
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from segmentation.segments import drivers, profile


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
    by_segment = drivers.rank_drivers(
        [], np.zeros((3, 0)), sums_of(frame), squares_of(frame), {}, frame["segment"].to_numpy(), 5
    )
    expected = (frame.groupby("segment")["income"].mean() - frame["income"].mean()) / frame["income"].std(ddof=0)
    assert [row[0]["difference"] for row in by_segment] == pytest.approx(expected.tolist())


def test_a_features_difference_is_its_centres_coordinate():
    centres = np.array([[1.5, -2], [0, 0.5]])
    by_segment = drivers.rank_drivers(["a", "b"], centres, {}, {}, {}, np.array([1, 2]), 5)
    assert [[driver["column"] for driver in row] for row in by_segment] == [["b", "a"], ["b", "a"]]
    assert by_segment[0][0]["difference"] == -2


def test_a_word_is_told_with_its_share_and_lift(frame):
    by_segment = drivers.of_words("city", frame["city"], frame["segment"].to_numpy(), 3, 5)
    (ulm,) = by_segment[0]
    share = (frame["city"] == "Ulm").mean()
    assert (ulm["word"], ulm["share"], ulm["lift"]) == ("Ulm", 1, pytest.approx(1 / share))
    assert ulm["difference"] == pytest.approx((1 - share) / np.sqrt(share * (1 - share)))


def test_the_word_told_is_the_one_whose_indicator_differs_most():
    draws = np.random.default_rng(6)
    segment = draws.integers(1, 5, 2000)
    words = pd.Series(draws.choice(list("abcdef"), 2000, p=[0.5, 0.3, 0.1, 0.05, 0.03, 0.02]))
    for number, word in ((1, "f"), (2, "c"), (3, "b")):  # common words gain more share, rare ones more lift
        words[(segment == number) & (draws.random(2000) < 0.2)] = word
    words[::13] = None
    by_segment = drivers.of_words("w", words, segment, 4, 5)
    indicator = pd.get_dummies(words[words.notna()], dtype=float)
    standardised = (indicator - indicator.mean()) / indicator.std(ddof=0)
    groups = segment[words.notna()]
    expected, shares = standardised.groupby(groups).mean(), indicator.groupby(groups).mean()
    for number, (row,) in enumerate(by_segment, 1):
        assert row["word"] == expected.loc[number].idxmax()
        assert row["difference"] == pytest.approx(expected.loc[number, row["word"]])
        assert row["lift"] == pytest.approx(shares.loc[number, row["word"]] / indicator[row["word"]].mean())
    assert len({row["word"] for (row,) in by_segment}) > 1


def test_what_differs_most_comes_first_whether_number_or_word(frame):
    words, segment = {"city": frame["city"]}, frame["segment"].to_numpy()
    centres = np.array([[0.1, -3], [0.2, 0.01], [0, 0.3]])
    for row in drivers.rank_drivers(["a", "b"], centres, sums_of(frame), squares_of(frame), words, segment, 5):
        sizes = [abs(driver["difference"]) for driver in row]
        assert sizes == sorted(sizes, reverse=True)
        assert {driver["column"] for driver in row} == {"a", "b", "income", "city"}


def told_of(values, segment):
    """Drivers and eta squared of a column that is not clustered on, from the tally that analyze takes."""
    k = segment.max()
    sizes, sums = profile.tally(pa.table({"x": values}), segment, k)
    squares = {"x": float(np.nansum((values - profile.means(sums)["x"]) ** 2))}
    by_segment = drivers.rank_drivers([], np.zeros((k, 0)), sums, squares, {}, segment, 5)
    return by_segment, drivers.eta_squared_by_column([], np.zeros((k, 0)), sizes, sums, squares)["x"]


@pytest.mark.parametrize("value", [0, 0.1, 19.99, 1e6 + 0.1, -1 / 3, np.nan])
def test_a_column_that_is_the_same_for_everyone_or_unknown_sets_nobody_apart(value):
    segment = np.random.default_rng(0).choice([1, 2, 3], 10_007, p=[0.1, 0.3, 0.6])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert told_of(np.full(10_007, value), segment) == ([[], [], []], 0)


def test_a_column_that_varies_little_around_a_large_mean_still_tells():
    segment = np.repeat([1, 2], 500)
    (first, second), share = told_of(1.7e9 + segment * 1000.0, segment)
    assert (first[0]["difference"], second[0]["difference"], share) == (-1, 1, 1)


def test_eta_squared_is_that_of_an_analysis_of_variance_on_real_customers(real):
    table = pd.read_csv(real("wholesale_customers/Wholesale customers data.csv")).astype(float)
    names = ["Fresh", "Milk", "Grocery"]
    X = StandardScaler().fit_transform(np.log1p(table[names]))
    with threadpool_limits(1):
        model = KMeans(4, n_init=3, random_state=0).fit(X)
    sizes, sums = profile.tally(pa.Table.from_pandas(table), model.labels_ + 1, 4)
    squares = {name: float(((table[name] - table[name].mean()) ** 2).sum()) for name in set(table) - set(names)}
    centres = pd.DataFrame(X).groupby(model.labels_).mean().to_numpy()
    shares = drivers.eta_squared_by_column(names, centres, sizes, sums, squares)
    assert set(shares) == set(table)
    for name, share in shares.items():
        column = X[:, names.index(name)] if name in names else table[name].to_numpy()
        F = f_oneway(*(column[model.labels_ == number] for number in range(4))).statistic
        assert share == pytest.approx(3 * F / (3 * F + len(table) - 4), abs=1e-8)


def test_no_word_is_told_that_one_customer_alone_or_everyone_has():
    segment = np.array([1, 1, 1, 2, 2, 2])
    assert drivers.of_words("w", pd.Series(list("abcdef")), segment, 2, 2) == [[], []]
    assert drivers.of_words("w", pd.Series(["a"] * 6), segment, 2, 2) == [[], []]
    assert drivers.of_words("w", pd.Series([None] * 6, dtype=object), segment, 2, 2) == [[], []]
    five, words = np.repeat(segment, 5), [*"xxxxx" * 2, *[None] * 5, *"yyyyy" * 2, *["family"] * 4, None]
    by_segment = drivers.of_words("w", pd.Series(words), five, 2, 5)
    assert [row[0]["word"] for row in by_segment] == ["x", "y"]
    assert by_segment[0][0]["share"] == by_segment[1][0]["share"] / (10 / 14) == 1


def test_nothing_is_told_of_a_segment_without_values():
    by_segment = drivers.of_numbers("x", [1.0, np.nan], 1.5, 0.5)
    assert [len(row) for row in by_segment] == [1, 0]
    assert drivers.of_numbers("x", [1.0, 1.0], 1.0, 0.0) == [[], []]
    words = drivers.of_words("w", pd.Series(["a", "b"] * 5), np.ones(10, dtype=int), 2, 5)
    assert words == [[], []]


def test_eta_squared_is_the_variance_between_over_all(frame):
    known = frame.dropna()
    within = known.groupby("segment")["income"].transform("mean")
    between = ((within - known["income"].mean()) ** 2).sum() / ((known["income"] - known["income"].mean()) ** 2).sum()
    shares = drivers.eta_squared_by_column(
        ["a"], np.array([[2.0], [0], [-1]]), np.array([10, 5, 20]), sums_of(frame), squares_of(frame)
    )
    assert shares["income"] == pytest.approx(between)
    assert shares["a"] == pytest.approx((10 * 4 + 20 * 1 - 35 * (0 / 35) ** 2) / 35)


@pytest.mark.parametrize(("values", "expected"), [([1, 1, 5, 5], 1), ([3, 3, 3, 3], 0), ([1, 5, 1, 5], 0)])
def test_eta_squared_is_one_where_a_column_tells_the_segments_apart_and_none_where_it_says_nothing(values, expected):
    values, segment = np.array(values, dtype=float), np.array([0, 0, 1, 1])
    means = np.array([values[segment == s].mean() for s in (0, 1)])
    assert drivers.eta_squared(np.array([2, 2]), means, ((values - values.mean()) ** 2).sum()) == expected
