"""The nearest centre, and the order in which segments are numbered, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.metrics import pairwise_distances_argmin_min

from segmentation.features import assignment

CENTRES = np.array([[0, 0, 0], [6, 0, 0], [0, 6, 0], [0, 0, 6], [6, 6, 6]], dtype=float)


@pytest.fixture(scope="module")
def blobs():
    X, planted = make_blobs(400, centers=CENTRES, cluster_std=0.9, random_state=4)
    return np.round(X, 9), planted


def test_nearest_is_that_of_scikit_learn(blobs):
    X, _ = blobs
    centres = np.random.default_rng(1).normal(3, 3, (7, 3))
    label, distance, margin = assignment.nearest(X, centres)
    expected, expected_distance = pairwise_distances_argmin_min(X, centres)
    assert (label == expected).all()
    assert distance == pytest.approx(expected_distance, abs=1e-8)
    others = [np.delete(centres, place, axis=0) for place in expected]
    second = [np.linalg.norm(other - row, axis=1).min() for row, other in zip(X, others, strict=True)]
    assert margin == pytest.approx(1 - expected_distance / second, abs=1e-8)


def test_a_customers_result_does_not_depend_on_its_neighbours(blobs):
    X, _ = blobs
    whole = assignment.nearest(X, CENTRES)
    for row in range(0, len(X), 37):
        alone = assignment.nearest(X[row : row + 1], CENTRES)
        assert [result[0] for result in alone] == [result[row] for result in whole]


@pytest.mark.parametrize(
    ("customer", "centres", "label", "distance", "margin"),
    [
        ([0, 0], [[3, 4], [-3, 4], [9, 9]], 0, 5, 0),
        ([0, 0], [[9, 9], [-3, 4], [3, 4]], 1, 5, 0),
        ([1, 1], [[1, 1], [1, 2]], 0, 0, 1),
        ([1, 1], [[7, 7], [1, 1], [1, 1]], 1, 0, 0),
        ([0, 0], [[0, 4], [0, 3]], 1, 3, 0.25),
    ],
    ids=["tie", "tie further back", "at the centre", "two centres in one place", "between"],
)
def test_the_first_of_equally_near_centres_counts(customer, centres, label, distance, margin):
    result = assignment.nearest(np.array([customer], dtype=float), np.array(centres, dtype=float))
    assert [column.tolist() for column in result] == [[label], [distance], [margin]]


def test_with_one_centre_there_is_no_margin():
    label, distance, margin = assignment.nearest(np.array([[3.0, 4], [0, 0]]), np.zeros((1, 2)))
    assert label.tolist() == [0, 0] and distance.tolist() == [5, 0] and np.isnan(margin).all()


@pytest.mark.parametrize(
    ("size", "known", "value", "order"),
    [
        ([2, 1, 1], [2, 1, 1], [4, 9, 5], [1, 2, 0]),
        ([1, 2, 3], [1, 2, 3], [4, 8, 12], [2, 1, 0]),
        ([1, 2, 3], [0, 0, 0], [0, 0, 0], [2, 1, 0]),
        ([2, 2], [1, 2], [9, 11], [0, 1]),
        ([2, 2], [2, 2], [2, 2], [0, 1]),
        ([3, 6], [3, 6], [0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1 + 0.3 + 0.2 + 0.1], [1, 0]),
        ([2, 2, 1], [2, 2, 0], [-10, -14, 0], [0, 1, 2]),
    ],
    ids=["mean", "size breaks ties", "size", "missing", "all equal", "equal but for the last bit", "no value at all"],
)
def test_segments_are_ordered_by_falling_mean_value_then_size(size, known, value, order):
    assert assignment.by_value(np.array(size), np.array(known), np.array(value)).tolist() == order


@pytest.mark.parametrize("blocks", [[slice(0, 6)], [slice(0, 1), slice(1, 4), slice(4, 6)]])
def test_what_segments_are_worth_adds_up_over_parts_and_an_unknown_value_counts_for_none(blocks):
    label, value = np.array([0, 2, 0, 2, 2, 1]), np.array([5.0, 1, np.nan, 2, 4, np.nan])
    size, known, total = sum(assignment.worth(label[block], value[block], 4) for block in blocks)
    assert size.tolist() == [2, 1, 3, 0] and known.tolist() == [1, 0, 3, 0] and total.tolist() == [5, 0, 7, 0]
    assert assignment.by_value(size, known, total).tolist() == [0, 2, 1, 3]


def test_published_centres_have_the_digits_of_files_and_no_negative_zero():
    result = assignment.published(np.array([[1 / 3, 123.4567890123], [-1e-10, 0.0123456789012]]))
    assert result.tolist() == [[0.333333333, 123.456789], [0, 0.012345679]]
    assert not np.signbit(result[1, 0])
    assert (assignment.published(result) == result).all()
