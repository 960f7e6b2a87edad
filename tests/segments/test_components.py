"""The plane of the two leading principal components, against scikit-learn."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from segmentation.segments import components


@pytest.fixture(scope="module")
def X():
    generator = np.random.default_rng(3)
    return generator.normal(2, [3, 1.5, 1, 0.5], (300, 4)) @ np.linalg.qr(generator.normal(size=(4, 4)))[0]


def test_axes_shares_and_coordinates_are_those_of_scikit_learn(X):
    oracle, plane = PCA(2).fit(X), components.leading(X)
    sign = np.sign((oracle.components_ * plane.axes.T).sum(axis=1))
    assert pytest.approx(oracle.components_ * sign[:, np.newaxis]) == plane.axes.T
    assert plane.share == pytest.approx(oracle.explained_variance_ratio_)
    assert plane.project(X) == pytest.approx(oracle.transform(X) * sign, abs=1e-4)


def test_the_planted_direction_is_recovered_with_its_largest_weight_positive():
    along = np.linspace(-1, 1, 50)[:, np.newaxis]
    plane = components.leading(along * [0.6, -0.8, 0] + [7, 8, 9])
    assert plane.axes[:, 0] == pytest.approx([-0.6, 0.8, 0])
    assert plane.share == pytest.approx([1, 0])
    assert plane.mean == pytest.approx([7, 8, 9])


@pytest.mark.parametrize("seed", range(6))
def test_the_largest_weight_of_each_axis_is_positive(seed):
    axes = components.leading(np.random.default_rng(seed).normal(size=(20, 3))).axes
    assert (axes[np.abs(axes).argmax(axis=0), [0, 1]] > 0).all()


def test_the_order_of_the_customers_changes_nothing(X):
    plane, shuffled = components.leading(X), components.leading(np.random.default_rng(0).permutation(X))
    assert plane.project(X) == pytest.approx(shuffled.project(X), abs=1.01e-4)
    assert plane.captions("abcd") == shuffled.captions("abcd")


def test_coordinates_have_four_decimals_and_no_negative_zero():
    plane = components.Components(np.zeros(2), np.eye(2), np.array([0.5, 0.5]))
    points = plane.project(np.array([[1.23456, -0.00001]]))
    assert points.tolist() == [[1.2346, 0]] and not np.signbit(points[0, 1])


def test_captions_name_the_two_heaviest_features_with_their_direction():
    axes = np.array([[0.1, 0.0], [-0.7, 0.0], [0.7, 1.0]])
    plane = components.Components(np.zeros(3), axes, np.array([0.754, 0.2]))
    assert plane.captions(["age", "orders", "spending"]) == [
        "lower orders, higher spending  →  (75% of the variance)",
        "higher spending  →  (20% of the variance)",
    ]


def test_one_feature_leaves_the_second_axis_empty():
    plane = components.leading(np.array([[1.0], [2.0], [6.0]]))
    assert plane.axes.tolist() == [[1, 0]] and plane.share == pytest.approx([1, 0])
    assert plane.project(np.array([[4.0]])).tolist() == [[1, 0]]
