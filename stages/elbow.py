"""Fits K-means for each K and locates the elbow of the inertia curve."""

import csv

from segmentation import elbow, engine, features, figures, outputs, sweep
from segmentation.stage import run


def main(cfg):
    reports, settings = cfg.paths.reports, cfg.elbow
    ks = range(settings.k_min, settings.k_max + 1)
    targets = (cfg.paths.k, f"{reports}/elbow.csv", f"{reports}/elbow.json", f"{cfg.paths.figures}/elbow.png")
    with (
        outputs.replace(*targets) as (k_file, table, report, figure),
        engine.executor(cfg.executor) as pool,
        engine.threads(cfg.executor.threads) as threads,
    ):
        scaled = features.scaled(cfg.paths.features, pool)
        fits = sweep.fit(scaled, ks, settings.n_init, settings.seed, settings.exact_rows, pool, threads)
        curve = [fits[k].inertia for k in ks]
        explained = elbow.variance_explained(scaled.rows, len(scaled.names), curve)
        bend = elbow.locate(ks, curve)
        k = settings.k_min if bend is None else bend

        outputs.write_json(k_file, {"k": k})
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["k", "inertia", "variance_explained", "iterations", "converged"])
            for k_, share in zip(ks, explained, strict=True):
                fit = fits[k_]
                writer.writerow([k_, f"{fit.inertia:.9g}", f"{share:.9g}", fit.iterations, int(fit.converged)])
        at = ks.index(k)
        outputs.write_json(report, {"k": k, "elbow_found": bend is not None, "variance_explained": explained[at]})
        figures.elbow(figure, ks, curve, k, bend)
    if bend is None:
        print(f"warning: no elbow from K = {ks[0]} to {ks[-1]}, so K = {k}: widen elbow.k_max, or set cluster.k")
    else:
        print(f"elbow at K = {k}")


if __name__ == "__main__":
    run(main)
