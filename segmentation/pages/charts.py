"""Charts of the report, as Vega-Lite by way of Altair.

Each function takes rows of plain values, whose keys are its own: no name of a column or segment is ever read as an
expression. Two parameters of Vega steer all charts: `K`, the number of segments shown, and `segment`, the number of the
segment that the reader points at.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import altair as alt

from segmentation.figures import palette
from segmentation.pipeline.schema import QUANTILES

Rows = Sequence[Mapping[str, Any]]
BAR_HEIGHT = 15  # pixels
ROOM = 1.2  # times the longest bar, for the figure at its end
HEADING_LINE = 13  # pixels of height
LABEL_WIDTH = 150  # pixels that a segment's name may take
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
STANDING = alt.Scale(scheme=palette.STANDING_VEGA, domain=list(palette.STANDING))
SEGMENT_COLOUR = alt.Color("colour:N", scale=None)
# Expressions of Vega
IS_POINTED_AT = "segment == null || datum.segment == segment"
IS_DARK_STANDING = f"isValid(datum.standing) && abs(datum.standing - 0.5) > {palette.STANDING_DARK}"
IS_PALE = "luminance(datum.colour) > 0.25"
SHORT_NUMBER = "format(datum.value, '~s')"


def inertia_chart(rows: Rows, k: int) -> dict[str, Any]:
    """The inertia over K, the band of customers without segments, the chosen `k` and the K on the slider."""
    ks = [row["k"] for row in rows]
    base = _chart().encode(x=alt.X("k:Q", title="Number of segments K", axis=alt.Axis(values=ks, format="d")))
    tips = [
        alt.Tooltip("k:Q", title="K"),
        alt.Tooltip("inertia:Q", title="inertia", format=",.0f"),
        alt.Tooltip("null:Q", title="without segments", format=",.0f"),
        alt.Tooltip("variance_explained:Q", title="variance explained", format=".0%"),
    ]
    y = alt.Y("inertia:Q", title="Inertia", axis=alt.Axis(labelExpr=SHORT_NUMBER))
    band = base.mark_area(color=palette.BAND, opacity=palette.BAND_OPACITY).encode(
        y=alt.Y("null_low:Q", title="Inertia"), y2="null_high:Q"
    )
    null = base.mark_line(color=palette.NEUTRAL, strokeDash=[5, 4]).encode(y="null:Q")
    line = base.mark_line(color=palette.CURVE, point=alt.OverlayMarkDef(size=45, filled=True))
    line = line.encode(y=y, tooltip=tips)
    chosen = base.transform_filter(f"datum.k == {k}").mark_rule(color=palette.CHOSEN_ON_PAGE, strokeDash=[2, 3])
    ring = base.mark_point(color=palette.CHOSEN_ON_PAGE, size=230, strokeWidth=2.5, filled=False).encode(y=y)
    layers = alt.layer(band, null, chosen, line, ring.transform_filter("datum.k == K"))
    return _spec(layers.properties(height=240), rows, k, "Inertia by number of segments")


def shares_chart(rows: Rows, k: int, value: str | None) -> dict[str, Any]:
    """Each segment's share of the customers, and of the value column."""
    wholes = ["customers", *([value] if value else [])]
    base = _at_k().encode(
        y=_segments(),
        yOffset=alt.YOffset("what:N", sort=wholes, scale=alt.Scale(domain=wholes)),
        x=alt.X("share:Q", title=None, axis=None),
        tooltip=[_tip("label", "segment"), _tip("what", "share of"), _tip("text", "share"), _tip("size", "customers")],
    )
    light = alt.Scale(domain=wholes, range=[1, palette.VALUE_OPACITY][: len(wholes)])
    bars = base.mark_bar(height=BAR_HEIGHT - 2, cornerRadiusEnd=2).encode(
        color=SEGMENT_COLOUR,
        fillOpacity=alt.FillOpacity("what:O", legend=None, scale=light),
        opacity=_faded_unless_pointed_at(),
    )
    texts = base.mark_text(align="left", dx=4, fontSize=11).encode(text="text:N")
    room = base.transform_calculate(share=f"{ROOM} * datum.share").mark_tick(opacity=0)
    height = alt.Step(BAR_HEIGHT * len(wholes) + 8, **{"for": "position"})
    return _spec(alt.layer(room, bars, texts).properties(height=height), rows, k, "Shares by segment")


def means_chart(rows: Rows, k: int, headings: Sequence[str]) -> dict[str, Any]:
    """A heat map of means in original units, coloured by where the segment stands among all customers.

    All `headings`, one per column, have the same number of lines.
    """
    above = HEADING_LINE * headings[0].count("\n")
    head = alt.Axis(
        orient="top", labelExpr="split(datum.label, '\\n')", labelAngle=0, labelLimit=100, labelPadding=above
    )
    base = _at_k().encode(
        y=_segments(),
        x=alt.X("column:N", title=None, sort=list(headings), scale=alt.Scale(domain=list(headings)), axis=head),
        tooltip=[
            _tip("label", "segment"), _tip("name", "column"), _tip("mean", "mean"), _tip("median", "median"),
            alt.Tooltip("standing:Q", title="higher than others who differ", format=".0%"),
        ],
    )  # fmt: skip
    cells = base.mark_rect().encode(
        color=alt.Color("standing:Q", scale=STANDING, legend=None), opacity=_faded_unless_pointed_at()
    )
    texts = base.mark_text(fontSize=12).encode(text="mean:N", color=_either(IS_DARK_STANDING, "white", "black"))
    return _spec(alt.layer(cells, texts).properties(height=alt.Step(34)), rows, k, "Means by segment")


def distribution_chart(rows: Rows, k: int, ticks: Sequence[float] | None) -> dict[str, Any]:
    """A box per segment: median, quartiles, and lines from 5 % to 95 %; `ticks` are those of a logarithmic axis."""
    spec = _boxes(k, bool(ticks))
    params = [*spec["params"], {"name": "ticks", "value": list(ticks or [])}]
    return spec | {"datasets": {"rows": list(rows)}, "params": params}


@cache
def _boxes(k: int, logarithmic: bool) -> dict[str, Any]:
    """What the distributions of all features share, so that Altair checks it once."""
    scale, axis = alt.Scale(zero=False), alt.Axis(labelExpr=SHORT_NUMBER, tickCount=5)
    if logarithmic:
        scale = alt.Scale(type="symlog", constant=palette.LINEAR_BELOW, zero=False)
        axis = alt.Axis(labelExpr=SHORT_NUMBER, values=alt.ExprRef("ticks"))
    base = _at_k().encode(
        y=_segments(),
        opacity=_faded_unless_pointed_at(),
        tooltip=[_tip("label", "segment"), *(_tip(f"{key}_text", key.replace("_", " ")) for key in QUANTILES)],
    )
    x = {"scale": scale, "axis": axis, "title": None}
    whiskers = base.mark_rule(color=palette.NEUTRAL).encode(x=alt.X("percentile_5:Q", **x), x2="percentile_95:Q")
    boxes = base.mark_bar(height=13).encode(
        x=alt.X("lower_quartile:Q", **x), x2="upper_quartile:Q", color=SEGMENT_COLOUR
    )
    medians = base.mark_tick(thickness=2, height=13).encode(
        x=alt.X("median:Q", **x), color=_either(IS_PALE, "black", "white")
    )
    layers = alt.layer(whiskers, boxes, medians).properties(height=alt.Step(22))
    return _spec(layers, [], k, "Distribution by segment")


def customer_map(rows: Rows, k: int, alternatives: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Customers on two principal components, coloured by segment.

    A row holds `x`, `y`, and in `at` the position (1..k) of the customer's segment in each of the `alternatives`. Each
    of these has its `k` and its `segments`, with their number (`segment`), `label` and `colour`.
    """
    axis = {"axis": None, "scale": alt.Scale(zero=False, nice=False)}
    base = (
        _chart()
        .transform_calculate(place="datum.at[indexof(ks, K)] - 1")
        .transform_calculate(segment="numbers[indexof(ks, K)][datum.place]")
        .transform_calculate(colour="colours[indexof(ks, K)][datum.place]")
        .transform_calculate(label="names[indexof(ks, K)][datum.place]")
        .encode(x=alt.X("x:Q", **axis), y=alt.Y("y:Q", **axis))
    )
    points = base.mark_circle(size=14).encode(
        color=SEGMENT_COLOUR,
        opacity=alt.condition(IS_POINTED_AT, alt.value(0.6), alt.value(0.06)),
        tooltip=_tip("label", "segment"),
    )
    middles = base.transform_aggregate(x="mean(x)", y="mean(y)", groupby=["segment", "colour"])
    discs = middles.mark_circle(size=320, opacity=1, stroke="white", strokeWidth=2).encode(color=SEGMENT_COLOUR)
    digits = middles.mark_text(fontWeight="bold", fontSize=12)
    digits = digits.encode(text="segment:N", color=_either(IS_PALE, "black", "white"))
    arrays = {"ks": [alternative["k"] for alternative in alternatives]}
    for plural, key in {"numbers": "segment", "colours": "colour", "names": "label"}.items():
        arrays[plural] = [[segment[key] for segment in alternative["segments"]] for alternative in alternatives]
    layers = alt.layer(points, discs, digits).properties(height=380)
    layers = layers.add_params(*(alt.param(name=name, value=value) for name, value in arrays.items()))
    return _spec(layers, rows, k, "Customers on two principal components")


def flow_chart(rows: Rows, k: int) -> dict[str, Any]:
    """Where the customers of each segment would be with one segment more; a part bears the number of that segment."""
    share = {"title": None, "stack": "zero", "axis": None, "scale": alt.Scale(domain=[0, 1])}
    base = _at_k().encode(y=_segments(), order="to:Q")
    bars = base.mark_bar(height=BAR_HEIGHT + 2, stroke="white", strokeWidth=0.5).encode(
        x=alt.X("share:Q", **share),
        color=SEGMENT_COLOUR,
        opacity=_faded_unless_pointed_at(),
        tooltip=[_tip("label", "from"), _tip("to_label", "to"), _tip("text", "share")],
    )
    texts = base.mark_text(fontSize=11).encode(
        x=alt.X("share:Q", bandPosition=0.5, **share), text="number:N", color=_either(IS_PALE, "black", "white")
    )
    return _spec(alt.layer(bars, texts).properties(height=alt.Step(BAR_HEIGHT + 10)), rows, k, "Moves to the next K")


def _chart() -> alt.Chart:
    return alt.Chart(alt.NamedData("rows"))


def _at_k() -> alt.Chart:
    return _chart().transform_filter("datum.k == K")


def _segments() -> alt.Y:
    order = alt.EncodingSortField("segment", op="min")
    return alt.Y("label:N", title=None, sort=order, axis=alt.Axis(labelLimit=LABEL_WIDTH, domain=False, ticks=False))


def _faded_unless_pointed_at() -> Any:
    return _either(IS_POINTED_AT, 1, 0.2)


def _either(test: str, value_if_true: Any, value_if_false: Any) -> Any:
    return alt.condition(test, alt.value(value_if_true), alt.value(value_if_false))


def _tip(field: str, title: str) -> alt.Tooltip:
    return alt.Tooltip(f"{field}:N", title=title)


def _spec(chart: alt.LayerChart, rows: Rows, k: int, description: str) -> dict[str, Any]:
    """A chart as plain dictionaries: as wide as its container, steered by `K` and `segment`."""
    chart = chart.properties(
        description=description,
        width="container",
        background="transparent",
        padding=2,
    )
    chart = chart.add_params(alt.param(name="K", value=k), alt.param(name="segment", value=None))
    chart = chart.configure(font=FONT).configure_view(stroke=None)
    chart = chart.configure_axis(labelFontSize=11, titleFontSize=11, titleFontWeight="normal")
    return chart.to_dict() | {"datasets": {"rows": list(rows)}}
