"""The model: all that placing a customer takes, in one JSON file."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from segmentation.features.assignment import nearest as nearest_centre
from segmentation.features.space import Feature, FeatureSpace
from segmentation.model.drift import Bins
from segmentation.pipeline import outputs
from segmentation.pipeline.errors import InputFault, IntermediateFault, suggestion
from segmentation.pipeline.outputs import DECIMALS

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

SCHEMA_VERSION = 2
FAR = 0.999  # an outlier is farther from every centre than this share of the fitted customers from theirs


@dataclass(frozen=True)
class Baseline:
    """The customers that a model was fitted on, to compare later ones with."""

    columns: tuple[str, ...]  # of their table, without customer_id
    far: float  # the distance to their centre within which the share FAR of them lies
    bins: Mapping[str, Bins]  # by feature, in original units


@dataclass(frozen=True)
class SegmentModel:
    """Features, centres and names; row i of `centres` and entry i of the rest belong to one segment."""

    space: FeatureSpace
    centres: np.ndarray  # shape (segments, features), in scaled units
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    numbers: tuple[int, ...]  # rising; 1..K unless segments of an accepted model keep theirs
    issued: int  # the highest number that any segment, of this model or of an accepted one, has ever had
    baseline: Baseline

    def predict(self, frame: "pd.DataFrame") -> "pd.DataFrame":
        """Places customers: raw columns in, `segment`, `name`, `distance`, `margin`, `outlier` out, on the same index.

        An outlier lies farther from every centre than 99.9 % of the customers that the model was fitted on lie from
        theirs. Raises InputFault for a column that is missing or holds no numbers, for an infinite value, and for a
        missing value that the model has no rule to fill.
        """
        import pandas as pd

        for name in self.space.names:
            if list(frame.columns).count(name) > 1:
                raise InputFault(f"column '{name}' is in the table more than once")
            if name not in frame.columns:
                raise InputFault(f"column '{name}' is not in the table: {suggestion(name, frame.columns)}")
            if not pd.api.types.is_numeric_dtype(frame[name]):
                raise InputFault(f"column '{name}' is {frame[name].dtype}: numbers were expected")
        values = frame[self.space.names].to_numpy(dtype=float, na_value=np.nan)
        X = self.space.scaled(values)
        for name, column, raw in zip(self.space.names, X.T, values.T, strict=True):
            lost = ~np.isfinite(column) | np.isinf(raw)
            if lost.any():
                first = (np.flatnonzero(lost)[:5] + 1).tolist()
                raise InputFault(
                    f"column '{name}' in rows {first} is missing, or beyond what its transform takes: the model fills "
                    "in nothing here"
                )
        return pd.DataFrame(self.place(X), index=frame.index)

    def place(self, X: np.ndarray) -> dict[str, np.ndarray]:
        """The columns of `predict` for scaled features, of shape (customers, features)."""
        label, distance, margin = nearest_centre(X, self.centres)
        return {
            "segment": np.array(self.numbers)[label],
            "name": np.array(self.names, dtype=object)[label],
            "distance": distance,
            "margin": margin,
            "outlier": distance > self.baseline.far,
        }

    def to_sklearn(self) -> "Pipeline":
        """A fitted scikit-learn Pipeline that takes a frame of raw columns and predicts the segments' numbers.

        The nearest centre is the nearest of K neighbours, one per segment. A customer who cannot be placed is refused
        with scikit-learn's ValueError.
        """
        import pandas as pd
        from sklearn.compose import ColumnTransformer
        from sklearn.neighbors import KNeighborsClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import FunctionTransformer, StandardScaler

        names = self.space.names
        columns = [
            (feature.name, FunctionTransformer(partial(_transform_column, feature)), [feature.name])
            for feature in self.space.features
        ]
        example = pd.DataFrame(np.zeros((1, len(names))), columns=names)
        scaler = StandardScaler().fit(np.zeros((1, len(names))))
        scaler.mean_ = np.array([feature.mean for feature in self.space.features])
        scaler.scale_ = np.array([feature.scale for feature in self.space.features])
        scaler.var_, scaler.n_samples_seen_ = scaler.scale_**2, sum(self.sizes)
        rounded = FunctionTransformer(np.round, kw_args={"decimals": DECIMALS}).fit(self.centres)
        neighbour = KNeighborsClassifier(n_neighbors=1, algorithm="kd_tree").fit(self.centres, self.numbers)
        transformed = ColumnTransformer(columns, verbose_feature_names_out=False).fit(example)
        return make_pipeline(transformed, scaler, rounded, neighbour)

    def to_json(self) -> dict[str, Any]:
        """As plain lists and dictionaries, with a checksum of the rest."""
        baseline = asdict(self.baseline)
        rows = zip(self.numbers, self.names, self.sizes, self.centres.tolist(), strict=True)
        content = {
            "schema_version": SCHEMA_VERSION,
            "features": self.space.to_json(),
            "segments": [dict(zip(("segment", "name", "size", "centre"), row, strict=True)) for row in rows],
            "issued": self.issued,
            "baseline": baseline,
        }
        return outputs.sealed(content)

    @classmethod
    def load(cls, path: str | Path) -> "SegmentModel":
        """Reads a model from its file.

        Raises IntermediateFault where the file is missing, corrupt, altered or of another version.
        """
        content = outputs.read_sealed(path, "schema_version")
        version, mend = content["schema_version"], "run `dvc repro analyze` to write it"
        if version != SCHEMA_VERSION:
            raise IntermediateFault(f"{path} has schema version {version}, not {SCHEMA_VERSION}: {mend}")
        try:
            return cls._from_json(content)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise IntermediateFault(f"{path} is no model ({error}): {mend}") from error

    @classmethod
    def _from_json(cls, content: Mapping[str, Any]) -> "SegmentModel":
        space, segments = FeatureSpace.from_json(content["features"]), content["segments"]
        baseline = content["baseline"]
        centres = np.array([segment["centre"] for segment in segments], dtype=float)
        if not segments or centres.shape != (len(segments), len(space.names)):
            raise ValueError(f"its centres have shape {centres.shape} for {len(space.names)} features")
        bins = {
            name: Bins(*map(tuple, (column["edges"], column["shares"]))) for name, column in baseline["bins"].items()
        }
        model = cls(
            space=space,
            centres=centres,
            names=tuple(segment["name"] for segment in segments),
            sizes=tuple(segment["size"] for segment in segments),
            numbers=tuple(segment["segment"] for segment in segments),
            issued=content["issued"],
            baseline=Baseline(tuple(baseline["columns"]), baseline["far"], bins),
        )
        model._check()
        return model

    def _check(self) -> None:
        """Raises ValueError where a value is none that a fit can give."""
        rising = (
            list(self.numbers) == sorted(set(self.numbers)) and 0 < self.numbers[0] <= self.numbers[-1] <= self.issued
        )
        spread = [number for column in self.baseline.bins.values() for number in (*column.edges, *column.shares)]
        sound = {
            "a centre": np.isfinite(self.centres).all(),
            "a number of a segment": rising and {type(number) for number in (*self.numbers, self.issued)} == {int},
            "a size": all(type(size) is int and size > 0 for size in self.sizes),
            "a name": all(type(name) is str and name for name in self.names),
            "the baseline": all(type(number) in (int, float) for number in (self.baseline.far, *spread))
            and set(self.space.names) <= set(self.baseline.bins),
        }
        if unsound := [what for what, is_sound in sound.items() if not is_sound]:
            raise ValueError(f"{unsound[0]} cannot be")


def _transform_column(feature: Feature, column: "pd.DataFrame") -> np.ndarray:
    raw = np.asarray(column, dtype=float)
    return np.where(np.isinf(raw), np.nan, feature.transformed(raw))  # else a clip would turn infinity into a number
