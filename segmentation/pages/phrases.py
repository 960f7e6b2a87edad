"""Phrases: what sets a segment apart in original units, beside what is usual."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from segmentation.figures.words import format_figure, format_share
from segmentation.pages.writing import Column, isolated, told_figures

SLIGHT = 0.2  # a standardised difference below is small: Cohen 1988, section 2.2.3
FAR = 1.5  # from this ratio of a value to the usual one, either way, a phrase gives the ratio, not "above" or "below"
BEYOND = 100  # from this ratio on, either way, it no longer does


@dataclass(frozen=True)
class Phrase:
    """A column in which a segment differs from everybody."""

    column: str
    label: str
    figure: str  # of the segment, with its unit
    statistic: str  # what the figure is: median, mean, or share
    beside: str  # how it differs from the usual
    is_slight: bool  # whether the difference is small, so that it sets nothing apart

    @property
    def is_numeric(self) -> bool:
        """Whether the column holds numbers that have a distribution."""
        return self.statistic in ("median", "mean")

    @property
    def typically(self) -> str:
        """What stands before the figure in a sentence: a median is what is typical, a mean an average."""
        return {"median": "typically ", "mean": "on average "}.get(self.statistic, "")


def phrases(segment: Mapping[str, Any], described: Mapping[str, Any], slight: bool = False) -> list[Phrase]:
    """The phrases on a segment, the largest difference first; those on a `slight` difference are left out unless asked.

    `described` is reports/segments.json, or the same of another K. A column is left out that is not told of the segment
    or has the usual value there, as where the difference lies in the tail.
    """
    told = [
        _on_word(driver, described) if "word" in driver else _on_number(driver, segment, described)
        for driver in segment["drivers"]
    ]
    return [phrase for phrase in told if phrase and (slight or not phrase.is_slight)]


def _on_word(driver: Mapping[str, Any], described: Mapping[str, Any]) -> Phrase:
    name, usual = driver["column"], driver["share"] / driver["lift"]
    return Phrase(
        column=name,
        label=isolated(described["labels"][name]),
        figure=f"{isolated(driver['word'])} for {format_share(driver['share'])}",
        statistic="word",
        beside=f"of all customers {format_share(usual)}",
        is_slight=abs(driver["difference"]) < SLIGHT,
    )


def _on_number(driver: Mapping[str, Any], segment: Mapping[str, Any], described: Mapping[str, Any]) -> Phrase | None:
    name, column = driver["column"], Column.of(driver["column"], described)
    statistic = statistic_in_words(name, described)
    value, usual = segment["columns"][name][statistic], described["all"][name][statistic]
    if value is None or value == usual:
        return None
    is_slight = abs(driver["difference"]) < SLIGHT
    is_usual = statistic == "mean" or described["all"][name]["is_usual"]  # where nobody is near it, it tells nothing
    return Phrase(
        column=name,
        label=column.label,
        figure=column.with_unit(value),
        statistic="share" if described["all"][name]["described_by"] == "share" else statistic,
        beside=_beside_usual(
            value, usual if is_usual else None, column, is_slight, min(told_figures(name, described)) >= 0
        ),
        is_slight=is_slight,
    )


def statistic_in_words(name: str, described: Mapping[str, Any]) -> str:
    """The statistic that describes a numeric column: the median, or the mean of codes, which is a share of 0 and 1."""
    return "median" if described["all"][name]["described_by"] == "median" else "mean"


def _beside_usual(value: float, usual: float | None, column: Column, is_slight: bool, has_ratios: bool) -> str:
    """A segment's value beside that of all customers; unless one is a multiple, a slight difference is none.

    A column with figures below 0 has no ratios.
    """
    if usual is None:
        return ""
    ratio = value / usual if has_ratios and usual else 0
    if FAR <= ratio < BEYOND:
        return f"{format_figure(ratio)} times the usual {column.figure(usual)}"
    if 1 / BEYOND < ratio <= 1 / FAR:
        return f"{format_share(ratio)} of the usual {column.figure(usual)}"
    is_about = is_slight or column.figure(value) == column.figure(usual)
    side = "about" if is_about else "above" if value > usual else "below"
    return f"{side} the usual {column.figure(usual)}"
