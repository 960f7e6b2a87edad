"""Caveats: what a reader of the segments must know before acting on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SMALL = 0.01  # share of the customers below which a segment is hardly worth a campaign
CORRELATED = 0.9  # two features beyond tell one thing twice, and K-means listens to it twice
FENCE = 1.5  # interquartile ranges beyond the quartiles: outside of it lie outliers (Tukey 1977, section 2D)
SCATTERED = 0.3  # of the distance to the next centre: an even spread cut in two has 0.29, a heavy tail more
STABLE = ("stable", "highly stable")  # words of reports/stability.json


@dataclass(frozen=True)
class Caveat:
    """What is doubtful, and in which segment."""

    kind: str
    text: str
    segment: int | None = None


def small(sizes: Sequence[int], numbers: Sequence[int]) -> list[Caveat]:
    """Segments, with these sizes and numbers, below SMALL of the customers."""
    total = sum(sizes)
    return [
        Caveat("small", f"segment {number} holds {size:,} customers only, {size / total:.2%} of all", number)
        for number, size in zip(numbers, sizes, strict=True)
        if size < SMALL * total
    ]


def outliers(X: np.ndarray, label: np.ndarray, names: Sequence[str], numbers: Sequence[int]) -> list[Caveat]:
    """Segments of customers who have little in common but extreme values.

    `X` are the scaled features (customers, features), `label` (0..k-1) has shape (customers,), `numbers` are those of
    the k segments. Most of such a segment's customers lie beyond FENCE, and they are few, or spread further towards the
    next segment (their standard deviation along the line between the centres) than groups that stand apart do.
    """
    lower, upper = np.quantile(X, [0.25, 0.75], axis=0)
    wide = upper > lower  # else most have one value, and any other would be extreme
    out = wide & (np.maximum(lower - X, X - upper) > FENCE * (upper - lower))
    members = [label == number for number in range(len(numbers))]
    centres = np.array([X[member].mean(axis=0) if member.any() else np.full(X.shape[1], np.inf) for member in members])
    found = []
    for place, (number, member) in enumerate(zip(numbers, members, strict=True)):
        if not member.any() or out[member].any(axis=1).mean() <= 0.5:
            continue
        if member.mean() < SMALL or _spread(X[member], np.delete(centres, place, axis=0)) > SCATTERED:
            column = names[int(out[member].mean(axis=0).argmax())]
            text = f"segment {number} rests on outliers: most of its customers are extreme, above all in '{column}'"
            mend = "a transform such as log1p, or preprocess.clip, draws them in"
            found.append(Caveat("outliers", f"{text}; {mend}", number))
    return found


def _spread(X: np.ndarray, others: np.ndarray) -> float:
    """The standard deviation of rows towards the next of other centres, by the distance to it; 0 without another."""
    way = others - X.mean(axis=0)
    squared = (way**2).sum(axis=1)
    if not np.isfinite(squared).any():
        return 0.0
    return float((X @ way[squared.argmin()]).std() / squared.min())


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
    return [Caveat("overridden", f"K = {k} was set by hand (cluster.k); the elbow recommends {elbow['k']}")]


def unstable(found: Mapping[str, Any]) -> list[Caveat]:
    """Segments of the stability report that other customers would not give, or of which that is unknown."""
    doubts = []
    for one in found["segments"]:
        number, mean = one["segment"], one["jaccard"]
        if mean is None:
            doubts.append(Caveat("unstable", f"whether segment {number} is stable is unknown: it is too small", number))
        elif one["stability"] not in STABLE:
            text = f"segment {number} is {one['stability']}: other customers would give another"
            doubts.append(Caveat("unstable", text, number))
    return doubts
