"""A column that a database does not have is told with those it has; SQLite would take one in quotes for a text."""

import re
import sqlite3
from contextlib import closing
from uuid import uuid4

import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi
import pytest
from omegaconf import OmegaConf
from project import ROOT

from segmentation.pipeline.errors import ConfigurationFault
from segmentation.pipeline.reading import POSTGRES, SQLITE
from segmentation.pipeline.source_kinds import Database
from segmentation.sources import database, known_columns

NAME = "WAREHOUSE_URL"
TABLE = 'orders (customer_id TEXT, "Umsatz €" DOUBLE PRECISION, day DATE, amount DOUBLE PRECISION)'
ROWS = "orders VALUES ('b', 1, '2025-12-31', 2.5), ('a', 1, '2025-12-01', 1), ('b', 1, '2025-12-30', 2)"


@pytest.fixture
def lite(tmp_path, monkeypatch):
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute(f"CREATE TABLE {TABLE}")
        connection.execute(f"INSERT INTO {ROWS}")
        connection.commit()
    monkeypatch.setenv(NAME, f"sqlite:{tmp_path}/shop.db")


@pytest.fixture
def large(postgres, monkeypatch):
    """A table `orders` in a schema that the sessions of the test look into."""
    schema = f"test_{uuid4().hex}"
    with adbc_driver_postgresql.dbapi.connect(postgres) as connection, connection.cursor() as cursor:
        for statement in (f"CREATE SCHEMA {schema}", f"SET search_path = {schema}", f"CREATE TABLE {TABLE}"):
            cursor.execute(statement)
        cursor.execute(f"INSERT INTO {ROWS}")
        connection.commit()
        monkeypatch.setenv(NAME, postgres)
        monkeypatch.setenv("PGOPTIONS", f"-c search_path={schema}")
        yield
        cursor.execute(f"DROP SCHEMA {schema} CASCADE")
        connection.commit()


def read(tmp_path, sql):
    source = Database("database", NAME, sql)
    return [
        row for table in database.read_database(source, "customer_id", 10, tmp_path / "w") for row in table.to_pylist()
    ]


THERE = "there are: Umsatz €, amount, customer_id, day"
UNKNOWN = [
    ("SELECT custmer_id FROM orders", f"did you mean 'customer_id'? {THERE}"),
    ("SELECT o.custmer_id FROM orders AS o", f"did you mean 'customer_id'? {THERE}"),
    ('SELECT customer_id, "Umsatz E" FROM orders', f"did you mean 'Umsatz €'? {THERE}"),
    ('WITH x AS (SELECT customer_id, day FROM orders) SELECT customer_id, "dya" FROM x', "did you mean 'day'? there"),
    ('SELECT customer_id FROM orders WHERE day > "2025-01-01"', THERE),
]
SOUND = [
    'SELECT customer_id, "Umsatz €" AS "My x" FROM orders ORDER BY "My x", customer_id',
    'WITH x("id", "y") AS (SELECT customer_id, amount FROM orders) SELECT "id" AS customer_id, "y" FROM x ORDER BY 1',
    'SELECT "customer_id", "n" FROM (SELECT customer_id, count(*) AS "n" FROM orders GROUP BY 1) AS t ORDER BY 1',
]


@pytest.mark.parametrize(("sql", "message"), UNKNOWN)
def test_sqlite_tells_the_columns_there_are(sql, message, lite, tmp_path):
    with pytest.raises(ConfigurationFault, match=re.escape(message)):
        read(tmp_path, sql)


@pytest.mark.parametrize(("sql", "message"), UNKNOWN)
def test_postgresql_tells_the_columns_there_are(sql, message, large, tmp_path):
    with pytest.raises(ConfigurationFault, match=re.escape(message)):
        read(tmp_path, sql)


@pytest.mark.parametrize("sql", SOUND)
def test_what_a_query_names_itself_is_a_column(sql, lite, tmp_path):
    with adbc_driver_sqlite.dbapi.connect(str(tmp_path / "shop.db")) as connection:
        known_columns.check_quoted(connection, sql, SQLITE)


def test_a_table_that_cannot_be_asked_leaves_the_query_to_the_database(lite, tmp_path):
    sql = """SELECT "value" AS customer_id FROM json_each('["a", "b"]')"""
    assert [row["customer_id"] for row in read(tmp_path, sql)] == ["a", "b"]


def test_a_fault_of_something_else_is_not_about_columns(lite, tmp_path):
    with adbc_driver_sqlite.dbapi.connect(str(tmp_path / "shop.db")) as connection:
        assert known_columns.hint(connection, "SELECT 1 FROM nowhere", POSTGRES, "no such table: nowhere") == ""


def template_queries():
    """The query of the template, and the one in its comments."""
    text = (ROOT / "conf/dataset/database.yaml").read_text()
    lite = text[text.index("  # query: |") : text.index("# What to cluster on")].replace("  # ", "  ")
    return OmegaConf.create(text).source.query, OmegaConf.create(lite).query


EXPECTED = [
    {"customer_id": "a", "recency": 31, "frequency": 1, "monetary": 1.0},
    {"customer_id": "b", "recency": 1, "frequency": 2, "monetary": 4.5},
]


def test_the_query_of_the_template_runs_in_postgresql(large, tmp_path):
    assert read(tmp_path, template_queries()[0]) == EXPECTED


def test_the_query_in_its_comments_runs_in_sqlite(lite, tmp_path):
    assert read(tmp_path, template_queries()[1]) == EXPECTED
