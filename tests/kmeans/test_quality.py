"""Indices of a clustering, against scikit-learn."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn import metrics
from sklearn.datasets import make_blobs

from segmentation.kmeans import quality
from segmentation.pipeline import parts

NEITHER = {"calinski_harabasz": None, "davies_bouldin": None}


def indices(X, label, converged=True):
    """From what the parts of a table add up to."""
    sizes = np.bincount(label)
    centres = np.stack([X[label == segment].mean(axis=0) for segment in range(len(sizes))])
    distance = np.linalg.norm(X - centres[label], axis=1)
    return quality.indices(centres, sizes, np.bincount(label, distance), float((distance**2).sum()), converged)


@pytest.mark.parametrize(("k", "features"), [(2, 1), (3, 3), (7, 4)])
def test_the_indices_are_those_of_scikit_learn(k, features):
    X, label = make_blobs(range(20, 20 + 30 * k, 30), n_features=features, cluster_std=2.0, random_state=k)
    assert indices(X, label) == {
        "calinski_harabasz": pytest.approx(metrics.calinski_harabasz_score(X, label)),
        "davies_bouldin": pytest.approx(metrics.davies_bouldin_score(X, label)),
    }


@pytest.mark.parametrize(
    ("X", "label", "expected"),
    [
        ([[0], [1], [2], [3]], [0, 0, 0, 0], NEITHER),
        ([[0], [1], [2], [3]], [0, 1, 2, 3], NEITHER),
        ([[0], [0], [2], [2]], [0, 0, 1, 1], {**NEITHER, "davies_bouldin": 0}),
    ],
    ids=["one segment", "one customer each", "all customers at their centre"],
)
def test_an_index_is_null_where_it_has_no_meaning(X, label, expected):
    assert indices(np.array(X, dtype=float), np.array(label)) == expected


def test_there_are_no_indices_of_centres_that_are_not_the_means_of_their_customers():
    X, label = make_blobs(50, centers=3, random_state=2)
    assert indices(X, label, converged=False) == {"calinski_harabasz": None, "davies_bouldin": None}


@pytest.mark.parametrize(("customers", "step"), [(1, 1), (10_000, 1), (10_001, 2), (20_000, 2), (1_000_000, 100)])
def test_the_silhouette_is_taken_of_ten_thousand_customers_at_most(customers, step):
    assert parts.sampling_step(customers, quality.SILHOUETTE_ROWS) == step
    assert len(range(0, customers, step)) <= quality.SILHOUETTE_ROWS


@pytest.mark.parametrize(("customers", "k"), [(300, 2), (300, 3), (300, 150), (2 * quality.BLOCK + 1, 7)])
def test_silhouettes_are_those_of_scikit_learn(customers, k):
    draws = np.random.default_rng(k)
    X, label = draws.normal(size=(customers, 3)), draws.integers(0, k, customers)
    with ThreadPoolExecutor(2) as pool:
        silhouettes = quality.silhouettes(X, [label, 2 * label], pool)
    assert silhouettes == pytest.approx([metrics.silhouette_score(X, label)] * 2)


@pytest.mark.parametrize("label", [[0, 0, 0, 0], [0, 1, 2, 3]], ids=["one segment", "all alone"])
def test_silhouettes_without_meaning_are_null(label):
    with ThreadPoolExecutor(1) as pool:
        assert quality.silhouettes(np.arange(8.0).reshape(4, 2), [np.array(label)], pool) == [None]
