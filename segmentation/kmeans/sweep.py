"""K-means for a range of K at once, over customers that need not fit into memory."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from operator import itemgetter

import numpy as np

from segmentation.features import standard
from segmentation.features.blocks import Block, Scaled
from segmentation.kmeans import coreset, exact
from segmentation.kmeans.coreset import Weighted
from segmentation.kmeans.distinct import check_distinct, distinct_rows
from segmentation.kmeans.exact import Fit
from segmentation.pipeline import engine

RESTARTS = 3  # restarts on the smallest coreset for each one asked for: there they cost little
FIRST = 5_000  # customers of the smallest coreset, at most
LARGER = 10  # the largest coreset holds so many times the customers of the middle one
FULL = 100  # customers of a coreset per segment, at least, for a restart to begin with
REPEATED = 10  # with so many drawn customers per distinct row, all distinct rows are few, and serve better
GLIMPSE = 10  # iterations after which a promising restart can be told from a poor one
JUDGED = 3  # of the best ends of restarts, at most, which the large coreset ranks
RANKING = 3  # iterations after which it does
CLOSE = 1.02  # inertias within this factor of the least are too close for the middle coreset to rank
ENOUGH = 50  # iterations on the large coreset, whose end is not that of all customers
PURPOSE = 2  # keys the restarts, with seed, K and their number
SAMPLE = 3  # keys a sample, with its number
CORESET = 0  # seeds the coreset


@dataclass(frozen=True)
class Draw:
    """The customers that fits begin with, all of them or coresets."""

    small: Weighted  # for many restarts
    middle: Weighted  # for the promising ones
    large: Weighted  # for the best
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


def draw(table: Scaled, most: int, exact_rows: int, pool: Executor) -> Draw:
    """Draws the customers that fits of up to `most` segments begin with.

    Of up to `exact_rows` customers all are drawn, in lexicographic order. Of more it is three coresets, one within the
    other, of which the middle one has about `exact_rows` customers; where customers repeat, each is all distinct rows.
    The same table gives the same coresets whatever the seed of the restarts. Raises InputFault when there are fewer
    distinct rows than `most`.
    """
    if table.rows <= exact_rows:
        X = table.load()
        everyone = Weighted(X.T, np.ones(len(X))).ordered()
        return Draw(everyone, everyone, everyone, is_everyone=True)
    drawn = coreset.draw_coreset(table.blocks, table.sizes, LARGER * exact_rows, CORESET, pool)
    middle = drawn.subset(exact_rows)
    if len(distinct_rows(middle.X.T)[0]) >= max(most, len(middle.weight) // REPEATED):
        large = drawn.subset(LARGER * exact_rows)
        large = large.ordered() if len(large.weight) == table.rows else large
        return Draw(drawn.subset(min(FIRST, exact_rows)), middle, large, is_everyone=False)
    rows_and_counts = engine.each(pool, _distinct_rows, table.blocks, doing="distinct rows")
    rows, counts = zip(*rows_and_counts, strict=True)
    rows, counts = distinct_rows(np.concatenate(rows), np.concatenate(counts))
    check_distinct(len(rows), table.rows, most)
    distinct = Weighted(np.ascontiguousarray(rows.T), counts)
    return Draw(distinct, distinct, distinct, is_everyone=False)


def fit_each_k(
    table: Scaled, drawn: Draw, ks: Sequence[int], n_init: int, seed: int, pool: Executor, threads: Executor
) -> dict[int, Fit]:
    """Fits K-means for each K, near enough to its end for the elbow curve.

    Where all customers are drawn, scikit-learn fits them. Else restarts on the coreset give each K its first centres,
    and `passes.refine` refines all K together. Parts are mapped over `pool`, restarts over `threads`. Raises InputFault
    when there are fewer distinct rows than the largest K.
    """
    if drawn.is_everyone:
        return exact.fit_each_k(drawn.small.X.T, ks, n_init, seed, threads)
    from segmentation.kmeans import passes

    largest_first = sorted(ks, reverse=True)  # the longest work starts first
    task = partial(_first_centres, drawn=drawn, n_init=n_init, seed=seed)
    begun = engine.each(threads, task, largest_first, doing="restarts on the coreset", of="fit")
    centres = dict(zip(largest_first, begun, strict=True))
    return passes.refine(table.blocks, {k: centres[k] for k in ks}, pool)


def fit_to_the_end(
    table: Scaled, drawn: Draw, k: int, n_init: int, seed: int, max_passes: int, pool: Executor, threads: Executor
) -> Fit:
    """Fits K-means at one K until no customer changes segment, or for `max_passes`: see `passes.settle`.

    As `fit_each_k` else.
    """
    if drawn.is_everyone:
        return exact.fit_each_k(drawn.small.X.T, [k], n_init, seed, threads)[k]
    from segmentation.kmeans import passes

    (begun,) = engine.each(
        threads, partial(_first_centres, drawn=drawn, n_init=n_init, seed=seed), [k], doing="restarts"
    )
    return passes.settle(table, begun, drawn.large, max_passes, pool)


def _distinct_rows(block: Block) -> tuple[np.ndarray, np.ndarray]:
    return distinct_rows(block().T)


def _first_centres(k: int, drawn: Draw, n_init: int, seed: int) -> np.ndarray:
    """The best of several restarts, begun on the small coreset, ended on the middle one, judged on the large one.

    Returns the centres (k, features). Swaps of centres go on from the best of those on the middle one, since a few
    restarts often miss the best minimum.
    """
    from segmentation.kmeans import lloyd, restarts

    small, middle, large = ((rows.X, rows.weight) for rows in (drawn.small, drawn.middle, drawn.large))
    if k == 1:
        return standard.centre(len(drawn.large.X))[np.newaxis]
    sequences = [np.random.SeedSequence(seed, spawn_key=(PURPOSE, k, restart)) for restart in range(RESTARTS * n_init)]
    first = small if len(drawn.small.weight) >= FULL * k else middle
    begun, inertia = restarts.begin(*first, restarts.draw(k, sequences), GLIMPSE)
    promising = begun[np.argsort(inertia, kind="stable")[: (n_init + 1) // 2]]
    ended = [lloyd.refine(*middle, centres, exact.MAX_ITERATIONS) for centres in promising]
    least, _ = min(ended, key=itemgetter(1))
    ended.append(exact.swap(*middle, least, seed))
    different = {float(f"{inertia:.4g}"): centres for centres, inertia in ended}
    close = [inertia for inertia in sorted(different) if inertia <= CLOSE * min(different)]
    best = different[close[0]]
    if len(close) > 1:
        judged = [lloyd.refine(*large, different[inertia], RANKING) for inertia in close[:JUDGED]]
        best, _ = min(judged, key=itemgetter(1))
    return lloyd.refine(*large, best, ENOUGH)[0]
