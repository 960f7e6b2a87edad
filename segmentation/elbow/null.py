"""Inertia curves of customers without segments: how far a curve falls for the same number and shape of customers."""

from collections.abc import Sequence
from concurrent.futures import Executor
from functools import partial

import numpy as np

from segmentation.kmeans.restarts import Fitter
from segmentation.pipeline import engine

REFERENCES = 8  # data sets of each kind: their mean is known to a third of their spread
RESTARTS = 2  # of each fit, to the references as to the customers
LEAST = 1e-12  # inertia: less is the rounding of the features
PURPOSE = 7  # keys the draws, with seed, kind and number


def box(X: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    """Customers spread evenly over the box that `X` (customers, features) fills along its principal axes.

    Their coordinates are those on the axes: turning all customers changes nothing for K-means. Source: Tibshirani,
    Walther, Hastie 2001, "Estimating the number of clusters in a data set via the gap statistic", section 3, choice
    (b).
    """
    centred = X - X.mean(axis=0)
    # Rounded, so that axes of equal length are the same on every processor.
    _, axes = np.linalg.eigh(np.round(centred.T @ centred / len(X), 6))
    along = centred @ axes
    return draws.random(X.shape) * np.ptp(along, axis=0)


def shuffled(X: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    """Customers with the values of `X` (customers, features), each column shuffled on its own.

    The tails and steps of each column stay; what ties columns together is gone.
    """
    return draws.permuted(X, axis=0)


KINDS = (box, shuffled)


def curves(X: np.ndarray, ks: Sequence[int], seed: int, fitter: Fitter, pool: Executor) -> dict[str, np.ndarray]:
    """The logarithms of the inertia of each kind of reference, shape (references, 1 + ks): the first is that of K = 1.

    `fitter` fits the references of `X` (customers, features). A single feature is not shuffled: it would stay the
    same.
    """
    kinds = KINDS if X.shape[1] > 1 else KINDS[:1]
    tasks = [(kind, number) for kind in range(len(kinds)) for number in range(REFERENCES)]
    task = partial(_curve, X=X, ks=ks, seed=seed, fitter=fitter)
    logarithm = np.array(list(engine.each(pool, task, tasks, doing="curves without segments", of="curve")))
    return {kind.__name__: curves for kind, curves in zip(kinds, np.split(logarithm, len(kinds)), strict=True)}


def _curve(reference: tuple[int, int], X: np.ndarray, ks: Sequence[int], seed: int, fitter: Fitter) -> np.ndarray:
    """One curve, of the reference with this kind and number."""
    kind, number = reference
    drawn = KINDS[kind](X, np.random.default_rng([PURPOSE, seed, kind, number]))
    inertia = [((drawn - drawn.mean(axis=0)) ** 2).sum()]
    for k in ks:
        _, least = fitter(drawn, k, RESTARTS, (PURPOSE, seed, kind, number, k))
        inertia.append(least)
    return logarithms(inertia)


def gap(inertia: Sequence[float], references: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far the logarithm of the inertia lies below that of the references, and the standard error, both (ks,).

    Source: Tibshirani, Walther, Hastie 2001, section 4, steps 2 and 3: the error is the spread of the references
    times sqrt(1 + 1 / their number).
    """
    error = references.std(axis=0) * np.sqrt(1 + 1 / len(references))
    return references.mean(axis=0) - logarithms(inertia), error


def logarithms(inertia: Sequence[float]) -> np.ndarray:
    """Natural logarithms; an inertia below LEAST counts as LEAST."""
    return np.log(np.maximum(inertia, LEAST))
