"""Joining of cells, against bands worked by hand and against a slow way."""

import numpy as np
import pytest
from project import alone, older_processor

from segmentation.elbow import joining


def cells(X, places):
    return np.abs(X[:, :1] - np.array(places)).argmin(axis=1)


def test_the_depth_is_that_of_the_bands_worked_by_hand():
    # 100 customers at either end and 10 halfway; bands of which all three meet these are the deepest
    line = np.concatenate([np.zeros(100), np.full(10, 0.5), np.ones(100)])[:, np.newaxis]
    expected = (joining.MATERIAL * 100 - 10 - 0.5) / np.sqrt(joining.MATERIAL**2 * 100 + 10 + 1)
    assert joining.join_cells(line, np.repeat([0, 1], 105), 2).tolist() == [pytest.approx(expected)]
    assert expected == pytest.approx(79.5 / np.sqrt(92))


def test_the_two_groups_with_the_shallowest_valley_are_joined_first():
    draws = np.random.default_rng(0)
    X = np.concatenate([draws.normal(place, 0.4, (200, 2)) * [1, 0.1] for place in (0, 2, 4, 20)])
    depths = joining.join_cells(X, np.repeat([0, 1, 2, 3], 200), 4)
    first = [joining.join_cells(X[200 * a : 200 * b], np.repeat([0, 1], 200), 2)[0] for a, b in ((0, 2), (1, 3))]
    assert depths[0] == min(first)
    assert depths[-1] > depths[0] > 0


def test_the_order_of_customers_and_the_numbers_of_cells_change_nothing():
    draws = np.random.default_rng(1)
    X = draws.integers(0, 20, (500, 2)).astype(float)
    label = cells(X, [2, 6, 10, 14, 18])
    depths = joining.join_cells(X, label, 5)
    order, numbers = draws.permutation(500), draws.permutation(5)
    assert joining.join_cells(X[order], numbers[label[order]], 5) == pytest.approx(depths)


def test_cells_with_the_same_mean_are_joined_at_once():
    X = np.array([[-1.0], [1], [-2], [2], [50]])
    depths = joining.join_cells(X, np.array([0, 0, 1, 1, 2]), 3)
    assert depths[0] == -np.inf and depths[1] > -np.inf


def test_a_single_cell_has_no_neighbour():
    assert len(joining.join_cells(np.ones((3, 2)), np.zeros(3, int), 1)) == 0


def digest():
    X = np.random.default_rng(0).normal(size=(2000, 3))
    return joining.join_cells(X, cells(X, np.linspace(-2, 2, 12)), 12).tobytes().hex()


def test_an_older_processor_gives_the_same_bits():
    code = "import sys; sys.path.insert(0, 'tests/elbow'); import test_joining; print(test_joining.digest())"
    assert alone(code, **older_processor("nehalem")) == [digest()]
