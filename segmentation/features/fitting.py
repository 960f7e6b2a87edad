"""Fits the feature space: what each column's fill, clip, transform, mean and scale are, over all parts."""

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

NARROW = 1e8  # means of more standard deviations lose digits that tell customers apart


def resolved(given: Mapping[str, schema.Feature], default: schema.Preprocess) -> dict[str, schema.Feature]:
    """Each feature's settings; what it leaves open is as `default`, and a clip of [0, 1] is none."""
    settings = {}
    for name, feature in given.items():
        clip = feature.clip or default.clip
        clip = None if clip == [0, 1] else clip
        settings[name] = replace(feature, missing=feature.missing or default.missing, clip=clip)
    return settings


def kept(table: pa.Table, settings: Mapping[str, schema.Feature]) -> np.ndarray:
    """Which customers of a part stay: those with a value in every feature whose `missing` is drop."""
    names = [name for name, feature in settings.items() if feature.missing == "drop"]
    return ~np.isnan(matrix(table, names)).any(axis=1) if names else np.ones(table.num_rows, dtype=bool)


@dataclass(frozen=True)
class Survey:
    """What one part tells of the features in one pass."""

    moments: Moments | None  # of the features that are transformed without regard to the other customers
    sample: dict[str, np.ndarray]  # values of the others, NaN where missing


def is_plain(feature: schema.Feature) -> bool:
    """Whether transforming a value takes nothing but the value: no median, no quantile, no fitted power."""
    return feature.missing != "median" and not feature.clip and not transforms.named(feature.transform).fit_power


def survey(table: pa.Table, start: int, settings: Mapping[str, schema.Feature], step: int) -> Survey:
    """Surveys a part that `start` customers come before; of every `step`-th customer the values go into the sample."""
    keep = kept(table, settings)
    plain = [_unfitted(name, feature) for name, feature in settings.items() if is_plain(feature)]
    every = parts.sample(start, len(keep), step)
    every = every[keep[every]]
    sample = {name: parts.numbers(table, name)[every] for name, feature in settings.items() if not is_plain(feature)}
    return Survey(_moments(table, plain, keep), sample)


def fit(
    surveys: list[Survey], files: list[Path], settings: Mapping[str, schema.Feature], pool: Executor
) -> tuple[FeatureSpace, list[str]]:
    """Fits every feature over all parts; returns the space and the names of the constant columns it leaves out.

    Fills, clips and powers come from the sample; a feature that has one takes a second pass over `files`, for mean and
    scale. Raises InputFault when no customer or no feature is left.
    """
    plain = [_unfitted(name, feature) for name, feature in settings.items() if is_plain(feature)]
    others = [
        _from_sample(name, feature, np.concatenate([one.sample[name] for one in surveys]))
        for name, feature in settings.items()
        if not is_plain(feature)
    ]
    found = [one.moments for one in surveys] if plain else []
    fitted = _standardised(plain, moments.merged(found))
    if others:
        task = partial(_second, features=others, settings=settings)
        fitted |= _standardised(others, moments.merged(list(engine.each(pool, task, files, doing="scales"))))
    constant = [name for name in settings if fitted[name] is None]
    space = FeatureSpace(tuple(feature for name in settings if (feature := fitted[name])))
    if not space.features:
        raise InputFault(f"every feature is constant ({', '.join(constant)}): nothing tells the customers apart")
    return space, constant


def _second(file: Path, features: list[Feature], settings: Mapping[str, schema.Feature]) -> Moments | None:
    table = parts.read(file, columns=list(settings))
    return _moments(table, features, kept(table, settings))


def _moments(table: pa.Table, features: list[Feature], keep: np.ndarray) -> Moments | None:
    if not features:
        return None
    return moments.of(
        np.stack([feature.transformed(parts.numbers(table, feature.name)[keep]) for feature in features]).T
    )


def _standardised(features: list[Feature], found: Moments | None) -> dict[str, Feature | None]:
    """By name each feature with its mean and scale, None for one that is constant."""
    if not features:
        return {}
    if found is None:
        raise InputFault("no customer is left: each misses a value in a feature whose `missing` is drop")
    for feature, mean, variance, constant in zip(features, found.mean, found.variance, found.constant, strict=True):
        if not np.isfinite(variance):
            raise InputFault(f"column '{feature.name}' spans too wide a range to be scaled: log1p narrows it")
        if not constant and abs(mean) > NARROW * np.sqrt(variance):
            raise InputFault(
                f"column '{feature.name}' is {mean:.9g} on average and varies by {np.sqrt(variance):.3g} only, too "
                "little to be scaled: take off a constant in the query of the data set"
            )
    columns = zip(features, found.mean, np.sqrt(found.variance), found.constant, strict=True)
    return {
        feature.name: None if constant else replace(feature, mean=significant(mean), scale=significant(scale))
        for feature, mean, scale, constant in columns
    }


def _unfitted(name: str, feature: schema.Feature) -> Feature:
    return Feature(name, feature.unit, feature.transform, None, None, None, None, mean=0.0, scale=1.0)


def _from_sample(name: str, settings: schema.Feature, values: np.ndarray) -> Feature:
    """The feature with its fill, clip and power, before its mean and scale are known."""
    values = values[~np.isnan(values)]
    if not len(values):
        raise InputFault(f"column '{name}' has no value for any customer that is left")
    feature = _unfitted(name, settings)
    if settings.missing == "median":
        feature = replace(feature, fill=significant(np.median(values)))
    if settings.clip:
        low, high = (
            significant(np.quantile(values, share)) if 0 < share < 1 else None  # a sample's extremes are not all's
            for share in settings.clip
        )
        feature, values = replace(feature, low=low, high=high), np.clip(values, low, high)
    fit_power = transforms.named(settings.transform).fit_power
    return replace(feature, power=fit_power(values)) if fit_power else feature
