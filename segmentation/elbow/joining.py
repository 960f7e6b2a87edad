"""Joins cells of customers until valleys lie between all groups, in compiled code."""

import numpy as np

from segmentation.pipeline.compiling import compiled

PLACES = np.arange(20, 81, 5)  # of a valley, in hundredths of the way from one centre to the other
HALVES = np.array([10, 15, 21, 29])  # of the widths of bands, in hundredths of that way
BORDERS = np.stack([np.add.outer(PLACES, side * HALVES).ravel() for side in (-3, -1, 1, 3)])  # of three bands each
MATERIAL = 0.9  # a band is no valley if it holds a larger share than this of the customers in the bands beside it
BEFORE, BINS = 100, 300  # hundredths of the way: customers are counted from as far before one centre as after the other


@compiled
def join_cells(X: np.ndarray, label: np.ndarray, cells: int) -> np.ndarray:
    """Joins cells: at each step the two groups with the shallowest valley between them.

    `X` has shape (customers, features), `label` (0..cells-1) is the cell of each customer; no cell is empty. Returns,
    for each number of groups from `cells` down to 2, the depth of the shallowest valley between two of them: see
    `_depth`. Cells of K-means are joined as components are in Hennig 2010, "Methods for merging Gaussian mixture
    components".
    """
    sizes, totals, first, last, following = _lists(X, label, cells)
    means = totals / sizes.reshape(-1, 1)
    depths = np.full((cells, cells), np.inf)
    for a in range(cells):
        for b in range(a):
            depths[a, b] = _depth(X, following, first[a], first[b], means[a], means[b])
    shallowest = np.empty(max(cells - 1, 0))
    for step in range(cells - 1):
        joined, kept = divmod(np.argmin(depths), cells)
        shallowest[step] = depths[joined, kept]
        following[last[kept]], last[kept] = first[joined], last[joined]
        sizes[kept] += sizes[joined]
        totals[kept] += totals[joined]
        means[kept] = totals[kept] / sizes[kept]
        depths[joined], depths[:, joined] = np.inf, np.inf
        for third in range(cells):
            a, b = max(kept, third), min(kept, third)
            if depths[a, b] < np.inf:
                depths[a, b] = _depth(X, following, first[kept], first[third], means[kept], means[third])
    return shallowest


@compiled
def _lists(X, label, cells):
    """The size and total of each cell, its first and last customer, and the customer after each one, or -1."""
    sizes, totals = np.zeros(cells), np.zeros((cells, X.shape[1]))
    first, last, following = np.full(cells, -1), np.full(cells, -1), np.full(len(X), -1)
    for row in range(len(X)):
        cell = label[row]
        sizes[cell] += 1
        for feature in range(X.shape[1]):
            totals[cell, feature] += X[row, feature]
        if first[cell] < 0:
            first[cell] = row
        else:
            following[last[cell]] = row
        last[cell] = row
    return sizes, totals, first, last, following


@compiled
def _depth(X, following, first, first_neighbour, start, end):
    """How far a band between two groups holds fewer customers than the bands beside it, in standard deviations.

    The groups are the lists of customers that begin with `first` and `first_neighbour`; `start` and `end` (features,)
    are their means. All customers are projected on the line through the means; of many places and widths of the bands
    the deepest valley counts.
    """
    line = end - start
    length = np.sum(line * line)
    if length == 0:
        return -np.inf
    before = np.zeros(BINS + 1)  # customers before each hundredth of the way
    for group in (first, first_neighbour):
        row = group
        while row >= 0:
            along = 0.0
            for feature in range(len(line)):
                along += (X[row, feature] - start[feature]) * line[feature]
            hundredth = int(np.floor(100 * along / length)) + BEFORE
            before[min(max(hundredth + 1, 0), BINS)] += 1
            row = following[row]
    before = np.cumsum(before)
    deepest = -np.inf
    for band in range(BORDERS.shape[1]):
        left = before[BEFORE + BORDERS[1, band]] - before[BEFORE + BORDERS[0, band]]
        within = before[BEFORE + BORDERS[2, band]] - before[BEFORE + BORDERS[1, band]]
        right = before[BEFORE + BORDERS[3, band]] - before[BEFORE + BORDERS[2, band]]
        beside = MATERIAL * min(left, right)
        deepest = max(deepest, (beside - within - 0.5) / np.sqrt(MATERIAL * beside + within + 1))
    return deepest
