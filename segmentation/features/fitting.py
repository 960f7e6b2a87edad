"""Fits the feature space: the fill, clip, power, mean and scale of each column, over all parts of the customers."""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from segmentation.features import moments, transforms
from segmentation.features.moments import Moments
from segmentation.features.space import Feature, FeatureSpace
from segmentation.pipeline import engine, parts, schema
from segmentation.pipeline.errors import InputFault
from segmentation.pipeline.outputs import significant
from segmentation.pipeline.parts import matrix

NARROW = 1e8  # standard deviations: in a column with a larger mean, rounding hides how customers differ


def resolve_settings(features: Mapping[str, schema.Feature], default: schema.Preprocess) -> dict[str, schema.Feature]:
    """Fills in the settings that a feature leaves open from `default`; a clip of [0, 1] becomes None."""
    settings = {}
    for name, feature in features.items():
        clip = feature.clip or default.clip
        clip = None if clip == [0, 1] else clip
        settings[name] = replace(feature, missing=feature.missing or default.missing, clip=clip)
    return settings


def kept_rows(table: pa.Table, settings: Mapping[str, schema.Feature]) -> np.ndarray:
    """Marks the customers of a part who have a value in every feature whose `missing` is drop: shape (customers,)."""
    names = [name for name, feature in settings.items() if feature.missing == "drop"]
    return ~np.isnan(matrix(table, names)).any(axis=1) if names else np.ones(table.num_rows, dtype=bool)


@dataclass(frozen=True)
class Survey:
    """What the first pass over one part gives of the features."""

    moments: Moments | None  # of the plain features, transformed; see is_plain
    sample: dict[str, np.ndarray]  # raw values of each other feature: shape (sampled customers,), NaN where missing


def is_plain(feature: schema.Feature) -> bool:
    """Whether a value is transformed without any fitted number: no median, no quantile, no power."""
    return feature.missing != "median" and not feature.clip and not transforms.named(feature.transform).fit_power


def survey(table: pa.Table, start: int, settings: Mapping[str, schema.Feature], step: int) -> Survey:
    """Surveys one part of the table of customers.

    `start` customers come before the part. Every `step`-th customer of the table is sampled, unless left out.
    """
    keep = kept_rows(table, settings)
    plain = [_unfitted(name, feature) for name, feature in settings.items() if is_plain(feature)]
    rows = parts.sample(start, len(keep), step)
    rows = rows[keep[rows]]
    sample = {name: parts.numbers(table, name)[rows] for name, feature in settings.items() if not is_plain(feature)}
    return Survey(_moments(table, plain, keep), sample)


def fit(
    surveys: list[Survey], files: list[Path], settings: Mapping[str, schema.Feature], pool: Executor
) -> tuple[FeatureSpace, list[str]]:
    """Fits every feature over all parts; returns the space, and the names of the constant columns that it leaves out.

    `surveys` are those of the parts in `files`, in the same order. Fills, clips and powers come from the samples. The
    mean and scale of a plain feature come from the surveys; the other features need a second pass over `files`. Raises
    InputFault when no customer or no feature is left, or where a column spans too wide or too narrow a range.
    """
    plain = [_unfitted(name, feature) for name, feature in settings.items() if is_plain(feature)]
    sampled = [
        _fit_sample(name, feature, np.concatenate([survey.sample[name] for survey in surveys]))
        for name, feature in settings.items()
        if not is_plain(feature)
    ]
    fitted = _standardised(plain, moments.merge_parts([survey.moments for survey in surveys])) if plain else {}
    if sampled:
        task = partial(_second_pass, features=sampled, settings=settings)
        fitted |= _standardised(sampled, moments.merge_parts(list(engine.each(pool, task, files, doing="scales"))))
    constant = [name for name in settings if fitted[name] is None]
    space = FeatureSpace(tuple(feature for name in settings if (feature := fitted[name])))
    if not space.features:
        raise InputFault(f"every feature is constant ({', '.join(constant)}): nothing tells the customers apart")
    return space, constant


def _second_pass(file: Path, features: list[Feature], settings: Mapping[str, schema.Feature]) -> Moments | None:
    table = parts.read(file, columns=list(settings))
    return _moments(table, features, kept_rows(table, settings))


def _moments(table: pa.Table, features: list[Feature], keep: np.ndarray) -> Moments | None:
    """The moments of the transformed features of the kept customers; None where there is no feature or customer."""
    if not features:
        return None
    return moments.measure(
        np.stack([feature.transformed(parts.numbers(table, feature.name)[keep]) for feature in features]).T
    )


def _standardised(features: list[Feature], total: Moments | None) -> dict[str, Feature | None]:
    """The features by name, each with its mean and scale, or None where it is constant; `total` is over all parts."""
    if total is None:
        raise InputFault("no customer is left: each misses a value in a feature whose `missing` is drop")
    for feature, mean, variance, constant in zip(features, total.mean, total.variance, total.constant, strict=True):
        if not np.isfinite(variance):
            raise InputFault(f"column '{feature.name}' spans too wide a range to be scaled: log1p narrows it")
        if not constant and abs(mean) > NARROW * np.sqrt(variance):
            raise InputFault(
                f"column '{feature.name}' is {mean:.9g} on average and varies by {np.sqrt(variance):.3g} only, too "
                "little to be scaled: take off a constant in the query of the data set"
            )
    columns = zip(features, total.mean, np.sqrt(total.variance), total.constant, strict=True)
    return {
        feature.name: None if constant else replace(feature, mean=significant(mean), scale=significant(scale))
        for feature, mean, scale, constant in columns
    }


def _unfitted(name: str, feature: schema.Feature) -> Feature:
    return Feature(name, feature.unit, feature.transform, None, None, None, None, mean=0.0, scale=1.0)


def _fit_sample(name: str, settings: schema.Feature, values: np.ndarray) -> Feature:
    """Fits fill, clip and power to sampled raw values, of shape (customers,); mean and scale are still to come."""
    values = values[~np.isnan(values)]
    if not len(values):
        raise InputFault(f"column '{name}' has no value for any customer that is left")
    feature = _unfitted(name, settings)
    if settings.missing == "median":
        feature = replace(feature, fill=significant(np.median(values)))
    if settings.clip:
        low, high = (
            significant(np.quantile(values, share))
            if 0 < share < 1
            else None  # a sample's extremes are not those of the table
            for share in settings.clip
        )
        feature, values = replace(feature, low=low, high=high), np.clip(values, low, high)
    fit_power = transforms.named(settings.transform).fit_power
    return replace(feature, power=fit_power(values)) if fit_power else feature
