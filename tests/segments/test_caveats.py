"""Caveats: due where the data call for them, and silent where they do not."""

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from segmentation.segments import caveats


def message(X, k, names=None):
    X = StandardScaler().fit_transform(X)
    with threadpool_limits(1):  # threads that wait for each other take longer than tables of this size
        label = KMeans(k, n_init=20, random_state=0).fit_predict(X)
    names = names or [f"c{number}" for number in range(X.shape[1])]
    return caveats.outliers(X, label, names, range(1, k + 1)), np.bincount(label)


@pytest.fixture
def wholesale(real):
    return pd.read_csv(real("wholesale_customers/Wholesale customers data.csv")).iloc[:, 2:]


@pytest.mark.parametrize(("k", "expected"), [(2, {49}), (5, {1, 10})])
def test_the_outliers_of_wholesale_customers_make_segments_that_are_called_so(wholesale, k, expected):
    due, sizes = message(wholesale, k, list(wholesale))
    assert {sizes[caveat.segment - 1] for caveat in due} >= expected
    assert {sizes[caveat.segment - 1] for caveat in due}.isdisjoint(sizes[sizes > len(wholesale) / 4])
    assert all("rests on outliers" in caveat.text and "log1p" in caveat.text for caveat in due)


@pytest.mark.parametrize("k", [2, 3, 4, 5, 6])
def test_on_logarithms_none_of_them_rests_on_outliers(wholesale, k):
    assert message(np.log1p(wholesale), k)[0] == []


def test_small_groups_that_stand_apart_are_no_outliers(real):
    due, sizes = message(np.loadtxt(real("sipu/unbalance.txt")), 8)
    assert sorted(sizes)[:5] == [100] * 5 and due == []


def test_a_segment_of_few_far_customers_rests_on_outliers():
    X = np.random.default_rng(0).normal(size=(1000, 2))
    X[:3] = [[40, 40], [44, 41], [39, 45]]
    (caveat,), _ = message(X, 2)
    assert caveat.kind == "outliers" and "segment" in caveat.text


def test_spherical_groups_rest_on_no_outliers():
    draws = np.random.default_rng(1)
    X = np.concatenate([draws.normal(centre, 1, (200, 3)) for centre in (0, 6, 12, 18)])
    assert message(X, 4)[0] == []


@pytest.mark.parametrize("columns", [3, 6, 10])
def test_customers_who_say_yes_where_few_do_are_no_outliers(columns):
    draws = np.random.default_rng(2)
    X = draws.normal(size=(2000, columns))
    X[:, 0] = draws.random(2000) < 0.15
    due, sizes = message(X, 2)
    assert min(sizes) == X[:, 0].sum() and due == []


def test_a_heavy_tail_rests_on_outliers_until_its_logarithm_is_taken():
    spending = np.random.default_rng(3).lognormal(5, 1, (2000, 2))
    due, sizes = message(spending, 3, ["spending", "income"])
    assert [caveat.segment for caveat in due] == [n for n, size in enumerate(sizes, 1) if size < 1000]
    assert message(np.log(spending), 3)[0] == []


def test_neither_order_nor_an_empty_segment_changes_who_rests_on_outliers():
    X = np.random.default_rng(4).lognormal(0, 1, (500, 3))
    label = KMeans(3, n_init=3, random_state=0).fit_predict(X)
    order = np.random.default_rng(5).permutation(500)
    due = caveats.outliers(X, label, list("abc"), [1, 2, 3])
    assert due and caveats.outliers(X[order], label[order], list("abc"), [1, 2, 3, 4]) == due
    groups = np.random.default_rng(7).normal(np.repeat([20.0, 0.5], [900, 100])[:, np.newaxis], 0.5, (1000, 2))
    assert caveats.outliers(groups, np.repeat([0, 1], [900, 100]), list("ab"), [1, 2, 3]) == []


def test_of_customers_who_are_all_in_one_segment_most_may_be_extreme_somewhere():
    X = np.random.default_rng(6).lognormal(0, 1, (500, 20))
    for k in (1, 3):
        assert caveats.outliers(X, np.zeros(500, dtype=int), [f"c{n}" for n in range(20)], range(1, k + 1)) == []


def test_correlated_features_are_told_together(wholesale):
    X = StandardScaler().fit_transform(wholesale)
    (caveat,) = caveats.correlated(X, list(wholesale))
    assert caveat.text.startswith("features 'Grocery', 'Detergents_Paper' correlate (up to 0.92)")
    chain = np.random.default_rng(0).normal(size=(500, 1)) + np.random.default_rng(1).normal(0, 0.1, (500, 4))
    (caveat,) = caveats.correlated(np.c_[chain, -chain[:, :1]], list("abcde"))
    assert caveat.text.startswith("features 'a', 'b', 'c', 'd', 'e' correlate (up to 1.00)")
    assert len(caveats.correlated(np.c_[chain[:, 0], -chain[:, 1]], list("ab"))) == 1
    assert caveats.correlated(X[:, :1], ["a"]) == [] and caveats.correlated(X[:, [0, 3]], ["a", "b"]) == []


def test_a_withheld_segment_is_told_with_the_reason():
    few, next_larger = caveats.withheld([4, 600, 90], [1, 5, 7], [True, False, True], 10)
    assert (few.segment, next_larger.segment) == (1, 7)
    assert few.text == (
        "the figures of segment 1 are not shown: it holds 4 customers, and report.least is 10; "
        "fewer segments (cluster.k), or logarithms (transform: log1p), give larger ones"
    )
    assert "those of a smaller one would follow" in next_larger.text


def test_small_segments_are_those_under_one_in_a_hundred():
    assert caveats.small([990, 10], [1, 2]) == []
    (caveat,) = caveats.small([991, 9], [1, 4])
    assert (caveat.kind, caveat.segment) == ("small", 4) and "9 customers only, 0.90%" in caveat.text


@pytest.mark.parametrize(
    ("known", "marked", "who"),
    [
        (0, False, "all customers of segment 9"),
        (50, False, "most customers of segment 9"),
        (51, False, ""),
        (0, True, ""),
    ],
)
def test_a_segment_that_lacks_a_feature_may_be_made_of_gaps(known, marked, who):
    due = caveats.gaps([100, 100], [1, 9], [False, marked], {"a": [100, known]})
    assert [caveat.text.partition(" have no value of 'a'")[0] for caveat in due] == [who] * bool(who)


@pytest.mark.parametrize(
    ("values", "is_sample", "text"),
    [
        ([-1.0] * 3 + [9] * 97, False, "no shares of 'revenue' are told, since 3 customers have less than 0"),
        ([-1.0] + [9] * 99, False, "no shares of 'revenue' are told, since 1 customer has less than 0"),
        ([-1.0] + [9] * 99, True, "no shares of 'revenue' are told, since some customers have less than 0"),
        (
            [1e6] + [9, np.nan] * 50,
            False,
            "most of 'revenue' comes from a few customers, so its shares tell where these are",
        ),
        ([9.0] * 100, False, ""),
        ([9.0] * 15, False, ""),
    ],
)
def test_a_value_without_shares_or_of_few_customers_is_told(values, is_sample, text):
    due = caveats.value("revenue", np.array(values), is_sample, 10)
    assert [caveat.text for caveat in due] == [text] * bool(text)


def rests_on_outliers(common, segment):
    """Whether a second segment with these values of one column does, beside customers with common values."""
    X, label = np.concatenate([common, segment])[:, np.newaxis], np.repeat([0, 1], [len(common), len(segment)])
    return [caveat.segment for caveat in caveats.outliers(X, label, ["x"], [1, 2])] == [2]


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ([2.5] * 5, False),  # the quartiles are 0 and 1, so the fence is at 2.5
        ([np.nextafter(2.5, 3)] * 5, True),
        ([9, 9, 1, 1], False),  # half of the customers are not most of them
        ([9, 9, 9, 1], True),
        ([9] * 10, False),  # 1 % of the customers are not few
        ([9] * 9, True),
    ],
)
def test_few_customers_rest_on_outliers_from_beyond_each_bound(segment, expected):
    common = np.repeat([0.0, 1.0], [400, 600 - len(segment)])
    assert rests_on_outliers(common, segment) is expected


def test_nobody_is_extreme_in_a_column_where_most_have_the_same_value():
    assert not rests_on_outliers(np.zeros(995), [9] * 5)


@pytest.mark.parametrize(("width", "expected"), [(3, False), (3.01, True)])
def test_many_customers_rest_on_outliers_from_beyond_the_spread_of_groups_that_stand_apart(width, expected):
    common, segment = np.tile([-1.0, 1.0], 450), 10 + np.tile([-width, width], 50)
    assert rests_on_outliers(common, segment) is expected  # 10 from the next centre, with that standard deviation


@pytest.mark.parametrize(("correlation", "caveats_due"), [(0.9, 0), (0.90001, 1)])
def test_features_correlate_from_beyond_the_bound(correlation, caveats_due):
    x, y = np.tile([-1.0, 1], 50), np.repeat([-1.0, 1], 50)
    X = np.column_stack([x, correlation * x + np.sqrt(1 - correlation**2) * y])
    assert len(caveats.correlated(X, ["a", "b"])) == caveats_due
