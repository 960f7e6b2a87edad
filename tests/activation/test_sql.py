"""The SELECT places customers as the model does, in databases that run it."""

import sqlite3
from contextlib import closing
from decimal import Decimal

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot
from cases import MODELS, NAMES, RESULTS, X, bought, case, check_alike, model, placed
from project import ROOT
from sqlglot import exp

from segmentation.activation import sql
from segmentation.features.space import Feature
from segmentation.pipeline.errors import ConfigurationFault

ID = 'customer "no."'


def table(frame: pd.DataFrame) -> pa.Table:
    """As Arrow, where NaN stays NaN, with ids."""
    columns = {name: pa.array(column.to_numpy(), from_pandas=False) for name, column in frame.items()}
    return pa.table({ID: pa.array(range(len(frame))), **columns})


def in_duckdb(model, rows: pa.Table) -> pd.DataFrame:
    with closing(duckdb.connect()) as connection:
        connection.sql("CREATE SCHEMA sales")
        connection.register("rows", rows)
        connection.sql('CREATE TABLE sales."all customers" AS SELECT * FROM rows')
        return connection.sql(sql.select(model, 'Sales."all customers"', ID, "duckdb")).to_arrow_table().to_pandas()


def in_sqlite(model, rows: pa.Table) -> pd.DataFrame:
    with closing(sqlite3.connect(":memory:")) as connection:
        names = ", ".join(exp.to_identifier(name, quoted=True).sql("sqlite") for name in rows.column_names)
        connection.execute(f'CREATE TABLE "order" ({names})')
        marks = ", ".join("?" * rows.num_columns)
        values = [[float(one) if isinstance(one, Decimal) else one for one in column.to_pylist()] for column in rows]
        connection.executemany(f'INSERT INTO "order" VALUES ({marks})', zip(*values, strict=True))
        return pd.read_sql_query(sql.select(model, "order", ID, "sqlite"), connection)


def in_postgres(url):
    from adbc_driver_postgresql import dbapi

    def run(model, rows: pa.Table) -> pd.DataFrame:
        with dbapi.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA test_sql")  # rolled back, with the table
            cursor.adbc_ingest("all customers", rows, mode="create", db_schema_name="test_sql")
            cursor.execute(sql.select(model, 'Test_SQL."all customers"', ID, "postgres"))
            result = cursor.fetch_arrow_table().to_pandas()
            connection.rollback()
            return result

    return run


@pytest.fixture(params=["duckdb", "sqlite", "postgres"])
def database(request):
    """Places the customers of an Arrow table in a database."""
    if request.param == "postgres":
        return in_postgres(request.getfixturevalue("postgres"))
    return {"duckdb": in_duckdb, "sqlite": in_sqlite}[request.param]


def shown(result: pd.DataFrame) -> pd.DataFrame:
    """In the order of the ids, with what `placed` has where `predict` refuses a customer."""
    assert result.columns.tolist() == [ID, *RESULTS]
    null = result[["segment", "name", "distance"]].isna()
    assert (null.all(axis=1) | ~null.any(axis=1)).all() and result["margin"][null["segment"]].isna().all()
    return (
        result.sort_values(ID, ignore_index=True)
        .fillna({"segment": 0, "name": ""})[RESULTS]
        .astype({"distance": float, "margin": float})
    )


@pytest.mark.parametrize("name", MODELS)
def test_customers_are_placed_as_the_model_does(name, database):
    model, frame, expected = case(name)
    beyond = (expected["segment"] > 0) & ~(expected["distance"] < 1e130)
    expected = expected.copy()
    expected.loc[beyond, RESULTS] = [0, "", np.nan, np.nan]
    assert 0 < (expected["segment"] == 0).sum() < 300
    check_alike(shown(database(model, table(frame))), expected)


def test_real_customers_are_placed_as_the_model_does(database):
    model, frame = bought(ROOT / "data/examples/online_retail.parquet")
    check_alike(shown(database(model, table(frame))), model.predict(frame))


def test_of_centres_equally_near_the_first_counts(database):
    frame = pd.DataFrame({"x": [0, 0, -3, 1, -1], "y": [0, -2, -3, 1, 1]})
    result = shown(database(MODELS["equally near"], table(frame)))
    assert result["segment"].tolist() == [4, 1, 3, 4, 3]
    assert result["margin"].tolist() == [0, 1 - np.round(1 / np.sqrt(5), 9), 0, 0, 0]
    result = shown(database(model([X], [[0], [0], [5]]), table(frame[["x"]])))
    assert result.iloc[0].tolist() == [1, "A", 0, 0]


COLUMNS = {
    "integers": pa.array([1, -7, None, 3], pa.int32()),
    "small integers": pa.array([1, -128, None, 3], pa.int16()),
    "big integers": pa.array([2**62 + 1, -(2**63), None, 2**53 + 1], pa.int64()),
    "decimals": pa.array([Decimal("0.10"), Decimal("-1234567890123.45"), None, Decimal("33.33")], pa.decimal128(18, 2)),
    "single precision": pa.array([0.1, np.nan, None, np.inf], pa.float32()),
    "nothing": pa.array([None, None, None, None], pa.float64()),
}


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
@pytest.mark.parametrize("fill", [None, 2.5])
def test_columns_are_of_any_type_of_number(column, fill, database):
    one = model([Feature("x", "", "none", None, fill, None, None, 10.0, 3.0)], [[0.0], [-3.0], [1e12]])
    result = shown(database(one, pa.table({ID: pa.array(range(4)), "x": column})))
    expected = placed(one, column.cast(pa.float64(), safe=False).to_pandas().to_frame("x"))
    pd.testing.assert_frame_equal(result, expected, check_dtype=False, rtol=1e-15)


def test_ids_are_of_any_type_and_need_not_be_unique(database):
    ids = pa.array(["b", None, "a", "b"])
    result = database(MODELS["one feature"], pa.table({ID: ids, "select": pa.array([1.0, 2.0, 60.0, 1.0])}))
    assert sorted(result[ID].fillna("")) == ["", "a", "b", "b"] and result["segment"].notna().all()
    assert len(database(MODELS["one feature"], pa.table({ID: ids, "select": pa.array([1.0] * 4)})[:0])) == 0


def test_names_cannot_break_out_of_the_statement(database):
    names = ["a\n; DROP TABLE x", "-- b */", 'c" "', "d' '", "Distance", "squared_1"]
    one = model([Feature(name, "m\n2", "none", None, None, None, None, 0.0, 1.0) for name in names], np.eye(6)[:5])
    frame = pd.DataFrame(np.eye(6), columns=names)
    pd.testing.assert_frame_equal(shown(database(one, table(frame))), placed(one, frame), check_dtype=False)


def test_duckdb_places_the_customers_of_a_file(tmp_path):
    one, frame, expected = case("one feature")
    path = tmp_path / "all customers.v1.parquet"
    pq.write_table(table(frame), path)
    check_alike(shown(duckdb.sql(sql.select(one, f"'{path}'", ID, "duckdb")).to_arrow_table().to_pandas()), expected)


SELECT = """\
-- Places the customers of "shop"."customers" in the segments of a model: one row per customer, with Id, segment, name,
--   distance, margin.
-- The table holds Id and, as numbers, spending (dollars), days.
-- The distance is that to the segment's centre, in standard deviations. The margin is 0 on the border to the next
--   segment and 1 at the centre. Who cannot be placed has NULL in all four.
-- Dialect: postgres. Generated from the model: do not edit.
WITH typed AS (
  SELECT
    "Id" AS customer_id,
    CAST("spending" AS DOUBLE PRECISION) AS "spending",
    CAST("days" AS DOUBLE PRECISION) AS "days"
  FROM "shop"."customers"
), filled AS (
  SELECT
    customer_id,
    CASE
      WHEN "spending" BETWEEN -1.7976931348623157e+308 AND 1.7976931348623157e+308 THEN "spending"
    END AS "spending",
    CASE
      WHEN "days" BETWEEN -1.7976931348623157e+308 AND 1.7976931348623157e+308 THEN "days"
      WHEN -ABS("days") <= 0 THEN NULL
      ELSE 7.0
    END AS "days"
  FROM typed
), clipped AS (
  SELECT
    customer_id,
    "spending",
    CASE WHEN "days" < 0.0 THEN 0.0 WHEN "days" > 365.0 THEN 365.0 ELSE "days" END AS "days"
  FROM filled
), transformed AS (
  SELECT
    customer_id,
    CASE WHEN "spending" > -1 THEN LN(1 + "spending") END AS "spending",
    "days"
  FROM clipped
), scaled AS MATERIALIZED (
  SELECT
    customer_id,
    ROUND(("spending" - 4.5) / 1.25 * 1e9) / 1e9 AS "spending",
    ROUND(("days" - 30.0) / 12.5 * 1e9) / 1e9 AS "days"
  FROM transformed
), squared AS MATERIALIZED (
  SELECT
    customer_id,
    ("spending" - 1.0) * ("spending" - 1.0) + ("days" + 0.5) * ("days" + 0.5) AS squared_1,
    ("spending" + 1.0) * ("spending" + 1.0) + ("days" - 0.5) * ("days" - 0.5) AS squared_4
  FROM scaled
), nearest AS (
  SELECT
    *,
    CASE LEAST(squared_1, squared_4) WHEN squared_1 THEN 1 WHEN squared_4 THEN 4 END AS segment,
    LEAST(squared_1, squared_4) AS squared_nearest
  FROM squared
), placed AS (
  SELECT
    *,
    CASE segment WHEN 1 THEN squared_4 WHEN 4 THEN squared_1 END AS squared_next
  FROM nearest
)
SELECT
  customer_id AS "Id",
  segment,
  CASE segment WHEN 1 THEN 'A' WHEN 4 THEN 'O''Neil & "Söhne"' END AS name,
  ROUND(SQRT(squared_nearest) * 1e9) / 1e9 AS distance,
  CASE
    WHEN squared_next > 0 THEN ROUND((1 - SQRT(squared_nearest) / SQRT(squared_next)) * 1e9) / 1e9
    WHEN squared_next = 0 THEN 0.0
  END AS margin
FROM placed
"""


def test_the_select_reads_from_top_to_bottom_as_the_method_does():
    days = Feature("days", "", "none", None, 7.0, 0.0, 365.0, 30.0, 12.5)
    spending = Feature("spending", "dollars", "log1p", None, None, None, None, 4.5, 1.25)
    assert (
        sql.select(model([spending, days], [[1, -0.5], [-1, 0.5]], (1, 4)), "shop.Customers", "Id", "postgres")
        == SELECT
    )


@pytest.mark.parametrize("dialect", sql.DIALECTS)
def test_every_dialect_is_one_select_that_sqlglot_reads_again(dialect):
    for one in (MODELS["every transform"], MODELS["one segment"], MODELS["yeo-johnson 0.0001"]):
        text = sql.select(one, "customers", "id", dialect)
        (tree,) = sqlglot.parse(text, read=dialect)
        assert isinstance(tree, exp.Select) and [column.alias_or_name for column in tree.selects[1:]] == RESULTS
        names = {literal.this for literal in tree.find_all(exp.Literal) if literal.is_string}
        assert names == set(NAMES[: len(one.names)])
        sources = [select.find(exp.From).this.name.lower() for select in (*(cte.this for cte in tree.ctes), tree)]
        assert sources == ["customers", *(cte.alias.lower() for cte in tree.ctes)]  # each reads the one before it
        assert len(list(tree.find_all(exp.Table))) == len(sources)
        assert (", 0) / 1e9 AS distance" in text) is (dialect in sql.TWO_ARGUMENTS)
        assert not list(tree.find_all(exp.Nullif, exp.Coalesce)) and "MATERIALIZED" * (dialect in sql.FENCING) in text


@pytest.mark.parametrize(
    ("dialect", "given", "written"),
    [
        ("postgres", "Sales.Customers", '"sales"."customers"'),
        ("postgres", 'Sales."Customers"', '"sales"."Customers"'),
        ("postgres", "order", '"order"'),
        ("snowflake", "sales.customers", '"SALES"."CUSTOMERS"'),
        ("mysql", "sales.`alle Kunden`", "`sales`.`alle Kunden`"),
        ("bigquery", "`my-project.sales.customers`", "`my-project`.`sales`.`customers`"),
        ("tsql", "[a b].Customers", "[a b].[Customers]"),
        ("duckdb", "sales.alle kunden", '"sales"."alle kunden"'),
        ("sqlite", "x; DROP TABLE y", '"x; DROP TABLE y"'),
    ],
)
def test_a_table_is_named_as_its_dialect_does(dialect, given, written):
    text = sql.select(MODELS["one feature"], given, "id", dialect)
    assert f"\n  FROM {written}\n" in text and f"customers of {written} in" in text


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"dialect": "postgresql"}, "the SQL dialect 'postgresql' is unknown: did you mean 'postgres'.+ athena, "),
        ({"dialect": "dax"}, "the SQL dialect 'dax' is unknown: .*there are: athena"),
        ({"dialect": ""}, "the SQL dialect '' is unknown: there are: athena"),
        ({"id": "Segment"}, "the id column cannot be called 'Segment', as a result is: rename it in the query"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(given, text):
    with pytest.raises(ConfigurationFault, match=text):
        sql.select(MODELS["one feature"], **{"table": "customers", "id": "id", "dialect": "duckdb"} | given)


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite", "postgres", "snowflake", "tsql", "bigquery"])
@pytest.mark.parametrize(
    "table",
    [
        *("", " ", "'", '"', "a'b", '"a', 'x"; DROP TABLE c; --', "a; b;", "read_csv('x')", "a..b", ".a", "a."),
        *("a -- b", "a /* b */", "/*", "@a", ":a", "?", "a\nb", "a\0b", "a\u2028b"),
    ],
)
def test_what_is_no_name_of_a_table_is_refused(table, dialect):
    refuse(table, dialect)


@pytest.mark.parametrize(
    ("table", "dialect"), [("a.b.c.d", "duckdb"), ("a.b.c", "sqlite"), ("[a", "tsql"), ("`a", "mysql"), ("#a", "tsql")]
)
def test_what_one_dialect_does_not_take_for_a_table_is_refused(table, dialect):
    refuse(table, dialect)


def refuse(table, dialect):
    with pytest.raises(ConfigurationFault, match=r"^export\.table: .* is no name of a table in "):
        sql.select(MODELS["one feature"], table, "id", dialect)
