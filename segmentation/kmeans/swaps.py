"""K-means that leaves local minima by swapping centres, compiled."""

import numpy as np

from segmentation.features.compiled import squared_distances, squared_of_two_nearest
from segmentation.kmeans.lloyd import settle, start
from segmentation.kmeans.seeding import best_row, candidates
from segmentation.pipeline.compiling import compiled

TRIED = 10  # iterations after which a swap of two centres has paid or has not
CHEAPEST = 6  # the power of a uniform draw that takes a centre out: nearly always one of the few that cost least


def draw_swaps(k: int, generator: np.random.Generator) -> np.ndarray:
    """Draws for k `swaps` of k centres, with as many candidates for each as for seeds."""
    return generator.random((k, 1 + candidates(k)))


@compiled
def swaps(X, weight, centres, draws, iterations):
    """Weighted K-means that takes a centre out, puts it elsewhere, and keeps what pays.

    The centre that goes is one of those that cost least, drawn by the first column of `draws`. It goes to the best of
    several rows, drawn by the other columns as `seeds` draws them. `draws` is uniform on [0, 1) and has shape (swaps,
    1 + candidates). Returns as `lloyd.refine` with so many `iterations` does. Source: Franti 2018, "Efficiency of
    random swap clustering", with both draws made greedy.
    """
    label, slack, count, total = start(X, centres)
    centres, inertia = settle(X, weight, centres, label, slack, count, total, iterations)
    least, second = squared_of_two_nearest(X, centres)
    for draw in draws:
        cost = np.zeros(len(centres))
        for row in range(len(label)):
            cost[label[row]] += weight[row] * (second[row] - least[row])
        out = np.argsort(cost)[int(draw[0] ** CHEAPEST * len(cost))]
        without = np.where(label == out, second, least)
        row, _ = best_row(X, weight * least, weight, without, draw[1:])
        swapped = centres.copy()
        swapped[out] = X[:, row]
        state = label.copy(), _slack(X, label, least, second, out, swapped[out]), count.copy(), total.copy()
        tried, reached = settle(X, weight, swapped, *state, TRIED)
        if reached < inertia:
            label, slack, count, total = start(X, tried)
            centres, inertia = settle(X, weight, tried, label, slack, count, total, iterations)
            least, second = squared_of_two_nearest(X, centres)
    return centres, inertia


@compiled
def _slack(X, label, least, second, out, place):
    """What slack each row has, see `lloyd.settle`, when the centre `out` goes to `place` (features,)."""
    squared, slack = squared_distances(X, place), np.empty(len(label))
    for row in range(len(label)):
        nearest_other = np.sqrt(min(second[row], squared[row]))
        slack[row] = -1.0 if label[row] == out else nearest_other - np.sqrt(least[row])
    return slack
