"""The rows that the report's charts draw, for every K at once."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from textwrap import wrap
from typing import Any

import numpy as np

from segmentation.figures import words
from segmentation.figures.words import number, percent, spelt
from segmentation.pipeline.schema import QUANTILES

Alternatives = Sequence[Mapping[str, Any]]  # the segments at each K, each with its colour
Row = dict[str, Any]
LEGIBLE = 0.05  # of a bar, which holds a number


def _each(ks: Alternatives) -> Iterator[tuple[Row, Mapping[str, Any]]]:
    """Yields each segment at each K, with what every row says of it."""
    for one in ks:
        for segment in one["segments"]:
            known = {"k": one["k"], "segment": segment["segment"], "label": segment["label"]}
            yield known | {"colour": segment["colour"]}, segment


def shares(ks: Alternatives, value: str | None) -> Iterator[Row]:
    """Yields the shares of the customers and of the value column, where that has one."""
    for row, segment in _each(ks):
        row["size"] = f"{segment['size']:,}"
        yield row | {"what": "customers", "share": segment["share"], "text": percent(segment["share"])}
        if value and segment["value_share"] is not None:
            worth = segment["value_share"]
            yield row | {"what": spelt(value), "share": worth, "text": percent(worth)}


def points(table: str) -> Iterator[Row]:
    """Yields customers on the map, from the text of its CSV table, with their segment at each K."""
    _, *lines = csv.reader(table.splitlines())
    for x, y, *at in lines:
        yield {"x": float(x), "y": float(y), "at": list(map(int, at))}


def titled(name: str, unit: str) -> str:
    """A column's name with its unit."""
    return f"{spelt(name)} ({unit})" if unit else spelt(name)


def headings(units: Mapping[str, str]) -> dict[str, str]:
    """Each column's name above its unit, in short lines, of which all have as many; no two are alike."""
    lines = {}
    for position, (name, unit) in enumerate(units.items(), 1):
        own = [*wrap(words.cut(spelt(name), 26), 13), *wrap(words.cut(unit, 39), 13)]
        lines[name] = [f"({position})", *own] if own in lines.values() else own
    most = max(map(len, lines.values()))
    return {name: "\n".join([*[""] * (most - len(own)), *own]) for name, own in lines.items()}


def profile(ks: Alternatives, heads: Mapping[str, str]) -> Iterator[Row]:
    """Yields mean and standing in each numeric column, under its heading."""
    for row, segment in _each(ks):
        for name, column in segment["columns"].items():
            told = {key: f"{number(column[key])}" for key in ("mean", "median")}
            yield row | told | {
                "name": spelt(name), "column": heads[name], "standing": column["standing"]
            }  # fmt: skip


def distribution(ks: Alternatives, name: str) -> Iterator[Row]:
    """Yields the quantiles of one column."""
    for row, segment in _each(ks):
        column = segment["columns"][name]
        quantiles = {key: column[key] for key in QUANTILES}
        yield row | quantiles | {f"{key}_text": number(value) for key, value in quantiles.items()}


def decades(ks: Alternatives, name: str) -> list[float]:
    """0 and the powers of ten for the axis of a column on a logarithmic scale."""
    upper = [segment["columns"][name]["percentile_95"] for one in ks for segment in one["segments"]]
    most = max([value for value in upper if value is not None], default=1)
    return [0, *(10.0**power for power in range(int(np.log10(max(most, 1))) + 1))]


def flows(ks: Alternatives) -> Iterator[Row]:
    """Yields who of each segment would be in which one at the next K."""
    for one, other in pairwise(ks):
        for row, segment in _each([one]):
            total = max(sum(segment["next"]), 1)
            for to, customers in zip(other["segments"], segment["next"], strict=True):
                if customers:
                    yield row | {
                        "to": to["segment"], "to_label": to["label"], "colour": to["colour"],
                        "share": customers / total, "text": percent(customers / total),
                        "number": f"{to['segment']}" if customers > LEGIBLE * total else "",
                    }  # fmt: skip


def fallback(
    one: Mapping[str, Any],
    following: Mapping[str, Any] | None,
    columns: Sequence[str],
    units: Mapping[str, str],
    value: str | None,
) -> dict[str, Any]:
    """What the charts draw at one K, as rows of cells with a head."""
    segments = one["segments"]
    names = [f"{segment['segment']} {segment['name']}" for segment in segments]
    spelt_out = [titled(name, units[name]) for name in columns]
    means = [
        (name, f"{segment['size']:,}", percent(segment["share"]), *([percent(segment["value_share"])] if value else []),
         *(number(segment["columns"][column]["mean"]) for column in columns))
        for name, segment in zip(names, segments, strict=True)
    ]  # fmt: skip
    quantiles = [
        (name, *(" · ".join(number(segment["columns"][column][key]) for key in QUANTILES) for column in columns))
        for name, segment in zip(names, segments, strict=True)
    ]
    return {
        "k": one["k"],
        "head": ["segment", "customers", "share", *([f"of {spelt(value)}"] if value else []), *spelt_out],
        "means": means,
        "quantile_head": ["segment", *spelt_out],
        "quantiles": quantiles,
        "move_head": ["segment", *(f"{to['segment']} {to['name']}" for to in following["segments"])]
        if following
        else [],
        "moves": [
            (name, *(percent(moved / max(sum(segment["next"]), 1)) for moved in segment["next"]))
            for name, segment in zip(names, segments, strict=True)
        ]
        if following
        else [],
    }


def card(rows: Sequence[Mapping[str, Any]], criteria: Sequence[str]) -> dict[str, Any]:
    """The decision card of every K, as rows of cells with a head."""
    head = ["K", *(spelt(name) for name in criteria)]
    return {"head": head, "rows": [(row["k"], *(number(row[name]) for name in criteria)) for row in rows]}
