"""The ticks of a figure's axes: few, and written as on the pages."""

from typing import TYPE_CHECKING

import numpy as np

from segmentation.figures import palette
from segmentation.figures.words import format_tick

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

MOST = 5  # steps between them, about


def write(axis: "Axis") -> None:
    """Writes the ticks of an axis as `words.format_tick` does."""
    axis.set_major_formatter(lambda value, _: format_tick(value))


def write_few(axes: "Axes", is_logarithmic: bool = False) -> None:
    """Writes few, small ticks; a logarithmic axis that ends before its logarithms begin is linear."""
    if is_logarithmic and np.abs(axes.dataLim.intervalx).max() > palette.LINEAR_BELOW:
        axes.set_xscale("symlog", linthresh=palette.LINEAR_BELOW)
        axes.xaxis.get_major_locator().set_params(numticks=MOST)
    else:
        axes.xaxis.get_major_locator().set_params(nbins=MOST, steps=[1, 2, 5, 10])
    axes.tick_params(axis="x", labelsize=8)
    write(axes.xaxis)
