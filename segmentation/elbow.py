"""The elbow of the inertia curve."""

from collections.abc import Sequence

import numpy as np


def locate(ks: Sequence[int], inertia: Sequence[float]) -> int | None:
    """The K at which the curve bends most, by Kneedle; None where it does not bend.

    Source: Satopaa, Albrecht, Irwin, Raghavan 2011, "Finding a Kneedle in a Haystack", by way of kneed.
    """
    from kneed import KneeLocator

    if len(ks) < 3 or inertia[0] == inertia[-1]:
        return None
    knee = KneeLocator(ks, inertia, curve="convex", direction="decreasing").knee
    return None if knee is None else int(knee)


def variance_explained(X: np.ndarray, inertia: Sequence[float]) -> list[float]:
    """The share of the variance of `X` (customers, features) that lies between the segments, for each inertia."""
    total = float(((X - X.mean(axis=0)) ** 2).sum())
    return [round(1 - remaining / total, 6) + 0.0 for remaining in inertia]
