"""Arrays that a process keeps between passes over the customers, as far as its budget of memory goes."""

from collections.abc import Hashable

import numpy as np

_kept: dict[Hashable, tuple[Hashable, np.ndarray]] = {}


def recall(key: Hashable, stamp: Hashable = None) -> np.ndarray | None:
    """The array kept under this key, if it was made from what `stamp` says."""
    made_from, array = _kept.get(key, (None, None))
    return array if made_from == stamp else None


def keep(key: Hashable, array: np.ndarray, most: int, stamp: Hashable = None) -> None:
    """Keeps an array under a key, instead of an earlier one, unless all that is kept would take over `most` bytes."""
    _kept.pop(key, None)
    if array.nbytes + sum(kept.nbytes for _, kept in list(_kept.values())) <= most:
        _kept[key] = (stamp, array)


def forget() -> None:
    """Keeps nothing any more."""
    _kept.clear()
