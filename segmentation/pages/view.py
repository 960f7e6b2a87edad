"""What the report shows at one K: the same for every K on the slider."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from segmentation.features.transforms import named
from segmentation.figures.drawing import by_effect
from segmentation.figures.words import cut, format_share
from segmentation.pages import charts, segment_cards
from segmentation.pages.charts import Axis
from segmentation.pages.headline import headline, in_a_sentence
from segmentation.pages.phrases import phrases, statistic_in_words
from segmentation.pages.writing import Column, isolated
from segmentation.pipeline.schema import QUANTILES
from segmentation.segments import profile

SHOWN = 6  # features whose distributions are shown; the others are folded
DENSE = 7  # segments from which on those on the overview take a line each, so that all are in view
LETTERS = 32  # of a name that have room on such a line
WORDS = 8  # of a column that are shown: the most frequent ones
Described = Mapping[str, Any]  # reports/segments.json, or the same of another K


@dataclass(frozen=True)
class AtK:
    """The segments at one K, as the steps wrote them."""

    described: Described
    stability: Mapping[str, Any]  # reports/stability.json, or the part of it on this K
    colours: Sequence[int]  # numbers of the segments whose colours these have
    following: Sequence[Mapping[str, Any]]  # the segments at the next K; none at the last
    following_colours: Sequence[int]

    @property
    def segments(self) -> Sequence[Mapping[str, Any]]:
        """The segments, in the order of their numbers."""
        return self.described["segments"]

    def badges(self) -> list[dict[str, Any]]:
        """The number, colour and name of each segment."""
        return [_badge(*pair) for pair in zip(self.segments, self.colours, strict=True)]


def _badge(segment: Mapping[str, Any], colour: int) -> dict[str, Any]:
    return {"segment": segment["segment"], "colour": colour, "name": isolated(segment["name"])}


def view(at_k: AtK, axes: Mapping[str, Axis]) -> dict[str, Any]:
    """What the page shows of the segments at one K, but for the map; `axes` are those of the numeric columns."""
    described = at_k.described
    return {
        "k": len(at_k.segments),
        "headline": headline(described),
        "columns": card_columns(len(at_k.segments)),
        "is_dense": len(at_k.segments) >= DENSE,
        "badges": at_k.badges(),
        "overview": list(overview_rows(at_k)),
        "cards": list(segment_cards.segment_cards(described, at_k.stability, axes, at_k.colours)),
        "means": list(mean_rows(described)),
        "panels": list(panels(described, axes)),
        "words": list(word_tables(described)),
        "flow": list(flow_rows(at_k)),
        "quantiles": list(quantile_rows(described)),
        "overlap": list(overlap_rows(at_k)),
        "variance": list(variance_rows(described)),
    }


def card_columns(cards: int) -> int:
    """In how many columns the cards stand on a wide page: 3 or 4, whichever fills its last row better."""
    return max((4, 3), key=lambda columns: cards / (-(-cards // columns) * columns))


def numeric_columns(described: Described) -> list[str]:
    """The columns that hold numbers."""
    return [name for name in described["columns"] if profile.is_numeric(described["all"][name])]


def column_axes(by_k: Sequence[Described], transforms: Mapping[str, str]) -> dict[str, Axis]:
    """The axis of each numeric column, the same at every K; `transforms` are those of the features."""
    axes, described = {}, by_k[0]
    for name in numeric_columns(described):
        statistics = [described["all"][name], *(s["columns"][name] for each in by_k for s in each["segments"])]
        figures = [statistic[key] for statistic in statistics for key in QUANTILES]
        axes[name] = Axis.over(figures, named(transforms.get(name, "none")).log_axis)
        if described["all"][name]["described_by"] == "share":
            axes[name] = Axis(0, 1)
    return axes


def picture(statistics: Mapping[str, float | None], name: str, described: Described, axis: Axis) -> dict | None:
    """The box of a column's statistics on its axis, or the bar of their share where all values are 0 or 1."""
    is_share = described["all"][name]["described_by"] == "share"
    return charts.bar(statistics["mean"], axis) if is_share else charts.box(statistics, axis)


def overview_rows(at_k: AtK) -> Iterator[dict[str, Any]]:
    """Yields each segment on one line: its shares, the places of their bars, and the first phrase on it.

    `cut` is its name as it has room where they are many.
    """
    shares = [segment[key] or 0 for segment in at_k.segments for key in ("share", "value_share")]
    axis = Axis(0, max(shares))
    names = cut_names([segment["name"] for segment in at_k.segments])
    for segment, badge, name in zip(at_k.segments, at_k.badges(), names, strict=True):
        told = phrases(segment, at_k.described)
        value_share = segment["value_share"]
        yield {
            **badge,
            "cut": isolated(name),
            **{key: segment[key] for key in ("share", "value_share", "size", "action")},
            "bar": axis.place(segment["share"]),
            "value_bar": None if value_share is None else axis.place(value_share),
            "phrase": in_a_sentence(told[0]) if told else "",
        }


def cut_names(names: Sequence[str]) -> list[str]:
    """Names of at most LETTERS letters; those that would then read the same as another stay whole."""
    short = [cut(name, LETTERS) for name in names]
    return [text if short.count(text) == 1 else name for text, name in zip(short, names, strict=True)]


def mean_rows(described: Described) -> Iterator[dict[str, Any]]:
    """Yields each numeric column of the heat map, the one that differs most first.

    A cell has the mean of a segment, and the colour of where its customers stand among all.
    """
    for name in by_effect(numeric_columns(described), described):
        column, cells = Column.of(name, described), []
        for segment in described["segments"]:
            statistics = segment["columns"][name]
            background, ink = charts.standing_cell(statistics["standing"])
            cells.append({"mean": column.figure(statistics["mean"]), "background": background, "ink": ink})
        yield {
            "label": column.label,
            "unit": column.unit_beside_label,
            "cells": cells,
            "all": column.figure(described["all"][name]["mean"]),
        }


def panels(described: Described, axes: Mapping[str, Axis]) -> Iterator[dict[str, Any]]:
    """Yields the distribution of each numeric column by segment, beside that of everyone, as boxes on one axis."""
    for position, name in enumerate(by_effect(numeric_columns(described), described)):
        column, axis, statistic = Column.of(name, described), axes[name], statistic_in_words(name, described)
        of_segments = [segment["columns"][name] for segment in described["segments"]]
        yield {
            "label": column.label,
            "unit": column.unit_beside_label,
            "folded": position >= SHOWN,
            "ticks": [(place, column.tick(tick)) for place, tick in axis.ticks()],
            "axis": list(axes).index(name),
            "boxes": [picture(statistics, name, described, axis) for statistics in of_segments],
            "figures": [column.figure(statistics[statistic]) for statistics in of_segments],
            "has_means": described["all"][name]["described_by"] == "mean",
        }


def word_tables(described: Described) -> Iterator[dict[str, Any]]:
    """Yields each column of words: of its most frequent ones the share in each segment and among all customers.

    A column of which no word may be told has no table.
    """
    for name in described["columns"]:
        if profile.is_numeric(described["all"][name]):
            continue
        of_all = {entry["word"]: entry["share"] for entry in described["all"][name]["top"]}
        by_segment = [
            {entry["word"]: entry["share"] for entry in segment["columns"][name]["top"]}
            for segment in described["segments"]
        ]
        highest: dict[str, float] = {}
        for shares in (of_all, *by_segment):
            for word, share in shares.items():
                highest[word] = max(share, highest.get(word, 0))
        if not highest:
            continue
        words = [*of_all, *sorted((word for word in highest if word not in of_all), key=lambda word: -highest[word])]
        yield {
            "label": isolated(described["labels"][name]),
            "rows": [
                {"word": isolated(word), "shares": [shares.get(word) for shares in by_segment], "all": of_all.get(word)}
                for word in words[:WORDS]
            ],
        }


def flow_rows(at_k: AtK) -> Iterator[dict[str, Any]]:
    """Yields where the customers of each segment would be at the next K: the parts of a bar.

    They are in the order of the segments, and `largest_first` for a sentence.
    """
    targets = [_badge(*pair) for pair in zip(at_k.following, at_k.following_colours, strict=True)]
    for segment, badge in zip(at_k.segments, at_k.badges(), strict=True):
        parts = [
            {**targets[position], "share": share, "has_room": has_room}
            for position, share, has_room in charts.flows(segment["next"])
        ]
        if parts:
            yield {**badge, "parts": parts, "largest_first": sorted(parts, key=lambda part: -part["share"])}


def variance_rows(described: Described) -> Iterator[tuple[str, str]]:
    """Yields each numeric column with the share of its variance that lies between segments, the largest first."""
    for name in by_effect(numeric_columns(described), described):
        yield Column.of(name, described).label, format_share(described["eta_squared"].get(name))


def quantile_rows(described: Described) -> Iterator[tuple[str, ...]]:
    """Yields the quantiles of each segment in each numeric column: its number, name and column, and the figures."""
    for segment in described["segments"]:
        for name in numeric_columns(described):
            column = Column.of(name, described)
            figures = [column.figure(segment["columns"][name][key]) for key in ("mean", *QUANTILES)]
            yield f"{segment['segment']} {isolated(segment['name'])}: {column.label}", *figures


def overlap_rows(at_k: AtK) -> Iterator[tuple[str, ...]]:
    """Yields each segment with the share of its customers that are nearly as near to each other segment."""
    for segment in at_k.segments:
        shares = segment["overlap"] if len(segment["overlap"]) else [None] * len(at_k.segments)
        cells = ["-" if share is None else f"{share:.1%}" for share in shares]
        yield f"{segment['segment']} {isolated(segment['name'])}", *cells
