"""The decision card: what speaks for each K."""

import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from segmentation.elbow import groups, null, rules
from segmentation.elbow.groups import Groups
from segmentation.elbow.rules import Table
from segmentation.features import assignment
from segmentation.kmeans import quality, restarts, stability
from segmentation.kmeans.exact import Fit
from segmentation.kmeans.stability import Sample
from segmentation.kmeans.sweep import Draw, Sums
from segmentation.pipeline import parts

SAMPLE = 4_000  # customers among whom valleys are looked for: a segment of 1 % has forty
PER_SEGMENT = 110  # customers for each segment that there may be, where that makes more: each cell then has some fifty
CURVES = 2_000  # of them for curves of the inertia, which are fitted many times over
PAIRS = 1_500  # of them for silhouettes, whose time grows with the square of their number
FEW = 1_000  # of them for stability at each K
RANGE = 2  # k_max is moved by so much to see whether the answer moves
DRAWS = 5  # samples, each with restarts of its own, so that no answer hangs on one
CUTS = range(1, 11)  # numbers of segments among which the curve has its elbow where no groups stand apart
RESTARTS = 5  # of each fit of a curve that is searched for its bend
RESAMPLES = 10  # for each K: enough to tell a segment that comes back from one that does not
PURPOSE = 6  # keys the restarts, with the number of the draw and K
BAND = 2  # spreads of the reference curves on either side, as errors are drawn


@dataclass(frozen=True)
class Evidence:
    """What a sample of the customers says of each K, up to RANGE above the largest that was asked for."""

    ks: range
    table: Table  # inertia and the criteria of the rules
    references: Mapping[str, np.ndarray]  # logarithms of the inertia by kind, of K = 1 and of `ks`: see null.curves
    groups_by_k_max: Mapping[int, Groups]  # see groups.count
    groups_by_draw: Sequence[Groups]  # with the largest K that was asked for
    cut: int  # where no groups stand apart, the number of segments at which the curve bends: the median of the draws
    cuts_by_draw: Sequence[int]

    @property
    def null(self) -> np.ndarray:
        """The references that the curve is held against; those of a single feature fill a box."""
        return self.references.get("copula", self.references["box"])


def gather(drawn: Draw, centres: Mapping[int, np.ndarray], pool: Executor) -> Evidence:
    """Gathers the evidence from samples of the customers, which are the same for the same customers.

    `centres` are those of the fits of all customers at each K.
    """
    first, last = min(centres), max(centres)
    ks = range(first, last + RANGE + 1)
    k_maxes = [k for k in (last - RANGE, last, last + RANGE) if k == last or k >= max(2, first)]
    rows = max(SAMPLE, PER_SEGMENT * last)
    samples = [drawn.sample(rows, number) for number in range(DRAWS)]
    few = samples[0][:: parts.sampling_step(len(samples[0]), FEW)]
    sample = Sample.ordered(few, np.full(len(few), np.nan), {})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Number of distinct clusters")  # inertia shows it
        warnings.filterwarnings("ignore", "Best performing initialization")  # a mixture that is no good fit
        groups_by_k_max, groups_by_draw = groups.count(samples, k_maxes, len(samples[0]) < rows, pool)
        fitted = [X[:: parts.sampling_step(len(X), CURVES)] for X in samples]
        references = null.curves(fitted[0], ks, pool)
        fits = fit_sample(fitted[0], ks, null.RESTARTS, 0, pool)
        curves = [fit_sample(X, CUTS, RESTARTS, number, pool) for number, X in enumerate(fitted)]
        lowest = list(pool.map(partial(lowest_jaccard, sample), centres.values()))
    inertia = np.array([inertia for _, inertia in fits])
    gap, gap_error = null.gap(inertia, references["box"][:, 1:])
    correlated = references.get("copula", np.full((2, 1 + len(ks)), np.nan))
    table = {"inertia": inertia, "stability": np.array(lowest), "gap": gap, "gap_error": gap_error}
    table["beyond_null"] = null.beyond(inertia, correlated[:, 1:])
    centres = {k: sample_centres for k, (sample_centres, _) in zip(ks, fits, strict=True)} | dict(centres)
    table |= _indices(samples[0][:: parts.sampling_step(len(samples[0]), PAIRS)], centres)
    cuts = [rules.locate(CUTS, [inertia for _, inertia in curve]) or 1 for curve in curves]
    return Evidence(
        ks=ks,
        table=table,
        references=references,
        groups_by_k_max=groups_by_k_max,
        groups_by_draw=[draw[last] for draw in groups_by_draw],
        cut=sorted(cuts)[DRAWS // 2],
        cuts_by_draw=cuts,
    )


def fit_sample(
    X: np.ndarray, ks: Sequence[int], n_init: int, draw: int, pool: Executor
) -> list[tuple[np.ndarray, float]]:
    """Centres and inertia of the best of `n_init` restarts on `X` (customers, features), a draw, at each K."""
    return list(pool.map(lambda k: restarts.fit(X, k, n_init, (PURPOSE, draw, k)), ks))


def lowest_jaccard(sample: Sample, centres: np.ndarray) -> float:
    """The mean Jaccard similarity over RESAMPLES of the segment that comes back least: see `stability.bootstrap`."""
    segment, _, _ = assignment.nearest(sample.X, centres)
    nameless = [""] * len(centres)
    resampled = (
        stability.resample(number, sample, segment, nameless, lambda *_: nameless, 0) for number in range(RESAMPLES)
    )
    similarity = np.array([similarity for similarity, _ in resampled])
    is_drawn = ~np.isnan(similarity).all(axis=0)
    return round(float(np.nanmean(similarity[:, is_drawn], axis=0).min()), stability.DECIMALS)


def _indices(X: np.ndarray, centres: Mapping[int, np.ndarray]) -> dict[str, np.ndarray]:
    """Three indices of `X` (customers, features) at each K, as if the centres were the means of these customers."""
    labels, indices = [], []
    for places in centres.values():
        label, distance, _ = assignment.nearest(X, places)
        sizes = np.bincount(label, minlength=len(places))
        distances = np.bincount(label, distance, len(places))
        indices.append(quality.indices(places, sizes, distances, (distance**2).sum(), are_means=sizes.all()))
        labels.append(label)
    return {"silhouette": np.array(quality.silhouettes(X, labels), dtype=float)} | _columns(indices)


def _columns(rows: list[dict[str, float | None]]) -> dict[str, np.ndarray]:
    """The indices of each K as columns of the card, NaN where there is none."""
    return {name: np.array([row[name] for row in rows], dtype=float) for name in rows[0]}


def criteria(
    ks: range,
    fits: Mapping[int, Fit],
    sums: Mapping[int, Sums],
    total: float,
    evidence: Evidence,
) -> dict[str, np.ndarray]:
    """The criteria of each K, each of shape (ks,): the decision card.

    Silhouette, gap, null and stability are those of the sample that `evidence` was gathered from, all else is of all
    customers. `total` is the inertia of one segment. The null starts there and falls as the curve of the references
    does; its band reaches BAND standard deviations to either side.
    """
    sample = {name: criterion[: len(ks)] for name, criterion in evidence.table.items()}
    fall = evidence.null[:, 1 : 1 + len(ks)] - evidence.null[:, :1]
    mean, spread = fall.mean(axis=0), BAND * fall.std(axis=0)
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
