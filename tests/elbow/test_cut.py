"""The cut through a crowd: where the curve bends, and whether its segments come back."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from segmentation.elbow import cut
from segmentation.kmeans.stability import Sample

CORNERS = np.array([[0.0, 0.0], [9.0, 0.0], [0.0, 9.0]])


def three(customers=600, seed=0):
    draws = np.random.default_rng(seed)
    return CORNERS[draws.integers(3, size=customers)] + draws.normal(size=(customers, 2))


def sample_of(X):
    return Sample.ordered(X, np.full(len(X), np.nan), {})


@pytest.fixture(scope="module")
def pool():
    with ThreadPoolExecutor(2) as threads:
        yield threads


def test_the_cut_is_where_the_curve_bends_and_planted_segments_come_back_every_time(pool):
    draws = [three(seed=seed) for seed in range(3)]
    bend = cut.find(draws, sample_of(draws[0]), pool)
    assert (bend.k, list(bend.by_draw)) == (3, [3, 3, 3])
    assert bend.stability.lowest_jaccard > 0.95 and bend.stability.comes_back == 1


def test_the_median_of_the_draws_is_the_cut(pool, monkeypatch):
    bends = iter([4, 2, 7, 3, 5])
    monkeypatch.setattr(cut.rules, "locate", lambda *_: next(bends))
    bend = cut.find([three(100)] * 5, sample_of(three(100)), pool)
    assert bend.k == 4 and bend.by_draw == [4, 2, 7, 3, 5]


def test_a_curve_without_a_bend_leaves_one_segment(pool, monkeypatch):
    monkeypatch.setattr(cut.rules, "locate", lambda *_: None)
    assert cut.find([three(100)] * 5, sample_of(three(100)), pool) == cut.Cut(1, [1] * 5, cut.Stability(1.0, 1.0))


def test_segments_drawn_at_random_come_back_in_few_resamples(pool):
    X = np.random.default_rng(0).normal(size=(400, 5))
    stability = cut.judge_stability(sample_of(X), X[:8], 20, pool)
    assert stability.lowest_jaccard < 0.5 and stability.comes_back == 0


def test_more_segments_than_customers_have_figures(pool):
    X = three(4)
    bend = cut.find([X] * 5, sample_of(X), pool)
    assert bend.k <= 4 and not np.isnan(bend.stability.lowest_jaccard)
