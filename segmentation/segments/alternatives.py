"""The segments at every K that the sweep has fitted, and how customers move from one K to the next."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from segmentation.features import assignment
from segmentation.pipeline import schema
from segmentation.segments import profile

SAMPLE = 100_000  # customers: of a segment of 1 % the mean is then off by 3 % of its spread, give or take
KEYS = ("mean", "standing", *schema.QUANTILES)


@dataclass(frozen=True)
class Alternative:
    """K-means at one K, in the order in which its segments are numbered."""

    centres: np.ndarray  # shape (k, features)
    sizes: np.ndarray  # of all customers, shape (k,)


def ordered(fit: Alternative, X: np.ndarray, value: np.ndarray) -> Alternative:
    """Numbers segments as `kmeans.by_value` does, by a sample: `X` (customers, features), `value` (customers,)."""
    label, _, _ = assignment.nearest(X, fit.centres)
    _, known, worth = assignment.worth(label, value, len(fit.centres))
    order = assignment.by_value(fit.sizes, known, worth)
    return Alternative(fit.centres[order], fit.sizes[order])


def describe(
    found: Mapping[int, Alternative],
    X: np.ndarray,
    sample: pa.Table,
    columns: Sequence[str],
    value: str | None,
    name: Callable[[dict[str, Any]], list[str]],
) -> list[dict[str, Any]]:
    """Describes the segments at every K, in rising order, on a sample of the customers.

    `X` are the scaled features (customers, features) and `sample` the columns in original units; `name` names the
    segments that `profile.describe` has described. Sizes, and shares of the customers, are of all of them. `next` says
    how many of the sampled customers in each segment are in each one at the next K.
    """
    labels = {k: assignment.nearest(X, one.centres)[0] for k, one in sorted(found.items())}
    told = []
    for (k, label), (more, other) in zip(labels.items(), [*list(labels.items())[1:], (0, None)], strict=True):
        _, sums = profile.tally(sample, label + 1, k)
        described = profile.describe(found[k].sizes, sums, sample, label + 1, columns, value)
        flow = np.zeros((k, 0)) if other is None else np.bincount(label * more + other, minlength=k * more)
        segments = zip(described["segments"], name(described), flow.reshape(k, more).tolist(), strict=True)
        told.append({"k": k, "segments": [brief(one, given, to) for one, given, to in segments]})
    return told


def brief(segment: Mapping[str, Any], name: str, to: Sequence[int]) -> dict[str, Any]:
    """What a page shows of a segment at one of many K."""
    told = {key: segment[key] for key in ("segment", "size", "share", "value_share")}
    columns = {
        column: {key: statistics[key] for key in KEYS}
        for column, statistics in segment["columns"].items()
        if profile.is_numeric(statistics)
    }
    return {**told, "name": name, "columns": columns, "next": to}
