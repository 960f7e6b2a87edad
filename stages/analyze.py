"""Describes and names the segments in the customers' own units."""

from pathlib import Path

import numpy as np
import pandas as pd

from segmentation import components, figures, naming, outputs, parts, profile, summary
from segmentation.features import FeatureSpace
from segmentation.model import SegmentModel
from segmentation.stage import run

MAP_CUSTOMERS = 5_000  # points beyond hide each other
FIGURES = ("profile", "sizes", "distributions", "scatter")


def main(cfg):
    data = cfg.data
    space = FeatureSpace.from_json(outputs.read_json(cfg.paths.feature_space)["features"])
    kmeans = outputs.read_json(cfg.paths.kmeans)
    columns = list(dict.fromkeys([*data.features, *data.profile]))
    frame, segment = load(cfg, list(dict.fromkeys([*columns, *([data.value] if data.value else [])])))

    described = profile.describe(frame, segment, columns, data.value)
    standings = [profile.standings(one) for one in described["segments"]]
    names = naming.name(standings, data.names, space.names, cfg.analyze.high, cfg.analyze.low)
    for one, given in zip(described["segments"], names, strict=True):
        one |= {"name": given.name, "because": given.because}
    model = SegmentModel(
        space, np.array(kmeans["centres"]), tuple(given.name for given in names), tuple(kmeans["sizes"])
    )

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


def load(cfg, columns: list[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """The customers that have a segment, in original units, and its number for each."""
    frames, numbers = [], []
    for file in parts.paths(cfg.paths.segments):
        placed = parts.read(file, columns=["_row", "segment"])
        customers = parts.read(Path(cfg.paths.customers) / file.name, columns=columns)
        frames.append(customers.take(placed["_row"]).to_pandas())
        numbers.append(placed["segment"].to_numpy())
    return pd.concat(frames, ignore_index=True), np.concatenate(numbers)


def draw_map(image: Path, frame: pd.DataFrame, segment: np.ndarray, model: SegmentModel) -> None:
    sample = np.arange(0, len(frame), -(-len(frame) // MAP_CUSTOMERS))
    X = model.space.scaled(frame[model.space.names].iloc[sample].to_numpy(dtype=float))
    plane = components.leading(X)
    points, centres = plane.project(X), plane.project(model.centres)
    figures.scatter(image, points, segment[sample], centres, model.names, plane.captions(model.space.names))


if __name__ == "__main__":
    run(main)
