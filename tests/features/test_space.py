"""A feature fills, clips, transforms and standardises as it says."""

import numpy as np
import pytest

from segmentation.features import space
from segmentation.features.space import FeatureSpace


def test_a_value_at_the_bound_is_not_clipped():
    feature = space.Feature("x", "", "none", None, None, 0.0, 10.0, mean=0.0, scale=1.0)
    values = np.array([[0.0], [10], [-1], [11], [12], [np.nan]])
    assert FeatureSpace((feature,)).clipped(values) == [3]
    np.testing.assert_array_equal(feature.scaled(values[:, 0]), [0, 10, 0, 10, 10, np.nan])


def test_scaled_values_have_nine_decimals_and_no_negative_zero():
    feature = space.Feature("x", "", "none", None, None, None, None, mean=1.0, scale=3.0)
    scaled = feature.scaled(np.array([2.0, 1 - 1e-12]))
    assert scaled.tolist() == [0.333333333, 0] and not np.signbit(scaled[1])


def test_the_feature_space_survives_json():
    features = (
        space.Feature("balance", "dollars", "yeo-johnson", 0.3, None, -9.5, 99.5, mean=1.5, scale=2.5),
        space.Feature("age", "", "none", None, 40.0, None, None, mean=45.0, scale=12.0),
    )
    assert FeatureSpace.from_json(FeatureSpace(features).to_json()) == FeatureSpace(features)


@pytest.mark.parametrize(
    ("transform", "power", "values"),
    [("none", None, [-5, 0, 5]), ("log1p", None, [-0.5, 0, 1e6]), ("sqrt", None, [0, 2, 1e6]),
     *[("yeo-johnson", power, [-50, -0.1, 0, 0.1, 50]) for power in (-0.8, 0.0, 0.4, 1.0, 2.0, 2.5)]],
)  # fmt: skip
def test_raw_undoes_scaled(transform, power, values):
    scaling = space.Feature("x", "", transform, power, None, None, None, mean=0.7, scale=3.0)
    assert scaling.raw(scaling.scaled(np.array(values, dtype=float))) == pytest.approx(values, rel=1e-5, abs=1e-6)
