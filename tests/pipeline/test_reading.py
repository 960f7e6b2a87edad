"""The SQL that reads text gives the right numbers in DuckDB, SQLite and PostgreSQL."""

import sqlite3

import duckdb
import pyarrow as pa
import pytest
from adbc_driver_postgresql import dbapi
from written import NAME, WRITTEN

from segmentation.pipeline import cures, notation, reading
from segmentation.pipeline.reading import POSTGRES, SQLITE, identifier, literal

UNREAD = {"month names", "day first"}  # SQLite has no strptime: days and months need two digits there


def expression(cells, dialect):
    """The SQL of a column called NAME, of dates as days to the latest; None where the dialect cannot read it."""
    selected = cures.advice(NAME, notation.shapes(pa.array(cells, pa.string())), dialect=dialect)
    return selected.split("`")[-2] if "`" in selected.removesuffix("`") else None


@pytest.mark.parametrize("name", WRITTEN)
def test_sqlite_reads_what_it_can(name):
    cells, numbers = WRITTEN[name]
    sql = expression(cells, SQLITE)
    assert (sql is None) == (name in UNREAD)
    if sql is None:
        return
    with sqlite3.connect(":memory:") as database:
        database.execute(f"CREATE TABLE t (id INTEGER, {identifier(NAME)} TEXT)")
        database.executemany("INSERT INTO t VALUES (?, ?)", enumerate(cells))
        values = [value for (value,) in database.execute(f"SELECT {sql} FROM t ORDER BY id")]
    assert values == pytest.approx(numbers)


def test_postgresql_reads_all(postgres):
    with dbapi.connect(postgres) as database, database.cursor() as cursor:
        for name, (cells, numbers) in WRITTEN.items():
            rows = ", ".join(f"({n}, {'NULL' if cell is None else literal(cell)})" for n, cell in enumerate(cells))
            table = f"(VALUES {rows}) AS t(id, {identifier(NAME)})"
            cursor.execute(f"SELECT {expression(cells, POSTGRES)} FROM {table} ORDER BY id")
            assert [value for (value,) in cursor.fetchall()] == pytest.approx(numbers), name


@pytest.mark.parametrize(
    ("texts", "sql"),
    [
        (["Ja", "nein", "ja"], "CASE WHEN x IN ('Ja', 'ja') THEN 1 WHEN x IN ('nein') THEN 0 END"),
        (["true"], "CASE WHEN x IN ('true') THEN 1 END"),
        (["j"], None),
        (["ja", "vielleicht"], None),
    ],
)
def test_answers_are_taken_as_they_are_spelled(texts, sql):
    cure = reading.answers("x", texts)
    assert (cure.readings[0][1] if cure else None) == sql


@pytest.mark.parametrize("name", ["plain", 'say "x"', "it's"])
def test_names_and_texts_come_back_from_sql_letter_by_letter(name):
    assert duckdb.sql(f"SELECT {literal(name)} AS {identifier(name)}").fetchall() == [(name,)]
    assert duckdb.sql(f"SELECT {literal(name)} AS {identifier(name)}").columns == [name]


@pytest.mark.parametrize("text", ["plain", "it's", 'say "x"', "'; DROP TABLE t; --", ""])
def test_a_text_comes_back_from_sql_letter_by_letter(text):
    assert duckdb.sql(f"SELECT {reading.literal(text)}").fetchall() == [(text,)]
    if text:
        assert duckdb.sql(f"SELECT 1 AS {reading.identifier(text)}").columns == [text]
