"""Describes and names the segments in the customers' own units."""

from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import Any

from segmentation import components, engine, figures, naming, outputs, parts, profile, storage, summary
from segmentation.errors import IntermediateFault
from segmentation.features import FeatureSpace
from segmentation.kmeans import nearest
from segmentation.model import SegmentModel
from segmentation.stage import run

import numpy as np
import pyarrow as pa

MAP_CUSTOMERS = 5_000  # points beyond hide each other
FIGURES = ("profile", "sizes", "distributions", "scatter")


def main(cfg):
    data, reports = cfg.data, cfg.paths.reports
    space = FeatureSpace.from_json(outputs.read_json(cfg.paths.feature_space, "features")["features"])
    fit = outputs.read_json(cfg.paths.kmeans, "features", "centres", "sizes")
    columns = list(dict.fromkeys([*data.features, *data.profile]))
    needed = list(dict.fromkeys([*columns, *space.names, *([data.value] if data.value else [])]))
    task = partial(survey, customers=cfg.paths.customers, columns=needed, space=space, fit=fit)
    with engine.executor(cfg.executor) as pool:
        sizes, sums, sample, segment = surveyed(cfg.paths.segments, task, pool)

    described = profile.describe(sizes, sums, sample, segment, columns, data.value)
    standings = [profile.standings(one) for one in described["segments"]]
    names = naming.name(standings, data.names, space.names, cfg.analyze.high, cfg.analyze.low)
    for one, given in zip(described["segments"], names, strict=True):
        one |= {"name": given.name, "because": given.because}
    model = SegmentModel(space, np.array(fit["centres"]), tuple(given.name for given in names), tuple(fit["sizes"]))

    targets = [cfg.paths.model, f"{reports}/segments.csv", f"{reports}/segments.json"]
    targets += [f"{cfg.paths.figures}/{name}.png" for name in FIGURES]
    with outputs.replace(*targets) as (model_file, table, report, *images):
        outputs.write_json(model_file, model.to_json())
        outputs.write_json(report, described)
        profile.wide(described).to_csv(table, index=False, float_format="%.9g", lineterminator="\n")
        units = {name: column.unit for name, column in [*data.profile.items(), *data.features.items()]}
        figures.profile(images[0], described, units)
        figures.sizes(images[1], described)
        boxes = profile.boxes(sample, segment, space.names, len(sizes))
        figures.distributions(images[2], described, boxes, data.features)
        draw_map(images[3], sample, segment, model)
    print(summary.table(described))


def surveyed(
    segments: str, task: Callable[..., Any], pool: Executor
) -> tuple[np.ndarray, dict[str, np.ndarray], pa.Table, np.ndarray]:
    """What `survey` returns, of all parts together."""
    files = parts.paths(segments)
    starts, customers = parts.first_rows(files, pool)
    task = partial(task, step=profile.step(customers))
    found = engine.each(pool, task, files, starts, doing="describing customers")
    sizes, sums, samples, numbers = zip(*found, strict=True)
    total = {name: sum(part[name] for part in sums) for name in sums[0]}
    return sum(sizes), total, pa.concat_tables(samples), np.concatenate(numbers)


def survey(
    file: Path, start: int, customers: str, columns: list[str], space: FeatureSpace, fit: dict, step: int
) -> tuple[np.ndarray, dict[str, np.ndarray], pa.Table, np.ndarray]:
    """Describes one part, whose first customer has the number `start`.

    Returns the size of each segment, the sums of the numeric columns (see `profile.tally`), and of every `step`-th
    customer the columns and the segment.
    """
    table, segment = load(file, customers, columns, space, fit)
    k = len(fit["centres"])
    sample = parts.sample(start, len(segment), step)
    return *profile.tally(table, segment, k), table.take(sample), segment[sample]


def load(file: Path, customers: str, columns: list[str], space: FeatureSpace, fit: dict) -> tuple[pa.Table, np.ndarray]:
    """The customers of one part that have a segment, in original units, and its number for each.

    Raises IntermediateFault unless each stands in the segment whose centre is nearest: else a step ran alone, and its
    outputs and those of the others do not belong together.
    """
    stale = IntermediateFault(
        f"{file.parent} does not follow from {customers} and the fitted centres, as after a step that ran alone: run "
        "`dvc repro`"
    )
    placed = parts.read(file, columns=["_row", "segment"])
    table = parts.read(storage.place(customers) / file.name, columns=columns)
    rows, segment = placed["_row"].to_numpy(), placed["segment"].to_numpy()
    if not set(columns) <= set(table.schema.names):
        raise stale
    if fit["features"] != space.names or rows.max(initial=-1) >= table.num_rows:
        raise stale
    table = table.take(rows)
    X = space.scaled(parts.matrix(table, space.names))
    if not np.array_equal(nearest(X, np.array(fit["centres"]))[0] + 1, segment):
        raise stale
    return table, segment


def draw_map(image: Path, sample: pa.Table, segment: np.ndarray, model: SegmentModel) -> None:
    names = model.space.names
    some = np.arange(0, len(segment), -(-len(segment) // MAP_CUSTOMERS))
    X = model.space.scaled(parts.matrix(sample.select(names).take(some), names))
    plane = components.leading(X)
    points, centres = plane.project(X), plane.project(model.centres)
    figures.scatter(image, points, segment[some], centres, model.names, plane.captions(names))


if __name__ == "__main__":
    run(main)
