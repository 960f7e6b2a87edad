"""Lloyd's algorithm, compiled: one pass over rows that serves the centres of every K at once, and whole weighted fits.

Rows come as `X` of shape (features, customers), one feature after the other in memory. Distances are taken for a
block of rows to one centre at a time, in loops over the rows that the compiler turns into vector instructions; no sum
is reordered and no product fused, so every processor gives the same bits.
"""

import math

import numpy as np
from numba import njit

BLOCK = 256  # rows whose distances stay in the processor's nearest cache
LANES = 8  # partial sums of a block: as many as the widest processors add at once
TRIED = 10  # iterations after which a swap of two centres has paid or has not
CHEAPEST = 6  # the power of a uniform draw that takes a centre out: nearly always one of the few that cost least


@njit(nogil=True, cache=True)
def _sum(values: np.ndarray) -> float:
    lanes = np.zeros(LANES)
    for start in range(0, BLOCK, LANES):
        for lane in range(LANES):
            lanes[lane] += values[start + lane]
    total = 0.0
    for lane in range(LANES):
        total += lanes[lane]
    return total


@njit(nogil=True, cache=True)
def _squared(x: np.ndarray, centre: np.ndarray, squared: np.ndarray) -> None:
    """Writes the squared distances of a block `x` of shape (features, BLOCK) to one centre into `squared`."""
    for row in range(BLOCK):
        difference = x[0, row] - centre[0]
        squared[row] = difference * difference
    for feature in range(1, len(centre)):
        for row in range(BLOCK):
            difference = x[feature, row] - centre[feature]
            squared[row] += difference * difference


@njit(nogil=True, cache=True)
def _nearest(x: np.ndarray, centres: np.ndarray, least: np.ndarray, label: np.ndarray) -> None:
    """Writes each row's squared distance to the nearest centre into `least`, and that centre's number into `label`."""
    squared = np.empty(BLOCK)
    _squared(x, centres[0], least)
    label[:] = 0
    for centre in range(1, len(centres)):
        _squared(x, centres[centre], squared)
        for row in range(BLOCK):
            nearer = squared[row] < least[row]
            least[row] = squared[row] if nearer else least[row]
            label[row] = centre if nearer else label[row]


@njit(nogil=True, cache=True)
def _add(x: np.ndarray, w: np.ndarray, label: np.ndarray, size: np.ndarray, total: np.ndarray) -> None:
    """Adds a block's weights and weighted rows to those of its centres."""
    for row in range(len(w)):
        size[label[row]] += w[row]
        for feature in range(len(x)):
            total[label[row], feature] += w[row] * x[feature, row]


@njit(nogil=True, cache=True)
def assign(X, weight, centres, first):
    """Assigns each row to the nearest centre of each K, and adds up what the next centres are made of.

    `X` has shape (features, customers), `weight` (customers,), `centres` (centres of all K, features): the centres of
    the i-th K are the rows from first[i] up to first[i + 1]. Of centres equally near the first counts. Returns for each
    centre the sum of its customers' weights and the sum of their weighted rows, and for each K the inertia, the
    squared distance of the row farthest from its centre, and that row.
    """
    features, customers = X.shape
    ks = len(first) - 1
    size, total = np.zeros(len(centres)), np.zeros((len(centres), features))
    inertia, far, farthest = np.zeros(ks), np.full(ks, -1.0), np.zeros((ks, features))
    x, w = np.zeros((features, BLOCK)), np.zeros(BLOCK)
    least, label = np.empty(BLOCK), np.empty(BLOCK, np.int64)
    for start in range(0, customers, BLOCK):
        rows = min(BLOCK, customers - start)
        for feature in range(features):
            x[feature, :rows] = X[feature, start : start + rows]
        w[:rows], w[rows:] = weight[start : start + rows], 0
        for k in range(ks):
            span = slice(first[k], first[k + 1])
            _nearest(x, centres[span], least, label)
            for row in range(rows):
                if least[row] > far[k]:
                    far[k], farthest[k] = least[row], x[:, row]
            inertia[k] += _sum(least * w)
            _add(x, w[:rows], label, size[span], total[span])
    return size, total, inertia, far, farthest


@njit(nogil=True, cache=True)
def segment_sums(X, centres, first):
    """Adds up the customers of each segment of each K, their distances and their margins.

    The arguments are as in `assign`. Returns three arrays of shape (centres,): how many customers are nearest to each
    centre, the sum of their distances to it, and the sum of their margins. A margin is 1 - distance / distance to the
    second nearest centre.
    """
    features, customers = X.shape
    size, distance, margin = np.zeros(len(centres)), np.zeros(len(centres)), np.zeros(len(centres))
    x, squared = np.zeros((features, BLOCK)), np.empty(BLOCK)
    least, second, label = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK, np.int64)
    for start in range(0, customers, BLOCK):
        rows = min(BLOCK, customers - start)
        for feature in range(features):
            x[feature, :rows] = X[feature, start : start + rows]
        for k in range(len(first) - 1):
            least[:], second[:] = np.inf, np.inf
            for centre in range(first[k], first[k + 1]):
                _squared(x, centres[centre], squared)
                for row in range(BLOCK):
                    nearer = squared[row] < least[row]
                    second[row] = min(second[row], least[row] if nearer else squared[row])
                    label[row] = centre if nearer else label[row]
                    least[row] = squared[row] if nearer else least[row]
            for row in range(BLOCK):
                has_margin = second[row] > 0
                second[row] = 1 - np.sqrt(least[row] / second[row]) if has_margin else 0.0
                least[row] = np.sqrt(least[row])
            for row in range(rows):
                size[label[row]] += 1
                distance[label[row]] += least[row]
                margin[label[row]] += second[row]
    return size, distance, margin


@njit(nogil=True, cache=True)
def moved_centres(centres, size, total, far, farthest, first):
    """Moves each centre to the mean of its customers, and an empty one to the row farthest from its centre.

    The arguments are as `assign` takes and returns them. Of several empty centres of one K only the first moves; the
    next one moves after the next pass.
    """
    moved = centres.copy()
    for k in range(len(first) - 1):
        row_is_free = far[k] > 0
        for centre in range(first[k], first[k + 1]):
            if size[centre] > 0:
                moved[centre] = total[centre] / size[centre]
            elif row_is_free:
                moved[centre], row_is_free = farthest[k], False
    return moved


@njit(nogil=True, cache=True)
def refine(X, weight, centres, iterations):
    """Weighted K-means from these centres of one K, until they stay or for so many iterations.

    Returns the centres (k, features) after the last iteration, and the inertia of the centres before it.
    """
    first = np.array([0, len(centres)])
    inertia = np.inf
    for _ in range(iterations):
        size, total, inertias, far, farthest = assign(X, weight, centres, first)
        moved = moved_centres(centres, size, total, far, farthest, first)
        inertia = inertias[0]
        if np.array_equal(moved, centres):
            break
        centres = moved
    return centres, inertia


def draw_seeds(X: np.ndarray, weight: np.ndarray, k: int, generator: np.random.Generator) -> np.ndarray:
    """Draws k rows of `X` by `seeds`, with as many candidates for each as in scikit-learn: shape (k, features)."""
    return seeds(X, weight, generator.random((k, 2 + int(math.log(k)))))


@njit(nogil=True, cache=True)
def seeds(X, weight, draws):
    """Greedy k-means++: k rows of `X`, each the best of several drawn by weight times squared distance.

    `draws` has shape (k, candidates), uniform on [0, 1); returns shape (k, features). Source: Arthur and Vassilvitskii
    2007, "k-means++", section 2; greedy as in scikit-learn.
    """
    features, customers = X.shape
    k, candidates = draws.shape
    centres = np.empty((k, features))
    mass, least = weight.copy(), np.full(customers, np.inf)
    squared, nearer = np.empty(customers), np.empty(customers)
    for centre in range(k):
        cumulated, best = np.cumsum(mass), np.inf
        for candidate in range(candidates if centre else 1):
            row = min(np.searchsorted(cumulated, draws[centre, candidate] * cumulated[-1], side="right"), customers - 1)
            potential = _potential(X, weight, least, X[:, row], squared)
            if potential < best or not candidate:
                best, centres[centre] = potential, X[:, row]
                nearer, squared = squared, nearer
        least[:] = nearer
        mass = weight * least
    return centres


@njit(nogil=True, cache=True)
def _potential(X, weight, least, place, squared):
    """The inertia with one more centre, at `place` (features,); writes each row's squared distance into `squared`.

    `least` has the squared distance of each row to the nearest of the other centres.
    """
    squared[:] = 0
    for feature in range(len(X)):
        for row in range(len(squared)):
            squared[row] += (X[feature, row] - place[feature]) ** 2
    for row in range(len(squared)):
        squared[row] = min(least[row], squared[row])
    return _weighted(weight, squared)


@njit(nogil=True, cache=True)
def _weighted(weight: np.ndarray, values: np.ndarray) -> float:
    """The sum of the values times their weights, in LANES partial sums."""
    lanes, whole = np.zeros(LANES), len(values) - len(values) % LANES
    for start in range(0, whole, LANES):
        for lane in range(LANES):
            lanes[lane] += weight[start + lane] * values[start + lane]
    total = np.sum(weight[whole:] * values[whole:])
    for lane in range(LANES):
        total += lanes[lane]
    return total


def draw_swaps(k: int, generator: np.random.Generator) -> np.ndarray:
    """Draws for k `swaps` of k centres, with as many candidates for each as in `draw_seeds`."""
    return generator.random((k, 1 + 2 + int(math.log(k))))


@njit(nogil=True, cache=True)
def swaps(X, weight, centres, draws, iterations):
    """Weighted K-means that leaves local minima: takes a centre out, puts it elsewhere, and keeps what pays.

    The centre that goes is one of those that cost least, drawn by the first column of `draws`. It goes to the best of
    several rows, drawn by the other columns as `seeds` draws them. `draws` is uniform on [0, 1) and has shape (swaps,
    1 + candidates). Returns as `refine` with so many `iterations` does. Source: Franti 2018, "Efficiency of random swap
    clustering", with both draws made greedy.
    """
    customers, k = X.shape[1], len(centres)
    centres, inertia = refine(X, weight, centres, iterations)
    least, second, label = _two_nearest(X, centres)
    squared = np.empty(customers)
    for draw in draws:
        cost = np.zeros(k)
        for row in range(customers):
            cost[label[row]] += weight[row] * (second[row] - least[row])
        out = np.argsort(cost)[int(draw[0] ** CHEAPEST * k)]
        without = np.where(label == out, second, least)
        cumulated = np.cumsum(weight * least)
        tried, potential = centres.copy(), np.inf
        for candidate in draw[1:]:
            row = min(np.searchsorted(cumulated, candidate * cumulated[-1], side="right"), customers - 1)
            reached = _potential(X, weight, without, X[:, row], squared)
            if reached < potential:
                potential, tried[out] = reached, X[:, row]
        tried, tried_inertia = refine(X, weight, tried, TRIED)
        if tried_inertia < inertia:
            centres, inertia = refine(X, weight, tried, iterations)
            least, second, label = _two_nearest(X, centres)
    return centres, inertia


@njit(nogil=True, cache=True)
def _two_nearest(X, centres):
    """Each row's squared distances to the nearest and the second nearest centre, and the nearest centre's number."""
    customers = X.shape[1]
    least, second, label = np.full(customers, np.inf), np.full(customers, np.inf), np.zeros(customers, np.int64)
    for centre in range(len(centres)):
        squared = _squared_to(X, centres[centre])
        for row in range(customers):
            if squared[row] < least[row]:
                second[row], least[row], label[row] = least[row], squared[row], centre
            else:
                second[row] = min(second[row], squared[row])
    return least, second, label


@njit(nogil=True, cache=True)
def _squared_to(X, place):
    """Each row's squared distance to a place of shape (features,)."""
    squared = np.zeros(X.shape[1])
    for feature in range(len(X)):
        squared += (X[feature] - place[feature]) ** 2
    return squared
