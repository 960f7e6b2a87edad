"""Fits K-means for each K and locates the elbow of the inertia curve, against that of customers without segments."""

import sys
from importlib.util import find_spec

if not find_spec("hydra"):
    lacking = "the packages of this project are not installed for this Python"
    print(f"{__file__}: {lacking}: run `make`, then `source .venv/bin/activate`", file=sys.stderr)
    sys.exit(5)

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from segmentation.elbow import card, rules
from segmentation.elbow.decision import decide
from segmentation.features import blocks, standard
from segmentation.figures import drawing
from segmentation.kmeans import sweep
from segmentation.pipeline import engine, outputs, parts
from segmentation.pipeline.stage import run


def main(cfg):
    reports, settings, seed = cfg.paths.reports, cfg.elbow, cfg.elbow.seed
    ks = range(settings.k_min, settings.k_max + 1)
    targets = [cfg.paths.sweep, cfg.paths.k, f"{reports}/elbow.csv", f"{reports}/elbow.json"]
    targets += [f"{cfg.paths.figures}/elbow.png"]
    with (
        outputs.replace(*targets) as (sweep_file, k_file, card_file, report, figure),
        engine.executor(cfg.executor) as pool,
    ):
        digest = parts.whole(cfg.paths.features, pool).digest
        table = blocks.open_table(cfg.paths.features, pool, engine.memory_of_each(cfg.executor))
        drawn = sweep.draw(table, ks[-1], settings.exact_rows, pool)
        with engine.threads(cfg.executor.threads, table.rows) as threads:
            fits = sweep.fit_each_k(table, drawn, ks, settings.n_init, seed, pool, threads)
        centres = {k: fits[k].centres for k in ks}
        with engine.threads(cfg.executor.threads, card.SAMPLE) as threads:
            evidence = card.gather(drawn, centres, threads)

        everyone = standard.inertia(table.rows, len(table.names))
        columns = {"k": ks, **card.criteria(ks, fits, everyone, evidence)}
        explained = rules.variance_explained(table.rows, len(table.names), columns["inertia"])
        columns["variance_explained"] = explained
        columns["iterations"] = [fits[k].iterations for k in ks]
        columns["converged"] = [fits[k].converged for k in ks]
        elbow = decide(settings.rule, settings.without_groups, columns, evidence)

        swept = [{"k": k, "centres": centres[k], "sizes": fits[k].sums.customers} for k in ks]
        outputs.write_json(sweep_file, outputs.sealed({"features": table.names, "fits": swept, "table": digest}))
        outputs.write_json(k_file, outputs.sealed({"k": elbow["k"], "table": digest}))
        write_card(card_file, {**columns, "taken": [k == elbow["k"] for k in ks]})
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        outputs.write_json(report, {**elbow, "card": rows})
        drawing.draw_elbow(figure, columns, elbow["k"], caption(elbow))
    print(summary(elbow))


def write_card(file: Path, columns: Mapping[str, Sequence[float]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(columns)
        for row in zip(*columns.values(), strict=True):
            writer.writerow(["" if np.isnan(value) else f"{value:.9g}" for value in row])


def caption(elbow: Mapping[str, Any]) -> str:
    """What the figure says of the K that the elbow takes, which need not be the one that the segments have."""
    k, rule, verdict = (elbow[key] for key in ("k", "rule", "verdict"))
    by_rule = "" if rule == "calibrated" else f" by {rule}"
    kind = f", {verdict}" if k == elbow["verdict_k"] else f" ({verdict} is said of K = {elbow['verdict_k']})"
    return f"The elbow takes K = {k}{by_rule}{kind}: {elbow['below_null']:.0%} below customers without segments"


def summary(elbow: Mapping[str, Any]) -> str:
    """What the step decided, in words for the terminal."""
    k, rule, verdict_k = (elbow[key] for key in ("k", "rule", "verdict_k"))
    why = f"elbow at K = {verdict_k}, {elbow['verdict']}: {elbow['why']}" if elbow["groups_apart"] > 1 else elbow["why"]
    if rule != "calibrated":
        return f"K = {k} by elbow.rule {rule}; {why}" + warning(elbow)
    if len(set(elbow["if_k_max"].values())) > 1:
        answers = ", ".join(f"{answer} for {k_max}" for k_max, answer in elbow["if_k_max"].items())
        why += f"; by elbow.k_max K is {answers}"
    if len(set(elbow["if_seed"])) > 1:
        why += f"; by draw K is {', '.join(map(str, elbow['if_seed']))}"
    if elbow["disagree"]:
        disagreeing = ", ".join(f"{name} {elbow['choices'][name]}" for name in elbow["disagree"])
        why += f"; other rules: {disagreeing}"
    return why + warning(elbow)


def warning(elbow: Mapping[str, Any]) -> str:
    """A line that tells why K is another than the verdict is said of, unless another rule was asked for it."""
    is_asked_for = elbow["rule"] != "calibrated" and elbow["choices"][elbow["rule"]] is not None
    return "" if is_asked_for or not elbow["k_because"] else f"\nwarning: K = {elbow['k']}, since {elbow['k_because']}"


if __name__ == "__main__":
    run(main)
