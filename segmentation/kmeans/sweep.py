"""K-means for a range of K at once, over customers that need not fit into memory."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from operator import itemgetter

import numpy as np

from segmentation.features import assignment
from segmentation.features.blocks import Block, Scaled
from segmentation.kmeans import coreset, exact
from segmentation.kmeans.coreset import Weighted
from segmentation.kmeans.exact import Fit
from segmentation.pipeline import engine
from segmentation.pipeline.outputs import significant

CURVE_PASSES = 10  # after which the inertia of a curve falls no more that one would see
CURVE_TOLERANCE = 1e-4  # of the inertia: less moves no elbow
RESTARTS = 2  # on a coreset for each one asked for: there they cost little
LARGER = 10  # times as many customers in the coreset that the best restart is refined on
REPEATED = 10  # customers per distinct row of a coreset from which on all distinct rows are few, and better
GLIMPSE = 5  # iterations that tell a promising restart
CLOSE = 1.02  # times the least inertia: what the smaller coreset cannot tell apart
PURPOSE = 2  # keys the restarts, with seed, K and their number
SAMPLE = 3  # keys a sample, with seed


@dataclass(frozen=True)
class Draw:
    """The customers that fits begin with: all of them, or coresets."""

    small: Weighted
    large: Weighted  # for the best of the restarts on the small one
    compiled: bool  # K-means is worth compiling: there are more customers than scikit-learn is to fit

    def sample(self, rows: int, seed: int) -> np.ndarray:
        """About as many customers, each as likely as any other: shape (customers, features)."""
        weight = self.large.weight
        if weight.sum() <= rows:
            return np.repeat(self.large.X.T, np.round(weight).astype(int), axis=0)
        upto = np.cumsum(weight)
        draws = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(SAMPLE,)))
        return self.large.X.T[np.searchsorted(upto, (np.arange(rows) + draws.random(rows)) / rows * upto[-1])]


def draw(table: Scaled, most: int, exact_rows: int, seed: int, pool: Executor) -> Draw:
    """Draws what fits of up to `most` segments begin with: up to `exact_rows` customers all, in lexicographic order.

    Above, a coreset of about `exact_rows` customers within one of ten times as many; where customers repeat, all
    distinct rows as both.
    """
    if table.rows <= exact_rows:
        X = table.load()
        everyone = Weighted(np.ascontiguousarray(X[np.lexsort(X.T[::-1])].T), np.ones(len(X)))
        return Draw(everyone, everyone, compiled=False)
    drawn = coreset.draw(table.blocks, table.rows, LARGER * exact_rows, seed, pool)
    small = drawn.of(exact_rows)
    if len(exact.distinct(small.X.T)[0]) >= max(most, len(small.weight) // REPEATED):
        return Draw(small, drawn.of(LARGER * exact_rows), compiled=True)
    found = list(engine.each(pool, _distinct, table.blocks, doing="distinct rows"))
    rows, counts = exact.distinct(np.concatenate([rows for rows, _ in found]), np.concatenate([n for _, n in found]))
    exact.check_distinct(len(rows), table.rows, most)
    every = Weighted(np.ascontiguousarray(rows.T), counts)
    return Draw(every, every, compiled=True)


def fit(
    blocks: Sequence[Block],
    drawn: Draw,
    ks: Sequence[int],
    n_init: int,
    seed: int,
    pool: Executor,
    threads: Executor,
    max_passes: int = CURVE_PASSES,
    tolerance: float = CURVE_TOLERANCE,
) -> dict[int, Fit]:
    """Fits K-means for each K.

    Where all customers are drawn scikit-learn fits them. Else restarts on the coreset give each K its start, and passes
    over all customers refine all K together: each takes the exact inertia of the centres and moves them to the means
    of their customers. A K is finished when its centres stay, when their move takes no more than the share `tolerance`
    off its inertia, or after `max_passes`. Parts are mapped over `pool`, restarts over `threads`. Raises InputFault
    when there are fewer distinct rows than the largest K.
    """
    if not drawn.compiled:
        return exact.fit(drawn.small.X.T, ks, n_init, seed, threads)
    largest_first = sorted(ks, reverse=True)  # the longest work starts first
    task = partial(_start, small=drawn.small, large=drawn.large, n_init=n_init, seed=seed)
    starts = engine.each(threads, task, largest_first, doing="restarts on the coreset", of="fit")
    centres = dict(zip(largest_first, starts, strict=True))
    return _refine(blocks, {k: centres[k] for k in ks}, max_passes, tolerance, pool)


def describe(
    blocks: Sequence[Block], centres: Mapping[int, np.ndarray], compiled: bool, pool: Executor
) -> dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Describes every K in one pass: by segment its customers, and the sums of their distances and of their margins.

    All have shape (k,); for distance and margin see `kmeans.nearest`, at K = 1 the margin is 1.
    """
    first = np.cumsum([0, *centres])
    task = partial(_describe, centres=np.concatenate(list(centres.values())), first=first, compiled=compiled)
    total = sum(engine.each(pool, task, blocks, doing="describing every K"))
    return {k: tuple(total[:, start : start + k]) for k, start in zip(centres, first[:-1], strict=True)}


def _describe(block: Block, centres: np.ndarray, first: np.ndarray, compiled: bool) -> np.ndarray:
    X = block()
    if compiled:
        from segmentation.kmeans import lloyd

        return np.stack(lloyd.describe(X, centres, first))
    found = []
    for start, end in pairwise(first):
        label, distance, margin = assignment.nearest(X.T, centres[start:end])
        sums = (None, distance, np.nan_to_num(margin, nan=1.0))
        found.append([np.bincount(label, weights, minlength=end - start) for weights in sums])
    return np.concatenate(found, axis=1)


def _distinct(block: Block) -> tuple[np.ndarray, np.ndarray]:
    return exact.distinct(block().T)


def _start(k: int, small: Weighted, large: Weighted, n_init: int, seed: int) -> np.ndarray:
    """The best of several restarts, begun on the small coreset, judged and refined on the large: (k, features)."""
    from segmentation.kmeans import lloyd

    if k == 1:
        return np.zeros((1, len(small.X)))  # the mean of standardised features
    begun = []
    for restart in range(RESTARTS * n_init):
        draws = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(PURPOSE, k, restart)))
        seeds = lloyd.seeds(small.X, small.weight, draws.random((k, exact.candidates(k))))
        begun.append(lloyd.refine(small.X, small.weight, seeds, GLIMPSE))
    promising = sorted(begun, key=itemgetter(1))[: len(begun) // RESTARTS]
    ended = [lloyd.refine(small.X, small.weight, centres, exact.MAX_ITERATIONS) for centres, _ in promising]
    different = {float(f"{inertia:.4g}"): centres for centres, inertia in ended}
    close = [centres for inertia, centres in different.items() if inertia <= CLOSE * min(different)]
    judged = [lloyd.refine(large.X, large.weight, centres, GLIMPSE) for centres in close]
    return lloyd.refine(large.X, large.weight, min(judged, key=itemgetter(1))[0], exact.MAX_ITERATIONS)[0]


def _refine(
    blocks: Sequence[Block], centres: Mapping[int, np.ndarray], max_passes: int, tolerance: float, pool: Executor
) -> dict[int, Fit]:
    """Passes over all customers that refine the centres of every K together, until each K is finished."""
    fits: dict[int, Fit] = {}
    waiting = {k: assignment.published(places) for k, places in centres.items()}
    start = time.monotonic()
    for passed in range(1, max_passes + 1):
        first = np.cumsum([0, *waiting])
        stacked = np.concatenate(list(waiting.values()))
        task = partial(_tally, centres=stacked, first=first)
        tallies = engine.each(pool, task, blocks, doing=f"pass {passed} of at most {max_passes}", since=start)
        moved, inertia, gain = _moved(tallies, stacked, first)
        for number, k in enumerate(list(waiting)):
            own = slice(first[number], first[number + 1])
            stays = np.array_equal(moved[own], waiting[k])
            if stays or gain[own].sum() <= tolerance * inertia[number] or passed == max_passes:
                fits[k] = Fit(waiting.pop(k), significant(inertia[number]), passed, stays)
            else:
                waiting[k] = moved[own]
        if not waiting:
            break
    return {k: fits[k] for k in centres}


def _moved(
    tallies: Iterator[tuple[np.ndarray, ...]], centres: np.ndarray, first: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Adds up the tallies of all parts: where the centres move, the inertia of each K where they stand, and the least
    that each centre's move takes off it, without bound for an empty one.
    """
    from segmentation.kmeans import lloyd

    size, total, inertia, far, farthest = next(tallies)
    for more_size, more_total, more_inertia, other_far, other_farthest in tallies:
        size, total, inertia = size + more_size, total + more_total, inertia + more_inertia
        farther = (other_far > far)[:, np.newaxis]
        far, farthest = np.maximum(far, other_far), np.where(farther, other_farthest, farthest)
    moved = assignment.published(lloyd.moved(centres, size, total, far, farthest, first))
    return moved, inertia, np.where(size, size * ((moved - centres) ** 2).sum(axis=1), np.inf)


def _tally(block: Block, centres: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, ...]:
    from segmentation.kmeans import lloyd

    X = block()
    return lloyd.assign(X, np.ones(X.shape[1]), centres, first)
