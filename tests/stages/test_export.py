"""Export hands the segments over as they are, keeps its control group, and fails where a proof does."""

import sqlite3

import pandas as pd
import pyarrow.parquet as pq
import pytest
from project import Project, small

from segmentation.activation import onnx_graph
from segmentation.model import SegmentModel
from segmentation.pipeline import parts


@pytest.fixture
def project(fitted, tmp_path):
    return fitted.copy(tmp_path / "project")


def exported(project, *overrides, **options):
    done = project.stage("export", *overrides, **options)
    assert done.returncode == 0, done.stderr
    return pd.read_csv(project.folder / "data/export/segments.csv", dtype={"customer_id": str})


def segments(project):
    return pq.read_table(project.folder / "data/segments").to_pandas()


def test_what_is_handed_over_are_the_segments(project):
    written, expected = exported(project), segments(project)
    assert list(written) == ["customer_id", "segment", "name", "margin"]
    for column in ("customer_id", "segment", "margin"):
        assert written[column].tolist() == expected[column].tolist(), column
    folder = project.folder / "data/export"
    assert {path.name for path in folder.iterdir()} == {"segments.csv", "segment.sql", "segment.onnx", "model.json"}
    assert (folder / "model.json").read_bytes() == (project.folder / "data/model.json").read_bytes()
    proof = {"sql": 1.0, "sql_ran_in": "duckdb", "onnx": 1.0, "customers": 400}
    assert project.json("reports/export.json") == proof


def test_the_exported_files_alone_place_raw_customers(project):
    expected = exported(project, "export.dialect=sqlite")
    assert project.json("reports/export.json")["sql_ran_in"] == "sqlite"
    raw = pq.read_table(project.folder / "data/customers").to_pandas()
    with sqlite3.connect(":memory:") as database:
        raw.to_sql("customers", database, index=False)
        rows = database.execute((project.folder / "data/export/segment.sql").read_text()).fetchall()
    assert {(row[0], row[1], row[2]) for row in rows} == set(
        expected[["customer_id", "segment", "name"]].itertuples(index=False, name=None)
    )
    graph = (project.folder / "data/export/segment.onnx").read_bytes()
    placed = onnx_graph.run(graph, {name: raw[name].to_numpy() for name in ("spending", "purchase_frequency", "age")})
    assert placed["segment"].tolist() == expected["segment"].tolist()


def test_the_control_group_has_its_share_and_stays(project):
    tenth = exported(project, "export.control_share=0.1").set_index("customer_id")["test_group"]
    assert set(tenth) == {"treatment", "control"}
    fifth = exported(project, "export.control_share=0.2", "ingest.part_rows=9").set_index("customer_id")["test_group"]
    assert set(tenth.index[tenth == "control"]) < set(fifth.index[fifth == "control"])
    other = exported(project, "export.control_share=0.1", "export.salt=second").set_index("customer_id")["test_group"]
    assert not tenth.equals(other)
    assert set(exported(project, "export.control_share=0")["test_group"]) == {"treatment"}
    assert set(exported(project, "export.control_share=1")["test_group"]) == {"control"}


def test_ids_that_a_spreadsheet_would_run_are_quoted(project):
    digest = {}
    for name in ("customers", "segments"):
        file = next((project.folder / "data" / name).glob("*.parquet"))
        table = pq.read_table(file)
        ids = ["=2+2", "\tx", *table["customer_id"].to_pylist()[2:]]
        parts.write(file, table.set_column(0, "customer_id", [ids]))
        digest = {"customers": parts.seal(file.parent, 1, **digest)}
    assert exported(project)["customer_id"].tolist()[:2] == ["'=2+2", "'\tx"]


def test_without_onnx_its_packages_are_not_needed(project):
    (project.folder / "onnx.py").write_text("raise ImportError")
    done = project.stage("export")
    assert done.returncode == 5 and "pip install" in done.stderr and done.stderr.count("\n") == 1
    exported(project, "export.onnx=false")
    assert not (project.folder / "data/export/segment.onnx").exists()
    assert set(project.json("reports/export.json")) == {"sql", "sql_ran_in", "customers"}


BREAKS = {
    "SQL": ("segmentation/activation/sql.py", "sql_number(-coordinate)", "sql_number(-1.5 * coordinate)"),
    "ONNX": ("segmentation/activation/onnx_graph.py", "centres[np.newaxis]", "centres[np.newaxis] * 1.5"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_the_step_fails_where_a_proof_does(project, what):
    exported(project)
    before = project.outputs()
    file, right, wrong = BREAKS[what]
    text = (project.folder / file).read_text()
    if right not in text:
        pytest.fail(f"{right} is not in {file}")
    (project.folder / file).write_text(text.replace(right, wrong))
    done = project.stage("export")
    assert done.returncode == 70 and done.stderr.count("\n") == 1
    assert f"the {what}" in done.stderr and "in another segment than the model" in done.stderr
    assert project.outputs() == before


@pytest.mark.parametrize(
    ("overrides", "end"),
    [
        ([], "SQL, run in duckdb, and ONNX agree with the model on 400 customers"),
        (["export.dialect=snowflake", "export.onnx=false"], "the SQL for snowflake is translated and was not run"),
    ],
)
def test_the_last_line_says_where_the_proof_ran(project, overrides, end):
    done = project.stage("export", *overrides)
    assert done.returncode == 0 and done.stdout.strip().endswith(end), done.stdout


def test_segments_of_other_customers_are_refused(project):
    assert project.stage("ingest", "data.source.seed=8").returncode == 0
    done = project.stage("export")
    assert done.returncode == 4 and "does not follow from data/customers" in done.stderr
    assert not (project.folder / "data/export").exists()


FAULTS = {
    "dialect": ("export.dialect=klingon", "klingon"),
    "share": ("export.control_share=1.5", "allowed is 0 to 1"),
    "table": ("export.table='x\"; DROP TABLE c; --'", "export.table: "),
}


@pytest.mark.parametrize(("override", "message"), FAULTS.values(), ids=FAULTS)
def test_a_bad_setting_is_refused(project, override, message):
    done = project.stage("export", override)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and message in done.stderr, done.stderr


def test_segments_go_into_a_table_of_a_database(project):
    sqlite3.connect(project.folder / "warehouse.db").execute("CREATE TABLE other (x)")
    target, env = "export.database={connection: WAREHOUSE, table: segments}", {"WAREHOUSE": "warehouse.db"}
    for _ in range(2):
        expected = exported(project, target, env=env)
        with sqlite3.connect(project.folder / "warehouse.db") as database:
            written = pd.read_sql("SELECT * FROM segments", database)
        pd.testing.assert_frame_equal(written, expected, check_dtype=False)
    done = project.stage("export", target)
    assert done.returncode == 5 and "WAREHOUSE" in done.stderr


def test_an_experiment_leaves_the_table_as_it_is(project):
    sqlite3.connect(project.folder / "warehouse.db").execute("CREATE TABLE segments (x)")
    target = "export.database={connection: WAREHOUSE, table: segments}"
    done = project.stage("export", target, env={"WAREHOUSE": "warehouse.db", "DVC_EXP_NAME": "tried-this"})
    assert done.returncode == 0 and "left as it is" in done.stdout
    assert list(pd.read_sql("SELECT * FROM segments", sqlite3.connect(project.folder / "warehouse.db"))) == ["x"]


def test_a_feature_may_be_called_as_a_result_is(tmp_path):
    project = small(Project(tmp_path / "project"))
    for file in ("conf/dataset/synthetic.yaml",):
        text = (project.folder / file).read_text().replace("age:", "segment:").replace("spending", "name")
        (project.folder / file).write_text(
            text.replace("age: high", "segment: high").replace("age: low", "segment: low")
        )
    project.steps(upto="analyze")
    exported(project)


def test_a_model_is_placed_by_the_pipeline_it_becomes(project):
    model = SegmentModel.load(project.folder / "data/model.json")
    raw = pq.read_table(project.folder / "data/customers").to_pandas()
    assert model.to_sklearn().predict(raw).tolist() == segments(project)["segment"].tolist()
