"""A cure is followed literally: the SQL that the message shows makes the right numbers of that text."""

import re

import duckdb
import pyarrow as pa
import pytest
from written import NAME, WRITTEN

from segmentation.pipeline import cures, notation
from segmentation.pipeline.reading import identifier


def advice(cells, query="SELECT * FROM customers", **options):
    return cures.advice(NAME, notation.shapes(pa.array(cells, pa.string())), query, **options)


def follow(message, cells):
    """What the queries of a message make of the cells, in the order of the message."""
    results = []
    for sql in re.findall(r"`(SELECT[^`]*)`", message):
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.register("customers", pa.table({"id": range(len(cells)), NAME: pa.array(cells, pa.string())}))
            table = connection.execute(f"SELECT {identifier(NAME)} FROM ({sql}) ORDER BY id").fetchall()
            results.append([value for (value,) in table])
    return results


@pytest.mark.parametrize(("cells", "numbers"), WRITTEN.values(), ids=WRITTEN)
def test_the_cure_makes_the_numbers_that_the_text_means(cells, numbers):
    (result,) = follow(" ".join(advice(cells).split()), cells)  # as a step prints it
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
        (["$1.2M", "$3.5M"], "shortened by 'M'"),
        (["1:30", "12:05:59"], "these are times"),
        (["3 Mio. €"], "shortened by 'Mio. €'"),
        (["1.234.567", "12.5"], "written in several ways, such as '1.234.567' and '12.5'"),
        (["1", "31.12.2024"], "numbers and dates stand side by side"),
        (["25/12/2024", "12/25/2024"], "dates of several orders"),
        (["true", "0", "false", "1"], "answers such as yes and no stand beside numbers"),
        (["31. Dezember 2024", "5. Mai 2024", "1. Januar 2025"], "months that are not English"),
        (["18-25", "26-35", "50+"], "these are words"),
        (["NA", "-"], "only marks of missing values"),
        (["1", "2", "3 or 4"], "'3 or 4' is neither number nor date"),
    ],
)
def test_what_no_sql_can_mend_is_told_without_any(cells, words):
    message = advice(cells)
    assert words in message and "`SELECT" not in message


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id, '1,5' AS x\nFROM t",
        "-- all\nSELECT id, '1,5' AS x -- of text\nFROM t; -- and more",
        "SELECT id, /* a -- b */ '1,5' AS x FROM t -- end",
        "SELECT id, '1,5' AS x, '--' AS y, 'a;' AS \"z--\" FROM t;\n",
        "SELECT id, '1,5' AS x, 'a  b' AS y FROM t ;",
        "SELECT id, '1,5' AS x, 'a\nb' AS y FROM t",
        f"SELECT id, '1,5' AS x, '{'y' * 1000}' AS y -- long\nFROM t -- end",
    ],
)
def test_the_cure_is_a_query_of_any_query(query):
    message = " ".join(cures.advice("x", notation.shapes(pa.array(["1,5"])), query).split())
    first, last = re.search(r"`(SELECT[^`]*)`(?:, then the query as it is.* `(\))`)?$", message).groups()
    whole = f"{first}{query.split(';')[0] if query.endswith(';') else query}\n{last}" if last else first
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS id")
        before = connection.execute(query).fetchall()
        assert connection.execute(whole).fetchall() == [(before[0][0], 1.5, *before[0][2:])]


def test_a_query_that_is_told_is_told_without_comments():
    query = "-- all\nSELECT id, max(x) AS x\nFROM orders -- of all\nGROUP BY id; -- end"
    message = cures.advice("x", notation.shapes(pa.array(["1"])), query)
    told = 'SELECT * REPLACE (CAST("x" AS DOUBLE) AS "x") FROM (SELECT id, max(x) AS x FROM orders GROUP BY id)'
    assert message.endswith(f"`{told}`")


def test_a_second_column_is_cured_on_top_of_the_first():
    days = notation.shapes(pa.array(["31.12.2024"]))
    (first,) = re.findall(r"`(SELECT[^`]*)`", cures.advice("day", days, "SELECT * FROM customers"))
    (second,) = re.findall(r"`(SELECT[^`]*)`", cures.advice("x", notation.shapes(pa.array(["1,5"])), first))
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE customers AS SELECT '31.12.2024' AS day, '1,5' AS x")
        assert connection.execute(second).fetchall() == [(0, 1.5)]


@pytest.mark.parametrize(
    ("cells", "sql"),
    [
        (["31.12.2024"], "CAST(strptime(day, '%d.%m.%Y') AS DATE)"),
        (["31.12.2024 07:30 PM"], "CAST(strptime(day, '%d.%m.%Y %I:%M %p') AS TIMESTAMP)"),
        (["2024-12-31 07:30"], "CAST(day AS TIMESTAMP)"),
        (["1,5"], "CAST(replace(day, ',', '.') AS DOUBLE)"),
    ],
)
def test_within_a_query_dates_stay_dates_and_hours_stay(cells, sql):
    message = cures.advice_within("day", notation.shapes(pa.array(cells)))
    assert message.endswith(f"write in the query `{sql}`")
    duckdb.sql(f"SELECT {sql} FROM (VALUES ('{cells[0]}')) AS t(day)").fetchall()
