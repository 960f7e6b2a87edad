"""Fits on samples: they come as near to the best inertia as scikit-learn."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from segmentation.kmeans import restarts


def blobs(k=4, customers=300, seed=0):
    draws = np.random.default_rng(seed)
    return 8 * np.arange(k).repeat(customers // k)[:, np.newaxis] + draws.normal(size=(customers, 2))


def test_the_inertia_is_that_of_scikit_learns_best_restart():
    X = blobs()
    centres, inertia = restarts.fit(X, 4, 3, (1, 2))
    assert inertia == pytest.approx(KMeans(4, n_init=10, random_state=0).fit(X).inertia_, rel=1e-3)
    nearest = ((X[:, np.newaxis] - centres) ** 2).sum(axis=2).min(axis=1)
    assert inertia == pytest.approx(nearest.sum())


def test_the_key_and_nothing_else_decides_the_draws():
    X = np.random.default_rng(3).normal(size=(200, 2))
    first, again, other = (restarts.fit(X, 7, 1, key)[0] for key in ((1, 5), (1, 5), (1, 6)))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_there_are_no_more_centres_than_rows():
    centres, inertia = restarts.fit(np.array([[0.0], [1.0], [5.0]]), 9, 2, (0,))
    assert sorted(centres.ravel().tolist()) == [0, 1, 5] and inertia == 0
