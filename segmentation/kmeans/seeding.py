"""Greedy k-means++, compiled: where fits begin, and where one more centre pays most."""

import math

import numpy as np

from segmentation.features.compiled import squared_distances
from segmentation.kmeans.lloyd import weighted_sum
from segmentation.pipeline.compiling import compiled


def candidates(k: int) -> int:
    """How many rows scikit-learn draws for a centre, of which the best becomes one."""
    return 2 + int(math.log(k))


@compiled
def seeds(X, weight, draws):
    """Greedy k-means++: k rows of `X`, each the best of several drawn by weight times squared distance.

    `X` has shape (features, customers), `weight` (customers,), `draws` (k, candidates), uniform on [0, 1); returns
    shape (k, features). Source: Arthur and Vassilvitskii 2007, "k-means++", section 2; greedy as in scikit-learn.
    """
    centres, least = np.empty((len(draws), len(X))), np.full(X.shape[1], np.inf)
    for centre in range(len(draws)):
        mass = weight * least if centre else weight
        row, least = best_row(X, mass, weight, least, draws[centre] if centre else draws[centre, :1])
        centres[centre] = X[:, row]
    return centres


@compiled
def best_row(X, mass, weight, least, draws):
    """Of rows drawn by their `mass` (customers,), the one that lowers the inertia most as one more centre.

    `least` (customers,) has the squared distance of each row to the nearest of the other centres, `draws` are uniform
    on [0, 1). Returns the number of the row, and what `least` is with it.
    """
    cumulated, best, chosen, nearer = np.cumsum(mass), np.inf, 0, least
    for number in range(len(draws)):
        row = min(np.searchsorted(cumulated, draws[number] * cumulated[-1], side="right"), len(least) - 1)
        squared = squared_distances(X, X[:, row].copy())
        for other in range(len(least)):
            squared[other] = min(least[other], squared[other])
        inertia = weighted_sum(weight, squared)
        if inertia < best or not number:
            best, chosen, nearer = inertia, row, squared
    return chosen, nearer
