"""A row of totals is told, wherever it stands and however the table is cut; honest customers are not."""

from itertools import pairwise

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from project import ROOT

from segmentation.features import totals

CUSTOMERS = 200


def doubts(columns, cuts=(), value="spending"):
    table = pa.table(columns)
    bounds = pairwise([0, *cuts, table.num_rows])
    measured = [totals.measure(table[first:last], table.column_names, first) for first, last in bounds]
    return totals.doubts(totals.merge_parts(measured), value)


def honest(seed=0, customers=CUSTOMERS, spread=2.5):
    draws = np.random.default_rng(seed)
    columns = {"spending": draws.lognormal(4, spread, customers).round(2), "orders": draws.poisson(3, customers) + 1.0}
    return columns | {"age": draws.normal(45, 9, customers).round()}


def with_rows(columns, rows, at):
    """The columns with further rows, each a function of a column or None for an empty cell, at a position."""
    extra = {name: [np.nan if row(name) is None else row(name) for row in rows] for name in columns}
    return {name: np.insert(values.astype(float), at, extra[name]) for name, values in columns.items()}


@pytest.mark.parametrize("cuts", [(), (1,), (100, 199), (50, 200)])
@pytest.mark.parametrize("at", [0, 77, CUSTOMERS])
def test_a_row_of_totals_is_told_with_its_place(at, cuts):
    columns = honest()
    (doubt,) = doubts(with_rows(columns, [lambda name: None if name == "age" else columns[name].sum()], at), cuts)
    assert doubt.startswith(
        f"data row {at + 1} holds as much of 'spending' and 'orders' as all other rows together: is it"
    )


def test_a_total_of_the_value_column_alone_is_told():
    columns = honest(spread=1)
    rows = [lambda name: round(columns[name].sum()) if name == "spending" else columns[name].mean()]
    assert doubts(with_rows(columns, rows, 0)) and not doubts(with_rows(columns, rows, 0), value="orders")


def test_totals_at_both_ends_and_beside_subtotals_are_told():
    columns = honest(spread=1)
    sums = [lambda name, rows=rows: columns[name][rows].sum() for rows in (slice(90), slice(90, None), slice(None))]
    for rows in ([sums[2], sums[2]], sums):
        (doubt,) = doubts(with_rows(columns, rows, CUSTOMERS))
        assert "holds half as much of 'spending', 'orders'" in doubt


def test_a_total_of_more_customers_than_the_table_has_is_told():
    columns = honest(spread=1)
    (doubt,) = doubts(with_rows(columns, [lambda name: 40 * columns[name].sum()], CUSTOMERS))
    assert doubt.startswith(
        "data row 201 holds over 95% of 'spending', 'orders' and 'age' alone: is it a row of totals?"
    )


def test_returns_count_with_their_sign():
    columns = honest(spread=1) | {"balance": np.random.default_rng(1).normal(-5, 90, CUSTOMERS)}
    (doubt,) = doubts(with_rows(columns, [lambda name: columns[name].sum()], 9))
    assert "'spending'" in doubt and "'orders'" in doubt


@pytest.mark.parametrize("seed", range(100))
def test_customers_with_a_heavy_tail_are_not(seed):
    columns = honest(seed)
    columns["cds"] = (columns["spending"] * np.random.default_rng(seed).lognormal(0, 0.5, CUSTOMERS)).round()
    assert doubts(columns) == []


def test_a_whale_with_half_of_all_is_not():
    columns = honest(spread=1)
    columns["spending"][17] = columns["spending"].sum() * 1.02
    assert doubts(columns) == []


def test_rare_flags_and_empty_or_small_tables_are_not():
    flag = np.zeros(CUSTOMERS)
    flag[3] = 1
    assert doubts(honest() | {"vip": flag, "gone": np.full(CUSTOMERS, np.nan)}) == []
    assert doubts({"spending": [1.0, 2.0, 3.0], "orders": [1, 2, 3]}) == []
    assert doubts({"spending": np.full(CUSTOMERS, 1.7e308), "orders": np.full(CUSTOMERS, -np.inf)}) == []


def test_real_customers_are_not():
    lines = ROOT / "data/examples/online_retail.parquet"
    shop = f"""SELECT sum(Quantity * UnitPrice) AS spending, count(DISTINCT InvoiceNo) AS orders, sum(Quantity) AS items
        FROM '{lines}' WHERE Quantity > 0 GROUP BY CustomerID"""
    assert doubts(duckdb.sql(shop).to_arrow_table()) == []
