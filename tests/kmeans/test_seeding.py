"""Seeds, by hand and on planted blobs."""

import numpy as np
import pytest
from samples import blobs, columns

from segmentation.kmeans import seeding


# Rows 0, 1 and 3 on a line: once the first row is a seed, the others are drawn at 1 to 9.
@pytest.mark.parametrize(
    ("weight", "draws", "seeds"),
    [
        ([1, 1, 1], [[0.0], [0.05], [0.5]], [0, 1, 3]),
        ([1, 1, 1], [[0.0], [0.15], [0.5]], [0, 3, 1]),
        ([1, 1, 1], [[0.99], [0.65], [0.5]], [3, 0, 1]),
        ([1, 1, 1], [[0.99], [0.70], [0.5]], [3, 1, 0]),
        ([1, 1, 1], [[0.0, 0.99], [0.05, 0.15], [0, 0]], [0, 3, 1]),
        ([1, 9, 1], [[0.0, 0.99], [0.49, 0.51], [0, 0]], [0, 1, 3]),
        ([0, 1, 1], [[0.0], [0.0], [0.0]], [1, 3, 3]),
        ([1, 0, 0], [[0.99], [0.99], [0.0]], [0, 3, 3]),
    ],
    ids=[
        "near", "far", "back", "further back", "the better of two", "the better by weight", "no weight", "one weight",
    ],
)  # fmt: skip
def test_seeds_are_drawn_by_weight_times_squared_distance(weight, draws, seeds):
    found = seeding.seeds(np.array([[0.0, 1, 3]]), np.array(weight, dtype=float), np.array(draws))
    assert found.ravel().tolist() == seeds


@pytest.mark.parametrize("seed", range(5))
def test_seeds_are_distinct_rows_with_one_in_each_blob(seed):
    X, planted = blobs(seed)
    weight = np.where(planted == 1, 0.0, 1.0)
    draws = np.random.default_rng(seed).random((40, 3))
    seeds = seeding.seeds(columns(X), weight, draws).tolist()
    chosen = [X.tolist().index(row) for row in seeds]
    assert len(set(chosen)) == 40
    assert sorted(planted[chosen[:4]]) == [0, 2, 3, 4]
    assert 1 not in planted[chosen]


def test_every_distinct_row_is_a_seed_before_one_is_a_seed_twice():
    X = np.array([[0, 0], [0, 0], [1, 0], [0, 2], [1, 0], [0, 0]], dtype=float)
    seeds = seeding.seeds(columns(X), np.ones(6), np.random.default_rng(0).random((5, 2))).tolist()
    assert sorted(seeds[:3]) == [[0, 0], [0, 2], [1, 0]]
    assert all(row in seeds[:3] for row in seeds[3:])


def test_the_row_that_lowers_the_inertia_most_is_the_best_of_those_drawn():
    X, weight, least = np.array([[0.0, 1, 10]]), np.array([1.0, 1, 3]), np.array([0.0, 1, 100])
    row, nearer = seeding.best_row(X, weight * least, weight, least, np.array([0.001, 0.5]))
    assert row == 2 and nearer.tolist() == [0, 1, 0]
