"""K-means for a range of K at once, over customers that need not fit into memory."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from segmentation.features import assignment, standard
from segmentation.features.blocks import Block, Scaled
from segmentation.kmeans import coreset, exact
from segmentation.kmeans.coreset import Weighted
from segmentation.kmeans.distinct import check_distinct, distinct_rows
from segmentation.kmeans.exact import Fit
from segmentation.pipeline import engine
from segmentation.pipeline.outputs import significant

CURVE_PASSES = 10  # after so many passes the inertia falls by less than one sees on the curve
CURVE_TOLERANCE = 1e-4  # share of the inertia: a smaller gain moves no elbow
RESTARTS = 2  # restarts on the small coreset for each one asked for: there they cost little
LARGER = 10  # the large coreset holds so many times the customers of the small one
REPEATED = 10  # with so many drawn customers per distinct row, all distinct rows are few, and serve better
GLIMPSE = 5  # iterations after which a promising restart can be told from a poor one
CLOSE = 1.02  # inertias within this factor of the least are too close for the small coreset to rank
PURPOSE = 2  # keys the restarts, with seed, K and their number
SAMPLE = 3  # keys a sample, with its number
CORESET = 0  # seeds the coreset


@dataclass(frozen=True)
class Draw:
    """The customers that fits begin with, all of them or coresets."""

    small: Weighted
    large: Weighted  # for the best of the restarts on the small one
    is_everyone: bool  # whether all were drawn, since they are few enough for scikit-learn to fit them all

    @property
    def customers(self) -> float:
        """How many customers the draw stands for, as nearly as a coreset tells."""
        return float(self.large.weight.sum())

    def sample(self, rows: int, number: int) -> np.ndarray:
        """About so many customers, each as likely as any other: shape (customers, features)."""
        weight = self.large.weight
        if self.customers <= rows:
            return np.repeat(self.large.X.T, np.round(weight).astype(int), axis=0)
        cumulated = np.cumsum(weight)
        draws = np.random.default_rng(np.random.SeedSequence(number, spawn_key=(SAMPLE,)))
        quantiles = (np.arange(rows) + draws.random(rows)) / rows
        return self.large.X.T[np.searchsorted(cumulated, quantiles * cumulated[-1])]


class Sums(NamedTuple):
    """What the customers of each segment at one K add up to, each of shape (k,)."""

    customers: np.ndarray  # how many there are
    distance: np.ndarray  # to the centre: see assignment.nearest
    margin: np.ndarray  # see assignment.nearest; 1 for each customer at K = 1


def draw(table: Scaled, most: int, exact_rows: int, pool: Executor) -> Draw:
    """Draws the customers that fits of up to `most` segments begin with.

    Of up to `exact_rows` customers all are drawn, in lexicographic order. Of more it is a coreset of about `exact_rows`
    customers, within one of LARGER times as many; where customers repeat, both are all distinct rows. The same table
    gives the same coreset whatever the seed of the restarts. Raises InputFault when there are fewer distinct rows than
    `most`.
    """
    if table.rows <= exact_rows:
        X = table.load()
        everyone = Weighted(X.T, np.ones(len(X))).ordered()
        return Draw(everyone, everyone, is_everyone=True)
    drawn = coreset.draw_coreset(table.blocks, table.sizes, LARGER * exact_rows, CORESET, pool)
    small = drawn.subset(exact_rows)
    if len(distinct_rows(small.X.T)[0]) >= max(most, len(small.weight) // REPEATED):
        large = drawn.subset(LARGER * exact_rows)
        return Draw(small, large.ordered() if len(large.weight) == table.rows else large, is_everyone=False)
    rows_and_counts = engine.each(pool, _distinct_rows, table.blocks, doing="distinct rows")
    rows, counts = zip(*rows_and_counts, strict=True)
    rows, counts = distinct_rows(np.concatenate(rows), np.concatenate(counts))
    check_distinct(len(rows), table.rows, most)
    distinct = Weighted(np.ascontiguousarray(rows.T), counts)
    return Draw(distinct, distinct, is_everyone=False)


def fit_each_k(
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

    Where all customers are drawn, scikit-learn fits them. Else restarts on the coreset give each K its first centres,
    and passes over all customers refine all K together: each pass takes the exact inertia of the centres and moves
    them to the means of their customers. A K is finished when its centres stay, when their move lowers its inertia by
    no more than the share `tolerance`, or after `max_passes`. Parts are mapped over `pool`, restarts over `threads`.
    Raises InputFault when there are fewer distinct rows than the largest K.
    """
    if drawn.is_everyone:
        return exact.fit_each_k(drawn.small.X.T, ks, n_init, seed, threads)
    largest_first = sorted(ks, reverse=True)  # the longest work starts first
    task = partial(_first_centres, small=drawn.small, large=drawn.large, n_init=n_init, seed=seed)
    begun = engine.each(threads, task, largest_first, doing="restarts on the coreset", of="fit")
    centres = dict(zip(largest_first, begun, strict=True))
    return _refine(blocks, {k: centres[k] for k in ks}, max_passes, tolerance, pool)


def segment_sums(
    blocks: Sequence[Block], drawn: Draw, centres: Mapping[int, np.ndarray], pool: Executor
) -> dict[int, Sums]:
    """Adds up the customers of each segment at every K, their distances and margins, in one pass."""
    first = np.cumsum([0, *centres])
    block_sums = _sums_by_numpy if drawn.is_everyone else _sums_by_lloyd
    task = partial(block_sums, centres=np.concatenate(list(centres.values())), first=first)
    total = sum(engine.each(pool, task, blocks, doing="describing every K"))
    return {k: Sums(*total[:, start : start + k]) for k, start in zip(centres, first[:-1], strict=True)}


def _sums_by_numpy(block: Block, centres: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The rows of Sums for one block, with the segments of all K side by side: shape (3, centres)."""
    X, sums = block().T, []
    for start, end in pairwise(first):
        label, distance, margin = assignment.nearest(X, centres[start:end])
        added = (None, distance, np.nan_to_num(margin, nan=1.0))
        sums.append([np.bincount(label, weights, minlength=end - start) for weights in added])
    return np.concatenate(sums, axis=1)


def _sums_by_lloyd(block: Block, centres: np.ndarray, first: np.ndarray) -> np.ndarray:
    """As `_sums_by_numpy`, by compiled code."""
    from segmentation.kmeans import lloyd

    return np.stack(lloyd.segment_sums(block(), centres, first))


def _distinct_rows(block: Block) -> tuple[np.ndarray, np.ndarray]:
    return distinct_rows(block().T)


def _first_centres(k: int, small: Weighted, large: Weighted, n_init: int, seed: int) -> np.ndarray:
    """The best of several restarts, begun on the small coreset, judged and refined on the large: (k, features)."""
    from segmentation.kmeans import lloyd

    if k == 1:
        return standard.centre(len(small.X))[np.newaxis]
    begun = []
    for restart in range(RESTARTS * n_init):
        generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(PURPOSE, k, restart)))
        seeds = lloyd.draw_seeds(small.X, small.weight, k, generator)
        begun.append(lloyd.refine(small.X, small.weight, seeds, GLIMPSE))
    promising = sorted(begun, key=itemgetter(1))[: len(begun) // RESTARTS]
    ended = [lloyd.refine(small.X, small.weight, centres, exact.MAX_ITERATIONS) for centres, _ in promising]
    if k >= exact.MANY:
        least, _ = min(ended, key=itemgetter(1))
        ended.append(exact.swap(small.X, small.weight, least, seed))
    different = {float(f"{inertia:.4g}"): centres for centres, inertia in ended}
    close = [centres for inertia, centres in different.items() if inertia <= CLOSE * min(different)]
    judged = [lloyd.refine(large.X, large.weight, centres, GLIMPSE) for centres in close]
    best, _ = min(judged, key=itemgetter(1))
    return lloyd.refine(large.X, large.weight, best, exact.MAX_ITERATIONS)[0]


def _refine(
    blocks: Sequence[Block], centres: Mapping[int, np.ndarray], max_passes: int, tolerance: float, pool: Executor
) -> dict[int, Fit]:
    """Refines the centres of every K together in passes over all customers, until each K is finished."""
    fits: dict[int, Fit] = {}
    waiting = {k: assignment.published(begun) for k, begun in centres.items()}
    start = time.monotonic()
    for number in range(1, max_passes + 1):
        first = np.cumsum([0, *waiting])
        stacked = np.concatenate(list(waiting.values()))
        task = partial(_assign, centres=stacked, first=first)
        tallies = engine.each(pool, task, blocks, doing=f"pass {number} of at most {max_passes}", since=start)
        moved, inertia, gain = _add_up(tallies, stacked, first)
        for position, k in enumerate(list(waiting)):
            span = slice(first[position], first[position + 1])
            stays = np.array_equal(moved[span], waiting[k])
            if stays or gain[span].sum() <= tolerance * inertia[position] or number == max_passes:
                fits[k] = Fit(waiting.pop(k), significant(inertia[position]), number, stays)
            else:
                waiting[k] = moved[span]
        if not waiting:
            break
    return {k: fits[k] for k in centres}


def _add_up(
    tallies: Iterator[tuple[np.ndarray, ...]], centres: np.ndarray, first: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Adds up what `lloyd.assign` tells of every part.

    Returns where the centres move, shape (centres, features); the inertia of each K before that, shape (ks,); and the
    least that each centre's move lowers it by, shape (centres,), infinite for a centre without customers.
    """
    from segmentation.kmeans import lloyd

    size, total, inertia, far, farthest = next(tallies)
    for part_size, part_total, part_inertia, part_far, part_farthest in tallies:
        size, total, inertia = size + part_size, total + part_total, inertia + part_inertia
        farther = (part_far > far)[:, np.newaxis]
        far, farthest = np.maximum(far, part_far), np.where(farther, part_farthest, farthest)
    moved = assignment.published(lloyd.moved_centres(centres, size, total, far, farthest, first))
    return moved, inertia, np.where(size, size * ((moved - centres) ** 2).sum(axis=1), np.inf)


def _assign(block: Block, centres: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, ...]:
    from segmentation.kmeans import lloyd

    X = block()
    return lloyd.assign(X, np.ones(X.shape[1]), centres, first)
