"""The map: its points are averages, and none is a customer's place."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from segmentation.segments import components, customer_map
from segmentation.segments.alternatives import Alternative


def customers(rows=900, seed=4):
    draws = np.random.default_rng(seed)
    return np.concatenate([draws.normal(centre, 0.6, (rows // 3, 2)) for centre in ((0, 0), (3, 0), (0, 3))]).round(9)


FITS = {k: Alternative(customers()[np.arange(k) * 150], np.ones(k)) for k in (5, 2)}


def mapped(X, least=10, everyone=None):
    everyone = X if everyone is None else everyone
    return customer_map.map_customers(X, everyone, components.leading(X), FITS, least)


def test_a_point_is_the_mean_of_the_customers_nearest_to_one():
    X = customers()
    nearest = np.argsort(cdist(X, X), axis=1)[:, :10]
    expected = X[nearest].mean(axis=1)
    averaged = customer_map.averaged(X, 10)
    assert np.allclose(averaged[np.lexsort(averaged.T)], expected[np.lexsort(expected.T)])


@pytest.mark.parametrize("rows", [1, 7])
def test_of_fewer_customers_all_are_averaged(rows):
    X = customers()[:rows]
    assert np.allclose(customer_map.averaged(X, 10), X.mean(axis=0)) and len(customer_map.averaged(X, 10)) == rows


def test_points_have_their_segment_at_every_k_and_no_place_of_a_customer():
    X = customers()
    points = mapped(X)
    assert points.columns.tolist() == ["x", "y", "k2", "k5"] and len(points) > 0.98 * len(X)
    places = pd.DataFrame(components.leading(X).project(X), columns=["x", "y"])
    assert points.merge(places, on=["x", "y"]).empty
    middles = {k: (components.leading(X).project(fit.centres)) for k, fit in FITS.items()}
    for k, centres in middles.items():  # with two features the plane is the whole space, but for its rotation
        nearest = cdist(points[["x", "y"]], centres).argmin(axis=1) + 1
        assert (points[f"k{k}"] == nearest).mean() > 0.99


def test_the_order_of_the_points_is_that_of_their_places_whatever_that_of_the_customers():
    X = customers()
    points = mapped(X)
    assert points.equals(mapped(X[::-1].copy())) and points["x"].is_monotonic_increasing


def test_a_place_is_taken_where_at_least_so_many_customers_share_it():
    X = np.repeat([[0.0, 0], [2, 1], [5, 5]], [9, 10, 40], axis=0)
    points = mapped(X)
    places = {tuple(place) for place in components.leading(X).project(X[[9, 58]]).tolist()}
    assert {tuple(place) for place in points[["x", "y"]].to_numpy().tolist()} >= places
    lonely = tuple(components.leading(X).project(X[[0]])[0].tolist())
    assert lonely not in set(map(tuple, points[["x", "y"]].to_numpy().tolist()))
    crowd = np.repeat([[0.0, 0], [2, 1]], 5, axis=0)  # the mean of ten lies where somebody else stands
    taken = np.concatenate([crowd, [[1.0, 0.5]]])
    assert mapped(crowd, everyone=taken).empty
