"""Places every customer in a segment, by K-means at the chosen K."""

import numpy as np
import pyarrow as pa

from segmentation import engine, features, kmeans, outputs, parts, quality
from segmentation.stage import run


def main(cfg):
    k = outputs.read_json(cfg.paths.k)["k"] if cfg.cluster.k == "auto" else cfg.cluster.k
    files = parts.paths(cfg.paths.features)
    targets = (cfg.paths.kmeans, cfg.paths.segments, f"{cfg.paths.reports}/cluster.json")
    with outputs.replace(*targets) as (model, folder, report), engine.executor(cfg.executor.threads) as pool:
        names, X, value = features.load(cfg.paths.features)
        fit = kmeans.sweep(X, [k], cfg.cluster.n_init, cfg.cluster.seed, pool)[k]
        label, _, _ = kmeans.nearest(X, fit.centres)
        centres = fit.centres[kmeans.by_value(label, value, k)]
        label, _, _ = kmeans.nearest(X, centres)
        sizes = np.bincount(label, minlength=k)

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


if __name__ == "__main__":
    run(main)
