"""What the values of customers add up to, by segment."""

import sys

import numpy as np

FEW = 100_000  # customers, whom NumPy counts in less time than compiled code takes to load


def by_segment(label: np.ndarray, values: np.ndarray, k: int) -> np.ndarray:
    """How many customers of each segment have a value, what the values add up to, and how many are below 0: (3, k).

    `label` (0..k-1) and `values`, NaN where one is missing, have shape (customers,). The sums of parts add up to those
    of the table.
    """
    if len(label) > FEW or sys.modules.get("numba"):
        from segmentation.features import compiled

        return compiled.sums(label, values, k)
    return _by_numpy(label, values, k)


def _by_numpy(label: np.ndarray, values: np.ndarray, k: int) -> np.ndarray:
    known = ~np.isnan(values)
    values, label = values[known], label[known]
    return np.stack([np.bincount(label, weights, k) for weights in (None, values, values < 0)])
