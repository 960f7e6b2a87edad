"""A feature fills, clips, transforms and standardises as it says."""

import numpy as np

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
