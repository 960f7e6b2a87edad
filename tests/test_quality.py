"""Indices of a clustering, against scikit-learn."""

from segmentation import quality

import numpy as np
import pytest
from sklearn import metrics
from sklearn.datasets import make_blobs


@pytest.fixture(scope="module")
def blobs():
    return make_blobs(600, centers=3, n_features=3, cluster_std=2.0, random_state=2)


def test_the_indices_are_those_of_scikit_learn(blobs):
    assert quality.indices(*blobs, seed=0) == {
        "silhouette": pytest.approx(metrics.silhouette_score(*blobs)),
        "calinski_harabasz": pytest.approx(metrics.calinski_harabasz_score(*blobs)),
        "davies_bouldin": pytest.approx(metrics.davies_bouldin_score(*blobs)),
        "silhouette_customers": 600,
    }


def test_of_many_customers_only_the_silhouette_is_taken_on_a_sample_that_the_seed_decides(blobs, monkeypatch):
    whole = quality.indices(*blobs, seed=0)
    monkeypatch.setattr(quality, "SILHOUETTE_ROWS", 200)
    sampled = quality.indices(*blobs, seed=1)
    assert sampled["silhouette_customers"] == 200
    assert sampled["silhouette"] == pytest.approx(whole["silhouette"], abs=0.05)
    assert sampled["silhouette"] != whole["silhouette"]
    assert {**sampled, "silhouette": 0, "silhouette_customers": 0} == {
        **whole,
        "silhouette": 0,
        "silhouette_customers": 0,
    }
    assert quality.indices(*blobs, seed=1) == sampled
    assert quality.indices(*blobs, seed=2)["silhouette"] != sampled["silhouette"]


@pytest.mark.parametrize("label", [[0, 0, 0, 0], [0, 1, 2, 3]], ids=["one segment", "one customer each"])
def test_there_are_no_indices_where_nothing_can_be_compared(label):
    found = quality.indices(np.arange(8.0).reshape(4, 2), np.array(label), seed=0)
    assert found == {
        "silhouette": None,
        "calinski_harabasz": None,
        "davies_bouldin": None,
        "silhouette_customers": 4,
    }
