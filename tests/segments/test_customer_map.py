"""The map: its points are means of groups of customers that share nobody."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from segmentation.segments import components, customer_map
from segmentation.segments.alternatives import Alternative


def customers(rows=900, seed=4):
    draws = np.random.default_rng(seed)
    return np.concatenate([draws.normal(centre, 0.6, (rows // 3, 2)) for centre in ((0, 0), (3, 0), (0, 3))]).round(9)


FITS = {k: Alternative(customers()[np.arange(k) * 150], np.ones(k), np.arange(k)) for k in (5, 2)}


def mapped(X, least=10, label=None):
    label = np.ones(len(X), dtype=int) if label is None else label
    return customer_map.map_customers(X, label, components.leading(X), FITS, least)


@pytest.mark.parametrize("rows", [10, 19, 20, 39, 900])
def test_each_customer_is_in_one_group_of_ten_to_nineteen(rows):
    X = np.column_stack([customers()[:rows], np.eye(rows)])  # the last columns tell who is in a group
    members = customer_map.averaged(X, 10)[:, 2:]
    sizes = (members > 0).sum(axis=1)
    assert ((members > 0).sum(axis=0) == 1).all() and sizes.sum() == rows
    assert sizes.min() >= 10 and sizes.max() <= 19


def test_groups_hold_customers_who_are_near_each_other():
    X = customers()
    points = customer_map.averaged(X, 10)
    assert cdist(X, points).min(axis=1).mean() < 0.4 * cdist(X, X.mean(axis=0, keepdims=True)).mean()


@pytest.mark.parametrize("rows", [0, 1, 9])
def test_fewer_customers_have_no_point(rows):
    assert customer_map.averaged(customers()[:rows], 10).shape == (0, 2)


def test_no_point_stands_for_customers_of_two_segments():
    X = customers()
    label = np.repeat([1, 2, 3], [300, 596, 4])
    points = mapped(X, label=label)
    assert len(points) == len(customer_map.averaged(X[:300], 10)) + len(customer_map.averaged(X[300:896], 10))


def test_points_have_their_segment_at_every_k():
    X = customers()
    points = mapped(X)
    assert points.columns.tolist() == ["x", "y", "k2", "k5"]
    for k, fit in FITS.items():  # with two features the plane is the whole space, but for its rotation
        nearest = cdist(points[["x", "y"]], components.leading(X).project(fit.centres)).argmin(axis=1) + 1
        assert (points[f"k{k}"] == nearest).mean() > 0.95


def test_the_order_of_the_points_is_that_of_their_places_whatever_that_of_the_customers():
    X = customers()
    points = mapped(X)
    assert points.equals(mapped(X[::-1].copy())) and points["x"].is_monotonic_increasing
