"""A map of the customers, on which every point stands for several of them and none can be told from its place."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from segmentation.features import assignment
from segmentation.segments.alternatives import Alternative
from segmentation.segments.components import Components

CUSTOMERS = 5_000  # more points would hide each other


def averaged(X: np.ndarray, least: int) -> np.ndarray:
    """Each customer replaced by the mean of the `least` customers nearest to it, itself among them.

    `X` are scaled features (customers, features); the rows returned are in another order. This is microaggregation, as
    in Domingo-Ferrer and Mateo-Sanz 2002, with groups that overlap.
    """
    from scipy.spatial import cKDTree

    X = X[np.lexsort(X.T)]
    _, nearest = cKDTree(X).query(X, range(1, min(least, len(X)) + 1))
    return X[nearest].mean(axis=1)


def map_customers(
    X: np.ndarray, everyone: np.ndarray, plane: Components, fits: Mapping[int, Alternative], least: int
) -> pd.DataFrame:
    """Points on a plane, `x` and `y`, each the mean of `least` customers, and its segment at each K (`k2`, ...).

    `X` (customers, features) are the customers to map, `everyone` those whose places no point may take, unless `least`
    of them share it. The order of the points is that of their places: it tells nothing of the customers'.
    """
    middles = averaged(X, least)
    points = pd.DataFrame(plane.project(middles), columns=["x", "y"])
    labels = {f"k{k}": assignment.nearest(middles, fit.centres)[0] + 1 for k, fit in sorted(fits.items())}
    points = points.assign(**labels)
    taken = pd.DataFrame(plane.project(everyone), columns=["x", "y"]).value_counts()
    shared = taken.reindex(pd.MultiIndex.from_frame(points[["x", "y"]]), fill_value=0).to_numpy()
    return points[(shared == 0) | (shared >= least)].sort_values(list(points.columns), ignore_index=True)
