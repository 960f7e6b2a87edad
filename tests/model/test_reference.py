"""A reference: segments that were accepted keep their numbers and names, whatever becomes of the others."""

import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from project import ROOT, Project, small

from segmentation.features.space import Feature, FeatureSpace
from segmentation.model import reference
from segmentation.model.model import Baseline, SegmentModel
from segmentation.pipeline.errors import IntermediateFault

OLD = SimpleNamespace(numbers=(1, 2, 4), names=("A", "B", "D"), issued=5)


def became(distances, moved_above=0.25, new_above=1.0):
    found, gone = reference.match_segments(np.array(distances, dtype=float), OLD, moved_above, new_above)
    return [(one.number, one.name, one.status, one.other) for one in found], [
        (one.number, one.status, one.other) for one in gone
    ]


MATCHES = {
    "kept in another order": (
        [[9, 0.1, 9], [9, 9, 0.2], [0, 9, 9]],
        [(4, "D", "kept", None), (1, "A", "kept", None), (2, "B", "kept", None)],
        [],
    ),
    "moved": (
        [[0.3, 9, 9], [9, 1.0, 9], [9, 9, 0.25]],
        [(1, "A", "moved", None), (2, "B", "moved", None), (4, "D", "kept", None)],
        [],
    ),
    "one too far is new, the old one retired": (
        [[0, 9, 9], [9, 0, 9], [9, 9, 1.01]],
        [(1, "A", "kept", None), (2, "B", "kept", None), (6, None, "new", None)],
        [(4, "retired", None)],
    ),
    "split": (
        [[0.4, 0.5, 9, 9], [9, 9, 0, 9], [9, 9, 9, 0]],
        [(1, "A", "moved", None), (6, None, "split", 1), (2, "B", "kept", None), (4, "D", "kept", None)],
        [],
    ),
    "merged": ([[0.3, 9], [0.6, 9], [9, 0]], [(1, "A", "moved", None), (4, "D", "kept", None)], [(2, "merged", 1)]),
    "two new ones": (
        [[9, 9, 0, 9, 0.9], [9, 9, 9, 0, 9], [9, 9, 9, 9, 9]],
        [(6, None, "new", None), (7, None, "new", None), (1, "A", "kept", None), (2, "B", "kept", None),
         (8, None, "split", 1)],
        [(4, "retired", None)],
    ),
    "a far pair does not bend the near ones": (
        [[0.9, 0.1, 99], [50, 0.9, 99], [99, 99, 0]],
        [(6, None, "split", 1), (1, "A", "kept", None), (4, "D", "kept", None)],
        [(2, "merged", 1)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("distances", "found", "gone"), MATCHES.values(), ids=MATCHES)
def test_what_becomes_of_segments(distances, found, gone):
    assert became(distances) == (found, gone)


def model(*features, centres):
    names = tuple("ABCDEF"[: len(centres)])
    ones = (1,) * len(centres)
    return SegmentModel(
        FeatureSpace(features), np.array(centres, dtype=float), names, ones, tuple(range(1, len(centres) + 1)),
        len(centres), Baseline((), 1.0, {}),
    )  # fmt: skip


def feature(name, transform, power=None, mean=0.0, scale=1.0):
    return Feature(name, "", transform, power, None, None, None, mean, scale)


def test_centres_are_held_against_each_other_in_original_units():
    old = model(
        feature("a", "log1p", mean=1, scale=2), feature("b", "yeo-johnson", power=0.5), feature("c", "sqrt", mean=3),
        centres=[[0.5, 1, -1], [0, -2, 2]],
    )  # fmt: skip
    new = FeatureSpace(
        (
            feature("c", "none", mean=4, scale=5),
            feature("a", "yeo-johnson", power=-0.3, mean=0.2, scale=0.7),
            feature("b", "yeo-johnson", power=1.4, mean=-1, scale=3),
        )
    )
    raw = old.space.raw(old.centres)
    centres = new.scaled(raw[:, [2, 0, 1]])
    assert np.diag(reference.centre_distances(old, new, centres)) == pytest.approx([0, 0], abs=1e-7)
    shifted = old.centres + np.array([[0.3, 0, 0.4], [0, 0, 0]])
    centres = new.scaled(old.space.raw(shifted)[:, [2, 0, 1]])
    assert np.diag(reference.centre_distances(old, new, centres)) == pytest.approx([0.5, 0], abs=1e-7)


def test_other_features_are_refused():
    old = model(feature("a", "none"), centres=[[0.0]])
    with pytest.raises(IntermediateFault, match="was fitted on a, not on b"):
        reference.centre_distances(old, FeatureSpace((feature("b", "none"),)), np.zeros((1, 1)))


@pytest.mark.parametrize(
    ("transform", "power", "values"),
    [("none", None, [-5, 0, 5]), ("log1p", None, [-0.5, 0, 1e6]), ("sqrt", None, [0, 2, 1e6]),
     *[("yeo-johnson", power, [-50, -0.1, 0, 0.1, 50]) for power in (-0.8, 0.0, 0.4, 1.0, 2.0, 2.5)]],
)  # fmt: skip
def test_raw_undoes_scaled(transform, power, values):
    one = feature("x", transform, power, mean=0.7, scale=3)
    assert one.raw(one.scaled(np.array(values, dtype=float))) == pytest.approx(values, rel=1e-5, abs=1e-6)


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
    return {one["segment"]: one["name"] for one in project.json("reports/segments.json")["segments"]}


def statuses(project):
    found = project.json("reports/segments.json")
    return {one["segment"]: one["since"]["status"] for one in found["segments"]}, {
        one["number"]: one["status"] for one in found["gone"]
    }


def segments(project):
    return pq.read_table(project.folder / "data/segments").to_pandas().set_index("customer_id")["segment"]


def test_next_months_customers_keep_numbers_and_names_whatever_the_rules_say(project):
    before, placed = names(project), segments(project)
    project.replace(
        "conf/dataset/synthetic.yaml", "name: High-Value, when: {spending: high}", "name: Gold, when: {spending: high}"
    )
    project.replace("conf/dataset/synthetic.yaml", "value: spending", "value: age").steps("data.source.seed=8")
    assert names(project) == before
    assert set(statuses(project)[0].values()) <= {"kept", "moved"} and not statuses(project)[1]
    project.steps()
    assert segments(project).equals(placed)  # though numbered by age they would be others
    assert set(statuses(project)[0].values()) == {"kept"}
    project.steps("cluster.reference=null")
    assert list(names(project)) == [1, 2, 3, 4, 5] and "Gold" in names(project).values()
    assert not segments(project).equals(placed)


def test_a_segment_more_and_a_segment_less_leave_the_others_alone(project):
    before = names(project)
    project.steps("cluster.k=6", upto="report")
    more, gone = statuses(project)
    assert sorted(more) == [1, 2, 3, 4, 5, 6] and more[6] in ("split", "new") and not gone
    assert {number: names(project)[number] for number in before} == before
    assert names(project)[6] not in before.values()
    shutil.copy(project.folder / "data/model.json", project.folder / "conf/reference/model.json")
    project.steps("cluster.k=4", upto="walkthrough")
    fewer, gone = statuses(project)
    assert len(fewer) == 4 and len(gone) == 2 and set(gone.values()) <= {"retired", "merged"}
    assert set(fewer) | set(gone) == {1, 2, 3, 4, 5, 6}
    assert {number: names(project)[number] for number in fewer if number in before} == {
        number: name for number, name in before.items() if number in fewer
    }
    shutil.copy(project.folder / "data/model.json", project.folder / "conf/reference/model.json")
    project.steps("cluster.k=5", upto="cluster")
    fresh = set(project.json("data/kmeans.json")["numbers"]) - set(fewer)
    assert fresh and min(fresh) == 7  # a number that was given once is never given again


def test_numbers_with_gaps_hold_through_every_later_step(project):
    project.steps("cluster.k=4", upto="export")
    numbers = project.json("data/kmeans.json")["numbers"]
    assert len(numbers) == 4 and numbers != [1, 2, 3, 4], "the test needs a gap"
    assert sorted(set(segments(project))) == numbers == list(names(project))
    assert [one["segment"] for one in project.json("reports/stability.json")["segments"]] == numbers
    assert sorted(set(pd.read_csv(project.folder / "data/export/segments.csv")["segment"])) == numbers
    page = (project.folder / "reports/report.html").read_text()
    assert all(f'data-segment="{number}"' in page for number in numbers)
    assert "Since the accepted model:" in page and "Of the accepted segments" in page


def test_a_bad_reference_is_refused(project):
    file = project.folder / "conf/reference/model.json"
    file.write_text(file.read_text().replace("High-Value", "Best"))
    done = project.stage("cluster")
    assert done.returncode == 4 and "cluster.reference" in done.stderr and "altered" in done.stderr
    assert done.stderr.count("\n") == 1
    done = project.stage("cluster", "cluster.reference=conf/reference/nowhere.json")
    assert done.returncode == 4 and "nowhere.json is missing" in done.stderr and "make accept" in done.stderr
