"""Inertia curves of customers without segments, of the same number and shape: what a curve shows of itself."""

from collections.abc import Sequence
from concurrent.futures import Executor
from functools import partial

import numpy as np

from segmentation.kmeans import restarts
from segmentation.pipeline import engine

REFERENCES = 8  # data sets of each kind: their mean is known to a third of their spread
RESTARTS = 2  # of each fit, to them as to the customers
LEAST = 1e-12  # inertia: less is the rounding of the features
PURPOSE = 7  # keys the draws, with seed, kind and number


def box(X: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    """Customers spread evenly over the box that `X` (customers, features) fills along its principal axes.

    Their coordinates are those on the axes, which K-means cannot tell from the features'. Source: Tibshirani, Walther,
    Hastie 2001, "Estimating the number of clusters in a data set via the gap statistic", section 3, choice (b).
    """
    centred = X - X.mean(axis=0)
    _, axes = np.linalg.eigh(np.round(centred.T @ centred / len(X), 6))  # axes of equal length, the same everywhere
    along = centred @ axes
    return draws.random(X.shape) * np.ptp(along, axis=0)


def shuffled(X: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    """Customers with the values of `X` (customers, features), each column in an order of its own.

    Tails and steps of the columns stay, all that ties them together is gone.
    """
    return draws.permuted(X, axis=0)


KINDS = (box, shuffled)


def curves(X: np.ndarray, ks: Sequence[int], seed: int, compiled: bool, pool: Executor) -> dict[str, np.ndarray]:
    """For each kind of reference the logarithms of its inertia, of shape (references, 1 + ks): first that of K = 1.

    A single feature is not shuffled: it would be what it was.
    """
    kinds = KINDS if X.shape[1] > 1 else KINDS[:1]
    tasks = [(kind, number) for kind in range(len(kinds)) for number in range(REFERENCES)]
    task = partial(_curve, X=X, ks=ks, seed=seed, compiled=compiled)
    found = list(engine.each(pool, task, tasks, doing="curves without segments", of="curve"))
    return {
        kind.__name__: np.array(found[number * REFERENCES : (number + 1) * REFERENCES])
        for number, kind in enumerate(kinds)
    }


def _curve(which: tuple[int, int], X: np.ndarray, ks: Sequence[int], seed: int, compiled: bool) -> np.ndarray:
    kind, number = which
    reference = KINDS[kind](X, np.random.default_rng([PURPOSE, seed, kind, number]))
    inertia = [restarts.best(reference, k, RESTARTS, (PURPOSE, seed, kind, number, k), compiled)[1] for k in ks]
    return logarithms([((reference - reference.mean(axis=0)) ** 2).sum(), *inertia])


def gap(inertia: Sequence[float], references: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far the logarithm of the inertia lies below that of the references, and the standard error, both (ks,).

    Source: Tibshirani, Walther, Hastie 2001, section 4, steps 2 and 3: the error is the spread of the references
    times sqrt(1 + 1 / their number).
    """
    error = references.std(axis=0) * np.sqrt(1 + 1 / len(references))
    return references.mean(axis=0) - logarithms(inertia), error


def logarithms(inertia: Sequence[float]) -> np.ndarray:
    """Natural logarithms; of no inertia at all, that of LEAST."""
    return np.log(np.maximum(inertia, LEAST))
