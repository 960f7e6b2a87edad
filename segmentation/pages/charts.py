"""Charts of the report, as Vega-Lite by way of Altair.

Each takes rows of plain values, a field per key, so that no name of a column or segment is ever read as an expression.
Two parameters steer all of them: `K`, which rows to show, and `segment`, which one is pointed at.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import altair as alt

from segmentation.pipeline.schema import QUANTILES

Rows = Sequence[Mapping[str, Any]]
BAR = 15  # pixels of height
ROOM = 1.2  # times the longest bar, for the figure at its end
LINE = 13  # pixels of height of a heading's line
LABEL = 150  # pixels of width that a segment's name may take
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
POINTED = "segment == null || datum.segment == segment"
STANDING = alt.Scale(scheme="purpleorange", domain=[0, 1])  # as figures.profile
ENDS = "abs(datum.standing - 0.5) > 0.33"  # of that scale, which are dark
PALE = "luminance(datum.colour) > 0.25"
SHORT = "format(datum.value, '~s')"
OWN = alt.Color("colour:N", scale=None)


def curve(rows: Rows, k: int) -> dict[str, Any]:
    """Inertia over K, the curve and band of customers without segments, the chosen `k` and the K that is looked at."""
    ks = [row["k"] for row in rows]
    base = _chart().encode(x=alt.X("k:Q", title="Number of segments K", axis=alt.Axis(values=ks, format="d")))
    tips = [
        alt.Tooltip("k:Q", title="K"),
        alt.Tooltip("inertia:Q", title="inertia", format=",.0f"),
        alt.Tooltip("null:Q", title="without segments", format=",.0f"),
        alt.Tooltip("variance_explained:Q", title="variance explained", format=".0%"),
    ]
    y = alt.Y("inertia:Q", title="Inertia", axis=alt.Axis(labelExpr=SHORT))
    band = base.mark_area(color="#94a4a2", opacity=0.35).encode(
        y=alt.Y("null_low:Q", title="Inertia"), y2="null_high:Q"
    )
    null = base.mark_line(color="#717581", strokeDash=[5, 4]).encode(y="null:Q")
    line = base.mark_line(color="#3f90da", point=alt.OverlayMarkDef(size=45, filled=True)).encode(y=y, tooltip=tips)
    chosen = base.transform_filter(f"datum.k == {k}").mark_rule(color="#d0432b", strokeDash=[2, 3])
    ring = base.mark_point(color="#d0432b", size=230, strokeWidth=2.5, filled=False).encode(y=y)
    layers = alt.layer(band, null, chosen, line, ring.transform_filter("datum.k == K"))
    return _spec(layers.properties(height=240), rows, k, "Inertia by number of segments")


def sizes(rows: Rows, k: int, value: str | None) -> dict[str, Any]:
    """Each segment's share of the customers, and of the value column."""
    what = ["customers", *([value] if value else [])]
    base = _at_k().encode(
        y=_segments(),
        yOffset=alt.YOffset("what:N", sort=what, scale=alt.Scale(domain=what)),
        x=alt.X("share:Q", title=None, axis=None),
        tooltip=[_tip("label", "segment"), _tip("what", "share of"), _tip("text", "share"), _tip("size", "customers")],
    )
    light = alt.Scale(domain=what, range=[1, 0.45][: len(what)])
    bars = base.mark_bar(height=BAR - 2, cornerRadiusEnd=2).encode(
        color=OWN, fillOpacity=alt.FillOpacity("what:O", legend=None, scale=light), opacity=_pointed()
    )
    texts = base.mark_text(align="left", dx=4, fontSize=11).encode(text="text:N")
    room = base.transform_calculate(share=f"{ROOM} * datum.share").mark_tick(opacity=0)
    height = alt.Step(BAR * len(what) + 8, **{"for": "position"})
    return _spec(alt.layer(room, bars, texts).properties(height=height), rows, k, "Shares by segment")


def profile(rows: Rows, k: int, columns: Sequence[str]) -> dict[str, Any]:
    """A heat map of means in original units, coloured by where the segment stands among all customers.

    `columns` are their headings, each of as many lines.
    """
    above = LINE * columns[0].count("\n")
    head = alt.Axis(
        orient="top", labelExpr="split(datum.label, '\\n')", labelAngle=0, labelLimit=100, labelPadding=above
    )
    base = _at_k().encode(
        y=_segments(),
        x=alt.X("column:N", title=None, sort=list(columns), scale=alt.Scale(domain=list(columns)), axis=head),
        tooltip=[
            _tip("label", "segment"), _tip("name", "column"), _tip("mean", "mean"), _tip("median", "median"),
            alt.Tooltip("standing:Q", title="stands above", format=".0%"),
        ],
    )  # fmt: skip
    cells = base.mark_rect().encode(color=alt.Color("standing:Q", scale=STANDING, legend=None), opacity=_pointed())
    texts = base.mark_text(fontSize=12).encode(text="mean:N", color=_either(ENDS, "white", "black"))
    return _spec(alt.layer(cells, texts).properties(height=alt.Step(34)), rows, k, "Means by segment")


def distribution(rows: Rows, k: int, ticks: Sequence[float] | None) -> dict[str, Any]:
    """A box per segment: median, quartiles, and lines from 5 % to 95 %; on a logarithmic scale where it has ticks."""
    spec = _boxes(k, bool(ticks))
    params = [*spec["params"], {"name": "ticks", "value": list(ticks or [])}]
    return spec | {"datasets": {"rows": list(rows)}, "params": params}


@cache
def _boxes(k: int, logarithmic: bool) -> dict[str, Any]:
    """What the distributions of all features have in common: Altair checks it once."""
    scale, axis = alt.Scale(zero=False), alt.Axis(labelExpr=SHORT, tickCount=5)
    if logarithmic:
        scale = alt.Scale(type="symlog", constant=1, zero=False)
        axis = alt.Axis(labelExpr=SHORT, values=alt.ExprRef("ticks"))
    base = _at_k().encode(
        y=_segments(),
        opacity=_pointed(),
        tooltip=[_tip("label", "segment"), *(_tip(f"{key}_text", key.replace("_", " ")) for key in QUANTILES)],
    )
    x = {"scale": scale, "axis": axis, "title": None}
    whiskers = base.mark_rule(color="#717581").encode(x=alt.X("percentile_5:Q", **x), x2="percentile_95:Q")
    boxes = base.mark_bar(height=13).encode(x=alt.X("lower_quartile:Q", **x), x2="upper_quartile:Q", color=OWN)
    medians = base.mark_tick(thickness=2, height=13).encode(
        x=alt.X("median:Q", **x), color=_either(PALE, "black", "white")
    )
    layers = alt.layer(whiskers, boxes, medians).properties(height=alt.Step(22))
    return _spec(layers, [], k, "Distribution by segment")


def customers(rows: Rows, k: int, ks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Customers on two principal components: `x`, `y`, and in `at` the place (1..k) of their segment at each of `ks`.

    That has a `k` and `segments`, each with its number as `segment`, its `label` and its `colour`.
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
        color=OWN, opacity=alt.condition(POINTED, alt.value(0.6), alt.value(0.06)), tooltip=_tip("label", "segment")
    )
    middles = base.transform_aggregate(x="mean(x)", y="mean(y)", groupby=["segment", "colour"])
    discs = middles.mark_circle(size=320, opacity=1, stroke="white", strokeWidth=2).encode(color=OWN)
    digits = middles.mark_text(fontWeight="bold", fontSize=12)
    digits = digits.encode(text="segment:N", color=_either(PALE, "black", "white"))
    looked_up = {"ks": [one["k"] for one in ks]}
    for plural, key in {"numbers": "segment", "colours": "colour", "names": "label"}.items():
        looked_up[plural] = [[segment[key] for segment in one["segments"]] for one in ks]
    layers = alt.layer(points, discs, digits).properties(height=380)
    layers = layers.add_params(*(alt.param(name=name, value=value) for name, value in looked_up.items()))
    return _spec(layers, rows, k, "Customers on two principal components")


def flow(rows: Rows, k: int) -> dict[str, Any]:
    """Where the customers of each segment would be with one segment more, each part with that one's number."""
    share = {"title": None, "stack": "zero", "axis": None, "scale": alt.Scale(domain=[0, 1])}
    base = _at_k().encode(y=_segments(), order="to:Q")
    bars = base.mark_bar(height=BAR + 2, stroke="white", strokeWidth=0.5).encode(
        x=alt.X("share:Q", **share),
        color=OWN,
        opacity=_pointed(),
        tooltip=[_tip("label", "from"), _tip("to_label", "to"), _tip("text", "share")],
    )
    texts = base.mark_text(fontSize=11).encode(
        x=alt.X("share:Q", bandPosition=0.5, **share), text="number:N", color=_either(PALE, "black", "white")
    )
    return _spec(alt.layer(bars, texts).properties(height=alt.Step(BAR + 10)), rows, k, "Moves to the next K")


def _chart() -> alt.Chart:
    return alt.Chart(alt.NamedData("rows"))


def _at_k() -> alt.Chart:
    return _chart().transform_filter("datum.k == K")


def _segments() -> alt.Y:
    order = alt.EncodingSortField("segment", op="min")
    return alt.Y("label:N", title=None, sort=order, axis=alt.Axis(labelLimit=LABEL, domain=False, ticks=False))


def _pointed() -> Any:
    return _either(POINTED, 1, 0.2)


def _either(test: str, one: Any, other: Any) -> Any:
    return alt.condition(test, alt.value(one), alt.value(other))


def _tip(field: str, title: str) -> alt.Tooltip:
    return alt.Tooltip(f"{field}:N", title=title)


def _spec(chart: alt.LayerChart, rows: Rows, k: int, description: str) -> dict[str, Any]:
    """As plain dictionaries, as wide as its place, steered by `K` and `segment`."""
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
