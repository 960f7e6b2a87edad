"""K-means: fits for a range of K, and the nearest centre of each customer."""

import math
import warnings
from collections.abc import Iterable
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache

import numpy as np
from threadpoolctl import ThreadpoolController

from segmentation.features.assignment import published
from segmentation.pipeline import engine
from segmentation.pipeline.errors import InputFault
from segmentation.pipeline.outputs import significant

MAX_ITERATIONS = 300


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


def fit(X: np.ndarray, ks: Iterable[int], n_init: int, seed: int, pool: Executor) -> dict[int, Fit]:
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


@cache
def _controller() -> ThreadpoolController:
    """The libraries that scikit-learn brings along, once it is loaded; of these BLAS stays limited."""
    import sklearn.cluster  # noqa: F401

    controller = ThreadpoolController()
    controller.limit(limits=1, user_api="blas")
    return controller


def one_thread() -> AbstractContextManager:
    """Limits the OpenMP of scikit-learn, which may be loaded after the pool's threads have started."""
    return _controller().limit(limits=1, user_api="openmp")


def _fit(X: np.ndarray, k: int, restart: int, seed: int) -> Fit:
    from sklearn.cluster import KMeans

    random_state = int(np.random.SeedSequence([seed, k, restart]).generate_state(1)[0])
    with one_thread():
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
