"""Describes and names the segments in the customers' own units."""

from pathlib import Path

from segmentation import components, figures, naming, outputs, parts, profile, summary
from segmentation.errors import IntermediateFault
from segmentation.features import FeatureSpace
from segmentation.kmeans import nearest
from segmentation.model import SegmentModel
from segmentation.stage import run

import numpy as np
import pandas as pd

MAP_CUSTOMERS = 5_000  # points beyond hide each other
FIGURES = ("profile", "sizes", "distributions", "scatter")


def main(cfg):
    data = cfg.data
    space = FeatureSpace.from_json(outputs.read_json(cfg.paths.feature_space, "features")["features"])
    fit = outputs.read_json(cfg.paths.kmeans, "features", "centres", "sizes")
    columns = list(dict.fromkeys([*data.features, *data.profile]))
    needed = dict.fromkeys([*columns, *space.names, *([data.value] if data.value else [])])
    frame, segment = load(cfg.paths.customers, cfg.paths.segments, list(needed), space, fit)

    described = profile.describe(frame, segment, columns, data.value)
    standings = [profile.standings(one) for one in described["segments"]]
    names = naming.name(standings, data.names, space.names, cfg.analyze.high, cfg.analyze.low)
    for one, given in zip(described["segments"], names, strict=True):
        one |= {"name": given.name, "because": given.because}
    model = SegmentModel(space, np.array(fit["centres"]), tuple(given.name for given in names), tuple(fit["sizes"]))

    reports = cfg.paths.reports
    targets = [cfg.paths.model, f"{reports}/segments.csv", f"{reports}/segments.json"]
    targets += [f"{cfg.paths.figures}/{name}.png" for name in FIGURES]
    with outputs.replace(*targets) as (model_file, table, report, *images):
        outputs.write_json(model_file, model.to_json())
        outputs.write_json(report, described)
        profile.wide(described).to_csv(table, index=False, float_format="%.9g", lineterminator="\n")
        units = {name: column.unit for name, column in [*data.profile.items(), *data.features.items()]}
        figures.profile(images[0], described, units)
        figures.sizes(images[1], described)
        labels = [figures.label(one) for one in described["segments"]]
        figures.distributions(images[2], labels, profile.boxes(frame, segment, space.names), data.features)
        draw_map(images[3], frame, segment, model)
    print(summary.table(described))


def load(
    customers: str, segments: str, columns: list[str], space: FeatureSpace, fit: dict
) -> tuple[pd.DataFrame, np.ndarray]:
    """The customers that have a segment, in original units, and its number for each.

    Raises IntermediateFault unless each stands in the segment whose centre is nearest: else a step ran alone, and its
    outputs and those of the others do not belong together.
    """
    frames, numbers = [], []
    stale = IntermediateFault(
        f"{segments} does not follow from {customers} and the fitted centres, as after a step that ran alone: run "
        "`dvc repro`"
    )
    for file in parts.paths(segments):
        placed = parts.read(file, columns=["_row", "segment"])
        table = parts.read(Path(customers) / file.name, columns=columns)
        rows, number = placed["_row"].to_numpy(), placed["segment"].to_numpy()
        if not set(columns) <= set(table.schema.names):
            raise stale
        if fit["features"] != space.names or rows.max(initial=-1) >= table.num_rows:
            raise stale
        table = table.take(rows)
        X = space.scaled(parts.matrix(table, space.names))
        if not np.array_equal(nearest(X, np.array(fit["centres"]))[0] + 1, number):
            raise stale
        frames.append(table.to_pandas())
        numbers.append(number)
    return pd.concat(frames, ignore_index=True), np.concatenate(numbers)


def draw_map(image: Path, frame: pd.DataFrame, segment: np.ndarray, model: SegmentModel) -> None:
    sample = np.arange(0, len(frame), -(-len(frame) // MAP_CUSTOMERS))
    X = model.space.scaled(frame[model.space.names].iloc[sample].to_numpy(dtype=float))
    plane = components.leading(X)
    points, centres = plane.project(X), plane.project(model.centres)
    figures.scatter(image, points, segment[sample], centres, model.names, plane.captions(model.space.names))


if __name__ == "__main__":
    run(main)
