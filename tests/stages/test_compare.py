"""Compare tells who moved, and whether the customer changed or the model did, as planted."""

import json
import re
import shutil
from contextlib import closing, nullcontext

import numpy as np
import pandas as pd
import pytest
from project import Project
from zc.lockfile import LockFile

CENTRES = {"A": (5000, 30, 40), "B": (400, 20, 25), "C": (900, 5, 65)}


def customers(seed=5, each=200):
    generator = np.random.default_rng(seed)
    frames = []
    for name, (spending, orders, age) in CENTRES.items():
        columns = {
            "spending": (spending * np.exp(generator.normal(0, 0.2, each))).round(2),
            "purchase_frequency": generator.normal(orders, 1, each).round(),
            "age": generator.normal(age, 3, each).round(),
        }
        frames.append(pd.DataFrame({"customer_id": [f"{name}{n:03d}" for n in range(each)], **columns}))
    return pd.concat(frames, ignore_index=True)


def write(project, frame):
    frame.to_csv(project.folder / "data/raw/customers.csv", index=False)


@pytest.fixture(scope="module")
def tagged(tmp_path_factory):
    """A project with the tag v1, and what was planted since."""
    project = Project(tmp_path_factory.mktemp("compare") / "project").under_version_control()
    project.replace("params.yaml", "dataset: synthetic", "dataset: csv").replace("params.yaml", "k: auto", "k: 3")
    project.replace("params.yaml", "k_max: 10", "k_max: 4").replace("params.yaml", "resamples: 100", "resamples: 2")
    before = customers()
    write(project, before)
    project.repro("analyze")
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "v1")
    project.git("tag", "v1")
    after = customers()
    after.loc[after["customer_id"].str.startswith("C"), "age"] += 6  # one centre shifts
    movers = [f"B{n:03d}" for n in range(30)]  # 5 % of the customers take on the ways of A
    like = after[after["customer_id"].str.startswith("A")].head(30)
    after.loc[after["customer_id"].isin(movers), list(after)[1:]] = like[list(after)[1:]].to_numpy()
    left = [f"C{n:03d}" for n in range(10)]
    joined = customers(seed=6, each=5).assign(customer_id=[f"N{n:03d}" for n in range(15)])
    write(project, pd.concat([after[~after["customer_id"].isin(left)], joined]))
    project.replace("params.yaml", "n_init: 10   # as in elbow", "n_init: 5   # as in elbow").repro("analyze")
    project.git("add", "-A")
    project.git("commit", "-q", "-m", "v2")
    project.git("tag", "v2")
    return project


@pytest.fixture
def project(tagged, tmp_path):
    return tagged.copy(tmp_path / "project")


def compared(project, rev="v1"):
    done = project.stage("compare", f"compare.rev={rev}")
    assert done.returncode == 0, done.stderr
    return project.json("reports/compare.json"), done.stdout


def test_moved_customers_and_a_shifted_centre_come_out_as_planted(project):
    report, printed = compared(project)
    of = report["customers"]
    planted = {"before": 600, "after": 605, "joined": 15, "left": 10, "stayed": 590, "moved": 30}
    assert {key: of[key] for key in planted} == planted
    assert of["causes"] == {"customer": 30, "model": 0, "either": 0, "both": 0, "unknown": 0}
    moved = pd.read_csv(project.folder / "data/moved.csv")
    assert moved["customer_id"].tolist() == [f"B{n:03d}" for n in range(30)]
    assert set(moved["cause"]) == {"customer"} and moved["before"].nunique() == moved["after"].nunique() == 1

    spending = {segment["segment"]: segment["means"]["spending"]["before"] for segment in report["segments"]}
    letter = {number: min(CENTRES, key=lambda name: abs(CENTRES[name][0] - mean)) for number, mean in spending.items()}
    status = {letter[segment["segment"]]: segment for segment in report["segments"]}
    deviation = customers()["age"].std(ddof=0)
    assert status["C"]["status"] == "moved" and status["C"]["distance"] == pytest.approx(6 / deviation, abs=0.03)
    assert status["A"]["status"] == status["B"]["status"] == "kept"
    assert status["B"]["size_before"] - status["B"]["size_after"] == 30 - 5
    assert status["C"]["means"]["age"]["after"] - status["C"]["means"]["age"]["before"] == pytest.approx(6, abs=0.2)
    rows = [
        report["before"].index(next(name for name in report["before"] if name.startswith(f"{key} "))) for key in letter
    ]
    matrix = np.array(report["migration"])
    assert (
        matrix.sum() == 615
        and matrix[-1].sum() == 15
        and matrix[:, -1].sum() == 10
        and len(rows) == 3
        and not matrix[-2].sum()
    )
    assert {"name": "cluster.n_init", "before": 10, "after": 5} in report["parameters"]
    assert "Of 590 customers who stayed, 30 (5.1%) are in another segment, and with them" in printed
    assert "15 joined, 10 left." in printed


def test_the_text_for_a_pull_request_is_short_and_holds_no_customer(project):
    compared(project)
    text = (project.folder / "reports/compare.md").read_text()
    assert len(text) < 3_000 and text.count("\n") < 40
    assert "Largest moves:" in text and "- 30 customers went from " in text and "cluster.n\\_init: 10 → 5" in text
    for name in ("compare.md", "compare.html", "compare.json"):
        assert "B003" not in (project.folder / "reports" / name).read_text()


def test_two_revisions_are_compared_whatever_the_folder_holds(project):
    report, _ = compared(project)
    (project.folder / "data/model.json").unlink()
    done = project.stage("compare", "compare.rev=v1", "compare.to=v2")
    assert done.returncode == 0, done.stderr
    between = project.json("reports/compare.json")
    told = ("customers", "segments", "migration", "value_moved", "parameters", "before", "after")
    assert {key: between[key] for key in told} == {key: report[key] for key in told}
    assert (between["old"]["tag"], between["new"]["tag"]) == ("v1", "v2")
    assert "Segments at v2 (" in (project.folder / "reports/compare.html").read_text()


def test_the_value_that_moved_is_that_of_the_customers_who_moved(project):
    assert project.stage("compare", "compare.rev=v1", "report.least=1").returncode == 0
    report = project.json("reports/compare.json")
    moved = pd.read_csv(project.folder / "data/moved.csv")["customer_id"]
    raw = pd.read_csv(project.folder / "data/raw/customers.csv", index_col="customer_id")["spending"]
    [(row, column)] = [
        (row, column)
        for row, line in enumerate(report["migration"][:-2])
        for column, customers in enumerate(line[:-2])
        if customers and [row, column] not in report["stays"]
    ]
    assert report["value_moved"][row][column] == pytest.approx(raw[moved].sum() / raw.sum(), rel=0.05)
    report, _ = compared(project)
    assert report["value_moved"][-1] == [None] * 5, "five joined each segment"
    assert report["value_moved"][row][column] is None, "with it, that of those who joined would follow"
    assert report["value_of_movers"] == pytest.approx(raw[moved].sum() / raw.sum(), rel=0.05)


def test_the_trend_is_told_from_git_alone(project):
    shutil.rmtree(project.folder / ".dvc/cache")
    project.git("commit", "-q", "--allow-empty", "-m", "v3")
    other = project.replace("conf/dataset/csv.yaml", "value: spending", "value: age")
    other.repro("analyze")
    other.git("add", "-A")
    other.git("commit", "-q", "-m", "v4")
    other.git("tag", "v4")
    done = other.stage("compare", "compare.rev=v4", "compare.since='v*'")
    assert done.returncode == 0, done.stderr
    points = other.json("reports/compare.json")["trend"]["points"]
    assert [point["name"] for point in points] == ["v1", "v2", "v4"]
    assert [sum(segment["size"] for segment in point["segments"]) for point in points] == [600, 605, 605]
    assert "The trend" in (other.folder / "reports/compare.html").read_text()


def test_nothing_changed_when_nothing_did(project):
    report, _ = compared(project, rev="v2")
    assert report["customers"]["moved"] == report["customers"]["joined"] == report["customers"]["left"] == 0
    assert {segment["status"] for segment in report["segments"]} == {"kept"}


def test_numbers_that_changed_places_are_no_moves(project):
    project.replace("conf/dataset/csv.yaml", "value: spending", "value: age").repro("analyze")
    report, _ = compared(project)
    assert report["customers"]["moved"] == 30


def test_the_page_needs_nothing_and_fits_a_phone(project, chromium):
    compared(project)
    file = project.folder / "reports/compare.html"
    assert file.stat().st_size < 60_000 and "<script" not in file.read_text()
    for width, scheme in ((1280, "light"), (1280, "dark"), (360, "light")):
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
        page = context.new_page()
        problems = []
        page.on("console", lambda message, problems=problems: problems.append(message.text))
        page.on("pageerror", lambda error, problems=problems: problems.append(str(error)))
        page.goto(file.as_uri())
        assert page.inner_text("h1").startswith("Segments now, compared with v1 (")
        assert "5.1%" in page.inner_text(".headline")
        assert page.locator(".ribbon").count() >= 4 and page.locator(".ribbon.same").count() == 3
        assert page.locator(".migration .same").count() == 3
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert not problems
        context.close()


def test_a_hostile_name_stays_text(project):
    hostile = "<script>alert(1)</script>|*"
    project.replace("conf/dataset/csv.yaml", "name: Low-Engagement", f"name: '{hostile}'").repro("analyze")
    compared(project)
    page, text = ((project.folder / f"reports/compare.{kind}").read_text() for kind in ("html", "md"))
    assert hostile not in page + text


def refused(project, code, message, *overrides):
    before = project.outputs()
    done = project.stage("compare", *overrides)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1 and message in done.stderr, done.stderr
    assert project.outputs() == before


def test_a_revision_that_is_not_there_is_refused(project):
    for key in ("rev", "to", "since"):
        refused(project, 2, f"compare.{key} is 'nowhere', which Git does not know", f"compare.{key}=nowhere")


def test_a_revision_of_an_older_version_is_compared_as_far_as_it_goes_and_else_refused(project):
    file = project.folder / "reports/segments.json"
    for lacking in ("labels", "columns"):
        file.write_text(json.dumps({key: part for key, part in json.loads(file.read_text()).items() if key != lacking}))
        project.git("commit", "-qam", f"without {lacking}")
        project.git("tag", f"without-{lacking}")
    done = project.stage("compare", "compare.rev=v1", "compare.to=without-labels")
    assert done.returncode == 0 and project.json("reports/compare.json")["labels"]["age"], done.stderr
    message = "the segments.json of revision 'without-columns' lacks columns: check it out, and run its pipeline with"
    refused(project, 4, message, "compare.rev=v1", "compare.to=without-columns")
    refused(project, 4, message, "compare.rev=without-columns", "compare.to=v2")


def test_what_is_no_longer_in_the_cache_is_told(project):
    shutil.rmtree(project.folder / ".dvc/cache")
    refused(project, 4, "not at hand", "compare.rev=v1")


def test_other_features_are_refused(project):
    project.replace("conf/dataset/csv.yaml", "  age: {unit: years}\n", "").repro("analyze")
    refused(project, 4, "was fitted on", "compare.rev=v1")


# A case: a file of DVC and what is put into it, the exit code, and what is said.
BUSY = {
    "another run": (None, "", 5, "another run of DVC works in this folder: wait for it to end"),
    "a killed run": (
        ".dvc/tmp/rwlock",
        '{"',
        5,
        ".dvc/tmp/rwlock is damaged, .*: if none is running, `rm .dvc/tmp/rwlock`",
    ),
    "an empty lock file": ("dvc.lock", "", 4, "dvc.lock.*: `git checkout dvc.lock` takes back"),
    "a broken configuration": (".dvc/config", "x[", 2, "DVC cannot read this project .*, `git checkout dvc.yaml .dvc/"),
    "a remote that is not there": (".dvc/config", "[core]\n    remote = far\n", 2, "names the remote 'far'"),
}


@pytest.mark.parametrize(("file", "content", "code", "words"), BUSY.values(), ids=BUSY)
def test_what_ails_dvc_is_told_with_a_cure_and_nothing_is_written(project, file, content, code, words):
    if file:
        (project.folder / file).write_text(content)
    lock = nullcontext() if file else closing(LockFile(str(project.folder / ".dvc/tmp/lock")))
    before = project.outputs()
    with lock:
        done = project.stage("compare", "compare.rev=v1")
    assert done.returncode == code, done.stderr
    assert re.search(words, done.stderr), done.stderr
    assert done.stderr.count("\n") == 1 and project.outputs() == before
