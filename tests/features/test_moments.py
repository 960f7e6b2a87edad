"""Moments of columns, from parts of them, against NumPy."""

import numpy as np
import pytest

from segmentation.features import moments


@pytest.fixture(scope="module")
def X():
    generator = np.random.default_rng(3)
    return np.column_stack([generator.normal(1e6, 1, 1000), generator.lognormal(0, 2, 1000), np.full(1000, 7.0)])


@pytest.mark.parametrize("cuts", [[], [500], [1, 2, 3], [0, 0, 999, 1000]])
def test_parts_add_up_to_the_moments_of_the_whole(X, cuts):
    merged = moments.merge_parts([moments.measure(part) for part in np.split(X, cuts)])
    assert merged.rows == 1000
    assert merged.mean == pytest.approx(X.mean(axis=0), rel=1e-13)
    assert merged.variance == pytest.approx(X.var(axis=0), rel=1e-9, abs=1e-20)
    np.testing.assert_array_equal([merged.low, merged.high], [X.min(axis=0), X.max(axis=0)])


def test_a_column_is_constant_that_varies_by_no_more_than_floats_err():
    signs = np.tile([-1.0, 1], 500)
    X = np.column_stack([signs * 1e-7, 1e9 + signs * 1.2e-7, np.full(1000, 7.0), 1e9 + signs * 1e-3])
    assert moments.measure(X).constant.tolist() == [False, True, True, False]


def test_no_row_has_no_moments(X):
    assert moments.measure(X[:0]) is None
    assert moments.merge_parts([None, None]) is None
