"""Distinct rows and how many customers share each, against NumPy."""

import numpy as np
import pytest

from segmentation.kmeans import distinct


def test_distinct_rows_are_those_of_numpy():
    X = np.random.default_rng(0).integers(3, size=(200, 2)).astype(float)
    rows, counts = np.unique(X, axis=0, return_counts=True)
    found, shared = distinct.distinct_rows(X)
    assert np.array_equal(found, rows) and np.array_equal(shared, counts)
    assert distinct.count_distinct(X[np.lexsort(X.T[::-1])]) == len(rows)


def test_weights_add_up():
    _, shared = distinct.distinct_rows(np.array([[1.0], [0.0], [1.0]]), np.array([2.0, 5.0, 0.5]))
    assert shared == pytest.approx([5, 2.5])
