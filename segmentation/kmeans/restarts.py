"""K-means on a sample of the customers, often and fast."""

from collections.abc import Sequence
from operator import itemgetter

import numpy as np

from segmentation.kmeans import exact

ITERATIONS = 30  # beyond which centres hardly move, as beyond the tolerance of scikit-learn


def best(X: np.ndarray, k: int, number: int, key: Sequence[int], compiled: bool) -> tuple[np.ndarray, float]:
    """The best of a few fits to a sample `X` (customers, features): the centres (k, features) and their inertia.

    `key` seeds the `number` restarts. By scikit-learn's KMeans, or `compiled`, where there are so many customers that
    loading it is worth while. With fewer distinct rows than k some centres are alike,
    with fewer rows there are no more centres than these.
    """
    k, seeds = min(k, len(X)), np.random.SeedSequence(key)
    if not compiled:
        from sklearn.cluster import KMeans

        model = KMeans(k, n_init=number, random_state=int(seeds.generate_state(1)[0]))
        with exact.one_thread():
            model.fit(X)
        return model.cluster_centers_, float(model.inertia_)
    from segmentation.kmeans import lloyd

    columns, weight = np.ascontiguousarray(X.T), np.ones(len(X))
    fits = []
    for seed in seeds.spawn(number):
        draws = np.random.default_rng(seed).random((k, exact.candidates(k)))
        fits.append(lloyd.refine(columns, weight, lloyd.seeds(columns, weight, draws), ITERATIONS))
    return min(fits, key=itemgetter(1))
