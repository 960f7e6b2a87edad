"""The panel of a column: how it is spread in each segment."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from segmentation.figures import ticks
from segmentation.figures.palette import QUIET, colour, readable_on
from segmentation.pipeline.schema import QUANTILES

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw(axes: "Axes", feature: Any, described: Mapping[str, Any]) -> None:
    """A box per segment or, in a column of 0 and 1, a bar of the share of those with a 1."""
    segments, has_bars = described["segments"], is_share(feature.name, described)
    statistics = [segment["columns"][feature.name] for segment in segments]
    drawn = axes.bxp(
        [_bar(each) if has_bars else _box(each) for each in statistics],
        orientation="horizontal", showfliers=False, patch_artist=True, widths=0.6, medianprops={"linewidth": 1.5},
    )  # fmt: skip
    for segment, box, median in zip(segments, drawn["boxes"], drawn["medians"], strict=True):
        shade = colour(segment["segment"])
        box.set(facecolor=shade, edgecolor=QUIET)
        median.set(color=QUIET if has_bars else readable_on(shade))
    if has_bars:
        axes.set_xlim(0, 1)
    ticks.write_few(axes, feature.log_axis and not has_bars)


def is_share(name: str, described: Mapping[str, Any]) -> bool:
    """Whether all values of a column are 0 or 1."""
    return described["all"][name].get("described_by") == "share"


def _bar(statistics: Mapping[str, float | None]) -> dict[str, float]:
    """The share of those with a 1 as a box that begins at 0."""
    share = np.nan if statistics["mean"] is None else statistics["mean"]
    return {"whislo": 0, "q1": 0, "med": share, "q3": share, "whishi": share}


def _box(statistics: Mapping[str, float | None]) -> dict[str, float]:
    """A column's statistics as `Axes.bxp` calls them; where a quantile is not told, the next inner one ends the box."""
    low, lower, middle, upper, high = (statistics[name] for name in QUANTILES)
    middle = np.nan if middle is None else middle
    lower, upper = middle if lower is None else lower, middle if upper is None else upper
    low, high = lower if low is None else low, upper if high is None else high
    return {"whislo": low, "q1": lower, "med": middle, "q3": upper, "whishi": high}
