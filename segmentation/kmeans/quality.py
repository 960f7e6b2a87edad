"""Internal indices of a clustering."""

from collections.abc import Sequence

import numpy as np

SILHOUETTE_ROWS = 10_000  # all pairs of more would take minutes


def indices(
    centres: np.ndarray, sizes: np.ndarray, distances: np.ndarray, inertia: float, are_means: bool
) -> dict[str, float | None]:
    """Calinski-Harabasz (higher is better) and Davies-Bouldin (lower is better); None where they have no meaning.

    `centres` have shape (k, features). `sizes` (k,) are the numbers of customers, `distances` (k,) the sums of their
    distances to the centre, `inertia` is the sum of all squared distances. Both indices take centres to be the means of
    their customers, so there are none unless they `are_means`. As scikit-learn's metrics, from sums over the parts of
    a table. Sources: Caliński and Harabasz 1974; Davies and Bouldin 1979.
    """
    k, customers = len(centres), int(np.sum(sizes))
    if not (are_means and 2 <= k < customers):
        return {"calinski_harabasz": None, "davies_bouldin": None}
    between = float((sizes * ((centres - sizes @ centres / customers) ** 2).sum(axis=1)).sum())
    calinski_harabasz = between * (customers - k) / (inertia * (k - 1)) if inertia else None
    separation = np.sqrt(((centres[:, np.newaxis] - centres) ** 2).sum(axis=2))
    np.fill_diagonal(separation, np.inf)
    spread = distances / sizes
    davies_bouldin = float(((spread[:, np.newaxis] + spread) / separation).max(axis=1).mean())
    return {"calinski_harabasz": calinski_harabasz, "davies_bouldin": davies_bouldin}


def silhouette(X: np.ndarray, label: np.ndarray) -> dict[str, float | int | None]:
    """The mean silhouette (higher is better) of a sample, by scikit-learn, and how many customers it holds.

    `X` has shape (customers, features), `label` (customers,). None unless there are at least two segments and a
    segment of two.
    """
    from sklearn import config_context, metrics

    mean = None
    if 2 <= len(np.unique(label)) < len(label):
        with config_context(working_memory=64):  # in MiB: small blocks of pairs stay in the processor's cache
            mean = float(metrics.silhouette_score(X, label))
    return {"silhouette": mean, "silhouette_customers": len(label)}


def silhouettes(X: np.ndarray, labels: Sequence[np.ndarray]) -> list[float | None]:
    """The mean silhouette of `X` (customers, features) under each of several labellings (customers,).

    None where there are fewer than two segments, or none of two customers. The distances between all pairs are taken
    once for all labellings. Source: Rousseeuw 1987, "Silhouettes", section 2; a customer alone in a segment counts 0,
    as in scikit-learn.
    """
    from scipy.spatial.distance import cdist

    members = [label[:, np.newaxis] == np.unique(label) for label in labels]
    totals = cdist(X, X) @ np.concatenate(members, axis=1, dtype=float)
    ends = np.cumsum([member.shape[1] for member in members])
    pairs = zip(members, np.split(totals, ends[:-1], axis=1), strict=True)
    return [_mean_silhouette(member, total) for member, total in pairs]


def _mean_silhouette(member: np.ndarray, total: np.ndarray) -> float | None:
    """The mean silhouette from two arrays of shape (customers, segments).

    `member` says which customer is in which segment, `total` how far a customer is from all customers of a segment
    together.
    """
    size = member.sum(axis=0)
    if not 2 <= len(size) < len(member):
        return None
    companions = (member * (size - 1)).sum(axis=1)
    within = total[member] / np.maximum(companions, 1)
    nearest = np.where(member, np.inf, total / size).min(axis=1)
    wider = np.maximum(within, nearest)
    width = np.divide(nearest - within, wider, out=np.zeros_like(within), where=(wider > 0) & (companions > 0))
    return float(width.mean())
