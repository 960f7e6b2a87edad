"""The moments of columns (number of rows, mean, variance, range), added up over parts."""

from dataclasses import dataclass
from functools import reduce

import numpy as np


@dataclass(frozen=True)
class Moments:
    """The moments of some columns; all arrays have the shape (columns,)."""

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
        """Which columns vary by no more than the rounding error of floats, by the rule of StandardScaler.

        Source: Chan et al., equation 1.4.
        """
        error = np.finfo(float).eps * self.rows
        with np.errstate(over="ignore", invalid="ignore"):
            return (self.low == self.high) | (self.variance <= error * self.variance + (self.mean * error) ** 2)


def measure(X: np.ndarray) -> Moments | None:
    """Measures the columns of `X`, of shape (rows, columns), by StandardScaler; returns None where there is no row."""
    from sklearn.preprocessing import StandardScaler

    if not len(X):
        return None
    with np.errstate(over="ignore", invalid="ignore"):  # the caller refuses a variance that is not finite
        scaler = StandardScaler().fit(X)
        return Moments(len(X), scaler.mean_, scaler.var_ * len(X), X.min(axis=0), X.max(axis=0))


def merge_parts(parts: list[Moments | None]) -> Moments | None:
    """Adds up the moments of all parts, in their order; returns None where no part has a row.

    Source: Chan, Golub, LeVeque 1983, "Algorithms for Computing the Sample Variance", equation 2.1.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return reduce(_add, [part for part in parts if part is not None]) if any(parts) else None


def _add(total: Moments, part: Moments) -> Moments:
    rows, difference = total.rows + part.rows, part.mean - total.mean
    return Moments(
        rows,
        total.mean + difference * (part.rows / rows),
        total.squares + part.squares + difference**2 * (total.rows * part.rows / rows),
        np.minimum(total.low, part.low),
        np.maximum(total.high, part.high),
    )
