"""The segments at every K that the sweep has fitted, and how customers move from one K to the next."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

import numpy as np
import pandas as pd

from segmentation.features import assignment
from segmentation.model.model import SegmentModel
from segmentation.pipeline import engine, parts
from segmentation.segments import borders, definition, description, disclosure, profile
from segmentation.segments.naming import Name
from segmentation.segments.survey import CustomerSample, Measures, Survey

SAMPLE = 100_000  # customers, at most: the mean of a segment of 1 % is then off by about 3 % of its standard deviation
DEFINED = 10_000  # customers, at most, on whom the definitions at another K are found
DIGITS = 3  # of a figure at another K; more would tell the customers apart who change segment from one K to the next
WORD_DIGITS = 2  # of a word's share there, for the same reason: shares are counts over sizes, which are told
Namer = Callable[[list[dict[str, float]]], list[Name]]  # names segments by their `profile.standings`
AtK = dict[str, Any]  # the segments at one K


@dataclass(frozen=True)
class Alternative:
    """K-means at one K, in the order in which its segments are numbered."""

    centres: np.ndarray  # shape (k, features)
    sizes: np.ndarray  # of all customers, shape (k,)
    order: np.ndarray  # where the sweep's fit has each segment, shape (k,)

    @classmethod
    def from_json(cls, fit: Mapping[str, Any], features: int) -> "Alternative":
        """Reads a fit as it was written; raises ValueError where its shapes are not those of so many features."""
        centres, sizes = np.array(fit["centres"], dtype=float), np.array(fit["sizes"], dtype=int)
        if centres.shape != (fit["k"], features) or sizes.shape != (fit["k"],) or not np.isfinite(centres).all():
            raise ValueError(f"{fit['k']} centres of {features} features and their sizes were expected")
        return cls(centres, sizes, np.arange(fit["k"]))

    def renumbered(self, X: np.ndarray, value: np.ndarray) -> "Alternative":
        """The same segments in the order of `assignment.by_value`, as a sample of the customers shows it.

        `X` (customers, features) are scaled features, `value` (customers,) is what each customer is worth.
        """
        label, _, _ = assignment.nearest(X, self.centres)
        _, known, worth = assignment.worth(label, value, len(self.centres))
        return self.reordered(assignment.by_value(self.sizes, known, worth))

    def reordered(self, order: Sequence[int]) -> "Alternative":
        """The same segments in another order."""
        order = np.asarray(order, dtype=int)
        return Alternative(self.centres[order], self.sizes[order], self.order[order])


def describe_each_k(
    fits: Mapping[int, Alternative],
    described: Mapping[str, Any],
    sample: CustomerSample,
    model: SegmentModel,
    name_segments: Namer,
    pool: Executor,
) -> list[AtK]:
    """Describes the segments at every K, in rising order, with all that `description.describe_segments` tells.

    The segments of `model`, at the K chosen, are `described` already, from all customers; those at any other K are
    described from a `sample`. Sizes, and shares of the customers, are those of all customers. `order` tells where the
    sweep's fit has each segment. `next` counts the sampled customers of a segment that are in each segment at the next
    K. What would speak of fewer than `least` customers is left out: see `disclosure.withhold`. Since the figures at two
    K tell what those at one do not, a column is told at another K only if it is told of all segments there and at the K
    chosen, a word only if no segment there has a few customers with it, and figures have DIGITS.
    """
    told = _told(described["columns"], described["segments"])
    labels = {k: assignment.nearest(sample.X, fit.centres)[0] for k, fit in sorted(fits.items())}
    words = sample.word_columns(described["columns"])

    def describe(k: int) -> AtK:
        if k == len(model.centres):
            return described
        at_k = _described(fits[k], replace(sample, segment=labels[k] + 1), described, model, name_segments)
        return _coarsened(at_k, words, labels[k], told)

    ks, by_k = list(labels), []
    described_ks = engine.each(pool, describe, ks, doing="describing the segments at each K", of="K")
    for k, next_k, at_k in zip_longest(ks, ks[1:], described_ks):
        moves = [[] for _ in range(k)] if next_k is None else _moves(labels[k], k, labels[next_k], next_k)
        segments = [segment | {"next": moved} for segment, moved in zip(at_k["segments"], moves, strict=True)]
        kept = {key: at_k[key] for key in ("eta_squared", "caveats")}
        by_k.append({"k": k, "order": fits[k].order.tolist(), "segments": segments, **kept})
    return by_k


def _described(
    fit: Alternative,
    sample: CustomerSample,
    described: Mapping[str, Any],
    model: SegmentModel,
    name_segments: Namer,
) -> AtK:
    """Describes the segments of a fit from a sample, where they stand as `segment`."""
    k, space, least = len(fit.sizes), model.space, described["least"]
    columns, value = described["columns"], described["value"]
    sizes, sums = profile.tally(sample.table, sample.segment, k)
    profiled = profile.profile_segments(fit.sizes, sums, sample.table, sample.segment, columns, value, least)
    names = name_segments([profile.standings(segment) for segment in profiled["segments"]])
    values = parts.matrix(sample.table, space.names)
    _, bordering = borders.survey_borders(sample.X, values, fit.centres, borders.middle(least))
    few = sample.at_most(DEFINED)
    definitions = definition.fit_definitions(few.X, few.features(space), few.segment, k)
    covered = definition.count_covered(definitions, sample.features(space), sample.segment)
    means = {name: mean for name, mean in profile.means(sums).items() if name in columns and name not in space.names}
    measures = Measures(covered, _squares(sample, means))
    at_k = replace(model, centres=fit.centres, sizes=tuple(fit.sizes.tolist()), numbers=tuple(range(1, k + 1)))
    return description.describe_segments(
        profiled | {"labels": described["labels"]},
        names,
        {"segments": [None] * k, "gone": []},
        definitions,
        at_k,
        Survey(sizes, sums, bordering, sample),
        measures,
        least,
    )


def _squares(sample: CustomerSample, means: Mapping[str, float]) -> dict[str, float]:
    """The sum of squared differences from its mean, by column."""
    with np.errstate(over="ignore", invalid="ignore"):  # no effect is reported of a column whose squares overflow
        return {name: float(np.nansum((parts.numbers(sample.table, name) - mean) ** 2)) for name, mean in means.items()}


def _coarsened(at_k: AtK, words: Mapping[str, pd.Series], label: np.ndarray, told: set[str]) -> AtK:
    """The segments at another K, without what would tell more of those at the K chosen than these themselves tell."""
    columns, value, least = at_k["columns"], at_k["value"], at_k["least"]
    blank = {*columns} - _told(columns, at_k["segments"]) | {*columns} - told
    rare = {name: _rare(column, label, least) for name, column in words.items()}
    segments = []
    for segment in at_k["segments"]:
        segment = disclosure.without(segment, blank, value)
        columns_told = {
            name: {"top": _common(statistics["top"], rare[name])} if name in rare else statistics
            for name, statistics in segment["columns"].items()
        }
        drivers = [
            driver
            for driver in segment["drivers"]
            if "word" not in driver or driver["word"] not in rare[driver["column"]]
        ]
        segment |= {"columns": columns_told, "drivers": drivers, "typical": None}
        definition_told = _rounded(segment["definition"]) | {"conditions": segment["definition"]["conditions"]}
        segments.append(_rounded(segment) | {"share": segment["share"], "definition": definition_told})
    return at_k | {"segments": segments, "eta_squared": _rounded(at_k["eta_squared"])}


def _rare(words: pd.Series, label: np.ndarray, least: int) -> set[str]:
    """The words that some segment has, but fewer than `least` of its customers."""
    counts = words.groupby(label).value_counts()
    return set(counts[counts < least].index.get_level_values(-1))


def _common(top: Sequence[Mapping[str, Any]], rare: set[str]) -> list[dict[str, Any]]:
    return [
        {"word": entry["word"], "share": float(f"{entry['share']:.{WORD_DIGITS}g}")}
        for entry in top
        if entry["word"] not in rare
    ]


def _told(columns: Sequence[str], segments: Sequence[Mapping[str, Any]]) -> set[str]:
    """The columns that are told of all segments."""
    return {
        name
        for name in columns
        if not any(disclosure.is_blank(segment["columns"].get(name, {})) for segment in segments)
    }


def _rounded(figures: Any) -> Any:
    """The figures, in dictionaries and lists, with no more than DIGITS significant digits."""
    if isinstance(figures, Mapping):
        return {key: _rounded(figure) for key, figure in figures.items()}
    if isinstance(figures, list | np.ndarray):
        return [_rounded(figure) for figure in figures]
    return float(f"{figures:.{DIGITS}g}") if isinstance(figures, float) else figures


def _moves(label: np.ndarray, k: int, next_label: np.ndarray, next_k: int) -> list[list[int]]:
    """How many customers of each segment at one K are in each segment at the next: k rows of next_k counts."""
    return np.bincount(label * next_k + next_label, minlength=k * next_k).reshape(k, next_k).tolist()
