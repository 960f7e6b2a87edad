"""K-means on samples of the customers: the best of a few restarts, by compiled code, since there are many samples."""

from collections.abc import Sequence
from concurrent.futures import Executor
from operator import itemgetter

import numpy as np

ITERATIONS = 15  # the inertia is then within some thousandths of its end


def fit(X: np.ndarray, k: int, number: int, key: Sequence[int]) -> tuple[np.ndarray, float]:
    """The centres (k, features) of the best of `number` restarts on `X` (customers, features), and their inertia.

    `key` seeds the restarts. With fewer rows than k there are as many centres as rows; with fewer distinct rows some
    centres are alike.
    """
    from segmentation.kmeans import lloyd  # numba takes half a second to load

    columns, weight = np.ascontiguousarray(X.T), np.ones(len(X))
    fits = []
    for seed in np.random.SeedSequence(key).spawn(number):
        seeds = lloyd.draw_seeds(columns, weight, min(k, len(X)), np.random.default_rng(seed))
        fits.append(lloyd.refine(columns, weight, seeds, ITERATIONS))
    return min(fits, key=itemgetter(1))


def fit_each_k(
    X: np.ndarray, ks: Sequence[int], number: int, key: Sequence[int], pool: Executor
) -> list[tuple[np.ndarray, float]]:
    """As `fit`, at each K in `ks`, where `key` and K seed the restarts."""
    return list(pool.map(lambda k: fit(X, k, number, (*key, k)), ks))
