"""The rows that the report's charts draw, for every K at once."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from textwrap import wrap
from typing import Any

import numpy as np

from segmentation.figures.words import cut, format_number, format_share
from segmentation.pipeline.schema import QUANTILES

Alternatives = Sequence[Mapping[str, Any]]  # the segments at each K, as slider.alternatives gives them
Row = dict[str, Any]
LEGIBLE = 0.05  # share of a bar from which on there is room for a number


def _labelled_segments(alternatives: Alternatives) -> Iterator[tuple[Row, Mapping[str, Any]]]:
    """Yields each segment at each K, after the fields that all its rows share."""
    for alternative in alternatives:
        for segment in alternative["segments"]:
            row = {"k": alternative["k"]} | {key: segment[key] for key in ("segment", "label", "colour")}
            yield row, segment


def share_rows(alternatives: Alternatives, value: str | None) -> Iterator[Row]:
    """Yields each segment's share of the customers, and of the value column where there is one, by its label."""
    for row, segment in _labelled_segments(alternatives):
        row["size"] = f"{segment['size']:,}"
        yield row | {"what": "customers", "share": segment["share"], "text": format_share(segment["share"])}
        if value and segment["value_share"] is not None:
            share = segment["value_share"]
            yield row | {"what": value, "share": share, "text": format_share(share)}


def map_points(table: str) -> Iterator[Row]:
    """Yields the customers on the map, from the text of reports/map.csv, with their segment at each K."""
    _, *lines = csv.reader(table.splitlines())
    for x, y, *segments in lines:
        yield {"x": float(x), "y": float(y), "at": list(map(int, segments))}


def column_headings(labels: Mapping[str, str], units: Mapping[str, str]) -> dict[str, str]:
    """Each column's label above its unit, in short lines; all have the same number of lines, and no two are alike."""
    headings = {}
    for position, (column, unit) in enumerate(units.items(), 1):
        lines = [*wrap(cut(labels[column], 26), 13), *wrap(cut(unit, 39), 13)]
        headings[column] = [f"({position})", *lines] if lines in headings.values() else lines
    most = max(map(len, headings.values()))
    return {column: "\n".join([*[""] * (most - len(lines)), *lines]) for column, lines in headings.items()}


def heat_map_rows(alternatives: Alternatives, headings: Mapping[str, str], labels: Mapping[str, str]) -> Iterator[Row]:
    """Yields mean, median and standing of each segment in each numeric column."""
    for row, segment in _labelled_segments(alternatives):
        for name, column in segment["columns"].items():
            yield row | {
                "name": labels[name],
                "column": headings[name],
                "mean": format_number(column["mean"]),
                "median": format_number(column["median"]),
                "standing": column["standing"],
            }


def quantile_rows(alternatives: Alternatives, column: str) -> Iterator[Row]:
    """Yields the quantiles of each segment in one column."""
    for row, segment in _labelled_segments(alternatives):
        quantiles = {key: segment["columns"][column][key] for key in QUANTILES}
        yield row | quantiles | {f"{key}_text": format_number(value) for key, value in quantiles.items()}


def log_ticks(alternatives: Alternatives, column: str) -> list[float]:
    """The ticks of a column's logarithmic axis: 0 and the powers of ten up to its largest 95 % quantile."""
    quantiles = [
        segment["columns"][column]["percentile_95"]
        for alternative in alternatives
        for segment in alternative["segments"]
    ]
    largest = max([quantile for quantile in quantiles if quantile is not None], default=1)
    return [0, *(10.0**power for power in range(int(np.log10(max(largest, 1))) + 1))]


def flow_rows(alternatives: Alternatives) -> Iterator[Row]:
    """Yields how many of each segment's customers would be in each segment at the next K."""
    for alternative, following in pairwise(alternatives):
        for row, segment in _labelled_segments([alternative]):
            total = max(sum(segment["next"]), 1)
            for target, customers in zip(following["segments"], segment["next"], strict=True):
                if customers:
                    yield row | {
                        "to": target["segment"],
                        "to_label": target["label"],
                        "colour": target["colour"],
                        "share": customers / total,
                        "text": format_share(customers / total),
                        "number": f"{target['segment']}" if customers > LEGIBLE * total else "",
                    }
