"""Stability: whether each segment comes back on resampled customers, and under its name."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from segmentation.features import assignment
from segmentation.kmeans import restarts
from segmentation.pipeline import engine
from segmentation.pipeline.outputs import significant

RESTARTS = 3  # of each fit, so that what changes is due to the customers and not to an unlucky start
SPLITS = 20  # into halves: their mean is then known to about 0.01
RESAMPLE, SPLIT = 4, 5  # purposes that key the draws, with seed and number
# What a mean Jaccard similarity says, from each bound on; 0.5 itself is still dissolved.
BANDS = {"dissolved": 0, "not to be trusted": 0.5, "doubtful": 0.6, "stable": 0.75, "highly stable": 0.85}
UNKNOWN = "not in the sample"
Name = Callable[[Mapping[str, np.ndarray], np.ndarray, int], list[str]]


@dataclass(frozen=True)
class Sample:
    """Customers to draw from."""

    X: np.ndarray  # scaled features, shape (customers, features), rows in lexicographic order
    value: np.ndarray  # of the value column, NaN where unknown, shape (customers,)
    columns: Mapping[str, np.ndarray]  # by which segments are named, in original units, NaN where missing: (customers,)

    @classmethod
    def ordered(cls, X: np.ndarray, value: np.ndarray, columns: Mapping[str, np.ndarray]) -> "Sample":
        """The sample in an order that does not depend on that of the customers."""
        return cls(X, value, columns).take(np.lexsort([value, *columns.values(), *X.T[::-1]]))

    def take(self, rows: np.ndarray) -> "Sample":
        """The customers in these rows."""
        return Sample(self.X[rows], self.value[rows], {name: column[rows] for name, column in self.columns.items()})


def jaccard(segment: np.ndarray, cluster: np.ndarray, k: int, m: int) -> np.ndarray:
    """The share of the customers in a segment or a cluster who are in both, for each pair: shape (k, m).

    `segment` (0..k-1) and `cluster` (0..m-1) have shape (customers,). Where neither has a customer it is 0.
    """
    both = np.bincount(segment * m + cluster, minlength=k * m).reshape(k, m)
    either = both.sum(axis=1, keepdims=True) + both.sum(axis=0) - both
    return both / np.maximum(either, 1)


def word(mean: float) -> str:
    """What a mean Jaccard similarity over bootstrap samples says of a segment, in words.

    Source: the documentation of clusterboot in R's fpc, by Hennig; dissolved as in Hennig 2008, "Dissolution point and
    isolation robustness".
    """
    if np.isnan(mean):
        return UNKNOWN
    if mean <= BANDS["not to be trusted"]:
        return "dissolved"
    return [name for name, bound in BANDS.items() if mean >= bound][-1]


def bootstrap(
    sample: Sample,
    centres: np.ndarray,
    names: Sequence[str],
    name: Name,
    resamples: int,
    seed: int,
    compiled: bool,
    pool: Executor,
) -> tuple[np.ndarray, np.ndarray]:
    """How like each segment is to the most similar cluster of each bootstrap sample, and whether that has its name.

    `centres` (k, features) and `names` are those of the segments; `name` names new clusters: it takes the columns, the
    cluster (0..m-1) of each customer, and m. A bootstrap sample holds the customers who are drawn at least once when as
    many are drawn as there are. Returns two arrays of shape (resamples, k): the Jaccard similarity, and 1 for a name
    that is kept or 0; NaN where no customer of the segment was drawn. Source: Hennig 2007, "Cluster-wise assessment of
    cluster stability"; each customer counts once, as in fpc.
    """
    segment, _, _ = assignment.nearest(sample.X, centres)
    task = partial(_resample, sample=sample, segment=segment, names=names, name=name, seed=seed, compiled=compiled)
    found = list(engine.each(pool, task, range(resamples), doing="resamples", of="resample"))
    alike, kept = map(np.array, zip(*found, strict=True))
    return alike, kept


def _resample(
    number: int,
    sample: Sample,
    segment: np.ndarray,
    names: Sequence[str],
    name: Name,
    seed: int,
    compiled: bool,
) -> tuple[np.ndarray, np.ndarray]:
    key, k = (RESAMPLE, seed, number), len(names)
    draws = np.random.default_rng(np.random.SeedSequence(key)).integers(len(segment), size=len(segment))
    drawn = np.unique(draws)
    sample, segment = sample.take(drawn), segment[drawn]
    cluster = _clusters(sample, k, (*key, 1), compiled)
    m = int(cluster.max()) + 1
    alike = jaccard(segment, cluster, k, m)
    given = name(sample.columns, cluster, m)
    kept = [given[nearest] == own for nearest, own in zip(alike.argmax(axis=1), names, strict=True)]
    there = np.bincount(segment, minlength=k) > 0
    return np.where(there, alike.max(axis=1), np.nan), np.where(there, kept, np.nan)


def _clusters(sample: Sample, k: int, key: Sequence[int], compiled: bool) -> np.ndarray:
    """New clusters, at most k, numbered from 0 as segments are from 1; none is empty: shape (customers,)."""
    label, _, _ = assignment.nearest(sample.X, _fit(sample.X, k, key, compiled))
    _, label = np.unique(label, return_inverse=True)
    order = assignment.by_value(*assignment.worth(label, sample.value, int(label.max()) + 1))
    return np.argsort(order)[label]


def _fit(X: np.ndarray, k: int, key: Sequence[int], compiled: bool) -> np.ndarray:
    """The centres of rows in lexicographic order: as many as there are distinct rows, and at most k."""
    distinct = 1 + int(np.any(X[1:] != X[:-1], axis=1).sum())
    centres, _ = restarts.best(X, min(k, distinct), RESTARTS, key, compiled)
    return assignment.published(centres)


def agreement(X: np.ndarray, k: int, seed: int, compiled: bool, pool: Executor) -> float:
    """The mean adjusted Rand index, by scikit-learn, of what two random halves of the customers say of all of them.

    `X` has shape (customers, features), rows in lexicographic order. Each half is fitted, and all customers are placed
    by the centres of both: 1 where they always agree, about 0 where only by chance. Source: Hubert and Arabie 1985.
    """
    task = partial(_split, X=X, k=k, seed=seed, compiled=compiled)
    return float(np.mean(list(engine.each(pool, task, range(SPLITS), doing="halves", of="split"))))


def _split(number: int, X: np.ndarray, k: int, seed: int, compiled: bool) -> float:
    from sklearn.metrics import adjusted_rand_score

    key = (SPLIT, seed, number)
    order = np.random.default_rng(np.random.SeedSequence(key)).permutation(len(X))
    placed = []
    for turn, half in enumerate(np.array_split(order, 2), 1):
        centres = _fit(X[np.sort(half)], k, (*key, turn), compiled)
        placed.append(assignment.nearest(X, centres)[0])
    return adjusted_rand_score(*placed)


def summarise(alike: np.ndarray, kept: np.ndarray, names: Sequence[str], numbers: Sequence[int]) -> dict[str, Any]:
    """What the resamples say of each segment; `alike` and `kept` are those of `bootstrap`.

    Returns the lowest figures of all segments (`lowest_jaccard`, `lowest_stability`, `lowest_name_kept`) and
    `segments`, in the order of their numbers: `segment`, `name`, `jaccard` (the mean), `jaccard_p10` and `jaccard_p90`
    (10 % of the resamples lie below the one, above the other), `stability` (see `word`) and `name_kept`, the share of
    resamples. Figures of a segment of which no customer was ever drawn are NaN.
    """
    segments = []
    for number, name, own, same in zip(numbers, names, alike.T, kept.T, strict=True):
        own, same = own[~np.isnan(own)], same[~np.isnan(same)]
        figures = [own.mean(), *np.quantile(own, [0.1, 0.9]), same.mean()] if len(own) else [np.nan] * 4
        mean, low, high, share = map(significant, figures)
        spread = {"jaccard": mean, "jaccard_p10": low, "jaccard_p90": high}
        segments.append({"segment": number, "name": name, **spread, "stability": word(mean), "name_kept": share})
    lowest = float(np.nanmin([one["jaccard"] for one in segments]))
    return {
        "lowest_jaccard": lowest,
        "lowest_stability": word(lowest),
        "lowest_name_kept": float(np.nanmin([one["name_kept"] for one in segments])),
        "segments": segments,
    }
