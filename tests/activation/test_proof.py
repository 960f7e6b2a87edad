"""The SELECT runs in the database of its dialect where there is one, whatever the table is called."""

import numpy as np
import pyarrow as pa
import pytest
from cases import MODELS, case

from segmentation.activation import proof, sql
from segmentation.pipeline.errors import ConfigurationFault
from segmentation.pipeline.schema import Target

STEPS = [name for name, _ in sql._steps(MODELS["every transform"], "id", "key")]
NAMES = [
    *("customers", *STEPS, "Typed", "SCALED", "typed_", "customer_id", "segment", "rows"),
    *('"Alle Kunden"', "shop.customers", "main.placed", "order", "Kundén 客户", "k" * 200, '"a""b"', '"x\'; --"'),
]


@pytest.fixture(params=["duckdb", "sqlite", "postgres"])
def dialect(request):
    """A dialect, and a database that the segments go into."""
    if request.param != "postgres":
        return request.param, None
    request.getfixturevalue("postgres")
    return "postgres", Target("POSTGRES_URL", "segments")


@pytest.mark.parametrize("table", NAMES)
def test_no_name_of_a_table_is_mistaken_for_one_of_the_statement(table, dialect):
    model, frame, expected = case("every transform")
    frame, expected = frame.tail(50), expected["segment"].tail(50)
    raw = pa.table({name: column.to_numpy() for name, column in frame.items()})
    assert proof.engine(*dialect) == dialect[0]
    np.testing.assert_array_equal(proof.place(model, raw, table, "Id", *dialect), expected)


@pytest.mark.parametrize("dialect", ["snowflake", "tsql", "mysql", "postgres"])
def test_a_dialect_without_a_database_is_proven_in_duckdb(dialect, monkeypatch):
    monkeypatch.setenv("WAREHOUSE", "snowflake://host")
    for database in (None, Target("WAREHOUSE", "segments", "snowflake")):
        assert proof.engine(dialect, database) == "duckdb"
    model, frame, expected = case("one feature")
    raw = pa.table({name: column.tail(50).to_numpy() for name, column in frame.items()})
    placed = proof.place(model, raw, "customers", "Id", dialect, None)
    np.testing.assert_array_equal(placed, expected["segment"].tail(50))


def test_a_name_that_sqlite_keeps_for_itself_is_refused():
    raw = pa.table({"select": [1.0]})
    with pytest.raises(ConfigurationFault, match=r"export\.table: SQLite has no table of such a name .*sqlite_kunden"):
        proof.place(MODELS["one feature"], raw, "sqlite_kunden", "Id", "sqlite", None)
