"""The description of the segments: their profile, names, drivers, definitions, borders and caveats in one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from segmentation.model.model import SegmentModel
from segmentation.segments import borders, caveats, disclosure, drivers
from segmentation.segments.caveats import Caveat
from segmentation.segments.definition import Definition
from segmentation.segments.naming import Name
from segmentation.segments.survey import Measures, Survey


def describe_segments(
    profiled: Mapping[str, Any],
    names: Sequence[Name],
    since: Mapping[str, Any],
    definitions: Sequence[Definition],
    model: SegmentModel,
    survey: Survey,
    measures: Measures,
    least: int,
) -> dict[str, Any]:
    """Adds to a profile of the segments all else that is known of them, as reports/segments.json holds it.

    `profiled` is what `profile.profile_segments` gives, with the `labels` of the columns; `since` holds what became of
    an accepted model's segments: `segments`, a match or None for each segment, and those that are `gone`. Survey and
    measures may be those of a sample; sizes and shares are the profile's. What would speak of fewer than `least`
    customers is left out: see `disclosure.withhold`.
    """
    features, centres = model.space.names, model.centres
    words = survey.sample.word_columns(profiled["columns"])
    ranked = drivers.rank_drivers(features, centres, survey.sums, measures.squares, words, survey.sample.segment, least)
    shares = drivers.eta_squared_by_column(features, centres, survey.sizes, survey.sums, measures.squares)
    sizes = np.array([segment["size"] for segment in profiled["segments"]])
    segments = [
        segment
        | _named(model.numbers[row], names[row])
        | {"since": _since(since["segments"][row]), "drivers": ranked[row]}
        | {"definition": _definition(definitions[row], int(survey.sizes[row]), *measures.covered[:, row])}
        | _borders(survey, row, features, least)
        for row, segment in enumerate(profiled["segments"])
    ]
    return {
        **profiled,
        "least": least,
        "all": disclosure.withhold_of_all(profiled["all"], survey.sums, least),
        "segments": disclosure.withhold(segments, sizes, survey.sums, profiled["value"], least),
        "gone": since["gone"],
        "eta_squared": disclosure.withhold_by_column(shares, sizes, survey.sums, least),
        "caveats": [asdict(caveat) for caveat in _caveats(survey, model, sizes, profiled, least)],
    }


def _named(number: int, name: Name) -> dict[str, Any]:
    return {"segment": number, "name": name.name, "because": name.because, "action": name.action}


def _since(match: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {key: match[key] for key in ("status", "distance", "other")} if match else None


def _definition(definition: Definition, size: int, covered: int, hits: int) -> dict[str, Any]:
    """The conditions of a segment of that size; without any, nobody is covered by them."""
    return {
        "conditions": [asdict(condition) for condition in definition],
        "coverage": hits / size if definition and size else None,
        "precision": hits / covered if definition and covered else None,
    }


def _borders(survey: Survey, row: int, features: Sequence[str], least: int) -> dict[str, Any]:
    """Who stands at the borders of a segment, and its typical customer."""
    size, values = max(survey.sizes[row], 1), borders.typical_values(survey.borders.nearest[row], least)
    return {
        "borderline_share": survey.borders.borderline[row] / size,
        "overlap": survey.borders.near[row] / size,
        "typical": None if values is None else dict(zip(features, values, strict=True)),
    }


def _caveats(
    survey: Survey, model: SegmentModel, sizes: np.ndarray, profiled: Mapping[str, Any], least: int
) -> list[Caveat]:
    sample, labels, value = survey.sample, profiled["labels"], profiled["value"]
    features, marked = [labels[name] for name in model.space.names], disclosure.withheld(sizes, least)
    known = {labels[name]: survey.sums[name][0] for name in model.space.names}
    is_sample = len(sample.X) < sizes.sum()
    return [
        *caveats.small(model.sizes, model.numbers),
        *caveats.withheld(sizes, model.numbers, marked, least),
        *caveats.gaps(survey.sizes, model.numbers, marked, known),
        *caveats.outliers(sample.X, sample.segment - 1, features, model.numbers),
        *caveats.correlated(sample.X, features),
        *(caveats.value(labels[value], sample.value(value), is_sample, least) if value else []),
    ]
