"""How figures and names are written on a page: as people write them, whatever the direction of a name's script."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from segmentation.figures.words import format_share

ISOLATE, END = "\u2068", "\u2069"  # Unicode 9.0, UAX 9: what lies between them does not reorder what lies around
THOUSANDS = ((1e12, "tn"), (1e9, "bn"), (1e6, "M"), (1e3, "k"))
WRITTEN_OUT = 10_000  # below it, a tick is written out
LONG = 10_000_000  # from here on, a figure is written short
NONE = "-"


def isolated(text: str) -> str:
    """A name that may be Arabic or Hebrew, so that the numbers and marks beside it keep their places."""
    is_mixed = any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in text)
    return f"{ISOLATE}{text}{END}" if is_mixed else text


def without_isolates(text: str) -> str:
    """A text for a terminal, which does not need the marks around names."""
    return text.replace(ISOLATE, "").replace(END, "")


def capitalised(text: str) -> str:
    """A sentence that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def enumerated(texts: Sequence[str]) -> str:
    """Texts as a sentence lists them: a, b and c."""
    return " and ".join(filter(None, [", ".join(texts[:-1]), texts[-1]])) if texts else ""


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where the number asks for it."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def day(iso: str) -> str:
    """A day such as 2011-12-09 as people write it: 9 December 2011."""
    written = date.fromisoformat(iso)
    return f"{written.day} {written:%B} {written.year}"


def format_tick(value: float) -> str:
    """A number on an axis: 0.2, 500, 2,500, 20k, 1.5M."""
    for unit, sign in THOUSANDS:
        if abs(value) >= max(unit, WRITTEN_OUT):
            return f"{value / unit:.3g}{sign}"
    return f"{value:,.12f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class Column:
    """What a column is called, and how its figures are written."""

    label: str
    unit: str  # "" where figures are percents
    is_share: bool

    @classmethod
    def of(cls, name: str, described: Mapping[str, Any]) -> "Column":
        """A column of reports/segments.json, in percents where all values are 0 or 1, or where the unit says share."""
        statistics, unit = described["all"][name], described["units"][name]
        figures = [figure for figure in statistics.values() if isinstance(figure, float)]
        says_share = unit.lower().startswith("share") and all(0 <= figure <= 1 for figure in figures)
        is_share = statistics.get("described_by") == "share" or says_share
        return cls(isolated(described["labels"][name]), "" if is_share else isolated(unit), is_share)

    @property
    def unit_beside_label(self) -> str:
        """The unit, where the label does not say the same."""
        return "" if self.unit.lower() == self.label.lower() else self.unit

    def figure(self, value: float | None) -> str:
        """A figure of the column, without its unit: three digits, and none behind the point that are 0."""
        if value is None or value != value:
            return NONE
        if self.is_share:
            return format_share(value)
        if abs(value) >= LONG:
            return format_tick(float(f"{value:.3g}"))
        if abs(value) >= 100 or float(value).is_integer():
            return f"{value:,.0f}"
        return f"{value:.1f}".removesuffix(".0") if abs(value) >= 1 else f"{value:.3g}"

    def tick(self, value: float) -> str:
        """A figure on the axis of the column."""
        return f"{value:.0%}" if self.is_share else format_tick(value)

    def with_unit(self, value: float | None) -> str:
        """A figure of the column with its unit."""
        return f"{self.figure(value)} {self.unit}".strip()
