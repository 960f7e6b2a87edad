"""Lloyd's algorithm, compiled: one pass over rows that serves the centres of every K at once, and whole weighted fits.

Rows come as `X` of shape (features, customers), one feature after the other in memory: see `features.compiled`.
"""

from typing import NamedTuple

import numpy as np

from segmentation.features.compiled import BLOCK, UNITS, load, margins, squared_of_two_nearest, two_nearest
from segmentation.pipeline.compiling import compiled

FEW = BLOCK // 4  # rows of a block: when more of them are to be looked at, the whole block is looked at as it lies
LANES = 8  # partial sums of a block: as many as the widest processors add at once


class Tally(NamedTuple):
    """What the customers of some rows add up to, for each centre and for each K.

    The totals are whole numbers of a feature's last digit, so they are exact: parts, threads and the order of the rows
    change no bit of them. They hold some nine billion customers at a standard deviation from the mean.
    """

    size: np.ndarray  # customers who are nearest to each centre: shape (centres,)
    total: np.ndarray  # their features, in 1 / UNITS: whole numbers of shape (centres, features)
    distance: np.ndarray  # their distances to the centre: shape (centres,), 0 unless it was asked for
    margin: np.ndarray  # their margins, see `assignment.nearest`: as `distance`
    inertia: np.ndarray  # of each K: shape (ks,)
    far: np.ndarray  # the squared distance of the customer farthest from the nearest centre: shape (ks,)
    farthest: np.ndarray  # that customer: shape (ks, features)


@compiled
def tally(X, centres, first, described):
    """Assigns each row to the nearest centre of each K, and adds up what the next centres are made of: a Tally.

    `centres` has shape (centres of all K, features): those of the i-th K are the rows from first[i] up to first[i + 1].
    Of centres equally near the first counts. Distances and margins are added up where `described` is true.
    """
    features, customers = X.shape
    ks, all_centres = len(first) - 1, len(centres)
    size, total = np.zeros(all_centres, np.int64), np.zeros((all_centres, features), np.int64)
    distance, margin = np.zeros(all_centres), np.zeros(all_centres)
    inertia, far, farthest = np.zeros(ks), np.full(ks, -1.0), np.zeros((ks, features))
    x, units, squared = np.zeros((features, BLOCK)), np.empty((BLOCK, features), np.int64), np.empty(BLOCK)
    least, second, label, ones = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK, np.int64), np.ones(BLOCK)
    for start in range(0, customers, BLOCK):
        rows = load(X, start, x)
        _to_units(x, units)
        for k in range(ks):
            two_nearest(x, centres[first[k] : first[k + 1]], squared, least, second, label)
            label += first[k]
            least[rows:] = 0
            if np.max(least[:rows]) > far[k]:
                row = np.argmax(least[:rows])
                far[k], farthest[k] = least[row], x[:, row]
            inertia[k] += weighted_sum(ones, least)
            _count(units, label[:rows], size, total)
            if described:
                margins(least, second)
                for row in range(rows):
                    distance[label[row]] += least[row]
                    margin[label[row]] += second[row]
    return Tally(size, total, distance, margin, inertia, far, farthest)


@compiled
def _to_units(x, units):
    """Writes the features of a block in whole numbers of their last digit into `units` (BLOCK, features)."""
    for feature in range(len(x)):
        for row in range(BLOCK):
            units[row, feature] = np.int64(np.rint(x[feature, row] * UNITS))


@compiled
def _count(units, label, size, total):
    """Adds the rows with these labels to the sizes and totals of their centres."""
    for row in range(len(label)):
        size[label[row]] += 1
        for feature in range(units.shape[1]):
            total[label[row], feature] += units[row, feature]


@compiled
def gaps(X, centres):
    """How much farther than the nearest centre the second nearest is, of each row: shape (customers,)."""
    least, second = squared_of_two_nearest(X, centres)
    for row in range(len(second)):
        second[row] = np.sqrt(second[row]) - np.sqrt(least[row])
    return second


@compiled
def near(X, centres, width):
    """The rows near a border, whose second nearest centre is at most `width` farther: shape (features, rows)."""
    gap = gaps(X, centres)
    is_near = (gap <= width) & (gap < np.inf)
    rows, number = np.empty((len(X), np.sum(is_near))), 0
    for row in range(len(gap)):
        if is_near[row]:
            for feature in range(len(X)):
                rows[feature, number] = X[feature, row]
            number += 1
    return rows


@compiled
def refine(X, weight, centres, iterations):
    """Weighted K-means from these centres of one K, until they stay or for so many iterations.

    Returns the centres (k, features) after the last iteration, and the inertia of the centres before it.
    """
    state = start(X, centres)
    return settle(X, weight, centres, *state, iterations)


@compiled
def start(X, centres):
    """The state that `settle` takes, where no row is assigned to a centre yet."""
    customers, k = X.shape[1], len(centres)
    label, slack = np.full(customers, k), np.zeros(customers)
    return label, slack, np.zeros(k + 1, np.int64), np.zeros((k + 1, 1 + len(X)))


@compiled
def settle(X, weight, centres, label, slack, count, total, iterations):
    """As `refine`, from a state, which it changes.

    `label` (customers,) has the centre that each row is assigned to, or k for none. `slack` (customers,) is a lower
    bound of how much nearer that centre is than the second nearest: a row is looked at again only when the centres have
    moved by more. `count` (k + 1,) and `total` (k + 1, 1 + features) are the number of each centre's rows, the sum of
    their weights and of their weighted features. Source: Hamerly 2010, "Making k-means even faster", with both bounds
    in one.
    """
    shift, judged = np.zeros(len(centres) + 1), centres
    for _ in range(iterations):
        _assign(X, weight, centres, shift, label, slack, count, total)
        judged, centres = centres, _means(X, centres, label, count, total)
        if np.array_equal(centres, judged):
            break
        shift[:-1] = _shift(np.sqrt(((centres - judged) ** 2).sum(axis=1)))
    return centres, weighted_sum(weight, _squared_distances(X, judged, label))


@compiled
def _assign(X, weight, centres, shift, label, slack, count, total):
    """Takes the centres' `shift` (k + 1,) from the slack, and assigns the rows without slack to the nearest centre.

    Blocks in which many rows have none are looked at as they lie; the others' rows are gathered.
    """
    x, gathered = np.zeros((len(X), BLOCK)), np.zeros((len(X), BLOCK))
    rows, filled = np.empty(BLOCK, np.int64), 0
    for start in range(0, X.shape[1], BLOCK):
        end = min(start + BLOCK, X.shape[1])
        without = _without_slack(shift, label[start:end], slack[start:end])
        if without > FEW:
            load(X, start, x)
            _look(x, np.arange(start, end), weight, centres, label, slack, count, total)
        elif without:
            filled = _gather(X, start, end, slack, gathered, rows, filled)
            if filled > BLOCK - FEW:
                _look(gathered, rows[:filled], weight, centres, label, slack, count, total)
                filled = 0
    _look(gathered, rows[:filled], weight, centres, label, slack, count, total)


@compiled
def _without_slack(shift, label, slack):
    """Takes the centres' `shift` from the slack of rows; returns how many have none left."""
    without = 0
    for row in range(len(slack)):
        slack[row] -= shift[label[row]]
        without += slack[row] <= 0
    return without


@compiled
def _gather(X, start, end, slack, gathered, rows, filled):
    """Adds the rows without slack to a block that is `filled` so far, and their numbers to `rows`."""
    for row in range(start, end):
        if slack[row] <= 0:
            rows[filled] = row
            for feature in range(len(X)):
                gathered[feature, filled] = X[feature, row]
            filled += 1
    return filled


@compiled
def _look(x, rows, weight, centres, label, slack, count, total):
    """Assigns the rows of these numbers, whose features lie in the block `x`, to the nearest centre."""
    squared, nearest = np.empty(BLOCK), np.empty(BLOCK, np.int64)
    least, second = np.empty(BLOCK), np.empty(BLOCK)
    two_nearest(x, centres, squared, least, second, nearest)
    for at in range(BLOCK):
        second[at] = np.sqrt(second[at]) - np.sqrt(least[at])
    for at in range(len(rows)):
        row = rows[at]
        old, new, w = label[row], nearest[at], weight[row]
        slack[row] = second[at]
        if new != old:
            label[row] = new
            count[new] += 1
            count[old] -= 1
            total[new, 0] += w
            total[old, 0] -= w
            for feature in range(len(x)):
                total[new, 1 + feature] += w * x[feature, at]
                total[old, 1 + feature] -= w * x[feature, at]


@compiled
def _means(X, centres, label, count, total):
    """Moves each centre to the mean of its rows, and the first empty one to the row farthest from its centre."""
    moved, empty = centres.copy(), -1
    for centre in range(len(centres)):
        if count[centre] and total[centre, 0] > 0:
            moved[centre] = total[centre, 1:] / total[centre, 0]
        elif empty < 0:
            empty = centre
    if empty >= 0:
        squared = _squared_distances(X, centres, label)
        row = np.argmax(squared)
        if squared[row] > 0:
            moved[empty] = X[:, row]
    return moved


@compiled
def _shift(step):
    """How much nearer another centre may have come to the rows of each than their own, as all moved by `step` (k,)."""
    largest = np.argmax(step)
    others = step.copy()
    others[largest] = 0
    shift = step + step[largest]
    shift[largest] = step[largest] + others.max()
    return shift


@compiled
def _squared_distances(X, centres, label):
    """The squared distance of each row to the centre that it is assigned to: shape (customers,)."""
    squared = np.zeros(X.shape[1])
    for feature in range(len(X)):
        for row in range(len(squared)):
            squared[row] += (X[feature, row] - centres[label[row], feature]) ** 2
    return squared


@compiled
def weighted_sum(weight, values):
    """The sum of the values times their weights, in LANES partial sums."""
    lanes, whole = np.zeros(LANES), len(values) - len(values) % LANES
    for start in range(0, whole, LANES):
        for lane in range(LANES):
            lanes[lane] += weight[start + lane] * values[start + lane]
    total = np.sum(weight[whole:] * values[whole:])
    for lane in range(LANES):
        total += lanes[lane]
    return total
