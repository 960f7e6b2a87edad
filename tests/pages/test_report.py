"""The report's content: what it says of the figures that the steps wrote."""

import copy

import numpy as np
import pytest

from segmentation.pages import report
from stages.report import read_map

STEPS = ("ingest", "preprocess", "elbow", "cluster", "segments", "sweep", "stability")


@pytest.fixture(scope="module")
def written(ran):
    return {name: ran.project.json(f"reports/{name}.json") for name in STEPS}


@pytest.fixture(scope="module")
def mapped(ran):
    return read_map(ran.project.folder / "reports/map.csv")


@pytest.fixture
def steps(written):
    """The JSON files of the steps, to change."""
    return copy.deepcopy(written)


def shown(content, k):
    (view,) = [view for view in content["views"] if view["k"] == k]
    return view


def test_where_every_segment_is_too_small_for_a_point_a_sentence_stands_in_place_of_the_map(steps, mapped, tmp_path):
    (tmp_path / "map.csv").write_text("x,y,k1,k2\n")
    points, positions = read_map(tmp_path / "map.csv")
    assert points.shape == (0, 2) and positions.shape == (0, 2)
    content = report.content(steps, points, np.empty((0, mapped[1].shape[1]), int))
    assert content["no_map"] == "There is no map, since every segment holds fewer than 10 customers."
    assert report.content(steps, *mapped)["no_map"] == ""
    steps["sweep"]["axes"][1] = ""
    assert report.content(steps, *mapped)["no_map"] == "There is no map, since there is one feature only."


@pytest.mark.parametrize(("chosen", "said"), [(2, False), (10, False), (12, True)])
def test_the_caption_of_the_curve_says_where_it_does_not_reach_the_k_set_by_hand(chosen, said):
    text = report.beyond_curve([{"k": k} for k in range(1, 11)], chosen)
    assert text == (". K = 12, set by hand, is not on the curve, which runs from 1 to 10" if said else "")


def test_the_metrics_are_those_of_the_steps(steps):
    lowest = min(segment["jaccard"] for segment in steps["stability"]["segments"])
    assert report.metrics(steps) == {
        "customers": 400, "k": 5, "verdict": steps["elbow"]["verdict"],
        "silhouette": round(steps["cluster"]["silhouette"], 4), "stability": round(lowest, 4),
    }  # fmt: skip
    steps["elbow"] |= {"verdict_k": 4}
    assert report.metrics(steps)["verdict"] == steps["elbow"]["verdict"] + " at K = 4"
    steps["cluster"]["silhouette"] = steps["stability"]["lowest_jaccard"] = None
    assert report.metrics(steps) | {"silhouette": None, "stability": None} == report.metrics(steps)


def test_each_k_tells_one_stability_and_the_pipelines_k_what_cluster_measured(steps, mapped):
    steps["stability"]["lowest_jaccard"] = 0.42
    for result in steps["stability"]["alternatives"]:
        result["lowest_jaccard"] = result["k"] / 100
    steps["cluster"]["silhouette"] = 0.123
    content = report.content(steps, *mapped)
    for view in content["views"]:
        (criteria,) = view["criteria"]
        figures = {name: figure for name, figure, _ in criteria}
        k = view["k"]
        assert figures["stability"] == ("0.42" if k == 5 else f"{k / 100:.2f}")
        assert (figures["silhouette"] == "0.12") == (k == 5)


def test_every_k_is_described_by_its_own_segments_names_and_resamples(steps, mapped):
    content = report.content(steps, *mapped)
    resampled = {result["k"]: result for result in steps["stability"]["alternatives"]} | {5: steps["stability"]}
    for view, at_k in zip(content["views"], steps["sweep"]["ks"], strict=True):
        names = [segment["name"] for segment in at_k["segments"]]
        assert [card["name"] for card in view["cards"]] == [badge["name"] for badge in view["badges"]] == names
        for card, tried in zip(view["cards"], resampled[view["k"]]["segments"], strict=True):
            assert view["k"] == 1 or f"Jaccard {tried['jaccard']:.2f}" in card["returns"]
        assert f"on {resampled[view['k']]['resamples']} resamples" in view["agreement"]
    assert "Rand" in shown(content, 5)["agreement"] and "Rand" not in shown(content, 4)["agreement"]


def test_no_two_segments_at_one_k_share_a_colour(written):
    colours = written["sweep"]["colours"]
    for at_k, numbers in zip(written["sweep"]["ks"], colours, strict=True):
        assert len(set(numbers)) == len(numbers) == at_k["k"]
    assert [1, 2, 3, 4, 5] in colours


def test_every_point_of_the_map_is_a_dot_of_its_segment(steps, mapped):
    points, positions = mapped
    content = report.content(steps, points, positions)
    for view, of_point in zip(content["views"], positions.T, strict=True):
        assert [bool(layer["dots"]) for layer in view["map"]] == [n in of_point for n in range(1, view["k"] + 1)]
    nobody = report.map_layers(np.empty((0, 2), dtype=int), np.empty(0, dtype=int), report.each_k(steps)[1])
    assert [(layer["dots"], layer["middle"]) for layer in nobody] == [("", None)] * 2


def test_it_says_what_is_set_by_hand_left_out_and_sampled(steps, mapped):
    content = report.content(steps, *mapped)
    assert "set by hand" not in shown(content, 5)["why_this_k"] and content["samples"] == []
    assert content["read"] == "400 customers read, 0 left out."
    steps["elbow"] |= {"k": 4, "verdict_k": 4}
    steps["preprocess"] |= {"left_out": 3, "constant": ["same_age"], "caveats": ["mind this"]}
    steps["segments"]["labels"]["same_age"] = "same age"
    steps["preprocess"]["features"]["age"] |= {"missing": 1200, "treatment": "median", "clipped": 7}
    steps["segments"]["sampled_customers"] = steps["sweep"]["sampled_customers"] = 399
    content = report.content(steps, *mapped)
    assert "as set by hand (cluster.k)" in shown(content, 5)["why_this_k"]
    assert all(view["caveats"][0] == "Mind this." for view in content["views"])
    assert content["read"] == (
        "400 customers read, 3 left out for a missing value. Left out as features, since they are the same for "
        "everyone: same age."
    )
    assert content["samples"] == [
        "Medians are of a sample of 399 of the 400 customers.",
        "At another K, all but sizes is of a sample of 399 of the 400 customers.",
    ]
    (age,) = [row for row in content["prepared"] if row[0].startswith("age")]
    assert age[2:] == ("1,200, median put in", "7")


@pytest.mark.parametrize(
    ("period", "text"),
    [(None, ""), (["2010-12-01", "2011-12-09"], "Data from 1 December 2010 to 9 December 2011")],
)
def test_it_says_since_when_and_until_when_the_data_run(period, text):
    assert report.period({"period": period}) == text == report.period({"period": period} if period else {})


def test_the_columns_that_the_axes_of_the_map_name_are_isolated_each_by_itself(steps, mapped):
    steps["segments"]["labels"]["age"] = "הזמנות"
    steps["sweep"]["axes"] = ["higher הזמנות, lower spending  →  (45% of the variance)", ""]
    expected = ["Higher \u2068הזמנות\u2069, lower spending  →  (45% of the variance)", ""]
    assert report.content(steps, *mapped)["axes"] == expected


@pytest.mark.parametrize(("share", "shown"), [(0.7, ""), (0.69, "The map shows 69% of how customers differ")])
def test_a_map_that_shows_little_of_the_customers_says_so(steps, mapped, share, shown):
    steps["sweep"]["mapped_share"] = share
    note = report.content(steps, *mapped)["map_note"]
    assert note.startswith(shown) and bool(note) == bool(shown)
