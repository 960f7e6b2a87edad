"""The feature space: how raw columns become the standardised features that customers are clustered on."""

import warnings
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from segmentation import parts, schema
from segmentation.errors import InputFault
from segmentation.outputs import DECIMALS, significant
from segmentation.parts import matrix

import numpy as np
import pyarrow as pa

YEO_JOHNSON_ROWS = 100_000  # enough for an exponent of 4 decimals


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
        if self.low is not None:
            values = np.clip(values, self.low, self.high)
        with np.errstate(all="ignore"):  # beyond its domain a transform is not finite
            return _transform(values, self.transform, self.power)

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Raw values in standard deviations from the mean, rounded: shape (customers,)."""
        return np.round((self.transformed(values) - self.mean) / self.scale, DECIMALS) + 0.0


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

    def clipped(self, values: np.ndarray) -> list[int]:
        """How many raw values of each feature lie outside its clip: `values` has shape (customers, features)."""
        return [
            0 if f.low is None else int(((column < f.low) | (column > f.high)).sum())
            for f, column in zip(self.features, values.T, strict=True)
        ]

    def to_json(self) -> list[dict[str, Any]]:
        """As plain lists and dictionaries."""
        return [asdict(feature) for feature in self.features]

    @classmethod
    def from_json(cls, features: Iterable[Mapping[str, Any]]) -> "FeatureSpace":
        """The inverse of `to_json`."""
        return cls(tuple(Feature(**feature) for feature in features))


def load(folder: str | Path) -> tuple[list[str], np.ndarray, np.ndarray | None]:
    """Reads all scaled features: their names, their values of shape (customers, features), and the value column.

    The value column, of shape (customers,), is None where the data set has none.
    """
    tables = [parts.read(file) for file in parts.paths(folder)]
    columns = tables[0].schema.names
    names = [name for name in columns if name not in schema.RESERVED]
    value = np.concatenate([parts.numbers(table, "_value") for table in tables]) if "_value" in columns else None
    return names, np.concatenate([matrix(table, names) for table in tables]), value


def kept(table: pa.Table, settings: Mapping[str, schema.Feature]) -> np.ndarray:
    """Which customers of a part stay: those with a value in every feature whose `missing` is drop."""
    names = [name for name, feature in settings.items() if feature.missing == "drop"]
    return ~np.isnan(matrix(table, names)).any(axis=1) if names else np.ones(table.num_rows, dtype=bool)


def fit(files: list[Path], settings: Mapping[str, schema.Feature], pool: Executor) -> tuple[FeatureSpace, list[str]]:
    """Fits every feature over all parts; returns the space and the names of the constant columns it leaves out.

    Transforms come first, then scikit-learn's StandardScaler, fed part by part in order. Raises InputFault when no
    customer or no feature is left.
    """
    from sklearn.preprocessing import StandardScaler

    unscaled = [_unscaled(files, name, feature, settings, pool) for name, feature in settings.items()]
    scaler = StandardScaler()
    low, high = np.full(len(unscaled), np.inf), np.full(len(unscaled), -np.inf)

    def transformed(file: Path) -> np.ndarray:
        table = parts.read(file, columns=list(settings))
        values = matrix(table, settings)[kept(table, settings)]
        return np.column_stack([f.transformed(column) for f, column in zip(unscaled, values.T, strict=True)])

    for values in pool.map(transformed, files):
        if len(values):
            with np.errstate(over="ignore", invalid="ignore"):  # refused below
                scaler.partial_fit(values)
            low, high = np.minimum(low, values.min(axis=0)), np.maximum(high, values.max(axis=0))
    if not np.isfinite(low).all():
        raise InputFault("no customer is left: each misses a value in a feature whose `missing` is drop")
    constant = [f.name for f, least, most in zip(unscaled, low, high, strict=True) if least == most]
    fitted = [
        Feature(**{**asdict(f), "mean": significant(mean), "scale": significant(scale)})
        for f, mean, scale in zip(unscaled, scaler.mean_, scaler.scale_, strict=True)
        if f.name not in constant
    ]
    if not fitted:
        raise InputFault(f"every feature is constant ({', '.join(constant)}): nothing tells the customers apart")
    for name, variance in zip(settings, scaler.var_, strict=True):
        if not np.isfinite(variance):
            raise InputFault(f"column '{name}' spans too wide a range to be scaled: log1p narrows it")
    return FeatureSpace(tuple(fitted)), constant


def _unscaled(
    files: list[Path],
    name: str,
    feature: schema.Feature,
    settings: Mapping[str, schema.Feature],
    pool: Executor,
) -> Feature:
    """The feature with its fill, clip and power, before its mean and scale are known."""
    fill = low = high = power = None
    if feature.missing == "median" or feature.clip or feature.transform == "yeo-johnson":
        values = np.concatenate(list(pool.map(lambda file: _column(file, name, settings), files)))
        values = values[~np.isnan(values)]
        if not len(values):
            raise InputFault(f"column '{name}' has no value for any customer that is left")
        fill = significant(np.median(values)) if feature.missing == "median" else None
        if feature.clip:
            low, high = (significant(bound) for bound in np.quantile(values, feature.clip))
            values = np.clip(values, low, high)
        if feature.transform == "yeo-johnson":
            power = _power(values)
    return Feature(name, feature.unit, feature.transform, power, fill, low, high, mean=0.0, scale=1.0)


def _column(file: Path, name: str, settings: Mapping[str, schema.Feature]) -> np.ndarray:
    needed = [name, *(other for other in settings if other != name and settings[other].missing == "drop")]
    table = parts.read(file, columns=needed)
    return parts.numbers(table, name)[kept(table, settings)]


def _power(values: np.ndarray) -> float:
    from sklearn.preprocessing import PowerTransformer

    sample = values[:: -(-len(values) // YEO_JOHNSON_ROWS), np.newaxis]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of overflow, which `fit` refuses
        return round(float(PowerTransformer(standardize=False).fit(sample).lambdas_[0]), 4)


def _transform(values: np.ndarray, transform: str, power: float | None) -> np.ndarray:
    """SciPy's functions where NumPy's differ between processors in the last bit."""
    from scipy import special

    if transform == "log1p":
        return special.log1p(values)
    if transform == "sqrt":
        return np.sqrt(values)
    if transform == "yeo-johnson":  # Yeo and Johnson 2000, equation 2.1, by way of Box-Cox
        positive = special.boxcox1p(np.maximum(values, 0), power)
        return np.where(values >= 0, positive, -special.boxcox1p(np.maximum(-values, 0), 2 - power))
    return values
