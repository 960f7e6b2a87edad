"""Swaps of centres, on planted traps."""

import numpy as np
import pytest
from samples import columns, rows

from segmentation.kmeans import lloyd, swaps


def swapped(X, weight, start, seed):
    draws = swaps.draw_swaps(len(start), np.random.default_rng(seed))
    return swaps.swaps(columns(X), weight, start, draws, 300)


@pytest.mark.parametrize("seed", range(5))
def test_swaps_leave_a_local_minimum(seed):
    places = np.arange(0.0, 70, 10)[:, np.newaxis]
    X = np.repeat(places, 100, axis=0) + np.random.default_rng(seed).normal(size=(700, 1))
    trapped = np.array([[-0.5], [0.5], [10], [20], [30], [40], [55]])
    weight = np.ones(len(X))
    _, before = lloyd.refine(columns(X), weight, trapped, 300)
    centres, inertia = swapped(X, weight, trapped, seed)
    assert before > 5 * inertia
    assert np.sort(centres, axis=0) == pytest.approx(places, abs=0.5)


def test_swaps_never_raise_the_inertia_and_leave_the_means_of_the_customers():
    X, weight = rows(900), rows(900, 1, seed=1)[:, 0]
    for k in (1, 2, 20):
        start, before = lloyd.refine(columns(X), weight, X[:k], 300)
        centres, inertia = swapped(X, weight, start, 0)
        assert inertia <= before
        assert lloyd.refine(columns(X), weight, centres, 1)[0] == pytest.approx(centres)


def test_swaps_of_as_many_centres_as_there_are_distinct_rows_end():
    X = np.repeat([[0.0, 0], [1, 0], [0, 2]], 5, axis=0)
    centres, inertia = swapped(X, np.ones(15), X[[0, 0, 5]], 0)
    assert inertia == 0 and len(np.unique(centres, axis=0)) == 3
