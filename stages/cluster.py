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
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from segmentation.features import assignment, blocks, sums
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
    files = parts.paths(cfg.paths.features)
    targets = (cfg.paths.kmeans, cfg.paths.segments, f"{cfg.paths.reports}/cluster.json")
    with outputs.replace(*targets) as (model, folder, report), engine.executor(cfg.executor) as pool:
        whole = parts.whole(cfg.paths.features, pool)
        of = (cfg.paths.features, whole.digest)
        k = elbows_k(cfg.paths.k, of) if settings.k == "auto" else settings.k
        table = blocks.open_table(cfg.paths.features, pool, engine.memory_of_each(cfg.executor))
        fit = fit_customers(table, k, settings, cfg.elbow.exact_rows, pool, cfg.executor.threads)
        centres = fit.centres[order_by_value(fit.centres, files, table, pool)]
        numbered = number_segments(centres, settings, cfg.paths.feature_space, of)
        centres = centres[numbered.order]

        placed = place_customers(centres, numbered.numbers, files, table, folder, pool)
        if not placed.sizes.all():
            mend = "lower cluster.k" if fit.converged else "raise cluster.max_passes or lower cluster.k"
            raise InputFault(f"only {np.count_nonzero(placed.sizes)} of {k} segments can be told apart: {mend}")
        segments = {"numbers": numbered.numbers, "issued": numbered.issued, "since": numbered.since}
        segments |= {"centres": centres, "sizes": placed.sizes, "features": table.names}
        digest = parts.seal(folder, len(files), features=whole.digest, **whole.made_from)
        outputs.write_json(model, outputs.sealed({"k": k, "table": digest, **segments}))
        metrics = {"k": k, "inertia": fit.inertia, "iterations": fit.iterations, "converged": fit.converged}
        metrics |= quality.indices(centres, placed.sizes, placed.distances, fit.inertia, fit.converged)
        with engine.threads(cfg.executor.threads, len(placed.sample)) as threads:
            [silhouette] = quality.silhouettes(placed.sample, [placed.sample_labels], threads)
        metrics |= {"silhouette": silhouette, "silhouette_customers": len(placed.sample)}
        outputs.write_json(report, {**metrics, "sizes": placed.sizes})
    if not fit.converged:
        print(f"warning: customers still change segment after pass {fit.iterations}: raise cluster.max_passes")
    segments = "1 segment" if k == 1 else f"{k} segments"
    print(f"{table.rows:,} customers in {segments} of {', '.join(f'{size:,}' for size in placed.sizes)}")


def elbows_k(file: str, of: tuple[str, str]) -> int:
    """The K of the elbow step, of these features: their folder and digest."""
    k = outputs.read_sealed(file, "k", of=of)["k"]
    if type(k) is not int or k < 1:
        raise IntermediateFault(f"{file} holds k = {k!r}, no number of segments: run `dvc repro` to write it again")
    return k


def fit_customers(
    table: Scaled, k: int, settings: Cluster, exact_rows: int, pool: Executor, threads: int | None
) -> Fit:
    """The fit at one K, by the code of the sweep, until no customer changes segment."""
    drawn = sweep.draw(table, k, exact_rows, pool)
    with engine.threads(threads, table.rows) as restarts:
        return sweep.fit_to_the_end(
            table, drawn, k, settings.n_init, settings.seed, settings.max_passes, pool, restarts
        )


def order_by_value(centres: np.ndarray, files: list[Path], table: Scaled, pool: Executor) -> np.ndarray:
    """The order in which segments with these centres are numbered: see `assignment.by_value`."""
    has_value = "_value" in parts.schema(files[0]).names
    task = partial(part_values, has_value=has_value, centres=centres)
    size, known, value = sum(engine.each(pool, task, files, table.blocks, doing="value of the segments"))
    return assignment.by_value(size, known, value)


def part_values(file: Path, block: Block, has_value: bool, centres: np.ndarray) -> np.ndarray:
    """One part's customers in each segment, those whose value is known, and the sum of it: shape (3, k)."""
    label, _, _ = assignment.nearest(block().T, centres)
    value = np.full(len(label), np.nan)
    if has_value:
        value = parts.numbers(parts.read(file, columns=["_value"]), "_value")
    return assignment.worth(label, value, len(centres))


def number_segments(centres: np.ndarray, settings: Cluster, feature_space: str, of: tuple[str, str]) -> Numbered:
    """Numbers for the segments with these centres, 1..k or those of the segments accepted earlier."""
    if not settings.reference:
        return Numbered.without_reference(len(centres))
    space = FeatureSpace.load(feature_space, of=of)
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


class Placed(NamedTuple):
    """Segments of customers and, of a sample of them, what the silhouette takes."""

    sizes: np.ndarray  # customers of each segment, shape (k,)
    distances: np.ndarray  # sum of their distances to its centre, shape (k,)
    sample: np.ndarray  # scaled features, shape (sampled customers, features)
    sample_labels: np.ndarray  # rows of the centres, shape (sampled customers,)


def place_customers(
    centres: np.ndarray, numbers: list[int], files: list[Path], table: Scaled, folder: Path, pool: Executor
) -> Placed:
    """Writes the segment of every customer to `folder`."""
    step = parts.sampling_step(table.rows, quality.SILHOUETTE_ROWS)
    task = partial(place_part, centres=centres, numbers=numbers, folder=folder, step=step)
    starts, _ = parts.first_rows(files, pool)
    placed = engine.each(pool, task, files, table.blocks, starts, doing="placing customers")
    sizes, distances, samples, labels = zip(*placed, strict=True)
    return Placed(sum(sizes), sum(distances), np.concatenate(samples), np.concatenate(labels))


def place_part(
    file: Path, block: Block, start: int, centres: np.ndarray, numbers: list[int], folder: Path, step: int
) -> tuple[np.ndarray, ...]:
    """Writes the segments of one part, whose first customer is number `start` of the table; samples every `step`-th.

    Returns what Placed holds, of this part.
    """
    X, k = block().T, len(centres)
    label, distance, margin = assignment.nearest(X, centres)
    placed = parts.read(file, columns=["customer_id", "_row"])
    placed = placed.append_column("segment", parts.column(np.array(numbers, dtype=np.int32)[label]))
    placed = placed.append_column("distance", parts.column(distance))
    margin = parts.column(margin) if k > 1 else pa.nulls(len(X), pa.float64())
    parts.write(folder / file.name, placed.append_column("margin", margin))
    sample = parts.sample(start, len(X), step)
    sizes, distances, _ = sums.by_segment(label, distance, k)
    return sizes.astype(int), distances, X[sample], label[sample]


if __name__ == "__main__":
    run(main)
