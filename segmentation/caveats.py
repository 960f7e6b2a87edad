"""Caveats: what a reader of the segments must know before acting on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SMALL = 0.01  # share of the customers below which a segment is hardly worth a campaign
CORRELATED = 0.9  # two features beyond tell one thing twice, and K-means listens to it twice
FENCE = 1.5  # interquartile ranges beyond the quartiles: outside of it lie outliers (Tukey 1977, section 2D)
SCATTERED = 0.6  # times the distance to the next centre: groups that stand apart spread less


@dataclass(frozen=True)
class Caveat:
    """What is doubtful, and in which segment."""

    kind: str
    text: str
    segment: int | None = None


def small(sizes: Sequence[int]) -> list[Caveat]:
    """Segments below SMALL of the customers."""
    total = sum(sizes)
    return [
        Caveat("small", f"segment {number} holds {size:,} customers only, {size / total:.2%} of all", number)
        for number, size in enumerate(sizes, 1)
        if size < SMALL * total
    ]


def outliers(X: np.ndarray, label: np.ndarray, names: Sequence[str], k: int) -> list[Caveat]:
    """Segments of customers who have little in common but extreme values.

    `X` are the scaled features (customers, features), `label` (0..k-1) has shape (customers,). Most of such a
    segment's customers lie beyond FENCE, and they are few, or spread nearly as far as the next segment is.
    """
    lower, upper = np.quantile(X, [0.25, 0.75], axis=0)
    out = np.maximum(lower - X, X - upper) > FENCE * (upper - lower)
    members = [label == number for number in range(k)]
    centres = np.array([X[member].mean(axis=0) if member.any() else np.full(X.shape[1], np.inf) for member in members])
    found = []
    for number, member in enumerate(members, 1):
        if not member.any() or out[member].any(axis=1).mean() <= 0.5:
            continue
        spread = np.sqrt(((X[member] - centres[number - 1]) ** 2).sum(axis=1).mean())
        apart = np.sqrt(((np.delete(centres, number - 1, axis=0) - centres[number - 1]) ** 2).sum(axis=1))
        if member.mean() < SMALL or spread > SCATTERED * apart.min(initial=np.inf):
            column = names[int(out[member].mean(axis=0).argmax())]
            text = f"segment {number} rests on outliers: most of its customers are extreme, above all in '{column}'"
            mend = "a transform such as log1p, or preprocess.clip, draws them in"
            found.append(Caveat("outliers", f"{text}; {mend}", number))
    return found


def correlated(X: np.ndarray, names: Sequence[str]) -> list[Caveat]:
    """Groups of scaled features, `X` of shape (customers, features), that correlations beyond CORRELATED connect."""
    from scipy.sparse.csgraph import connected_components

    if len(names) < 2 or len(X) < 2:
        return []
    strength = np.abs(np.corrcoef(X, rowvar=False)).round(6)
    count, group = connected_components(strength > CORRELATED, directed=False)
    found = []
    for number in range(count):
        together = np.flatnonzero(group == number)
        if len(together) > 1:
            within = strength[np.ix_(together, together)]
            told = ", ".join(f"'{names[feature]}'" for feature in together)
            text = f"features {told} correlate (up to {np.triu(within, 1).max():.2f}), so what they share counts double"
            found.append(Caveat("correlated", f"{text}: leave out all but one of them"))
    return found


def overridden(elbow: Mapping[str, Any], k: int) -> list[Caveat]:
    """A number of segments that is not the one the elbow step recommends."""
    if k == elbow["k"]:
        return []
    return [Caveat("overridden", f"cluster.k is {k} by hand; elbow recommends {elbow['k']} ({elbow['verdict']})")]


def unstable(found: Mapping[str, Any], stable: float) -> list[Caveat]:
    """Segments of the stability report whose mean Jaccard similarity is below `stable`, or unknown."""
    return [
        Caveat(
            "unstable",
            f"segment {one['segment']} is {one['stability']}: other customers would give another",
            one["segment"],
        )
        for one in found["segments"]
        if one["jaccard"] is None or one["jaccard"] < stable
    ]
