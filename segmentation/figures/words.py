"""How numbers, shares, names and states are written for people, in figures, on pages and in a terminal."""

import math
import re
from collections.abc import Mapping
from typing import Any


def number(value: float | None) -> str:
    """A number as a person reads it: no more digits than one takes in, thousands separated."""
    if value is None or math.isnan(value):
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.3g}"


def sampled(described: Mapping[str, Any]) -> str:
    """What the statistics that are not of all customers are from, in words; empty where the sample holds everyone."""
    sample = described["sampled_customers"]
    return f"a sample of {sample:,} customers" if sample < described["customers"] else ""


def spelt(name: str) -> str:
    """A column's name as words: `purchase_frequency` as purchase frequency."""
    return re.sub(r"(?<=[^\W_])_(?=[^\W_])", " ", name)


def percent(share: float | None) -> str:
    """A share as a person reads it; what is not quite nothing or everything is not called so."""
    if share is None:
        return "-"
    if 0 < share < 0.005:
        return "under 1%"
    if 0.995 <= share < 1:
        return "over 99%"
    return f"{share:.0%}"


def exact(value: float | None) -> str:
    """A value that is told as it is, such as a median: whole ones without decimals."""
    whole = value is not None and float(value).is_integer()
    return f"{value:,.0f}" if whole else number(value)


def cut(text: str | None, length: int) -> str:
    """A text of at most so many letters."""
    text = text or ""
    return text if len(text) <= length else text[: length - 1] + "…"


def label(segment: Mapping[str, Any]) -> str:
    """A segment's number and name, cut to fit beside a chart."""
    return f"{segment['segment']}  {cut(segment['name'], 44)}"


def told(status: str, distance: float | None, other: str | None) -> str:
    """What became of a segment, in words; `other` is what the other one is called."""
    if distance is not None:
        return f"{status}, centre by {distance:.2f}"
    return {"split": f"split off {other}", "merged": f"went into {other}"}.get(status, status)
