"""The report's content: what it says of the figures that the steps wrote."""

import copy

import pytest

from segmentation.figures import palette
from segmentation.figures.words import spell_out
from segmentation.pages import chart_rows, report, slider

STEPS = ("ingest", "preprocess", "elbow", "cluster", "segments", "sweep", "stability")


@pytest.fixture(scope="module")
def written(ran):
    return {name: ran.project.json(f"reports/{name}.json") for name in STEPS}


@pytest.fixture(scope="module")
def points(ran):
    return list(chart_rows.map_points((ran.project.folder / "reports/map.csv").read_text()))


@pytest.fixture
def steps(written):
    """The JSON files of the steps, to change."""
    return copy.deepcopy(written)


def test_the_facts_and_metrics_are_those_of_the_steps(steps):
    lowest = min(segment["jaccard"] for segment in steps["stability"]["segments"])
    assert report.metrics(steps) == {
        "customers": 400, "k": 5, "verdict": steps["elbow"]["verdict"],
        "silhouette": round(steps["cluster"]["silhouette"], 4), "stability": round(lowest, 4),
    }  # fmt: skip
    least = min(steps["stability"]["segments"], key=lambda segment: segment["jaccard"])["stability"]
    verdict = steps["elbow"]["verdict"]
    facts = {"customers": "400", "segments": "5", "verdict of the elbow": verdict, "least stable segment": least}
    assert {meaning: figure for figure, meaning in report.facts(steps)} == facts


def test_the_page_tells_one_stability_at_the_pipelines_k(steps, points):
    steps["stability"]["lowest_jaccard"] = 0.42
    alternatives = report.content(steps, points, [])["ks"]
    shown = {at_k["k"]: {name: value for name, value, _ in at_k["criteria"]} for at_k in alternatives}
    assert shown[5]["stability"] == "0.42"
    others = {row["k"]: f"{row['stability']:.2f}" for row in steps["elbow"]["card"] if row["k"] != 5}
    assert {k: criteria["stability"] for k, criteria in shown.items() if k != 5} == others


def test_one_segment_is_neither_stable_nor_unstable(steps):
    steps["segments"]["segments"] = steps["segments"]["segments"][:1]
    steps["elbow"] |= {"verdict": "constructive", "verdict_k": 1}
    facts = {meaning: figure for figure, meaning in report.facts(steps)}
    assert facts["segment"] == "1" and facts["least stable segment"] == "not applicable"
    assert facts["verdict of the elbow"] == "constructive"
    steps["cluster"]["silhouette"] = steps["stability"]["lowest_jaccard"] = None
    assert report.metrics(steps) | {"silhouette": None, "stability": None} == report.metrics(steps)


def test_no_two_segments_at_one_k_share_a_colour(written):
    colours = slider.segment_colours(written["sweep"]["ks"], 5)
    for k, at_k in colours.items():
        assert len(set(at_k)) == len(at_k) == k
    assert colours[5] == [palette.colour(number) for number in range(1, 6)]


def test_every_feature_has_its_chart_in_the_order_of_the_data_set(steps, points):
    content = report.content(steps, points, [])
    features = [column for column in steps["segments"]["columns"] if column in steps["preprocess"]["features"]]
    assert [name for _, name, _ in content["features"]] == list(map(spell_out, features))
    charts = [chart for chart, _, _ in content["features"]]
    assert set(content["drawn"]) == {"curve", "sizes", "profile", "customers", "flow", *charts}
    for chart, feature in zip(charts, features, strict=True):
        (ticks,) = [param["value"] for param in content["drawn"][chart]["params"] if param["name"] == "ticks"]
        assert bool(ticks) == (steps["preprocess"]["features"][feature]["transform"] == "log1p")
    assert [row["k"] for row in content["ks"]] == [row["k"] for row in content["tables"]]
    assert content["ks"][content["position"]]["k"] == content["chosen"] == 5


def test_it_says_what_is_set_by_hand_left_out_and_sampled(steps, points):
    content = report.content(steps, points, ["mind this"])
    assert "set by hand" not in content["verdict"] and content["caveats"] == ["mind this."]
    assert (content["sampled"], content["sampled_sweep"]) == ("", "")
    assert content["read"] == "400 customers read, 0 left out."
    steps["elbow"] |= {"k": 4, "verdict_k": 4}
    steps["preprocess"] |= {"left_out": 3, "constant": ["same_age"]}
    steps["segments"]["labels"]["same_age"] = "same age"
    steps["preprocess"]["features"]["age"] |= {"missing": 1200, "treatment": "median", "clipped": 7}
    steps["segments"]["sampled_customers"] = steps["sweep"]["sampled_customers"] = 399
    content = report.content(steps, points, [])
    assert content["verdict"].endswith("That is said of K = 4. This page shows K = 5, since cluster.k was set by hand.")
    assert content["read"] == (
        "400 customers read, 3 left out for a missing value. Left out as features, since they are the same for "
        "everyone: same age."
    )
    assert content["sampled"] == "Medians are of a sample of 399 of the 400 customers."
    assert content["sampled_sweep"] == "All but sizes is of a sample of 399 of the 400 customers."
    (age,) = [row for row in content["prepared"] if row[0].startswith("age")]
    assert age[2:] == ("1,200, median put in", "7")


def test_columns_are_listed_by_the_variance_that_the_segments_explain(steps, points):
    steps["segments"]["eta_squared"] = {"age": 0.2, "city": None, "net_worth": 0.9}
    steps["segments"]["labels"] |= {"age": "Age", "city": "city", "net_worth": "net worth"}
    assert report.content(steps, points, [])["variance"] == [("net worth", "90%"), ("Age", "20%"), ("city", "-")]


def test_a_verdict_that_is_said_of_another_k_says_so_and_why(steps, points):
    steps["elbow"] |= {"verdict_k": 4, "k_because": "elbow.rule gap takes it"}
    content = report.content(steps, points, [])
    assert content["verdict"].endswith("That is said of K = 4. This page shows K = 5, since elbow.rule gap takes it.")
    assert (steps["elbow"]["verdict"], "verdict of the elbow at K = 4") in content["facts"]
    assert report.metrics(steps)["verdict"] == steps["elbow"]["verdict"] + " at K = 4"
