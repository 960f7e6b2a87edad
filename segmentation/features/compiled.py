"""Distances of customers to centres and sums by segment, compiled: without Python's lock, in vector instructions.

Rows come as `X` of shape (features, customers), one feature after the other in memory, and are looked at in blocks of
BLOCK rows. No sum is reordered and no product fused, so every processor gives the same bits as `assignment.nearest`
does in NumPy.
"""

import numpy as np

from segmentation.pipeline.compiling import compiled

BLOCK = 256  # rows whose distances stay in the processor's nearest cache
UNITS = 1e9  # of a published number: the inverse of its last digit, see outputs.DECIMALS


@compiled
def load(X, start, x):
    """Copies the rows of `X` from `start` on into the block `x` (features, BLOCK); returns how many there were."""
    rows = min(BLOCK, X.shape[1] - start)
    for feature in range(len(X)):
        x[feature, :rows] = X[feature, start : start + rows]
    return rows


@compiled
def squared_to(x, centre, squared):
    """Writes the squared distances of a block `x` of shape (features, BLOCK) to one centre into `squared`."""
    for row in range(BLOCK):
        difference = x[0, row] - centre[0]
        squared[row] = difference * difference
    for feature in range(1, len(centre)):
        for row in range(BLOCK):
            difference = x[feature, row] - centre[feature]
            squared[row] += difference * difference


@compiled
def two_nearest(x, centres, squared, least, second, label):
    """Writes each row's squared distance to the nearest centre, that to the second nearest, and the nearest's number.

    `x` is a block; `least`, `second` and `label` have shape (BLOCK,), as has `squared`, which is overwritten. Of
    centres equally near the first counts; `second` is infinite where there is one centre only.
    """
    squared_to(x, centres[0], least)
    second[:], label[:] = np.inf, 0
    for centre in range(1, len(centres)):
        squared_to(x, centres[centre], squared)
        for row in range(BLOCK):
            nearer = squared[row] < least[row]
            second[row] = min(second[row], max(least[row], squared[row]))
            label[row] = centre if nearer else label[row]
            least[row] = min(least[row], squared[row])


@compiled
def squared_of_two_nearest(X, centres):
    """The squared distances of all rows to the nearest and to the second nearest centre, each of shape (customers,)."""
    all_least, all_second = np.empty(X.shape[1]), np.empty(X.shape[1])
    x, squared = np.zeros((len(X), BLOCK)), np.empty(BLOCK)
    least, second, label = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK, np.int64)
    for start in range(0, X.shape[1], BLOCK):
        rows = load(X, start, x)
        two_nearest(x, centres, squared, least, second, label)
        all_least[start : start + rows] = least[:rows]
        all_second[start : start + rows] = second[:rows]
    return all_least, all_second


@compiled
def squared_distances(X, place):
    """The squared distance of each row to a `place` (features,): shape (customers,)."""
    squared = np.zeros(X.shape[1])
    for feature in range(len(X)):
        for row in range(len(squared)):
            squared[row] += (X[feature, row] - place[feature]) ** 2
    return squared


@compiled
def margins(least, second):
    """Makes distances of the squared distances `least` of a block, and margins of `second`: 0 on a border."""
    for row in range(BLOCK):
        has_margin = second[row] > 0
        least[row] = np.sqrt(least[row])
        second[row] = 1 - least[row] / np.sqrt(second[row]) if has_margin else 0.0


@compiled
def nearest(X, centres):
    """As `assignment.nearest`, for `X` of shape (features, customers)."""
    features, customers = X.shape
    label, distance, margin = np.empty(customers, np.int64), np.empty(customers), np.empty(customers)
    x, squared = np.zeros((features, BLOCK)), np.empty(BLOCK)
    least, second, number = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK, np.int64)
    for start in range(0, customers, BLOCK):
        rows = load(X, start, x)
        two_nearest(x, centres, squared, least, second, number)
        margins(least, second)
        for row in range(BLOCK):
            least[row] = np.rint(least[row] * UNITS) / UNITS
            second[row] = np.rint(second[row] * UNITS) / UNITS
        label[start : start + rows] = number[:rows]
        distance[start : start + rows] = least[:rows]
        margin[start : start + rows] = second[:rows]
    return label, distance, margin


@compiled
def sums(label, values, k):
    """As `sums.by_segment`."""
    added = np.zeros((3, k))
    for row in range(len(label)):
        value = values[row]
        if value == value:  # no NaN
            added[0, label[row]] += 1
            added[1, label[row]] += value
            added[2, label[row]] += value < 0
    return added
