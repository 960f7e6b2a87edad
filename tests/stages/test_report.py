"""The step report: it needs nothing but what the steps wrote, and refuses what does not belong together."""

import shutil
import socket

import pytest


def test_the_page_takes_nothing_but_reports_and_tells_no_path_or_host(ran, tmp_path):
    project = ran.copy(tmp_path / "project")
    before = (project.folder / "reports/report.html").read_bytes()
    shutil.rmtree(project.folder / "data")
    (project.folder / "reports/report.html").unlink()
    done = project.stage("report")
    assert done.returncode == 0, done.stderr
    page = (project.folder / "reports/report.html").read_bytes()
    assert page == before and len(page) < 2_000_000
    for private in (str(tmp_path), str(ran.project.folder), "/tmp", socket.gethostname(), "C00000"):
        assert private.encode() not in page, private


def test_it_says_when_k_is_set_by_hand_and_when_segments_are_doubtful(ran, tmp_path):
    project = ran.copy(tmp_path / "project")
    for step in ("cluster", "analyze", "stability", "report"):
        assert project.stage(step, "cluster.k=8").returncode == 0
    page = (project.folder / "reports/report.html").read_text()
    assert "You see 8 segments, as set by hand (cluster.k). The pipeline would take 5, since" in page
    segments = project.json("reports/stability.json")["segments"]
    kinds = ("not dependable", lambda jaccard: jaccard < 0.6), ("doubtful", lambda jaccard: 0.6 <= jaccard < 0.75)
    for words, is_of_kind in kinds:
        *others, last = [str(segment["segment"]) for segment in segments if is_of_kind(segment["jaccard"])]
        told = f"Segments {', '.join(others)} and {last} are {words}" if others else f"Segment {last} is {words}"
        assert told in page


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
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
            "sweep.json and stability.json do not belong together",
        ),
    ],
)
def test_what_does_not_belong_together_is_refused(ran, tmp_path, file, old, new, message):
    project = ran.copy(tmp_path / "project")
    path = project.folder / "reports" / file
    before = (project.folder / "reports/report.html").read_bytes()
    if old is None:
        path.unlink()
    else:
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))
    done = project.stage("report")
    assert done.returncode == 4 and done.stderr.count("\n") == 1 and message in done.stderr, done.stderr
    assert (project.folder / "reports/report.html").read_bytes() == before


def test_a_customer_on_the_map_without_a_place_is_refused(ran, tmp_path):
    project = ran.copy(tmp_path / "project")
    path = project.folder / "reports/map.csv"
    head, first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([head, f"nan,{first.partition(',')[2]}", *rest]))
    done = project.stage("report")
    assert done.returncode == 4 and "map.csv is corrupt" in done.stderr, done.stderr
