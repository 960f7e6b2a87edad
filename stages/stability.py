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
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from segmentation.features import assignment
from segmentation.features.space import FeatureSpace
from segmentation.figures import drawing, words
from segmentation.kmeans import stability
from segmentation.kmeans.stability import Sample
from segmentation.model import SegmentModel
from segmentation.pipeline import engine, outputs, parts
from segmentation.pipeline.errors import IntermediateFault, stale
from segmentation.pipeline.schema import Feature, Paths, Profile, Rule, Stability
from segmentation.pipeline.stage import run
from segmentation.pipeline.terminal import shown
from segmentation.segments import caveats, naming, profile

ALTERNATIVE_CUSTOMERS = 4_000  # at most, who are resampled at a K that was not chosen
ALTERNATIVE_RESAMPLES = 20  # of them: the mean is then known to about 0.02


def main(cfg):
    data, settings = cfg.data, cfg.stability
    model = SegmentModel.load(cfg.paths.model)
    named_by = [column for rule in data.names for column in rule.when]
    targets = (f"{cfg.paths.reports}/stability.json", f"{cfg.paths.figures}/stability.png")
    with (
        outputs.replace(*targets) as (report, figure),
        engine.threads(cfg.executor.threads, cfg.elbow.exact_rows) as threads,
    ):
        with engine.executor(cfg.executor) as pool:
            features = parts.whole(cfg.paths.features, pool, customers=cfg.paths.customers)
            alternatives = load_alternatives(cfg.paths, features, len(model.names))
            sample, customers = load_sample(cfg.paths, model, named_by, data.value, cfg.elbow.exact_rows, pool)
        namer = partial(
            cluster_names,
            rules=data.names,
            features=model.space.names,
            columns=words.in_sentences({**data.features, **data.profile}),
            high=cfg.analyze.high,
            low=cfg.analyze.low,
        )
        names = model.names
        if cfg.cluster.reference:  # names carried over are no longer those that the rules give
            segment, _, _ = assignment.nearest(sample.X, model.centres)
            names = namer(sample.columns, segment, len(names))
        similarity, kept = stability.bootstrap(
            sample, model.centres, names, namer, settings.resamples, settings.seed, threads
        )
        result = stability.summarise(similarity, kept, model.names, model.numbers)
        result["adjusted_rand"] = stability.agreement(sample.X, len(names), settings.seed, threads)
        result |= {"resamples": settings.resamples, "customers": customers, "sampled_customers": len(sample.X)}
        result["alternatives"] = resample_alternatives(alternatives, sample, namer, settings, threads)
        outputs.write_json(report, result)
        drawing.draw_stability(figure, result, stability.BANDS)
    print(summary(result, carried=bool(cfg.cluster.reference)))


def cluster_names(
    sampled: Mapping[str, np.ndarray],
    cluster: np.ndarray,
    m: int,
    rules: Sequence[Rule],
    features: Sequence[str],
    columns: Mapping[str, Feature | Profile],
    high: float,
    low: float,
) -> list[str]:
    """The names that the rules give to the clusters 0..m-1, as analyze gives them to segments."""
    standings = profile.standings_of(sampled, cluster, m)
    return [named.name for named in naming.name_segments(standings, rules, features, columns, high, low)]


def load_sample(
    paths: Paths, model: SegmentModel, named_by: Sequence[str], value: str | None, most: int, pool: Executor
) -> tuple[Sample, int]:
    """Loads at most `most` customers, evenly spaced over the whole table; returns also how many customers there are.

    With each come the columns that names may speak of: features, those of the rules in `named_by`, and the value.
    Raises IntermediateFault where the tables and the model do not belong together.
    """
    fault = stale(paths.features, paths.customers, paths.model)
    columns = list(dict.fromkeys([*model.space.names, *named_by, *([value] if value else [])]))
    files = parts.paths(paths.features)
    starts, customers = parts.first_rows(files, pool)
    if customers != sum(model.sizes):
        raise fault
    step = parts.sampling_step(customers, most)
    task = partial(load_part, customers=paths.customers, columns=columns, space=model.space, step=step, fault=fault)
    X, tables = zip(*engine.each(pool, task, files, starts, doing="reading customers"), strict=True)
    X, table = np.concatenate(X), pa.concat_tables(tables)
    known_value = parts.numbers(table, value) if value else np.full(len(X), np.nan)
    numeric = {name: parts.numbers(table, name) for name in profile.numeric(table)}
    return Sample.ordered(X, known_value, numeric), customers


def load_alternatives(paths: Paths, features: parts.Table, chosen: int) -> dict[int, tuple[np.ndarray, list[str]]]:
    """The centres and names of the segments at every K but the one `chosen`, in the order that analyze gave them.

    Raises IntermediateFault where the fits are not those that analyze described.
    """
    described = outputs.read_json(f"{paths.reports}/sweep.json", "ks")
    fits = outputs.read_sealed(paths.sweep, "fits", of=(paths.features, features.digest))["fits"]
    fault = stale(f"{paths.reports}/sweep.json", paths.sweep)
    try:
        by_k, alternatives = {fit["k"]: fit for fit in fits}, {}
        for at_k in described["ks"]:
            k, order, segments = at_k["k"], at_k["order"], at_k["segments"]
            if k == chosen:
                continue
            if [by_k[k]["sizes"][position] for position in order] != [segment["size"] for segment in segments]:
                raise fault
            alternatives[k] = np.array(by_k[k]["centres"])[order], [segment["name"] for segment in segments]
    except (KeyError, IndexError, TypeError):
        raise fault from None
    return alternatives


def resample_alternatives(
    alternatives: Mapping[int, tuple[np.ndarray, Sequence[str]]],
    sample: Sample,
    namer: stability.Namer,
    settings: Stability,
    threads: Executor,
) -> list[dict[str, Any]]:
    """How stable the segments at every other K are, from fewer resamples of fewer customers."""
    few = sample.take(parts.sample(0, len(sample.X), parts.sampling_step(len(sample.X), ALTERNATIVE_CUSTOMERS)))
    resamples = min(settings.resamples, ALTERNATIVE_RESAMPLES)
    results = []
    for k, (centres, names) in alternatives.items():
        similarity, kept = stability.bootstrap(few, centres, names, namer, resamples, settings.seed, threads)
        result = stability.summarise(similarity, kept, names, range(1, k + 1))
        results.append({"k": k, "resamples": resamples, "sampled_customers": len(few.X), **result})
    return results


def load_part(
    file: Path,
    start: int,
    customers: str,
    columns: Sequence[str],
    space: FeatureSpace,
    step: int,
    fault: IntermediateFault,
) -> tuple[np.ndarray, pa.Table]:
    """Every `step`-th customer of one part, whose first is number `start` of the table: scaled, and in original units.

    Raises `fault` unless the features are those of the customers, scaled.
    """
    features = parts.read(file, columns=["_row", *space.names])
    if not {*space.names, "_row"} <= set(features.schema.names):
        raise fault
    sample = parts.sample(start, features.num_rows, step)
    table = parts.behind(file, customers, columns, parts.values(features["_row"]), fault, sample)
    X = parts.matrix(features.take(parts.column(sample)), space.names)
    if not np.allclose(X, space.scaled(parts.matrix(table, space.names))):
        raise fault
    return X, table


def summary(result: dict[str, Any], carried: bool) -> str:
    """The result in words: a warning for each segment that is not stable, and a line on all.

    Names that are `carried` over from accepted segments depend on no resample: then the line says how often the rules
    give the same name again.
    """
    segments, lines = result["segments"], []
    if len(segments) == 1:
        return "one segment, so nothing to come back"
    known = [segment for segment in segments if segment["stability"] != stability.UNKNOWN]
    stable = [segment for segment in known if segment["jaccard"] >= stability.BANDS["stable"]]
    for segment in segments:
        if segment not in stable:
            similar = f" (mean Jaccard similarity {segment['jaccard']:.2f})" if segment in known else ""
            lines.append(
                f"warning: segment {segment['segment']}, {shown(segment['name'])}, is {segment['stability']}{similar}"
            )
    if len(stable) < len(known):
        lines.append("warning: other customers would give other segments: try another cluster.k")
    share = result["lowest_name_kept"]
    if share < caveats.KEPT and not carried:
        lines.append("warning: some names hang on a few customers: see name_kept in reports/stability.json")
    kept = "always" if share == 1 else f"in at least {share:.0%} of the resamples"
    lowest = min(known, key=itemgetter("jaccard"))
    lines.append(
        f"segments come back: {len(stable)} of {len(segments)} stable (lowest {lowest['jaccard']:.2f}, "
        f"{shown(lowest['name'])}); {'names by the rules' if carried else 'names'} kept {kept}; "
        f"halves agree: {result['adjusted_rand']:.2f}"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    run(main)
