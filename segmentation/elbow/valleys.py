"""Groups that stand apart: where a band between two segments holds fewer customers than the bands on either side.

K-means cuts whatever it is given, a single cloud or a long tail as well as two segments. Customers without segments
are densest in the middle and ever rarer outwards, so no cut of theirs runs through a valley. A cut that does run
through one lies between two segments.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from operator import itemgetter

import numpy as np

from segmentation.features import assignment, transforms
from segmentation.kmeans import restarts
from segmentation.pipeline import engine, parts

DEPTH = 2.9  # the deepest of many bands seldom reaches it by chance: benchmarks/planted.py --half tune
MANY, DEEPER = 25, 0.4  # among more than MANY cells DEPTH grows by DEEPER times the logarithm of cells / MANY
SKEWED = 1.0  # skewness from which on a column is also looked at without its tail
RENARD = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32, 40, 50, 63, 80)  # numbers of cells, about a Renard series (R10)
POWER_ROWS = 1_000  # customers, at most, from whom the power that draws in a tail is estimated
RESTARTS = 1  # of each number of cells: other draws have other starts
FEWEST = 5  # customers per cell
PURPOSE = 8  # keys the restarts


def search(
    X: np.ndarray, k_maxes: Sequence[int], powers: Sequence[float], number: int, pool: Executor
) -> dict[int, tuple[int, float]]:
    """How many groups of customers stand apart, and the depth of the shallowest valley between two of them.

    Cuts the customers into more cells than there may be segments, and joins cells until a valley lies between every
    two groups: see `join_cells`. That finds groups which K-means at one K misses, also more than K of them. For each K
    in `k_maxes` it tries several numbers of cells, from 0.8 K to 2 K, on the columns as they are and without their
    tails; the largest number of groups counts. `X` has shape (customers, features), `powers` are those of `powers_of`,
    and `number` is that of the draw. Returns number and depth for each K in `k_maxes`.
    """
    spaces = [spread(space, number) for space, _ in spaces_of(X, powers)]
    cuts = {k: cell_numbers(k, len(X)) for k in k_maxes}
    tasks = [(space, cells) for cells in set().union(*cuts.values()) for space in range(len(spaces))]

    def count_groups(task: tuple[int, int]) -> tuple[int, float]:
        space, cells = task
        centres, _ = restarts.fit(spaces[space], cells, RESTARTS, (PURPOSE, number, space, cells))
        cell, _, _ = assignment.nearest(spaces[space], centres)
        return groups_apart(join_cells(spaces[space], cell), least_depth(cells))

    tasks.sort(key=itemgetter(1, 0), reverse=True)  # the longest work starts first
    groups = dict(zip(tasks, engine.each(pool, count_groups, tasks, doing="valleys", of="cut"), strict=True))
    return {
        k: max((groups[space, cells] for space, cells in tasks if cells in cuts[k]), default=(1, 0.0)) for k in k_maxes
    }


def least_depth(cells: int) -> float:
    """How deep a valley must be to count: DEPTH, and more among many cells, since chance digs deeper in more places."""
    return DEPTH + DEEPER * max(0.0, float(np.log(cells / MANY)))


def cell_numbers(k: int, customers: int) -> list[int]:
    """The numbers of cells from about 0.8 to 2 times `k` that so many customers can fill."""
    series = [*RENARD, *(10 * cells for cells in RENARD[6:]), *(100 * cells for cells in RENARD[6:])]
    room = customers // FEWEST
    least = max((cells for cells in series if cells <= min(0.8 * k, room)), default=2)
    return [cells for cells in series if least <= cells <= min(max(2 * k, 2), room)]


def join_cells(X: np.ndarray, cell: np.ndarray) -> list[tuple[int, float]]:
    """Joins the cells of customers until two groups are left: see `joining.join_cells`.

    `X` has shape (customers, features), `cell` is the number of each customer's cell. Returns, for each number of
    groups from that of cells down to 2, that number and the depth of the shallowest valley between two of them, in
    standard deviations.
    """
    from segmentation.elbow import joining  # numba takes half a second to load

    filled, label = np.unique(cell, return_inverse=True)
    return list(zip(range(len(filled), 1, -1), joining.join_cells(X, label, len(filled)).tolist(), strict=True))


def groups_apart(steps: Iterable[tuple[int, float]], least: float) -> tuple[int, float]:
    """The number of groups that valleys deeper than `least` separate, and the depth of the shallowest of these.

    `steps` are those of `join_cells`.
    """
    return next(((number, shallowest) for number, shallowest in steps if shallowest > least), (1, 0.0))


def spread(X: np.ndarray, number: int) -> np.ndarray:
    """`X` (customers, features) with equal values spread evenly, up to halfway to the next values of their column.

    Else every gap between two whole numbers would be a valley.
    """
    fractions = np.random.default_rng([PURPOSE, number]).random(X.shape)
    columns = []
    for column, fraction in zip(X.T, fractions.T, strict=True):
        values, position = np.unique(column, return_inverse=True)
        between = (values[1:] + values[:-1]) / 2
        if len(values) > 1:
            low, high = np.r_[2 * values[0] - between[0], between], np.r_[between, 2 * values[-1] - between[-1]]
            column = low[position] + fraction * (high - low)[position]
        columns.append(column)
    return np.column_stack(columns)


def powers_of(X: np.ndarray) -> list[float]:
    """The power that draws in the tail of each column of standardised `X` (customers, features); 1 where it has none.

    Source: Yeo and Johnson 2000, "A new family of power transformations to improve normality or symmetry".
    """
    few = X[:: parts.sampling_step(len(X), POWER_ROWS)]
    skewed = np.abs((X**3).mean(axis=0)) > SKEWED
    return [transforms.yeo_johnson_power(column) if bent else 1.0 for column, bent in zip(few.T, skewed, strict=True)]


def spaces_of(X: np.ndarray, powers: Sequence[float]) -> list[tuple[np.ndarray, float]]:
    """Standardised `X` (customers, features) as it is and, where columns are skewed, with their tails drawn in.

    `powers` are those of `powers_of`. With each space comes the sum, over customers and columns, of the logarithm of
    how far it stretches a value.
    """
    if all(power == 1 for power in powers):
        return [(X, 0.0)]
    columns, stretch = [], 0.0
    for column, power in zip(X.T, powers, strict=True):
        if power != 1:
            drawn_in = transforms.transform(column, "yeo-johnson", power)
            deviation = drawn_in.std() or 1
            stretch += (np.sign(column) * (power - 1) * np.log1p(np.abs(column)) - np.log(deviation)).sum()
            column = (drawn_in - drawn_in.mean()) / deviation
        columns.append(column)
    return [(X, 0.0), (np.column_stack(columns), float(stretch))]
