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
from segmentation.kmeans import quality, restarts, stability
from segmentation.kmeans.exact import Fit
from segmentation.kmeans.stability import Sample

SAMPLE = 4_000  # customers among whom valleys are looked for: a segment of 1 % has forty
PAIRS = 1_500  # of them for silhouettes, which take the square of the time
FEW = 1_000  # of them for all that is fitted many times over
RANGE = 2  # by so much k_max is moved to see whether the answer moves
RESAMPLES = 10  # for each K: enough to tell a segment that comes back from one that does not
PURPOSE = 6  # keys the restarts
BAND = 2  # spreads of the reference curves on either side, as errors are drawn


@dataclass(frozen=True)
class Evidence:
    """What a sample of the customers tells of each K, up to RANGE above the largest that was asked for."""

    ks: range
    table: Table  # inertia and the criteria of the rules
    references: Mapping[str, np.ndarray]  # logarithms of the inertia by kind: see null.curves
    apart: Mapping[int, tuple[int, float]]  # by the largest K: see valleys.search


def evidence(X: np.ndarray, centres: Mapping[int, np.ndarray], seed: int, compiled: bool, pool: Executor) -> Evidence:
    """Gathers the evidence from `X` (customers, features); `centres` are those of the fits at each K."""
    first, last = min(centres), max(centres)
    ks = range(first, last + RANGE + 1)
    few = X[:: -(-len(X) // FEW)]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Number of distinct clusters")  # inertia shows it
        references = null.curves(few, ks, seed, compiled, pool)
        fits = dict(zip(ks, pool.map(partial(_fit, few, seed=seed, compiled=compiled), ks), strict=True))
        apart = valleys.search(
            X, [k for k in (last - RANGE, last, ks[-1]) if k == last or k >= max(2, first)], seed, compiled, pool
        )
        sample = Sample.ordered(few, np.full(len(few), np.nan), {})
        back = [lowest_jaccard(sample, places, seed, compiled, pool) for places in centres.values()]
    places = {k: places for k, (places, _) in fits.items()} | dict(centres)
    table = {"inertia": np.array([inertia for _, inertia in fits.values()]), "stability": np.array(back)}
    table["gap"], table["gap_error"] = null.gap(table["inertia"], references["box"][:, 1:])
    return Evidence(ks, table | _indices(X[:: -(-len(X) // PAIRS)], places), references, apart)


def _fit(X: np.ndarray, k: int, seed: int, compiled: bool) -> tuple[np.ndarray, float]:
    return restarts.best(X, k, null.RESTARTS, (PURPOSE, seed, k), compiled)


def lowest_jaccard(sample: Sample, centres: np.ndarray, seed: int, compiled: bool, pool: Executor) -> float:
    """The mean Jaccard similarity over RESAMPLES of the segment that comes back least: see `stability.bootstrap`."""
    nameless = [""] * len(centres)
    alike, _ = stability.bootstrap(sample, centres, nameless, lambda *_: nameless, RESAMPLES, seed, compiled, pool)
    there = ~np.isnan(alike).all(axis=0)
    return float(np.nanmean(alike[:, there], axis=0).min())


def _indices(X: np.ndarray, centres: Mapping[int, np.ndarray]) -> dict[str, np.ndarray]:
    """Three indices of `X` (customers, features) at each K, as if the centres were the means of these customers."""
    placed = [assignment.nearest(X, places) for places in centres.values()]
    found = []
    for places, (label, distance, _) in zip(centres.values(), placed, strict=True):
        sizes = np.bincount(label, minlength=len(places))
        distances = np.bincount(label, distance, len(places))
        found.append(quality.indices(places, sizes, distances, (distance**2).sum(), are_means=sizes.all()))
    silhouettes = quality.silhouettes(X, [label for label, _, _ in placed])
    table = {"silhouette": np.array(silhouettes, dtype=float)}
    return table | {name: np.array([one[name] for one in found], dtype=float) for name in found[0]}


def moves(rule: str, found: Evidence) -> dict[int, int | None]:
    """What the rule answers on the sample for each largest K that was looked at.

    Beyond the largest K that was asked for, the fits are those of the sample.
    """
    answers = {}
    for most, (groups, _) in found.apart.items():
        upto = slice(most - found.ks[0] + 1)
        table = {name: criterion[upto] for name, criterion in found.table.items()}
        answers[most] = rules.choices(found.ks[upto], table, groups)[rule]
    return answers


def card(
    ks: range,
    fits: Mapping[int, Fit],
    sums: Mapping[int, tuple[np.ndarray, np.ndarray, np.ndarray]],
    total: float,
    found: Evidence,
) -> dict[str, np.ndarray]:
    """The criteria of each K, of shape (ks,): silhouette, gap, null and stability of samples, all else of everyone.

    `sums` are those of `sweep.describe`, `total` is the inertia of one segment. From there on the null falls as the
    curve of the references in a box does; its band reaches BAND spreads beyond those of all kinds.
    """
    sample = {name: criterion[: len(ks)] for name, criterion in found.table.items()}
    curves = [curve[:, 1 : 1 + len(ks)] - curve[:, :1] for curve in found.references.values()]  # first the box
    mean, spread = np.mean(curves, axis=1), BAND * np.std(curves, axis=1)
    indices = [quality.indices(fits[k].centres, *sums[k][:2], fits[k].inertia, sums[k][0].all()) for k in ks]
    return {
        "inertia": np.array([fits[k].inertia for k in ks]),
        "null": total * np.exp(mean[0]),
        "null_low": total * np.exp((mean - spread).min(axis=0)),
        "null_high": total * np.exp((mean + spread).max(axis=0)),
        **{name: sample[name] for name in ("gap", "gap_error", "silhouette")},
        "simplified_silhouette": np.array([sums[k][2].sum() / sums[k][0].sum() if k > 1 else np.nan for k in ks]),
        **{name: np.array([one[name] for one in indices], dtype=float) for name in indices[0]},
        "smallest_share": np.array([sums[k][0].min() / sums[k][0].sum() for k in ks]),
        "stability": sample["stability"],
    }
