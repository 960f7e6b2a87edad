"""Definitions: a few conditions in original units that tell a segment's customers from the others, nearly."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from segmentation.features.space import FeatureSpace

if TYPE_CHECKING:
    from sklearn.tree import DecisionTreeClassifier

DEPTH = 3  # conditions beyond are no plain words
SAMPLE = 100_000  # customers to grow a tree on
PLAIN = 0.01  # of the F1 score, what fewer conditions and round numbers together may cost
DIGITS = 12  # that tell numbers apart in any case


@dataclass(frozen=True)
class Condition:
    """At least `low` and under `high`, of which either may be open."""

    column: str
    low: float | None = None
    high: float | None = None

    def holds(self, values: np.ndarray) -> np.ndarray:
        """For which values, of shape (customers,), it holds; for a missing one it does not."""
        low = -np.inf if self.low is None else self.low
        high = np.inf if self.high is None else self.high
        return (values >= low) & (values < high)


Definition = tuple[Condition, ...]


def covered(definition: Definition, columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """Which customers, of columns of shape (customers,) in original units, meet all conditions."""
    customers = len(next(iter(columns.values())))
    every = [condition.holds(columns[condition.column]) for condition in definition]
    return np.logical_and.reduce([np.ones(customers, dtype=bool), *every])


def filled(space: FeatureSpace, columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The features in original units, with what the model fills in for a missing value."""
    return {
        feature.name: values if feature.fill is None else np.where(np.isnan(values), feature.fill, values)
        for feature in space.features
        for values in [columns[feature.name]]
    }


def fit(X: np.ndarray, columns: Mapping[str, np.ndarray], segment: np.ndarray, k: int) -> list[Definition]:
    """Finds a definition of each segment: one path down a shallow decision tree, its thresholds rounded.

    `X` (customers, features) are the scaled features, `columns` the same in original units, in their order, `segment`
    (1..k) has shape (customers,). The path is the one with the best F1 score of coverage and precision (van Rijsbergen
    1979); its conditions are then as few and as round as PLAIN of the score allows. A segment that no condition tells
    apart, or of which no customer is there, has none.
    """
    every = slice(None, None, -(-len(X) // SAMPLE))
    X, segment = X[every].astype(np.float32), segment[every]
    columns = {name: values[every] for name, values in columns.items()}
    return [_fit(X, columns, segment == number) for number in range(1, k + 1)]


def _fit(X: np.ndarray, columns: Mapping[str, np.ndarray], member: np.ndarray) -> Definition:
    from sklearn.tree import DecisionTreeClassifier

    if not member.any() or member.all():
        return ()
    tree = DecisionTreeClassifier(max_depth=DEPTH, random_state=0).fit(X, member)
    found: Definition = ()
    for feature, threshold, left in _path(tree, int(member.sum())):
        low, high = _apart(X[:, feature], list(columns.values())[feature], threshold)
        found = _joined(found, list(columns)[feature], low, high, left)
    return _rounded(found, columns, member)


def _path(tree: "DecisionTreeClassifier", members: int) -> list[tuple[int, float, bool]]:
    """The splits above the best node, from the root: feature, threshold, and whether the node is on the left."""
    nodes = tree.tree_
    hits = nodes.value[:, 0, 1] * nodes.n_node_samples
    paths: dict[int, list[tuple[int, float, bool]]] = {0: []}
    for node in range(nodes.node_count):  # parents come before their children
        for child, left in ((nodes.children_left[node], True), (nodes.children_right[node], False)):
            if child >= 0:
                paths[child] = [*paths[node], (int(nodes.feature[node]), float(nodes.threshold[node]), left)]
    scores = [2 * hits[node] / (nodes.n_node_samples[node] + members) for node in range(nodes.node_count)]
    return paths[max(paths, key=lambda node: (round(scores[node], 9), -len(paths[node])))]


def _apart(scaled: np.ndarray, values: np.ndarray, threshold: float) -> tuple[float, float]:
    """The largest value in original units on the left of a threshold and the smallest on the right of it."""
    left = scaled <= threshold
    return float(values[left].max()), float(values[~left].min())


def _joined(found: Definition, column: str, low: float, high: float, left: bool) -> Definition:
    """The conditions with one more, one of each column; the bound lies above `low` and up to `high`."""
    known = next((condition for condition in found if condition.column == column), Condition(column))
    bound = _roundest(low, high)
    new = Condition(column, known.low if left else bound, bound if left else known.high)
    return (*(condition for condition in found if condition is not known), new)


def _units(number: float) -> Iterator[float]:
    """Ever finer units to round a number to: 1, 0.5, 0.1, 0.05, ... of its leading digit."""
    power = int(np.floor(np.log10(abs(number)))) if number else 0
    for exponent in range(power, power - DIGITS, -1):
        yield from (10.0**exponent, 5 * 10.0 ** (exponent - 1))


def _multiple(unit: float, times: float) -> float:
    return float(f"{times * unit:.{DIGITS}g}")


def _roundest(low: float, high: float) -> float:
    """The roundest number above `low` and up to `high`."""
    near = (
        _multiple(unit, whole(high / unit))
        for unit in _units(max(abs(low), abs(high)))
        for whole in (np.rint, np.floor)  # floor alone misses 0.7, which by 0.1 is 6.999...
    )
    return next((number for number in near if low < number <= high), high)


def _rounded(definition: Definition, columns: Mapping[str, np.ndarray], member: np.ndarray) -> Definition:
    """The definition with each bound in turn left out, or else as round as the score allows."""
    least = _score(definition, columns, member) - PLAIN
    for position, condition in enumerate(definition):
        for side in ("low", "high"):
            if (bound := getattr(condition, side)) is None:
                continue
            for number in (None, *(_multiple(unit, round(bound / unit)) for unit in _units(bound)), bound):
                tried = replace(condition, **{side: number})
                whole = (*definition[:position], tried, *definition[position + 1 :])
                if any(map(_is_bound, whole)) and _score(whole, columns, member) >= least:
                    definition, condition = whole, tried
                    break
    return tuple(filter(_is_bound, definition))


def _is_bound(condition: Condition) -> bool:
    return condition.low is not None or condition.high is not None


def _score(definition: Definition, columns: Mapping[str, np.ndarray], member: np.ndarray) -> float:
    hit = covered(definition, columns)
    return 2 * float((hit & member).sum()) / max(float(hit.sum() + member.sum()), 1)


def counts(definitions: Sequence[Definition], columns: Mapping[str, np.ndarray], segment: np.ndarray) -> np.ndarray:
    """By segment, how many of these customers its definition covers, and how many of those are its: shape (2, k)."""
    hits = [covered(definition, columns) for definition in definitions]
    return np.array([[hit.sum(), (hit & (segment == number)).sum()] for number, hit in enumerate(hits, 1)]).T
