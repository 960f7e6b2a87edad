"""Names for segments, by ordered rules over where each stands among all customers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from segmentation.pipeline.errors import ConfigurationFault
from segmentation.pipeline.schema import Rule

CARRIED = "carried over from the accepted model"
AVERAGE = 0.1  # a standing within a tenth of the middle is called average


@dataclass(frozen=True)
class Name:
    """A segment's name and what earned it."""

    name: str
    because: str
    used: tuple[str, ...]  # columns that the name speaks of


def name(
    standings: Sequence[Mapping[str, float]],
    rules: Sequence[Rule],
    features: Sequence[str],
    high: float,
    low: float,
    carried: Sequence[str | None] = (),
) -> list[Name]:
    """Names each segment; all names differ.

    `standings` has for each segment, by column, the share of all customers above whom its median customer stands
    (see `profile.describe`). A segment is high in a column from `high` on and low up to `low`. The first rule whose
    conditions all hold gives the name. Segments that earn one name are told apart by the next most distinctive of
    `features`, the one whose standing is farthest from the middle; a segment that no rule fits is named by its two most
    distinctive ones. A single segment holds all customers, and is called so. A name in `carried`, one per segment,
    stays as it is.
    """
    _check(rules, standings[0])
    fixed = carried or [None] * len(standings)
    if len(standings) == 1 and not any(fixed):
        return [Name("All customers", "the only segment", ())]
    names = []
    for standing, kept in zip(standings, fixed, strict=True):
        rule = next((rule for rule in rules if _fits(standing, rule, high, low)), None)
        given = _by_rule(standing, rule) if rule else _by_features(standing, features, high, low)
        names.append(Name(kept, CARRIED, tuple(features)) if kept else given)
    for _ in features:
        counts = Counter(given.name for given in names)
        for position, (standing, given) in enumerate(zip(standings, names, strict=True)):
            rest = [feature for feature in _distinctive(standing, features) if feature not in given.used]
            if counts[given.name] > 1 and rest:
                told = f"{_level(standing[rest[0]], high, low)} {rest[0]}"
                names[position] = Name(
                    f"{given.name}, {told}", f"{given.because}; told apart by {told}", (*given.used, rest[0])
                )
    return _numbered(names)


def _check(rules: Sequence[Rule], standing: Mapping[str, float]) -> None:
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


def _numbered(names: list[Name]) -> list[Name]:
    """Adds a number to names that no feature tells apart."""
    counts = Counter(given.name for given in names)
    taken, result = set(counts), []
    for given in names:
        name = given.name
        if counts[name] > 1 and given.because != CARRIED:
            name = next(numbered for n in count(1) if (numbered := f"{given.name} ({n})") not in taken)
            taken.add(name)
        result.append(replace(given, name=name))
    return result
