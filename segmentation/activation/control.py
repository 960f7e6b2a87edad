"""A control group that stays the same: chosen by the ids of customers, not by chance."""

import hashlib
from collections.abc import Iterable


def group(id: str, share: float, salt: str) -> str:
    """`control` for a `share` of all ids, evenly and at random as it seems, else `treatment`.

    An id is always in the same group under one salt, and under a larger share stays in the control group. The SHA-256
    hash of `salt:id`, its first 8 bytes as a whole number without sign, is below share times 2 to the 64th: so any
    database can tell it too.
    """
    digest = hashlib.sha256(f"{salt}:{id}".encode()).digest()
    return "control" if int.from_bytes(digest[:8]) < share * 2**64 else "treatment"


def groups(ids: Iterable[str], share: float, salt: str) -> list[str]:
    """The group of each of many ids."""
    return [group(id, share, salt) for id in ids]
