"""The elbow comes out where it was planted."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from criteria import CRITERIA
from kneed import KneeLocator
from sklearn.datasets import make_blobs

from segmentation.elbow import rules
from segmentation.kmeans import exact
from segmentation.pipeline import schema
from segmentation.pipeline.errors import ConfigurationFault


@pytest.mark.parametrize("first", [1, 2])
@pytest.mark.parametrize("bend", [3, 4, 6, 8])
def test_a_planted_bend_is_located(bend, first):
    ks = range(first, 12)
    inertia = [1000 - 100 * min(k, bend) - 5 * max(k - bend, 0) for k in ks]
    located = rules.locate(ks, inertia)
    assert located == bend and type(located) is int


@pytest.mark.parametrize("planted", [3, 5])
def test_as_many_segments_as_planted_blobs(planted):
    X, _ = make_blobs(400, centers=10 * np.eye(planted), random_state=1)
    with ThreadPoolExecutor(2) as pool:
        fits = exact.fit_each_k(X, range(1, 9), n_init=4, seed=0, pool=pool)
    assert rules.locate(list(fits), [fit.inertia for fit in fits.values()]) == planted


@pytest.mark.parametrize(
    ("ks", "inertia"),
    [([1, 2], [10.0, 1.0]), ([3], [10.0]), ([1, 2, 3, 4, 5], [50.0, 40.0, 30.0, 20.0, 10.0])],
    ids=["two points", "one point", "a straight line"],
)
def test_a_curve_that_does_not_bend_has_no_elbow(ks, inertia):
    assert rules.locate(ks, inertia) is None


@pytest.mark.parametrize("seed", range(300))
def test_the_elbow_is_that_of_kneed(seed):
    draws = np.random.default_rng(seed)
    number, first = draws.integers(3, 30), draws.integers(1, 4)
    falls = (
        draws.exponential(size=number) ** draws.integers(1, 5) if seed % 3 else np.round(draws.random(number), 1) + 0.1
    )
    inertia = np.sort(falls)[::-1].cumsum()[::-1] if seed % 2 else falls.cumsum()[::-1]
    ks = range(first, first + number)
    knee = KneeLocator(ks, inertia, curve="convex", direction="decreasing").knee
    assert rules.locate(ks, inertia) == knee


def test_variance_explained_is_one_minus_inertia_over_that_of_one_segment_and_never_negative():
    X = np.random.default_rng(0).normal([5, -3], [1, 2], (50, 2))
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    total = (X**2).sum()
    assert rules.variance_explained(50, 2, [total, total / 4, 0]) == pytest.approx([0, 0.75, 1])
    (found,) = rules.variance_explained(50, 2, [total * (1 + 1e-9)])
    assert found == 0 and not np.signbit(found)


def test_each_rule_chooses_by_its_own_criterion():
    expected = {"calibrated": 2, "kneedle": 3, "silhouette": 3, "calinski_harabasz": 4, "davies_bouldin": 3, "gap": 3}
    assert rules.choices(range(1, 6), CRITERIA, segments=2) == expected


def test_a_rule_without_an_answer_says_so():
    nothing = dict.fromkeys(CRITERIA, np.array([np.nan])) | {"inertia": np.array([1.0])}
    expected = dict.fromkeys(("kneedle", "silhouette", "calinski_harabasz", "davies_bouldin", "gap"))
    assert rules.choices(range(3, 4), nothing, segments=1) == {"calibrated": 1} | expected


@pytest.mark.parametrize(("segments", "k"), [(1, 1), (2, 3), (4, 4), (9, 5)])
def test_the_calibrated_rule_stays_within_the_curve_but_for_one(segments, k):
    late = {name: criterion[2:] for name, criterion in CRITERIA.items()}
    assert rules.choices(range(3, 6), late, segments)["calibrated"] == k


def test_the_table_has_each_rule_that_a_configuration_may_name_and_no_other():
    assert set(rules.RULES) == set(schema.RULES)


def test_an_unknown_rule_is_refused():
    with pytest.raises(ConfigurationFault, match=r"elbow\.rule is 'silhouete': .*silhouette"):
        rules.choice("silhouete", range(1, 6), CRITERIA, 2)
