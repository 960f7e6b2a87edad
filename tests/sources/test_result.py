"""The result of a query: ids are checked, and columns are converted to text, whole numbers and doubles."""

import re
import resource
import sqlite3

import duckdb
import pyarrow as pa
import pytest

from segmentation.pipeline.errors import ColumnFault, ConfigurationFault, EnvironmentFault, InputFault
from segmentation.sources import result


def read(folder, sql, id="id", part_rows=1000, untyped=False):
    with result.open_workspace(folder / "workspace") as connection:
        connection.execute(f"CREATE TABLE result AS {sql}")
        return list(result.customer_tables(connection, id, part_rows, untyped))


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("true", pa.int64(), 1),
        ("7::UTINYINT", pa.int64(), 7),
        ("9007199254740993::BIGINT", pa.int64(), 9007199254740993),
        ("2::HUGEINT", pa.float64(), 2.0),
        ("1.5::DECIMAL(9, 2)", pa.float64(), 1.5),
        ("0.5::FLOAT", pa.float64(), 0.5),
        ("DATE '2011-12-10'", pa.string(), "2011-12-10"),
        ("'12'", pa.string(), "12"),
        ("NULL::VARCHAR", pa.float64(), None),
    ],
)
def test_every_type_becomes_one_of_three(value, kind, expected, tmp_path):
    [table] = read(tmp_path, f"SELECT 'a' AS id, {value} AS x")
    assert (table["x"].type, table["x"][0].as_py()) == (kind, expected)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [(["1", "-2"], pa.int64()), (["1", "2.5"], pa.float64()), (["01", "2"], pa.string()), (["1", "x"], pa.string())],
)
def test_an_untyped_column_becomes_numbers_only_where_all_its_cells_are_numbers(cells, kind, tmp_path):
    rows = ", ".join(f"('{number}', '{cell}')" for number, cell in enumerate(cells))
    [table] = read(tmp_path, f"SELECT * FROM (VALUES {rows}) AS t(id, x)", untyped=True)
    assert table["x"].type == kind


def test_dots_that_may_stand_for_thousands_are_told_and_the_column_stays_text(tmp_path):
    with result.open_workspace(tmp_path / "workspace") as connection:
        connection.execute("CREATE TABLE result AS SELECT * FROM (VALUES ('a', '950'), ('b', '12.500')) AS t(id, x)")
        tables = result.customer_tables(connection, "id", 10, untyped=True)
        assert next(tables)["x"].to_pylist() == ["950", "12.500"]
        with pytest.raises(StopIteration) as ended:
            next(tables)
    (doubt,) = ended.value.value
    assert "column 'x' stays text, since '12.500' can mean 12500 or 12.5" in doubt
    assert "CAST(replace(\"x\", '.', '') AS DOUBLE) in the query, or CAST(\"x\" AS DOUBLE)" in doubt


def test_rows_keep_their_order_and_the_id_comes_first(tmp_path):
    tables = read(tmp_path, "SELECT i AS x, 'C' || (9 - i) AS id FROM range(5) AS t(i)", part_rows=2)
    assert [table.num_rows for table in tables] == [2, 2, 1]
    assert pa.concat_tables(tables).to_pydict() == {
        "customer_id": ["C9", "C8", "C7", "C6", "C5"],
        "x": [0, 1, 2, 3, 4],
    }


@pytest.mark.parametrize(
    ("sql", "kind", "message"),
    [
        ("SELECT 1 AS idd", ColumnFault, "the id column 'id' is not in the query's result: did you mean 'idd'?"),
        ("SELECT 0.5::DOUBLE AS id", InputFault, "the id column 'id' is a fractional number, which loses digits"),
        ("SELECT 1 AS id, 2 AS rowid", InputFault, "holds a column 'rowid'"),
        ("SELECT 1 AS id, 2 AS customer_id", InputFault, "holds both 'id' and 'customer_id'"),
        ("SELECT 1 AS id WHERE false", InputFault, "returns no row"),
        (
            "SELECT nullif(i, 2) AS id FROM range(4) AS t(i)",
            InputFault,
            r"1 of 4 customers .*, first in .* \[3\]",
        ),
        ("SELECT i % 3 AS id FROM range(5) AS t(i)", InputFault, r"2 ids of 'id' .*, first \['0', '1'\]"),
    ],
)
def test_what_is_no_table_of_customers_is_refused(sql, kind, message, tmp_path):
    with pytest.raises(kind, match=message):
        read(tmp_path, sql)


def test_memory_that_runs_out_is_a_fault_of_the_environment(tmp_path):
    message = "the query needs more than its 1GB of memory and free disk: failed to allocate"
    with pytest.raises(EnvironmentFault, match=message), result.open_workspace(tmp_path / "workspace"):
        raise duckdb.OutOfMemoryException("failed to allocate")
    with pytest.raises(duckdb.BinderException), result.open_workspace(tmp_path / "again"):
        raise duckdb.BinderException("no such column")


RULER = "-" * 80
STATEMENTS = [
    *("SELECT 7", "SELECT 7;", "SELECT 7 ; \n", "SELECT 7 -- all", "SELECT 7;\n-- all\n-- of them\n", ";;SELECT 7;;"),
    *("SELECT 7; /* done */", "SELECT 7 /* done; */ ;", "/* a; b */ SELECT 7;", f"-- a;\n{RULER}\nSELECT 7;\n{RULER}"),
    *(f"SELECT 7 -- a;{RULER};{RULER}", 'SELECT 7 AS "a;b -- 😀";', "SELECT 7 WHERE ';' <> '--' || ';';-- 😀"),
]


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite", "postgres", ""])
@pytest.mark.parametrize("query", STATEMENTS)
def test_a_statement_stands_in_parentheses(query, dialect):
    statement = result.statement(query, dialect)
    assert duckdb.sql(f"SELECT * FROM ({statement}\n)").fetchall() == [(7,)]
    with sqlite3.connect(":memory:") as database:
        assert database.execute(f"SELECT * FROM ({statement})").fetchall() == [(7,)]


@pytest.mark.parametrize(
    ("query", "dialect", "statements"),
    [
        ("SELECT 1; SELECT 2", "sqlite", 2),
        (f"SELECT 1; {RULER}\nDROP TABLE x; {RULER}\nSELECT 3", "postgres", 3),
        ("SELECT $$a$$; SELECT ';'", "duckdb", 2),
        ("-- nothing;", "", 0),
        (" ; ", "postgres", 0),
    ],
)
def test_a_query_is_one_statement(query, dialect, statements):
    with pytest.raises(ConfigurationFault, match=f"holds {statements} statements: one was expected"):
        result.statement(query, dialect)


@pytest.mark.parametrize(
    ("query", "dialect"),
    [
        ("SELECT $$;$$", "postgres"),
        ("SELECT $a$;$a$", "duckdb"),
        ("SELECT E'\\';'", "postgres"),
        ("SELECT [a;b]", "sqlite"),
    ],
)
def test_each_dialect_quotes_a_semicolon_in_its_own_way(query, dialect):
    assert result.statement(f"{query};", dialect) == query


def test_a_text_left_open_is_left_to_the_database():
    assert result.statement("SELECT 'a;", "postgres") == "SELECT 'a;\n"


KINDS = {
    "bytes": ("'a'::BLOB", 'type BLOB, .*: write decode."x". if it is text'),
    "a list": ("[1, 2]", r"type INTEGER\[\], .*: take single values out of it"),
    "a structure": ("{'a': 1}", "type STRUCT"),
    "a map": ("MAP {'a': 1}", "type MAP"),
    "an interval": ("INTERVAL 1 DAY", "type INTERVAL"),
    "bits": ("'101'::BIT", "type BIT"),
    "a NUL": ("'a' || chr(0) || 'b'", r"holds NUL characters, first in data rows \[1\]"),
}


@pytest.mark.parametrize(("value", "message"), KINDS.values(), ids=KINDS)
def test_what_is_neither_number_date_nor_plain_text_is_refused(value, message, tmp_path):
    with pytest.raises(InputFault, match=f"column 'x' .*{message}"):
        read(tmp_path, f"SELECT 'a' AS id, {value} AS x")
    with pytest.raises(InputFault, match="column 'id' "):
        read(tmp_path / "id", f"SELECT {value} AS id, 1 AS x")


@pytest.mark.parametrize("id", ["2.02254E+11", "2E+11", "1.5E+300", "3e+17"])
def test_ids_that_a_spreadsheet_cut_are_refused_even_where_few_are(id, tmp_path):
    with pytest.raises(
        InputFault, match=rf"1 ids of 'id' were cut by a spreadsheet, first \['{id.replace('+', '.')}'\]"
    ):
        read(tmp_path, f"SELECT unnest(['007', '1e5', '1E5', '12.5', '{id}']) AS id, 1 AS x")


def doubts(folder, ids):
    with result.open_workspace(folder / "workspace") as connection:
        connection.execute("CREATE TABLE result AS SELECT unnest(?::VARCHAR[]) AS id", [ids])
        tables = result.customer_tables(connection, "id", 1000)
        while True:
            try:
                assert next(tables)["customer_id"].to_pylist() == ids
            except StopIteration as end:
                return end.value


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["929", "929.0", "930"], "2 ids of 'id' differ by blanks, case or a .0 only, first ['929', '929.0']"),
        (["a1", "A1", "b"], "2 ids of 'id' differ by blanks, case or a .0 only, first ['a1', 'A1']"),
        (["7", " 7", "7 ", "8"], "3 ids of 'id' differ by blanks, case or a .0 only, first ['7', ' 7', '7 ']"),
        (["7", "7\u00a0", "8"], "2 ids"),
        (["12346.0", "12347.0"], "all ids of 'id' end in .0"),
    ],
)
def test_doubtful_ids_are_kept_and_told(ids, message, tmp_path):
    [doubt] = doubts(tmp_path, ids)
    assert doubt.startswith(message)


@pytest.mark.parametrize("numbers", [["12345678901234567", "12345678901234569"], ["0012", "12"], ["1", "100"]])
def test_what_is_proposed_for_ids_that_end_in_a_point_and_a_zero_keeps_their_digits(numbers, tmp_path):
    [doubt] = doubts(tmp_path, [f"{number}.0" for number in numbers])
    select = re.search(r"do: (.*) in the query", doubt)[1]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE customers AS SELECT unnest(?) AS id", [[f"{number}.0" for number in numbers]])
        assert connection.sql(f"SELECT {select} FROM customers").fetchall() == [(number,) for number in numbers]
        assert connection.sql(f"SELECT {select} FROM customers").columns == ["id"]


@pytest.mark.parametrize("ids", [["007", "7"], ["a", "b "], ["1.0", "2"], ["É", "E"]])
def test_other_ids_raise_no_doubt(ids, tmp_path):
    assert doubts(tmp_path, ids) == []


FILE = 'Could not write file "{folder}/query.duckdb{ending}": {reason}'
# A case: an error of DuckDB as it tells it, and what is said of it.
OF_THE_MACHINE = {
    "a full disk": (FILE.format(folder="{here}/data/q", ending="", reason="No space left on device"), "make room on"),
    "a quota": (FILE.format(folder="{here}/data/q", ending="", reason="Disk quota exceeded"), "your quota"),
    "a limit": (FILE.format(folder="{here}/data/q", ending="", reason="File too large"), "`ulimit -f unlimited`"),
    "a log of writes": (FILE.format(folder="{here}/data/q", ending=".wal", reason="Input/output error"), "not answer"),
    "a file of the user": ('Could not read from file "data/q/query.duckdb": Input/output error', "not answer"),
    "a right": ('Cannot open file "data/q/query.duckdb": Permission denied', "allow your user"),
    "a disk to be read": ('Cannot open file "data/q/query.duckdb": Read-only file system', "mount it for writing"),
    "many files": ('Cannot open file "data/q/query.duckdb": Too many open files', "`ulimit -n 4096`"),
}


@pytest.mark.parametrize(("text", "words"), OF_THE_MACHINE.values(), ids=OF_THE_MACHINE)
def test_a_disk_that_fails_is_no_fault_of_the_customers(tmp_path, monkeypatch, text, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EnvironmentFault, match=rf"^data/q/query.duckdb(.wal)? fails \(.*\): .*{words}"):
        result.check_resources(duckdb.IOException(text.format(here=tmp_path)))


@pytest.mark.parametrize("limit", [2 << 10, 200 << 10])
def test_a_workspace_that_cannot_grow_is_a_fault_of_the_environment(tmp_path, limit):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with (
            pytest.raises(EnvironmentFault, match=r"query.duckdb(.wal)? fails \(File too large\)"),
            result.open_workspace(tmp_path / "workspace") as connection,
        ):
            connection.execute("CREATE TABLE result AS SELECT hash(i) AS i FROM range(300000) AS t(i)")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
