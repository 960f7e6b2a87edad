"""Checks the customers, then fills, clips, transforms and scales the features."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from segmentation import customers, engine, features, outputs, parts
from segmentation.stage import run


def main(cfg):
    settings = {
        name: replace(
            feature,
            missing=feature.missing or cfg.preprocess.missing,
            clip=feature.clip or cfg.preprocess.clip,
        )
        for name, feature in cfg.data.features.items()
    }
    files = parts.paths(cfg.paths.customers)
    targets = (cfg.paths.features, cfg.paths.feature_space, f"{cfg.paths.reports}/preprocess.json")
    with (
        outputs.replace(*targets) as (folder, space_file, report),
        engine.executor(cfg.executor.threads) as pool,
    ):
        missing = customers.check(files, settings, cfg.data.profile, cfg.data.value, cfg.preprocess.max_missing, pool)
        space, constant = features.fit(files, settings, pool)

        def scale(file):
            table = parts.read(file)
            keep = features.kept(table, settings)
            values = parts.matrix(table, space.names)[keep]
            columns = {"customer_id": table["customer_id"].filter(pa.array(keep))}
            columns["_row"] = np.flatnonzero(keep).astype(np.int32)
            if cfg.data.value is not None:
                columns["_value"] = parts.numbers(table, cfg.data.value)[keep]
            columns.update(zip(space.names, space.scaled(values).T, strict=True))
            parts.write(folder / file.name, pa.table(columns))
            return np.array([len(keep), len(values), *space.clipped(values)])

        read, kept, *clipped = sum(pool.map(scale, files)).tolist()
        outputs.write_json(space_file, {"features": space.to_json()})
        outputs.write_json(
            report,
            {
                "customers": read,
                "left_out": read - kept,
                "constant": constant,
                "features": {
                    feature.name: {
                        "transform": feature.transform,
                        "missing": missing[feature.name],
                        "treatment": settings[feature.name].missing,
                        "clipped": count,
                    }
                    for feature, count in zip(space.features, clipped, strict=True)
                },
            },
        )
    for name in constant:
        print(f"warning: column '{name}' is the same for every customer and was left out")
    print(f"{kept:,} of {read:,} customers, {len(space.features)} features: {', '.join(space.names)}")


if __name__ == "__main__":
    run(main)
