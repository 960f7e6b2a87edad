"""The elbow comes out where it was planted."""

from concurrent.futures import ThreadPoolExecutor

from segmentation import elbow, kmeans

import numpy as np
import pytest
from sklearn.datasets import make_blobs


@pytest.mark.parametrize("first", [1, 2])
@pytest.mark.parametrize("bend", [3, 4, 6, 8])
def test_a_planted_bend_is_located(bend, first):
    ks = range(first, 12)
    inertia = [1000 - 100 * min(k, bend) - 5 * max(k - bend, 0) for k in ks]
    located = elbow.locate(ks, inertia)
    assert located == bend and type(located) is int


@pytest.mark.parametrize("planted", [3, 5])
def test_as_many_segments_as_planted_blobs(planted):
    X, _ = make_blobs(400, centers=10 * np.eye(planted), random_state=1)
    with ThreadPoolExecutor(2) as pool:
        fits = kmeans.exact(X, range(1, 9), n_init=4, seed=0, pool=pool)
    assert elbow.locate(list(fits), [fit.inertia for fit in fits.values()]) == planted


@pytest.mark.parametrize(
    ("ks", "inertia"),
    [([1, 2], [10.0, 1.0]), ([3], [10.0]), ([1, 2, 3, 4, 5], [50.0, 40.0, 30.0, 20.0, 10.0])],
    ids=["two points", "one point", "a straight line"],
)
def test_a_curve_that_does_not_bend_has_no_elbow(ks, inertia):
    assert elbow.locate(ks, inertia) is None


def test_variance_explained_is_one_minus_inertia_over_that_of_one_segment_and_never_negative():
    X = np.random.default_rng(0).normal([5, -3], [1, 2], (50, 2))
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    total = (X**2).sum()
    assert elbow.variance_explained(50, 2, [total, total / 4, 0]) == pytest.approx([0, 0.75, 1])
    (found,) = elbow.variance_explained(50, 2, [total * (1 + 1e-9)])
    assert found == 0 and not np.signbit(found)
