"""One query for each place: SQLite, PostgreSQL and DuckDB give the numbers of plain Python."""

import sqlite3
from collections import Counter
from collections.abc import Callable
from datetime import date

import adbc_driver_postgresql.dbapi
import duckdb
import pytest
from adoption.planted import surveyed

from segmentation.adoption.dialects import Dialect
from segmentation.pipeline.reading import DUCKDB, POSTGRES, SQLITE

CUTOFF = date(2025, 3, 1)
DAYS = [date(2025, 2, 28), date(2024, 2, 29), date(2025, 1, 1)]
TEXTS = {
    "year first": [str(day) for day in DAYS],
    "day first": [day.strftime("%d.%m.%Y") for day in DAYS],
    "with a time": [f"{day} 23:59:59" for day in DAYS],
}
AMOUNTS = {
    "German": (["1.234,50", "0,10", "0,20"], 2, 1234.8),
    "English": (["1,234.50", "0.10", "0.20"], 2, 1234.8),
    "euros": (["1.234,50 €", "0,10 €", "0,20 €"], 2, 1234.8),
    "percents": (["22,5 %", "0,5 %", "1 %"], 3, 0.24),
}
WORDS = ["b", "a", "a", "b", "c"]


def sqlite(table: str, select: str) -> list[tuple]:
    with sqlite3.connect(":memory:") as connection:
        return connection.execute(f"WITH {table} SELECT {select} FROM t").fetchall()


@pytest.fixture(params=[SQLITE, POSTGRES])
def place(request) -> tuple[str, Callable[[str, str], list[tuple]]]:
    """A database's dialect, and what runs SELECT there over a table of one column `x`."""
    if request.param == SQLITE:
        return SQLITE, sqlite
    url = request.getfixturevalue("postgres")

    def run(table: str, select: str) -> list[tuple]:
        with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute(f"WITH {table} SELECT {select} FROM t")
            return cursor.fetchall()

    return request.param, run


def rows(cells: list[object], kind: str = "") -> str:
    """A table `t` of the texts, as a part of WITH."""
    listed = ", ".join(f"({f'CAST({cell!r} AS {kind})' if kind else repr(cell)})" for cell in cells)
    return f"t(x) AS (VALUES {listed})"


@pytest.mark.parametrize("texts", TEXTS.values(), ids=TEXTS)
def test_days_of_text_are_counted_back_from_the_cutoff(place, texts):
    name, run = place
    sql = Dialect(name, CUTOFF.isoformat())
    column = surveyed({"x": texts})["x"]
    got = [int(days) for (days,) in run(rows(texts), sql.days(sql.cell(column)))]
    assert got == [(CUTOFF - day).days for day in DAYS]


@pytest.mark.parametrize("kind", ["DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"])
def test_days_of_a_type_are_counted_back_from_the_cutoff(postgres, kind):
    sql = Dialect(POSTGRES, CUTOFF.isoformat())
    column = surveyed({"x": DAYS}, {"x": kind})["x"]
    with adbc_driver_postgresql.dbapi.connect(postgres) as connection, connection.cursor() as cursor:
        cursor.execute(f"WITH {rows(list(map(str, DAYS)), kind)} SELECT {sql.days(f'max({sql.cell(column)})')} FROM t")
        assert cursor.fetchall() == [((CUTOFF - max(DAYS)).days,)]


@pytest.mark.parametrize("case", AMOUNTS.values(), ids=AMOUNTS)
def test_amounts_of_text_add_up_to_the_last_decimal(place, case):
    (name, run), (texts, decimals, total) = place, case
    sql, column = Dialect(name, CUTOFF.isoformat()), surveyed({"x": texts})["x"]
    [(given,)] = run(rows(texts), sql.total(sql.cell(column), decimals))
    assert float(given) == total


def test_the_most_frequent_word_is_the_first_of_equals(postgres):
    best = min(word for word, count in Counter(WORDS).items() if count == 2)
    with adbc_driver_postgresql.dbapi.connect(postgres) as connection, connection.cursor() as cursor:
        cursor.execute(f"WITH {rows(WORDS)} SELECT {Dialect(POSTGRES).most_frequent('x')} FROM t")
        assert cursor.fetchall() == [(best,)]
    assert duckdb.sql(f"WITH {rows(WORDS)} SELECT {Dialect().most_frequent('x')} FROM t").fetchall() == [(best,)]
    assert Dialect(SQLITE).most_frequent("x") == ""


def test_duckdb_counts_from_the_parameter_over_cells_that_the_source_has_read():
    column = surveyed({"x": TEXTS["day first"]})["x"]
    query = f"WITH {rows(list(map(str, DAYS)), 'DATE')} SELECT {Dialect().days(Dialect().cell(column))} FROM t"
    days = duckdb.execute(query, {"cutoff": CUTOFF.isoformat()}).fetchall()
    assert [number for (number,) in days] == [(CUTOFF - day).days for day in DAYS]
    assert Dialect().name == DUCKDB and Dialect().total('"x"', 2) == 'sum("x")'


@pytest.mark.parametrize("texts", TEXTS.values(), ids=TEXTS)
def test_the_first_and_the_last_day_are_days_again(place, texts):
    name, run = place
    sql = Dialect(name, CUTOFF.isoformat())
    column = surveyed({"x": texts})["x"]
    ends = ", ".join(sql.calendar_day(f"{extreme}({sql.cell(column)})") for extreme in ("min", "max"))
    [(first, last)] = run(rows(texts), ends)
    assert (str(first), str(last)) == (str(min(DAYS)), str(max(DAYS)))
