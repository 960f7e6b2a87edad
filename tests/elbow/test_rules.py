"""The elbow comes out where it was planted."""

import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from segmentation.elbow import rules
from segmentation.elbow.card import Evidence
from segmentation.kmeans import exact
from stages import elbow as step


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
        fits = exact.fit(X, range(1, 9), n_init=4, seed=0, pool=pool)
    assert rules.locate(list(fits), [fit.inertia for fit in fits.values()]) == planted


@pytest.mark.parametrize(
    ("ks", "inertia"),
    [([1, 2], [10.0, 1.0]), ([3], [10.0]), ([1, 2, 3, 4, 5], [50.0, 40.0, 30.0, 20.0, 10.0])],
    ids=["two points", "one point", "a straight line"],
)
def test_a_curve_that_does_not_bend_has_no_elbow(ks, inertia):
    assert rules.locate(ks, inertia) is None


def test_variance_explained_is_one_minus_inertia_over_that_of_one_segment_and_never_negative():
    X = np.random.default_rng(0).normal([5, -3], [1, 2], (50, 2))
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    total = (X**2).sum()
    assert rules.variance_explained(50, 2, [total, total / 4, 0]) == pytest.approx([0, 0.75, 1])
    (found,) = rules.variance_explained(50, 2, [total * (1 + 1e-9)])
    assert found == 0 and not np.signbit(found)


CRITERIA = {
    "inertia": np.array([100.0, 60, 30, 10, 8]),
    "silhouette": np.array([np.nan, 0.3, 0.6, 0.5, 0.2]),
    "calinski_harabasz": np.array([np.nan, 10, 20, 30, 15]),
    "davies_bouldin": np.array([np.nan, 1.2, 0.9, 1.0, 1.4]),
    "gap": np.array([0.1, 0.4, 0.9, 0.92, 0.95]),
    "gap_error": np.array([0.01, 0.01, 0.01, 0.05, 0.05]),
}


def test_each_rule_chooses_by_its_own_criterion():
    expected = {"calibrated": 2, "kneedle": 3, "silhouette": 3, "calinski_harabasz": 4, "davies_bouldin": 3, "gap": 3}
    assert rules.choices(range(1, 6), CRITERIA, groups=2) == expected


def test_a_rule_without_an_answer_says_so():
    nothing = dict.fromkeys(CRITERIA, np.array([np.nan])) | {"inertia": np.array([1.0])}
    expected = dict.fromkeys(("kneedle", "silhouette", "calinski_harabasz", "davies_bouldin", "gap"))
    assert rules.choices(range(3, 4), nothing, groups=1) == {"calibrated": 1} | expected


@pytest.mark.parametrize(("groups", "k"), [(1, 1), (2, 3), (4, 4), (9, 5)])
def test_the_calibrated_rule_stays_within_the_curve_but_for_none(groups, k):
    late = {name: criterion[2:] for name, criterion in CRITERIA.items()}
    assert rules.choices(range(3, 6), late, groups)["calibrated"] == k


@pytest.mark.parametrize(
    ("groups", "depth", "with_fewer", "ks", "said"),
    [
        (1, 0.0, 1, range(1, 6), "none"),
        (3, 4.0, 3, range(1, 6), "clear"),
        (3, 3.9, 3, range(1, 6), "weak"),
        (3, 9.0, 2, range(1, 6), "weak"),
        (3, 9.0, 3, range(4, 6), "weak"),
        (9, 9.0, 9, range(1, 6), "weak"),
        (5, 9.0, 5, range(1, 6), "clear"),
    ],
)
def test_the_verdict(groups, depth, with_fewer, ks, said):
    assert rules.verdict(ks, {3: (with_fewer, depth), 5: (groups, depth), 7: (groups, depth)}) == said


def decided(rule="calibrated", ks=range(1, 6), groups=3, depth=9.0):
    table = {name: criterion[: len(ks)] for name, criterion in CRITERIA.items()}
    longer = {name: np.append(criterion, [np.nan] * 2) for name, criterion in table.items()}
    apart = dict.fromkeys((ks[-1], ks[-1] + 2), (groups, depth))
    rows = {"k": ks, **table, "null": 2 * table["inertia"], "variance_explained": 1 - table["inertia"] / 100}
    return step.decided(rule, rows, Evidence(range(ks[0], ks[-1] + 3), longer, {}, apart)), ks


@pytest.mark.parametrize(
    ("settings", "k", "said"),
    [
        ({}, 3, r"elbow at K = 3, clear: 3 groups .* 9\.0 deep .*; other rules: calinski_harabasz 4"),
        ({"depth": 3.0}, 3, "elbow at K = 3, weak"),
        ({"groups": 1, "depth": 0.0}, 1, r"no clear segments: .* so K = 1; .* set cluster\.k"),
        ({"groups": 1, "depth": 0.0, "ks": range(2, 6)}, 1, "so K = 1 whatever elbow.k_min says"),
        ({"groups": 9}, 5, "elbow at K = 5, weak: 9 groups(.|\n)*warning: elbow.k_min and k_max allow 1 to 5"),
        ({"groups": 2, "ks": range(3, 6)}, 3, "elbow at K = 3, weak: 2 groups(.|\n)*allow 3 to 5"),
        ({"rule": "calinski_harabasz"}, 4, "K = 4 by elbow.rule calinski_harabasz; .* 3 groups stand apart, clear"),
        ({"rule": "silhouette", "groups": 1, "depth": 0.0}, 3, "K = 3 by elbow.rule silhouette; .* no clear segments"),
        (
            {"rule": "kneedle", "ks": range(2, 4)},
            2,
            "warning: elbow.rule kneedle has no answer from K = 2 to 3, so K = 2",
        ),
    ],
)
def test_what_is_decided_is_told(settings, k, said):
    found, ks = decided(**settings)
    assert found["k"] == k
    assert re.match(f"(.|\n)*{said}", step.words(found, ks))
    assert str(k) in step.caption(found)


def test_what_is_decided_tells_how_far_below_the_null_k_lies_and_who_disagrees():
    found, _ = decided()
    assert (found["below_null"], found["variance_explained"]) == (0.5, 0.7)
    assert found["disagree"] == ["calinski_harabasz"] and found["if_k_max"] == {5: 3, 7: 3}
    found, _ = decided("kneedle", range(2, 4))
    assert found["choices"]["kneedle"] is None and "kneedle" not in found["disagree"]
