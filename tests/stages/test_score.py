"""Scoring places new customers as the pipeline would, tells their drift, and refuses what does not fit the model."""

import json
import shlex
import shutil

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from project import CUSTOMER_DATA, Project, small

from segmentation.pipeline import outputs


@pytest.fixture
def project(fitted, tmp_path):
    return fitted.copy(tmp_path / "project")


def training(project):
    return pq.read_table(project.folder / "data/customers").to_pandas()


def score(project, frame, *overrides, to="new.csv", **options):
    file = project.folder / to
    {".csv": frame.to_csv, ".tsv": lambda path, **_: frame.to_csv(path, sep="\t", index=False),
     ".parquet": frame.to_parquet}[file.suffix](file, index=False)  # fmt: skip
    return project.stage("score", f"score.input={to}", "score.output=out/scored.parquet", *overrides, **options)


def scored(project, name="out/scored.parquet"):
    return pd.read_parquet(project.folder / name)


@pytest.mark.parametrize("to", ["new.csv", "new.tsv", "new.parquet"])
def test_scoring_the_training_customers_gives_their_segments(project, to):
    done = score(project, training(project), to=to)
    assert done.returncode == 0, done.stderr
    expected = pq.read_table(project.folder / "data/segments").to_pandas()
    placed = scored(project)
    assert list(placed) == ["customer_id", "segment", "name", "distance", "margin", "outlier"]
    for column in ("customer_id", "segment", "distance", "margin"):
        assert placed[column].tolist() == expected[column].tolist(), column
    names = {segment["segment"]: segment["name"] for segment in project.json("data/model.json")["segments"]}
    assert placed["name"].tolist() == [names[number] for number in placed["segment"]]
    drift = pd.read_csv(project.folder / "out/scored.drift.csv")
    assert drift["reading"].dropna().eq("no shift").all() and drift["shift"].dropna().eq(0).all()
    assert sorted(path.name for path in (project.folder / "out").iterdir()) == [
        ".scored.drift.csv.lock", ".scored.parquet.lock", "scored.drift.csv", "scored.parquet"
    ]  # fmt: skip


def test_parts_threads_and_workers_change_nothing(project):
    frame = training(project)
    assert score(project, frame).returncode == 0
    whole = (project.folder / "out/scored.parquet").read_bytes(), (project.folder / "out/scored.drift.csv").read_bytes()
    table = scored(project)
    for overrides in (["ingest.part_rows=70"], ["ingest.part_rows=70", "engine=dask", "executor.workers=1"]):
        assert score(project, frame, *overrides).returncode == 0
        pd.testing.assert_frame_equal(scored(project), table)
        assert (project.folder / "out/scored.drift.csv").read_bytes() == whole[1]
    assert score(project, frame, "executor.threads=1").returncode == 0
    assert (project.folder / "out/scored.parquet").read_bytes() == whole[0]


def test_a_planted_drift_and_an_outlier_are_told(project):
    frame = training(project)
    frame["age"] += 12
    frame.loc[3, "spending"] = 1e9
    done = score(project, frame)
    assert "age: major shift" in done.stdout and "purchase_frequency: no shift" in done.stdout
    assert scored(project)["outlier"].iloc[3]
    drift = pd.read_csv(project.folder / "out/scored.drift.csv").set_index("what")
    assert drift.loc["age", "reading"] == "major shift" and drift.loc["segments", "stability_index"] > 0.01
    assert drift["share"].sum() == pytest.approx(1) and drift["shift"].sum() == pytest.approx(0, abs=1e-9)


def test_cells_that_a_spreadsheet_would_run_are_quoted_in_csv_only(project):
    frame = training(project)[:4].assign(customer_id=["=1+1", "@SUM(A1)", "-2", "fine"])
    assert score(project, frame, "score.output=out/scored.csv").returncode == 0
    assert pd.read_csv(project.folder / "out/scored.csv")["customer_id"].tolist() == [
        "'=1+1",
        "'@SUM(A1)",
        "'-2",
        "fine",
    ]
    assert score(project, frame).returncode == 0
    assert scored(project)["customer_id"].tolist() == frame["customer_id"].tolist()


def test_a_missing_value_is_treated_as_at_the_fit(project):
    project.replace("conf/dataset/synthetic.yaml", "age: {unit: years,", "age: {unit: years, missing: drop,")
    frame = training(project)
    frame.loc[5, "age"] = np.nan
    done = score(project, frame)
    assert done.returncode == 0 and "399 of 400 customers placed" in done.stdout
    assert frame["customer_id"][5] not in scored(project)["customer_id"].tolist()
    frame.loc[6, "spending"] = np.nan
    refused(project, score(project, frame), 3, "column 'spending' has no value for 1 of 400", "data row 7")


def test_who_is_left_out_at_the_fit_is_no_drift(tmp_path):
    generator, rows = np.random.default_rng(8), 400
    frame = pd.DataFrame(
        {
            "customer_id": [f"{n:03d}" for n in range(rows)],
            "spending": np.repeat([100, 5000], rows // 2) * generator.lognormal(0, 0.2, rows),
            "purchase_frequency": generator.poisson(5, rows) + np.repeat([2, 40], rows // 2),
            "age": np.where(np.arange(rows) % 5, 30.0, np.nan),
        }
    )
    frame.loc[::7, "purchase_frequency"] = np.nan
    project = small(Project(tmp_path / "project")).replace("params.yaml", "dataset: synthetic", "dataset: csv")
    project.replace("params.yaml", "missing: error", "missing: drop").replace("params.yaml", "k: auto", "k: 2")
    frame.to_csv(project.folder / "data/raw/customers.csv", index=False)
    project.steps()
    assert project.json("reports/preprocess.json")["constant"] == ["age"]
    assert score(project, frame).returncode == 0
    expected = pq.read_table(project.folder / "data/segments").to_pandas()
    assert scored(project)["customer_id"].tolist() == expected["customer_id"].tolist()
    assert scored(project)["segment"].tolist() == expected["segment"].tolist()
    drift = pd.read_csv(project.folder / "out/scored.drift.csv")
    assert drift["stability_index"].dropna().max() < 1e-9
    nobody = frame[:1].assign(purchase_frequency=np.nan)
    refused(project, score(project, nobody, to="new.parquet"), 3, "no customer is left")


OUTPUTS = {
    "the input": ("new.csv", "./new.csv", "score would write ./new.csv over new.csv, which is read (score.input)"),
    "its drift table": (
        "new.drift.csv",
        "new.csv",
        "score would write new.drift.csv over new.drift.csv, which is read",
    ),
    "a table of the pipeline": ("new.csv", "data/customers/x.csv", "into data/customers, which ingest replaces"),
    "a folder": ("new.csv", "out/old.csv", "a folder"),
    "a file of the user": (
        "new.csv",
        "out/mine.csv",
        "out/mine.csv is a file that the step did not mark as its own, as",
    ),
    "a drift table of the user": ("new.csv", "out/my.csv", "out/my.drift.csv is a file that the step did not mark"),
}


@pytest.mark.parametrize(("to", "output", "message"), OUTPUTS.values(), ids=OUTPUTS)
def test_nothing_else_is_written_over(project, to, output, message):
    kept = [project.folder / name for name in ("out/old.csv/kept", "out/mine.csv", "out/my.drift.csv")]
    kept[0].parent.mkdir(parents=True)
    for file in kept:
        file.write_text("mine")
    refused(project, score(project, training(project), f"score.output={output}", to=to), 2, message)
    assert [file.read_text() for file in kept] == ["mine"] * 3


def test_scores_are_replaced_as_often_as_a_step_writes_them_until_somebody_edits_them(project):
    frame, file = training(project), project.folder / "out/scored.csv"
    for customers in (frame, frame[:50]):
        assert score(project, customers, "score.output=out/scored.csv").returncode == 0
        assert len(pd.read_csv(file)) == len(customers)
    file.write_text(file.read_text() + "more\n")
    refused(
        project, score(project, frame, "score.output=out/scored.csv"), 2, "out/scored.csv was changed since the step"
    )
    assert file.read_text().endswith("more\n")


def test_what_a_killed_run_left_is_cleared(project):
    left = project.folder / "out/..scored.parquet.partial.scratch.partial"
    (left / "customers").mkdir(parents=True)
    assert score(project, training(project)).returncode == 0
    assert not left.exists()


def refused(project, done, code, *message):
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    for words in message:
        assert words in done.stderr, done.stderr


MISMATCHES = {
    "missing": (lambda frame: frame.drop(columns="age"), ["no column 'age'"]),
    "extra": (lambda frame: frame.assign(city="Ulm"), ["column 'city' is none of those that the model was"]),
    "renamed": (lambda frame: frame.rename(columns={"age": "Age"}), ["no column 'age': did you mean 'Age'"]),
    "mistyped": (lambda frame: frame.assign(age="old"), ["'age' holds text", "data row"]),
    "no id": (lambda frame: frame.drop(columns="customer_id"), ["id column 'customer_id'"]),
}


@pytest.mark.parametrize(("change", "message"), MISMATCHES.values(), ids=MISMATCHES)
@pytest.mark.parametrize("to", ["new.csv", "new.parquet"])
def test_columns_unlike_those_of_the_fit_are_refused_and_nothing_is_written(project, change, message, to):
    before = project.outputs()
    refused(project, score(project, change(training(project)), to=to), 3, *message)
    assert project.outputs() == before
    assert {path.name for path in (project.folder / "out").iterdir()} == {".scored.drift.csv.lock"}


VALUES = {
    "infinite": (lambda frame: frame.assign(age=np.inf), ["'age' is infinite for 400 of 400"]),
    "too large": (lambda frame: frame.assign(purchase_frequency=1.7e308), ["too large to be placed, for 400 of 400"]),
    "beyond log1p": (lambda frame: frame.assign(spending=-3.0), ["'spending' is negative or too low"]),
    "one id twice": (lambda frame: frame.assign(customer_id="x"), ["stand in more than one row"]),
    "nobody": (lambda frame: frame[:0], ["returns no row"]),
}


@pytest.mark.parametrize(("change", "message"), VALUES.values(), ids=VALUES)
def test_values_that_preprocess_refuses_are_refused(project, change, message):
    refused(project, score(project, change(training(project)), to="new.parquet"), 3, *message)


def tamper(path):
    content = json.loads(path.read_text())
    content["segments"][0]["centre"][0] += 1
    path.write_text(json.dumps(content))


def outdate(path):
    content = json.loads(path.read_text()) | {"schema_version": 3}
    del content["checksum"]
    outputs.write_json(path, outputs.sealed(content))


MODELS = {
    "tampered": (tamper, "was altered since it was written"),
    "truncated": (lambda path: path.write_text(path.read_text()[:400]), "is corrupt"),
    "newer": (outdate, "has schema version 3, not 2"),
    "missing": (lambda path: path.unlink(), "is missing"),
}


@pytest.mark.parametrize(("damage", "message"), MODELS.values(), ids=MODELS)
def test_a_model_that_cannot_be_trusted_is_refused(project, damage, message):
    damage(project.folder / "data/model.json")
    refused(project, score(project, training(project)), 4, "data/model.json", message)
    assert not (project.folder / "out").exists()


def test_a_model_of_another_data_set_is_refused(project):
    refused(project, score(project, training(project), "dataset=cdnow"), 4, "'spending', which is no feature of")


def test_without_an_input_or_with_a_strange_output_the_configuration_is_at_fault(project):
    refused(project, project.stage("score"), 2, "score.input is empty")
    refused(project, score(project, training(project), "score.output=x.xlsx"), 2, "ends in .parquet, .csv or .tsv")


def test_the_query_of_the_data_set_reads_another_file_of_orders(real, tmp_path):
    real("cdnow/CDNOW_master.txt")
    project = small(Project(tmp_path / "project"))
    project.replace("params.yaml", "dataset: synthetic", "dataset: cdnow").replace("params.yaml", "k: auto", "k: 3")
    source = CUSTOMER_DATA / "cdnow/CDNOW_master.txt"
    shutil.copy(source, project.folder / "data/raw")
    project.steps()
    lines = source.read_text().splitlines()
    some = [line for line in lines[1:] if line.split()[0] < "02000"]
    (project.folder / "some.txt").write_text("\n".join([lines[0], *some]) + "\n")
    plain = project.stage("score", "score.input=some.txt", "score.output=out/scored.parquet")
    refused(project, plain, 3, "the id column 'customer_id' is not")
    (typed,) = shlex.split(plain.stderr.partition("is to read it, write ")[2])
    assert typed == 'score.input={lines: "some.txt"}'
    done = project.stage("score", typed, "score.output=out/scored.parquet")
    assert done.returncode == 0, done.stderr
    expected = pq.read_table(project.folder / "data/segments").to_pandas().set_index("customer_id")["segment"]
    placed = scored(project).set_index("customer_id")["segment"]
    assert len(placed) == len({line.split()[0] for line in some})
    assert placed.tolist() == expected[placed.index].tolist()
    assert project.stage("score", "score.output=out/all.parquet").returncode == 0
    assert scored(project, "out/all.parquet")["segment"].tolist() == expected.tolist()
