"""What the report shows of each K."""

from segmentation.figures import palette
from segmentation.pages import slider


def sweep(*flows):
    """The segments at each K from one on, by how many of their customers are where at the next K."""
    return [
        {"k": len(rows), "segments": [{"segment": n, "next": row} for n, row in enumerate(rows, 1)]} for rows in flows
    ]


def test_segments_keep_the_colour_of_the_one_whose_customers_they_hold():
    swept = sweep([[4, 96]], [[0, 4, 0], [50, 0, 46]], [[], [], []])
    expected = {k: [palette.colour(n) for n in numbers] for k, numbers in {1: [2], 2: [1, 2], 3: [2, 1, 3]}.items()}
    assert slider.segment_colours(swept, 2) == expected
    expected = {k: [palette.colour(n) for n in numbers] for k, numbers in {1: [1], 2: [2, 1], 3: [1, 2, 3]}.items()}
    assert slider.segment_colours(swept, 3) == expected


CARD = [{"k": 2, **dict.fromkeys(slider.CRITERIA, 0.5), "inertia": 12345.6, "gap": None}]


def named(segments, *names):
    """The segments at one K with what a page shows of them."""
    column = {"mean": 12.34, "percentile_5": 1, "lower_quartile": 2, "median": 3, "upper_quartile": 4}
    for segment, name in zip(segments["segments"], names, strict=True):
        segment |= {"name": name, "size": 1200, "share": 0.25, "value_share": 0.999}
        segment["columns"] = {"net_worth": column | {"percentile_95": 1500}}
    return segments


def test_each_k_has_its_criteria_and_the_rules_that_choose_it():
    one, two = (named(segments, *"AB"[: segments["k"]]) for segments in sweep([[4, 96]], [[], []]))
    elbow = {"card": CARD, "choices": {"gap": 2, "simplified_silhouette": 2, "calibrated": 1, "kneedle": None}}
    at_one, at_two = slider.alternatives([one, two], elbow, 2)
    assert (at_one["k"], at_one["criteria"], at_one["rules"]) == (1, [], ["calibrated"])  # K = 1 was not in the sweep
    assert at_two["rules"] == ["gap", "simplified silhouette"]
    criteria = {name: value for name, value, _ in at_two["criteria"]}
    assert [criteria[name] for name in ("inertia", "gap", "silhouette", "smallest share")] == [
        "12,346",
        "-",
        "0.50",
        "50%",
    ]
    assert [(segment["label"], segment["colour"]) for segment in at_two["segments"]] == [
        ("1  A", palette.colour(1)), ("2  B", palette.colour(2)),
    ]  # fmt: skip
    assert at_one["segments"][0]["colour"] == palette.colour(2)  # it holds the customers of segment 2


def test_the_tables_hold_what_the_charts_draw():
    one, two = (named(segments, *"AB"[: segments["k"]]) for segments in sweep([[4, 96]], [[], []]))
    table = slider.chart_tables(one, two, ["net_worth"], {"net_worth": "Net worth"}, {"net_worth": "€"}, "spending")
    assert table["head"] == ["segment", "customers", "share", "of spending", "Net worth (€)"]
    assert table["means"] == [("1 A", "1,200", "25%", "over 99%", "12.3")]
    assert table["quantiles"] == [("1 A", "1.0 · 2.0 · 3.0 · 4.0 · 1,500")]
    assert (table["move_head"], table["moves"]) == (["segment", "1 A", "2 B"], [("1 A", "4%", "96%")])
    for moved, shares in (([1, 0], ("100%", "0%")), ([0, 0], ("0%", "0%"))):
        one["segments"][0]["next"] = moved
        assert slider.chart_tables(one, two, ["net_worth"], {"net_worth": "Net worth"}, {"net_worth": "€"}, None)[
            "moves"
        ] == [("1 A", *shares)]
    last = slider.chart_tables(two, None, ["net_worth"], {"net_worth": "Net worth"}, {"net_worth": ""}, None)
    assert last["head"] == ["segment", "customers", "share", "Net worth"] and last["moves"] == []
    assert last["means"][1] == ("2 B", "1,200", "25%", "12.3")


def test_the_card_of_every_k_is_a_table():
    table = slider.card_table(CARD)
    assert table["head"][:3] == ["K", "inertia", "null"] and table["rows"][0][:4] == (2, "12,346", "0.5", "-")


def test_a_criterion_has_two_decimals_below_a_hundred():
    written = [slider.format_criterion("gap", value) for value in (99.994, 100.4, -100.4, -0.5)]
    assert written == ["99.99", "100", "-100", "-0.50"]
    assert [slider.format_criterion("gap", value) for value in (100.0, -100.0)] == ["100", "-100"]
    assert slider.format_criterion("variance_explained", 0.25) == "25%"
