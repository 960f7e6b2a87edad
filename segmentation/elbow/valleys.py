"""Which segments stand apart: where there are fewer customers between two of them than on either side.

K-means cuts whatever it is given, a single cloud or a long tail as well as two segments. Customers without segments
are densest in the middle and ever rarer outwards, so that no cut of theirs runs through a valley; each cut that does is
between two segments.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from operator import itemgetter

import numpy as np

from segmentation.features import assignment, fitting, transforms
from segmentation.kmeans import restarts
from segmentation.pipeline import engine

BANDS = np.array([0.2, 0.3, 0.42, 0.58])  # widths, in distances between the two centres
PLACES = np.linspace(0.2, 0.8, 13)  # of a valley on the way from one centre to the other
BORDERS = np.stack([np.add.outer(PLACES, side * BANDS / 2).ravel() for side in (-3, -1, 1, 3)])  # of three bands
MATERIAL = 0.9  # of the customers beside it: a band with more is no valley, however many customers say so
DEPTH = 2.9  # which the deepest of many bands seldom reaches by chance: benchmarks/planted.py --half tune
SKEWED = 1.0  # skewness from which on a column is looked at without its tail, too
CELLS = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32, 40, 50, 63, 80)  # as even as whole numbers are: preferred ones
POWER_ROWS = 1_000  # tell how far a tail is drawn in
RESTARTS = 3  # of each number of cells
FEWEST = 5  # customers per cell
PURPOSE = 8  # keys the restarts


def search(
    X: np.ndarray, most: Sequence[int], seed: int, compiled: bool, pool: Executor
) -> dict[int, tuple[int, float]]:
    """How many groups of customers stand apart, and the depth of the shallowest valley between two of them.

    `X` has shape (customers, features). Cut into more cells than there may be segments, from 0.8 K to 2 K of them for
    each K in `most`, and joined again until valleys separate all (see `apart`), the customers show the groups that
    K-means at one K misses; of several numbers of cells, and of the columns as they are and without their tails, the
    largest number of groups counts. It is not bound by K. Returns both for each K.
    """
    spaces = [spread(space, seed) for space in (X, tailless(X)) if space is not None]
    cuts = {k: numbers(k, len(X)) for k in most}
    tasks = [(space, cells) for cells in set().union(*cuts.values()) for space in range(len(spaces))]

    def task(which: tuple[int, int]) -> tuple[int, float]:
        space, cells = which
        centres, _ = restarts.best(spaces[space], cells, RESTARTS, (PURPOSE, seed, space, cells), compiled)
        return count(apart(spaces[space], centres))

    tasks.sort(key=itemgetter(1, 0), reverse=True)  # the longest work starts first
    found = dict(zip(tasks, engine.each(pool, task, tasks, doing="valleys", of="cut"), strict=True))
    return {k: max((found[which] for which in tasks if which[1] in cuts[k]), default=(1, 0.0)) for k in most}


def numbers(k: int, customers: int) -> list[int]:
    """The numbers of cells from about 0.8 to 2 times `k` that so many customers can fill."""
    decades = [*CELLS, *(10 * cells for cells in CELLS[6:]), *(100 * cells for cells in CELLS[6:])]
    room = customers // FEWEST
    least = max((cells for cells in decades if cells <= min(0.8 * k, room)), default=2)
    return [cells for cells in decades if least <= cells <= min(max(2 * k, 2), room)]


def apart(X: np.ndarray, centres: np.ndarray) -> list[tuple[int, float]]:
    """Joins the cells around `centres` (k, features), one after the other the two with the shallowest valley between.

    `X` has shape (customers, features). Returns, for each number of groups from k down to 2, that number and the depth
    of the shallowest valley between two of them, in standard deviations: see `depth`. Cells of K-means are joined as
    components are in Hennig 2010, "Methods for merging Gaussian mixture components".
    """
    label, _, _ = assignment.nearest(X, centres)
    groups = [X[label == cell] for cell in np.unique(label)]
    means = [group.mean(axis=0) for group in groups]
    depths = np.full((len(groups), len(groups)), np.inf)
    for one in range(len(groups)):
        for other in range(one):
            depths[one, other] = depth(groups[one], groups[other], means[one], means[other])
    steps = []
    for left in range(len(groups), 1, -1):
        gone, kept = np.unravel_index(depths.argmin(), depths.shape)
        steps.append((left, float(depths[gone, kept])))
        groups[kept] = np.concatenate([groups[gone], groups[kept]])
        means[kept] = groups[kept].mean(axis=0)
        depths[gone], depths[:, gone] = np.inf, np.inf
        for third, group in enumerate(groups):
            pair = max(kept, third), min(kept, third)
            if depths[pair] < np.inf:
                depths[pair] = depth(groups[kept], group, means[kept], means[third])
    return steps


def depth(one: np.ndarray, other: np.ndarray, start: np.ndarray, end: np.ndarray) -> float:
    """How far a band between two groups holds fewer customers than the bands beside it, in standard deviations.

    The groups have shape (customers, features), their means `start` and `end` (features,). All customers are projected
    on the line through the means; of many places and widths of the bands the deepest valley counts.
    """
    way = end - start
    length = way @ way
    if length == 0:
        return -np.inf
    along = np.sort((np.concatenate([one @ way, other @ way]) - start @ way) / length)
    left, within, right = np.diff(np.searchsorted(along, BORDERS), axis=0)
    beside = MATERIAL * np.minimum(left, right)
    return float(((beside - within - 0.5) / np.sqrt(MATERIAL * beside + within + 1)).max())


def count(steps: Iterable[tuple[int, float]], least: float = DEPTH) -> tuple[int, float]:
    """The number of groups that valleys deeper than `least` separate, and the depth of the shallowest of these."""
    return next(((groups, found) for groups, found in steps if found > least), (1, 0.0))


def spread(X: np.ndarray, seed: int) -> np.ndarray:
    """`X` (customers, features) with equal values of a column spread as far as halfway to the next ones, evenly.

    Between whole numbers there is no valley.
    """
    draws = np.random.default_rng([PURPOSE, seed]).random(X.shape)
    columns = []
    for column, draw in zip(X.T, draws.T, strict=True):
        values, place = np.unique(column, return_inverse=True)
        between = (values[1:] + values[:-1]) / 2
        if len(values) > 1:
            low, high = np.r_[2 * values[0] - between[0], between], np.r_[between, 2 * values[-1] - between[-1]]
            column = low[place] + draw * (high - low)[place]
        columns.append(column)
    return np.column_stack(columns)


def tailless(X: np.ndarray) -> np.ndarray | None:
    """Standardised `X` (customers, features) with the tails of skewed columns drawn in; None where none is skewed."""
    skewed = np.abs((X**3).mean(axis=0)) > SKEWED
    if not skewed.any():
        return None
    columns, step = [], -(-len(X) // POWER_ROWS)
    for column, is_skewed in zip(X.T, skewed, strict=True):
        if is_skewed:
            column = transforms.transform(column, "yeo-johnson", fitting.power(column[::step]))
            column = (column - column.mean()) / (column.std() or 1)
        columns.append(column)
    return np.column_stack(columns)
