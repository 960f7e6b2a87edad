"""Places customers whom a model has not seen, part by part."""

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
    """What placing the customers of a part gives; `merge_parts` adds it up over the table."""

    findings: list[Findings]
    sizes: np.ndarray  # customers placed in each segment
    outliers: int
    beyond: Finding  # customers whose features are too large to be placed
    bins: Mapping[str, np.ndarray]  # by feature: see drift.Bins.count_values


def treatments(model: SegmentModel, features: Mapping[str, Feature]) -> dict[str, Feature]:
    """How each of the model's features is checked: `missing` is median where the model holds a fill.

    `features` are those of the data set. Raises IntermediateFault where the model has a feature that they lack.
    """
    if unknown := [name for name in model.space.names if name not in features]:
        raise IntermediateFault(
            f"the model was fitted on '{unknown[0]}', which is no feature of the data set: "
            f"{suggestion(unknown[0], features)}; run `dvc repro`, or choose the model's data set"
        )
    settings = {}
    for feature in model.space.features:
        setting = features[feature.name]
        without_fill = "drop" if setting.missing == "drop" else "error"
        missing = without_fill if feature.fill is None else "median"
        settings[feature.name] = replace(setting, transform=feature.transform, missing=missing)
    return settings


def place_part(
    file: Path, start: int, model: SegmentModel, settings: Mapping[str, Feature], id: str, folder: Path,
    features: Mapping[str, Feature],
) -> Placed:  # fmt: skip
    """Writes the segments of those customers of one part who can be placed; `start` customers come before the part.

    `settings` are the `treatments` of the model's features, `features` those of the data set. A feature that was the
    same for everyone at the fit is not in the model; it leaves out customers all the same if its `missing` is drop.
    """
    table = parts.read(file, columns=["customer_id", *features])
    findings, numbers = customers.survey(table, start, settings, None), model.numbers
    if any(customers.is_text(table, name) for name in settings):
        return Placed([findings], np.zeros(len(numbers), dtype=int), 0, Finding(), {})
    raw = parts.matrix(table, model.space.names)
    X = model.space.scaled(raw)
    finite = np.isfinite(X).all(axis=1)
    outside_model = {
        name: features[name]
        for name in table.schema.names
        if name in features and name not in settings and not customers.is_text(table, name)
    }
    keep = finite & fitting.kept_rows(table, outside_model)
    placed = model.place(X[keep])
    columns = {id: table["customer_id"].filter(pa.array(keep)), **placed}
    columns["segment"] = placed["segment"].astype(np.int32)
    columns["name"] = pa.array(placed["name"], pa.string())
    columns["margin"] = pa.array(placed["margin"], from_pandas=True)
    parts.write(folder / file.name, pa.table(columns))
    sizes = np.bincount(np.searchsorted(numbers, placed["segment"]), minlength=len(numbers))
    beyond = customers.find_rows(~finite & ~np.isnan(raw).any(axis=1), start)
    counts = zip(model.space.names, raw[keep].T, strict=True)
    bins = {name: model.baseline.bins[name].count_values(values) for name, values in counts}
    return Placed([findings], sizes, int(placed["outlier"].sum()), beyond, bins)


def merge_parts(parts: Sequence[Placed]) -> Placed:
    """Adds up what placing gave for all parts, in their order."""
    return reduce(_add, parts)


def _add(total: Placed, part: Placed) -> Placed:
    beyond = Finding(total.beyond.count, total.beyond.first)
    beyond.add(part.beyond)
    bins = {name: total.bins[name] + part.bins[name] for name in total.bins if name in part.bins}
    findings, outliers = total.findings + part.findings, total.outliers + part.outliers
    return Placed(findings, total.sizes + part.sizes, outliers, beyond, bins)


def check(placed: Placed, rows: int, settings: Mapping[str, Feature]) -> None:
    """Raises InputFault where customers are at fault, or cannot be placed, or where nobody is left to place.

    `placed` is that of all parts, with so many `rows`. Faults are those of `customers.check`.
    """
    customers.check(placed.findings, rows, settings, max_missing=None)
    if placed.beyond.count:
        raise InputFault(f"features are too large to be placed, for {placed.beyond.among(rows)}: mend the file")
    if not placed.sizes.any():
        raise InputFault("no customer is left: each misses a value in a feature whose `missing` is drop")


def shifts(model: SegmentModel, placed: Placed) -> list[tuple[str, Shift]]:
    """The drift of each feature, by name, and last that of the segments' sizes, as `segments`."""
    bins = model.baseline.bins
    feature_shifts = [(name, drift.shift(bins[name].shares, placed.bins[name])) for name in model.space.names]
    return [*feature_shifts, ("segments", drift.shift(model.sizes, placed.sizes))]
