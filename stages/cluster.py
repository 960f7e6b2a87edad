"""Places every customer in a segment, by K-means at the chosen K."""

import sys
from importlib.util import find_spec

if not find_spec("hydra"):
    lacking = "the packages of this project are not installed for this Python"
    print(f"{__file__}: {lacking}: run `make`, then `source .venv/bin/activate`", file=sys.stderr)
    sys.exit(5)

from concurrent.futures import Executor
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from segmentation.features import assignment, blocks
from segmentation.features.blocks import Block, Scaled
from segmentation.features.space import FeatureSpace
from segmentation.kmeans import quality, sweep
from segmentation.kmeans.exact import Fit
from segmentation.model import SegmentModel, reference
from segmentation.model.reference import Numbered
from segmentation.pipeline import engine, outputs, parts
from segmentation.pipeline.errors import InputFault, IntermediateFault
from segmentation.pipeline.schema import Cluster
from segmentation.pipeline.stage import run


def main(cfg):
    settings = cfg.cluster
    k = elbows_k(cfg.paths.k) if settings.k == "auto" else settings.k
    files = parts.paths(cfg.paths.features)
    targets = (cfg.paths.kmeans, cfg.paths.segments, f"{cfg.paths.reports}/cluster.json")
    with outputs.replace(*targets) as (model, folder, report), engine.executor(cfg.executor) as pool:
        table = blocks.scaled(cfg.paths.features, pool)
        fit = fitted(table, k, settings, cfg.elbow.exact_rows, pool, cfg.executor.threads)
        task = partial(value, known="_value" in parts.schema(files[0]).names, centres=fit.centres)
        order = assignment.by_value(*sum(engine.each(pool, task, files, table.blocks, doing="value of the segments")))
        given = numbered(fit.centres[order], settings, cfg.paths.feature_space)
        centres, numbers = fit.centres[order][given.order], given.numbers

        task = partial(place, centres=centres, numbers=numbers, folder=folder, step=quality.step(table.rows))
        starts, _ = parts.first_rows(files, pool)
        placed = engine.each(pool, task, files, table.blocks, starts, doing="placing customers")
        sizes, distances, samples, labels = zip(*placed, strict=True)
        parts.check_written(folder, len(files))
        sizes = sum(sizes)
        if not sizes.all():
            mend = "lower cluster.k" if fit.converged else "raise cluster.max_passes or lower cluster.k"
            raise InputFault(f"only {np.count_nonzero(sizes)} of {k} segments can be told apart: {mend}")
        told = {"numbers": numbers, "issued": given.issued, "since": given.since}
        outputs.write_json(model, {"k": k, "features": table.names, "centres": centres, "sizes": sizes, **told})
        metrics = {"k": k, "inertia": fit.inertia, "iterations": fit.iterations, "converged": fit.converged}
        metrics |= quality.indices(centres, sizes, sum(distances), fit.inertia, fit.converged)
        metrics |= quality.silhouette(np.concatenate(samples), np.concatenate(labels))
        outputs.write_json(report, {**metrics, "sizes": sizes})
    if not fit.converged:
        print(f"warning: customers still change segment after pass {fit.iterations}: raise cluster.max_passes")
    print(f"{table.rows:,} customers in {k} segments of {', '.join(f'{size:,}' for size in sizes)}")


def elbows_k(file: str) -> int:
    k = outputs.read_json(file, "k")["k"]
    if type(k) is not int or k < 1:
        raise IntermediateFault(f"{file} holds k = {k!r}, no number of segments: run `dvc repro` to write it again")
    return k


def fitted(table: Scaled, k: int, settings: Cluster, exact_rows: int, pool: Executor, threads: int | None) -> Fit:
    drawn = sweep.draw(table, k, exact_rows, settings.seed, pool)
    with engine.threads(threads) as restarts:
        fits = sweep.fit(
            table.blocks, drawn, [k], settings.n_init, settings.seed, pool, restarts, settings.max_passes, tolerance=0
        )
    return fits[k]


def numbered(centres: np.ndarray, settings: Cluster, feature_space: str) -> Numbered:
    """Numbers for the segments with these centres, 1..k or those of the segments accepted earlier."""
    if not settings.reference:
        return Numbered.without_reference(len(centres))
    space = FeatureSpace.from_json(outputs.read_json(feature_space, "features")["features"])
    try:
        accepted = SegmentModel.load(settings.reference)
        distances = reference.centre_distances(accepted, space, centres)
    except IntermediateFault as fault:
        reason = str(fault).rpartition(": run ")[0] or fault
        raise IntermediateFault(
            f"cluster.reference: {reason}; empty it, and `make accept` puts what comes out there"
        ) from None
    matches, gone = reference.match_segments(distances, accepted, settings.moved_above, settings.new_above)
    return Numbered.by_reference(accepted, matches, gone)


def value(file: Path, block: Block, known: bool, centres: np.ndarray) -> np.ndarray:
    """One part's customers in each segment, those whose value is known, and the sum of it: shape (3, k)."""
    label, _, _ = assignment.nearest(block().T, centres)
    worth = parts.numbers(parts.read(file, columns=["_value"]), "_value") if known else np.full(len(label), np.nan)
    return assignment.worth(label, worth, len(centres))


def place(
    file: Path, block: Block, start: int, centres: np.ndarray, numbers: list[int], folder: Path, step: int
) -> tuple[np.ndarray, ...]:
    """Writes the segments of one part, whose first customer has the number `start`.

    Returns for each segment its size and the sum of the distances to its centre, and of every `step`-th customer the
    scaled features and the label.
    """
    X, k = block().T, len(centres)
    label, distance, margin = assignment.nearest(X, centres)
    placed = parts.read(file, columns=["customer_id", "_row"])
    placed = placed.append_column("segment", pa.array(np.array(numbers, dtype=np.int32)[label]))
    placed = placed.append_column("distance", pa.array(distance))
    parts.write(folder / file.name, placed.append_column("margin", pa.array(margin, from_pandas=True)))
    every = parts.sample(start, len(X), step)
    return np.bincount(label, minlength=k), np.bincount(label, distance, minlength=k), X[every], label[every]


if __name__ == "__main__":
    run(main)
