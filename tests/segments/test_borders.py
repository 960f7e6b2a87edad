"""Borders: against distances taken directly."""

from itertools import permutations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from segmentation.segments import borders

CENTRES = np.array([[0.0, 0], [4, 0], [0, 4]])


def customers(rows=3000):
    X = np.random.default_rng(0).normal(1.5, 2, (rows, 2)).round(6)
    return X, X * 10 + 7


def test_borderline_and_overlap_are_those_of_the_distances():
    X, values = customers()
    label, surveyed = borders.survey_borders(X, values, CENTRES, 10)
    distance = cdist(X, CENTRES)
    assert (label == distance.argmin(axis=1)).all()
    near = 1 - distance.min(axis=1)[:, np.newaxis] / distance < 0.1
    for segment in range(3):
        near[label == segment, segment] = False
    assert surveyed.near.tolist() == [near[label == segment].sum(axis=0).tolist() for segment in range(3)]
    assert surveyed.borderline.tolist() == [near[label == segment].any(axis=1).sum() for segment in range(3)]


def test_the_typical_customer_is_the_median_of_those_nearest_the_centre():
    X, values = customers()
    label, surveyed = borders.survey_borders(X, values, CENTRES, 10)
    for segment, nearest in enumerate(surveyed.nearest):
        members = np.flatnonzero(label == segment)
        rows = members[np.argsort(cdist(X[members], CENTRES[[segment]])[:, 0])[:10]]
        assert [customer[1:] for customer in nearest] == [tuple(row) for row in values[rows].tolist()]
        typical = borders.typical_values(nearest, 10)
        assert typical == np.median(values[rows], axis=0).tolist()
        assert not set(typical) & set(values.ravel()), "no customer's own value"


@pytest.mark.parametrize(("least", "middle"), [(1, 2), (2, 2), (5, 6), (10, 10)])
def test_an_even_number_of_customers_is_in_the_middle_and_fewer_make_none_typical(least, middle):
    X, values = customers()
    _, surveyed = borders.survey_borders(X, values, np.zeros((1, 2)), borders.middle(least))
    (nearest,) = surveyed.nearest
    assert len(nearest) == borders.middle(least) == middle
    assert borders.typical_values(nearest, least) and borders.typical_values(nearest[1:], least) is None


def test_of_customers_equally_near_the_order_and_the_parts_do_not_decide():
    X = np.array([[1.0, 0], [0, 1], [-1, 0], [0, -1]])
    values = np.array([[3.0, 1], [2, 9], [2, 5], [4, 4]])
    for order in map(list, permutations(range(4))):
        _, surveyed = borders.survey_borders(X[order], values[order], np.zeros((1, 2)), 2)
        assert surveyed.nearest == [[(1.0, 2.0, 5.0), (1.0, 2.0, 9.0)]]
        parts = [borders.survey_borders(X[[row]], values[[row]], np.zeros((1, 2)), 2)[1] for row in order]
        assert borders.merge_borders(parts, 2).nearest == surveyed.nearest


def test_a_customer_with_a_missing_value_is_not_typical():
    values = np.array([[np.nan, 3], [2, 5], [np.nan, 1], [2, np.nan]])
    _, surveyed = borders.survey_borders(np.zeros((4, 2)), values, np.zeros((1, 2)), 2)
    assert surveyed.nearest == [[(0.0, 2.0, 5.0)]]


def test_who_stands_exactly_at_the_bound_is_near_nobody():
    centres = np.array([[0.0, 0], [19, 0]])
    along = np.arange(0, 1901) / 100
    X = np.column_stack([along, np.zeros(1901)])
    for scale in (1, 1 / 3, 4 / 7, 1 / 12):  # 9 of 19 on the way the margin is 0.1, give or take a last bit
        _, surveyed = borders.survey_borders(X * scale, X, centres * scale, 10)
        assert surveyed.borderline.tolist() == [50, 49]  # the middle itself is the first one's
        assert surveyed.near.tolist() == [[0, 50], [49, 0]]


def test_parts_merge_to_the_whole():
    X, values = customers()
    _, whole = borders.survey_borders(X, values, CENTRES, 10)
    cuts = (slice(0, 1), slice(1, 1), slice(1, 900), slice(900, None))  # not every part has every segment
    cut = [borders.survey_borders(X[part], values[part], CENTRES, 10)[1] for part in cuts]
    merged = borders.merge_borders(cut, 10)
    assert merged.nearest == whole.nearest
    assert (merged.near == whole.near).all() and (merged.borderline == whole.borderline).all()


def test_one_segment_has_no_border_and_an_empty_one_no_typical_customer():
    X, values = customers(50)
    _, alone = borders.survey_borders(X, values, np.zeros((1, 2)), 10)
    assert alone.borderline.tolist() == [0] and alone.near.tolist() == [[0]]
    _, surveyed = borders.survey_borders(X, values, np.array([[0.0, 0], [1e6, 1e6]]), 10)
    assert surveyed.nearest[1] == []
