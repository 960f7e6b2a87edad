"""Mixtures: scikit-learn's likelihood, planted groups among few customers, and none where there are none."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from segmentation.elbow import mixtures, valleys

PLACES = np.array([[0, 0, 0], [5, 0, 0], [0, 5, 0], [0, 0, 5], [5, 5, 5]])


def standardised(X):
    return (X - X.mean(axis=0)) / X.std(axis=0)


def blobs(groups, rows=300, seed=0):
    draws = np.random.default_rng(seed)
    return standardised(PLACES[draws.integers(0, groups, rows)] + draws.normal(size=(rows, 3)))


def search(X, k_max=10, threads=2):
    with ThreadPoolExecutor(threads) as pool:
        return mixtures.search(X, [k_max], valleys.powers_of(X), pool)[k_max][0]


@pytest.mark.parametrize("groups", [2, 3, 5])
@pytest.mark.parametrize("stretch", [np.eye(3), [[1, 0.9, 0], [0, 0.4, 0], [0, 0, 1]]], ids=["round", "correlated"])
def test_as_many_groups_as_planted(groups, stretch):
    assert search(standardised(blobs(groups) @ stretch)) == groups


def test_a_skewed_column_hides_no_groups():
    X = blobs(4)
    X[:, 0] = np.exp(X[:, 0])
    assert search(standardised(X)) == 4


def test_heavy_tails_are_no_groups():
    draws = np.random.default_rng(2)
    X = PLACES[draws.integers(0, 3, 400)] * 1.2 + draws.standard_t(4, (400, 3)) / np.sqrt(2)
    assert search(standardised(X)) == 3


SHAPELESS = {
    "normal": lambda draws: draws.normal(size=(300, 3)),
    "even": lambda draws: draws.random((300, 2)),
    "tails": lambda draws: np.exp(draws.normal(size=(300, 3))),
    "correlated": lambda draws: draws.normal(size=(300, 3)) @ [[1, 1, 0], [0, 1, 1], [0, 0, 0.2]],
    "four customers": lambda draws: draws.normal(size=(4, 2)),
    "two features alike": lambda draws: np.repeat(draws.normal(size=(200, 1)), 2, axis=1),
}


@pytest.mark.parametrize("kind", SHAPELESS)
def test_customers_without_segments_have_none(kind):
    assert search(standardised(SHAPELESS[kind](np.random.default_rng(5)))) == 1


def test_the_likelihood_is_that_of_scikit_learn():
    X = blobs(3)
    likelihood, part, _ = mixtures.fit(X, 3, (0,))
    oracle = GaussianMixture(3, covariance_type="tied", random_state=0, n_init=5, max_iter=500).fit(X)
    share = oracle.predict_proba(X)
    entropy = -(share * np.log(np.maximum(share, 1e-300))).sum()
    assert likelihood == pytest.approx(-oracle.bic(X) - 2 * entropy, rel=1e-3)
    assert np.unique(part).tolist() == [0, 1, 2]


def test_the_metric_makes_the_parts_round():
    X = blobs(3) @ [[2, 1, 0], [0, 1, 0.5], [0, 0, 0.3]]
    _, part, metric = mixtures.fit(X, 3, (0,))
    within = np.concatenate([X[part == n] - X[part == n].mean(axis=0) for n in range(3)]) @ metric
    assert within.T @ within / len(X) == pytest.approx(np.eye(3), abs=0.1)


def test_the_largest_k_is_kept_and_neither_threads_nor_order_change_the_number():
    X = blobs(5)
    assert search(X, k_max=3) <= 3
    other = np.random.default_rng(0).permutation(X)[:, ::-1]
    assert search(other) == search(X, threads=1) == 5
