"""Groups among few customers: parts of a mixture of normal distributions, joined where no valley lies between them.

Among a few hundred customers the bands of `valleys` hold a handful each, and chance digs as deep as segments do. A
mixture of normal distributions that share one covariance takes all customers at once. It is K-means with soft borders,
in the metric of the segments themselves.
"""

from collections.abc import Sequence
from concurrent.futures import Executor
from itertools import product

import numpy as np

from segmentation.elbow import valleys
from segmentation.features import assignment
from segmentation.kmeans import exact, restarts
from segmentation.pipeline import engine

MOST = 4_000  # customers: among more, the bands of `valleys` are full, and fits of mixtures take long
RESTARTS = 10  # of the K-means fit that each mixture starts from
ITERATIONS = 300
LEAST_VARIANCE = 1e-4  # of a part in any direction, so that customers with equal values make no part of their own
DEPTH = 0.33  # times the fourth root of the customers: of a valley between parts that the likelihood speaks for already
BEYOND = 2  # standard deviations of the null's curves, without which the likelihood speaks of tails and steps
PURPOSE = 10  # keys the restarts, with space and K


def search(
    X: np.ndarray, k_maxes: Sequence[int], powers: Sequence[float], pool: Executor
) -> dict[int, tuple[int, float]]:
    """How many groups of customers stand apart, and the depth of the shallowest valley between two of them.

    Of mixtures of up to K parts, of the columns as they are and without their tails, the one with the highest
    integrated completed likelihood counts; its parts are joined as cells are in `valleys`. `X` has shape (customers,
    features), `powers` are those of `valleys.powers_of`. Returns number and depth for each K in `k_maxes`. DEPTH and
    BEYOND were chosen by benchmarks/planted.py --half tune. Source: Biernacki, Celeux, Govaert 2000, "Assessing a
    mixture model for clustering with the integrated completed likelihood".
    """
    spaces = valleys.spaces_of(X, powers)
    ks = range(1, max(1, min(max(k_maxes), len(X) // valleys.FEWEST)) + 1)
    tasks = [*product(range(len(spaces)), ks)]

    def fit_mixture(task: tuple[int, int]) -> tuple[float, np.ndarray, np.ndarray]:
        space, k = task
        columns, stretch = spaces[space]
        likelihood, part, metric = fit(columns, k, (PURPOSE, space, k))
        return likelihood + 2 * stretch, part, metric

    fits = dict(zip(tasks, engine.each(pool, fit_mixture, tasks, doing="mixtures", of="mixture"), strict=True))
    groups = {}
    for k_max in k_maxes:
        best = max((task for task in tasks if task[1] <= k_max), key=lambda task: fits[task][0])
        _, part, metric = fits[best]
        columns, _ = spaces[best[0]]
        steps = valleys.join_cells(valleys.spread(columns, 0) @ metric, part)
        groups[k_max] = valleys.groups_apart(steps, DEPTH * len(X) ** 0.25)
    return groups


def fit(X: np.ndarray, k: int, key: Sequence[int]) -> tuple[float, np.ndarray, np.ndarray]:
    """Fits a mixture of k parts, begun at the best of RESTARTS of K-means, which `key` seeds.

    `X` has shape (customers, features). Returns twice the integrated completed likelihood; the part that each customer
    most likely belongs to, shape (customers,); and what makes the parts round when `X` is multiplied by it, shape
    (features, features).
    """
    from sklearn.mixture import GaussianMixture

    centres, _ = restarts.fit(X, k, RESTARTS, key)
    cell, _, _ = assignment.nearest(X, centres)
    within = X - centres[cell]
    precision = np.linalg.inv(within.T @ within / len(X) + LEAST_VARIANCE * np.eye(X.shape[1]))
    sizes = np.bincount(cell, minlength=k)
    start = {"weights_init": np.maximum(sizes, 1) / np.maximum(sizes, 1).sum(), "means_init": centres}
    start |= {"precisions_init": precision, "max_iter": ITERATIONS, "reg_covar": LEAST_VARIANCE}
    with exact.one_thread():
        mixture = GaussianMixture(k, covariance_type="tied", **start).fit(X)
        share, criterion = mixture.predict_proba(X), mixture.bic(X)
    entropy = -(share * np.log(np.maximum(share, np.finfo(float).tiny))).sum()
    metric = np.linalg.cholesky(mixture.precisions_)
    return -criterion - 2 * entropy, share.argmax(axis=1), metric
