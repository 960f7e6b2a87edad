"""Stability: whether each segment comes back on resampled customers, and under its name."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from segmentation.features import assignment
from segmentation.kmeans import restarts
from segmentation.kmeans.distinct import count_distinct
from segmentation.pipeline import engine

RESTARTS = 3  # of each fit, so that what changes is due to the customers and not to an unlucky start
SPLITS = 20  # into halves: their mean is then known to about 0.01
DECIMALS = 2  # of the figures: 100 resamples know them no better, and so the word of a figure is that of what is shown
RESAMPLE, SPLIT = 4, 5  # purposes that key the draws, with seed and number
# What a mean Jaccard similarity says, from each bound on; 0.5 itself is still dissolved.
BANDS = {"dissolved": 0, "not to be trusted": 0.5, "doubtful": 0.6, "stable": 0.75, "highly stable": 0.85}
UNKNOWN = "not in the sample"
Namer = Callable[[Mapping[str, np.ndarray], np.ndarray, int], list[str]]  # of columns, clusters 0..m-1 (customers,), m


@dataclass(frozen=True)
class Sample:
    """Customers to draw from."""

    X: np.ndarray  # scaled features, shape (customers, features), rows in lexicographic order
    value: np.ndarray  # the value column, NaN where unknown, shape (customers,)
    columns: Mapping[str, np.ndarray]  # those that names speak of, in original units, NaN where missing: (customers,)

    @classmethod
    def ordered(cls, X: np.ndarray, value: np.ndarray, columns: Mapping[str, np.ndarray]) -> "Sample":
        """The sample in an order that does not depend on that of the customers."""
        return cls(X, value, columns).take(np.lexsort([value, *columns.values(), *X.T[::-1]]))

    def take(self, rows: np.ndarray) -> "Sample":
        """The customers in these rows."""
        return Sample(self.X[rows], self.value[rows], {name: column[rows] for name, column in self.columns.items()})


def jaccard(segment: np.ndarray, cluster: np.ndarray, k: int, m: int) -> np.ndarray:
    """The Jaccard similarity of each segment and each cluster: customers in both over customers in either, (k, m).

    `segment` (0..k-1) and `cluster` (0..m-1) have shape (customers,). Where neither has a customer it is 0.
    """
    intersection = np.bincount(segment * m + cluster, minlength=k * m).reshape(k, m)
    union = intersection.sum(axis=1, keepdims=True) + intersection.sum(axis=0) - intersection
    return intersection / np.maximum(union, 1)


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
    namer: Namer,
    resamples: int,
    seed: int,
    pool: Executor,
) -> tuple[np.ndarray, np.ndarray]:
    """How similar each segment is to the most similar cluster of each bootstrap sample, and whether it keeps its name.

    `centres` (k, features) and `names` are those of the segments; `namer` names the clusters. A bootstrap sample draws
    as many customers as there are, with replacement, and each customer drawn counts once, as in fpc. Returns two arrays
    of shape (resamples, k): the Jaccard similarity, and 1 where the most similar cluster has the segment's name, else
    0; both NaN where no customer of the segment was drawn. Source: Hennig 2007, "Cluster-wise assessment of cluster
    stability".
    """
    segment, _, _ = assignment.nearest(sample.X, centres)
    task = partial(resample, sample=sample, segment=segment, names=names, namer=namer, seed=seed)
    resampled = engine.each(pool, task, range(resamples), doing="resamples", of="resample")
    similarity, kept = zip(*resampled, strict=True)
    return np.array(similarity), np.array(kept)


def resample(
    number: int,
    sample: Sample,
    segment: np.ndarray,
    names: Sequence[str],
    namer: Namer,
    seed: int,
) -> tuple[np.ndarray, np.ndarray]:
    """As `bootstrap`, of the resample of this number: two arrays of shape (k,).

    `segment` (0..k-1), of shape (customers,), has the segment of each customer in the sample.
    """
    key, k = (RESAMPLE, seed, number), len(names)
    draws = np.random.default_rng(np.random.SeedSequence(key)).integers(len(segment), size=len(segment))
    rows = np.unique(draws)
    sample, segment = sample.take(rows), segment[rows]
    cluster = _clusters(sample, k, (*key, 1))
    m = int(cluster.max()) + 1
    similarity = jaccard(segment, cluster, k, m)
    new_names = namer(sample.columns, cluster, m)
    kept = [new_names[match] == name for match, name in zip(similarity.argmax(axis=1), names, strict=True)]
    is_drawn = np.bincount(segment, minlength=k) > 0
    return np.where(is_drawn, similarity.max(axis=1), np.nan), np.where(is_drawn, kept, np.nan)


def _clusters(sample: Sample, k: int, key: Sequence[int]) -> np.ndarray:
    """New clusters, at most k, numbered from 0 as segments are from 1; none is empty: shape (customers,)."""
    label, _, _ = assignment.nearest(sample.X, _centres(sample.X, k, key))
    _, label = np.unique(label, return_inverse=True)
    size, known, value = assignment.worth(label, sample.value, int(label.max()) + 1)
    return np.argsort(assignment.by_value(size, known, value))[label]


def _centres(X: np.ndarray, k: int, key: Sequence[int]) -> np.ndarray:
    """The centres of rows in lexicographic order: as many as there are distinct rows, and at most k."""
    centres, _ = restarts.fit(X, min(k, count_distinct(X)), RESTARTS, key)
    return assignment.published(centres)


def agreement(X: np.ndarray, k: int, seed: int, pool: Executor) -> float:
    """How far fits on two random halves of the customers agree on all of them: the mean adjusted Rand index.

    `X` has shape (customers, features), rows in lexicographic order. Each half is fitted, and all customers are placed
    by the centres of both. The index is 1 where both always agree and about 0 where they agree only by chance.
    """
    task = partial(_split, X=X, k=k, seed=seed)
    return float(np.mean(list(engine.each(pool, task, range(SPLITS), doing="halves", of="split"))))


def _split(number: int, X: np.ndarray, k: int, seed: int) -> float:
    key = (SPLIT, seed, number)
    order = np.random.default_rng(np.random.SeedSequence(key)).permutation(len(X))
    labels = []
    for turn, half in enumerate(np.array_split(order, 2), 1):
        label, _, _ = assignment.nearest(X, _centres(X[np.sort(half)], k, (*key, turn)))
        labels.append(label)
    return adjusted_rand(*labels)


def adjusted_rand(one: np.ndarray, other: np.ndarray) -> float:
    """How far two labellings (customers,) put the same pairs of customers together: 1 for always, 0 for by chance.

    Source: Hubert and Arabie 1985, "Comparing partitions", equation 5; scikit-learn's takes half a second to load.
    """
    table = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(table, (one, other), 1)
    together, by_one, by_other, pairs = (
        (counts * (counts - 1)).sum() / 2
        for counts in (table, table.sum(axis=1), table.sum(axis=0), np.array([len(one)]))
    )
    chance, most = by_one * by_other / pairs, (by_one + by_other) / 2
    return float((together - chance) / (most - chance)) if most != chance else 1.0


def summarise(similarity: np.ndarray, kept: np.ndarray, names: Sequence[str], numbers: Sequence[int]) -> dict[str, Any]:
    """What the resamples say of each segment; `similarity` and `kept` are those of `bootstrap`.

    Returns the lowest figures of all segments (`lowest_jaccard`, `lowest_stability`, `lowest_name_kept`) and
    `segments`, in the order of their numbers: `segment`, `name`, `jaccard` (the mean over the resamples), `jaccard_p10`
    and `jaccard_p90` (its 10 % and 90 % quantiles), `stability` (see `word`) and `name_kept`, the share of resamples.
    Figures of a segment without a customer in any resample are NaN.
    """
    segments = []
    for position, (number, name) in enumerate(zip(numbers, names, strict=True)):
        is_drawn = ~np.isnan(similarity[:, position])
        drawn, same_name = similarity[is_drawn, position], kept[is_drawn, position]
        mean = low = high = share = np.nan
        if len(drawn):
            figures = (drawn.mean(), *np.quantile(drawn, [0.1, 0.9]), same_name.mean())
            mean, low, high, share = (round(float(figure), DECIMALS) for figure in figures)
        spread = {"jaccard": mean, "jaccard_p10": low, "jaccard_p90": high}
        segments.append({"segment": number, "name": name, **spread, "stability": word(mean), "name_kept": share})
    lowest = float(np.nanmin([segment["jaccard"] for segment in segments]))
    return {
        "lowest_jaccard": lowest,
        "lowest_stability": word(lowest),
        "lowest_name_kept": float(np.nanmin([segment["name_kept"] for segment in segments])),
        "segments": segments,
    }
