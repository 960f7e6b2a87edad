"""The feature space: how raw columns become the standardised features that customers are clustered on."""

import warnings
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from segmentation import engine, moments, parts, schema
from segmentation.errors import InputFault
from segmentation.moments import Moments
from segmentation.outputs import DECIMALS, significant
from segmentation.parts import matrix

import numpy as np
import pyarrow as pa

YEO_JOHNSON_ROWS = 100_000  # enough for an exponent of 4 decimals
NARROW = 1e8  # means of more standard deviations lose digits that tell customers apart
RESIDENT = 512 * 2**20  # bytes: what a process reads once instead of at every pass
_held: dict[Path, np.ndarray] = {}


@dataclass(frozen=True)
class Feature:
    """One column's way into the feature space: fill, clip, transform, standardise."""

    name: str
    unit: str
    transform: str
    power: float | None  # lambda of yeo-johnson
    fill: float | None  # in place of a missing value
    low: float | None  # clipped below
    high: float | None  # clipped above
    mean: float  # of the transformed values
    scale: float  # their standard deviation

    def transformed(self, values: np.ndarray) -> np.ndarray:
        """Fills, clips and transforms raw values: shape (customers,)."""
        if self.fill is not None:
            values = np.where(np.isnan(values), self.fill, values)
        if self.low is not None or self.high is not None:
            values = np.clip(values, self.low, self.high)
        with np.errstate(all="ignore"):  # beyond its domain a transform is not finite
            return transform(values, self.transform, self.power)

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Raw values in standard deviations from the mean, rounded: shape (customers,)."""
        with np.errstate(over="ignore"):
            return np.round((self.transformed(values) - self.mean) / self.scale, DECIMALS) + 0.0

    def raw(self, scaled: np.ndarray) -> np.ndarray:
        """The inverse of `scaled`, but for fill, clip and rounding: shape (customers,)."""
        return inverse(scaled * self.scale + self.mean, self.transform, self.power)


@dataclass(frozen=True)
class FeatureSpace:
    """The features in their order."""

    features: tuple[Feature, ...]

    @property
    def names(self) -> list[str]:
        """The raw columns that placing a customer takes."""
        return [feature.name for feature in self.features]

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Raw values as scaled features, both of shape (customers, features).

        What no fill replaces stays NaN; what lies outside a transform's domain is not finite.
        """
        return np.column_stack([f.scaled(column) for f, column in zip(self.features, values.T, strict=True)])

    def raw(self, X: np.ndarray) -> np.ndarray:
        """Scaled features in original units, both of shape (customers, features)."""
        return np.column_stack([f.raw(column) for f, column in zip(self.features, X.T, strict=True)])

    def clipped(self, values: np.ndarray) -> list[int]:
        """How many raw values of each feature lie outside its clip: `values` has shape (customers, features)."""
        return [
            int((column < f.low).sum() if f.low is not None else 0)
            + int((column > f.high).sum() if f.high is not None else 0)
            for f, column in zip(self.features, values.T, strict=True)
        ]

    def to_json(self) -> list[dict[str, Any]]:
        """As plain lists and dictionaries."""
        return [asdict(feature) for feature in self.features]

    @classmethod
    def from_json(cls, features: Iterable[Mapping[str, Any]]) -> "FeatureSpace":
        """The inverse of `to_json`."""
        return cls(tuple(Feature(**feature) for feature in features))


def resolved(given: Mapping[str, schema.Feature], default: schema.Preprocess) -> dict[str, schema.Feature]:
    """Each feature's settings; what it leaves open is as `default`, and a clip of [0, 1] is none."""
    settings = {}
    for name, feature in given.items():
        clip = feature.clip or default.clip
        clip = None if clip == [0, 1] else clip
        settings[name] = replace(feature, missing=feature.missing or default.missing, clip=clip)
    return settings


Block = Callable[[], np.ndarray]  # gives the scaled features of one part: shape (features, customers)


@dataclass(frozen=True)
class Scaled:
    """The table of scaled features."""

    names: list[str]
    rows: int
    blocks: list[Block]

    def load(self) -> np.ndarray:
        """All scaled features: shape (customers, features)."""
        return np.concatenate([block() for block in self.blocks], axis=1).T


def scaled(folder: str | Path, pool: Executor) -> Scaled:
    """Finds the parts of the scaled features.

    Each process keeps the first ones it reads, as far as RESIDENT bytes go, until this is called again.
    """
    _held.clear()
    files = parts.paths(folder)
    names = [name for name in parts.schema(files[0]).names if name not in schema.RESERVED]
    return Scaled(names, sum(pool.map(parts.rows, files)), [partial(_block, file, names) for file in files])


def _block(file: Path, names: list[str]) -> np.ndarray:
    if file in _held:
        return _held[file]
    X = np.ascontiguousarray(matrix(parts.read(file, columns=names), names).T)
    if X.nbytes + sum(held.nbytes for held in list(_held.values())) <= RESIDENT:
        _held[file] = X
    return X


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
    return feature.missing != "median" and not feature.clip and feature.transform != "yeo-johnson"


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
    return replace(feature, power=power(values)) if settings.transform == "yeo-johnson" else feature


def power(values: np.ndarray) -> float:
    """The exponent of Yeo-Johnson that makes values, of shape (customers,), most alike normal ones; 4 decimals."""
    from sklearn.preprocessing import PowerTransformer

    sample = values[:: -(-len(values) // YEO_JOHNSON_ROWS), np.newaxis]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of overflow, which `fit` refuses
        return round(float(PowerTransformer(standardize=False).fit(sample).lambdas_[0]), 4)


def transform(values: np.ndarray, name: str, power: float | None) -> np.ndarray:
    """Raw values, of shape (customers,), under the transform of that name.

    By SciPy's functions where NumPy's differ between processors in the last bit.
    """
    from scipy import special

    if name == "log1p":
        return special.log1p(values)
    if name == "sqrt":
        return np.sqrt(values)
    if name == "yeo-johnson":  # Yeo and Johnson 2000, equation 2.1, by way of Box-Cox
        positive = special.boxcox1p(np.maximum(values, 0), power)
        return np.where(values >= 0, positive, -special.boxcox1p(np.maximum(-values, 0), 2 - power))
    return values


def inverse(values: np.ndarray, name: str, power: float | None) -> np.ndarray:
    """What `transform` makes these values, of shape (customers,), of."""
    from scipy import special

    if name == "log1p":
        return special.expm1(values)
    if name == "sqrt":
        return values**2
    if name == "yeo-johnson":
        positive = special.inv_boxcox1p(np.maximum(values, 0), power)
        return np.where(values >= 0, positive, -special.inv_boxcox1p(np.maximum(-values, 0), 2 - power))
    return values
