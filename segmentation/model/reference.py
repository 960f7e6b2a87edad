"""The reference: segments accepted earlier, of which later ones keep numbers and names."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from segmentation.features.space import FeatureSpace
from segmentation.model.model import SegmentModel
from segmentation.pipeline.errors import IntermediateFault
from segmentation.pipeline.outputs import DECIMALS

CARRIED = ("kept", "moved")  # the states of a segment that has number and name of an accepted one


@dataclass(frozen=True)
class Match:
    """What became of a segment.

    Of a new fit: `kept`, `moved`, `split` off another one or `new`; of the reference: `retired` or `merged` into
    another one. `other` is the number of that other one.
    """

    number: int
    name: str | None  # None where it is not known yet
    status: str
    distance: float | None = None  # between its centre and the one it was matched with, in the reference's units
    other: int | None = None


@dataclass(frozen=True)
class Numbered:
    """Segments in the order of their numbers."""

    order: list[int]  # which row of the centres each one has
    numbers: list[int]
    issued: int  # the highest number given so far
    since: dict[str, Any] | None  # what became of the reference: `segments` in this order, and those `gone`

    @classmethod
    def afresh(cls, k: int) -> "Numbered":
        """The numbers 1..k."""
        return cls(list(range(k)), list(range(1, k + 1)), k, None)

    @classmethod
    def after(cls, reference: SegmentModel, found: Sequence[Match], gone: Sequence[Match]) -> "Numbered":
        """The numbers of a reference, by what `match` gives."""
        order = sorted(range(len(found)), key=lambda row: found[row].number)
        numbers = [found[row].number for row in order]
        since = {"segments": [asdict(found[row]) for row in order], "gone": [asdict(one) for one in gone]}
        return cls(order, numbers, max(reference.issued, *numbers), since)


def apart(reference: SegmentModel, space: FeatureSpace, centres: np.ndarray) -> np.ndarray:
    """How far each centre of a reference is from each new one: shape (reference's segments, segments).

    `centres` (segments, features) are in the scaled units of `space`, the distances in those of the reference. Raises
    IntermediateFault where the features are not the same.
    """
    names = reference.space.names
    if sorted(names) != sorted(space.names):
        raise IntermediateFault(
            f"it was fitted on {', '.join(names)}, not on {', '.join(space.names)}: only segments of the same features "
            "can be held against each other"
        )
    raw = space.raw(centres)[:, [space.names.index(name) for name in names]]
    away = reference.centres[:, np.newaxis] - reference.space.scaled(raw)
    distances = np.round(np.sqrt((away**2).sum(axis=2)), DECIMALS)
    return np.where(np.isfinite(distances), distances, np.inf)  # where the reference's transform takes no such value


def match(
    distances: np.ndarray, reference: SegmentModel, moved_above: float, new_above: float
) -> tuple[list[Match], list[Match]]:
    """What became of new segments, in their order, and of those of the reference that none of them carries on.

    `distances` are those of `apart`. Pairs are those of the least total distance (scipy's linear_sum_assignment), where
    one beyond `new_above` counts as that and makes no pair. A pair keeps number and name; it has moved if it is further
    apart than `moved_above`. What is in no pair has split off, or merged into, the nearest one if that is within
    `new_above`; a new number has never been given before.
    """
    from scipy.optimize import linear_sum_assignment

    pairs = zip(*linear_sum_assignment(np.minimum(distances, new_above)), strict=True)
    old = {int(new): int(old) for old, new in pairs if distances[old, new] <= new_above}
    fresh = iter(range(reference.issued + 1, reference.issued + 1 + distances.shape[1]))
    found = []
    for new, column in enumerate(distances.T):
        if new in old:
            number, name, distance = reference.numbers[old[new]], reference.names[old[new]], float(column[old[new]])
            found.append(Match(number, name, "kept" if distance <= moved_above else "moved", distance))
        else:
            near = int(column.argmin())
            parent = reference.numbers[near] if column[near] <= new_above else None
            found.append(Match(next(fresh), None, "new" if parent is None else "split", None, parent))
    return found, list(_gone(distances, reference, old.values(), found, new_above))


def _gone(
    distances: np.ndarray, reference: SegmentModel, matched: Sequence[int], found: Sequence[Match], new_above: float
) -> Iterator[Match]:
    for row, (number, name) in enumerate(zip(reference.numbers, reference.names, strict=True)):
        if row not in matched:
            near = int(distances[row].argmin())
            into = found[near].number if distances[row, near] <= new_above else None
            yield Match(number, name, "retired" if into is None else "merged", None, into)
