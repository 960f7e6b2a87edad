"""Checks the customers, then fills, clips, transforms and scales the features."""

import sys
from importlib.util import find_spec

if not find_spec("hydra"):
    lacking = "the packages of this project are not installed for this Python"
    print(f"{__file__}: {lacking}: run `make`, then `source .venv/bin/activate`", file=sys.stderr)
    sys.exit(5)

from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from segmentation.features import customers, fitting, totals
from segmentation.features.customers import Findings
from segmentation.features.fitting import Survey
from segmentation.features.space import FeatureSpace
from segmentation.features.totals import Largest
from segmentation.pipeline import engine, outputs, parts
from segmentation.pipeline.schema import Feature
from segmentation.pipeline.stage import run
from segmentation.pipeline.terminal import shown

SAMPLE_ROWS = 1_000_000  # customers, at most, whose medians, quantiles and powers are fitted; they are evenly spaced


def main(cfg):
    data, settings = cfg.data, fitting.resolve_settings(cfg.data.features, cfg.preprocess)
    files = parts.paths(cfg.paths.customers)
    needed = dict.fromkeys([*settings, *([data.value] if data.value else [])])
    customers.check_columns(parts.schema(files[0]).names, [*needed, *data.profile])
    targets = (cfg.paths.features, cfg.paths.feature_space, f"{cfg.paths.reports}/preprocess.json")
    with outputs.replace(*targets) as (folder, space_file, report), engine.executor(cfg.executor) as pool:
        whole = parts.whole(cfg.paths.customers, pool)
        starts, rows = parts.first_rows(files, pool)
        task = partial(survey, settings=settings, value=data.value, step=parts.sampling_step(rows, SAMPLE_ROWS))
        faults, surveys, largest = zip(*engine.each(pool, task, files, starts, doing="survey"), strict=True)
        query = {"query": getattr(data.source, "query", ""), "dialect": data.source.dialect}
        missing = customers.check(faults, rows, settings, cfg.preprocess.max_missing, **query)
        space, constant = fitting.fit(surveys, files, settings, pool)

        task = partial(scale, space=space, settings=settings, value=data.value, folder=folder)
        read, kept, *clipped = sum(engine.each(pool, task, files, doing="scaling")).tolist()
        digest = parts.seal(folder, len(files), customers=whole.digest)
        treated = {
            feature.name: {
                "transform": feature.transform,
                "missing": missing[feature.name],
                "treatment": settings[feature.name].missing,
                "clipped": count,
            }
            for feature, count in zip(space.features, clipped, strict=True)
        }
        doubts = totals.doubts(totals.merge_parts(largest), data.value)
        summary = {"customers": read, "left_out": read - kept, "constant": constant, "features": treated}
        outputs.write_json(space_file, outputs.sealed({"features": space.to_json(), "table": digest}))
        outputs.write_json(report, {**summary, "caveats": doubts})
    same = [
        f"column '{shown(name)}' is the same for every customer, but for rounding, and was left out"
        for name in constant
    ]
    for doubt in doubts + same:
        print(f"warning: {doubt}")
    print(f"{kept:,} of {read:,} customers, {len(space.features)} features: {shown(', '.join(space.names))}")


def survey(
    file: Path, start: int, settings: dict[str, Feature], value: str | None, step: int
) -> tuple[Findings, Survey | None, dict[str, Largest]]:
    """What is wrong with a part, and, if nothing is, the survey of its features and the largest value of its columns.

    `start` customers come before it.
    """
    names = list(dict.fromkeys([*settings, *([value] if value else [])]))
    table = parts.read(file, columns=names)
    findings = customers.survey(table, start, settings, value)
    sound = not any(
        finding.count for faults in findings.values() for fault, finding in faults.items() if fault != "missing"
    )
    if not sound:
        return findings, None, {}
    return findings, fitting.survey(table, start, settings, step), totals.measure(table, names, start)


def scale(file: Path, space: FeatureSpace, settings: dict[str, Feature], value: str | None, folder: Path) -> np.ndarray:
    """Writes the scaled features of one part; returns counts, of shape (2 + features,).

    They count the customers read, the customers kept, and the clipped values of each feature.
    """
    needed = dict.fromkeys(["customer_id", *settings, *([value] if value else [])])
    table = parts.read(file, columns=list(needed))
    keep = fitting.kept_rows(table, settings)
    values = parts.matrix(table, space.names)[keep]
    columns = {
        "_row": np.flatnonzero(keep).astype(np.int32),
        **({"_value": parts.numbers(table, value)[keep]} if value else {}),
        **dict(zip(space.names, space.scaled(values).T, strict=True)),
    }
    kept = {name: parts.column(column) for name, column in columns.items()}
    parts.write(folder / file.name, pa.table({"customer_id": table["customer_id"].take(kept["_row"]), **kept}))
    return np.array([len(keep), len(values), *space.clipped(values)])


if __name__ == "__main__":
    run(main)
