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
    assert (written["dataset"], written["customers"]) == ("synthetic", 400)


@pytest.mark.parametrize(("ids", "read"), [(["007", "1e5"], 2), (["a", "b", "c"], 3)])
def test_a_table_is_read_letter_by_letter_and_told_with_the_hash_of_its_file(project, ids, read):
    rows = "\n".join(f"{name},{number}.5,3,40" for number, name in enumerate(ids))
    (project.folder / "data/raw/customers.csv").write_text(f"customer_id,spending,purchase_frequency,age\n{rows}\n")
    done = project.stage("ingest", "dataset=csv")
    assert done.returncode == 0 and f"{read} customers" in done.stdout
    assert pq.read_table(project.folder / "data/customers")["customer_id"].to_pylist() == ids
    (source,) = project.json("reports/ingest.json")["inputs"]
    assert source["name"] == "customers.csv" and source["hash"].startswith("sha256 ")
