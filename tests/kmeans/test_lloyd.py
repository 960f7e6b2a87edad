"""Lloyd's algorithm, compiled, against scikit-learn."""

import hashlib
from itertools import pairwise

import numpy as np
import pytest
from project import alone, older_processor
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances_argmin_min

from segmentation.kmeans import lloyd

KS = (1, 2, 5, 8)
FIRST = np.cumsum([0, *KS])
CORNERS = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0], [0, 0, 9], [9, 9, 9]], dtype=float)


def rows(number, features=3, seed=0):
    return np.random.default_rng(seed).lognormal(size=(number, features))


def blobs(seed=0):
    generator = np.random.default_rng(seed)
    planted = generator.integers(len(CORNERS), size=1000)
    return CORNERS[planted] + generator.normal(0, 0.8, (1000, 3)), planted


def columns(X):
    return np.ascontiguousarray(np.transpose(X), dtype=float)


def assign(X, weight, centres, first):
    return lloyd.assign(columns(X), np.array(weight, dtype=float), np.array(centres, dtype=float), np.array(first))


@pytest.mark.parametrize(("number", "features"), [(1, 3), (255, 1), (256, 3), (257, 2), (1100, 10)])
def test_rows_go_to_the_centres_that_scikit_learn_finds_for_every_k_at_once(number, features):
    X, centres, weight = rows(number, features), rows(FIRST[-1], features, seed=1), rows(number, 1, seed=2)[:, 0]
    size, total, inertia, far, farthest = assign(X, weight, centres, FIRST)
    for k, (start, end) in enumerate(pairwise(FIRST)):
        label, distance = pairwise_distances_argmin_min(X, centres[start:end])
        is_member = label == np.arange(end - start)[:, np.newaxis]
        assert size[start:end] == pytest.approx(is_member @ weight)
        assert total[start:end] == pytest.approx(is_member @ (weight[:, np.newaxis] * X))
        assert inertia[k] == pytest.approx(weight @ distance**2)
        assert far[k] == pytest.approx(distance.max() ** 2)
        assert (farthest[k] == X[distance.argmax()]).all()


def test_the_centres_of_a_k_fare_alike_alone_and_among_others():
    X, centres, weight = rows(700), rows(FIRST[-1], seed=1), np.ones(700)
    size, total, *of_each = assign(X, weight, centres, FIRST)
    for k, (start, end) in enumerate(pairwise(FIRST)):
        alone = assign(X, weight, centres[start:end], [0, end - start])
        among = [size[start:end], total[start:end], *(found[k : k + 1] for found in of_each)]
        assert [found.tobytes() for found in alone] == [found.tobytes() for found in among]


@pytest.mark.parametrize("number", [1, 256, 700])
def test_sums_of_sizes_distances_and_margins_are_those_of_all_distances(number):
    X, centres = rows(number), rows(FIRST[-1], seed=1)
    sums = np.stack(lloyd.segment_sums(columns(X), centres, FIRST))
    for start, end in pairwise(FIRST):
        distances = np.linalg.norm(X[:, np.newaxis] - centres[start:end], axis=2)
        label, ordered = distances.argmin(axis=1), np.sort(distances, axis=1)
        margins = 1 - ordered[:, 0] / ordered[:, 1] if end - start > 1 else np.ones(number)
        weights = (np.ones(number), ordered[:, 0], margins)
        expected = np.stack([np.bincount(label, weight, minlength=end - start) for weight in weights])
        assert sums[:, start:end] == pytest.approx(expected)


def test_a_weight_counts_as_so_many_equal_rows():
    X, weight, centres = rows(300), np.random.default_rng(1).integers(1, 5, 300), rows(4, seed=2)
    weighted = assign(X, weight, centres, [0, 4])
    repeated = assign(X.repeat(weight, axis=0), np.ones(weight.sum()), centres, [0, 4])
    for one, other in zip(weighted, repeated, strict=True):
        assert one == pytest.approx(other)


@pytest.mark.parametrize(
    ("centres", "size"),
    [([[1], [-1]], [1, 0]), ([[-1], [1]], [1, 0]), ([[3], [1], [1], [-1]], [0, 1, 0, 0])],
    ids=["either side", "the other way round", "three of four"],
)
def test_of_equally_near_centres_the_first_counts(centres, size):
    found, _, inertia, far, farthest = assign([[0]], [1], centres, [0, len(centres)])
    assert found.tolist() == size
    assert [inertia.tolist(), far.tolist(), farthest.tolist()] == [[1], [1], [[0]]]


@pytest.mark.parametrize(
    ("size", "far", "places"),
    [
        ([2, 4, 1], 9, [[1.5], [1], [8]]),
        ([2, 0, 1], 9, [[1.5], [7], [8]]),
        ([0, 0, 1], 9, [[7], [20], [8]]),
        ([2, 0, 1], 0, [[1.5], [20], [8]]),
    ],
    ids=["none is empty", "one is empty", "one after the other", "all rows sit on centres"],
)
def test_an_empty_centre_moves_to_the_row_farthest_from_its_centre(size, far, places):
    centres, total = [[10], [20], [30]], [[3], [4], [8]]
    arguments = (np.array(x, dtype=float) for x in (centres * 2, [5, 5, 5, *size], total * 2, [100, far], [[50], [7]]))
    moved = lloyd.moved_centres(*arguments, np.array([0, 3, 6]))
    assert moved.tolist() == [[3 / 5], [4 / 5], [8 / 5], *places]


@pytest.mark.parametrize("k", [1, 2, 4, 9])
def test_refined_centres_are_those_of_scikit_learn_from_the_same_start(k):
    X, weight = rows(900), rows(900, 1, seed=1)[:, 0]
    start = X[:k]
    centres, inertia = lloyd.refine(columns(X), weight, start, 300)
    oracle = KMeans(k, init=start, n_init=1, tol=0).fit(X, sample_weight=weight)
    assert centres == pytest.approx(oracle.cluster_centers_)
    assert inertia == pytest.approx(oracle.inertia_)
    again = lloyd.refine(columns(X), weight, centres, 300)
    assert (again[0].tobytes(), again[1]) == (centres.tobytes(), inertia)


def test_refining_ends_after_so_many_iterations_with_the_inertia_before_the_last():
    X, weight = columns(rows(900)), np.ones(900)
    places, inertia = [rows(900)[:5]], []
    for _ in range(3):
        size, total, found, *far = lloyd.assign(X, weight, places[-1], np.array([0, 5]))
        places.append(lloyd.moved_centres(places[-1], size, total, *far, np.array([0, 5])))
        inertia += found.tolist()
    assert inertia == sorted(inertia, reverse=True) and inertia[-1] < inertia[0]
    centres, found = lloyd.refine(X, weight, places[0], 3)
    assert (centres.tobytes(), found) == (places[-1].tobytes(), inertia[-1])


def test_a_centre_that_starts_without_customers_finds_some_as_in_scikit_learn():
    X, _ = blobs()
    start = np.concatenate([[[500, 0, 0]], CORNERS[:4]])
    oracle = KMeans(5, init=start, n_init=1, tol=0).fit(X)
    centres, inertia = lloyd.refine(columns(X), np.ones(len(X)), start, 300)
    assert centres == pytest.approx(oracle.cluster_centers_)
    assert inertia == pytest.approx(oracle.inertia_)


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
    found = lloyd.seeds(np.array([[0.0, 1, 3]]), np.array(weight, dtype=float), np.array(draws))
    assert found.ravel().tolist() == seeds


@pytest.mark.parametrize("seed", range(5))
def test_seeds_are_distinct_rows_with_one_in_each_blob(seed):
    X, planted = blobs(seed)
    weight = np.where(planted == 1, 0.0, 1.0)
    draws = np.random.default_rng(seed).random((40, 3))
    seeds = lloyd.seeds(columns(X), weight, draws).tolist()
    chosen = [X.tolist().index(row) for row in seeds]
    assert len(set(chosen)) == 40
    assert sorted(planted[chosen[:4]]) == [0, 2, 3, 4]
    assert 1 not in planted[chosen]


def test_every_distinct_row_is_a_seed_before_one_is_a_seed_twice():
    X = np.array([[0, 0], [0, 0], [1, 0], [0, 2], [1, 0], [0, 0]], dtype=float)
    seeds = lloyd.seeds(columns(X), np.ones(6), np.random.default_rng(0).random((5, 2))).tolist()
    assert sorted(seeds[:3]) == [[0, 0], [0, 2], [1, 0]]
    assert all(row in seeds[:3] for row in seeds[3:])


def swapped(X, weight, start, seed):
    draws = lloyd.draw_swaps(len(start), np.random.default_rng(seed))
    return lloyd.swaps(columns(X), weight, start, draws, 300)


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


def digest():
    """Of all bits that come out of rows in which each bit counts."""
    X, weight = columns(rows(3000, 5)), rows(3000, 1, seed=1)[:, 0]
    start = lloyd.seeds(X, weight, np.random.default_rng(2).random((7, 3)))
    found = [start, *lloyd.assign(X, weight, start, np.array([0, 3, 7])), *lloyd.refine(X, weight, start, 20)]
    found += lloyd.swaps(X, weight, start, lloyd.draw_swaps(7, np.random.default_rng(3)), 20)
    return hashlib.sha256(b"".join(np.asarray(part).tobytes() for part in found)).hexdigest()


@pytest.mark.parametrize("processor", ["nehalem", "haswell"])
def test_older_processors_without_wide_vectors_or_fused_products_give_the_same_bits(processor):
    assert alone("import test_lloyd; print(test_lloyd.digest())", **older_processor(processor)) == [digest()]
