"""Revisions in Git: days, tags, and the trend of a file, from a repository made by hand."""

import json
import os
import subprocess

import pytest

from segmentation.activation import revisions
from segmentation.activation.revisions import NOW, Revision
from segmentation.pipeline.errors import ConfigurationFault, EnvironmentFault

FILE = "reports/segments.json"


def segments(share):
    return {"segments": [{"segment": 1, "name": "A", "size": 5, "share": share, "value_share": None, "since": None}]}


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Commits of August to November: October changes another file only, November's file is of another version."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").mkdir()
    git("init", "-q", "-b", "main")
    contents = {"08": segments(0.5), "09": segments(0.6), "10": None, "11": {"segments": [{"segment": 1}]}}
    for month, content in contents.items():
        (tmp_path / "other").write_text(month)
        if content:
            (tmp_path / FILE).write_text(json.dumps(content))
        git("add", "-A")
        git("commit", "-q", "-m", month, day=f"2026-{month}-01T12:00:00Z")
        git("tag", f"segments-{month}")
    return tmp_path


def git(*arguments, day="2026-01-01T00:00:00Z"):
    person = {f"GIT_{role}_{key}": "a" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
    dates = {f"GIT_{role}_DATE": day for role in ("AUTHOR", "COMMITTER")}
    subprocess.run(["git", *arguments], check=True, env={**os.environ, **person, **dates})


def test_a_revision_has_its_day_and_its_tag(repository):
    found = revisions.describe("HEAD~1", "compare.rev")
    assert (found.name, found.day, found.tag) == ("HEAD~1", "2026-10-01", "segments-10")
    assert revisions.describe("segments-08", "compare.rev").tag == "segments-08"
    assert revisions.describe("", "compare.to") == NOW


@pytest.mark.parametrize("name", ["nowhere", "--help", "-n", "segments-*", "HEAD:reports", " "])
def test_what_git_does_not_know_is_refused_with_the_setting(repository, name):
    with pytest.raises(ConfigurationFault, match=r"compare\.to is '.*', which Git does not know: name a tag"):
        revisions.describe(name, "compare.to")


def test_the_revisions_that_changed_a_file_are_told_oldest_first(repository):
    found = revisions.since("segments-08", NOW, FILE)
    assert [revision.tag for revision in found] == ["segments-08", "segments-09", "segments-11"]
    until = revisions.since("segments-08", revisions.describe("segments-09", "compare.to"), FILE)
    assert [revision.tag for revision in until] == ["segments-08", "segments-09"]


def test_a_revision_that_comes_later_is_no_beginning(repository):
    earlier = revisions.describe("segments-08", "compare.to")
    with pytest.raises(ConfigurationFault, match="'segments-10', which does not come before segments-08"):
        revisions.since("segments-10", earlier, FILE)


def test_a_tag_set_later_on_an_earlier_commit_stands_where_its_commit_does(repository):
    git("tag", "-a", "-m", "late", "segments-00", "segments-08", day="2026-12-24T00:00:00Z")
    found = revisions.since("segments-*", NOW, FILE)
    assert [revision.name for revision in found][:3] == ["segments-00", "segments-08", "segments-09"]


def test_without_git_or_a_repository_that_is_said(repository, monkeypatch, tmp_path_factory):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", "/")
    with pytest.raises(EnvironmentFault, match="run `git status`, and do what it says"):
        revisions.describe("HEAD", "compare.rev")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(EnvironmentFault, match="Git is needed to compare revisions: install it"):
        revisions.describe("HEAD", "compare.rev")


def test_a_pattern_takes_all_tags_that_match_it(repository):
    found = revisions.since("segments-*", NOW, FILE)
    assert [revision.tag for revision in found] == ["segments-08", "segments-09", "segments-10", "segments-11"]
    until = revisions.since("segments-*", revisions.describe("segments-09", "compare.to"), FILE)
    assert [revision.tag for revision in until] == ["segments-08", "segments-09"]
    with pytest.raises(ConfigurationFault, match=r"compare\.since is 'v-\*', which no tag up to now matches"):
        revisions.since("v-*", NOW, FILE)


def test_the_trend_holds_what_can_be_read_and_names_the_rest(repository):
    found = revisions.trend(revisions.since("segments-08", NOW, FILE), FILE, segments(0.7))
    assert [(point["name"], point["day"]) for point in found["points"]] == [
        ("segments-08", "2026-08-01"),
        ("segments-09", "2026-09-01"),
        ("now", ""),
    ]
    assert [point["segments"][0]["share"] for point in found["points"]] == [0.5, 0.6, 0.7]
    keys = {"segment", "name", "size", "share", "value_share", "is_carried"}
    assert set(found["points"][0]["segments"][0]) == keys and not found["points"][0]["segments"][0]["is_carried"]
    assert found["left_out"] == ["segments-11"]
    unchanged = revisions.trend(revisions.since("segments-09", NOW, FILE), FILE, segments(0.6))
    assert [point["name"] for point in unchanged["points"]] == ["segments-09"]


def test_a_file_that_is_missing_or_broken_at_a_revision_is_none(repository):
    assert revisions.read_json(revisions.describe("HEAD", "compare.rev"), "nowhere.json") is None
    assert revisions.read_json(revisions.describe("HEAD", "compare.rev"), "other") is None
    assert revisions.read_json(Revision("x", "0" * 40), FILE) is None
