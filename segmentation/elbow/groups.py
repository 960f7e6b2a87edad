"""How many groups of customers stand apart, joined from several draws of the customers."""

from collections.abc import Sequence
from concurrent.futures import Executor

import numpy as np

from segmentation.elbow import mixtures, null, valleys

Groups = tuple[int, float]  # how many there are, and the depth of the shallowest valley between two of them


def count(
    samples: Sequence[np.ndarray], seeds: Sequence[int], k_maxes: Sequence[int], is_everyone: bool, pool: Executor
) -> tuple[dict[int, Groups], list[dict[int, Groups]]]:
    """The groups for each largest K in `k_maxes`, joined from all draws, and those of each draw alone.

    `samples` (customers, features) are the draws, with a seed for each. Where each is `is_everyone`, there are few
    customers, and what `mixtures` finds counts too.
    """
    searches = [valleys.search(X, k_maxes, seed, pool) for X, seed in zip(samples, seeds, strict=True)]
    joined = {k: join_draws([groups[k] for groups in searches], is_everyone) for k in k_maxes}
    if not is_everyone:
        return joined, searches
    mixed = believed(samples[0], mixtures.search(samples[0], k_maxes, seeds[0], pool), seeds[0], pool)
    return _larger(joined, mixed), [_larger(groups, mixed) for groups in searches]


def join_draws(groups: Sequence[Groups], is_everyone: bool) -> Groups:
    """The median number of groups in the draws, and the mean depth in the draws with that number.

    Draws of everyone differ by the luck of their restarts alone: a valley that two draws find is there, and the second
    largest number counts.
    """
    number, _ = sorted(groups)[-2 if is_everyone else len(groups) // 2]
    return number, float(np.mean([depth for drawn, depth in groups if drawn == number]))


def believed(X: np.ndarray, mixed: dict[int, Groups], seed: int, pool: Executor) -> dict[int, Groups]:
    """What `mixtures` finds, where the curve at that number lies below that of customers without segments.

    `X` has shape (customers, features). Elsewhere the likelihood may tell of tails and steps, unless a valley is as
    deep as `valleys` asks for.
    """
    far = null.beyond_at(X, sorted({number for number, _ in mixed.values() if number > 1}), seed, pool)
    return {
        k: (number, depth)
        for k, (number, depth) in mixed.items()
        if far.get(number, 0) > mixtures.BEYOND or depth > valleys.DEPTH
    }


def _larger(groups: dict[int, Groups], mixed: dict[int, Groups]) -> dict[int, Groups]:
    return {k: max(found, mixed.get(k, found)) for k, found in groups.items()}
