"""The report: its words, and that it needs nothing but what the steps wrote."""

import shutil
import socket

import pytest

from segmentation.figures import palette
from segmentation.pages import cards, report

SEGMENT = {
    "columns": {"spending": {"median": 512.0, "mean": 600.0}, "age": {"median": 37.5, "mean": 40.0}},
    "drivers": [
        {"column": "spending", "difference": 1.5},
        {"column": "city", "difference": -0.6, "word": "Köln", "share": 0.1, "lift": 0.25},
        {"column": "age", "difference": 0.1},
    ],
}
EVERYONE = {"spending": {"median": 100.0, "mean": 120.0}, "age": {"median": 37.5, "mean": 40.0}}
UNITS = {"spending": "dollars a year", "age": "", "city": ""}


def test_phrases_tell_the_drivers_in_original_units_and_leave_out_slight_ones():
    assert cards.phrases(SEGMENT, EVERYONE, UNITS) == [
        {"column": "spending", "what": "512 dollars a year", "beside": "5.1 times the usual 100"},
        {"column": "city", "what": "Köln for 10%", "beside": "of all customers 40%"},
    ]


def test_at_most_three_phrases_make_a_card():
    drivers = [{"column": "spending", "difference": 2 - n / 10} for n in range(9)]
    assert len(cards.phrases(SEGMENT | {"drivers": drivers}, EVERYONE, UNITS)) == 3


@pytest.mark.parametrize(
    ("own", "usual", "beside"),
    [
        (26.0, 39.0, "67% of the usual 39"),
        (30.0, 39.0, "below the usual 39"),
        (48.0, 39.0, "above the usual 39"),
        (39.04, 39.01, "about the usual 39.0"),
        (5.0, 0.0, "above the usual 0"),
        (0.0, 4.0, "below the usual 4"),
        (-5.0, -4.0, "below the usual -4"),
        (None, 4.0, ""),
        (4.0, None, ""),
    ],
)
def test_a_median_is_set_beside_the_usual(own, usual, beside):
    columns = {"spending": {"median": own}}
    told = cards.phrases(SEGMENT | {"columns": columns}, {"spending": {"median": usual}}, UNITS)
    assert told[0]["beside"] == beside


@pytest.mark.parametrize(
    ("conditions", "sentence"),
    [
        ([], ""),
        (
            [{"column": "spending", "low": 512.0, "high": None}, {"column": "age", "low": None, "high": 37.0}],
            "spending at least 512 and age under 37: covers 94% of the segment, 97% of those it covers belong",
        ),
        (
            [{"column": "net_worth", "low": -2500000.0, "high": 0.25}],
            "net worth at least -2,500,000 and under 0.25: covers 94% of the segment, 97% of those it covers belong",
        ),
    ],
)
def test_a_definition_is_a_sentence(conditions, sentence):
    definition = {"conditions": conditions, "coverage": 0.94, "precision": 0.97}
    assert cards.defined({"definition": definition}) == sentence


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ((0.97, "highly stable", 1.0), "Highly stable: comes back on resampled customers (Jaccard 0.97 of 1), always"),
        ((0.62, "doubtful", 0.3), "Doubtful: comes back on resampled customers (Jaccard 0.62 of 1), in 30% of the"),
        ((0.41, "dissolved", 0.0), "Dissolved: does not come back"),
        ((None, "not in the sample", None), "Unknown"),
    ],
)
def test_stability_is_told_in_words(found, said):
    jaccard, word, kept = found
    assert cards.returns({"jaccard": jaccard, "stability": word, "name_kept": kept}, carried=False).startswith(said)


def sweep(*flows):
    """The segments at each K from one on, by how many of their customers are where at the next K."""
    return [
        {"k": len(rows), "segments": [{"segment": n, "next": row} for n, row in enumerate(rows, 1)]} for rows in flows
    ]


def test_segments_keep_the_colour_of_the_one_whose_customers_they_hold():
    ks = sweep([[4, 96]], [[0, 4, 0], [50, 0, 46]], [[], [], []])
    at = {k: [palette.colour(n) for n in numbers] for k, numbers in {1: [2], 2: [1, 2], 3: [2, 1, 3]}.items()}
    assert report.colours(ks, 2) == at
    at = {k: [palette.colour(n) for n in numbers] for k, numbers in {1: [1], 2: [2, 1], 3: [1, 2, 3]}.items()}
    assert report.colours(ks, 3) == at


def test_no_two_segments_at_one_k_share_a_colour(ran):
    found = report.colours(ran.project.json("reports/sweep.json")["ks"], 5)
    for k, shades in found.items():
        assert len(set(shades)) == len(shades) == k
    assert found[5] == [palette.colour(number) for number in range(1, 6)]


def test_the_page_takes_nothing_but_reports_and_tells_no_path_or_host(ran, tmp_path):
    project = ran.copy(tmp_path / "project")
    before = (project.folder / "reports/report.html").read_bytes()
    shutil.rmtree(project.folder / "data")
    (project.folder / "reports/report.html").unlink()
    done = project.stage("report")
    assert done.returncode == 0, done.stderr
    page = (project.folder / "reports/report.html").read_bytes()
    assert page == before and len(page) < 3_000_000
    for private in (str(tmp_path), str(ran.project.folder), "/tmp", socket.gethostname(), "C00000"):
        assert private.encode() not in page.partition(b'id="charts"')[0], private


def test_it_says_when_k_is_set_by_hand_and_when_segments_are_doubtful(ran, tmp_path):
    project = ran.copy(tmp_path / "project")
    for step in ("cluster", "analyze", "stability", "report"):
        assert project.stage(step, "cluster.k=8").returncode == 0
    page = (project.folder / "reports/report.html").read_text()
    assert "K = 8 was set by hand (cluster.k); the elbow recommends 5" in page
    unstable = [one for one in project.json("reports/stability.json")["segments"] if one["jaccard"] < 0.75]
    assert unstable and page.count("other customers would give another") == len(unstable)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("sweep.json", None, None, "sweep.json is missing"),
        ("map.csv", None, None, "map.csv is missing"),
        ("map.csv", ",1", ",one", "map.csv is missing or corrupt"),
        ("elbow.json", '"verdict"', '"word"', "elbow.json lacks verdict"),
        ("segments.json", "{", "", "segments.json is corrupt"),
        ("ingest.json", '"synthetic"', '"mine"', "ingest.json and dataset: synthetic do not belong together"),
        ("preprocess.json", '"left_out": 0', '"left_out": 3', "preprocess.json and segments.json do not belong"),
        ("segments.json", '"drivers"', '"driven"', "not those that the steps write (KeyError: 'drivers')"),
        (
            "stability.json",
            '"name": "High-Value"',
            '"name": "Other"',
            "segments.json and stability.json do not belong together",
        ),
    ],
)
def test_what_does_not_belong_together_is_refused(ran, tmp_path, file, old, new, said):
    project = ran.copy(tmp_path / "project")
    path = project.folder / "reports" / file
    before = (project.folder / "reports/report.html").read_bytes()
    if old is None:
        path.unlink()
    else:
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))
    done = project.stage("report")
    assert done.returncode == 4 and done.stderr.count("\n") == 1 and said in done.stderr, done.stderr
    assert (project.folder / "reports/report.html").read_bytes() == before


def test_a_customer_on_the_map_without_a_place_is_refused(ran, tmp_path):
    project = ran.copy(tmp_path / "project")
    path = project.folder / "reports/map.csv"
    head, first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([head, f"nan,{first.partition(',')[2]}", *rest]))
    done = project.stage("report")
    assert done.returncode == 4 and "map.csv is corrupt" in done.stderr, done.stderr


def test_a_median_that_is_the_usual_one_is_no_phrase():
    same = SEGMENT | {"columns": {**SEGMENT["columns"], "spending": {"median": 100.0}}}
    assert [phrase["column"] for phrase in cards.phrases(same, EVERYONE, UNITS)] == ["city"]
