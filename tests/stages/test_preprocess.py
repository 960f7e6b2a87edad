"""The step preprocess writes standardised features of the customers who stay, in their order."""

import numpy as np
import pyarrow.parquet as pq
import pytest


@pytest.fixture
def read(project):
    """A table of 40 customers with a long tail, a constant column and a missing value."""
    draws = np.random.default_rng(0)
    lines = [
        f"c{number},{spending:.2f},{7},{'' if number == 5 else 20 + number}"
        for number, spending in enumerate(draws.lognormal(3, 1, 40))
    ]
    table = "\n".join(["customer_id,spending,purchase_frequency,age", *lines])
    (project.folder / "data/raw/customers.csv").write_text(table)
    assert project.stage("ingest", "dataset=csv").returncode == 0
    return project


def test_features_are_standardised_over_those_who_stay(read):
    done = read.stage("preprocess", "dataset=csv", "preprocess.missing=drop")
    assert done.returncode == 0 and "'purchase_frequency' is the same for every customer" in done.stdout
    table = pq.read_table(read.folder / "data/features").to_pandas()
    assert table["_row"].tolist() == [row for row in range(40) if row != 5]
    features = table[["spending", "age"]]
    assert features.mean().to_numpy() == pytest.approx(0, abs=1e-8)
    assert features.std(ddof=0).to_numpy() == pytest.approx(1)
    written = read.json("reports/preprocess.json")
    assert (written["customers"], written["left_out"], written["constant"]) == (40, 1, ["purchase_frequency"])


def test_a_missing_value_is_filled_with_the_median_and_counted(read):
    assert read.stage("preprocess", "dataset=csv", "preprocess.missing=median").returncode == 0
    assert pq.read_table(read.folder / "data/features").num_rows == 40
    assert read.json("reports/preprocess.json")["features"]["age"]["missing"] == 1


def test_a_row_of_totals_is_told_by_its_place(project):
    draws = np.random.default_rng(0)
    spending, orders = draws.lognormal(3, 1, 60).round(2), draws.poisson(4, 60) + 1
    lines = [f"c{n},{s},{o},{20 + n % 50}" for n, (s, o) in enumerate(zip(spending, orders, strict=True))]
    lines = ["customer_id,spending,purchase_frequency,age", *lines, f"Summe,{spending.sum():.2f},{orders.sum()},40"]
    (project.folder / "data/raw/customers.csv").write_text("\n".join(lines))
    assert project.stage("ingest", "dataset=csv", "ingest.part_rows=25").returncode == 0
    done = project.stage("preprocess", "dataset=csv")
    (doubt,) = project.json("reports/preprocess.json")["caveats"]
    assert doubt.startswith("data row 61 holds as much of 'spending' and 'purchase_frequency' as all other rows")
    assert f"warning: {doubt}\n" in done.stdout and "Summe" not in done.stdout
