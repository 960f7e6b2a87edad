"""Internal indices of a clustering."""

from collections.abc import Sequence
from concurrent.futures import Executor
from functools import partial

import numpy as np

from segmentation.pipeline import progress

SILHOUETTE_ROWS = 10_000  # all pairs of more would take minutes
BLOCK = 128  # customers whose distances to all others are held at once, in the cache of the processor


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


@progress.phase("silhouettes")
def silhouettes(X: np.ndarray, labels: Sequence[np.ndarray], pool: Executor) -> list[float | None]:
    """The mean silhouette of `X` (customers, features), higher is better, under each of some labellings (customers,).

    None where there are fewer than two segments, or none of two customers. The distances between all pairs are taken
    once for all labellings, on the threads of `pool`. Source: Rousseeuw 1987, "Silhouettes", section 2; a customer
    alone in a segment counts 0, as in scikit-learn.
    """
    members = [label[:, np.newaxis] == np.unique(label) for label in labels]
    starts = range(0, len(X), BLOCK)
    side_by_side = np.concatenate(members, axis=1, dtype=float)
    widths = sum(pool.map(partial(_widths, X=X, members=members, side_by_side=side_by_side), starts))
    meant = [2 <= member.shape[1] < len(X) for member in members]
    return [float(width / len(X)) if has_meaning else None for width, has_meaning in zip(widths, meant, strict=True)]


def _widths(start: int, X: np.ndarray, members: Sequence[np.ndarray], side_by_side: np.ndarray) -> np.ndarray:
    """The sums of the silhouettes of a block of customers under each labelling, shape (labellings,).

    `members` are arrays of shape (customers, segments) that say which customer is in which segment.
    """
    from scipy.spatial.distance import cdist

    block = slice(start, start + BLOCK)
    totals = cdist(X[block], X) @ side_by_side
    ends = np.cumsum([member.shape[1] for member in members])
    pairs = zip(members, np.split(totals, ends[:-1], axis=1), strict=True)
    return np.array([_sum_of_widths(member[block], member.sum(axis=0), total) for member, total in pairs])


def _sum_of_widths(member: np.ndarray, size: np.ndarray, total: np.ndarray) -> float:
    """The sum of the silhouettes of some customers, from two arrays of shape (customers, segments).

    `member` says which customer is in which segment, `total` how far a customer is from all customers of a segment
    together; `size` (segments,) are the numbers of all customers in each.
    """
    companions = (member * (size - 1)).sum(axis=1)
    within = total[member] / np.maximum(companions, 1)
    nearest = np.where(member, np.inf, total / size).min(axis=1)
    wider = np.maximum(within, nearest)
    apart = (wider > 0) & (companions > 0) & np.isfinite(nearest)
    return float(np.divide(nearest - within, wider, out=np.zeros_like(within), where=apart).sum())
