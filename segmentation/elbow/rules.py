"""The elbow of the inertia curve: where it bends, whether more than by chance, and what other rules say of K."""

from collections.abc import Mapping, Sequence

import numpy as np

CLEAR = 4.0  # standard deviations: a shallower valley between two segments makes their elbow a weak one
Table = Mapping[str, np.ndarray]  # criteria by name, each of shape (ks,), NaN where it has no meaning


def choices(ks: Sequence[int], table: Table, groups: int) -> dict[str, int | None]:
    """The K that each rule chooses from a table of criteria; None where a rule has no answer.

    `groups` is the number of groups of customers that stand apart (see `valleys.search`): the calibrated rule takes so
    many segments, as far as `ks` reach; one where there are none.
    """
    return {
        "calibrated": min(max(groups, ks[0]), ks[-1]) if groups > 1 else 1,
        "kneedle": locate(ks, table["inertia"]),
        "silhouette": _highest(ks, table["silhouette"]),
        "calinski_harabasz": _highest(ks, table["calinski_harabasz"]),
        "davies_bouldin": _highest(ks, -np.asarray(table["davies_bouldin"])),
        "gap": _first_gap(ks, table["gap"], table["gap_error"]),
    }


def verdict(ks: Sequence[int], apart: Mapping[int, tuple[int, float]]) -> str:
    """Whether the customers have an elbow within `ks`: `clear`, `weak` or `none`.

    `apart` is that of `valleys.search`. None where no two groups stand apart; weak where the shallowest valley between
    two of them is shallower than CLEAR, or their number moves with the largest K or lies outside `ks`.
    """
    groups, depth = apart[ks[-1]]
    if groups < 2:
        return "none"
    stays = len({found for found, _ in apart.values()}) == 1
    return "clear" if depth >= CLEAR and stays and groups in ks else "weak"


def locate(ks: Sequence[int], inertia: Sequence[float]) -> int | None:
    """The K at which the curve bends most, by Kneedle; None where it does not bend.

    Source: Satopaa, Albrecht, Irwin, Raghavan 2011, "Finding a Kneedle in a Haystack", by way of kneed.
    """
    from kneed import KneeLocator

    if len(ks) < 3 or inertia[0] == inertia[-1]:
        return None
    knee = KneeLocator(ks, inertia, curve="convex", direction="decreasing").knee
    return None if knee is None else int(knee)


def _highest(ks: Sequence[int], criterion: np.ndarray) -> int | None:
    return None if np.isnan(criterion).all() else int(ks[np.nanargmax(criterion)])


def _first_gap(ks: Sequence[int], gap: np.ndarray, error: np.ndarray) -> int | None:
    """The smallest K whose gap the next does not exceed by an error: Tibshirani et al. 2001, section 4, step 3."""
    enough = np.flatnonzero(gap[:-1] >= gap[1:] - error[1:])
    return int(ks[enough[0]]) if len(enough) else None


def variance_explained(customers: int, features: int, inertia: Sequence[float]) -> list[float]:
    """The share of the variance of so many standardised features that lies between the segments, for each inertia."""
    return [round(1 - remaining / (customers * features), 6) + 0.0 for remaining in inertia]
