"""Each kind of source says which of its settings contradict each other, and what its report names as read."""

import pytest

from segmentation.pipeline.source_kinds import Column, Database, Distribution, Draw, Planted, Query, Synthetic

COLUMNS = {"x": Distribution("normal", 0, 0, 100)}


def planted(*shares, column="x"):
    return [Planted(f"S{share}", share, {column: Draw(1.0, 1.0)}) for share in shares]


def orders(table="o", encoding="utf-8", delimiter=",", **column):
    columns = {table: {"x": Column(**column)} if column else {}}
    return Query("query", {"o": "o.csv"}, "SELECT 1", delimiter, encoding, columns=columns)


CONTRADICTIONS = {
    "shares that are no whole": (Synthetic("synthetic", 10, 0, COLUMNS, planted(0.5, 0.4)), "segments", "to 0.9"),
    "another column": (
        Synthetic("synthetic", 10, 0, COLUMNS, planted(1.0, column="y")), "segments.0.columns", "not ['x']"
    ),
    "a table that is no word": (Query("query", {"my orders": "o.csv"}, "SELECT 1"), "files.my orders", "plain word"),
    "a long delimiter": (Query("query", {"o": "o.csv"}, "SELECT 1", ";;"), "delimiter", "one character"),
    "a quote as delimiter": (orders(delimiter='"', kind="text"), "delimiter", "no quote"),
    "an encoding misspelt": (orders(encoding="utf8-sgi", kind="text"), "encoding", "did you mean 'utf"),
    "an encoding of nobody": (orders(encoding="ANSI*", kind="text"), "encoding", "usual are utf-8, cp1252"),
    "a codec of bytes": (orders(encoding="base64", kind="text"), "encoding", "is no encoding"),
    "columns of no table": (orders("orders", kind="text"), "columns.orders", "is no table of `files`: there are: o"),
    "no columns": (orders(), "columns.o", "is empty"),
    "thousands of a date": (orders(kind="date", thousands="."), "columns.o.x.thousands", "of the kind date"),
    "commas in text": (orders(kind="text", decimal=","), "columns.o.x.decimal", "of the kind text"),
    "an order of numbers": (orders(kind="number", order="day first"), "columns.o.x.order", "of the kind number"),
    "a unit of answers": (orders(kind="yes_no", unit="€"), "columns.o.x.unit", "of the kind yes_no"),
    "decimals of text": (orders(kind="text", decimals=0), "columns.o.x.decimals", "is 0, which says nothing"),
    "decimals of percents": (orders(kind="number", unit="%", decimals=2), "columns.o.x.decimals", "become shares"),
    "one mark for two": (orders(kind="number", thousands="."), "columns.o.x.thousands", "set one of them to ','"),
    "an address": (Database("database", "postgresql://me:secret@host/shop", "SELECT 1"), "connection", ""),
    "a query of comments": (Database("database", "URL", "-- none\n/* of it */ ;"), "query", "is empty"),
    "a query that writes": (Database("database", "URL", "/* x */ delete FROM c"), "query", "begins with 'delete'"),
    "a period that writes": (
        Database("database", "URL", "SELECT 1", period="delete FROM c"),
        "period",
        "begins with 'delete'; expected is a SELECT that returns the first and the last day",
    ),
    "one that opens": (Database("database", "URL", "-- SELECT\nATTACH 'x'"), "query", "begins with 'ATTACH'"),
    "one that sets": (Database("database", "URL", "PRAGMA writable_schema = 1"), "query", "begins with 'PRAGMA'"),
    "a list as version": (Database("database", "URL", "SELECT 1", version=[1]), "version", "a number or a word"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "key", "words"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_contradiction_names_its_key_and_no_secret(source, key, words):
    ((named, message),) = source.contradictions()
    assert named == key and words in message and "secret" not in message


@pytest.mark.parametrize(
    "source",
    [
        Synthetic("synthetic", 10, 0, COLUMNS, planted(0.5, 0.5)),
        Query("query", {"orders": "o.csv"}, "SELECT 1"),
        orders(encoding="Windows-1252", kind="number", thousands=".", decimal=",", unit="%", missing=["n/a"]),
        orders(encoding="latin1", delimiter=" ", kind="number", decimals=2),
        orders(kind="date", order="day first"),
        Database("database", "WAREHOUSE_URL", "SELECT 1 -- all", version="2026-02"),
    ],
    ids=lambda source: source.kind,
)
def test_sound_settings_contradict_nothing(source):
    assert source.contradictions() == []


@pytest.mark.parametrize(
    ("address", "driver", "dialect"),
    [
        ("postgresql://me:secret@host/shop", "", "postgres"), ("sqlite:shop.db", "", "sqlite"),
        ("shop.db", "", "sqlite"), ("file:shop.db?mode=ro", "", "sqlite"), ("", "", "postgres"),
        ("anything://x", "adbc_driver_sqlite", "sqlite"),
    ],
)  # fmt: skip
def test_messages_speak_the_sql_of_the_database(address, driver, dialect, monkeypatch):
    monkeypatch.setenv("SHOP", address)
    assert Database("database", "SHOP", "SELECT 1", driver).dialect == dialect
    assert Query("query", {"orders": "o.csv"}, "SELECT 1").dialect == "duckdb"


def test_the_report_names_each_file_with_its_hash_and_a_database_with_its_version(tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text(name)
    inputs = Query("query", {"orders": f"{tmp_path}/*.csv"}, "SELECT 1").inputs()
    assert [source["name"] for source in inputs] == ["a.csv", "b.csv"] and len({i["hash"] for i in inputs}) == 2
    assert Database("database", "URL", "SELECT 1").inputs() == [{"name": "$URL", "hash": "version not given"}]
    assert Synthetic("synthetic", 10, 0, COLUMNS, planted(1.0)).inputs() == []
