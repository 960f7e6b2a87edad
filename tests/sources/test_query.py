"""Customers read with SQL: formats, ids kept letter by letter, types, order."""

import json
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segmentation.pipeline.errors import ConfigurationFault, InputFault
from segmentation.pipeline.source_kinds import Query
from segmentation.sources import query

IDS = ["007", "1e5", "9007199254740993", "+1", "1.0", "0x1F", "true", "2011-12-10", "Ä 漢", "a'b\"c", " x "]


def read(folder: Path, path: Path | str, sql: str = "SELECT * FROM customers", **settings) -> pa.Table:
    source = Query("query", {"customers": str(path)}, sql, **settings)
    return pa.concat_tables(query.read_files(source, "id", 1000, folder / "workspace"))


def write(folder: Path, name: str) -> Path:
    """The ids and a number for each, in the format of the file's ending."""
    path, quoted = folder / name, [id.replace('"', '""') for id in IDS]
    if path.suffix.lower() in (".csv", ".tsv"):
        delimiter = "," if path.suffix.lower() == ".csv" else "\t"
        rows = [f'"{id}"{delimiter}{number}.5' for number, id in enumerate(quoted)]
        path.write_text("\n".join([f"id{delimiter}x", *rows]), encoding="utf-8")
    elif path.suffix == ".parquet":
        pq.write_table(pa.table({"id": IDS, "x": [n + 0.5 for n in range(len(IDS))]}), path)
    else:
        lines = [json.dumps({"id": id, "x": number + 0.5}) for number, id in enumerate(IDS)]
        path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["c.csv", "c.tsv", "c.parquet", "c.json", "c.jsonl", "c.ndjson", "C.CSV"])
def test_ids_are_kept_letter_by_letter_in_every_format(tmp_path, name):
    table = read(tmp_path, write(tmp_path, name))
    assert table.schema.names == ["customer_id", "x"]
    assert table["customer_id"].to_pylist() == IDS
    assert table["x"].to_pylist() == [n + 0.5 for n in range(len(IDS))]


@pytest.mark.parametrize("unquoted", ["007", "1e5", "9007199254740993"])
def test_an_unquoted_id_of_digits_is_kept_too(tmp_path, unquoted):
    path = tmp_path / "c.csv"
    path.write_text(f"id,x\n{unquoted},1\n")
    assert read(tmp_path, path)["customer_id"].to_pylist() == [unquoted]
    path.write_text(f"key,x\n{unquoted},1\n")
    assert read(tmp_path / "renamed", path, "SELECT key AS id, x FROM customers")["customer_id"].to_pylist() == [
        unquoted
    ]


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "-2", ""], pa.int64(), [1, -2, None]),
        (["1", "2.5", "1e3"], pa.float64(), [1.0, 2.5, 1000.0]),
        (["", ""], pa.float64(), [None, None]),
        (["01", "12"], pa.string(), ["01", "12"]),
        (["1", "1,5"], pa.string(), ["1", "1,5"]),
        (["1", "inf"], pa.string(), ["1", "inf"]),
        (["1.234", "12.500", "950"], pa.string(), ["1.234", "12.500", "950"]),
        (["9.569", "10.334", "15.152"], pa.string(), ["9.569", "10.334", "15.152"]),
        (["1.234", "12.5", "950"], pa.float64(), [1.234, 12.5, 950]),
        (["0.125", "12.500", "950"], pa.float64(), [0.125, 12.5, 950]),
        (["1.234", "12.500", "95000"], pa.float64(), [1.234, 12.5, 95000]),
        (["5.125", "7"], pa.float64(), [5.125, 7]),
        (["NO", "yes"], pa.string(), ["NO", "yes"]),
        (["99999999999999999999", "1"], pa.float64(), [1e20, 1.0]),
    ],
)
def test_a_csv_column_is_numbers_only_when_all_its_cells_are(tmp_path, cells, kind, values):
    path = tmp_path / "c.csv"
    path.write_text("id,x\n" + "".join(f'{n},"{cell}"\n' for n, cell in enumerate(cells)))
    column = read(tmp_path, path)["x"]
    assert (column.type, column.to_pylist()) == (kind, values)


def test_types_of_a_typed_source_come_down_to_three(tmp_path):
    sql = """SELECT 'a' AS id, true AS flag, 1::UTINYINT AS small, 2::HUGEINT AS huge, 1.5::DECIMAL(9, 2) AS money,
        0.5::FLOAT AS real, DATE '2011-12-10' AS day, TIMESTAMPTZ '2011-12-10 00:00:00+00' AS moment, '12' AS word"""
    duckdb.sql(sql).write_parquet(str(tmp_path / "c.parquet"))
    table = read(tmp_path, tmp_path / "c.parquet")
    assert table.to_pylist() == [
        {
            "customer_id": "a", "flag": 1, "small": 1, "huge": 2.0, "money": 1.5, "real": 0.5,
            "day": "2011-12-10", "moment": "2011-12-10 00:00:00+00", "word": "12",
        }
    ]  # fmt: skip


def test_orders_become_customers_by_a_query_with_parameters(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("who,amount\nb,1.10\na,2.20\nb,3.30\na,-1\n")
    sql = """SELECT who AS id, count(*) AS orders, CAST(sum(CAST(amount AS DECIMAL(9, 2))) AS DOUBLE) AS spent
        FROM customers WHERE CAST(amount AS DOUBLE) > $least GROUP BY who ORDER BY who;"""
    table = read(tmp_path, path, sql, parameters={"least": 0})
    assert table.to_pylist() == [
        {"customer_id": "a", "orders": 1, "spent": 2.2},
        {"customer_id": "b", "orders": 2, "spent": 4.4},
    ]


def test_a_glob_reads_its_files_in_order_and_parts_have_the_size_asked_for(tmp_path):
    for number in (2, 1, 3):
        (tmp_path / f"c{number}.csv").write_text(f"id,x\n{number}a,1\n{number}b,2\n")
    source = Query("query", {"customers": str(tmp_path / "c*.csv")}, "SELECT * FROM customers")
    tables = list(query.read_files(source, "id", 4, tmp_path / "w"))
    assert [table.num_rows for table in tables] == [4, 2]
    ids = [id for table in tables for id in table["customer_id"].to_pylist()]
    assert ids == ["1a", "1b", "2a", "2b", "3a", "3b"]


def test_hostile_column_names_come_through(tmp_path):
    names = ["a.b", "a[0]", 'say "x"', "it's", "漢字", "$\\bad$", "; DROP TABLE customers"]
    path = tmp_path / "c.csv"
    header = ",".join('"' + name.replace('"', '""') + '"' for name in ["id", *names, ""])
    path.write_text(f"{header}\n" + ",".join(map(str, range(9))) + "\n", encoding="utf-8")
    table = read(tmp_path, path)
    assert table.schema.names == ["customer_id", *names, "unnamed_9"]
    assert [column.to_pylist() for column in table.columns] == [["0"], *([n] for n in range(1, 9))]


@pytest.mark.parametrize("path", ["it's.csv", "a b.csv", "é.csv", "[x].csv"])
def test_hostile_file_names_are_read(tmp_path, path):
    (tmp_path / path).write_text("id,x\na,1\n")
    name = path.replace("[", "[[]") if "[" in path else path
    assert read(tmp_path, tmp_path / name)["customer_id"].to_pylist() == ["a"]


def test_an_id_beside_another_customer_id_is_refused(tmp_path):
    (tmp_path / "c.csv").write_text("id,customer_id\n1,2\n")
    with pytest.raises(InputFault, match="both 'id' and 'customer_id'"):
        read(tmp_path, tmp_path / "c.csv")


def test_lines_of_a_text_file_are_one_column(tmp_path):
    (tmp_path / "c.txt").write_text('a 1,"2\nb 3\n')
    table = read(tmp_path, tmp_path / "c.txt", "SELECT line[1] AS id, line FROM customers")
    assert table["line"].to_pylist() == ['a 1,"2', "b 3"]


@pytest.mark.parametrize("ending", [";", " -- all", ";\n-- all\n-- of them\n", "; /* done */", f"; {'-' * 80}\n-- all"])
def test_a_query_may_end_in_a_semicolon_or_a_comment(tmp_path, ending):
    (tmp_path / "c.csv").write_text("id,x\na,1\n")
    assert read(tmp_path, tmp_path / "c.csv", "SELECT * FROM customers" + ending).num_rows == 1


def test_a_quote_left_open_in_the_header_is_refused(tmp_path):
    (tmp_path / "c.csv").write_text('"id,x\n' + "a,1\n" * 40_000)
    with pytest.raises(InputFault, match=r"line 1: .*is a quote left open\?"):
        read(tmp_path, tmp_path / "c.csv")


OTHERS = {
    "a text": "SELECT content AS id FROM read_text('SECRET')",
    "bytes": "SELECT content AS id FROM read_blob('SECRET')",
    "a table": "SELECT * FROM read_csv('SECRET')",
    "its names": "SELECT file AS id FROM glob('FOLDER/*')",
    "a neighbour of the file": "SELECT content AS id FROM read_text('FOLDER/*.txt')",
    "by way of the file": "SELECT content AS id FROM read_text('FOLDER/c/../secret.txt')",
    "beside the customers": "SELECT *, (SELECT content FROM read_text('SECRET')) AS region FROM customers",
    "the machine": "SELECT content AS id FROM read_text('/etc/passwd')",
    "a pipe of the system": "SELECT content AS id FROM read_text('/proc/self/environ')",
    "the network": "SELECT * FROM read_csv('https://localhost:1/x.csv')",
}


@pytest.mark.parametrize("sql", OTHERS.values(), ids=OTHERS)
def test_a_query_reads_the_files_that_are_named_and_nothing_else(tmp_path, sql):
    (tmp_path / "c").mkdir()
    (tmp_path / "c/c.csv").write_text("id,x\n1,2\n")
    secret = tmp_path / "secret.txt"
    secret.write_text("id\ns3cret\n")
    sql = sql.replace("SECRET", str(secret)).replace("FOLDER", str(tmp_path))
    with pytest.raises(ConfigurationFault, match=r"which no entry of `source.files` names") as refused:
        read(tmp_path, tmp_path / "c/c.csv", sql)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("sql", ["SELECT * FROM customers; SET enable_external_access = true", "ATTACH 'x.db'"])
def test_a_query_changes_no_setting(tmp_path, sql):
    path = tmp_path / "c.csv"
    path.write_text("id,x\n1,2\n")
    with pytest.raises(ConfigurationFault):
        read(tmp_path, path, sql)
    assert not Path("x.db").exists()


@pytest.mark.parametrize(
    ("sql", "hint"),
    [
        ("SELECT CAST(id AS VARCHAR) AS id, recensy FROM customers", "did you mean 'recency'"),
        ("SELECT CAST(id AS VARCHAR) AS id FROM costumers", "did you mean 'customers'"),
        ("SELECT id, recency + 1 AS x FROM customers", "CAST(column AS DOUBLE)"),
    ],
)
def test_a_hint_is_for_the_fault_and_not_for_the_query(tmp_path, sql, hint):
    (tmp_path / "customers.csv").write_text("id,recency\na,x\n")
    with pytest.raises(ConfigurationFault) as fault:
        read(tmp_path, tmp_path / "customers.csv", sql)
    assert hint in str(fault.value)


DAYS = "id,day\na,2025-03-01\nb,2025-01-31\nc,\nd,2026-02-01\n"
COUNTED = "FROM customers WHERE day < $cutoff"
PERIODS = {  # a statement, and the period that it tells
    "": None,
    f"SELECT min(day), max(day) {COUNTED}": (date(2025, 1, 31), date(2025, 3, 1)),
    f"SELECT min(day::DATE), max(day::DATE) {COUNTED};  -- of all": (date(2025, 1, 31), date(2025, 3, 1)),
    "SELECT min(day::TIMESTAMP), max(day::TIMESTAMP) FROM customers": (date(2025, 1, 31), date(2026, 2, 1)),
    "SELECT max(day::TIMESTAMPTZ) + INTERVAL 1 MINUTE, max(day) FROM customers": (date(2026, 2, 1),) * 2,
    "WITH d AS (FROM customers WHERE day > '2025-02') SELECT min(day), max(day) FROM d": (
        date(2025, 3, 1),
        date(2026, 2, 1),
    ),
    "SELECT min(day), max(day) FROM customers WHERE day > '2030'": None,
}


def told(folder: Path, period: str) -> query.Reading:
    """What the reader says in the end of customers whose query uses the parameter `cutoff`."""
    path = folder / "c.csv"
    path.write_text(DAYS)
    sql = "SELECT id, day < $cutoff AS counts FROM customers"
    source = Query("query", {"customers": str(path)}, sql, parameters={"cutoff": "2026-01-01"}, period=period)
    tables = query.read_files(source, "id", 1000, folder / "workspace")
    assert next(tables).num_rows == 4
    with pytest.raises(StopIteration) as ended:
        next(tables)
    return ended.value.value


@pytest.mark.parametrize(("statement", "period"), PERIODS.items(), ids=range(len(PERIODS)))
def test_the_period_is_that_of_the_rows_that_count(tmp_path, statement, period):
    assert told(tmp_path, statement).period == period


REFUSED = {  # a statement, and what is said of it
    "SELECT max(day), min(day) FROM customers": "gives 2026-02-01 and then 2025-01-31, which is earlier: expected is",
    "SELECT day, day FROM customers": "gives several rows: expected is one row of two days",
    "SELECT day, day FROM customers WHERE id = 'z'": "gives no row: expected is one row",
    "SELECT min(day) FROM customers": "gives 1 column: expected is",
    "SELECT day, day, day FROM customers LIMIT 1": "gives 3 columns: expected is",
    "SELECT min(day), NULL FROM customers": "gives nothing for a day: expected is",
    "SELECT min(id), max(id) FROM customers": "gives 'a' for a day: expected is",
    "SELECT 20250131, 20250301": "gives '20250131' for a day",
    "SELECT '31.01.2025', '01.03.2025'": "gives '31.01.2025' for a day",
    "SELECT '2025-02-30', '2025-03-01'": "gives '2025-02-30' for a day",
    "SELECT min(days), max(days) FROM customers": '`source.period` of the data set fails: .*"days" not found',
    "SELECT min(day, FROM customers": "`source.period` of the data set fails: Parser Error",
    "SELECT min(day), max(day) FROM 'other.csv'": "`source.period` of the data set reads other.csv|`source.period`",
    f"SELECT min(day), max(day) {COUNTED} AND id < $id": "`source.period` uses .id, which `source.parameters` of the",
    "SELECT 1; SELECT 2": "`source.period` of the data set holds 2 statements",
    "DROP VIEW customers": "`source.period` of the data set fails",
    "SET threads = 4": "`source.period` of the data set fails",
}


@pytest.mark.parametrize(("statement", "message"), REFUSED.items(), ids=range(len(REFUSED)))
def test_what_is_no_period_is_refused_in_one_sentence(tmp_path, statement, message):
    with pytest.raises(ConfigurationFault, match=message) as refused:
        told(tmp_path, statement)
    assert "source.period" in str(refused.value) and "source.query" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_parameter_of_the_period_alone_is_refused(tmp_path):
    path = tmp_path / "c.csv"
    path.write_text(DAYS)
    with pytest.raises(ConfigurationFault, match=r"holds cutoff, but `source.query` has no \$cutoff"):
        read(tmp_path, path, period=f"SELECT min(day), max(day) {COUNTED}", parameters={"cutoff": "2026-01-01"})
