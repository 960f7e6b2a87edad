"""Known facts of real data come out."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from project import ROOT, Project

from segmentation.pipeline.source_kinds import Query
from segmentation.sources import query

EXAMPLE = ROOT / "data/examples/online_retail.parquet"


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(tmp_path / "project").replace("params.yaml", "n_init: 10   # res", "n_init: 3   # res")


def customers(project: Project) -> pd.DataFrame:
    return pq.read_table(project.folder / "data/customers").to_pandas()


def test_the_example_holds_the_order_lines_of_online_retail(real):
    lines, names = pq.read_table(EXAMPLE), pq.read_schema(EXAMPLE).names
    assert len(names) == 6
    assert lines.equals(pq.read_table(real("online_retail/online_retail.parquet"), columns=names))


def test_online_retail(project):
    project.steps("dataset=online_retail")
    lines = pd.read_parquet(EXAMPLE)
    assert len(lines) == 541_909
    lines = lines[lines.CustomerID.notna() & (lines.Quantity > 0) & (lines.UnitPrice > 0)]
    assert len(lines) == 397_884
    spent = (lines.Quantity * lines.UnitPrice).groupby(lines.CustomerID).sum()
    table = customers(project)
    assert len(table) == 4_338
    assert table.customer_id.tolist() == [str(int(id)) for id in spent.index]
    assert np.allclose(table.monetary, spent)
    assert table.frequency.tolist() == lines.groupby("CustomerID").InvoiceNo.nunique().tolist()
    assert table.recency.min() == 1
    names = [segment["name"] for segment in project.json("reports/segments.json")["segments"]]
    assert names[0] == "High-Value"
    assert "Low-Engagement" in names


def test_an_earlier_cut_off_date_leaves_later_orders_out(project):
    project.steps("dataset=online_retail", "data.source.parameters.cutoff='2011-06-01'", upto="ingest")
    lines = pd.read_parquet(EXAMPLE)
    lines = lines[lines.CustomerID.notna() & (lines.Quantity > 0) & (lines.UnitPrice > 0)]
    assert len(customers(project)) == lines[lines.InvoiceDate < "2011-06-01"].CustomerID.nunique()


def test_cdnow(project, real):
    project.steps("dataset=cdnow", f"data.source.files.lines={real('cdnow/CDNOW_master.txt')}", "cluster.k=3")
    table = customers(project)
    assert len(table) == 23_570
    assert table.monetary.sum() == pytest.approx(2_500_315.63)
    assert table.customer_id.iloc[0] == "00001"
    names = [segment["name"] for segment in project.json("reports/segments.json")["segments"]]
    assert names[0] == "High-Value"


SAMPLE = r"""
    WITH cells AS (SELECT string_split_regex(trim(line), '\s+') AS cell FROM lines),
    orders AS (SELECT DISTINCT cell[2] AS id, strptime(cell[3], '%Y%m%d')::DATE AS day FROM cells)
    SELECT
        id,
        count(*) - 1 AS frequency,
        date_diff('day', min(day), max(day)) / 7 AS recency,
        date_diff('day', min(day), $cutoff::DATE) / 7 AS T
    FROM orders WHERE day <= $cutoff::DATE GROUP BY id ORDER BY id
"""


def test_the_cdnow_sample_has_its_known_frequency_recency_and_age(tmp_path, real):
    files = {"lines": str(real("cdnow/CDNOW_sample.txt"))}
    tables = query.read_files(
        Query("query", files, SAMPLE, parameters={"cutoff": "1997-09-30"}), "id", 10_000, tmp_path / "work"
    )
    table = pa.concat_tables(tables).to_pandas()
    known = pd.read_csv(real("cdnow/cdnow_customers_summary.csv"))
    assert len(table) == len(known) == 2_357
    assert table.customer_id.astype(int).tolist() == known.ID.tolist()
    assert table.frequency.tolist() == known.frequency.tolist()
    for column in ("recency", "T"):
        assert np.allclose(table[column], known[column], atol=0.00501), column


def test_wholesale_customers_run_by_the_csv_template_alone(project, real):
    path = real("wholesale_customers/Wholesale customers data.csv")
    template = (project.folder / "conf/dataset/csv.yaml").read_text()
    head = template[: template.index("\nfeatures:")]
    head = head.replace("data/raw/customers.csv", str(path))
    head = head.replace("SELECT * FROM", "SELECT row_number() OVER () AS customer_id, * FROM", 2)
    columns = ("Fresh", "Milk", "Grocery", "Frozen", "Detergents_Paper", "Delicassen")
    features = "\n".join(f"  {column}: {{unit: monetary units, transform: log1p}}" for column in columns)
    tail = "\nprofile:\n  Channel: {}\n  Region: {}\nvalue: Grocery\nnames: []\n"
    (project.folder / "conf/dataset/wholesale.yaml").write_text(f"{head}\nfeatures:\n{features}{tail}")
    project.replace("params.yaml", "dataset: synthetic", "dataset: wholesale").steps()
    table = customers(project)
    assert len(table) == 440
    assert table.customer_id.tolist() == [str(n) for n in range(1, 441)]
    raw = pd.read_csv(path)
    assert table[list(columns)].equals(raw[list(columns)])
    segments = project.json("reports/segments.json")["segments"]
    assert sum(segment["size"] for segment in segments) == 440
    assert all(segment["name"] for segment in segments)


def test_orders_of_online_retail_may_stay_one_segment(project):
    project.steps("dataset=online_retail", "elbow.without_groups=one", upto="stability")
    assert project.json("data/k.json")["k"] == 1
    assert project.json("reports/elbow.json")["verdict"] == "constructive"
    assert project.json("reports/cluster.json")["sizes"] == [4_338]
    assert project.json("reports/stability.json")["lowest_jaccard"] == 1


@pytest.mark.parametrize(
    ("name", "k_max", "planted", "least"),
    [("s1", 25, 15, 8.9176156e12), ("s2", 25, 15, 1.3279109e13), ("unbalance", 20, 8, 2.1449206e11)],
)
def test_the_known_number_of_segments_and_sum_of_squares(project, real, name, k_max, planted, least):
    X = np.loadtxt(real(f"sipu/{name}.txt"))
    rows = "\n".join(f"{number},{x:.0f},{y:.0f}" for number, (x, y) in enumerate(X))
    (project.folder / "data/raw/customers.csv").write_text(f"customer_id,x,y\n{rows}\n")
    template = (project.folder / "conf/dataset/csv.yaml").read_text()
    settings = "features:\n  x: {}\n  y: {}\nprofile: {}\nvalue: null\nnames: []\n"
    (project.folder / "conf/dataset/csv.yaml").write_text(template[: template.index("features:")] + settings)
    project.steps("dataset=csv", f"elbow.k_max={k_max}", upto="cluster")
    assert project.json("data/k.json")["k"] == planted
    assert project.json("reports/elbow.json")["verdict"] == "clear"
    label = pq.read_table(project.folder / "data/segments")["segment"].to_numpy()
    squares = sum(((X[label == s] - X[label == s].mean(axis=0)) ** 2).sum() for s in range(1, planted + 1))
    assert squares < 1.001 * least
