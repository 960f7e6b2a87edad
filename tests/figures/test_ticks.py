"""The ticks of a figure's axes."""

import pytest
from matplotlib.figure import Figure

from segmentation.figures import ticks


@pytest.mark.parametrize(
    ("low", "high", "is_logarithmic", "written"),
    [
        (-18e6, 19e6, False, ["-10M", "0", "10M", "20M"]),
        (0.0001, 0.008, True, ["0", "0.002", "0.004", "0.006", "0.008"]),
        (7, 26_000, True, ["10", "100", "1,000", "10k"]),
        (1, 1e15, True, ["1", "10k", "100M", "1tn"]),
    ],
)
def test_ticks_are_few_and_written_as_people_write_them(low, high, is_logarithmic, written):
    figure = Figure(figsize=(3, 2))
    axes = figure.subplots()
    axes.plot([low, high], [0, 1])
    ticks.write_few(axes, is_logarithmic)
    figure.draw_without_rendering()
    (left, right), labels = axes.get_xlim(), zip(axes.get_xticks(), axes.get_xticklabels(), strict=True)
    assert [label.get_text() for place, label in labels if left <= place <= right] == written
