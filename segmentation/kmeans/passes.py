"""Passes over all customers, part by part, that refine the centres which fits on a coreset begin with."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial, reduce
from itertools import pairwise

import numpy as np

from segmentation.features import assignment, kept
from segmentation.features.blocks import Block, Scaled
from segmentation.features.compiled import UNITS
from segmentation.kmeans import lloyd
from segmentation.kmeans.coreset import Weighted
from segmentation.kmeans.exact import Fit, Sums
from segmentation.kmeans.lloyd import Tally
from segmentation.pipeline import engine
from segmentation.pipeline.outputs import significant

CURVE_PASSES = 10  # after so many passes the inertia falls by less than one sees on the curve
CURVE_TOLERANCE = 1e-4  # share of the inertia: a smaller gain moves no elbow
NEAR = 0.1  # share of the customers, nearest to a border, whom passes at one K look at until the centres have moved far
RUNS = 64  # of neighbouring parts, at most, whose customers near a border are put together: few make a poor task


def refine(blocks: Sequence[Block], begun: Mapping[int, np.ndarray], pool: Executor) -> dict[int, Fit]:
    """Refines the centres of every K together in passes over all customers.

    Each pass takes the exact inertia of the centres and moves them to the means of their customers. A K is finished
    when its centres stay, when their move lowers its inertia by no more than the share CURVE_TOLERANCE, or after
    CURVE_PASSES.
    """
    fits: dict[int, Fit] = {}
    waiting = {k: assignment.published(centres) for k, centres in begun.items()}
    for number in range(1, CURVE_PASSES + 1):
        first, stacked = np.cumsum([0, *waiting]), np.concatenate(list(waiting.values()))
        task = partial(_tally, centres=stacked, first=first, described=True)
        doing = f"pass {number} of at most {CURVE_PASSES}"
        total = add_up(engine.each(pool, task, blocks, doing=doing))
        moved = _moved(total, stacked, first)
        gain = np.where(total.size, total.size * ((moved - stacked) ** 2).sum(axis=1), np.inf)
        for position, k in enumerate(list(waiting)):
            span = slice(first[position], first[position + 1])
            stays = np.array_equal(moved[span], waiting[k])
            if stays or gain[span].sum() <= CURVE_TOLERANCE * total.inertia[position] or number == CURVE_PASSES:
                fits[k] = _fit(waiting.pop(k), total, position, span, number, stays)
            else:
                waiting[k] = moved[span]
        if not waiting:
            break
    return {k: fits[k] for k in begun}


def settle(table: Scaled, begun: np.ndarray, sample: Weighted, max_passes: int, pool: Executor) -> Fit:
    """Refines the centres (k, features) of one K until no customer changes segment, or for so many passes.

    Every pass moves the centres to the means of their customers, as if it looked at all of them. It looks only at the
    customers near a border: the others cannot change segment before the centres have moved far, and count with what
    they added up to. `sample` tells how near to a border the share NEAR of the customers is.
    """
    centres, borders = assignment.published(begun), None
    for number in range(1, max_passes + 1):
        doing = f"pass {number}"
        if borders is None or borders.may_be_crossed(centres):
            borders, total = _find_borders(table, centres, sample, pool, doing)
        else:
            of_near = _over(borders.near, centres, pool, doing)
            total = of_near._replace(size=borders.far.size + of_near.size, total=borders.far.total + of_near.total)
        if not total.size.all():  # an empty centre moves to the customer farthest from the nearest centre
            total = _over(table.blocks, centres, pool, doing)
        moved = _moved(total, centres, _first(centres))
        stays = np.array_equal(moved, centres)
        if stays or number == max_passes:
            break
        centres = moved
    total = _over(table.blocks, centres, pool, "describing segments", described=True)
    return _fit(centres, total, 0, slice(None), number, stays)


@dataclass(frozen=True)
class Borders:
    """The customers near a border between segments, as the centres stood when the borders were drawn."""

    centres: np.ndarray  # shape (k, features)
    width: float  # a customer is near whose second nearest centre is at most so much farther than the nearest
    near: Sequence["Near"]
    far: Tally  # of the customers who are not near

    def may_be_crossed(self, centres: np.ndarray) -> bool:
        """Whether a customer who was not near may be nearest to another centre by now."""
        moved = np.sqrt(((centres - self.centres) ** 2).sum(axis=1)).max()
        return bool(2 * moved + 1 / UNITS > self.width)


@dataclass(frozen=True)
class Near:
    """A block of the customers near a border in a run of parts."""

    number: int
    blocks: Sequence[Block]
    centres: np.ndarray
    width: float
    memory: int  # see Scaled

    def __call__(self) -> np.ndarray:
        """Reads their scaled features, unless they are kept: shape (features, customers)."""
        if (rows := kept.recall(self.number, self._stamp)) is None:
            rows = self.keep([lloyd.near(block(), self.centres, self.width) for block in self.blocks])
        return rows

    def keep(self, pieces: Sequence[np.ndarray]) -> np.ndarray:
        """Puts together what is near in each part, and keeps it if memory allows."""
        rows = np.concatenate(pieces, axis=1)
        kept.keep(self.number, rows, self.memory, self._stamp)
        return rows

    @property
    def _stamp(self) -> tuple[bytes, float]:
        return self.centres.tobytes(), self.width


def _find_borders(
    table: Scaled, centres: np.ndarray, sample: Weighted, pool: Executor, doing: str
) -> tuple[Borders, Tally]:
    """The borders between these centres, and the tally of all customers, in one pass."""
    gap = lloyd.gaps(sample.X, centres)
    order = np.argsort(gap)
    shares = np.cumsum(sample.weight[order]) / sample.weight.sum()
    width = float(gap[order][np.searchsorted(shares, NEAR)])
    runs = np.array_split(np.arange(len(table.blocks)), min(len(table.blocks), RUNS))
    near = [
        Near(number, [table.blocks[at] for at in run], centres, width, table.memory) for number, run in enumerate(runs)
    ]
    tallies = engine.each(pool, _tally_run, near, doing=doing, of="run")
    total, of_near = (add_up(each) for each in zip(*tallies, strict=True))
    far = total._replace(size=total.size - of_near.size, total=total.total - of_near.total)
    return Borders(centres, width, near, far), total


def _tally_run(near: Near) -> tuple[Tally, Tally]:
    """The tally of all customers of a run of parts, and that of those who are near a border."""
    first, tallies, pieces = _first(near.centres), [], []
    for block in near.blocks:
        X = block()
        tallies.append(lloyd.tally(X, near.centres, first, False))
        pieces.append(lloyd.near(X, near.centres, near.width))
    return add_up(tallies), lloyd.tally(near.keep(pieces), near.centres, first, False)


def _first(centres: np.ndarray) -> np.ndarray:
    """As `lloyd.tally` takes the centres of one K."""
    return np.array([0, len(centres)])


def _over(blocks: Sequence[Block], centres: np.ndarray, pool: Executor, doing: str, described: bool = False) -> Tally:
    """The tally of the customers of all these blocks, with the centres of one K."""
    task = partial(_tally, centres=centres, first=_first(centres), described=described)
    return add_up(engine.each(pool, task, blocks, doing=doing))


def _tally(block: Block, centres: np.ndarray, first: np.ndarray, described: bool) -> Tally:
    return lloyd.tally(block(), centres, first, described)


def add_up(tallies: Iterable[Tally]) -> Tally:
    """The tally of the customers of several tallies together."""
    return reduce(_add, tallies)


def _add(one: Tally, other: Tally) -> Tally:
    farther = (other.far > one.far)[:, np.newaxis]
    sums = [ours + theirs for ours, theirs in zip(one[:-2], other[:-2], strict=True)]
    return Tally(*sums, np.maximum(one.far, other.far), np.where(farther, other.farthest, one.farthest))


def _moved(total: Tally, centres: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Moves each centre to the mean of its customers, and an empty one to the customer farthest from its centre.

    Of several empty centres of one K only the first moves; the next one moves after the next pass.
    """
    moved, filled = centres.copy(), total.size > 0
    moved[filled] = total.total[filled] / total.size[filled, np.newaxis] / UNITS
    for k, (start, end) in enumerate(pairwise(first)):
        empty = start + np.flatnonzero(~filled[start:end])
        if len(empty) and total.far[k] > 0:
            moved[empty[0]] = total.farthest[k]
    return assignment.published(moved)


def _fit(centres: np.ndarray, total: Tally, k: int, span: slice, number: int, stays: bool) -> Fit:
    """The fit with these centres, which are those of the `k`-th K and the rows `span` of a tally."""
    sums = Sums(total.size[span], total.distance[span], total.margin[span])
    return Fit(centres, significant(total.inertia[k]), number, stays, sums)
