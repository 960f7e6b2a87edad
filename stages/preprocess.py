"""Checks the customers, then fills, clips, transforms and scales the features."""

from dataclasses import replace

from segmentation import customers, engine, features, outputs, parts
from segmentation.features import FeatureSpace
from segmentation.schema import Feature, Preprocess
from segmentation.stage import run

import numpy as np
import pyarrow as pa


def main(cfg):
    data, settings = cfg.data, resolved(cfg.data.features, cfg.preprocess)
    files = parts.paths(cfg.paths.customers)
    targets = (cfg.paths.features, cfg.paths.feature_space, f"{cfg.paths.reports}/preprocess.json")
    with outputs.replace(*targets) as (folder, space_file, report), engine.executor(cfg.executor.threads) as pool:
        limit = cfg.preprocess.max_missing
        missing = customers.check(files, settings, data.profile, data.value, limit, pool)
        space, constant = features.fit(files, settings, pool)

        def scale(file):
            scaled, counts = scale_part(parts.read(file), space, settings, data.value)
            parts.write(folder / file.name, scaled)
            return counts

        read, kept, *clipped = sum(pool.map(scale, files)).tolist()
        done = {
            feature.name: {
                "transform": feature.transform,
                "missing": missing[feature.name],
                "treatment": settings[feature.name].missing,
                "clipped": count,
            }
            for feature, count in zip(space.features, clipped, strict=True)
        }
        summary = {"customers": read, "left_out": read - kept, "constant": constant, "features": done}
        outputs.write_json(space_file, {"features": space.to_json()})
        outputs.write_json(report, summary)
    for name in constant:
        print(f"warning: column '{name}' is the same for every customer and was left out")
    print(f"{kept:,} of {read:,} customers, {len(space.features)} features: {', '.join(space.names)}")


def resolved(given: dict[str, Feature], default: Preprocess) -> dict[str, Feature]:
    """Each feature's settings; what it leaves open is as `default`, and a clip of [0, 1] is none."""
    settings = {}
    for name, feature in given.items():
        clip = feature.clip or default.clip
        clip = None if clip == [0, 1] else clip
        settings[name] = replace(feature, missing=feature.missing or default.missing, clip=clip)
    return settings


def scale_part(
    table: pa.Table, space: FeatureSpace, settings: dict[str, Feature], value: str | None
) -> tuple[pa.Table, np.ndarray]:
    """The scaled features of one part, and counts: customers read, customers kept, clipped values of each feature."""
    keep = features.kept(table, settings)
    values = parts.matrix(table, space.names)[keep]
    columns = {
        "customer_id": table["customer_id"].filter(pa.array(keep)),
        "_row": np.flatnonzero(keep).astype(np.int32),
        **({"_value": parts.numbers(table, value)[keep]} if value else {}),
        **dict(zip(space.names, space.scaled(values).T, strict=True)),
    }
    return pa.table(columns), np.array([len(keep), len(values), *space.clipped(values)])


if __name__ == "__main__":
    run(main)
