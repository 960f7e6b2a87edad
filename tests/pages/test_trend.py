"""The trend over revisions: each segment's shares and names, one revision after the other."""

from segmentation.pages import trend


def point(name, *segments):
    keys = ("segment", "name", "share", "value_share")
    return {
        "name": name,
        "day": "2026-11-01",
        "segments": [dict(zip(keys, values, strict=True)) for values in segments],
    }


POINTS = [
    point("a", (1, "Best", 0.2, 0.8), (2, "Rest", 0.8, 0.2)),
    point("b", (1, "Top", 0.4, None), (2, "Rest", 0.6, None)),
    point("c", (1, "Top", 0.4, 0.6), (4, "New", 0.6, 0.4)),
]


def test_a_segment_is_followed_by_its_number_through_its_names():
    first, second, new = trend.trend_rows(POINTS)
    assert (first["segment"], first["name"], first["earlier"]) == (1, "Top", ["Best"])
    assert first["shares"] == ["20%", "40%", "40%"] and first["value_shares"] == ["80%", "-", "60%"]
    assert (second["shares"], new["shares"]) == (["80%", "60%", ""], ["", "", "60%"])


def test_lines_rise_with_the_share_and_break_where_it_is_unknown():
    first, second, new = trend.trend_rows(POINTS)
    assert first["share"] == "M0.0 75.0h0L50.0 50.0h0L100.0 50.0h0"
    assert first["value"] == "M0.0 0.0h0M100.0 25.0h0"
    assert second["share"] == "M0.0 0.0h0L50.0 25.0h0" and new["share"] == "M100.0 25.0h0"


def test_each_revision_is_called_by_its_name_and_day():
    assert trend.heads([*POINTS[:1], {"name": "now", "day": ""}]) == ["a 2026-11-01", "now"]
    assert list(trend.trend_rows([])) == []
