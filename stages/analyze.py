"""Describes and names the segments in the customers' own units: what sets each apart, and where it ends."""

import sys
from importlib.util import find_spec

if not find_spec("hydra"):
    lacking = "the packages of this project are not installed for this Python"
    print(f"{__file__}: {lacking}: run `make`, then `source .venv/bin/activate`", file=sys.stderr)
    sys.exit(5)

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from segmentation.features.space import FeatureSpace
from segmentation.figures import drawing, fonts, summary, words
from segmentation.model import SegmentModel
from segmentation.model.model import Baseline
from segmentation.pipeline import engine, outputs, parts, spreadsheet
from segmentation.pipeline.errors import IntermediateFault, stale
from segmentation.pipeline.schema import Paths
from segmentation.pipeline.stage import run
from segmentation.pipeline.terminal import shown
from segmentation.segments import (
    alternatives,
    borders,
    colours,
    components,
    customer_map,
    definition,
    description,
    naming,
    profile,
    survey,
)
from segmentation.segments.alternatives import Alternative
from segmentation.segments.components import Components
from segmentation.segments.survey import SegmentedCustomers

REPORTS = ("segments.csv", "profile.csv", "map.csv", "segments.json", "sweep.json")
FIGURES = ("profile", "sizes", "distributions", "scatter")


def main(cfg):
    data, paths, settings, least = cfg.data, cfg.paths, cfg.analyze, cfg.report.least
    described_columns = {**data.features, **data.profile}
    columns = list(described_columns)
    bounds = {"high": settings.high, "low": settings.low}
    in_words = {"rules": data.names, "columns": words.in_sentences(described_columns)}
    with engine.executor(cfg.executor) as pool:
        model, fits, since = read(paths, parts.whole(paths.segments, pool, customers=paths.customers))
        source = SegmentedCustomers(paths.customers, paths.segments, columns, data.value, model, borders.middle(least))
        surveyed = survey.survey_customers(source, pool)
        sample, sizes = surveyed.sample, surveyed.sizes
        definitions = definition.fit_definitions(sample.X, sample.features(model.space), sample.segment, len(sizes))
        measures = survey.measure_customers(source, surveyed, definitions, pool)

    name_segments = partial(naming.name_segments, features=model.space.names, **in_words, **bounds)
    profiled = profile.profile_segments(sizes, surveyed.sums, sample.table, sample.segment, columns, data.value, least)
    profiled |= {"units": {name: column.unit for name, column in described_columns.items()}}
    profiled |= {"labels": words.labels(described_columns, data.value)}
    carried = [match["name"] if match else None for match in since["segments"]]
    names = name_segments([profile.standings(segment) for segment in profiled["segments"]], carried=carried)
    described = description.describe_segments(profiled, names, since, definitions, model, surveyed, measures, least)
    baseline = survey.fit_baseline(source, sample)
    model = replace(model, names=tuple(name.name for name in names), baseline=baseline)

    few = sample.at_most(alternatives.SAMPLE)
    fits = {k: fit.renumbered(few.X, few.value(data.value)) for k, fit in fits.items()}
    fits[len(sizes)] = Alternative(model.centres, sizes, np.arange(len(sizes)))
    with engine.threads(cfg.executor.threads, len(few.X)) as threads:
        by_k = alternatives.describe_each_k(fits, described, few, model, name_segments, threads)
    sweep = {"sampled_customers": len(few.X), "ks": by_k, "colours": colours.segment_colours(by_k, len(sizes))}

    mapped = sample.at_most(customer_map.CUSTOMERS)
    plane = components.leading(mapped.X)
    points = customer_map.map_customers(mapped.X, mapped.segment, plane, fits, least)
    write_outputs(paths, model, described, sweep, plane, points)
    for doubt in doubts(described):
        print(f"warning: {shown(doubt)}")
    print(summary.format_segments(described))


def doubts(described: Mapping[str, Any]) -> list[str]:
    """The caveats of the segments, and which letters the figures cannot show."""
    names = [segment["name"] for segment in described["segments"]]
    drawn = [*names, *described["columns"], *described["labels"].values(), *described["units"].values()]
    lacking = fonts.lacking(drawn)
    return [caveat["text"] for caveat in described["caveats"]] + ([lacking] if lacking else [])


def read(paths: Paths, segmented: parts.Table) -> tuple[SegmentModel, dict[int, Alternative], dict[str, Any]]:
    """The model, still without names and baseline, the fits of the sweep by K, and what became of a reference.

    `segmented` is the table of segments. The last one holds `segments`, where each is None if there is no reference,
    and `gone`.

    Raises IntermediateFault where these files do not belong together.
    """
    of_features = (paths.features, segmented.made_from["features"])
    space = FeatureSpace.load(paths.feature_space, of=of_features)
    keys = ("features", "k", "centres", "sizes", "numbers", "issued", "since")
    fitted = outputs.read_sealed(paths.kmeans, *keys, of=(paths.segments, segmented.digest))
    sweep = outputs.read_sealed(paths.sweep, "features", "fits", of=of_features)
    for file, content in ((paths.kmeans, fitted), (paths.sweep, sweep)):
        if content["features"] != space.names:
            raise stale(file, paths.feature_space)
    try:
        chosen, numbers = Alternative.from_json(fitted, len(space.names)), tuple(map(int, fitted["numbers"]))
        if len(numbers) != len(chosen.sizes) or sorted(set(numbers)) != list(numbers):
            raise ValueError(f"a rising number for each of {len(chosen.sizes)} segments was expected")
        fits = {fit["k"]: Alternative.from_json(fit, len(space.names)) for fit in sweep["fits"]}
    except (KeyError, TypeError, ValueError) as error:
        raise IntermediateFault(
            f"{paths.kmeans} or {paths.sweep} is corrupt ({error}): run `dvc repro` to write it again"
        ) from error
    sizes, unnamed, unknown = tuple(chosen.sizes.tolist()), ("",) * len(numbers), Baseline((), np.inf, {})
    model = SegmentModel(space, chosen.centres, unnamed, sizes, numbers, fitted["issued"], unknown)
    return model, fits, fitted["since"] or {"segments": [None] * len(numbers), "gone": []}


def write_outputs(
    paths: Paths,
    model: SegmentModel,
    described: dict[str, Any],
    sweep: Mapping[str, Any],
    plane: Components,
    points: pd.DataFrame,
) -> None:
    reports = [f"{paths.reports}/{name}" for name in REPORTS]
    figures = [f"{paths.figures}/{name}.png" for name in FIGURES]
    captions = plane.captions([words.within_sentence(described["labels"][name]) for name in model.space.names])
    with outputs.replace(paths.model, *reports, *figures) as (model_file, *files):
        segments_csv, profile_csv, map_csv, segments_json, sweep_json, *images = files
        outputs.write_json(model_file, model.to_json())
        spreadsheet.write_report(segments_csv, profile.wide(described))
        spreadsheet.write_report(profile_csv, profile.tidy(described))
        spreadsheet.write_report(map_csv, points)
        outputs.write_json(segments_json, described)
        outputs.write_json(sweep_json, {**sweep, "axes": captions, "mapped_share": float(plane.share.sum())})
        drawing.draw_profile(images[0], described)
        drawing.draw_sizes(images[1], described)
        drawing.draw_distributions(images[2], described, model.space.features)
        label, middles = points[f"k{len(model.names)}"].to_numpy(), plane.project(model.centres)
        drawing.draw_scatter(images[3], points[["x", "y"]].to_numpy(), label, middles, described["segments"], captions)


if __name__ == "__main__":
    run(main)
