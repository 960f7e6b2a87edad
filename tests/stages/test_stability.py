"""The step stability tells which segments come back, and refuses files that do not belong together."""

import numpy as np
import pandas as pd
import pytest
from project import Project

RUN = ("dataset=csv", "preprocess.missing=drop", "elbow.k_max=5", "elbow.n_init=2", "cluster.k=3", "cluster.n_init=2")
SHORT = (*RUN, "stability.resamples=10", "elbow.exact_rows=1000")


def disc(customers=1000):
    """One cloud that looks the same from every side."""
    generator = np.random.default_rng(1)
    radius, angle = np.sqrt(generator.random(customers)), 2 * np.pi * generator.random(customers)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)]).T


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    """Three groups that touch, named by a column that is no feature, some customers without an age."""
    generator = np.random.default_rng(0)
    group = np.arange(3_000) % 7 % 3
    columns = {
        "spending": generator.lognormal(np.array([3.0, 5, 7])[group], 0.8).round(2),
        "purchase_frequency": np.maximum(0, generator.normal(np.array([30, 5, 15])[group], 5).round()),
        "age": generator.normal(np.array([25.0, 70, 45])[group], 9).round(),
        "visits": group,
        "city": generator.choice(["Bonn", "Köln"], 3_000),
    }
    columns["age"][::100] = np.nan
    project = Project(tmp_path_factory.mktemp("stability") / "project")
    pd.DataFrame(columns).to_csv(project.folder / "data/raw/customers.csv", index_label="customer_id")
    project.replace("conf/dataset/csv.yaml", "profile: {}", "profile: {city: {}, visits: {unit: visits}}")
    project.replace(
        "conf/dataset/csv.yaml",
        "names:\n",
        "names:\n  - {name: Guests, when: {visits: high}}\n  - {name: Regulars, when: {visits: low}}\n",
    )
    return project.steps(*SHORT, "ingest.part_rows=400", upto="stability")


def test_the_stage_reports_every_segment_of_the_model(project):
    report = project.json("reports/stability.json")
    assert (report["customers"], report["sampled_customers"], report["resamples"]) == (2970, 990, 10)
    assert 0.9 < report["lowest_jaccard"] <= 1 and 0.9 < report["adjusted_rand"] < 1 and report["lowest_name_kept"] == 1
    described = project.json("reports/segments.json")["segments"]
    assert [(segment["segment"], segment["name"]) for segment in report["segments"]] == [
        (segment["segment"], segment["name"]) for segment in described
    ]
    assert "Guests" in {segment["name"] for segment in described}
    assert (project.folder / "reports/figures/stability.png").stat().st_size > 10_000


def written(project, *settings):
    done = project.stage("stability", *SHORT, *settings)
    assert (done.returncode, done.stderr) == (0, "")
    files = ("reports/stability.json", "reports/figures/stability.png")
    return [(project.folder / file).read_bytes() for file in files], done.stdout


def test_the_stage_writes_the_same_bytes_for_any_threads_and_others_for_another_seed(project):
    before, done = written(project)
    assert done.startswith("segments come back: 3 of 3 stable (lowest ") and "names kept always; " in done
    assert written(project, "executor.threads=1")[0] == written(project, "executor.threads=4")[0] == before
    assert written(project, "stability.seed=43")[0][0] != before[0]


def test_the_stage_warns_of_segments_that_do_not_come_back(project, tmp_path):
    X = disc(900)
    project = Project(tmp_path / "project")
    frame = pd.DataFrame({"spending": np.exp(3 + X[:, 0]).round(4), "purchase_frequency": 50 + 10 * X[:, 1]})
    frame = frame.assign(age=50).round(4)
    frame.to_csv(project.folder / "data/raw/customers.csv", index_label="customer_id")
    project.steps(*RUN, upto="analyze")
    done = project.stage("stability", *RUN, "stability.resamples=20")
    assert done.returncode == 0 and not done.stderr
    first, *others, last = done.stdout.splitlines()
    assert first.startswith("warning: segment ") and "mean Jaccard similarity 0." in first
    assert "warning: other customers would give other segments: try another cluster.k" in others
    assert last.startswith("segments come back: 0 of 3 stable")


def test_every_other_k_is_resampled_with_the_centres_that_analyze_described(project):
    alternatives = {result["k"]: result for result in project.json("reports/stability.json")["alternatives"]}
    swept = {at_k["k"]: at_k["segments"] for at_k in project.json("reports/sweep.json")["ks"]}
    assert set(alternatives) == set(swept) - {3} == {1, 2, 4, 5}
    for k, result in alternatives.items():
        assert [segment["name"] for segment in result["segments"]] == [segment["name"] for segment in swept[k]]
        assert (result["resamples"], result["sampled_customers"]) == (10, 990)
    assert alternatives[1]["lowest_jaccard"] == 1
    assert min(alternatives[k]["lowest_jaccard"] for k in (4, 5)) < 0.9, "three groups are there"


def test_fits_that_are_not_those_described_are_refused(project, tmp_path):
    for old, new in (('"order": [', '"order": [9, '), ('"size": ', '"size": 1')):
        other = project.copy(tmp_path / new.strip('": ,[1'))
        path = other.folder / "reports/sweep.json"
        path.write_text(path.read_text().replace(old, new))
        done = other.stage("stability", *SHORT)
        assert done.returncode == 4 and "reports/sweep.json" in done.stderr and "dvc repro" in done.stderr, done.stderr
