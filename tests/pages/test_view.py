"""What the report shows at one K."""

import copy

import pytest

from segmentation.pages import report, view
from segmentation.pages.charts import Axis
from segmentation.pipeline.schema import QUANTILES

STEPS = ("ingest", "preprocess", "elbow", "cluster", "segments", "sweep", "stability")


@pytest.fixture(scope="module")
def by_k(ran):
    steps = {name: ran.project.json(f"reports/{name}.json") for name in STEPS}
    return {len(at_k.segments): at_k for at_k in report.each_k(steps)}


@pytest.fixture(scope="module")
def axes(by_k):
    return view.column_axes([at_k.described for at_k in by_k.values()], {"spending": "log1p"})


def test_an_axis_holds_every_figure_at_every_k(by_k, axes):
    assert axes["spending"].is_logarithmic and not axes["age"].is_logarithmic
    for at_k in by_k.values():
        for segment in at_k.segments:
            for name, axis in axes.items():
                figures = [segment["columns"][name][key] for key in QUANTILES]
                assert all(figure is None or 0 <= axis.place(figure) <= 100 for figure in figures)


def test_the_overview_has_a_line_per_segment_whose_bars_are_its_shares(by_k):
    for at_k in by_k.values():
        rows = list(view.overview_rows(at_k))
        largest = max(segment[key] for segment in at_k.segments for key in ("share", "value_share"))
        for row, segment in zip(rows, at_k.segments, strict=True):
            assert row["bar"] == pytest.approx(100 * segment["share"] / largest, abs=0.06)
            assert row["value_bar"] == pytest.approx(100 * segment["value_share"] / largest, abs=0.06)
            assert row["name"] == segment["name"]


def test_many_names_are_cut_to_a_line_where_they_still_differ():
    names = ["High " + "x" * 40, "Low", "A" * 40 + "1", "A" * 40 + "2"]
    assert view.cut_names(names) == ["High " + "x" * (view.LETTERS - 6) + "…", *names[1:]]


def test_columns_stand_in_the_order_of_what_sets_segments_apart_and_beyond_six_are_folded(by_k, axes):
    described = copy.deepcopy(by_k[5].described)
    described["eta_squared"] = {"age": 0.9, "spending": None, "purchase_frequency": 0.4}
    order = ["age", "purchase frequency", "spending"]
    assert [row["label"] for row in view.mean_rows(described)] == order
    assert list(view.variance_rows(described)) == [("age", "90%"), ("purchase frequency", "40%"), ("spending", "-")]
    eight = [f"column {n}" for n in range(8)]
    for source in (described["all"], *(segment["columns"] for segment in described["segments"])):
        source |= dict.fromkeys(eight, source["age"])
    described["columns"] = eight
    described |= {key: dict(zip(eight, eight, strict=True)) for key in ("labels", "units")}
    panels = list(view.panels(described, dict.fromkeys(eight, axes["age"])))
    assert [panel["folded"] for panel in panels] == [False] * 6 + [True] * 2


def test_the_heat_map_holds_means_and_the_panels_medians(by_k, axes):
    described = by_k[4].described
    for row, panel in zip(view.mean_rows(described), view.panels(described, axes), strict=True):
        name = row["label"].replace(" ", "_")
        statistics = [segment["columns"][name] for segment in described["segments"]]
        shown = [float(cell["mean"].replace(",", "")) for cell in row["cells"]]
        assert shown == pytest.approx([s["mean"] for s in statistics], rel=0.02)
        assert [box["median"] for box in panel["boxes"]] == [axes[name].place(s["median"]) for s in statistics]


def test_a_panel_of_zero_and_one_shows_shares_on_one_scale_and_one_of_codes_means(by_k):
    described = copy.deepcopy(by_k[2].described)
    described["all"]["age"]["described_by"], described["all"]["spending"]["described_by"] = "share", "mean"
    for segment, share in zip(described["segments"], (0.54, 0.48), strict=True):
        segment["columns"]["age"] |= {"mean": share, "median": round(share)}
        segment["columns"]["spending"] |= {"mean": 3.2, "median": 1.0}
    axes = view.column_axes([described], {})
    panels = {panel["label"]: panel for panel in view.panels(described, axes)}
    assert panels["age"]["figures"] == ["54%", "48%"] and panels["age"]["ticks"][-1] == (100, "100%")
    assert [box["upper"] for box in panels["age"]["boxes"]] == [54, 48]
    assert panels["spending"]["figures"] == ["3.2"] * 2
    assert {label: panel["has_means"] for label, panel in panels.items() if panel["has_means"]} == {"spending": True}


def words(**shares):
    return {"top": [{"word": word, "share": share} for word, share in shares.items()]}


def test_a_column_of_words_is_a_table_of_shares_and_words_of_one_segment_stand_last():
    described = {
        "columns": ["channel"],
        "labels": {"channel": "Channel"},
        "all": {"channel": words(app=0.5, web=0.3)},
        "segments": [{"columns": {"channel": words(app=0.8)}}, {"columns": {"channel": words(web=0.6, fax=0.2)}}],
    }
    (table,) = view.word_tables(described)
    assert table["label"] == "Channel"
    assert [(row["word"], row["shares"], row["all"]) for row in table["rows"]] == [
        ("app", [0.8, None], 0.5),
        ("web", [None, 0.6], 0.3),
        ("fax", [None, 0.2], None),
    ]


def test_a_column_of_which_no_word_may_be_told_has_no_table():
    described = {"columns": ["note"], "labels": {"note": "Note"}, "all": {"note": words()}}
    assert list(view.word_tables(described | {"segments": [{"columns": {"note": words()}}] * 2})) == []


def test_flows_go_to_the_segments_of_the_next_k_and_end_at_the_last(by_k):
    rows = list(view.flow_rows(by_k[4]))
    for row, segment in zip(rows, by_k[4].segments, strict=True):
        assert sum(part["share"] for part in row["parts"]) == pytest.approx(1)
        assert {part["segment"] for part in row["parts"]} == {n for n, count in enumerate(segment["next"], 1) if count}
        ordered = [part["share"] for part in row["largest_first"]]
        assert ordered == sorted((part["share"] for part in row["parts"]), reverse=True)
    assert list(view.flow_rows(by_k[max(by_k)])) == []


@pytest.mark.parametrize(
    ("cards", "columns"), [(1, 3), (3, 3), (4, 4), (5, 3), (6, 3), (7, 4), (8, 4), (10, 4), (12, 4)]
)
def test_cards_stand_in_rows_that_are_full_as_far_as_can_be(cards, columns):
    assert view.card_columns(cards) == columns


def test_a_withheld_segment_has_no_overlaps(by_k):
    at_k = copy.deepcopy(by_k[3])
    at_k.segments[1]["overlap"] = []
    assert [cells for _, *cells in view.overlap_rows(at_k)][1] == ["-", "-", "-"]


def test_an_axis_without_any_figure_is_still_one():
    assert Axis.over([]).place(0.5) == 50
