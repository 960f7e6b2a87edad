"""The segments at every K that the sweep has fitted, and how customers move from one K to the next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import numpy as np
import pyarrow as pa

from segmentation.features import assignment
from segmentation.pipeline import schema
from segmentation.segments import disclosure, profile
from segmentation.segments.naming import Name

SAMPLE = 100_000  # customers, at most: the mean of a segment of 1 % is then off by about 3 % of its standard deviation
STATISTICS = ("mean", "standing", *schema.QUANTILES)
DIGITS = 3  # of a figure at another K; more would tell the customers apart who change segment from one K to the next


@dataclass(frozen=True)
class Alternative:
    """K-means at one K, in the order in which its segments are numbered."""

    centres: np.ndarray  # shape (k, features)
    sizes: np.ndarray  # of all customers, shape (k,)

    @classmethod
    def from_json(cls, fit: Mapping[str, Any], features: int) -> "Alternative":
        """Reads a fit as it was written; raises ValueError where its shapes are not those of so many features."""
        centres, sizes = np.array(fit["centres"], dtype=float), np.array(fit["sizes"], dtype=int)
        if centres.shape != (fit["k"], features) or sizes.shape != (fit["k"],) or not np.isfinite(centres).all():
            raise ValueError(f"{fit['k']} centres of {features} features and their sizes were expected")
        return cls(centres, sizes)

    def renumbered(self, X: np.ndarray, value: np.ndarray) -> "Alternative":
        """The same segments in the order of `assignment.by_value`, as a sample of the customers shows it.

        `X` (customers, features) are scaled features, `value` (customers,) is what each customer is worth.
        """
        label, _, _ = assignment.nearest(X, self.centres)
        _, known, worth = assignment.worth(label, value, len(self.centres))
        order = assignment.by_value(self.sizes, known, worth)
        return Alternative(self.centres[order], self.sizes[order])


def describe_each_k(
    fits: Mapping[int, Alternative],
    chosen: Sequence[Mapping[str, Any]],
    X: np.ndarray,
    sample: pa.Table,
    columns: Sequence[str],
    value: str | None,
    name_segments: Callable[[list[dict[str, float]]], list[Name]],
    least: int,
) -> list[dict[str, Any]]:
    """Describes the segments at every K, in rising order.

    The segments at the K that was `chosen` are described already, from all customers; those at any other K are
    described from a sample: `X` are its scaled features (customers, features) and `sample` its columns in original
    units. `name_segments` names segments by their `profile.standings`. Sizes, and shares of the customers, are those of
    all customers. `next` counts the sampled customers of a segment that are in each segment at the next K. What would
    speak of fewer than `least` customers is left out: see `disclosure.withhold`. Since the figures at two K tell what
    those at one do not, a column is told at another K only if it is told of all segments there and at the K chosen.
    """
    told = _told(columns, chosen)
    labels = {k: assignment.nearest(X, fit.centres)[0] for k, fit in sorted(fits.items())}
    ks, described = list(labels), []
    for k, next_k in zip_longest(ks, ks[1:]):
        segments = chosen
        if k != len(chosen):
            segments = _described(fits[k], labels[k], sample, columns, value, name_segments, least, told)
        moves = [[] for _ in segments] if next_k is None else _moves(labels[k], k, labels[next_k], next_k)
        briefs = [brief(segment) | {"next": moved} for segment, moved in zip(segments, moves, strict=True)]
        described.append({"k": k, "segments": briefs})
    return described


def _described(
    fit: Alternative,
    label: np.ndarray,
    sample: pa.Table,
    columns: Sequence[str],
    value: str | None,
    name_segments: Callable[[list[dict[str, float]]], list[Name]],
    least: int,
    told: set[str],
) -> list[dict[str, Any]]:
    _, sums = profile.tally(sample, label + 1, len(fit.sizes))
    segments = profile.profile_segments(fit.sizes, sums, sample, label + 1, columns, value, least)["segments"]
    names = name_segments([profile.standings(segment) for segment in segments])
    named = [segment | {"name": name.name} for segment, name in zip(segments, names, strict=True)]
    segments = disclosure.withhold(named, fit.sizes, sums, value, least)
    blank = {*columns} - _told(columns, segments) | {*columns} - told
    return [_rounded(disclosure.without(segment, blank, value)) for segment in segments]


def _told(columns: Sequence[str], segments: Sequence[Mapping[str, Any]]) -> set[str]:
    """The columns that are told of all segments."""
    return {
        name
        for name in columns
        if not any(disclosure.is_blank(segment["columns"].get(name, {})) for segment in segments)
    }


def _rounded(segment: Mapping[str, Any]) -> dict[str, Any]:
    """A segment whose share of the value, and whose statistics, have no more than DIGITS significant digits."""

    def rounded(figure: Any) -> Any:
        return float(f"{figure:.{DIGITS}g}") if isinstance(figure, float) else figure

    columns = {
        name: {key: rounded(figure) for key, figure in statistics.items()}
        for name, statistics in segment["columns"].items()
    }
    return {**segment, "columns": columns, "value_share": rounded(segment["value_share"])}


def _moves(label: np.ndarray, k: int, next_label: np.ndarray, next_k: int) -> list[list[int]]:
    """How many customers of each segment at one K are in each segment at the next: k rows of next_k counts."""
    return np.bincount(label * next_k + next_label, minlength=k * next_k).reshape(k, next_k).tolist()


def brief(segment: Mapping[str, Any]) -> dict[str, Any]:
    """What a page shows of a segment at one of many K."""
    columns = {
        column: {key: statistics[key] for key in STATISTICS}
        for column, statistics in segment["columns"].items()
        if profile.is_numeric(statistics)
    }
    keys = ("segment", "name", "size", "share", "value_share", "withheld")
    return {key: segment[key] for key in keys} | {"columns": columns}
