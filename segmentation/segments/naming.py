"""Names for segments, by ordered rules on where each segment stands among all customers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from segmentation.pipeline.errors import ConfigurationFault
from segmentation.pipeline.schema import Feature, Profile, Rule

CARRIED = "carried over from the accepted model"
DEGREES = {
    2: ("higher", "lower"),
    3: ("highest", "middle", "lowest"),
    4: ("highest", "upper", "lower", "lowest"),
    5: ("highest", "upper", "middle", "lower", "lowest"),
}  # of segments that differ in a feature by degree only
AVERAGE = 0.1  # a standing is called average up to this far from the middle


@dataclass(frozen=True)
class Name:
    """A segment's name and what earned it."""

    name: str
    because: str
    action: str = ""  # what to do about the segment, by the rule that gave the name
    told_apart_by: tuple[str, ...] = ()  # features that tell it apart from segments of the same name


def name_segments(
    standings: Sequence[Mapping[str, float]],
    rules: Sequence[Rule],
    features: Sequence[str],
    columns: Mapping[str, Feature | Profile],
    high: float,
    low: float,
    carried: Sequence[str | None] = (),
) -> list[Name]:
    """Names each segment; all names differ.

    `standings` has the standing of each segment by column (see `profile.standing`): it is high from `high` on and low
    up to `low`. The first rule whose conditions all hold gives the name. A segment that no rule fits is named by its
    two most distinctive `features`, those whose standing is farthest from the middle. Segments of the same name each
    add the feature that tells them apart, by its level or by degrees. A single segment is called "All customers". A
    name in `carried`, which has a name or None for each segment, stays as it is. `columns` says what each column and
    its ends are called: see `words.in_sentences`.

    Raises ConfigurationFault for a rule on a column that holds no numbers.
    """
    _check_rules(rules, standings[0])
    carried = carried or [None] * len(standings)
    if len(standings) == 1 and not any(carried):
        return [Name("All customers", "the only segment")]
    names = []
    for standing, carried_name in zip(standings, carried, strict=True):
        rule = next((rule for rule in rules if _fits(standing, rule, high, low)), None)
        if carried_name:
            names.append(Name(carried_name, CARRIED, _action(carried_name, rules)))
        elif rule:
            names.append(_by_rule(standing, rule, columns))
        else:
            names.append(_by_features(standing, features, columns, high, low))
    while alike := _alike(names):
        names = _told_apart(names, alike[0], standings, features, columns, high, low)
    return names


def _action(name: str, rules: Sequence[Rule]) -> str:
    """The action of the rule that once gave this name, behind which may stand what tells the segment apart."""
    givers = [rule for rule in rules if name == rule.name or name.startswith((f"{rule.name}, ", f"{rule.name} ("))]
    return max(givers, key=lambda rule: len(rule.name)).action if givers else ""


def _alike(names: Sequence[Name]) -> list[list[int]]:
    """The segments that share a name, by name, where it was not carried over for all of them."""
    groups: dict[str, list[int]] = {}
    for segment, name in enumerate(names):
        groups.setdefault(name.name, []).append(segment)
    shared = [group for group in groups.values() if len(group) > 1]
    return [group for group in shared if any(names[segment].because != CARRIED for segment in group)]


def _told_apart(
    names: Sequence[Name],
    group: Sequence[int],
    standings: Sequence[Mapping[str, float]],
    features: Sequence[str],
    columns: Mapping[str, Feature | Profile],
    high: float,
    low: float,
) -> list[Name]:
    """The names, where each segment of a group of the same name tells what sets it apart, unless its name is carried.

    That is its level in the feature in which the levels of the group differ most, or else its place in the order of
    the group by the feature in which it differs most at all. Segments that are alike in every feature are numbered.
    """
    told_apart_by = {feature for segment in group for feature in names[segment].told_apart_by}
    unused = [feature for feature in features if feature not in told_apart_by]
    ranges = {feature: np.ptp([standings[segment][feature] for segment in group]).round(9) for feature in unused}
    levels = {feature: [_level(standings[segment][feature], high, low) for segment in group] for feature in unused}
    differing = [feature for feature in unused if len(set(levels[feature])) > 1] or [f for f in unused if ranges[f]]
    if not differing:
        return _numbered(names, group)
    feature = max(differing, key=lambda feature: ranges[feature])
    words = levels[feature]
    if len(set(words)) == 1:
        words = _places([round(standings[segment][feature], 9) for segment in group])
    longer = list(names)
    for segment, word in zip(group, words, strict=True):
        name = names[segment]
        if name.because == CARRIED:
            continue
        phrase = _phrase(word, feature, columns)
        because = f"{name.because}; told apart by {phrase}"
        longer[segment] = Name(f"{name.name}, {phrase}", because, name.action, (*name.told_apart_by, feature))
    return longer


def _places(standings: Sequence[float]) -> list[str]:
    """The place of each standing in their order, from the highest to the lowest; equal ones share a place."""
    order = sorted(set(standings), reverse=True)
    counted = [f"{_ordinal(place)} highest" for place in range(2, len(order))]
    degrees = DEGREES.get(len(order)) or ["highest", *counted, "lowest"]
    return [degrees[order.index(standing)] for standing in standings]


def _ordinal(place: int) -> str:
    """A place in an order, such as 2nd, 3rd, 11th or 22nd."""
    is_teen = place // 10 % 10 == 1
    return f"{place}{'th' if is_teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(place % 10, 'th')}"


def _check_rules(rules: Sequence[Rule], standing: Mapping[str, float]) -> None:
    for rule in rules:
        for column in rule.when:
            if column not in standing:
                raise ConfigurationFault(
                    f"names: rule '{rule.name}' asks for the level of '{column}', which holds no numbers"
                )


def _fits(standing: Mapping[str, float], rule: Rule, high: float, low: float) -> bool:
    def is_at(standing: float, level: str) -> bool:
        return standing >= high if level.endswith("high") else standing <= low

    return all(is_at(standing[column], level) != level.startswith("not ") for column, level in rule.when.items())


def _by_rule(standing: Mapping[str, float], rule: Rule, columns: Mapping[str, Feature | Profile]) -> Name:
    labels = {column: columns[column].label if column in columns else column for column in rule.when}
    stands = [f"{labels[column]} {level} (above {standing[column]:.0%})" for column, level in rule.when.items()]
    return Name(rule.name, "rule: " + ", ".join(stands), rule.action)


def _by_features(
    standing: Mapping[str, float],
    features: Sequence[str],
    columns: Mapping[str, Feature | Profile],
    high: float,
    low: float,
) -> Name:
    levels = {feature: _level(standing[feature], high, low) for feature in _distinctive(standing, features)[:2]}
    text = ", ".join(_phrase(level, feature, columns) for feature, level in levels.items())
    return Name(text[:1].upper() + text[1:], "no rule fits: its most distinctive features")


def _distinctive(standing: Mapping[str, float], features: Sequence[str]) -> list[str]:
    return sorted(features, key=lambda feature: -round(abs(standing[feature] - 0.5), 9))


def _phrase(level: str, column: str, columns: Mapping[str, Feature | Profile]) -> str:
    """A level of a column in words: those of the data set for its ends, or such as "fairly high spending"."""
    described = columns.get(column) or Profile(label=column)
    words = {"high": described.high, "low": described.low}.get(level)
    return words or f"{level} {described.label}"


def _level(standing: float, high: float, low: float) -> str:
    if standing >= high:
        return "high"
    if standing <= low:
        return "low"
    if abs(standing - 0.5) <= AVERAGE:
        return "average"
    return "fairly high" if standing > 0.5 else "fairly low"


def _numbered(names: Sequence[Name], group: Sequence[int]) -> list[Name]:
    """Adds a number to the name of each segment in a group."""
    taken, unique = {name.name for name in names}, list(names)
    for segment in group:
        name = names[segment]
        if name.because == CARRIED:
            continue
        text = next(numbered for n in count(1) if (numbered := f"{name.name} ({n})") not in taken)
        taken.add(text)
        unique[segment] = replace(name, name=text)
    return unique
