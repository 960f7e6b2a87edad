"""A map of the customers, on which every point stands for several of them and none can be told from its place."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from segmentation.features import assignment
from segmentation.segments.alternatives import Alternative
from segmentation.segments.components import Components

CUSTOMERS = 50_000  # at most, who make 5,000 points of ten: more points would hide each other


def averaged(X: np.ndarray, least: int) -> np.ndarray:
    """The means of groups of `least` to 2 `least` - 1 customers who are near each other: shape (groups, features).

    `X` are scaled features (customers, features). Each customer is in one group, so that no two points differ by one
    customer; fewer than `least` customers have no point. This is microaggregation, as in Domingo-Ferrer and
    Mateo-Sanz 2002; the groups are those of a k-d tree, halved along the widest feature.
    """
    if len(X) < least:
        return np.empty((0, X.shape[1]))
    if len(X) < 2 * least:
        return X.mean(axis=0, keepdims=True)
    widest = np.ptp(X, axis=0).argmax()
    order = np.lexsort([*X.T, X[:, widest]])
    halves = np.array_split(X[order], 2)
    return np.concatenate([averaged(half, least) for half in halves])


def map_customers(
    X: np.ndarray, label: np.ndarray, plane: Components, fits: Mapping[int, Alternative], least: int
) -> pd.DataFrame:
    """Points on a plane, `x` and `y`, each the mean of `least` customers or more, and its segments (`k2`, ...).

    `X` (customers, features) are the customers to map, and `label` (customers,) their segments: no point stands for
    customers of two. The order of the points is that of their places: it tells nothing of the customers'.
    """
    means = np.concatenate([averaged(X[label == segment], least) for segment in np.unique(label)])
    points = pd.DataFrame(plane.project(means), columns=["x", "y"])
    labels = {f"k{k}": assignment.nearest(means, fit.centres)[0] + 1 for k, fit in sorted(fits.items())}
    return points.assign(**labels).sort_values(["x", "y", *labels], ignore_index=True)
