"""The ranks that decide who is drawn into a coreset, compiled."""

import numpy as np

from segmentation.pipeline.compiling import compiled


@compiled
def drawn(X, rank, customers, size):
    """The customers of a block (features, rows) who are drawn into a coreset of `size`: rows, and probability of all.

    `rank` (rows,) holds uniform draws, which become ranks. `customers` is the number of all. See `coreset.Coreset` for
    rank and probability, and `coreset.draw_coreset` for the source.
    """
    probability, row_numbers, number = np.zeros(X.shape[1]), np.empty(X.shape[1], np.int64), 0
    for feature in range(len(X)):
        for row in range(X.shape[1]):
            probability[row] += X[feature, row] * X[feature, row]
    for row in range(X.shape[1]):
        probability[row] = (1 + probability[row] / len(X)) / (2 * customers)
        rank[row] /= probability[row]
        row_numbers[number] = row
        number += rank[row] < size
    return row_numbers[:number], probability
