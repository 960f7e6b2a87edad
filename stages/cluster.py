"""Places every customer in a segment, by K-means at the chosen K."""

from segmentation import engine, features, kmeans, outputs, parts, quality
from segmentation.errors import InputFault, IntermediateFault
from segmentation.stage import run

import numpy as np
import pyarrow as pa


def main(cfg):
    k = elbows_k(cfg.paths.k) if cfg.cluster.k == "auto" else cfg.cluster.k
    files = parts.paths(cfg.paths.features)
    targets = (cfg.paths.kmeans, cfg.paths.segments, f"{cfg.paths.reports}/cluster.json")
    with outputs.replace(*targets) as (model, folder, report), engine.executor(cfg.executor.threads) as pool:
        names, X, value = features.load(cfg.paths.features)
        fit = kmeans.sweep(X, [k], cfg.cluster.n_init, cfg.cluster.seed, pool)[k]
        label, _, _ = kmeans.nearest(X, fit.centres)
        centres = fit.centres[kmeans.by_value(label, value, k)]
        label, _, _ = kmeans.nearest(X, centres)
        sizes = np.bincount(label, minlength=k)
        if not sizes.all():
            raise InputFault(f"only {np.count_nonzero(sizes)} of {k} segments can be told apart: lower cluster.k")

        def place(file):
            table = parts.read(file)
            segment, distance, margin = kmeans.nearest(parts.matrix(table, names), centres)
            placed = table.select(["customer_id", "_row"])
            placed = placed.append_column("segment", pa.array((segment + 1).astype(np.int32)))
            placed = placed.append_column("distance", pa.array(distance))
            parts.write(folder / file.name, placed.append_column("margin", pa.array(margin, from_pandas=True)))

        list(pool.map(place, files))
        outputs.write_json(model, {"k": k, "features": names, "centres": centres, "sizes": sizes})
        metrics = {"k": k, "inertia": fit.inertia, "iterations": fit.iterations, "converged": fit.converged}
        outputs.write_json(report, {**metrics, "sizes": sizes, **quality.indices(X, label, cfg.cluster.seed)})
    print(f"{len(X):,} customers in {k} segments of {', '.join(f'{size:,}' for size in sizes)}")


def elbows_k(file: str) -> int:
    k = outputs.read_json(file, "k")["k"]
    if type(k) is not int or k < 1:
        raise IntermediateFault(f"{file} holds k = {k!r}, no number of segments: run `dvc repro` to write it again")
    return k


if __name__ == "__main__":
    run(main)
