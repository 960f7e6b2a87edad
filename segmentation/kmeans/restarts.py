"""K-means on samples of the customers: the best of a few restarts, by scikit-learn or, for many customers, compiled."""

from collections.abc import Callable, Sequence
from operator import itemgetter

import numpy as np

from segmentation.kmeans import exact

ITERATIONS = 30  # centres hardly move after so many: scikit-learn's tolerance would stop about there
Fitter = Callable[[np.ndarray, int, int, Sequence[int]], tuple[np.ndarray, float]]  # as the two functions below


def fitter(customers: int, exact_rows: int) -> Fitter:
    """The function that fits samples of so many customers: compiled code takes seconds to load, which only more than
    `exact_rows` customers are worth.
    """
    return by_scikit_learn if customers <= exact_rows else by_lloyd


def by_scikit_learn(X: np.ndarray, k: int, number: int, key: Sequence[int]) -> tuple[np.ndarray, float]:
    """The centres (k, features) of the best of `number` restarts on `X` (customers, features), and their inertia.

    `key` seeds the restarts. With fewer rows than k there are as many centres as rows; with fewer distinct rows some
    centres are alike.
    """
    from sklearn.cluster import KMeans

    random_state = int(np.random.SeedSequence(key).generate_state(1)[0])
    with exact.one_thread():
        model = KMeans(min(k, len(X)), n_init=number, random_state=random_state).fit(X)
    return model.cluster_centers_, float(model.inertia_)


def by_lloyd(X: np.ndarray, k: int, number: int, key: Sequence[int]) -> tuple[np.ndarray, float]:
    """As `by_scikit_learn`, by the compiled code of `lloyd`."""
    from segmentation.kmeans import lloyd

    columns, weight = np.ascontiguousarray(X.T), np.ones(len(X))
    fits = []
    for seed in np.random.SeedSequence(key).spawn(number):
        seeds = lloyd.draw_seeds(columns, weight, min(k, len(X)), np.random.default_rng(seed))
        fits.append(lloyd.refine(columns, weight, seeds, ITERATIONS))
    return min(fits, key=itemgetter(1))
