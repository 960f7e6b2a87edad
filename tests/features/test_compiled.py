"""Compiled distances, against those that NumPy takes."""

import numpy as np
import pytest

from segmentation.features import assignment, compiled
from segmentation.features.compiled import BLOCK


@pytest.mark.parametrize("customers", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 1000])
@pytest.mark.parametrize(("features", "k"), [(1, 1), (1, 3), (3, 5), (12, 30)])
def test_compiled_and_numpys_results_are_the_same_bytes(customers, features, k):
    draws = np.random.default_rng(k)
    X = np.round(draws.lognormal(size=(customers, features)), 9)
    centres = assignment.published(draws.lognormal(size=(k, features)))
    X[: customers // 3] = centres[draws.integers(k, size=customers // 3)]  # customers in the place of a centre
    X[customers // 3 : customers // 2] = (centres[0] + centres[-1]) / 2  # on a border
    by_numpy, found = assignment._by_numpy(X, centres), assignment.nearest(X, centres)
    assert [column.tobytes() for column in found] == [column.tobytes() for column in by_numpy]


def test_rows_that_lie_apart_in_memory_fare_as_those_that_do_not():
    X, centres = np.random.default_rng(0).normal(size=(700, 6)), np.eye(6)[:4, ::2]
    for strided in (X[:, ::2], X[::-1, :3], np.asfortranarray(X)[:, 1:4]):
        expected = assignment.nearest(np.ascontiguousarray(strided), centres)
        for column, other in zip(assignment.nearest(strided, centres), expected, strict=True):
            assert column.tobytes() == other.tobytes()


def test_the_two_nearest_are_those_of_all_distances():
    x, centres = np.random.default_rng(1).normal(size=(3, BLOCK)), np.random.default_rng(2).normal(size=(9, 3))
    squared, least, second, label = *np.empty((3, BLOCK)), np.empty(BLOCK, dtype=np.int64)
    compiled.two_nearest(x, centres, squared, least, second, label)
    every = ((x.T[:, np.newaxis] - centres) ** 2).sum(axis=2)
    assert label.tolist() == every.argmin(axis=1).tolist()
    assert np.stack([least, second], axis=1) == pytest.approx(np.sort(every, axis=1)[:, :2])
