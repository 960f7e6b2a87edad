"""The decision card: what speaks for each K."""

import warnings
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from segmentation.elbow import null, rules, valleys
from segmentation.elbow.rules import Table
from segmentation.features import assignment
from segmentation.kmeans import quality, stability
from segmentation.kmeans.exact import Fit
from segmentation.kmeans.restarts import Fitter
from segmentation.kmeans.stability import Sample
from segmentation.kmeans.sweep import Sums
from segmentation.pipeline import parts

SAMPLE = 4_000  # customers among whom valleys are looked for: a segment of 1 % has forty
PAIRS = 1_500  # of them for silhouettes, whose time grows with the square of their number
FEW = 1_000  # of them for all that is fitted many times over
RANGE = 2  # k_max is moved by so much to see whether the answer moves
RESAMPLES = 10  # for each K: enough to tell a segment that comes back from one that does not
PURPOSE = 6  # keys the restarts
BAND = 2  # spreads of the reference curves on either side, as errors are drawn


@dataclass(frozen=True)
class Evidence:
    """What a sample of the customers says of each K, up to RANGE above the largest that was asked for."""

    ks: range
    table: Table  # inertia and the criteria of the rules
    references: Mapping[str, np.ndarray]  # logarithms of the inertia by kind: see null.curves
    groups_by_k_max: Mapping[int, tuple[int, float]]  # groups that stand apart and their depth: see valleys.search


def gather(X: np.ndarray, centres: Mapping[int, np.ndarray], seed: int, fitter: Fitter, pool: Executor) -> Evidence:
    """Gathers the evidence from a sample `X` (customers, features), which `fitter` fits.

    `centres` are those of the fits of all customers at each K.
    """
    first, last = min(centres), max(centres)
    ks = range(first, last + RANGE + 1)
    k_maxes = [k for k in (last - RANGE, last, last + RANGE) if k == last or k >= max(2, first)]
    few = X[:: parts.sampling_step(len(X), FEW)]
    sample = Sample.ordered(few, np.full(len(few), np.nan), {})
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Number of distinct clusters")  # inertia shows it
        references = null.curves(few, ks, seed, fitter, pool)
        fits = list(pool.map(partial(_fit_sample, few, seed=seed, fitter=fitter), ks))
        groups = valleys.search(X, k_maxes, seed, fitter, pool)
        lowest = [lowest_jaccard(sample, centres[k], seed, fitter, pool) for k in centres]
    inertia = np.array([inertia for _, inertia in fits])
    gap, gap_error = null.gap(inertia, references["box"][:, 1:])
    table = {"inertia": inertia, "stability": np.array(lowest), "gap": gap, "gap_error": gap_error}
    centres = {k: sample_centres for k, (sample_centres, _) in zip(ks, fits, strict=True)} | dict(centres)
    table |= _indices(X[:: parts.sampling_step(len(X), PAIRS)], centres)
    return Evidence(ks, table, references, groups)


def _fit_sample(X: np.ndarray, k: int, seed: int, fitter: Fitter) -> tuple[np.ndarray, float]:
    return fitter(X, k, null.RESTARTS, (PURPOSE, seed, k))


def lowest_jaccard(sample: Sample, centres: np.ndarray, seed: int, fitter: Fitter, pool: Executor) -> float:
    """The mean Jaccard similarity over RESAMPLES of the segment that comes back least: see `stability.bootstrap`."""
    nameless = [""] * len(centres)
    similarity, _ = stability.bootstrap(sample, centres, nameless, lambda *_: nameless, RESAMPLES, seed, fitter, pool)
    is_drawn = ~np.isnan(similarity).all(axis=0)
    return float(np.nanmean(similarity[:, is_drawn], axis=0).min())


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


def choice_by_k_max(rule: str, evidence: Evidence) -> dict[int, int | None]:
    """What the rule answers on the sample for each largest K that was tried.

    Beyond the largest K that was asked for, the fits are those of the sample.
    """
    answers = {}
    for k_max, (groups, _) in evidence.groups_by_k_max.items():
        ks = range(evidence.ks[0], k_max + 1)
        table = {name: criterion[: len(ks)] for name, criterion in evidence.table.items()}
        answers[k_max] = rules.choice(rule, ks, table, groups)
    return answers


def criteria(
    ks: range,
    fits: Mapping[int, Fit],
    sums: Mapping[int, Sums],
    total: float,
    evidence: Evidence,
) -> dict[str, np.ndarray]:
    """The criteria of each K, each of shape (ks,): the decision card.

    Silhouette, gap, null and stability are those of the sample that `evidence` was gathered from, all else is of all
    customers. `total` is the inertia of one segment. The null starts there
    and falls as the curve of the references in a box does; its band reaches BAND spreads beyond those of all kinds.
    """
    sample = {name: criterion[: len(ks)] for name, criterion in evidence.table.items()}
    curves = [curve[:, 1 : 1 + len(ks)] - curve[:, :1] for curve in evidence.references.values()]
    mean, spread = np.mean(curves, axis=1), BAND * np.std(curves, axis=1)
    box = list(evidence.references).index("box")
    sizes = {k: sums[k].customers for k in ks}
    indices = [
        quality.indices(fits[k].centres, sizes[k], sums[k].distance, fits[k].inertia, are_means=sizes[k].all())
        for k in ks
    ]
    return {
        "inertia": np.array([fits[k].inertia for k in ks]),
        "null": total * np.exp(mean[box]),
        "null_low": total * np.exp((mean - spread).min(axis=0)),
        "null_high": total * np.exp((mean + spread).max(axis=0)),
        "gap": sample["gap"],
        "gap_error": sample["gap_error"],
        "silhouette": sample["silhouette"],
        "simplified_silhouette": np.array([sums[k].margin.sum() / sizes[k].sum() if k > 1 else np.nan for k in ks]),
        **_columns(indices),
        "smallest_share": np.array([sizes[k].min() / sizes[k].sum() for k in ks]),
        "stability": sample["stability"],
    }
