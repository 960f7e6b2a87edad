"""The number of groups: joined from draws, and among few customers from mixtures too."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest

from segmentation.elbow import groups, mixtures, null, valleys


@pytest.mark.parametrize(
    ("draws", "joined"),
    [
        ([(2, 8.0), (1, 0.0), (4, 3.0), (2, 8.0), (2, 9.0)], (2, pytest.approx(25 / 3))),
        ([(1, 0.0), (1, 0.0), (3, 4.0), (1, 0.0), (1, 0.0)], (1, 0.0)),
        ([(1, 0.0), (3, 5.0), (3, 4.0), (2, 9.0), (1, 0.0)], (1, 0.0)),
        ([(1, 0.0), (3, 5.0), (3, 4.0), (2, 9.0), (2, 7.0)], (3, 4.5)),
    ],
)
def test_what_two_draws_find_counts_where_nearly_all_find_groups(draws, joined):
    assert groups.join_draws(draws) == joined


PLACES = np.array([[0, 0], [4.5, 0.5], [1, 5], [6.5, 5.5], [-4, 3]])


def five(rows, seed=0):
    """Customers in five groups, some 4.5 standard deviations apart."""
    draws = np.random.default_rng(seed)
    X = PLACES[np.arange(rows) % 5] + draws.normal(size=(rows, 2))
    return (X - X.mean(axis=0)) / X.std(axis=0)


def count(X, k_maxes=(8, 10, 12), are_few=True):
    with ThreadPoolExecutor(2) as pool:
        return groups.count([X] * 3, k_maxes, are_few, pool)


def test_few_customers_show_groups_that_no_valley_shows():
    with_mixtures, valleys_alone = [], []
    for seed in range(8):
        by_k_max, by_draw = count(five(150, seed))
        assert {draw[10][0] for draw in by_draw} <= {5, by_k_max[10][0]}
        with_mixtures.append(by_k_max[10][0])
        valleys_alone.append(count(five(150, seed), are_few=False)[0][10][0])
    assert with_mixtures.count(5) >= 6 and valleys_alone.count(5) <= 4


@pytest.mark.parametrize(
    ("far", "depth", "counts"), [(2.1, 1.5, True), (2, 2.9, False), (0, 3, True)], ids=["far", "neither", "deep"]
)
def test_a_mixture_counts_where_the_curve_or_a_valley_speaks_for_it(monkeypatch, far, depth, counts):
    compared = SimpleNamespace(criteria=lambda: {"beyond_null": [far]})
    monkeypatch.setattr(null, "compare", lambda *_: compared)
    mixed = {10: (5, depth)}
    assert groups.believed(five(200), mixed, None) == (mixed if counts else {})


def test_of_valleys_and_mixtures_the_larger_number_counts(monkeypatch):
    monkeypatch.setattr(valleys, "search", lambda X, k_maxes, *_: dict.fromkeys(k_maxes, (9, 3.0)))
    assert count(five(200))[0] == dict.fromkeys((8, 10, 12), (9, 3.0))


def test_a_single_feature_is_judged_by_valleys_alone():
    X = five(200)[:, :1]
    assert count(X)[0] == {k: groups.join_draws([draw[k] for draw in count(X)[1]]) for k in (8, 10, 12)}


def test_where_valleys_and_mixtures_find_as_many_groups_the_deeper_valley_counts(monkeypatch):
    monkeypatch.setattr(valleys, "search", lambda X, k_maxes, *_: dict.fromkeys(k_maxes, (5, 3.0)))
    monkeypatch.setattr(mixtures, "search", lambda X, k_maxes, *_: dict.fromkeys(k_maxes, (5, 4.5)))
    assert count(five(200))[0] == dict.fromkeys((8, 10, 12), (5, 4.5))
