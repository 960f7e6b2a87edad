"""The feature space: how raw columns become the standardised features that customers are clustered on."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segmentation.features import transforms
from segmentation.pipeline import outputs
from segmentation.pipeline.errors import IntermediateFault
from segmentation.pipeline.outputs import DECIMALS


@dataclass(frozen=True)
class Feature:
    """One column's way into the feature space: fill, clip, transform, standardise."""

    name: str
    unit: str
    transform: str
    power: float | None  # the fitted exponent of a transform that has one, as yeo-johnson
    fill: float | None  # in place of a missing value
    low: float | None  # clipped below
    high: float | None  # clipped above
    mean: float  # of the transformed values
    scale: float  # their standard deviation

    @property
    def log_axis(self) -> bool:
        """Whether a logarithmic axis shows the raw column well."""
        return transforms.named(self.transform).log_axis

    def transformed(self, values: np.ndarray) -> np.ndarray:
        """Fills, clips and transforms raw values: shape (customers,)."""
        if self.fill is not None:
            values = np.where(np.isnan(values), self.fill, values)
        if self.low is not None or self.high is not None:
            values = np.clip(values, self.low, self.high)
        with np.errstate(all="ignore"):  # beyond its domain a transform is not finite
            return transforms.transform(values, self.transform, self.power)

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Raw values in standard deviations from the mean, rounded: shape (customers,)."""
        with np.errstate(over="ignore"):
            return np.round((self.transformed(values) - self.mean) / self.scale, DECIMALS) + 0.0

    def raw(self, scaled: np.ndarray) -> np.ndarray:
        """The inverse of `scaled`, but for fill, clip and rounding: shape (customers,)."""
        return transforms.inverse(scaled * self.scale + self.mean, self.transform, self.power)


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
        """The inverse of `to_json`.

        Raises IntermediateFault for a transform that this version does not know, TypeError or ValueError for values
        that make no feature.
        """
        space = cls(tuple(Feature(**feature) for feature in features))
        for feature in space.features:
            transforms.named(feature.transform)
            optional = (feature.power, feature.fill, feature.low, feature.high)
            numbers = [feature.mean, feature.scale, *(number for number in optional if number is not None)]
            if not (all(type(number) in (int, float) for number in numbers) and feature.scale > 0):
                raise ValueError(f"the mean, scale, power, fill or clip of '{feature.name}' cannot be")
        return space

    @classmethod
    def load(cls, path: str | Path, of: tuple[str, str]) -> "FeatureSpace":
        """Reads the file of the step `preprocess`; `of` is the table of features and its digest.

        Raises IntermediateFault where the file is missing or corrupt, or belongs to another table.
        """
        try:
            return cls.from_json(outputs.read_sealed(path, "features", of=of)["features"])
        except (AttributeError, TypeError, ValueError) as error:
            raise IntermediateFault(f"{path} is corrupt ({error}): run `dvc repro` to write it again") from error
