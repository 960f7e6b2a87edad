"""Internal indices of a clustering."""

from collections.abc import Sequence

import numpy as np

SILHOUETTE_ROWS = 10_000  # all pairs of more would take minutes


def indices(
    centres: np.ndarray, sizes: np.ndarray, distances: np.ndarray, inertia: float, are_means: bool
) -> dict[str, float | None]:
    """Calinski-Harabasz (higher is better) and Davies-Bouldin (lower is better); null where they have no meaning.

    `centres` have shape (k, features), `sizes` and `distances` (k,) are the number of their customers and the sum of
    these' distances to the centre, `inertia` is the sum of squared ones. Both indices speak of centres
    that `are_means` of their customers. Sources: Caliński and Harabasz 1974; Davies and Bouldin 1979.
    As scikit-learn's metrics, from sums that parts of a table add up to.
    """
    k, customers = len(centres), int(np.sum(sizes))
    found: dict[str, float | None] = dict.fromkeys(("calinski_harabasz", "davies_bouldin"))
    if not (are_means and 2 <= k < customers):
        return found
    between = float((sizes * ((centres - sizes @ centres / customers) ** 2).sum(axis=1)).sum())
    found["calinski_harabasz"] = between * (customers - k) / (inertia * (k - 1)) if inertia else None
    apart = np.sqrt(((centres[:, np.newaxis] - centres) ** 2).sum(axis=2))
    np.fill_diagonal(apart, np.inf)
    spread = distances / sizes
    found["davies_bouldin"] = float(((spread[:, np.newaxis] + spread) / apart).max(axis=1).mean())
    return found


def step(customers: int) -> int:
    """Every how-many-th customer the silhouette is taken of."""
    return -(-customers // SILHOUETTE_ROWS)


def silhouette(X: np.ndarray, label: np.ndarray) -> dict[str, float | int | None]:
    """The mean silhouette (higher is better) of a sample, by scikit-learn, and how many customers it holds.

    `X` has shape (customers, features), `label` (customers,). Null unless there are at least two segments and a
    segment of two.
    """
    from sklearn import config_context, metrics

    found = None
    if 2 <= len(np.unique(label)) < len(label):
        with config_context(working_memory=64):  # in MiB: small blocks of pairs stay in the processor's cache
            found = float(metrics.silhouette_score(X, label))
    return {"silhouette": found, "silhouette_customers": len(label)}


def silhouettes(X: np.ndarray, labels: Sequence[np.ndarray]) -> list[float | None]:
    """The mean silhouette of `X` (customers, features) under each of several labellings (customers,).

    Null where fewer than two segments, or none of two customers, are there. All pairs are taken once for all. Source:
    Rousseeuw 1987, "Silhouettes", section 2; a customer alone in a segment counts 0, as in scikit-learn.
    """
    from scipy.spatial.distance import cdist

    members = [label[:, np.newaxis] == np.unique(label) for label in labels]
    totals = cdist(X, X) @ np.concatenate(members, axis=1, dtype=float)
    ends = np.cumsum([member.shape[1] for member in members])
    return [_silhouette(*one) for one in zip(members, np.split(totals, ends[:-1], axis=1), strict=True)]


def _silhouette(member: np.ndarray, total: np.ndarray) -> float | None:
    """From who is in which segment and the sums of each one's distances to all in it, both (customers, segments)."""
    size = member.sum(axis=0)
    if not 2 <= len(size) < len(member):
        return None
    companions = (member * (size - 1)).sum(axis=1)
    own = total[member] / np.maximum(companions, 1)
    other = np.where(member, np.inf, total / size).min(axis=1)
    wider = np.maximum(own, other)
    width = np.divide(other - own, wider, out=np.zeros_like(own), where=(wider > 0) & (companions > 0))
    return float(width.mean())
