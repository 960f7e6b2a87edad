"""K-means: fits for a range of K, and the nearest centre of each customer."""

import math
import warnings
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass

from segmentation import engine
from segmentation.errors import InputFault
from segmentation.outputs import DECIMALS, significant

import numpy as np

MAX_ITERATIONS = 300
BLOCK = 8192  # rows whose distances stay in the processor's cache


@dataclass(frozen=True)
class Fit:
    """The best of several restarts at one K."""

    centres: np.ndarray  # shape (k, features), as published
    inertia: float  # sum of squared distances to the nearest centre
    iterations: int
    converged: bool  # no customer changed segment in the last iteration


def distinct(X: np.ndarray, weight: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The distinct rows of `X` (customers, features) in lexicographic order, and how many customers share each.

    `weight` (customers,) says how many customers a row stands for, by default one.
    """
    order = np.lexsort(X.T[::-1])
    X, weight = X[order], np.ones(len(X)) if weight is None else weight[order]
    first = np.flatnonzero(np.r_[len(X) > 0, np.any(X[1:] != X[:-1], axis=1)])
    return X[first], np.add.reduceat(weight, first)


def check_distinct(distinct: int, customers: int, k: int) -> None:
    """Raises InputFault where there are fewer distinct rows than segments asked for."""
    if k > distinct:
        raise InputFault(
            f"{customers:,} customers with {distinct:,} distinct rows of features cannot make {k} segments: "
            f"lower elbow.k_max or cluster.k to {distinct} or less"
        )


def exact(X: np.ndarray, ks: Iterable[int], n_init: int, seed: int, pool: Executor) -> dict[int, Fit]:
    """Fits K-means for each K on `X` (customers, features) with `n_init` restarts of scikit-learn's KMeans.

    Fits run side by side, each on one thread, with a seed of its own for each K and restart, on the rows in
    lexicographic order, so that a fit does not depend on the order of the customers. Of restarts with equal published
    inertia the first counts. Raises InputFault when there are fewer distinct rows than the largest K.
    """
    ks, X = list(ks), X[np.lexsort(X.T[::-1])]
    check_distinct(1 + int(np.any(X[1:] != X[:-1], axis=1).sum()), len(X), max(ks))
    tasks = [(k, restart) for k in ks for restart in range(n_init)]
    best: dict[int, Fit] = {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Number of distinct clusters")  # rows too near each other: inertia shows it
        fits = engine.each(pool, lambda task: _fit(X, *task, seed), tasks, doing="fits", of="restart")
        for (k, _), fit in zip(tasks, fits, strict=True):
            if k not in best or fit.inertia < best[k].inertia:
                best[k] = fit
    return best


def _fit(X: np.ndarray, k: int, restart: int, seed: int) -> Fit:
    from sklearn.cluster import KMeans

    random_state = int(np.random.SeedSequence([seed, k, restart]).generate_state(1)[0])
    model = KMeans(k, n_init=1, max_iter=MAX_ITERATIONS, tol=0, random_state=random_state).fit(X)
    return Fit(
        centres=published(model.cluster_centers_),
        inertia=significant(model.inertia_),
        iterations=int(model.n_iter_),
        converged=bool(model.n_iter_ < MAX_ITERATIONS),
    )


def candidates(k: int) -> int:
    """How many candidates greedy k-means++ tries for each centre: as scikit-learn."""
    return 2 + int(math.log(k))


def published(centres: np.ndarray) -> np.ndarray:
    """The centres with the digits that are written to files: customers are placed with these."""
    return np.vectorize(significant)(np.round(centres, DECIMALS) + 0.0)


def nearest(X: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The nearest centre of each row of `X`, the distance to it, and the margin to the second nearest.

    `X` has shape (customers, features), `centres` (k, features); returns three arrays of shape (customers,). The
    margin is 1 - distance / distance to the second nearest: 0 on the border between two segments, 1 at the centre,
    NaN where there is one centre only. Sums run feature by feature, so a row's result never depends on its
    neighbours or on the processor. Of centres equally near the first counts.
    """
    blocks = [_nearest(X[first : first + BLOCK], centres) for first in range(0, max(len(X), 1), BLOCK)]
    label, distance, margin = map(np.concatenate, zip(*blocks, strict=True))
    return label, distance, margin


def _nearest(X: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    label, least, second = np.zeros(len(X), dtype=int), np.full(len(X), np.inf), np.full(len(X), np.inf)
    for number, centre in enumerate(centres):
        squared = sum((column - place) ** 2 for column, place in zip(X.T, centre, strict=True))
        nearer = squared < least
        second = np.minimum(second, np.where(nearer, least, squared))
        label[nearer], least = number, np.minimum(least, squared)
    distance = np.sqrt(least)
    if len(centres) == 1:
        return label, np.round(distance, DECIMALS), np.full(len(X), np.nan)
    second = np.sqrt(second)
    margin = np.where(second > 0, 1 - distance / np.where(second > 0, second, 1), 0)
    return label, np.round(distance, DECIMALS), np.round(margin, DECIMALS)


def worth(label: np.ndarray, value: np.ndarray, k: int) -> np.ndarray:
    """What `by_value` takes, of customers with these labels (0..k-1) and values, NaN where unknown: shape (3, k)."""
    known = ~np.isnan(value)
    size, count = np.bincount(label, minlength=k), np.bincount(label[known], minlength=k)
    return np.stack([size, count, np.bincount(label[known], weights=value[known], minlength=k)])


def by_value(size: np.ndarray, known: np.ndarray, value: np.ndarray) -> np.ndarray:
    """The order in which segments are numbered: falling mean of the value column, ties by falling size.

    All have shape (k,): how many customers a segment has, how many of them with a known value, and what these add up
    to. A segment of which no value is known comes last. Returns the segments in their new order.
    """
    mean = [significant(total / count) if count else -np.inf for total, count in zip(value, known, strict=True)]
    return np.lexsort([-size, np.negative(mean)])
