"""Placing customers whom a model has not seen, part by part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

import numpy as np
import pyarrow as pa

from segmentation.features import customers, fitting
from segmentation.features.customers import Finding, Findings
from segmentation.model import drift
from segmentation.model.drift import Shift
from segmentation.model.model import SegmentModel
from segmentation.pipeline import parts
from segmentation.pipeline.errors import InputFault, IntermediateFault, suggestion
from segmentation.pipeline.schema import Feature


@dataclass(frozen=True)
class Placed:
    """What the customers of a part tell; those of parts merge to that of the table."""

    findings: list[Findings]
    sizes: np.ndarray  # customers placed in each segment
    outliers: int
    beyond: Finding  # who lies too far out to be placed
    bins: Mapping[str, np.ndarray]  # by feature: see drift.Bins.count


def treatments(model: SegmentModel, given: Mapping[str, Feature]) -> dict[str, Feature]:
    """How each of the model's features is checked: a missing value is filled where the model knows with what.

    `given` are the features of the data set. Raises IntermediateFault where the model has one that they lack.
    """
    if unknown := [name for name in model.space.names if name not in given]:
        raise IntermediateFault(
            f"the model was fitted on '{unknown[0]}', which is no feature of the data set: "
            f"{suggestion(unknown[0], given)}; run `dvc repro`, or choose the model's data set"
        )
    settings = {}
    for feature in model.space.features:
        otherwise = "drop" if given[feature.name].missing == "drop" else "error"
        missing = otherwise if feature.fill is None else "median"
        settings[feature.name] = replace(given[feature.name], transform=feature.transform, missing=missing)
    return settings


def place(
    file: Path, start: int, model: SegmentModel, settings: Mapping[str, Feature], id: str, folder: Path,
    given: Mapping[str, Feature],
) -> Placed:  # fmt: skip
    """Writes the segments of those customers of one part who can be placed; `start` customers come before the part.

    `settings` are the `treatments` of the model's features, `given` the features of the data set: one that was the same
    for everyone at the fit is not in the model, and leaves out customers all the same.
    """
    table = parts.read(file, columns=["customer_id", *given])
    findings, numbers = customers.survey(table, start, settings, None), model.numbers
    if any(customers.is_text(table, name) for name in settings):
        return Placed([findings], np.zeros(len(numbers), dtype=int), 0, Finding(), {})
    raw = parts.matrix(table, model.space.names)
    X = model.space.scaled(raw)
    finite = np.isfinite(X).all(axis=1)
    there = [name for name in table.schema.names if not customers.is_text(table, name)]
    others = {name: given[name] for name in there if name in given and name not in settings}
    keep = finite & fitting.kept(table, others)
    placed = model.place(X[keep])
    columns = {id: table["customer_id"].filter(pa.array(keep)), **placed}
    columns["segment"] = placed["segment"].astype(np.int32)
    columns["name"] = pa.array(placed["name"], pa.string())
    columns["margin"] = pa.array(placed["margin"], from_pandas=True)
    parts.write(folder / file.name, pa.table(columns))
    sizes = np.bincount(np.searchsorted(numbers, placed["segment"]), minlength=len(numbers))
    beyond = customers.rows(~finite & ~np.isnan(raw).any(axis=1), start)
    counts = zip(model.space.names, raw[keep].T, strict=True)
    bins = {name: model.baseline.bins[name].count_values(values) for name, values in counts}
    return Placed([findings], sizes, int(placed["outlier"].sum()), beyond, bins)


def merged(parts: Sequence[Placed]) -> Placed:
    """What the customers of all parts tell."""
    return reduce(_and, parts)


def _and(one: Placed, other: Placed) -> Placed:
    beyond = Finding(one.beyond.count, one.beyond.first)
    beyond.add(other.beyond)
    bins = {name: one.bins[name] + other.bins[name] for name in one.bins if name in other.bins}
    findings, outliers = one.findings + other.findings, one.outliers + other.outliers
    return Placed(findings, one.sizes + other.sizes, outliers, beyond, bins)


def check(found: Placed, rows: int, settings: Mapping[str, Feature]) -> None:
    """Raises InputFault as `customers.check` does, of so many rows, and where some or all could not be placed."""
    customers.check(found.findings, rows, settings, max_missing=None)
    if found.beyond.count:
        raise InputFault(f"features are too large to be placed, for {found.beyond.among(rows)}: mend the file")
    if not found.sizes.any():
        raise InputFault("no customer is left: each misses a value in a feature whose `missing` is drop")


def shifts(model: SegmentModel, found: Placed) -> list[tuple[str, Shift]]:
    """The drift of each feature, and of the segments' sizes."""
    sizes = np.array(model.sizes)
    bins = model.baseline.bins
    own = [(name, drift.shift(bins[name].shares, found.bins[name])) for name in model.space.names]
    return [*own, ("segments", drift.shift(sizes / sizes.sum(), found.sizes))]
