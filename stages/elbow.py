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
from segmentation.features import blocks
from segmentation.figures import drawing
from segmentation.kmeans import sweep
from segmentation.pipeline import engine, outputs
from segmentation.pipeline.stage import run


def main(cfg):
    reports, settings = cfg.paths.reports, cfg.elbow
    ks = range(settings.k_min, settings.k_max + 1)
    targets = [cfg.paths.sweep, cfg.paths.k, f"{reports}/elbow.csv", f"{reports}/elbow.json"]
    targets += [f"{cfg.paths.figures}/elbow.png"]
    with (
        outputs.replace(*targets) as (sweep_file, k_file, table, report, figure),
        engine.executor(cfg.executor) as pool,
        engine.threads(cfg.executor.threads) as threads,
    ):
        scaled = blocks.scaled(cfg.paths.features, pool)
        drawn = sweep.draw(scaled, ks[-1], settings.exact_rows, settings.seed, pool)
        fits = sweep.fit(scaled.blocks, drawn, ks, settings.n_init, settings.seed, pool, threads)
        centres = {k: fits[k].centres for k in ks}
        sums = sweep.describe(scaled.blocks, centres, drawn.compiled, pool)
        sample = drawn.sample(SAMPLE, settings.seed)
        evidence = card.evidence(sample, centres, settings.seed, drawn.compiled, threads)

        criteria = card.card(ks, fits, sums, scaled.rows * len(scaled.names), evidence)
        explained = rules.variance_explained(scaled.rows, len(scaled.names), criteria["inertia"])
        rows = {"k": ks, **criteria, "variance_explained": explained}
        rows |= {name: [getattr(fits[k], name) for k in ks] for name in ("iterations", "converged")}
        found = decided(settings.rule, rows, evidence)

        every = [{"k": k, "centres": centres[k], "sizes": sums[k][0].astype(int)} for k in ks]
        outputs.write_json(sweep_file, {"features": scaled.names, "fits": every})
        outputs.write_json(k_file, {"k": found["k"]})
        write(table, rows)
        by_k = [dict(zip(rows, row, strict=True)) for row in zip(*rows.values(), strict=True)]
        outputs.write_json(report, {**found, "card": by_k})
        drawing.draw_elbow(figure, rows, found["k"], caption(found))
    print(words(found, ks))


def decided(rule: str, rows: Mapping[str, Sequence[float]], evidence: Evidence) -> dict[str, Any]:
    """The K that the rule takes, how sure that is, and what the other rules take."""
    ks = rows["k"]
    groups, depth = evidence.apart[ks[-1]]
    choices = rules.choices(ks, rows, groups)
    k = choices[rule] or ks[0]
    at = ks.index(k) if k in ks else None
    below = 0.0 if at is None else 1 - rows["inertia"][at] / rows["null"][at]
    return {
        "k": k,
        "rule": rule,
        "verdict": rules.verdict(ks, evidence.apart),
        "groups_apart": groups,
        "valley_depth": depth,
        "below_null": round(below, 6) + 0.0,
        "variance_explained": 0.0 if at is None else rows["variance_explained"][at],
        "choices": choices,
        "disagree": [other for other, choice in choices.items() if choice not in (None, k)],
        "if_k_max": card.moves(rule, evidence) | {ks[-1]: choices[rule]},
    }


def write(file: Path, rows: Mapping[str, Sequence[float]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(rows)
        for row in zip(*rows.values(), strict=True):
            writer.writerow(["" if np.isnan(value) else f"{value:.9g}" for value in row])


def caption(found: Mapping[str, Any]) -> str:
    """What the figure says of K."""
    if found["verdict"] == "none":
        return f"no clear segments; K = {found['k']}"
    verdict = f", {found['verdict']}" if found["rule"] == "calibrated" else ""
    return f"K = {found['k']}{verdict}: {found['below_null']:.0%} below evenly spread customers"


def words(found: Mapping[str, Any], ks: Sequence[int]) -> str:
    """What the step found, for the terminal."""
    k, rule, verdict, groups = (found[key] for key in ("k", "rule", "verdict", "groups_apart"))
    apart = "no clear segments" if verdict == "none" else f"{groups} groups stand apart, {verdict}"
    if found["choices"][rule] is None:
        return (
            f"warning: elbow.rule {rule} has no answer from K = {ks[0]} to {ks[-1]}, so K = {k}; valleys say: {apart}"
        )
    if rule != "calibrated":
        return f"K = {k} by elbow.rule {rule}; valleys between customers say: {apart}"
    if verdict == "none":
        return (
            f"no clear segments: nowhere among up to {SAMPLE:,} customers is there a valley between two groups, so "
            f"K = 1{' whatever elbow.k_min says' if ks[0] > 1 else ''}; to cut them all the same, set cluster.k"
        )
    said = f"elbow at K = {k}, {verdict}: {groups} groups stand apart, the shallowest valley between two of them "
    said += f"{found['valley_depth']:.1f} deep (from {rules.CLEAR:.0f} on clear)"
    if len(set(found["if_k_max"].values())) > 1:
        answers = ", ".join(f"{answer} for {most}" for most, answer in found["if_k_max"].items())
        said += f"; by elbow.k_max K is {answers}"
    if others := ", ".join(f"{rule} {found['choices'][rule]}" for rule in found["disagree"]):
        said += f"; other rules: {others}"
    if groups not in ks:
        said += f"\nwarning: elbow.k_min and k_max allow {ks[0]} to {ks[-1]} segments: widen them"
    return said


if __name__ == "__main__":
    run(main)
