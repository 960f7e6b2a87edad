"""Accepting a model: its segments keep their numbers and names in later runs, whatever becomes of the others."""

import shutil

import pandas as pd
import pyarrow.parquet as pq
import pytest
from project import ROOT, Project, small


@pytest.fixture(scope="module")
def accepted(tmp_path_factory):
    project = small(Project(tmp_path_factory.mktemp("accepted") / "project")).steps()
    shutil.copy(ROOT / "Makefile", project.folder)
    (project.folder / ".venv").mkdir()
    for file in (".venv/ready", "requirements.lock", "pyproject.toml"):
        (project.folder / file).touch()
    (project.folder / ".venv/ready").touch()
    done = project.run("make", "accept")
    assert done.returncode == 0, done.stderr
    return project.replace("params.yaml", "reference:   #", "reference: conf/reference/model.json   #")


@pytest.fixture
def project(accepted, tmp_path):
    return accepted.copy(tmp_path / "project")


def names(project):
    return {segment["segment"]: segment["name"] for segment in project.json("reports/segments.json")["segments"]}


def statuses(project):
    described = project.json("reports/segments.json")
    return {segment["segment"]: segment["since"]["status"] for segment in described["segments"]}, {
        match["number"]: match["status"] for match in described["gone"]
    }


def segments(project):
    return pq.read_table(project.folder / "data/segments").to_pandas().set_index("customer_id")["segment"]


def test_next_months_customers_keep_numbers_and_names_whatever_the_rules_say(project):
    before, placed = names(project), segments(project)
    project.replace("conf/dataset/synthetic.yaml", "- name: High-Value\n    when", "- name: Gold\n    when")
    project.replace("conf/dataset/synthetic.yaml", "value: spending", "value: age").steps("data.source.seed=8")
    assert names(project) == before
    assert set(statuses(project)[0].values()) <= {"kept", "moved"} and not statuses(project)[1]
    project.steps()
    assert segments(project).equals(placed)  # though numbered by age they would be others
    assert set(statuses(project)[0].values()) == {"kept"}
    project.steps("cluster.reference=null", since="cluster")
    assert list(names(project)) == [1, 2, 3, 4, 5] and "Gold" in names(project).values()
    assert not segments(project).equals(placed)


def test_a_segment_more_and_a_segment_less_leave_the_others_alone(project):
    before = names(project)
    project.steps("cluster.k=6", since="cluster", upto="report")
    more, gone = statuses(project)
    assert sorted(more) == [1, 2, 3, 4, 5, 6] and more[6] in ("split", "new") and not gone
    assert {number: names(project)[number] for number in before} == before
    assert names(project)[6] not in before.values()
    shutil.copy(project.folder / "data/model.json", project.folder / "conf/reference/model.json")
    project.steps("cluster.k=4", since="cluster")
    fewer, gone = statuses(project)
    assert len(fewer) == 4 and len(gone) == 2 and set(gone.values()) <= {"retired", "merged"}
    assert set(fewer) | set(gone) == {1, 2, 3, 4, 5, 6}
    assert {number: names(project)[number] for number in fewer if number in before} == {
        number: name for number, name in before.items() if number in fewer
    }
    shutil.copy(project.folder / "data/model.json", project.folder / "conf/reference/model.json")
    project.steps("cluster.k=5", since="cluster", upto="cluster")
    fresh = set(project.json("data/kmeans.json")["numbers"]) - set(fewer)
    assert fresh and min(fresh) == 7  # a number that was given once is never given again


def test_numbers_with_gaps_hold_through_every_later_step(project):
    project.steps("cluster.k=4", since="cluster", upto="export")
    numbers = project.json("data/kmeans.json")["numbers"]
    assert len(numbers) == 4 and numbers != [1, 2, 3, 4], "the test needs a gap"
    assert sorted(set(segments(project))) == numbers == list(names(project))
    assert [segment["segment"] for segment in project.json("reports/stability.json")["segments"]] == numbers
    assert sorted(set(pd.read_csv(project.folder / "data/export/segments.csv")["segment"])) == numbers
    page = (project.folder / "reports/report.html").read_text()
    assert all(f'id="segment-4-{number}"' in page for number in numbers)
    assert "Since the accepted model:" in page and "Of the accepted segments" in page


def test_a_bad_reference_is_refused(project):
    file = project.folder / "conf/reference/model.json"
    file.write_text(file.read_text().replace("High-Value", "Best"))
    done = project.stage("cluster")
    assert done.returncode == 4 and "cluster.reference" in done.stderr and "altered" in done.stderr
    assert done.stderr.count("\n") == 1
    done = project.stage("cluster", "cluster.reference=conf/reference/nowhere.json")
    assert done.returncode == 4 and "nowhere.json is missing" in done.stderr and "make accept" in done.stderr
