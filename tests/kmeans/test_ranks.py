"""Who is drawn into a coreset, against NumPy."""

import numpy as np
import pytest

from segmentation.kmeans import ranks


@pytest.mark.parametrize("features", [1, 2, 30])
def test_those_with_the_lowest_ranks_are_drawn_to_the_last_bit_as_numpy_computes_them(features):
    draws = np.random.default_rng(features)
    X, uniform = draws.normal(size=(features, 1000)), draws.random(1000)
    expected = (1 + sum(column * column for column in X) / features) / (2 * 5000)
    rank = uniform.copy()
    drawn, probability = ranks.drawn(X, rank, 5000, 400)
    np.testing.assert_array_equal(probability, expected)
    np.testing.assert_array_equal(rank, uniform / expected)
    np.testing.assert_array_equal(drawn, np.flatnonzero(uniform / expected < 400))
    assert 0 < len(drawn) < 1000


def test_of_an_empty_block_nobody_is_drawn():
    drawn, probability = ranks.drawn(np.empty((3, 0)), np.empty(0), 5000, 400)
    assert len(drawn) == len(probability) == 0
