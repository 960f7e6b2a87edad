"""What is known of standardised features: each has mean 0 and variance 1 over all customers."""

import numpy as np

MEAN = 0.0
VARIANCE = 1.0


def centre(features: int) -> np.ndarray:
    """The mean of all customers: shape (features,)."""
    return np.full(features, MEAN)


def inertia(customers: int, features: int) -> float:
    """The sum of squared distances of all customers to their mean, which is the inertia of one segment."""
    return customers * features * VARIANCE
