"""Fits on samples: both ways come as near to the best inertia as scikit-learn, and say which customers they suit."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from segmentation.kmeans import restarts
from segmentation.kmeans.restarts import by_lloyd, by_scikit_learn

FITTERS = pytest.mark.parametrize("fitter", [by_scikit_learn, by_lloyd])


def blobs(k=4, customers=300, seed=0):
    draws = np.random.default_rng(seed)
    return 8 * np.arange(k).repeat(customers // k)[:, np.newaxis] + draws.normal(size=(customers, 2))


@FITTERS
def test_the_inertia_is_that_of_scikit_learns_best_restart(fitter):
    X = blobs()
    centres, inertia = fitter(X, 4, 3, (1, 2))
    assert inertia == pytest.approx(KMeans(4, n_init=10, random_state=0).fit(X).inertia_, rel=1e-3)
    nearest = ((X[:, np.newaxis] - centres) ** 2).sum(axis=2).min(axis=1)
    assert inertia == pytest.approx(nearest.sum())


@FITTERS
def test_the_key_and_nothing_else_decides_the_draws(fitter):
    X = np.random.default_rng(3).normal(size=(200, 2))
    first, again, other = (fitter(X, 7, 1, key)[0] for key in ((1, 5), (1, 5), (1, 6)))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


@FITTERS
def test_there_are_no_more_centres_than_rows(fitter):
    centres, inertia = fitter(np.array([[0.0], [1.0], [5.0]]), 9, 2, (0,))
    assert sorted(centres.ravel().tolist()) == [0, 1, 5] and inertia == 0


def test_compiled_code_is_for_more_customers_than_scikit_learn_fits_all_of():
    assert restarts.fitter(1000, 1000) is by_scikit_learn
    assert restarts.fitter(1001, 1000) is by_lloyd
