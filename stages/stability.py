"""Refits on resampled customers: does each segment come back, and under its name?"""

import sys
from importlib.util import find_spec

if not find_spec("hydra"):
    lacking = "the packages of this project are not installed for this Python"
    print(f"{__file__}: {lacking}: run `make`, then `source .venv/bin/activate`", file=sys.stderr)
    sys.exit(5)

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from segmentation.features import assignment
from segmentation.features.space import FeatureSpace
from segmentation.figures import drawing
from segmentation.kmeans import stability
from segmentation.kmeans.stability import Sample
from segmentation.model import SegmentModel
from segmentation.pipeline import engine, outputs, parts
from segmentation.pipeline.errors import IntermediateFault, stale
from segmentation.pipeline.schema import Paths
from segmentation.pipeline.stage import run
from segmentation.segments import naming, profile


def main(cfg):
    data, settings, analyze = cfg.data, cfg.stability, cfg.analyze
    model = SegmentModel.load(cfg.paths.model)
    levels = {"features": model.space.names, "high": analyze.high, "low": analyze.low}

    def name(columns: Mapping[str, np.ndarray], cluster: np.ndarray, m: int) -> list[str]:
        standings = profile.standings_of(columns, cluster, m)
        return [segment.name for segment in naming.name_segments(standings, data.names, **levels)]

    ruled = [column for rule in data.names for column in rule.when]
    targets = (f"{cfg.paths.reports}/stability.json", f"{cfg.paths.figures}/stability.png")
    with outputs.replace(*targets) as (report, figure), engine.threads(cfg.executor.threads) as threads:
        with engine.executor(cfg.executor) as pool:
            sample, customers = sampled(cfg.paths, model, ruled, data.value, cfg.elbow.exact_rows, pool)
        compiled = customers > cfg.elbow.exact_rows
        names = model.names
        if cfg.cluster.reference:  # names carried over are no longer those that the rules give
            names = name(sample.columns, assignment.nearest(sample.X, model.centres)[0], len(names))
        alike, kept = stability.bootstrap(
            sample, model.centres, names, name, settings.resamples, settings.seed, compiled, threads
        )
        found = stability.summarise(alike, kept, model.names, model.numbers)
        found["adjusted_rand"] = stability.agreement(sample.X, len(model.names), settings.seed, compiled, threads)
        found |= {"resamples": settings.resamples, "customers": customers, "sampled_customers": len(sample.X)}
        outputs.write_json(report, found)
        drawing.draw_stability(figure, found, stability.BANDS)
    print(told(found, carried=bool(cfg.cluster.reference)))


def sampled(
    paths: Paths, model: SegmentModel, ruled: Sequence[str], value: str | None, most: int, pool: Executor
) -> tuple[Sample, int]:
    """At most `most` customers, evenly spaced over the whole table, with the columns that names speak of; and how many
    customers there are.

    Raises IntermediateFault where the tables and the model do not belong together.
    """
    fault = stale(paths.features, paths.customers, paths.model)
    columns = list(dict.fromkeys([*model.space.names, *ruled, *([value] if value else [])]))
    files = parts.paths(paths.features)
    starts, customers = parts.first_rows(files, pool)
    if customers != sum(model.sizes):
        raise fault
    step = -(-customers // most)
    task = partial(load, customers=paths.customers, columns=columns, space=model.space, step=step, fault=fault)
    X, tables = zip(*engine.each(pool, task, files, starts, doing="reading customers"), strict=True)
    X, table = np.concatenate(X), pa.concat_tables(tables)
    worth = parts.numbers(table, value) if value else np.full(len(X), np.nan)
    return Sample.ordered(X, worth, {name: parts.numbers(table, name) for name in profile.numeric(table)}), customers


def load(
    file: Path,
    start: int,
    customers: str,
    columns: Sequence[str],
    space: FeatureSpace,
    step: int,
    fault: IntermediateFault,
) -> tuple[np.ndarray, pa.Table]:
    """Every `step`-th customer of one part, whose first has the number `start`: scaled, and in original units.

    Raises `fault` unless the one is the other, scaled.
    """
    scaled = parts.read(file, columns=["_row", *space.names])
    if not {*space.names, "_row"} <= set(scaled.schema.names):
        raise fault
    every = parts.sample(start, scaled.num_rows, step)
    table = parts.behind(file, customers, columns, scaled["_row"].to_numpy(), fault, every)
    X = parts.matrix(scaled.take(every), space.names)
    if not np.allclose(X, space.scaled(parts.matrix(table, space.names))):
        raise fault
    return X, table


def told(found: dict[str, Any], carried: bool) -> str:
    """What was found, in words: a warning for each segment that is not stable, and a line on all.

    Names that are `carried` over hang on nothing: then it is told how often the rules give the same name again.
    """
    segments, lines = found["segments"], []
    if len(segments) == 1:
        return "one segment, so nothing to come back"
    known = [one for one in segments if one["stability"] != stability.UNKNOWN]
    stable = [one for one in known if one["jaccard"] >= stability.BANDS["stable"]]
    for one in segments:
        if one not in stable:
            similar = f" (mean Jaccard similarity {one['jaccard']:.2f})" if one in known else ""
            lines.append(f"warning: segment {one['segment']}, {one['name']}, is {one['stability']}{similar}")
    if len(stable) < len(known):
        lines.append("warning: other customers would give other segments: try another cluster.k")
    if found["lowest_name_kept"] < 0.5 and not carried:
        lines.append("warning: some names hang on a few customers: see name_kept in reports/stability.json")
    kept = (
        "always" if found["lowest_name_kept"] == 1 else f"in at least {found['lowest_name_kept']:.0%} of the resamples"
    )
    lowest = min(known, key=lambda one: one["jaccard"])
    lines.append(
        f"segments come back: {len(stable)} of {len(segments)} stable (lowest {lowest['jaccard']:.2f}, "
        f"{lowest['name']}); {'names by the rules' if carried else 'names'} kept {kept}; "
        f"halves agree: {found['adjusted_rand']:.2f}"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    run(main)
