"""The trend over revisions: each segment's shares and names, one revision after the other."""

import pytest

from segmentation.pages import trend


def point(name, *segments):
    keys = ("segment", "name", "share", "value_share", "is_carried")
    described = [dict(zip(keys, values, strict=True)) for values in segments]
    return {"name": name, "day": "2026-11-01", "segments": described}


CARRIED = [
    point("a", (1, "Best", 0.2, 0.8, False), (2, "Rest", 0.8, 0.2, False)),
    point("b", (1, "Top", 0.4, None, True), (2, "Rest", 0.6, None, True)),
    point("c", (1, "Top", 0.4, 0.6, True), (4, "New", 0.6, 0.4, False)),
]
BY_NAME = [
    point("a", (1, "Best", 0.2, 0.8, False), (2, "Rest", 0.8, 0.2, False)),
    point("b", (1, "Rest", 0.7, 0.6, False), (2, "Best", 0.3, 0.4, False)),
]


def test_a_segment_is_followed_by_its_number_where_it_is_carried_over():
    first, new, gone = trend.trend_rows(CARRIED)
    assert (first["segment"], first["name"], first["earlier"]) == (1, "Top", ["Best"])
    assert first["shares"] == ["20%", "40%", "40%"] and first["value_shares"] == ["80%", "-", "60%"]
    assert (gone["name"], gone["shares"], new["shares"]) == ("Rest", ["80%", "60%", ""], ["", "", "60%"])


def test_without_an_accepted_model_it_is_followed_by_its_name():
    rest, best = trend.trend_rows(BY_NAME)
    assert (rest["name"], rest["shares"], rest["earlier"]) == ("Rest", ["80%", "70%"], [])
    assert (best["name"], best["shares"], best["segment"]) == ("Best", ["20%", "30%"], 2)


GAP = [(1, "Best", 0.2, 0.8, False), (2, "Rest", 0.8, 0.2, False)]


@pytest.mark.parametrize("is_carried", [False, True])
def test_a_segment_that_a_revision_lacks_stays_on_one_row(is_carried):
    absent = [(3, "All", 1.0, 1.0, False)]
    again = [(number, name, share, value, is_carried) for number, name, share, value, _ in GAP]
    rows = trend.trend_rows([point("a", *GAP), point("b", *absent), point("c", *again)])
    assert [(row["name"], row["shares"]) for row in rows] == [
        ("Best", ["20%", "", "20%"]),
        ("Rest", ["80%", "", "80%"]),
        ("All", ["", "100%", ""]),
    ]


def test_of_two_lines_that_a_segment_may_carry_on_it_carries_on_the_later():
    revisions = [point("a", (1, "Best", 0.2, 0.8, False)), point("b", (1, "New", 0.4, 0.6, False))]
    new, best = trend.trend_rows([*revisions, point("c", (1, "Top", 0.5, 0.7, True))])
    assert (new["name"], new["shares"], best["shares"]) == ("Top", ["", "40%", "50%"], ["20%", "", ""])


def test_lines_rise_with_the_share_and_break_where_it_is_unknown():
    first, new, gone = trend.trend_rows(CARRIED)
    assert first["share"] == "M0 75.0L50 50.0L100 50.0"
    assert first["value"] == "M0 0.0H3M97 25.0H100"
    assert gone["share"] == "M0 0.0L50 25.0" and new["share"] == "M97 25.0H100"


def test_each_revision_is_called_by_its_name_and_day():
    assert trend.heads([*CARRIED[:1], {"name": "now", "day": ""}]) == ["a (1 November 2026)", "now"]
    assert trend.trend_rows([]) == []


def test_tables_hold_every_share_of_every_revision():
    tables = trend.share_tables(CARRIED, trend.trend_rows(CARRIED))
    assert tables["head"] == ["revision", "1 Top", "4 New", "2 Rest"]
    assert tables["shares"][0] == ["a (1 November 2026)", "20%", "", "80%"]
    assert tables["value_shares"][1:] == [
        ["b (1 November 2026)", "-", "", "-"],
        ["c (1 November 2026)", "60%", "40%", ""],
    ]
    assert trend.share_tables([], []) == {"head": ["revision"], "shares": [], "value_shares": []}
