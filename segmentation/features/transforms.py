"""Transforms of raw columns, and their inverses."""

import numpy as np


def transform(values: np.ndarray, name: str, power: float | None) -> np.ndarray:
    """Raw values, of shape (customers,), under the transform of that name.

    By SciPy's functions where NumPy's differ between processors in the last bit.
    """
    from scipy import special

    if name == "log1p":
        return special.log1p(values)
    if name == "sqrt":
        return np.sqrt(values)
    if name == "yeo-johnson":  # Yeo and Johnson 2000, equation 2.1, by way of Box-Cox
        positive = special.boxcox1p(np.maximum(values, 0), power)
        return np.where(values >= 0, positive, -special.boxcox1p(np.maximum(-values, 0), 2 - power))
    return values


def inverse(values: np.ndarray, name: str, power: float | None) -> np.ndarray:
    """What `transform` makes these values, of shape (customers,), of."""
    from scipy import special

    if name == "log1p":
        return special.expm1(values)
    if name == "sqrt":
        return values**2
    if name == "yeo-johnson":
        positive = special.inv_boxcox1p(np.maximum(values, 0), power)
        return np.where(values >= 0, positive, -special.inv_boxcox1p(np.maximum(-values, 0), 2 - power))
    return values
