"""Caveats: what a reader of the segments must know before acting on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

SMALL = 0.01  # share of the customers: a smaller segment is hardly worth a campaign
CORRELATED = 0.9  # features with a stronger correlation say the same thing, and K-means counts it twice
FENCE = 1.5  # interquartile ranges beyond the quartiles; values farther out are outliers (Tukey 1977, section 2D)
SCATTERED = 0.3  # of the distance to the next centre; an even spread cut in two has 0.29, a heavy tail more
KEPT = 0.5  # share of the resamples: a name that comes back in fewer hangs on a few customers
GAPS = 0.5  # of a segment's customers: where so many lack a feature, its gaps may be what they have in common
MOST = 0.5  # of the value, from beyond which the few customers of the highest make all shares
LARGER = "fewer segments (cluster.k), or logarithms (transform: log1p), give larger ones"


@dataclass(frozen=True)
class Caveat:
    """What is doubtful and, where it concerns a single segment, which one."""

    kind: str
    text: str
    segment: int | None = None
    column: str = ""  # that the doubt is about, as people call it


def small(sizes: Sequence[int], numbers: Sequence[int]) -> list[Caveat]:
    """A caveat for each segment, of these sizes and numbers, that holds less than SMALL of the customers."""
    total = sum(sizes)
    return [
        Caveat(
            "small",
            f"segment {number} holds {size:,} customer{'s' * (size != 1)} only, {size / total:.2%} of all",
            number,
        )
        for number, size in zip(numbers, sizes, strict=True)
        if size < SMALL * total
    ]


def _customers(number: int) -> str:
    return "1 customer" if number == 1 else f"{number:,} customers"


def withheld(sizes: Sequence[int], numbers: Sequence[int], marked: Sequence[bool], least: int) -> list[Caveat]:
    """A caveat for each segment, of these sizes and numbers, that is `marked` since its figures are not told."""
    doubts = []
    for number, size, is_marked in zip(numbers, sizes, marked, strict=True):
        if is_marked:
            why = f"it holds {_customers(size)}, and report.least is {least}; {LARGER}"
            if size >= least:
                why = "those of a smaller one would follow from them and from the sums of all"
            doubts.append(Caveat("withheld", f"the figures of segment {number} are not shown: {why}", number))
    return doubts


def outliers(X: np.ndarray, label: np.ndarray, features: Sequence[str], numbers: Sequence[int]) -> list[Caveat]:
    """A caveat for each segment whose customers have little in common but extreme values.

    `X` are the scaled features (customers, features), called `features` for people; `label` (0..k-1) has shape
    (customers,), `numbers` are those of the k segments. Most customers of such a segment have a value beyond FENCE.
    Besides, they are few, or they spread farther towards the next segment than customers of a group that stands
    apart.
    """
    lower, upper = np.quantile(X, [0.25, 0.75], axis=0)
    wide = upper > lower  # in a column where most have the same value, every other one would be extreme
    extreme = wide & (np.maximum(lower - X, X - upper) > FENCE * (upper - lower))
    members = [label == row for row in range(len(numbers))]
    centres = np.array([X[member].mean(axis=0) if member.any() else np.full(X.shape[1], np.inf) for member in members])
    doubts = []
    for row, (number, member) in enumerate(zip(numbers, members, strict=True)):
        if not member.any() or extreme[member].any(axis=1).mean() <= 0.5:
            continue
        if member.mean() < SMALL or _spread(X[member], np.delete(centres, row, axis=0)) > SCATTERED:
            feature = features[int(extreme[member].mean(axis=0).argmax())]
            text = f"segment {number} rests on outliers: most of its customers are extreme, above all in '{feature}'"
            mend = "taking logarithms, or clipping, draws them in (transform: log1p, or preprocess.clip)"
            doubts.append(Caveat("outliers", f"{text}; {mend}", number, feature))
    return doubts


def gaps(
    sizes: Sequence[int], numbers: Sequence[int], marked: Sequence[bool], known: Mapping[str, Sequence[int]]
) -> list[Caveat]:
    """A caveat for each segment of which GAPS of the customers lack a feature, for which a median stands.

    `known` counts the customers of each segment who have the feature, by what people call it; `sizes` counts all of
    them. Nothing is said of a segment that is `marked` since its figures are not told.
    """
    doubts = []
    for feature, counts in known.items():
        for number, size, count, is_marked in zip(numbers, sizes, counts, marked, strict=True):
            if is_marked or not size or size - count < GAPS * size:
                continue
            who = f"{'most' if count else 'all'} customers of segment {number} have no value of '{feature}'"
            text = f"{who}: the median of all stands for it, and may be what makes the segment"
            doubts.append(Caveat("gaps", text, number, feature))
    return doubts


def value(label: str, values: np.ndarray, is_sample: bool, least: int) -> list[Caveat]:
    """A caveat where no shares of the value can be told, or where a few customers bring most of it.

    The value is called `label` for people; `values` (customers,) are those of all customers, or of a sample of them,
    and may hold NaN. What the few bring is that of the `least` customers of the highest value.
    """
    values = np.sort(values[~np.isnan(values)])
    below, few = int((values < 0).sum()), values[max(len(values) - least, 0) :]
    if below:
        who = "some customers" if is_sample else _customers(below)
        have = "has" if below == 1 and not is_sample else "have"
        return [Caveat("value", f"no shares of '{label}' are told, since {who} {have} less than 0", column=label)]
    if len(values) > 2 * least and few.sum() > MOST * values.sum():
        return [
            Caveat(
                "value",
                f"most of '{label}' comes from a few customers, so its shares tell where these are",
                column=label,
            )
        ]
    return []


def _spread(X: np.ndarray, centres: np.ndarray) -> float:
    """The standard deviation of customers along the line from their mean to the nearest of the other segments' centres.

    It is in units of the distance to that centre: `X` has shape (customers, features), `centres` (k - 1, features). 0
    where there is no other segment with customers.
    """
    ways = centres - X.mean(axis=0)
    squared = (ways**2).sum(axis=1)
    if not np.isfinite(squared).any():
        return 0.0
    return float((X @ ways[squared.argmin()]).std() / squared.min())


def correlated(X: np.ndarray, features: Sequence[str]) -> list[Caveat]:
    """A caveat for each group of features that correlations above CORRELATED connect.

    `X` (customers, features) are the scaled features, called `features` for people.
    """
    from scipy.sparse.csgraph import connected_components

    if len(features) < 2 or len(X) < 2:
        return []
    strength = np.abs(np.corrcoef(X, rowvar=False)).round(6)
    count, group = connected_components(strength > CORRELATED, directed=False)
    doubts = []
    for number in range(count):
        members = np.flatnonzero(group == number)
        if len(members) > 1:
            strongest = np.triu(strength[np.ix_(members, members)], 1).max()
            listed = ", ".join(f"'{features[member]}'" for member in members)
            text = f"features {listed} correlate (up to {strongest:.2f}), so what they share counts double"
            doubts.append(Caveat("correlated", f"{text}: leave out all but one of them"))
    return doubts
