"""Number, mean, variance and range of columns, from parts of them."""

from dataclasses import dataclass
from functools import reduce

import numpy as np


@dataclass(frozen=True)
class Moments:
    """What one pass over columns leaves of them: all arrays of shape (columns,)."""

    rows: int
    mean: np.ndarray
    squares: np.ndarray  # sum of squared differences from the mean
    low: np.ndarray
    high: np.ndarray

    @property
    def variance(self) -> np.ndarray:
        """Population variance, as that of scikit-learn's StandardScaler."""
        return self.squares / self.rows

    @property
    def constant(self) -> np.ndarray:
        """Which columns vary by no more than floats err, as StandardScaler finds: Chan et al., equation 1.4."""
        error = np.finfo(float).eps * self.rows
        with np.errstate(over="ignore", invalid="ignore"):
            return (self.low == self.high) | (self.variance <= error * self.variance + (self.mean * error) ** 2)


def of(X: np.ndarray) -> Moments | None:
    """The moments of the columns of `X`, of shape (rows, columns), by StandardScaler; None where there is no row."""
    from sklearn.preprocessing import StandardScaler

    if not len(X):
        return None
    with np.errstate(over="ignore", invalid="ignore"):  # a variance that is not finite shows it
        scaler = StandardScaler().fit(X)
        return Moments(len(X), scaler.mean_, scaler.var_ * len(X), X.min(axis=0), X.max(axis=0))


def merged(parts: list[Moments | None]) -> Moments | None:
    """The moments of all parts together, added up in their order; None where no part has a row.

    Source: Chan, Golub, LeVeque 1983, "Algorithms for Computing the Sample Variance", equation 2.1.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return reduce(_and, [part for part in parts if part is not None]) if any(parts) else None


def _and(one: Moments, other: Moments) -> Moments:
    rows, apart = one.rows + other.rows, other.mean - one.mean
    return Moments(
        rows,
        one.mean + apart * (other.rows / rows),
        one.squares + other.squares + apart**2 * (one.rows * other.rows / rows),
        np.minimum(one.low, other.low),
        np.maximum(one.high, other.high),
    )
