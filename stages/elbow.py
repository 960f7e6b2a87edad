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
from segmentation.elbow.card import SAMPLE, Evidence
from segmentation.features import blocks, standard
from segmentation.figures import drawing
from segmentation.kmeans import sweep
from segmentation.pipeline import engine, outputs
from segmentation.pipeline.stage import run


def main(cfg):
    reports, settings, seed = cfg.paths.reports, cfg.elbow, cfg.elbow.seed
    ks = range(settings.k_min, settings.k_max + 1)
    targets = [cfg.paths.sweep, cfg.paths.k, f"{reports}/elbow.csv", f"{reports}/elbow.json"]
    targets += [f"{cfg.paths.figures}/elbow.png"]
    with (
        outputs.replace(*targets) as (sweep_file, k_file, card_file, report, figure),
        engine.executor(cfg.executor) as pool,
        engine.threads(cfg.executor.threads) as threads,
    ):
        table = blocks.open_table(cfg.paths.features, pool)
        drawn = sweep.draw(table, ks[-1], settings.exact_rows, seed, pool)
        fits = sweep.fit_each_k(table.blocks, drawn, ks, settings.n_init, seed, pool, threads)
        centres = {k: fits[k].centres for k in ks}
        sums = sweep.segment_sums(table.blocks, drawn, centres, pool)
        evidence = card.gather(drawn.sample(SAMPLE, seed), centres, seed, drawn.fitter, threads)

        everyone = standard.inertia(table.rows, len(table.names))
        columns = {"k": ks, **card.criteria(ks, fits, sums, everyone, evidence)}
        explained = rules.variance_explained(table.rows, len(table.names), columns["inertia"])
        columns["variance_explained"] = explained
        columns["iterations"] = [fits[k].iterations for k in ks]
        columns["converged"] = [fits[k].converged for k in ks]
        elbow = decision(settings.rule, columns, evidence)

        sizes = {k: sums[k].customers.astype(int) for k in ks}
        swept = [{"k": k, "centres": centres[k], "sizes": sizes[k]} for k in ks]
        outputs.write_json(sweep_file, {"features": table.names, "fits": swept})
        outputs.write_json(k_file, {"k": elbow["k"]})
        write_card(card_file, columns)
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        outputs.write_json(report, {**elbow, "card": rows})
        drawing.draw_elbow(figure, columns, elbow["k"], caption(elbow))
    print(summary(elbow, ks))


def decision(rule: str, columns: Mapping[str, Sequence[float]], evidence: Evidence) -> dict[str, Any]:
    """The K that the rule takes, how sure that is, and what the other rules take."""
    ks = columns["k"]
    groups, depth = evidence.groups_by_k_max[ks[-1]]
    answer = rules.choice(rule, ks, columns, groups)
    choices = rules.choices(ks, columns, groups)
    k = answer or ks[0]
    below_null, explained = 0.0, 0.0
    if k in ks:
        row = ks.index(k)
        below_null = 1 - columns["inertia"][row] / columns["null"][row]
        explained = columns["variance_explained"][row]
    return {
        "k": k,
        "rule": rule,
        "verdict": rules.verdict(ks, evidence.groups_by_k_max),
        "groups_apart": groups,
        "valley_depth": depth,
        "below_null": round(below_null, 6) + 0.0,
        "variance_explained": explained,
        "choices": choices,
        "disagree": [name for name, choice in choices.items() if choice not in (None, k)],
        "if_k_max": card.choice_by_k_max(rule, evidence) | {ks[-1]: answer},
    }


def write_card(file: Path, columns: Mapping[str, Sequence[float]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(columns)
        for row in zip(*columns.values(), strict=True):
            writer.writerow(["" if np.isnan(value) else f"{value:.9g}" for value in row])


def caption(elbow: Mapping[str, Any]) -> str:
    """What the figure says of K."""
    if elbow["verdict"] == "none":
        return f"no clear segments; K = {elbow['k']}"
    verdict = f", {elbow['verdict']}" if elbow["rule"] == "calibrated" else ""
    return f"K = {elbow['k']}{verdict}: {elbow['below_null']:.0%} below evenly spread customers"


def summary(elbow: Mapping[str, Any], ks: Sequence[int]) -> str:
    """What the step found, in words for the terminal."""
    k, rule, verdict, groups = (elbow[key] for key in ("k", "rule", "verdict", "groups_apart"))
    valleys = "no clear segments" if verdict == "none" else f"{groups} groups stand apart, {verdict}"
    if elbow["choices"][rule] is None:
        return (
            f"warning: elbow.rule {rule} has no answer from K = {ks[0]} to {ks[-1]}, so K = {k}; valleys say: {valleys}"
        )
    if rule != "calibrated":
        return f"K = {k} by elbow.rule {rule}; valleys between customers say: {valleys}"
    if verdict == "none":
        return (
            f"no clear segments: nowhere among up to {SAMPLE:,} customers is there a valley between two groups, so "
            f"K = 1{' whatever elbow.k_min says' if ks[0] > 1 else ''}; to cut them all the same, set cluster.k"
        )
    line = f"elbow at K = {k}, {verdict}: {groups} groups stand apart, the shallowest valley between two of them "
    line += f"{elbow['valley_depth']:.1f} deep (from {rules.CLEAR:.0f} on clear)"
    if len(set(elbow["if_k_max"].values())) > 1:
        answers = ", ".join(f"{answer} for {k_max}" for k_max, answer in elbow["if_k_max"].items())
        line += f"; by elbow.k_max K is {answers}"
    if elbow["disagree"]:
        disagreeing = ", ".join(f"{name} {elbow['choices'][name]}" for name in elbow["disagree"])
        line += f"; other rules: {disagreeing}"
    if groups not in ks:
        line += f"\nwarning: elbow.k_min and k_max allow {ks[0]} to {ks[-1]} segments: widen them"
    return line


if __name__ == "__main__":
    run(main)
