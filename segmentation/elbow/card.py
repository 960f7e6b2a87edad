"""The decision card: what speaks for each K."""

import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np

from segmentation.elbow import cut, groups, mixtures, null
from segmentation.elbow.cut import Cut
from segmentation.elbow.groups import Groups
from segmentation.elbow.null import Comparison
from segmentation.elbow.rules import Table
from segmentation.features import assignment
from segmentation.kmeans import quality
from segmentation.kmeans.exact import Fit
from segmentation.kmeans.stability import Sample
from segmentation.kmeans.sweep import Draw

SAMPLE = 4_000  # customers among whom valleys are looked for: a segment of 1 % has forty
PER_SEGMENT = 110  # customers for each segment that there may be, where that makes more: each cell then has some fifty
CURVES = 2_000  # of them for curves of the inertia, which are fitted many times over
PAIRS = 1_500  # of them for silhouettes, whose time grows with the square of their number
FEW = 1_000  # of them for stability at each K
RANGE = 2  # k_max is moved by so much to see whether the answer moves
DRAWS = 5  # samples, each with restarts of its own, so that no answer hangs on one
RESAMPLES = 10  # for each K: enough to tell a segment that comes back from one that does not
BAND = 2  # spreads of the reference curves on either side, as errors are drawn


@dataclass(frozen=True)
class Evidence:
    """What a sample of the customers says of each K, up to RANGE above the largest that was asked for."""

    ks: range
    table: Table  # inertia and the criteria of the rules
    groups_by_k_max: Mapping[int, Groups]  # see groups.count
    groups_by_draw: Sequence[Groups]  # with the largest K that was asked for
    compared: Comparison  # at `ks`, of CURVES customers
    cut: Cut
    beyond_null_at_cut: float  # see null.beyond; NaN for a single feature


def gather(drawn: Draw, centres: Mapping[int, np.ndarray], pool: Executor) -> Evidence:
    """Gathers the evidence from samples of the customers, which are the same for the same customers.

    `centres` are those of the fits of all customers at each K.
    """
    first, last = min(centres), max(centres)
    ks = range(first, last + RANGE + 1)
    k_maxes = [k for k in (last - RANGE, last, last + RANGE) if k == last or k >= max(2, first)]
    samples = [drawn.sample(max(SAMPLE, PER_SEGMENT * last), number) for number in range(DRAWS)]
    draws = [drawn.sample(CURVES, number) for number in range(DRAWS)]
    few = drawn.sample(FEW, 0)
    sample = Sample.ordered(few, np.full(len(few), np.nan), {})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Number of distinct clusters")  # inertia shows it
        warnings.filterwarnings("ignore", "Best performing initialization")  # a mixture that is no good fit
        groups_by_k_max, groups_by_draw = groups.count(samples, k_maxes, drawn.customers <= mixtures.MOST, pool)
        bend = cut.find(draws, sample, pool)
        compared = null.compare(draws[0], sorted({*ks, *cut.KS}), pool)
        lowest = [cut.judge_stability(sample, places, RESAMPLES, pool).lowest_jaccard for places in centres.values()]
    at_ks = compared.at(ks)
    table = at_ks.criteria() | {"stability": np.array(lowest)}
    table |= _indices(drawn.sample(PAIRS, 0), {**at_ks.centres, **centres}, pool)
    return Evidence(
        ks=ks,
        table=table,
        compared=at_ks,
        groups_by_k_max=groups_by_k_max,
        groups_by_draw=[draw[last] for draw in groups_by_draw],
        cut=bend,
        beyond_null_at_cut=float(compared.at([bend.k]).criteria()["beyond_null"][0]),
    )


def _indices(X: np.ndarray, centres: Mapping[int, np.ndarray], pool: Executor) -> dict[str, np.ndarray]:
    """Three indices of `X` (customers, features) at each K, as if the centres were the means of these customers."""
    labels, indices = [], []
    for places in centres.values():
        label, distance, _ = assignment.nearest(X, places)
        sizes = np.bincount(label, minlength=len(places))
        distances = np.bincount(label, distance, len(places))
        indices.append(quality.indices(places, sizes, distances, (distance**2).sum(), are_means=sizes.all()))
        labels.append(label)
    return {"silhouette": np.array(quality.silhouettes(X, labels, pool), dtype=float)} | _columns(indices)


def _columns(rows: list[dict[str, float | None]]) -> dict[str, np.ndarray]:
    """The indices of each K as columns of the card, NaN where there is none."""
    return {name: np.array([row[name] for row in rows], dtype=float) for name in rows[0]}


def criteria(
    ks: range,
    fits: Mapping[int, Fit],
    total: float,
    evidence: Evidence,
) -> dict[str, np.ndarray]:
    """The criteria of each K, each of shape (ks,): the decision card.

    Silhouette, gap, null and stability are those of the sample that `evidence` was gathered from, all else is of all
    customers. `total` is the inertia of one segment. The null starts there and falls as the curve of the references
    does; its band reaches BAND standard deviations to either side.
    """
    sample = {name: criterion[: len(ks)] for name, criterion in evidence.table.items()}
    fall = evidence.compared.null[:, 1 : 1 + len(ks)] - evidence.compared.null[:, :1]
    mean, spread = fall.mean(axis=0), BAND * fall.std(axis=0)
    sums = {k: fits[k].sums for k in ks}
    sizes = {k: sums[k].customers for k in ks}
    indices = [
        quality.indices(fits[k].centres, sizes[k], sums[k].distance, fits[k].inertia, are_means=sizes[k].all())
        for k in ks
    ]
    return {
        "inertia": np.array([fits[k].inertia for k in ks]),
        "null": total * np.exp(mean),
        "null_low": total * np.exp(mean - spread),
        "null_high": total * np.exp(mean + spread),
        "beyond_null": sample["beyond_null"],
        "gap": sample["gap"],
        "gap_error": sample["gap_error"],
        "silhouette": sample["silhouette"],
        "simplified_silhouette": np.array([sums[k].margin.sum() / sizes[k].sum() if k > 1 else np.nan for k in ks]),
        **_columns(indices),
        "smallest_share": np.array([sizes[k].min() / sizes[k].sum() for k in ks]),
        "stability": sample["stability"],
    }
