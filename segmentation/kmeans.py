"""K-means: fits for a range of K, and the nearest centre of each customer."""

import warnings
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass

from segmentation.errors import InputFault
from segmentation.outputs import DECIMALS, significant

import numpy as np

MAX_ITERATIONS = 300


@dataclass(frozen=True)
class Fit:
    """The best of several restarts at one K."""

    centres: np.ndarray  # shape (k, features), as published
    inertia: float  # sum of squared distances to the nearest centre
    iterations: int
    converged: bool  # no customer changed segment in the last iteration


def canonical(X: np.ndarray) -> np.ndarray:
    """The rows in lexicographic order, so that a fit does not depend on the order of the customers."""
    return X[np.lexsort(X.T[::-1])]


def sweep(X: np.ndarray, ks: Iterable[int], n_init: int, seed: int, pool: Executor) -> dict[int, Fit]:
    """Fits K-means for each K on `X` (customers, features) with `n_init` restarts of scikit-learn's KMeans.

    Fits run side by side, each on one thread, with a seed of its own for each K and restart. Of restarts with equal
    published inertia the first counts. Raises InputFault when there are fewer distinct rows than the largest K.
    """
    ks, X = list(ks), canonical(X)
    distinct = 1 + int(np.any(X[1:] != X[:-1], axis=1).sum())
    if max(ks) > distinct:
        raise InputFault(
            f"{len(X):,} customers with {distinct:,} distinct rows of features cannot make {max(ks)} segments: "
            f"lower elbow.k_max or cluster.k to {distinct} or less"
        )
    tasks = [(k, restart) for k in ks for restart in range(n_init)]
    best: dict[int, Fit] = {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Number of distinct clusters")  # rows too near each other: inertia shows it
        fits = pool.map(lambda task: _fit(X, *task, seed), tasks)
        for (k, _), fit in zip(tasks, fits, strict=True):
            if k not in best or fit.inertia < best[k].inertia:
                best[k] = fit
    return best


def _fit(X: np.ndarray, k: int, restart: int, seed: int) -> Fit:
    from sklearn.cluster import KMeans

    random_state = int(np.random.SeedSequence([seed, k, restart]).generate_state(1)[0])
    model = KMeans(k, n_init=1, max_iter=MAX_ITERATIONS, tol=0, random_state=random_state).fit(X)
    return Fit(
        centres=np.vectorize(significant)(np.round(model.cluster_centers_, DECIMALS) + 0.0),
        inertia=significant(model.inertia_),
        iterations=int(model.n_iter_),
        converged=bool(model.n_iter_ < MAX_ITERATIONS),
    )


def nearest(X: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The nearest centre of each row of `X`, the distance to it, and the margin to the second nearest.

    `X` has shape (customers, features), `centres` (k, features); returns three arrays of shape (customers,). The
    margin is 1 - distance / distance to the second nearest: 0 on the border between two segments, 1 at the centre,
    NaN where there is one centre only. Sums run feature by feature, so a row's result never depends on its
    neighbours or on the processor. Of centres equally near the first counts.
    """
    squared = np.zeros((len(X), len(centres)))
    for feature in range(X.shape[1]):
        squared += (X[:, feature, np.newaxis] - centres[:, feature]) ** 2
    label = squared.argmin(axis=1)
    rows = np.arange(len(X))
    distance = np.sqrt(squared[rows, label])
    if len(centres) == 1:
        return label, np.round(distance, DECIMALS), np.full(len(X), np.nan)
    squared[rows, label] = np.inf
    second = np.sqrt(squared.min(axis=1))
    margin = np.where(second > 0, 1 - distance / np.where(second > 0, second, 1), 0)
    return label, np.round(distance, DECIMALS), np.round(margin, DECIMALS)


def by_value(label: np.ndarray, value: np.ndarray | None, k: int) -> np.ndarray:
    """The order in which segments are numbered: falling mean of the value column, ties by falling size.

    `label` (0..k-1) and `value` have shape (customers,). Customers without a value do not count, and a segment that
    holds no others comes last. Returns the labels in their new order.
    """
    size = np.bincount(label, minlength=k)
    if value is None:
        return np.lexsort([-size])
    known = ~np.isnan(value)
    total = np.bincount(label[known], weights=value[known], minlength=k)
    count = np.bincount(label[known], minlength=k)
    mean = [significant(t / n) if n else -np.inf for t, n in zip(total, count, strict=True)]
    return np.lexsort([-size, np.negative(mean)])
