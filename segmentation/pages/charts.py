"""The geometry of the report's charts: places in percent of a chart's width and height, and paths of SVG.

The charts are HTML and SVG without scripts. Colours are those of the style sheet, by the class of a segment.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from segmentation.figures import palette
from segmentation.figures.words import format_tick
from segmentation.pipeline.schema import QUANTILES

TICKS = 4  # on an axis, about
MAP_WIDTH, MAP_HEIGHT = 400, 250  # units of the map: two of them are a point's width
EDGE = 8  # of these units stay free on each side
HEADROOM = 1.08  # of the curve's axis beyond its highest point
NUMBERS = 12  # of segments that have room beside each other on a phone
CUT = 0.05  # share of a bar from which on there is room for a number


@dataclass(frozen=True)
class Axis:
    """A scale from the lowest figure, at 0 %, to the highest, at 100 %."""

    low: float
    high: float
    is_logarithmic: bool = False  # beyond palette.LINEAR_BELOW, so that 0 has a place on it

    @classmethod
    def over(cls, figures: Sequence[float | None], is_logarithmic: bool = False) -> "Axis":
        """The axis on which all figures have a place; unknown ones are None."""
        known = [figure for figure in figures if figure is not None]
        return cls(min(known, default=0), max(known, default=1), is_logarithmic)

    def place(self, value: float) -> float:
        """Where a figure lies, in percent."""
        low, high, value = self._scaled([self.low, self.high, value])
        return round(float(100 * (value - low) / (high - low)), 1) if high > low else 50.0

    def ticks(self) -> list[tuple[float, float]]:
        """The round figures on the axis, each behind its place."""
        scales = [_powers(1), _powers(1, 2, 5)] if self.is_logarithmic else []
        for candidates in [*scales, _round_numbers(self.low, self.high)]:
            inside = [float(tick) for tick in candidates if self.low <= tick <= self.high]
            if len(inside) >= 2:
                break
        step = -(-len(inside) // (TICKS + 2))
        return [(self.place(tick), tick) for tick in inside[::step]] if step else []

    def _scaled(self, values: Sequence[float]) -> np.ndarray:
        scaled = np.array(values, dtype=float)
        if self.is_logarithmic:
            return np.sign(scaled) * np.log1p(np.abs(scaled) / palette.LINEAR_BELOW)
        return scaled


def _powers(*factors: int) -> np.ndarray:
    """These multiples of the powers of ten, both ways from 0, in rising order."""
    multiples = np.outer(10.0 ** np.arange(0, 16), factors).ravel()
    return np.concatenate([-multiples[::-1], [0], multiples])


def _round_numbers(low: float, high: float) -> np.ndarray:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(TICKS, steps=[1, 2, 5, 10]).tick_values(low, high).round(12) if high > low else np.array([low])


def box(statistics: Mapping[str, float | None], axis: Axis) -> dict[str, float] | None:
    """Where the QUANTILES of a column lie; None where its median is not told.

    Where a quantile is not told, the next inner one ends the box or its line.
    """
    low, lower, median, upper, high = (statistics[name] for name in QUANTILES)
    if median is None:
        return None
    lower, upper = median if lower is None else lower, median if upper is None else upper
    low, high = lower if low is None else low, upper if high is None else high
    figures = {"low": low, "lower": lower, "median": median, "upper": upper, "high": high}
    return {name: axis.place(figure) for name, figure in figures.items()}


def bar(share: float | None, axis: Axis) -> dict[str, float | None] | None:
    """The bar of a share, as a `box` that begins at 0 and has no median; None where the share is not told."""
    if share is None:
        return None
    start, end = axis.place(0), axis.place(share)
    return {"low": start, "lower": start, "median": None, "upper": end, "high": end}


@cache
def standing_colours() -> list[str]:
    """101 colours of a heat map, from a standing of 0 to one of 1."""
    from matplotlib import colormaps
    from matplotlib.colors import to_hex

    return [to_hex(colormaps[palette.STANDING_MATPLOTLIB](step / 100)) for step in range(101)]


def standing_cell(standing: float | None) -> tuple[str, str]:
    """The colours of a cell of the heat map and of the figure in it; empty where the standing is not told."""
    if standing is None or standing != standing:
        return "", ""
    background = standing_colours()[round(100 * standing)]
    return background, palette.readable_on(background)


def curve(card: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The curve of inertia over K, and the band in which it would lie without segments.

    Returns the points of both in percent, from the upper left corner, and the ticks of both axes.
    """
    ks = [row["k"] for row in card]
    highest = HEADROOM * max(max(row["inertia"], row["null_high"] or 0) for row in card)
    across, up = Axis(min(ks) - 0.3, max(ks) + 0.3), Axis(0, highest)
    rows = [row for row in card if row["null_low"] is not None]

    def points(key: str, rows: Sequence[Mapping[str, Any]] = rows) -> list[tuple[float, float]]:
        return [(across.place(row["k"]), round(100 - up.place(row[key]), 1)) for row in rows]

    return {
        "points": dict(zip(ks, points("inertia", card), strict=True)),
        "line": _polyline(points("inertia", card)),
        "without": _polyline(points("null")),
        "band": _polyline(points("null_high") + points("null_low")[::-1]),
        "across": [(across.place(k), f"{k}") for k in numbered(ks)],
        "up": [(round(100 - place, 1), format_tick(tick)) for place, tick in up.ticks()],
    }


def numbered(ks: Sequence[int], sought: Sequence[int] = ()) -> list[int]:
    """The K whose numbers have room beside each other: those `sought` first, then evenly spaced ones."""
    step, kept = -(-len(ks) // NUMBERS), []
    for k in [*sought, *ks[::step]]:
        if k in ks and all(abs(ks.index(k) - ks.index(other)) >= step for other in kept):
            kept.append(k)
    return kept


def _polyline(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def map_points(points: np.ndarray) -> np.ndarray:
    """The places of customers on the map, in its units: shape (points, 2), whole numbers; `points` has that shape."""
    if not len(points):
        return np.empty((0, 2), dtype=int)
    low, span = points.min(axis=0), np.ptp(points, axis=0)
    room = np.array([MAP_WIDTH, MAP_HEIGHT]) - 2 * EDGE
    scale = np.min(room / np.where(span > 0, span, np.inf), initial=np.inf, where=span > 0)
    scale = scale if np.isfinite(scale) else 1.0
    centred = (points - low - span / 2) * scale * np.array([1, -1])
    return np.rint(centred + np.array([MAP_WIDTH, MAP_HEIGHT]) / 2).astype(int)


def dots(places: np.ndarray) -> str:
    """The path of SVG whose round ends are the dots at these places, of shape (points, 2); each place has one dot."""
    if not len(places):
        return ""
    unique = np.unique(places, axis=0)
    steps = np.diff(unique, axis=0, prepend=np.zeros((1, 2), dtype=int)).tolist()
    return "".join(f"m{x}{'' if y < 0 else ' '}{y}h0" for x, y in steps)


def flows(counts: Sequence[int]) -> Iterator[tuple[int, float, bool]]:
    """Yields the parts of a bar that the counts are: position, share, and whether there is room for a number in it."""
    total = max(sum(counts), 1)
    for position, count in enumerate(counts):
        if count:
            yield position, count / total, count >= CUT * total
