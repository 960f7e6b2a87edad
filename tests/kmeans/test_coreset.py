"""The coreset stands for all customers, the far ones too."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

from segmentation.kmeans import coreset

ROWS, FAR = 20_000, 20  # of these 20, one in a thousand, make up a segment of their own


def customers(far=0, seed=0):
    generator = np.random.default_rng(seed)
    X = generator.lognormal(0, 0.5, (3, ROWS))
    X[:, :far] += 20
    return (X - X.mean(axis=1, keepdims=True)) / X.std(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def X():
    return np.random.default_rng(0).permutation(customers(FAR), axis=1)


def draw(X, size, seed=0, parts=4, threads=2):
    cuts = np.array_split(X, parts, axis=1) if isinstance(parts, int) else np.split(X, parts, axis=1)
    with ThreadPoolExecutor(threads) as pool:
        blocks = [partial(np.asarray, cut) for cut in cuts]
        return coreset.draw_coreset(blocks, [cut.shape[1] for cut in cuts], size, seed, pool)


def cost(X, centres):
    return ((X.T[:, np.newaxis] - centres) ** 2).sum(axis=2).min(axis=1)


def members(X):
    return {tuple(row) for row in X.T}


@pytest.mark.parametrize("size", [100, 1000])
def test_about_as_many_are_drawn_as_asked_for(size):
    drawn = [draw(customers(), 1000, seed).subset(size).X.shape[1] for seed in range(20)]
    assert np.mean(drawn) == pytest.approx(size, rel=0.05)
    assert np.ptp(drawn) < 8 * size**0.5


def test_over_many_draws_the_weights_add_up_to_all_customers_and_to_their_cost(X):
    centres = np.random.default_rng(1).normal(0, 2, (3, 4, 3))
    drawn = [draw(X, 500, seed).subset(400) for seed in range(200)]
    estimates = [[some.weight.sum(), *(some.weight @ cost(some.X, places) for places in centres)] for some in drawn]
    expected = np.array([ROWS, *(cost(X, places).sum() for places in centres)])
    error = np.std(estimates, axis=0) / len(drawn) ** 0.5
    assert (np.abs(np.mean(estimates, axis=0) - expected) < 4 * error).all()
    assert (error < 0.01 * expected).all()


def test_a_small_far_segment_keeps_its_members(X):
    far = X[0] > X[0].max() / 2
    assert far.sum() == FAR
    for seed in range(5):
        drawn = draw(X, 500, seed).subset(500)
        assert len(members(drawn.X) & members(X[:, far])) > FAR / 2  # of a uniform sample's 500 it would be one in two


def test_a_small_coreset_lies_within_a_large_one_and_is_the_one_that_a_small_draw_gives(X):
    drawn = draw(X, 2000)
    sizes = [members(drawn.subset(size).X) for size in (20, 200, 2000)]
    assert sizes[0] < sizes[1] < sizes[2] < members(X)
    few, same = drawn.subset(200), draw(X, 200).subset(200)
    assert few.X.tobytes() == same.X.tobytes() and few.weight.tobytes() == same.weight.tobytes()


def test_all_customers_count_once_when_many_more_are_asked_for(X):
    drawn = draw(X, 2 * ROWS).subset(2 * ROWS)
    assert (drawn.X == X).all()
    assert (drawn.weight == 1).all()


def test_a_draw_depends_on_the_seed_and_the_place_in_the_table_only(X):
    cuts = (1, 2, 17, [5000, 5000], [1, 2, 3, 19_999])
    first, *others = [draw(X, 500, threads=threads).subset(500) for threads in (1, 2, 4)]
    others += [draw(X, 500, parts=parts).subset(500) for parts in cuts]
    for other in others:
        assert other.X.tobytes() == first.X.tobytes() and other.weight.tobytes() == first.weight.tobytes()
    assert members(first.X) != members(draw(X, 500, seed=1).subset(500).X)
    changed = X.copy()
    changed[:, : ROWS // 4] = -1
    assert members(first.X) - members(X[:, : ROWS // 4]) == members(draw(changed, 500).subset(500).X) - {(-1, -1, -1)}


def test_equal_parts_draw_different_customers(X):
    drawn = draw(np.hstack([X[:, : ROWS // 2]] * 2), 500, parts=2).subset(500).X
    assert len(members(drawn)) > 0.9 * drawn.shape[1]


def test_a_coreset_of_one_block_is_the_one_that_was_published(X):
    drawn = draw(X, 500, parts=1).subset(500)
    rank = np.random.default_rng(np.random.SeedSequence(0, spawn_key=(1, 0))).random(ROWS)
    probability = (1 + (X * X).sum(axis=0) / 3) / (2 * ROWS)
    assert members(drawn.X) == members(X[:, rank / probability < 500])
