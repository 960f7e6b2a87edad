"""The step ingest writes the customers of a source in parts, and says what it read."""

import pyarrow.parquet as pq
import pytest


def test_synthetic_customers_come_in_parts_beside_their_planted_segments(project):
    done = project.stage("ingest", "ingest.part_rows=150")
    assert done.returncode == 0, done.stderr
    rows = [pq.read_metadata(file).num_rows for file in sorted((project.folder / "data/customers").glob("*.parquet"))]
    assert rows == [150, 150, 100]
    customers, planted = (pq.read_table(project.folder / f"data/{name}") for name in ("customers", "planted"))
    assert customers["customer_id"].equals(planted["customer_id"])
    written = project.json("reports/ingest.json")
    assert (written["dataset"], written["customers"], written["period"]) == ("synthetic", 400, None)


@pytest.mark.parametrize(("ids", "read"), [(["007", "1e5"], 2), (["a", "b", "c"], 3)])
def test_a_table_is_read_letter_by_letter_and_told_with_the_hash_of_its_file(project, ids, read):
    rows = "\n".join(f"{name},{number}.5,3,40" for number, name in enumerate(ids))
    (project.folder / "data/raw/customers.csv").write_text(f"customer_id,spending,purchase_frequency,age\n{rows}\n")
    done = project.stage("ingest", "dataset=csv")
    assert done.returncode == 0 and f"{read} customers" in done.stdout
    assert pq.read_table(project.folder / "data/customers")["customer_id"].to_pylist() == ids
    (source,) = project.json("reports/ingest.json")["inputs"]
    assert source["name"] == "customers.csv" and source["hash"].startswith("sha256 ")


def test_the_first_and_the_last_day_are_told(project):
    (project.folder / "data/raw/customers.csv").write_text("customer_id,joined\na,2025-03-01\nb,2024-02-29 23:59:59\n")
    for period, days in {
        "SELECT min(joined), max(joined) FROM customers": ["2024-02-29", "2025-03-01"],
        "": None,
    }.items():
        done = project.stage("ingest", "dataset=csv", f"+data.source.period='{period}'")
        assert done.returncode == 0, done.stderr
        assert project.json("reports/ingest.json")["period"] == days
    done = project.stage("ingest", "dataset=csv", "+data.source.period='SELECT min(joined) FROM customers'")
    assert done.returncode == 2 and "`source.period` of conf/dataset/csv.yaml gives 1 column" in done.stderr
    assert done.stderr.count("\n") == 1 and project.json("reports/ingest.json")["period"] is None


# A case: a setting, what lies there, and what is said of it.
OTHERS = {
    "a folder of the user": (
        "paths.customers=mine",
        "mine/thesis.txt",
        "mine holds 'thesis.txt', which the step did not",
    ),
    "code": ("paths.planted=segmentation", "segmentation/mine.py", "paths.planted is segmentation: ingest would write"),
    "the project": ("paths.customers=.", "mine.txt", "paths.customers is .: ingest would write . over segmentation, a"),
    "a note in its own folder": (
        "seed=7",
        "data/customers/mine.txt",
        "data/customers holds 'mine.txt', which the step",
    ),
}


@pytest.mark.parametrize(("setting", "name", "words"), OTHERS.values(), ids=OTHERS)
def test_what_the_step_did_not_write_stays(project, setting, name, words):
    file = project.folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("mine")
    done = project.stage("ingest", setting.replace("seed", "data.source.seed"))
    assert done.returncode == 2 and words in done.stderr and done.stderr.count("\n") == 1, done.stderr
    assert file.read_text() == "mine" and not (project.folder / "reports").exists()
