"""The rules that take a K from the criteria of the decision card."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from segmentation.features import standard
from segmentation.pipeline.errors import ConfigurationFault, suggestion

Table = Mapping[str, np.ndarray]  # criteria by name, each of shape (ks,), NaN where it has no meaning


@dataclass(frozen=True)
class Rule:
    """How a rule takes a K, and from which criterion."""

    criterion: str  # its name in the table, or `groups_apart`
    better: str  # `higher` or `lower`
    answer: Callable[[Sequence[int], Table, int, "Rule"], int | None]  # of ks, table, segments and the rule itself


def choices(ks: Sequence[int], table: Table, segments: int) -> dict[str, int | None]:
    """The K that each rule takes from a table of criteria; None where a rule has no answer.

    `segments` is the number of groups of customers that stand apart (see `valleys.search`), and where there are none
    the number of segments to cut the customers into.
    """
    return {name: choice(name, ks, table, segments) for name in RULES}


def choice(name: str, ks: Sequence[int], table: Table, segments: int) -> int | None:
    """The K that one rule takes, as in `choices`; raises ConfigurationFault where there is no rule of that name."""
    if name not in RULES:
        raise ConfigurationFault(f"elbow.rule is '{name}': {suggestion(name, RULES)}")
    return RULES[name].answer(ks, table, segments, RULES[name])


def within(segments: int, ks: Sequence[int]) -> int:
    """That many segments, as far as `ks` reach; one wherever they start."""
    return min(max(segments, ks[0]), ks[-1]) if segments > 1 else 1


def _calibrated(ks: Sequence[int], table: Table, segments: int, rule: Rule) -> int:
    return within(segments, ks)


def _bend(ks: Sequence[int], table: Table, segments: int, rule: Rule) -> int | None:
    return locate(ks, table[rule.criterion])


def _best(ks: Sequence[int], table: Table, segments: int, rule: Rule) -> int | None:
    criterion = np.asarray(table[rule.criterion])
    if np.isnan(criterion).all():
        return None
    return int(ks[np.nanargmax(criterion if rule.better == "higher" else -criterion)])


def _first_high_gap(ks: Sequence[int], table: Table, segments: int, rule: Rule) -> int | None:
    """The smallest K whose gap the next does not exceed by an error: Tibshirani et al. 2001, section 4, step 3."""
    gap, error = table[rule.criterion], table["gap_error"]
    enough = np.flatnonzero(gap[:-1] >= gap[1:] - error[1:])
    return int(ks[enough[0]]) if len(enough) else None


RULES = {
    "calibrated": Rule("groups_apart", "higher", _calibrated),
    "kneedle": Rule("inertia", "lower", _bend),
    "silhouette": Rule("silhouette", "higher", _best),
    "calinski_harabasz": Rule("calinski_harabasz", "higher", _best),
    "davies_bouldin": Rule("davies_bouldin", "lower", _best),
    "gap": Rule("gap", "higher", _first_high_gap),
}


def locate(ks: Sequence[int], inertia: Sequence[float]) -> int | None:
    """The K at which the curve bends most, by Kneedle; None where it does not bend.

    Both axes are scaled to the unit interval, and the bend of a K is how far the curve lies below the diagonal there.
    The elbow is the first K whose bend is no less than those of its neighbours, provided that a later bend is less by
    1 / (number of K - 1), before the bends grow again. Source: Satopaa, Albrecht, Irwin, Raghavan 2011, "Finding a
    Kneedle in a Haystack", section III, with sensitivity 1.
    """
    if len(ks) < 3 or inertia[0] == inertia[-1]:
        return None
    x, y = _in_unit_interval(ks), _in_unit_interval(inertia)
    below, step = 1 - y - x, np.diff(x).mean()
    before, after = np.r_[below[0], below[:-1]], np.r_[below[1:], below[-1]]
    is_peak, is_valley = (below >= before) & (below >= after), (below <= before) & (below <= after)
    elbow = None
    for at in range(len(ks) - 1):
        if is_peak[at]:
            elbow = at
        if is_valley[at]:
            elbow = None
        if elbow is not None and below[at + 1] < below[elbow] - step:
            return int(ks[elbow])
    return None


def _in_unit_interval(values: Sequence[float]) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    return (values - values.min()) / np.ptp(values)


def variance_explained(customers: int, features: int, inertia: Sequence[float]) -> list[float]:
    """The share of the variance of so many standardised features that lies between the segments, for each inertia."""
    return [round(1 - remaining / standard.inertia(customers, features), 6) + 0.0 for remaining in inertia]
