"""K-means on all customers at once, by scikit-learn: for as many as it fits in seconds."""

import warnings
from collections.abc import Iterable
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from threadpoolctl import ThreadpoolController

from segmentation.features.assignment import nearest, published
from segmentation.kmeans.distinct import check_distinct, count_distinct
from segmentation.pipeline import engine
from segmentation.pipeline.outputs import significant

if TYPE_CHECKING:
    from sklearn.cluster import KMeans

MAX_ITERATIONS = 300
MANY = 15  # segments: from so many on, the best of a few restarts is often a local minimum
PURPOSE = 9  # keys the swaps, with seed and K


class Sums(NamedTuple):
    """What the customers of each segment at one K add up to, each of shape (k,)."""

    customers: np.ndarray  # how many there are
    distance: np.ndarray  # to the centre: see assignment.nearest
    margin: np.ndarray  # see assignment.nearest; 1 for each customer at K = 1


@dataclass(frozen=True)
class Fit:
    """The best of several restarts at one K."""

    centres: np.ndarray  # shape (k, features), as published
    inertia: float  # sum of squared distances to the nearest centre
    iterations: int
    converged: bool  # no customer changed segment in the last iteration
    sums: Sums  # of all customers


def fit_each_k(X: np.ndarray, ks: Iterable[int], n_init: int, seed: int, pool: Executor) -> dict[int, Fit]:
    """Fits K-means for each K on `X` (customers, features), and keeps the best of `n_init` restarts.

    All restarts run side by side on `pool`, on one thread each. A restart is seeded by `seed`, its K and its number,
    and the rows are sorted, so a fit depends neither on the other K nor on the order of the customers. Of restarts
    with equal published inertia the first counts. At MANY segments and more, one more fit starts from the best one
    after `swaps.swaps`. Raises InputFault when there are fewer distinct rows than the largest K.
    """
    ks, X = list(ks), X[np.lexsort(X.T[::-1])]
    check_distinct(count_distinct(X), len(X), max(ks))
    tasks = [(k, restart) for k in ks for restart in range(n_init)]
    best: dict[int, KMeans] = {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Number of distinct clusters")  # rows too near each other: inertia shows it
        models = engine.each(pool, lambda task: _restart(X, *task, seed), tasks, doing="fits", of="restart")
        for (k, _), model in zip(tasks, models, strict=True):
            best[k] = min(best.get(k, model), model, key=_inertia)
        many = sorted((k for k in ks if k >= MANY), reverse=True)  # the longest work starts first
        swapped = engine.each(
            pool, lambda k: _swapped(X, best[k].cluster_centers_, seed), many, doing="swaps", of="fit"
        )
        for k, model in zip(many, swapped, strict=True):
            best[k] = min(best[k], model, key=_inertia)
    return {k: _fit(X, model) for k, model in best.items()}


def _inertia(model: "KMeans") -> float:
    return significant(model.inertia_)


def _restart(X: np.ndarray, k: int, restart: int, seed: int) -> "KMeans":
    random_state = int(np.random.SeedSequence([seed, k, restart]).generate_state(1)[0])
    return _model(X, k, "k-means++", random_state)


def swap(X: np.ndarray, weight: np.ndarray, centres: np.ndarray, seed: int) -> tuple[np.ndarray, float]:
    """Centres (k, features) and inertia after `swaps.swaps`, with draws that depend on `seed` and k alone.

    `X` has shape (features, customers), `weight` (customers,).
    """
    from segmentation.kmeans import swaps

    generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(PURPOSE, len(centres))))
    return swaps.swaps(X, weight, centres, swaps.draw_swaps(len(centres), generator), MAX_ITERATIONS)


def _swapped(X: np.ndarray, centres: np.ndarray, seed: int) -> "KMeans":
    begun, _ = swap(np.ascontiguousarray(X.T), np.ones(len(X)), published(centres), seed)
    return _model(X, len(begun), begun)


def _model(X: np.ndarray, k: int, init: str | np.ndarray, random_state: int | None = None) -> "KMeans":
    from sklearn.cluster import KMeans

    with one_thread():
        return KMeans(k, init=init, n_init=1, max_iter=MAX_ITERATIONS, tol=0, random_state=random_state).fit(X)


def _fit(X: np.ndarray, model: "KMeans") -> Fit:
    centres, converged = published(model.cluster_centers_), bool(model.n_iter_ < MAX_ITERATIONS)
    label, distance, margin = nearest(X, centres)
    weights = (None, distance, np.nan_to_num(margin, nan=1.0))
    sums = Sums(*(np.bincount(label, added, minlength=len(centres)) for added in weights))
    return Fit(centres, _inertia(model), int(model.n_iter_), converged, sums)


def one_thread() -> AbstractContextManager:
    """Limits scikit-learn to one thread while the context lasts.

    `engine.one_thread` does so for the libraries that are loaded when a pool starts; scikit-learn brings its own
    OpenMP, which may be loaded later.
    """
    return _scikit_learns_libraries().select(user_api="openmp").limit(limits=1)


@cache
def _scikit_learns_libraries() -> ThreadpoolController:
    """Controls the threads of the libraries that scikit-learn loads; BLAS among them is limited from here on."""
    import sklearn.cluster  # noqa: F401 # loads them

    controller = ThreadpoolController()
    controller.limit(limits=1, user_api="blas")
    return controller
