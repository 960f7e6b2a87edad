"""A cure is followed literally: the SQL that the message shows makes the right numbers of that text."""

import re
import sqlite3

import duckdb
import pyarrow as pa
import pytest
from adbc_driver_postgresql import dbapi

from segmentation.pipeline import cures, notation

NAME = 'Umsatz "€" in \'24'
MINUS, NO_BREAK, NARROW = "\u2212", "\u00a0", "\u202f"

# What a column holds, and the numbers that it means; dates are the days to the latest of them.
CURED = {
    "English marks": (["1,234.56", "100,000.00", "7"], [1234.56, 100000.0, 7.0]),
    "German marks": (["1.234,56", "1.000.000", "7,5"], [1234.56, 1e6, 7.5]),
    "blanks": ([f"{MINUS}1{NO_BREAK}000{NO_BREAK}000,00", "1 234,5", f"4{NARROW}848"], [-1e6, 1234.5, 4848.0]),
    "apostrophes": (["1'234.56", "1’000"], [1234.56, 1000.0]),
    "a decimal comma": (["9,569", "1,5"], [9.569, 1.5]),
    "a comma below one": (["9,569", "0,125"], [9.569, 0.125]),
    "millions": (["9,569", "1,000,000"], [9569.0, 1e6]),
    "Indian groups": (["12,34,567.5"], [1234567.5]),
    "euros": (["1.234,56 €", "12,00 EUR", f"3,-{NO_BREAK}€"], [1234.56, 12.0, 3.0]),
    "dollars": (["$1,234.50", "-$5.00", "US$ 7.25", "$ (8.00)"], [1234.5, -5.0, 7.25, -8.0]),
    "francs": (["Fr. 1'234.50", "CHF 5.25"], [1234.5, 5.25]),
    "a sign behind": (["1.234,50-", "5,25", "- 2,00"], [-1234.5, 5.25, -2.0]),
    "brackets": (["(1,234.00)", "5.5"], [-1234.0, 5.5]),
    "percent": (["22,35 %", "5%"], [0.2235, 0.05]),
    "one unit": (["12 kg", "1.5 kg"], [12.0, 1.5]),
    "kept as text": (["1.5", "2", "1e3"], [1.5, 2.0, 1000.0]),
    "missing": (["1,5", "NA", "n/a", "-", "", None, "?", " "], [1.5, *[None] * 7]),
    "a slip": (["1", "2", "3", "abc"], [1.0, 2.0, 3.0, None]),
    "yes and no": (["ja", "Nein", "JA", None], [1, 0, 1, None]),
    "true and false": (["true", "FALSE", "n/a"], [1, 0, None]),
    "y and n": (["y", "n"], [1, 0]),
    "day first": (["31.12.2024", "1.2.2025"], [32, 0]),
    "day first, with hours": (["31.12.2024 23:59", "01.02.2025 07:00", "-"], [32, 0, None]),
    "month first": (["06/26/2025", "11/01/2025"], [128, 0]),
    "afternoons": (["2018-04-24 07:19:25 PM", "2018-04-26 12:19:25 AM"], [2, 0]),
    "ISO": (["2024-12-31", "2025-02-01T10:00:00"], [32, 0]),
    "time zones": (["2024-12-31T23:30:00-05:00", "2025-02-01T10:00:00Z"], [31, 0]),
    "month names": (["12 Mar 2025", "1 May 2025"], [50, 0]),
}


def advice(cells, query="SELECT * FROM customers", **options):
    return cures.advice(NAME, notation.shapes(pa.array(cells, pa.string())), query, **options)


def follow(message, cells):
    """What the queries of a message make of the cells, in the order of the message."""
    results = []
    for sql in re.findall(r"`(SELECT[^`]*)`", message):
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.register("customers", pa.table({"id": range(len(cells)), NAME: pa.array(cells, pa.string())}))
            table = connection.execute(f"SELECT {cures.identifier(NAME)} FROM ({sql}) ORDER BY id").fetchall()
            results.append([value for (value,) in table])
    return results


@pytest.mark.parametrize(("cells", "numbers"), CURED.values(), ids=CURED)
def test_the_cure_makes_the_numbers_that_the_text_means(cells, numbers):
    (result,) = follow(advice(cells), cells)
    assert result == pytest.approx(numbers)


@pytest.mark.parametrize(
    ("cells", "meanings", "results"),
    [
        (["9,569", "10,334"], "'9,569' can mean 9569 or 9.569", [[9569.0, 10334.0], [9.569, 10.334]]),
        (["12.500", "950"], "'12.500' can mean 12500 or 12.5", [[12500.0, 950.0], [12.5, 950.0]]),
        (["€ 1.234-"], "'€ 1.234-' can mean -1234 or -1.234", [[-1234.0], [-1.234]]),
        (["5,000 %"], "'5,000 %' can mean 50 or 0.05", [[50.0], [0.05]]),
        (["01/02/2025", "03/02/2025"], "'01/02/2025' can mean 2025-02-01 or 2025-01-02", [[2, 0], [59, 0]]),
        (["25-01-31", "25-01-30"], "'25-01-31' can mean 2031-01-25 or 2025-01-31", [[0, 365], [0, 1]]),
    ],
)
def test_text_that_can_be_read_in_two_ways_is_told_with_both_and_their_cures(cells, meanings, results):
    message = advice(cells)
    assert f"{meanings}, and no value of the column tells which" in message
    assert [pytest.approx(result) for result in results] == follow(message, cells)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["Bonn", "Köln", "Ulm"], "these are words: describe the segments by them, under `profile`"),
        ([f"C{n:05d}" for n in range(9)], "these are words"),
        (["$5", "5 €"], "in several units, $, €: bring them to one"),
        (["5 %", "0.05"], "some have a percent sign and some have none"),
        (["1.5k", "900"], "shortened by 'k'"),
        (["3 Mio. €"], "shortened by 'Mio. €'"),
        (["1.234.567", "12.5"], "written in several ways, such as '1.234.567' and '12.5'"),
        (["1", "31.12.2024"], "numbers and dates stand side by side"),
        (["25/12/2024", "12/25/2024"], "dates of several orders"),
        (["NA", "-"], "only marks of missing values"),
        (["1", "2", "3 or 4"], "'3 or 4' is neither number nor date"),
    ],
)
def test_what_no_sql_can_mend_is_told_without_any(cells, words):
    message = advice(cells)
    assert words in message and "`SELECT" not in message


def test_the_cure_wraps_the_query_as_it_is():
    query = "-- all\nSELECT id, max(x) AS x\nFROM orders GROUP BY id;"
    inner = 'SELECT * REPLACE (CAST("x" AS DOUBLE) AS "x") FROM '
    shapes = notation.shapes(pa.array(["1"]))
    assert f"`{inner}(SELECT id, max(x) AS x FROM orders GROUP BY id)`" in cures.advice("x", shapes, query)
    assert f"`{inner}(the query as it is)`" in cures.advice("x", shapes, query + " --" + "x" * 300)


IN_DATABASES = [name for name in CURED if name not in ("time zones", "afternoons", "month names", "a sign behind")]


@pytest.mark.parametrize("name", IN_DATABASES)
def test_the_cure_for_sqlite_works_in_sqlite(name):
    cells, numbers = CURED[name]
    message = advice(cells, dialect=cures.SQLITE)
    if "SQLite cannot read" in message:
        assert name in ("month first", "day first")  # a day of one digit, and 06/26/2025 reads as well
        return
    (sql,) = re.findall(r"`([^`]*)`", message)
    with sqlite3.connect(":memory:") as database:
        database.execute(f"CREATE TABLE t (id INTEGER, {cures.identifier(NAME)} TEXT)")
        database.executemany("INSERT INTO t VALUES (?, ?)", enumerate(cells))
        assert [value for (value,) in database.execute(f"SELECT {sql} FROM t ORDER BY id")] == pytest.approx(
            numbers, abs=1
        )


def test_the_cures_for_postgresql_work_in_postgresql(postgres):
    with dbapi.connect(postgres) as database, database.cursor() as cursor:
        for name in IN_DATABASES:
            cells, numbers = CURED[name]
            (sql,) = re.findall(r"`([^`]*)`", advice(cells, dialect=cures.POSTGRES))
            rows = ", ".join(
                f"({n}, {'NULL' if cell is None else cures.literal(cell)})" for n, cell in enumerate(cells)
            )
            cursor.execute(f"SELECT {sql} FROM (VALUES {rows}) AS t(id, {cures.identifier(NAME)}) ORDER BY id")
            assert [value for (value,) in cursor.fetchall()] == pytest.approx(numbers), name


@pytest.mark.parametrize("name", ["plain", 'say "x"', "it's"])
def test_names_and_texts_come_back_from_sql_letter_by_letter(name):
    assert duckdb.sql(f"SELECT {cures.literal(name)} AS {cures.identifier(name)}").fetchall() == [(name,)]
