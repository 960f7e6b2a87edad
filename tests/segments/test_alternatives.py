"""The segments at every K, on a sample."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.cluster import KMeans

from segmentation.segments import alternatives
from segmentation.segments.alternatives import Alternative


@pytest.fixture(scope="module")
def sample():
    draws = np.random.default_rng(4)
    X = np.concatenate([draws.normal(centre, 0.6, (300, 2)) for centre in ((0, 0), (3, 0), (0, 3))])
    spending = np.exp(X[:, 0] + 4).round(2)
    return X, pa.table({"spending": spending, "age": X[:, 1] * 10, "city": ["Bonn", "Köln", "Ulm"] * 300})


def fits(X, ks):
    models = {k: KMeans(k, n_init=3, random_state=0).fit(X) for k in ks}
    return {k: Alternative(model.cluster_centers_, np.bincount(model.labels_) * 10) for k, model in models.items()}


def described(sample, ks=(1, 2, 3, 5)):
    X, table = sample
    worth = table["spending"].to_numpy()
    found = {k: alternatives.ordered(fit, X, worth) for k, fit in fits(X, ks).items()}

    def name(described):
        return [f"N{one['segment']}" for one in described["segments"]]

    return found, alternatives.describe(found, X, table, ["spending", "age", "city"], "spending", name)


def test_segments_are_numbered_by_falling_value(sample):
    _, told = described(sample)
    for one in told:
        means = [segment["columns"]["spending"]["mean"] for segment in one["segments"]]
        assert means == sorted(means, reverse=True)
        assert [segment["name"] for segment in one["segments"]] == [f"N{n}" for n in range(1, one["k"] + 1)]


def test_statistics_are_those_of_pandas_and_sizes_those_given(sample):
    X, table = sample
    found, told = described(sample)
    frame = table.to_pandas()
    for one in told:
        label = np.argmin(((X[:, np.newaxis] - found[one["k"]].centres) ** 2).sum(axis=2), axis=1)
        groups = frame.groupby(label)
        for number, segment in enumerate(one["segments"]):
            members = groups.get_group(number)
            assert segment["size"] == found[one["k"]].sizes[number] == 10 * len(members)
            assert segment["columns"]["age"]["mean"] == pytest.approx(members["age"].mean())
            assert segment["columns"]["age"]["percentile_95"] == pytest.approx(members["age"].quantile(0.95))
            assert set(segment["columns"]) == {"spending", "age"}, "words have no mean"
            assert segment["value_share"] == pytest.approx(members["spending"].sum() / frame["spending"].sum())


def test_moves_to_the_next_k_are_counted(sample):
    X, _ = sample
    found, told = described(sample)
    labels = {k: np.argmin(((X[:, np.newaxis] - f.centres) ** 2).sum(axis=2), axis=1) for k, f in found.items()}
    for one, other in pairwise(told):
        expected = pd.crosstab(labels[one["k"]], labels[other["k"]]).to_numpy()
        assert [segment["next"] for segment in one["segments"]] == expected.tolist()
    assert [segment["next"] for segment in told[-1]["segments"]] == [[]] * 5


def test_segments_stay_in_the_order_in_which_they_are_given(sample):
    X, table = sample
    rising = Alternative(np.array([[0.0, 0], [3, 0], [0, 3]])[[0, 2, 1]], np.array([7, 8, 9]))
    told = alternatives.describe({3: rising}, X, table, ["spending"], "spending", lambda _: ["a", "b", "c"])
    means = [segment["columns"]["spending"]["mean"] for segment in told[0]["segments"]]
    assert [segment["size"] for segment in told[0]["segments"]] == [7, 8, 9] and np.argmax(means) == 2
    again = alternatives.ordered(rising, X, table["spending"].to_numpy())
    assert again.sizes[0] == 9 and again.centres[0].tolist() == [3, 0]


def test_a_segment_that_the_sample_misses_is_described_by_its_size_alone(sample):
    X, table = sample
    far = Alternative(np.array([[0.0, 0], [99, 99]]), np.array([9000, 4]))
    one = Alternative(np.zeros((1, 2)), np.array([9004]))
    told = alternatives.describe({2: far, 1: one}, X, table, ["age"], None, lambda found: found["segments"])
    assert told[0]["segments"][0]["next"] == [900, 0]
    missed = told[1]["segments"][1]
    assert missed["size"] == 4 and np.isnan(missed["columns"]["age"]["mean"])
