"""The model: all that placing a customer takes, in one JSON file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segmentation import outputs
from segmentation.errors import InputFault, IntermediateFault, nearest
from segmentation.features import FeatureSpace
from segmentation.kmeans import nearest as nearest_centre

import numpy as np
import pandas as pd

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class SegmentModel:
    """Features, centres and names; segment number i+1 has row i of `centres` and entry i of `names` and `sizes`."""

    space: FeatureSpace
    centres: np.ndarray  # shape (segments, features), in scaled units
    names: tuple[str, ...]
    sizes: tuple[int, ...]

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Places customers: raw columns in, `segment`, `name`, `distance` and `margin` out, on the same index.

        Raises InputFault for a column that is missing or holds no numbers, and for a missing value that the model has
        no rule to fill.
        """
        for name in self.space.names:
            if name not in frame.columns:
                raise InputFault(f"column '{name}' is not in the table: {nearest(name, frame.columns)}")
            if not pd.api.types.is_numeric_dtype(frame[name]):
                raise InputFault(f"column '{name}' is {frame[name].dtype}: numbers were expected")
        X = self.space.scaled(frame[self.space.names].to_numpy(dtype=float, na_value=np.nan))
        for name, column in zip(self.space.names, X.T, strict=True):
            if not np.isfinite(column).all():
                first = (np.flatnonzero(~np.isfinite(column))[:5] + 1).tolist()
                raise InputFault(
                    f"column '{name}' in rows {first} is missing, or beyond what its transform takes: the model fills "
                    "in nothing here"
                )
        label, distance, margin = nearest_centre(X, self.centres)
        placed = {"segment": label + 1, "name": np.array(self.names, dtype=object)[label]}
        return pd.DataFrame({**placed, "distance": distance, "margin": margin}, index=frame.index)

    def to_json(self) -> dict[str, Any]:
        """As plain lists and dictionaries."""
        segments = [
            {"segment": number, "name": name, "size": size, "centre": centre}
            for number, (name, size, centre) in enumerate(
                zip(self.names, self.sizes, self.centres.tolist(), strict=True), 1
            )
        ]
        return {"schema_version": SCHEMA_VERSION, "features": self.space.to_json(), "segments": segments}

    @classmethod
    def load(cls, path: str | Path) -> "SegmentModel":
        """Reads a model; raises IntermediateFault where it is missing, corrupt or of another schema version."""
        content = outputs.read_json(path)
        version = content.get("schema_version") if isinstance(content, dict) else None
        if version != SCHEMA_VERSION:
            raise IntermediateFault(
                f"{path} has schema version {version}, not {SCHEMA_VERSION}: run `dvc repro analyze` to write it"
            )
        try:
            segments, space = content["segments"], FeatureSpace.from_json(content["features"])
            centres = np.array([segment["centre"] for segment in segments], dtype=float)
            if centres.shape != (len(segments), len(space.names)):
                raise ValueError(f"its centres have shape {centres.shape} for {len(space.names)} features")
            return cls(
                space=space,
                centres=centres,
                names=tuple(segment["name"] for segment in segments),
                sizes=tuple(segment["size"] for segment in segments),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise IntermediateFault(f"{path} is no model ({error}): run `dvc repro analyze` to write it") from error
