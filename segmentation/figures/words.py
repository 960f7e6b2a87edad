"""How numbers, names and states of segments are written for people: in figures, on pages and in a terminal."""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from textwrap import wrap
from typing import Any

THOUSANDS = ((1e12, "tn"), (1e9, "bn"), (1e6, "M"), (1e3, "k"))
WRITTEN_OUT = 10_000  # below it, a tick is written out
LONG = 10_000_000  # from here on, a figure is written short


def format_number(value: float | None) -> str:
    """A number with no more digits than a reader takes in, thousands separated; "-" where it is unknown."""
    if value is None or math.isnan(value):
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.3g}"


def format_exact(value: float | None) -> str:
    """A number that may be a value of the data, such as a median: without decimals where it is whole."""
    whole = value is not None and float(value).is_integer()
    return f"{value:,.0f}" if whole else format_number(value)


def format_tick(value: float) -> str:
    """A number on an axis: 0.2, 500, 2,500, 20k, 1.5M."""
    if abs(value) < WRITTEN_OUT:
        return _written_out(value)
    value = float(f"{value:.3g}")
    unit, sign = next((unit, sign) for unit, sign in THOUSANDS if abs(value) >= unit)
    return f"{_written_out(value / unit)}{sign}"


def _written_out(value: float) -> str:
    """A number without an exponent, of at most 12 decimals."""
    return f"{round(value, 12) + 0.0:,.12f}".rstrip("0").rstrip(".")


def format_figure(value: float | None) -> str:
    """A figure of about three digits, and none behind the point that are 0."""
    if value is None or value != value:
        return "-"
    if abs(value) >= LONG:
        return format_tick(value)
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:.1f}".removesuffix(".0") if abs(value) >= 1 else _written_out(float(f"{value:.3g}"))


def format_share(share: float | None) -> str:
    """A share in percent; only nothing is called 0%, and only everything 100%."""
    if share is None:
        return "-"
    if 0 < share < 0.005:
        return "under 1%"
    if 0.995 <= share < 1:
        return "over 99%"
    return f"{share:.0%}"


def spell_out(column: str) -> str:
    """A column's name as words: `purchase_frequency` as purchase frequency."""
    return re.sub(r"(?<=[^\W_])_(?=[^\W_])", " ", column)


def column_label(column: str, label: str) -> str:
    """What a column is called for people: the label that the data set gives it, or its name as words."""
    return label or spell_out(column)


def within_sentence(label: str) -> str:
    """A label as it stands within a sentence: `Revenue` as revenue, an abbreviation such as `RFM score` as it is."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def labels(columns: Mapping[str, Any], value: str | None) -> dict[str, str]:
    """What each column of the data set, and its value column, is called for people; a column has a `label`, or ""."""
    named = {name: column_label(name, column.label) for name, column in columns.items()}
    return named if value is None else {value: spell_out(value)} | named


def in_sentences(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a data set, each with the label that it has within a sentence."""
    return {
        name: replace(column, label=within_sentence(column_label(name, column.label)))
        for name, column in columns.items()
    }


def column_title(label: str, unit: str) -> str:
    """A column's label with its unit."""
    return f"{label} ({unit})" if unit else label


def cut(text: str | None, length: int) -> str:
    """A text of at most `length` letters."""
    text = text or ""
    return text if len(text) <= length else text[: length - 1] + "…"


def shortened(text: str, length: int) -> str:
    """A text of at most `length` letters, without its middle: names that differ do so at their ends."""
    start = length // 2
    return text if len(text) <= length else f"{text[:start]}…{text[len(text) - (length - start - 1) :]}"


def segment_label(segment: Mapping[str, Any], width: int = 28) -> str:
    """A segment's number and name, in lines of `width` letters to stand beside a chart."""
    return "\n".join(wrap(f"{segment['segment']}  {shortened(segment['name'], 4 * width)}", width))


def status_words(status: str, distance: float | None, counterpart: str | None) -> str:
    """What became of a segment; `counterpart` names the segment that it split off or went into."""
    if status in ("kept", "moved"):
        return f"{status}, centre by {distance:.2f}"
    return {"split": f"split off {counterpart}", "merged": f"went into {counterpart}"}.get(status, status)


def sample_note(described: Mapping[str, Any]) -> str:
    """The sample that medians, quartiles, standings and words are from; empty where it holds all customers."""
    sample = described["sampled_customers"]
    return f"a sample of {sample:,} customers" if sample < described["customers"] else ""
