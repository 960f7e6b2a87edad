"""Lloyd's algorithm, compiled, against scikit-learn."""

import hashlib
from itertools import pairwise

import numpy as np
import pytest
from project import alone, older_processor
from samples import CORNERS, blobs, columns, rows
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances_argmin_min

from segmentation.features import compiled
from segmentation.kmeans import lloyd, seeding, swaps

KS = (1, 2, 5, 8)
FIRST = np.cumsum([0, *KS])


def tally(X, centres, first, described=True):
    return lloyd.tally(columns(X), np.array(centres, dtype=float), np.array(first), described)


@pytest.mark.parametrize(("number", "features"), [(1, 3), (255, 1), (256, 3), (257, 2), (1100, 10)])
def test_rows_go_to_the_centres_that_scikit_learn_finds_for_every_k_at_once(number, features):
    X, centres = np.round(rows(number, features), 9), rows(FIRST[-1], features, seed=1)
    found = tally(X, centres, FIRST)
    for k, (start, end) in enumerate(pairwise(FIRST)):
        label, distance = pairwise_distances_argmin_min(X, centres[start:end])
        is_member = label == np.arange(end - start)[:, np.newaxis]
        assert found.size[start:end].tolist() == is_member.sum(axis=1).tolist()
        assert (found.total[start:end] == is_member @ np.rint(X * 1e9).astype(int)).all()
        assert found.distance[start:end] == pytest.approx(is_member @ distance)
        assert found.inertia[k] == pytest.approx((distance**2).sum())
        assert found.far[k] == pytest.approx(distance.max() ** 2)
        assert (found.farthest[k] == X[distance.argmax()]).all()


def test_margins_are_those_of_all_distances_and_are_added_up_where_asked_for():
    X, centres = rows(700), rows(FIRST[-1], seed=1)
    found, plain = tally(X, centres, FIRST), tally(X, centres, FIRST, described=False)
    for start, end in pairwise(FIRST):
        ordered = np.sort(np.linalg.norm(X[:, np.newaxis] - centres[start:end], axis=2), axis=1)
        margin = 1 - ordered[:, 0] / ordered[:, 1] if end - start > 1 else np.ones(len(X))
        assert found.margin[start:end].sum() == pytest.approx(margin.sum())
    assert not plain.distance.any() and not plain.margin.any()
    kept = ("size", "total", "inertia", "far", "farthest")
    assert all((getattr(found, name) == getattr(plain, name)).all() for name in kept)


def test_the_centres_of_a_k_fare_alike_alone_and_among_others():
    X, centres = rows(700), rows(FIRST[-1], seed=1)
    found = tally(X, centres, FIRST)
    for k, (start, end) in enumerate(pairwise(FIRST)):
        alone = tally(X, centres[start:end], [0, end - start])
        among = [*(of_centre[start:end] for of_centre in found[:4]), *(of_k[k : k + 1] for of_k in found[4:])]
        assert [part.tobytes() for part in alone] == [part.tobytes() for part in among]


def test_no_order_and_no_division_of_the_rows_changes_a_bit_of_sizes_and_totals():
    X, centres = np.round(1e3 * rows(5000), 9), rows(FIRST[-1], seed=1)
    whole, turned = tally(X, centres, FIRST), tally(X[::-1], centres, FIRST)
    pieces = [tally(piece, centres, FIRST) for piece in np.array_split(X, 7)]
    for name in ("size", "total"):
        assert (getattr(whole, name) == getattr(turned, name)).all()
        assert (getattr(whole, name) == sum(getattr(piece, name) for piece in pieces)).all()


@pytest.mark.parametrize(
    ("centres", "size"),
    [([[1], [-1]], [1, 0]), ([[-1], [1]], [1, 0]), ([[3], [1], [1], [-1]], [0, 1, 0, 0])],
    ids=["either side", "the other way round", "three of four"],
)
def test_of_equally_near_centres_the_first_counts(centres, size):
    found = tally([[0]], centres, [0, len(centres)])
    assert found.size.tolist() == size
    assert [found.inertia.tolist(), found.far.tolist(), found.farthest.tolist()] == [[1], [1], [[0]]]


def test_rows_near_a_border_are_those_whose_second_nearest_centre_is_hardly_farther():
    X, centres = rows(900), rows(5, seed=1)
    ordered = np.sort(np.linalg.norm(X[:, np.newaxis] - centres, axis=2), axis=1)
    gap = ordered[:, 1] - ordered[:, 0]
    assert lloyd.gaps(columns(X), centres) == pytest.approx(gap)
    width = np.quantile(gap, 0.1)
    assert (lloyd.near(columns(X), centres, width) == X[gap <= width].T).all()
    assert lloyd.near(columns(X), centres[:1], np.inf).shape == (3, 0)


@pytest.mark.parametrize("k", [1, 2, 4, 9])
def test_refined_centres_are_those_of_scikit_learn_from_the_same_start(k):
    X, weight = rows(900), rows(900, 1, seed=1)[:, 0]
    start = X[:k]
    centres, inertia = lloyd.refine(columns(X), weight, start, 300)
    oracle = KMeans(k, init=start, n_init=1, tol=0).fit(X, sample_weight=weight)
    assert centres == pytest.approx(oracle.cluster_centers_)
    assert inertia == pytest.approx(oracle.inertia_)
    again = lloyd.refine(columns(X), weight, centres, 300)
    assert again[0] == pytest.approx(centres, rel=1e-12) and again[1] == pytest.approx(inertia, rel=1e-12)


def test_refining_ends_after_so_many_iterations_with_the_inertia_before_the_last():
    X, weight = columns(rows(900)), np.ones(900)
    by_step = [(rows(900)[:5], np.inf)]
    for _ in range(3):
        by_step.append(lloyd.refine(X, weight, by_step[-1][0], 1))
    inertia = [found for _, found in by_step[1:]]
    assert inertia == sorted(inertia, reverse=True) and inertia[-1] < inertia[0]
    centres, found = lloyd.refine(X, weight, by_step[0][0], 3)
    assert centres == pytest.approx(by_step[-1][0]) and found == pytest.approx(inertia[-1])


@pytest.mark.parametrize(("features", "k"), [(1, 3), (2, 25), (10, 12)])
def test_rows_that_are_skipped_would_not_have_changed_their_centre(features, k):
    X, weight = rows(4000, features), rows(4000, 1, seed=1)[:, 0]
    centres = X[:k]
    for iterations in range(1, 40):
        refined, _ = lloyd.refine(columns(X), weight, X[:k], iterations)
        label, _ = pairwise_distances_argmin_min(X, centres)
        is_member = label == np.arange(k)[:, np.newaxis]
        centres = (is_member * weight @ X) / (is_member @ weight)[:, np.newaxis]
        assert refined == pytest.approx(centres, rel=1e-9)


def test_a_centre_that_starts_without_customers_finds_some_as_in_scikit_learn():
    X, _ = blobs()
    start = np.concatenate([[[500, 0, 0]], CORNERS[:4]])
    oracle = KMeans(5, init=start, n_init=1, tol=0).fit(X)
    centres, inertia = lloyd.refine(columns(X), np.ones(len(X)), start, 300)
    assert centres == pytest.approx(oracle.cluster_centers_)
    assert inertia == pytest.approx(oracle.inertia_)


def digest():
    """Of all bits that come out of rows in which each bit counts."""
    X, weight = columns(rows(3000, 5)), rows(3000, 1, seed=1)[:, 0]
    start = seeding.seeds(X, weight, np.random.default_rng(2).random((7, 3)))
    found = [start, *lloyd.tally(X, start, np.array([0, 3, 7]), True), *lloyd.refine(X, weight, start, 20)]
    found += [*swaps.swaps(X, weight, start, swaps.draw_swaps(7, np.random.default_rng(3)), 20)]
    found += [*compiled.nearest(X, start), lloyd.near(X, start, 0.1)]
    return hashlib.sha256(b"".join(np.asarray(part).tobytes() for part in found)).hexdigest()


def test_a_processor_without_wide_vectors_and_fused_products_gives_the_same_bits():
    assert alone("import test_lloyd; print(test_lloyd.digest())", **older_processor("nehalem")) == [digest()]
