"""The reference: segments that were accepted earlier and hand their numbers and names on to later ones."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from segmentation.features.space import FeatureSpace
from segmentation.model.model import SegmentModel
from segmentation.pipeline.errors import IntermediateFault
from segmentation.pipeline.outputs import DECIMALS

CARRIED = ("kept", "moved")  # the states of a segment that has the number and name of an accepted one


@dataclass(frozen=True)
class Match:
    """What became of a segment.

    A segment of a new fit is `kept`, `moved`, `split` off an accepted segment, or `new`. A segment of the reference
    that nobody carries on is `retired`, or `merged` into a new segment.
    """

    number: int
    name: str | None  # None where it is not known yet
    status: str
    distance: float | None = None  # between the centres of a pair, in the scaled units of the reference
    other: int | None = None  # the number of the segment that it split off or merged into


@dataclass(frozen=True)
class Numbered:
    """Segments in the order of their numbers."""

    order: list[int]  # the row of the centres that each segment has
    numbers: list[int]
    issued: int  # the highest number that any segment has ever had
    since: dict[str, Any] | None  # what became of the reference: `segments` in this order, and those `gone`

    @classmethod
    def without_reference(cls, k: int) -> "Numbered":
        """The numbers 1..k."""
        return cls(list(range(k)), list(range(1, k + 1)), k, None)

    @classmethod
    def by_reference(cls, reference: SegmentModel, matches: Sequence[Match], gone: Sequence[Match]) -> "Numbered":
        """The numbers that `match_segments` gives."""
        order = sorted(range(len(matches)), key=lambda row: matches[row].number)
        numbers = [matches[row].number for row in order]
        since = {"segments": [asdict(matches[row]) for row in order], "gone": [asdict(match) for match in gone]}
        return cls(order, numbers, max(reference.issued, *numbers), since)


def is_carried(match: Mapping[str, Any] | None) -> bool:
    """Whether a segment has number and name from an accepted one, by its match as JSON; None without a reference."""
    return match is not None and match["status"] in CARRIED


def centre_distances(reference: SegmentModel, space: FeatureSpace, centres: np.ndarray) -> np.ndarray:
    """How far each centre of a reference is from each new centre: shape (segments of the reference, segments).

    `centres` (segments, features) are in the scaled units of `space`; distances are in those of the reference. Raises
    IntermediateFault where the features are not the same.
    """
    names = reference.space.names
    if sorted(names) != sorted(space.names):
        raise IntermediateFault(
            f"the earlier model was fitted on {', '.join(names)}, not on {', '.join(space.names)}: only segments of "
            "the same features can be held against each other"
        )
    raw = space.raw(centres)[:, [space.names.index(name) for name in names]]
    differences = reference.centres[:, np.newaxis] - reference.space.scaled(raw)
    distances = np.round(np.sqrt((differences**2).sum(axis=2)), DECIMALS)
    return np.where(np.isfinite(distances), distances, np.inf)  # outside the domain of a transform of the reference


def match_segments(
    distances: np.ndarray, reference: SegmentModel, moved_above: float, new_above: float
) -> tuple[list[Match], list[Match]]:
    """Matches new segments with those of a reference, by their centres.

    Returns what became of the new segments, in their order, and of those of the reference that none of them carries on.
    `distances` are those of `centre_distances`. The pairs have the least total distance (scipy's
    linear_sum_assignment), where a distance above `new_above` counts as `new_above` and makes no pair. The new segment
    of a pair keeps number and name, and has moved if the distance is above `moved_above`. A segment in no pair has
    split off, or merged into, the nearest segment on the other side if that is within `new_above`. A new number is one
    that no segment has had before.
    """
    from scipy.optimize import linear_sum_assignment

    pairs = zip(*linear_sum_assignment(np.minimum(distances, new_above)), strict=True)
    old = {int(new): int(old) for old, new in pairs if distances[old, new] <= new_above}
    fresh = iter(range(reference.issued + 1, reference.issued + 1 + distances.shape[1]))
    matches = []
    for new, column in enumerate(distances.T):
        if new in old:
            number, name, distance = reference.numbers[old[new]], reference.names[old[new]], float(column[old[new]])
            matches.append(Match(number, name, "kept" if distance <= moved_above else "moved", distance))
        else:
            near = int(column.argmin())
            parent = reference.numbers[near] if column[near] <= new_above else None
            matches.append(Match(next(fresh), None, "new" if parent is None else "split", None, parent))
    return matches, list(_gone(distances, reference, old.values(), matches, new_above))


def _gone(
    distances: np.ndarray,
    reference: SegmentModel,
    matched: Collection[int],
    matches: Sequence[Match],
    new_above: float,
) -> Iterator[Match]:
    """Yields what became of the segments of the reference that are in no pair, those not in the rows `matched`."""
    for row, (number, name) in enumerate(zip(reference.numbers, reference.names, strict=True)):
        if row not in matched:
            near = int(distances[row].argmin())
            into = matches[near].number if distances[row, near] <= new_above else None
            yield Match(number, name, "retired" if into is None else "merged", None, into)
