"""A value that a query cannot convert is told with its place and its cure; a name that is not, with those that are."""

import re

import pytest

from segmentation.pipeline.errors import ConfigurationFault, InputFault
from segmentation.pipeline.source_kinds import Query
from segmentation.sources import query

SUM = "SELECT customer AS id, sum(CAST(amount AS DECIMAL(12, 2))) AS x FROM orders GROUP BY 1 ORDER BY 1"
LAST = "SELECT customer AS id, max(CAST(day AS DATE)) - DATE '2024-01-01' AS x FROM orders GROUP BY 1 ORDER BY 1"


@pytest.fixture
def read(tmp_path):
    def reading(sql, amounts=("5",), days=("2025-01-31",), name="w"):
        rows = [f'c,"{day}","{amount}"' for amount, day in zip(amounts, days * len(amounts), strict=False)]
        rows = rows if len(days) == 1 else [f'c,"{day}","5"' for day in days]
        (tmp_path / "orders.csv").write_text("\n".join(["customer,day,amount", *rows]))
        source = Query("query", {"orders": str(tmp_path / "orders.csv")}, sql)
        return next(query.read_files(source, "id", 10, tmp_path / name))["x"].to_pylist()

    return reading


@pytest.mark.parametrize(
    ("sql", "cells", "place", "result"),
    [
        (SUM, {"amounts": ("5", "7", "abc", "abc")}, "'amount' of `orders`, first in FILE line 4: mend 'abc'", 12),
        (SUM, {"amounts": ("5", "43,08")}, "first in FILE line 3: these are numbers with commas for decimals", 48.08),
        (SUM, {"amounts": ("1.000,50 €", "1 €")}, "first in FILE line 2: these are numbers with dots", 1001.5),
        (LAST, {"days": ("31.12.2024", "01.02.2025")}, "first in FILE line 2: these are dates, day first", 397),
        (LAST, {"days": ("06/26/2024", "11/01/2024")}, "first in FILE line 2: these are dates, month first", 305),
        (
            f"WITH o AS (SELECT customer, amount AS betrag FROM orders) {SUM.replace('amount', 'betrag')}".replace(
                "FROM orders GROUP", "FROM o GROUP"
            ),
            {"amounts": ("5", "7,5")},
            "'amount' of `orders`, first in FILE line 3",
            12.5,
        ),
    ],
)  # fmt: skip
def test_a_value_is_told_with_its_row_and_a_cure_that_works(sql, cells, place, result, read, tmp_path):
    place = place.replace("FILE", str(tmp_path / "orders.csv"))
    with pytest.raises(InputFault, match=re.escape(place)) as refused:
        read(sql, **cells)
    cure = re.findall(r"`([^`]*)`", str(refused.value))[-1]
    column = "amount" if "amounts" in cells else "day"
    cured = sql.replace("FROM orders", f"FROM (SELECT * REPLACE ({cure} AS {column}) FROM orders)")
    assert read(cured, **cells, name="again") == [pytest.approx(result)]


def test_a_cast_that_the_reader_of_the_file_does_is_told_alike(read):
    with pytest.raises(InputFault, match=r"line 3: .* '9,569' can mean 9569 or 9\.569"):
        read("SELECT customer AS id, CAST(amount AS DOUBLE) AS x FROM orders", amounts=("5", "9,569"))


def test_a_value_that_nobody_wrote_is_told_without_a_place(read):
    with pytest.raises(InputFault, match=r"Could not convert string '5x' to INT32") as refused:
        read("SELECT customer AS id, CAST(concat(amount, 'x') AS INTEGER) AS x FROM orders")
    assert "it stands in" not in str(refused.value)


def test_a_file_that_is_broken_further_down_is_told_without_a_place(tmp_path):
    (tmp_path / "o.csv").write_text("id,x\na,1\nb,abc\n" + "c,1\n" * 30_000 + "d,1,2,3\n")
    source = Query("query", {"o": str(tmp_path / "o.csv")}, "SELECT id, CAST(x AS INTEGER) + 1 AS x FROM o")
    with pytest.raises(InputFault, match=r"o\.csv"):
        next(query.read_files(source, "id", 10, tmp_path / "w"))


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT customer AS id, betrag AS x FROM orders", '"betrag" not found in FROM clause; there are: amount, c'),
        ("SELECT o.custmer AS id FROM orders AS o", "did you mean 'customer'? there are: amount, customer, day"),
        ("SELECT * FROM ordrs", "did you mean 'orders'? there are: orders"),
    ],
)
def test_a_name_that_is_not_is_told_with_those_that_are(sql, names, read):
    with pytest.raises(ConfigurationFault, match=re.escape(names)):
        read(sql)
