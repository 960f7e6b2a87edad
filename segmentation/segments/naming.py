"""Names for segments, by ordered rules on where each segment stands among all customers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from segmentation.pipeline.errors import ConfigurationFault
from segmentation.pipeline.schema import Rule

CARRIED = "carried over from the accepted model"
AVERAGE = 0.1  # a standing is called average up to this far from the middle


@dataclass(frozen=True)
class Name:
    """A segment's name and what earned it."""

    name: str
    because: str
    used: tuple[str, ...]  # columns that the name mentions


def name_segments(
    standings: Sequence[Mapping[str, float]],
    rules: Sequence[Rule],
    features: Sequence[str],
    high: float,
    low: float,
    carried: Sequence[str | None] = (),
) -> list[Name]:
    """Names each segment; all names differ.

    `standings` has the standing of each segment by column (see `profile.standing`): it is high from `high` on and low
    up to `low`. The first rule whose conditions all hold gives the name. A segment that no rule fits is named by its
    two most distinctive `features`, those whose standing is farthest from the middle. Where several segments have the
    same name, each adds its next most distinctive feature. A single segment is called "All customers". A name in
    `carried`, which has a name or None for each segment, stays as it is.

    Raises ConfigurationFault for a rule on a column that holds no numbers.
    """
    _check_rules(rules, standings[0])
    carried = carried or [None] * len(standings)
    if len(standings) == 1 and not any(carried):
        return [Name("All customers", "the only segment", ())]
    names = []
    for standing, carried_name in zip(standings, carried, strict=True):
        rule = next((rule for rule in rules if _fits(standing, rule, high, low)), None)
        if carried_name:
            names.append(Name(carried_name, CARRIED, tuple(features)))
        elif rule:
            names.append(_by_rule(standing, rule))
        else:
            names.append(_by_features(standing, features, high, low))
    for _ in features:
        names = _with_next_feature(names, standings, features, high, low)
    return _numbered(names)


def _with_next_feature(
    names: Sequence[Name], standings: Sequence[Mapping[str, float]], features: Sequence[str], high: float, low: float
) -> list[Name]:
    """The names, where each that several segments have tells the next most distinctive feature of the segment too."""
    counts = Counter(name.name for name in names)
    longer = []
    for standing, name in zip(standings, names, strict=True):
        unused = [feature for feature in _distinctive(standing, features) if feature not in name.used]
        if counts[name.name] > 1 and unused:
            level = f"{_level(standing[unused[0]], high, low)} {unused[0]}"
            because = f"{name.because}; told apart by {level}"
            name = Name(f"{name.name}, {level}", because, (*name.used, unused[0]))
        longer.append(name)
    return longer


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


def _by_rule(standing: Mapping[str, float], rule: Rule) -> Name:
    stands = [f"{column} {level} (above {standing[column]:.0%})" for column, level in rule.when.items()]
    return Name(rule.name, "rule: " + ", ".join(stands), tuple(rule.when))


def _by_features(standing: Mapping[str, float], features: Sequence[str], high: float, low: float) -> Name:
    used = tuple(_distinctive(standing, features)[:2])
    text = ", ".join(f"{_level(standing[feature], high, low)} {feature}" for feature in used)
    return Name(text[:1].upper() + text[1:], "no rule fits: its most distinctive features", used)


def _distinctive(standing: Mapping[str, float], features: Sequence[str]) -> list[str]:
    return sorted(features, key=lambda feature: -round(abs(standing[feature] - 0.5), 9))


def _level(standing: float, high: float, low: float) -> str:
    if standing >= high:
        return "high"
    if standing <= low:
        return "low"
    if abs(standing - 0.5) <= AVERAGE:
        return "average"
    return "fairly high" if standing > 0.5 else "fairly low"


def _numbered(names: Sequence[Name]) -> list[Name]:
    """Adds a number to each name that several segments still have."""
    counts = Counter(name.name for name in names)
    taken, unique = set(counts), []
    for name in names:
        if counts[name.name] > 1 and name.because != CARRIED:
            text = next(numbered for n in count(1) if (numbered := f"{name.name} ({n})") not in taken)
            taken.add(text)
            name = replace(name, name=text)
        unique.append(name)
    return unique
