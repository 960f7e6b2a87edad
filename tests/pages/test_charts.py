"""The geometry of the charts: where figures lie."""

import re

import numpy as np
import pytest

from segmentation.figures import palette
from segmentation.pages import charts
from segmentation.pages.charts import Axis


def test_a_figure_lies_where_its_share_of_the_axis_is():
    axis = Axis.over([20, None, 10, 30])
    assert [axis.place(value) for value in (10, 15, 30)] == [0, 25, 100]
    assert Axis(5, 5).place(5) == 50
    assert Axis.over([None]).place(1) == 100


def test_a_logarithmic_axis_has_a_place_for_zero_and_equal_steps_for_equal_ratios():
    axis = Axis(0, 9999, is_logarithmic=True)
    assert axis.place(0) == 0 and axis.place(99) == 50 and axis.place(9999) == 100
    assert [tick for _, tick in axis.ticks()] == [0, 1, 10, 100, 1000]
    assert [tick for _, tick in Axis(-150, 150, is_logarithmic=True).ticks()] == [-100, -1, 1, 100]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (2, 9, [2, 5]),
        (20, 80, [20, 50]),
        (5, 12, [5, 10]),
        (1100, 9000, [2000, 5000]),
        (-9, 0.5, [-1, 0]),
        (6, 9.5, [6, 7, 8, 9]),
        (0.01, 0.5, [0.2, 0.4]),
        (3, 3, [3]),
    ],
)
def test_a_short_logarithmic_axis_has_ticks_too(low, high, ticks):
    assert [tick for _, tick in Axis(low, high, is_logarithmic=True).ticks()] == ticks


@pytest.mark.parametrize(("low", "high"), [(0.2, 0.8), (0, 1), (-3, 12), (1e-9, 3e-9), (0, 123_456_789)])
def test_ticks_are_few_round_and_on_the_axis(low, high):
    ticks = [tick for _, tick in Axis(low, high).ticks()]
    assert 2 <= len(ticks) <= charts.TICKS + 2 and min(ticks) >= low and max(ticks) <= high
    assert len({round(step / np.diff(ticks)[0], 6) for step in np.diff(ticks)}) == 1
    assert charts.Axis(3, 3).ticks() == [(50.0, 3.0)]


def test_a_box_ends_at_the_next_figure_that_is_told():
    axis = Axis(0, 10)
    figures = {"percentile_5": None, "lower_quartile": 2, "median": 5, "upper_quartile": None, "percentile_95": None}
    assert charts.box(figures, axis) == {"low": 20, "lower": 20, "median": 50, "upper": 50, "high": 50}
    assert charts.box(figures | {"median": None}, axis) is None


def test_the_bar_of_a_share_begins_at_zero_and_has_no_median():
    assert charts.bar(0.54, Axis(0, 1)) == {"low": 0, "lower": 0, "median": None, "upper": 54, "high": 54}
    assert charts.bar(None, Axis(0, 1)) is None


def test_a_cell_has_the_colour_of_its_standing_and_legible_ink():
    backgrounds = {charts.standing_cell(step / 100) for step in range(101)}
    assert len({background for background, _ in backgrounds}) > 90
    assert min(palette.contrast(background, palette.INKS[ink]) for background, ink in backgrounds) >= 4.5
    assert charts.standing_cell(None) == charts.standing_cell(float("nan")) == ("", "")


CARD = [
    {"k": 1, "inertia": 100.0, "null": 100.0, "null_low": 100.0, "null_high": 100.0},
    {"k": 2, "inertia": 40.0, "null": 60.0, "null_low": 50.0, "null_high": 70.0},
    {"k": 9, "inertia": 10.0, "null": None, "null_low": None, "null_high": None},
]


def test_the_curve_falls_with_inertia_and_the_band_holds_the_line_without_segments():
    curve = charts.curve(CARD)
    heights = [100 - y for _, y in curve["points"].values()]
    assert heights == pytest.approx([100 / charts.HEADROOM, 40 / charts.HEADROOM, 10 / charts.HEADROOM], abs=0.1)
    assert list(curve["points"]) == [1, 2, 9] and [text for _, text in curve["across"]] == ["1", "2", "9"]
    assert len(curve["without"].split()) == 2 and len(curve["band"].split()) == 4
    assert len(charts.curve([{**CARD[0], "k": k} for k in range(1, 41)])["across"]) == 10


@pytest.mark.parametrize(
    ("ks", "sought", "kept"),
    [
        (range(1, 13), [5, 5], range(1, 13)),
        (range(1, 31), [8, 8], [1, 4, 8, 13, 16, 19, 22, 25, 28]),
        (range(1, 31), [20, 11], [1, 4, 7, 11, 16, 20, 25, 28]),
        (range(1, 31), [20, 21], [1, 4, 7, 10, 13, 16, 20, 25, 28]),
        ([2, 3, 40], [40, 1], [2, 3, 40]),
    ],
)
def test_numbers_of_segments_stand_apart_and_those_that_are_sought_among_them(ks, sought, kept):
    assert sorted(charts.numbered(list(ks), sought)) == list(kept)


def places_of(path):
    """The places that a path of dots goes to."""
    steps = [list(map(int, step)) for step in re.findall(r"m(-?\d+) ?(-?\d+)h0", path)]
    return np.cumsum(steps, axis=0)


def test_the_dots_give_back_every_place_once():
    places = np.random.default_rng(0).integers(0, 60, (500, 2))
    path = charts.dots(places)
    assert np.array_equal(places_of(path), np.unique(places, axis=0))
    assert "".join(re.findall(r"m-?\d+ ?-?\d+h0", path)) == path and charts.dots(places[:0]) == ""


def test_the_map_fills_its_frame_and_keeps_proportions():
    points = np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 1.0]])
    places = charts.map_points(points)
    across = charts.MAP_WIDTH - 2 * charts.EDGE
    assert np.ptp(places, axis=0).tolist() == [across, across / 4]
    assert places[2, 1] < places[1, 1], "up is up"
    middle = [charts.MAP_WIDTH // 2, charts.MAP_HEIGHT // 2]
    assert charts.map_points(np.ones((2, 2))).tolist() == [middle, middle] and charts.map_points(points[:0]).size == 0


def test_the_parts_of_a_bar_add_up_and_small_ones_have_no_room_for_a_number():
    parts = list(charts.flows([0, 96, 4]))
    assert parts == [(1, 0.96, True), (2, 0.04, False)] and list(charts.flows([0, 0])) == []
