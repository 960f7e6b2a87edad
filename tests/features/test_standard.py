"""What is said of standardised features holds for what StandardScaler makes of any columns."""

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from segmentation.features import standard


def test_centre_and_inertia_are_those_of_standardised_columns():
    X = StandardScaler().fit_transform(np.random.default_rng(0).lognormal(size=(50, 3)))
    assert standard.centre(3) == pytest.approx(X.mean(axis=0), abs=1e-12)
    assert standard.inertia(50, 3) == pytest.approx(((X - X.mean(axis=0)) ** 2).sum())
