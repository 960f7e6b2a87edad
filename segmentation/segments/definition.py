"""Definitions: a few conditions in original units that hold for nearly all customers of a segment and few others."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from segmentation.features.space import FeatureSpace
from segmentation.pipeline import parts

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier

DEPTH = 3  # conditions at most: more of them are hard to keep in mind
SAMPLE = 100_000  # customers, at most, to grow a tree on
PLAIN = 0.01  # how much of the F1 score fewer conditions and rounder numbers may cost together
DIGITS = 12  # significant digits of the finest number that is tried


@dataclass(frozen=True)
class Condition:
    """A column's value is at least `low` and below `high`; a bound that is None is open."""

    column: str
    low: float | None = None
    high: float | None = None

    def holds(self, values: np.ndarray) -> np.ndarray:
        """Tells for which values, of shape (customers,), the condition holds; for a missing value it does not."""
        low = -np.inf if self.low is None else self.low
        high = np.inf if self.high is None else self.high
        return (values >= low) & (values < high)


Definition = tuple[Condition, ...]


def covered(definition: Definition, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """Which customers meet all conditions; the columns, of shape (customers,), are in original units."""
    customers = len(next(iter(columns.values())))
    met = [condition.holds(columns[condition.column]) for condition in definition]
    return np.logical_and.reduce([np.ones(customers, dtype=bool), *met])


def filled(space: FeatureSpace, columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The features in original units, with what the model fills in for a missing value."""
    features = {}
    for feature in space.features:
        values = columns[feature.name]
        features[feature.name] = values if feature.fill is None else np.where(np.isnan(values), feature.fill, values)
    return features


def fit_definitions(X: np.ndarray, columns: Mapping[str, np.ndarray], segment: np.ndarray, k: int) -> list[Definition]:
    """Finds a definition of each segment: one path down a shallow decision tree, with rounded thresholds.

    `X` (customers, features) are the scaled features, `columns` the same features in original units and in the same
    order; `segment` (1..k) has shape (customers,). The path taken is the one with the best F1 score of coverage and
    precision (van Rijsbergen 1979). Then conditions are left out and thresholds rounded as far as PLAIN of the score
    allows. A definition is empty where no condition sets the segment apart or none of its customers is in the sample.
    """
    step = parts.sampling_step(len(X), SAMPLE)
    X, segment = X[::step].astype(np.float32), segment[::step]
    columns = {name: values[::step] for name, values in columns.items()}
    return [_fit_definition(X, columns, segment == number) for number in range(1, k + 1)]


def _fit_definition(X: np.ndarray, columns: Mapping[str, np.ndarray], member: np.ndarray) -> Definition:
    from sklearn.tree import DecisionTreeClassifier

    if not member.any() or member.all():
        return ()
    tree = DecisionTreeClassifier(max_depth=DEPTH, random_state=0).fit(X, member)
    definition: Definition = ()
    for feature, threshold, left in _best_path(tree, int(member.sum())):
        name, values = list(columns.items())[feature]
        low, high = _gap(X[:, feature], values, threshold)
        definition = _narrowed(definition, name, _roundest(low, high), left)
    return _simplified(definition, columns, member)


def _best_path(tree: "DecisionTreeClassifier", members: int) -> list[tuple[int, float, bool]]:
    """The splits from the root to the node with the best score: feature, threshold, and whether the path goes left."""
    nodes = tree.tree_
    hits = nodes.value[:, 0, 1] * nodes.n_node_samples
    paths: dict[int, list[tuple[int, float, bool]]] = {0: []}
    for node in range(nodes.node_count):  # parents come before their children
        for child, left in ((nodes.children_left[node], True), (nodes.children_right[node], False)):
            if child >= 0:
                paths[child] = [*paths[node], (int(nodes.feature[node]), float(nodes.threshold[node]), left)]
    scores = [2 * hits[node] / (nodes.n_node_samples[node] + members) for node in range(nodes.node_count)]
    return paths[max(paths, key=lambda node: (round(scores[node], 9), -len(paths[node])))]


def _gap(scaled: np.ndarray, values: np.ndarray, threshold: float) -> tuple[float, float]:
    """The values in original units beside a threshold of a scaled column: the largest below, the smallest above."""
    left = scaled <= threshold
    return float(values[left].max()), float(values[~left].min())


def _narrowed(definition: Definition, column: str, bound: float, left: bool) -> Definition:
    """The definition with a bound more: an upper one on the left of a split, a lower one on the right.

    Each column keeps a single condition.
    """
    known = next((condition for condition in definition if condition.column == column), Condition(column))
    narrower = replace(known, high=bound) if left else replace(known, low=bound)
    return (*(condition for condition in definition if condition is not known), narrower)


def _units(number: float) -> Iterator[float]:
    """Finer and finer units to round a number to: 1, 0.5, 0.1, 0.05, ... times the power of ten in its first digit."""
    power = int(np.floor(np.log10(abs(number)))) if number else 0
    for exponent in range(power, power - DIGITS, -1):
        yield from (10.0**exponent, 5 * 10.0 ** (exponent - 1))


def _multiple(unit: float, times: float) -> float:
    return float(f"{times * unit:.{DIGITS}g}")


def _roundest(low: float, high: float) -> float:
    """The roundest number above `low` and up to `high`."""
    for unit in _units(max(abs(low), abs(high))):
        for whole in (np.rint, np.floor):  # floor alone misses 0.7: divided by 0.1 it is 6.999...
            number = _multiple(unit, whole(high / unit))
            if low < number <= high:
                return number
    return high


def _simplified(definition: Definition, columns: Mapping[str, np.ndarray], member: np.ndarray) -> Definition:
    """The definition with each bound in turn left out or, where that costs too much of the score, rounded."""
    least = _score(definition, columns, member) - PLAIN
    for position, condition in enumerate(definition):
        for side in ("low", "high"):
            if (bound := getattr(condition, side)) is None:
                continue
            for number in (None, *(_multiple(unit, round(bound / unit)) for unit in _units(bound)), bound):
                simpler = replace(condition, **{side: number})
                candidate = (*definition[:position], simpler, *definition[position + 1 :])
                if any(map(_is_bound, candidate)) and _score(candidate, columns, member) >= least:
                    definition, condition = candidate, simpler
                    break
    return tuple(filter(_is_bound, definition))


def _is_bound(condition: Condition) -> bool:
    return condition.low is not None or condition.high is not None


def _score(definition: Definition, columns: Mapping[str, np.ndarray], member: np.ndarray) -> float:
    hit = covered(definition, columns)
    return 2 * float((hit & member).sum()) / max(float(hit.sum() + member.sum()), 1)


def count_covered(
    definitions: Sequence[Definition], columns: Mapping[str, np.ndarray], segment: np.ndarray
) -> np.ndarray:
    """Counts by segment the customers that its definition covers, and those of them that it holds: shape (2, k).

    `columns` and `segment` (1..k) have shape (customers,). Counts of parts add up to that of the table.
    """
    hits = [covered(definition, columns) for definition in definitions]
    return np.array([[hit.sum(), (hit & (segment == number)).sum()] for number, hit in enumerate(hits, 1)]).T
