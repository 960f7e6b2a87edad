"""How figures and names are written on a page: as people write them, whatever the direction of a name's script."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from segmentation.figures.words import format_figure, format_tick
from segmentation.pipeline.schema import QUANTILES
from segmentation.pipeline.terminal import shown

ISOLATE, END = "\u2068", "\u2069"  # Unicode 9.0, UAX 9: what lies between them does not reorder what lies around
PLURALS = frozenset({  # nouns of units that lose their s beside a 1; any other unit stays as it is
    "CDs", "clicks", "customers", "days", "dollars", "euros", "hours", "invoices", "items", "logins", "minutes",
    "months", "orders", "pages", "pieces", "points", "pounds", "products", "purchases", "tickets", "units", "visits",
    "weeks", "years",
})  # fmt: skip


def isolated(text: str) -> str:
    """A name that may be Arabic or Hebrew, so that the numbers and marks beside it keep their places.

    Control characters in it are shown as on a terminal, since some would reverse the text, or end the isolation; ends
    of lines are blanks.
    """
    text = shown(" ".join(text.split()))
    is_mixed = any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in text)
    return f"{ISOLATE}{text}{END}" if is_mixed else text


def with_isolated(text: str, names: Iterable[str]) -> str:
    """A text in which each of these names, where it stands in it, is `isolated`."""
    longest_first = sorted(filter(None, names), key=len, reverse=True)
    if not longest_first:
        return text
    return re.sub("|".join(map(re.escape, longest_first)), lambda name: isolated(name[0]), text)


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


@dataclass(frozen=True)
class Column:
    """What a column is called, and how its figures are written."""

    label: str
    unit: str  # "" where figures are percents
    is_share: bool

    @classmethod
    def of(cls, name: str, described: Mapping[str, Any]) -> "Column":
        """A column of reports/segments.json, in percents where all values are 0 or 1, or where the unit says share."""
        everyone, unit = described["all"][name], described["units"][name]
        says_share = bool(re.fullmatch(r"share( of .*)?", unit, re.IGNORECASE))
        is_share = everyone.get("described_by") == "share" or (
            says_share and all(0 <= figure <= 1 for figure in told_figures(name, described))
        )
        return cls(isolated(described["labels"][name]), "" if is_share else isolated(unit), is_share)

    @property
    def unit_beside_label(self) -> str:
        """The unit, where the label does not say the same."""
        return "" if self.unit.lower() == self.label.lower() else self.unit

    def figure(self, value: float | None) -> str:
        """A figure of the column, without its unit; only everything is called 100%."""
        if not self.is_share or value is None or value != value:
            return format_figure(value)
        return "over 99.9%" if 0.9995 <= value < 1 else f"{format_figure(100 * value)}%"

    def tick(self, value: float) -> str:
        """A round figure on the axis of the column, with as many decimals as it has."""
        return f"{format_tick(100 * value)}%" if self.is_share else format_tick(value)

    def with_unit(self, value: float | None) -> str:
        """A figure of the column with its unit, in the singular where the figure is 1."""
        figure, (noun, *rest) = self.figure(value), self.unit.split(" ")
        if figure == "1" and noun in PLURALS:
            noun = noun.removesuffix("s")
        return " ".join([figure, noun, *rest]).strip()


def told_figures(name: str, described: Mapping[str, Any]) -> Iterator[float]:
    """Yields the means and quantiles of a column that are told, of all customers and of each segment."""
    for statistics in (described["all"][name], *(segment["columns"][name] for segment in described["segments"])):
        yield from (figure for key in ("mean", *QUANTILES) if (figure := statistics[key]) is not None)
