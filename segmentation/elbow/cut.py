"""The cut through customers among whom no groups stand apart: at the elbow of the curve, whatever K is asked for."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from segmentation.elbow import rules
from segmentation.kmeans import restarts, stability
from segmentation.kmeans.stability import Sample

KS = range(1, 11)  # numbers of segments among which the curve has its elbow
RESTARTS = 5  # of each fit of a curve that is searched for its elbow
RESAMPLES = 100  # as many as the step stability takes
COMES_BACK = 0.6  # mean Jaccard similarity: below, a segment is not to be trusted, see stability.BANDS
PURPOSE = 6  # keys the restarts, with the number of the draw and K


class Stability(NamedTuple):
    """Whether segments come back on bootstrap samples of the customers."""

    lowest_jaccard: float  # the mean Jaccard similarity of the segment that comes back least
    comes_back: float  # the share of resamples in which every segment comes back


@dataclass(frozen=True)
class Cut:
    """Where no groups stand apart, the number of segments at which the curve bends, and how stable these are."""

    k: int  # the median of the draws
    by_draw: Sequence[int]
    stability: Stability


def find(draws: Sequence[np.ndarray], sample: Sample, pool: Executor) -> Cut:
    """Finds the cut on the curves of several `draws` (customers, features), and judges it on `sample`.

    The segments that are judged are those of the first draw, so that nothing hangs on the seed of the model's fit.
    """
    curves = [restarts.fit_each_k(X, KS, RESTARTS, (PURPOSE, number), pool) for number, X in enumerate(draws)]
    cuts = [rules.locate(KS, [inertia for _, inertia in curve]) or 1 for curve in curves]
    k = sorted(cuts)[len(cuts) // 2]
    centres, _ = curves[0][KS.index(k)]
    return Cut(k, cuts, judge_stability(sample, centres, RESAMPLES, pool))


def judge_stability(sample: Sample, centres: np.ndarray, resamples: int, pool: Executor) -> Stability:
    """Whether the segments of `centres` (k, features) come back: see `stability.bootstrap`.

    A segment comes back on a resample with a Jaccard similarity of COMES_BACK or more.
    """
    nameless = [""] * len(centres)
    similarity, _ = stability.bootstrap(sample, centres, nameless, lambda *_: nameless, resamples, 0, pool)
    similarity = similarity[:, ~np.isnan(similarity).all(axis=0)]
    lowest = round(float(np.nanmean(similarity, axis=0).min()), stability.DECIMALS)
    return Stability(lowest, float(np.mean(np.nanmin(similarity, axis=1) >= COMES_BACK)))
