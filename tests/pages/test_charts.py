"""The charts, drawn by Vega outside a browser: what they mark, at which K, in which colour."""

import re

import pytest
import vl_convert

from segmentation.figures import palette
from segmentation.pages import charts

BLUE, ORANGE = palette.colour(1), palette.colour(2)
HOSTILE = "1  datum.k == 3"  # would read as an expression
SEGMENTS = [
    {"k": 2, "segment": 1, "label": HOSTILE, "colour": BLUE},
    {"k": 2, "segment": 2, "label": "2  B", "colour": ORANGE},
    {"k": 3, "segment": 2, "label": "2  of three", "colour": ORANGE},
]


def draw(spec):
    """The marks of a chart as (what it says of itself, fill or stroke), and its texts."""
    svg = vl_convert.vegalite_to_svg(spec, vl_version="6.4")
    marks = re.findall(r'<path aria-label="([^"]*)"[^>]*? (?:fill|stroke)="(#\w+|transparent)"', svg)
    return marks, re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def colours_of(marks, field):
    return [colour for message, colour in marks if field in message]


def test_the_curve_has_its_band_and_marks_the_chosen_k():
    rows = [
        {"k": k, "inertia": 100 / k, "null": 110 / k, "null_low": 105 / k, "null_high": 120 / k,
         "variance_explained": 1 - 1 / k}
        for k in (1, 2, 3)
    ]  # fmt: skip
    spec = charts.inertia_chart(rows, 2)
    svg = vl_convert.vegalite_to_svg(spec, vl_version="6.4")
    for colour in (palette.BAND, palette.NEUTRAL, palette.CURVE):
        assert f'="{colour}"' in svg
    assert svg.count(f'stroke="{palette.CHOSEN_ON_PAGE}"') == 2  # a line and a ring
    assert f'opacity="{palette.BAND_OPACITY}"' in svg


def test_shares_are_of_the_segments_at_this_k_in_their_colours_the_value_lighter():
    rows = [
        segment | {"what": what, "share": share, "text": f"{share:.0%}", "size": "1,000"}
        for segment, share in zip(SEGMENTS, (0.25, 0.75, 0.6), strict=True)
        for what in ("customers", "spending")
    ]
    marks, texts = draw(charts.shares_chart(rows, 2, "spending"))
    bars = [(message, colour) for message, colour in marks if "colour: " in message]
    assert [colour for _, colour in bars] == [BLUE, BLUE, ORANGE, ORANGE]
    assert sorted(text for text in texts if "%" in text) == ["25%", "25%", "75%", "75%"]
    assert {HOSTILE, "2  B"} <= set(texts) and "2  of three" not in texts
    svg = vl_convert.vegalite_to_svg(charts.shares_chart(rows, 2, "spending"), vl_version="6.4")
    assert svg.count('fill-opacity="1"') == svg.count(f'fill-opacity="{palette.VALUE_OPACITY}"') == 2


def test_means_are_coloured_by_the_standing_and_dark_cells_have_white_text():
    rows = [
        SEGMENTS[row] | {"column": "age", "name": "age", "mean": mean, "median": mean, "standing": standing}
        for row, mean, standing in ((0, "low", 0.05), (1, "mid", 0.5))
    ]
    svg = vl_convert.vegalite_to_svg(charts.means_chart(rows, 2, ["age"]), vl_version="6.4")
    fills = {text: fill for fill, text in re.findall(r'fill="(\w+)"[^>]*>(low|mid)</text>', svg)}
    assert fills == {"low": "white", "mid": "black"}


@pytest.mark.parametrize(("ticks", "scale"), [(None, None), ([0, 1, 10, 100], "symlog")])
def test_a_distribution_has_a_logarithmic_axis_where_it_has_ticks(ticks, scale):
    quantiles = {"percentile_5": 0, "lower_quartile": 1, "median": 10, "upper_quartile": 30, "percentile_95": 100}
    texts = {f"{key}_text": str(value) for key, value in quantiles.items()}
    spec = charts.distribution_chart([segment | quantiles | texts for segment in SEGMENTS], 2, ticks)
    types = {layer["encoding"]["x"]["scale"].get("type") for layer in spec["layer"]}
    assert types == {scale}
    svg = vl_convert.vegalite_to_svg(spec, vl_version="6.4")
    boxes = [float(x) for x in re.findall(r'd="M([\d.]+),[^"]*" fill="#3f90da"', svg)]
    width = float(re.search(r'width="(\d+)"', svg)[1])
    assert len(boxes) == 1
    assert (boxes[0] > 0.1 * width) == bool(ticks)  # 1 of 100 lies near 0, unless the axis is logarithmic


def test_the_charts_of_two_features_share_no_rows_and_no_ticks():
    first = charts.distribution_chart([{"k": 2}], 2, [0, 1])
    second = charts.distribution_chart([{"k": 3}], 2, [0, 10])
    assert first["datasets"] == {"rows": [{"k": 2}]} and second["datasets"] == {"rows": [{"k": 3}]}
    ticks = [[param["value"] for param in spec["params"] if param["name"] == "ticks"] for spec in (first, second)]
    assert ticks == [[[0, 1]], [[0, 10]]]


def test_customers_have_the_colour_of_their_segment_at_this_k():
    alternatives = [{"k": k, "segments": [segment for segment in SEGMENTS if segment["k"] == k]} for k in (2, 3)]
    points = [{"x": 0, "y": 0, "at": [1, 1]}, {"x": 1, "y": 1, "at": [2, 1]}, {"x": 2, "y": 1, "at": [2, 1]}]
    marks, texts = draw(charts.customer_map(points, 2, alternatives))
    assert sorted(colours_of(marks, "x: ")[:3]) == sorted([BLUE, ORANGE, ORANGE])
    assert sorted(texts) == ["1", "2"]
    _, texts = draw(charts.customer_map(points, 3, alternatives))
    assert texts == ["2"]


def test_a_flow_has_the_colour_and_number_of_where_it_goes():
    row = SEGMENTS[0] | {"to_label": "2  C", "text": "100%", "share": 1, "to": 2, "number": "2", "colour": ORANGE}
    marks, texts = draw(charts.flow_chart([row], 2))
    assert colours_of(marks, "to: ") == [ORANGE]
    assert "2" in texts
