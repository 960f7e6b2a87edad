"""Planted groups stand apart; a cloud, a tail and steps of a column do not."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from segmentation.elbow import valleys

SIX_APART = np.array([[0, 0, 0], [6, 0, 0], [0, 6, 0], [0, 0, 6], [6, 6, 6]])


def standardised(X):
    return (X - X.mean(axis=0)) / X.std(axis=0)


def blobs(groups=3, rows=1500, shares=None, seed=0):
    draws = np.random.default_rng(seed)
    label = draws.choice(groups, rows, p=shares)
    return standardised(SIX_APART[label] + draws.normal(size=(rows, 3)))


def search(X, most=10, number=0, threads=2):
    with ThreadPoolExecutor(threads) as pool:
        return valleys.search(X, [most], valleys.powers_of(X), number, pool)[most]


@pytest.mark.parametrize("groups", [2, 3, 5])
def test_as_many_groups_as_planted(groups):
    drawn_in, depth = search(blobs(groups))
    assert drawn_in == groups and depth > 5


def test_a_small_group_beside_large_ones_stands_apart():
    assert search(blobs(3, shares=(0.6, 0.37, 0.03)))[0] == 3


def test_more_groups_than_segments_asked_for_are_told():
    assert search(blobs(5), most=4)[0] == 5


SHAPELESS = {
    "normal": lambda draws: draws.normal(size=(2000, 3)),
    "even": lambda draws: draws.random((2000, 3)),
    "tails": lambda draws: np.exp(draws.normal(size=(2000, 3))),
    "correlated": lambda draws: draws.normal(size=(2000, 3)) @ [[1, 1, 0], [0, 1, 1], [0, 0, 0.2]],
    "whole numbers": lambda draws: draws.poisson(2, (2000, 3)).astype(float),
    "three levels": lambda draws: draws.integers(0, 3, (2000, 2)).astype(float),
    "yes and no": lambda draws: np.column_stack([draws.integers(0, 2, 2000), draws.normal(size=2000)]),
    "few customers": lambda draws: draws.normal(size=(12, 2)),
}


@pytest.mark.parametrize("kind", SHAPELESS)
def test_customers_without_segments_have_none(kind):
    assert search(standardised(SHAPELESS[kind](np.random.default_rng(3)))) == (1, 0.0)


@pytest.mark.parametrize("rows", range(30, 100, 3))
def test_two_groups_far_apart_are_found_among_few_customers(rows):
    X = np.random.default_rng(rows).normal(size=(rows, 2)) + 100 * (np.arange(rows) % 2)[:, np.newaxis]
    assert search(standardised(X))[0] == 2


def test_a_tail_hides_no_groups():
    X = np.column_stack([blobs(3), np.exp(np.random.default_rng(1).normal(size=1500))])
    assert search(standardised(X))[0] == 3


def test_neither_the_order_of_rows_and_features_nor_draws_nor_threads_change_the_number():
    X = blobs(4)
    draws = np.random.default_rng(0)
    tables = (X, draws.permutation(X), X[:, ::-1], standardised(X * [1000, 1, 0.001]))
    assert [search(other, number=number)[0] for other in tables for number in (0, 1)].count(4) >= 7
    assert search(X, threads=1) == search(X, threads=3)


def test_joining_ends_with_the_two_groups_farthest_apart():
    X = np.concatenate([np.random.default_rng(0).normal(place, 0.1, (200, 1)) for place in (0, 1, 10)])
    steps = valleys.join_cells(X, np.repeat([0, 5, 9], 200))
    assert [groups for groups, _ in steps] == [3, 2]
    assert valleys.groups_apart(steps, valleys.DEPTH) == steps[0]
    assert valleys.groups_apart(steps, least=1e9) == (1, 0.0)


@pytest.mark.parametrize(("cells", "deeper"), [(2, 0), (20, 0), (25, 0), (50, 0.28), (320, 1.02)])
def test_among_many_cells_a_valley_must_be_deeper(cells, deeper):
    assert valleys.least_depth(cells) == pytest.approx(valleys.DEPTH + deeper, abs=0.01)


def test_equal_values_are_spread_as_far_as_halfway_to_the_next():
    X = np.repeat([0.0, 1.0, 4.0], 1000)[:, np.newaxis]
    spread = valleys.spread(X, 0)[:, 0]
    assert np.array_equal(valleys.spread(X[:5], 0), X[:5])
    for values, low, high in ((spread[:1000], -0.5, 0.5), (spread[1000:2000], 0.5, 2.5), (spread[2000:], 2.5, 5.5)):
        assert low <= values.min() and values.max() <= high and np.ptp(values) > 0.9 * (high - low)


def test_only_skewed_columns_lose_their_tail():
    draws = np.random.default_rng(0)
    X = standardised(np.column_stack([draws.normal(size=2000), np.exp(draws.normal(size=2000))]))
    (_, _), (drawn_in, stretch) = valleys.spaces_of(X, valleys.powers_of(X))
    assert np.array_equal(drawn_in[:, 0], X[:, 0])
    assert abs((drawn_in[:, 1] ** 3).mean()) < 0.5 and (X[:, 1] ** 3).mean() > 3
    assert np.argsort(drawn_in[:, 1]).tolist() == np.argsort(X[:, 1]).tolist()
    ranked = np.sort(X[:, 1]), np.sort(drawn_in[:, 1])
    slopes = np.diff(ranked[1])[20:-20] / np.diff(ranked[0])[20:-20]
    assert stretch / 2000 == pytest.approx(np.log(slopes).mean(), abs=0.05)
    assert len(valleys.spaces_of(X[:, :1], valleys.powers_of(X[:, :1]))) == 1


@pytest.mark.parametrize(
    ("k", "customers", "cells"),
    [(10, 5000, [8, 10, 12, 16, 20]), (25, 5000, [20, 25, 32, 40, 50]), (2, 5000, [2, 3, 4]), (1, 5000, [2]),
     (10, 40, [8]), (10, 36, [6]), (10, 9, []), (200, 5000, [160, 200, 250, 320, 400])],
)  # fmt: skip
def test_as_many_cells_as_customers_can_fill(k, customers, cells):
    assert valleys.cell_numbers(k, customers) == cells
