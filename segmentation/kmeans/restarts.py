"""Several fits from several seeds in one compiled call, since there are many samples to fit."""

from collections.abc import Sequence
from concurrent.futures import Executor

import numpy as np

from segmentation.kmeans.lloyd import refine
from segmentation.kmeans.seeding import candidates, seeds
from segmentation.pipeline.compiling import compiled

ITERATIONS = 15  # the inertia is then within some thousandths of its end


def fit(X: np.ndarray, k: int, number: int, key: Sequence[int]) -> tuple[np.ndarray, float]:
    """The centres (k, features) of the best of `number` restarts on `X` (customers, features), and their inertia.

    `key` seeds the restarts. With fewer rows than k there are as many centres as rows; with fewer distinct rows some
    centres are alike.
    """
    columns, weight = np.ascontiguousarray(X.T), np.ones(len(X))
    drawn = draw(min(k, len(X)), np.random.SeedSequence(key).spawn(number))
    centres, inertia = begin(columns, weight, drawn, ITERATIONS)
    best = inertia.argmin()
    return centres[best], float(inertia[best])


def draw(k: int, sequences: Sequence[np.random.SeedSequence]) -> np.ndarray:
    """Draws for the seeds of a fit for each of the sequences: shape (fits, k, candidates)."""
    return np.stack([np.random.default_rng(sequence).random((k, candidates(k))) for sequence in sequences])


@compiled
def begin(X, weight, draws, iterations):
    """Fits `X` (features, customers), weighted (customers,), once from the seeds of each of several `draws`.

    Returns the centres after so many iterations, shape (fits, k, features), and the inertia before the last, (fits,).
    """
    fits, k = draws.shape[:2]
    centres, inertia = np.empty((fits, k, len(X))), np.empty(fits)
    for fit in range(fits):
        centres[fit], inertia[fit] = refine(X, weight, seeds(X, weight, draws[fit]), iterations)
    return centres, inertia


def fit_each_k(
    X: np.ndarray, ks: Sequence[int], number: int, key: Sequence[int], pool: Executor
) -> list[tuple[np.ndarray, float]]:
    """As `fit`, at each K in `ks`, where `key` and K seed the restarts."""
    return list(pool.map(lambda k: fit(X, k, number, (*key, k)), ks))
