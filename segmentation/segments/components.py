"""The two leading principal components, to draw customers on paper."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Components:
    """A plane through the feature space."""

    mean: np.ndarray  # shape (features,)
    axes: np.ndarray  # shape (features, 2), unit columns; the second is 0 where there is one feature
    share: np.ndarray  # share of the variance that lies along each axis: shape (2,)

    def project(self, X: np.ndarray) -> np.ndarray:
        """Coordinates on the plane: (customers, features) to (customers, 2), rounded to what a picture shows."""
        return np.round((X - self.mean) @ self.axes, 4) + 0.0

    def captions(self, names: Sequence[str]) -> list[str]:
        """For each axis its share of the variance and the two features that weigh most in it."""
        captions = []
        for axis in range(2):
            order = np.argsort(-np.abs(self.axes[:, axis]).round(6), kind="stable")[:2]
            weights = [(self.axes[feature, axis], names[feature]) for feature in order if self.axes[feature, axis]]
            if not weights:
                captions.append("")
                continue
            signed = ", ".join(f"{'higher' if weight > 0 else 'lower'} {name}" for weight, name in weights)
            captions.append(f"{signed}  →  ({self.share[axis]:.0%} of the variance)")
        return captions


def leading(X: np.ndarray) -> Components:
    """The plane of largest variance of `X` (customers, features); the largest weight of each axis is positive."""
    mean = X.mean(axis=0)
    variance, vectors = np.linalg.eigh(np.atleast_2d(np.cov(X, rowvar=False, bias=True)))
    order = np.argsort(-variance)[:2]
    axes = vectors[:, order] * np.sign(vectors[np.abs(vectors[:, order]).round(6).argmax(axis=0), order])
    share = np.maximum(variance[order], 0) / max(variance.sum(), np.finfo(float).tiny)
    missing = 2 - axes.shape[1]
    return Components(mean, np.pad(axes, ((0, 0), (0, missing))), np.pad(share, (0, missing)))
