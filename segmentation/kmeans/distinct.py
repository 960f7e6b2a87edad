"""Distinct rows: K-means can make no more segments than there are."""

import numpy as np

from segmentation.pipeline.errors import InputFault


def distinct_rows(X: np.ndarray, weight: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The distinct rows of `X` (customers, features) in lexicographic order, and how many customers share each.

    `weight` (customers,) says how many customers a row stands for, by default one.
    """
    order = np.lexsort(X.T[::-1])
    X, weight = X[order], np.ones(len(X)) if weight is None else weight[order]
    first = np.flatnonzero(_differs_from_the_row_before(X))
    return X[first], np.add.reduceat(weight, first)


def count_distinct(X: np.ndarray) -> int:
    """How many distinct rows `X` (customers, features) has, whose rows are in lexicographic order."""
    return int(_differs_from_the_row_before(X).sum())


def check_distinct(distinct: int, customers: int, k: int) -> None:
    """Raises InputFault where there are fewer distinct rows than segments asked for."""
    if k > distinct:
        raise InputFault(
            f"{customers:,} customers with {distinct:,} distinct rows of features cannot make {k} segments: "
            f"lower elbow.k_max or cluster.k to {distinct} or less"
        )


def _differs_from_the_row_before(X: np.ndarray) -> np.ndarray:
    differs = np.ones(len(X), dtype=bool)
    differs[1:] = np.any(X[1:] != X[:-1], axis=1)
    return differs
