"""The panel of a column: boxes, or bars of shares."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

from segmentation.figures import boxes
from segmentation.pipeline.schema import QUANTILES


@pytest.mark.parametrize(
    ("told", "box"),
    [
        ((1.0, 2.0, 3.0, 4.0, 5.0), (1, 2, 3, 4, 5)),
        ((None, 2.0, 3.0, 4.0, None), (2, 2, 3, 4, 4)),
        ((None, None, 3.0, None, None), (3, 3, 3, 3, 3)),
    ],
)
def test_a_box_ends_at_the_next_quantile_that_is_told(told, box):
    drawn = boxes._box(dict(zip(QUANTILES, told, strict=True)))
    assert tuple(drawn[name] for name in ("whislo", "q1", "med", "q3", "whishi")) == box
    assert all(map(np.isnan, boxes._box(dict.fromkeys(QUANTILES)).values()))


@pytest.mark.parametrize(("described_by", "ends"), [("share", [0.54, 0.48]), ("median", [1, 0])])
def test_a_column_of_zero_and_one_has_bars_of_shares_on_one_scale(described_by, ends):
    axes = Figure().subplots()
    segments = [
        {
            "segment": number,
            "columns": {"app": dict(zip(QUANTILES, (0, 0, middle, 1, 1), strict=True)) | {"mean": mean}},
        }
        for number, (mean, middle) in enumerate([(0.54, 1), (0.48, 0)], 1)
    ]
    described = {"all": {"app": {"described_by": described_by}}, "segments": segments}
    boxes.draw(axes, SimpleNamespace(name="app", log_axis=False), described)
    medians = [line.get_xdata()[0] for line in axes.lines if line.get_linewidth() == 1.5]
    assert medians == ends and (axes.get_xlim() == (0, 1)) == (described_by == "share")
