"""How many groups of customers stand apart, joined from several draws of the customers."""

from collections.abc import Sequence
from concurrent.futures import Executor

import numpy as np

from segmentation.elbow import mixtures, null, valleys

NEARLY_ALL = 0.8  # of the draws
Groups = tuple[int, float]  # how many there are, and the depth of the shallowest valley between two of them


def count(
    samples: Sequence[np.ndarray], k_maxes: Sequence[int], are_few: bool, pool: Executor
) -> tuple[dict[int, Groups], list[dict[int, Groups]]]:
    """The groups for each largest K in `k_maxes`, joined from all draws, and those of each draw alone.

    `samples` (customers, features) are the draws. Where all customers `are_few`, each draw holds all of them, and what
    `mixtures` finds counts too; where it finds as many groups as `valleys`, the deeper valley counts.
    """
    powers = valleys.powers_of(samples[0])
    searches = [valleys.search(X, k_maxes, powers, number, pool) for number, X in enumerate(samples)]
    if are_few:
        mixed = believed(samples[0], mixtures.search(samples[0], k_maxes, powers, pool), pool)
        searches = [{k: max(groups, mixed.get(k, groups)) for k, groups in search.items()} for search in searches]
    return {k: join_draws([groups[k] for groups in searches]) for k in k_maxes}, searches


def join_draws(groups: Sequence[Groups]) -> Groups:
    """The second largest number of groups in the draws, and the mean depth in the draws with that number.

    A valley that two draws find is there, and each draw misses some by the luck of its starts. But where fewer than
    NEARLY_ALL of the draws find any, there are none.
    """
    if np.mean([number > 1 for number, _ in groups]) < NEARLY_ALL:
        return 1, 0.0
    _, (number, _) = sorted(groups)[:-3:-1]
    return number, float(np.mean([depth for drawn, depth in groups if drawn == number]))


def believed(X: np.ndarray, mixed: dict[int, Groups], pool: Executor) -> dict[int, Groups]:
    """What `mixtures` finds, where the curve at that number lies below that of customers without segments.

    `X` has shape (customers, features). Elsewhere the likelihood may tell of tails and steps, unless a valley is as
    deep as `valleys` asks for.
    """
    several = sorted({number for number, _ in mixed.values() if number > 1})
    far = dict(zip(several, null.compare(X, several, pool).criteria()["beyond_null"], strict=True)) if several else {}
    return {
        k: (number, depth)
        for k, (number, depth) in mixed.items()
        if far.get(number, 0) > mixtures.BEYOND or depth > valleys.DEPTH
    }
