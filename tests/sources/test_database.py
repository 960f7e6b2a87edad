"""Customers from a database and rows back: a PostgreSQL where there is one, SQLite always."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import date
from functools import partial
from pathlib import Path
from urllib.parse import quote, urlsplit
from uuid import uuid4

import adbc_driver_duckdb.dbapi
import adbc_driver_postgresql.dbapi
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from project import STEPS, Project

from segmentation.pipeline.errors import ConfigurationFault, EnvironmentFault, InputFault, IntermediateFault
from segmentation.pipeline.source_kinds import Database
from segmentation.sources import database, session

NAME = "WAREHOUSE_URL"
SECRET = "s3cret@0f7a:9c1e/b4d2"
ORDERS = 1_000_000
RFM = """
    SELECT customer_id, DATE '2026-01-01' - max(day) AS recency, count(*) AS frequency, {sum} AS monetary
    FROM {orders} GROUP BY customer_id ORDER BY customer_id"""


def read(folder: Path, sql: str, driver: str = "", id: str = "customer_id", part_rows: int = 1000) -> list[pa.Table]:
    source = Database("database", NAME, sql, driver)
    return list(database.read_database(source, id, part_rows, folder / f"workspace-{uuid4().hex}"))


def rows(url: str, sql: str) -> list[tuple]:
    """Runs one statement of PostgreSQL and commits it."""
    with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute(sql)
        rows = cursor.fetchall()
        connection.commit()
        return rows


@pytest.fixture(scope="module")
def schema(postgres) -> Iterator[str]:
    """A schema of this run, which goes with all that is in it."""
    name = f"test_{uuid4().hex}"
    rows(postgres, f"CREATE SCHEMA {name}")
    yield name
    rows(postgres, f"DROP SCHEMA {name} CASCADE")


@pytest.fixture
def warehouse(postgres, monkeypatch) -> str:
    monkeypatch.setenv(NAME, postgres)
    return postgres


@pytest.fixture
def lite(tmp_path, monkeypatch) -> sqlite3.Connection:
    """An SQLite database of 3,000 customers; `odd` is a word in the last rows only."""
    path = tmp_path / "shop.db"
    monkeypatch.setenv(NAME, f"sqlite:{path}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE customers (customer_id TEXT, orders INTEGER, spent REAL, odd)")
        values = [(f"{n:04d}", n % 7, n / 4, "x" if n > 2990 else n) for n in range(3000)]
        connection.executemany("INSERT INTO customers VALUES (?, ?, ?, ?)", values)
        connection.commit()
        yield connection


TYPES = {
    "true": (pa.int64(), 1),
    "7::smallint": (pa.int64(), 7),
    "9007199254740993::bigint": (pa.int64(), 9007199254740993),
    "12.30::numeric": (pa.float64(), 12.3),
    "12.30::numeric(9, 2)": (pa.float64(), 12.3),
    "0.1::numeric": (pa.float64(), 0.1),
    "0.5::real": (pa.float64(), 0.5),
    "'12'::text": (pa.string(), "12"),
    "'007'::varchar": (pa.string(), "007"),
    "DATE '2011-12-10'": (pa.string(), "2011-12-10"),
    "TIMESTAMPTZ '2011-12-10 01:00+01'": (pa.string(), "2011-12-10 00:00:00+00"),
    "'0ed351fc-a571-46f5-b9ed-b84bdc317c28'::uuid": (pa.string(), "0ed351fc-a571-46f5-b9ed-b84bdc317c28"),
    """'{"a": 1}'::jsonb""": (pa.string(), '{"a": 1}'),
    "NULL::text": (pa.float64(), None),
    "NULL::numeric": (pa.float64(), None),
}


@pytest.mark.parametrize("sql", TYPES)
def test_types_of_postgresql_come_down_to_three(sql, warehouse, tmp_path):
    [table] = read(tmp_path, f"SELECT 1 AS customer_id, {sql} AS x")
    assert (table["x"].type, table["x"][0].as_py()) == TYPES[sql]


@pytest.mark.parametrize("id", ["007", "1e5", "9007199254740993", " x ", "Ä 漢", "a'b\"c"])
def test_ids_are_kept_letter_by_letter(id, warehouse, tmp_path):
    [table] = read(tmp_path, f'SELECT 1 AS x, $${id}$$::text AS "Id"', id="Id")
    assert table.to_pydict() == {"customer_id": [id], "x": [1]}


@pytest.mark.parametrize(
    ("sql", "id"),
    [("12345678901234567890.10::numeric", "12345678901234567890.10"), ("42::bigint", "42"), ("42::numeric(9)", "42")],
)
def test_numbers_may_be_ids_and_lose_no_digit(sql, id, warehouse, tmp_path):
    [table] = read(tmp_path, f"SELECT {sql} AS customer_id, 1 AS x")
    assert table["customer_id"].to_pylist() == [id]


def test_rows_keep_their_order_and_are_cut_into_parts(warehouse, tmp_path):
    sql = "SELECT (i * 7919 % 400000)::text AS customer_id, i FROM generate_series(1, 400000::bigint) i ORDER BY i DESC"
    tables = read(tmp_path, sql, part_rows=150_000)
    assert [table.num_rows for table in tables] == [150_000, 150_000, 100_000]
    assert pa.concat_tables(tables)["i"].to_pylist() == list(range(400_000, 0, -1))


@pytest.mark.parametrize(
    "ending", ["", ";", "; \n", " -- all", ";\n-- all\n-- of them\n", "; /* done */", f";{'-' * 80}"]
)
def test_a_query_may_end_in_a_semicolon_or_a_comment(ending, warehouse, tmp_path):
    [table] = read(tmp_path, "SELECT '--;' AS customer_id" + ending)
    assert table["customer_id"].to_pylist() == ["--;"]


@pytest.mark.parametrize("address", ["postgresql://host/shop", "sqlite:shop.db"])
def test_two_statements_are_refused(address, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("shop.db").touch()
    monkeypatch.setenv(NAME, address)
    with pytest.raises(ConfigurationFault, match="holds 2 statements: one was expected"):
        read(tmp_path, "SELECT 1 AS customer_id; DROP TABLE customers")


def project_of(folder: Path, source: str) -> Project:
    """A project whose data set `shop` has this source and recency, frequency and monetary value as features."""
    project = Project(folder)
    template = (project.folder / "conf/dataset/database.yaml").read_text()
    before, features = template.split("source:\n")[0], template[template.index("# What to cluster on") :]
    (project.folder / "conf/dataset/shop.yaml").write_text(f"{before}source:\n{source}\n{features}")
    return project.replace("params.yaml", "dataset: synthetic", "dataset: shop")


def from_database(folder: Path, sql: str) -> Project:
    return project_of(
        folder, f'  kind: database\n  connection: {NAME}\n  version: "1"\n  query: |\n    {sql.strip()}\n'
    )


def test_a_million_orders_give_the_same_customers_in_the_database_and_here(schema, warehouse, tmp_path):
    here = project_of(
        tmp_path / "here",
        '  kind: query\n  files: {orders: "data/raw/orders.parquet"}\n  query: |\n'
        + RFM.format(orders="orders", sum="CAST(sum(amount) AS DOUBLE)"),
    )
    file = here.folder / "data/raw/orders.parquet"
    made = f"""SELECT format('C{{:06d}}', hash(i) % 150000) AS customer_id,
        DATE '2024-01-01' + CAST(hash(i + 1) % 730 AS INTEGER) AS day,
        CAST(hash(i + 2) % 100000 AS INTEGER) AS cents FROM range({ORDERS}) AS t(i)"""
    duckdb.sql(f"SELECT * EXCLUDE cents, CAST(cents / 100 AS DECIMAL(9, 2)) AS amount FROM ({made})").write_parquet(
        str(file)
    )
    with adbc_driver_postgresql.dbapi.connect(warehouse) as connection, connection.cursor() as cursor:
        cursor.adbc_ingest("sent", duckdb.sql(made).to_arrow_table(), db_schema_name=schema)
        cursor.execute(f"CREATE TABLE {schema}.orders (customer_id text, day date, amount numeric(9, 2))")
        cursor.execute(f"INSERT INTO {schema}.orders SELECT customer_id, day, cents / 100.0 FROM {schema}.sent")
        connection.commit()
    there = from_database(tmp_path / "there", RFM.format(orders=f"{schema}.orders", sum="sum(amount)"))
    for project in (here, there):
        done = project.stage("ingest", "ingest.part_rows=60000")
        assert (done.returncode, done.stderr) == (0, "")
    parts = {path.name: path.read_bytes() for path in (here.folder / "data/customers").iterdir()}
    assert len(parts) == 4  # with the list of the parts
    assert {path.name: path.read_bytes() for path in (there.folder / "data/customers").iterdir()} == parts
    reports = [project.json("reports/ingest.json") for project in (here, there)]
    assert reports[1].pop("inputs") == [{"name": f"${NAME}", "hash": "version 1"}]
    assert reports[0].pop("inputs")[0]["name"] == "orders.parquet"
    assert reports[0] == reports[1]
    assert sum(pq.read_table(there.folder / "data/customers")["frequency"].to_pylist()) == ORDERS


@pytest.mark.parametrize("address", ["{}", "sqlite:{}", "sqlite://{}", "sqlite:///{}", "file:{}", "file:{}?mode=ro"])
def test_sqlite_is_read_by_path_or_uri(address, lite, tmp_path, monkeypatch):
    monkeypatch.setenv(NAME, address.format(tmp_path / "shop.db"))
    table = pa.concat_tables(read(tmp_path, "SELECT customer_id, orders, spent FROM customers ORDER BY customer_id"))
    assert table.schema.types == [pa.string(), pa.int64(), pa.float64()]
    assert table.slice(2999).to_pylist() == [{"customer_id": "2999", "orders": 3, "spent": 749.75}]


def test_another_database_is_read_by_its_drivers_name(tmp_path, monkeypatch):
    monkeypatch.setenv(NAME, str(tmp_path / "shop.duckdb"))
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE customers AS SELECT '007' AS customer_id, 1.5::DECIMAL(9, 2) AS spent")
    for driver in ("duckdb", "adbc_driver_duckdb", "adbc-driver-duckdb"):
        [table] = read(tmp_path, "SELECT * FROM customers", driver)
        assert table.to_pylist() == [{"customer_id": "007", "spent": 1.5}]
    for sql, message in {
        "SELECT * FROM nowhere": "Table with name nowhere does not exist",
        "SELECT content AS customer_id FROM read_text('/etc/passwd')": "Cannot access file .* may read rows",
        "INSERT INTO customers VALUES ('8', 1) RETURNING *": ALONE,
        f"ATTACH '{tmp_path}/x'": "Cannot access file|" + ALONE,
        "SET lock_configuration = false": "Cannot change|locked|" + ALONE,
    }.items():
        with pytest.raises(ConfigurationFault, match=message):
            read(tmp_path, sql, "duckdb")
    monkeypatch.setenv(NAME, str(tmp_path / "x"))
    with pytest.raises(EnvironmentFault, match="names no file of DuckDB"):
        read(tmp_path, "SELECT 1 AS customer_id", "duckdb")
    assert not (tmp_path / "x").exists()


REFUSED = {
    "a value that does not fit": ("SELECT 'a1'::text::int AS customer_id", 'for type integer: "a1"'),
    "one late in the table": ("SELECT 1 / (i - 400000) AS customer_id FROM generate_series(1, 500000) i", "by zero"),
    "no row": ("SELECT 1 AS customer_id WHERE false", "returns no row: is the table empty"),
    "no id column": ("SELECT 1 AS customer", "id column 'customer_id' is not in the query's result"),
    "no id": ("SELECT nullif(i, 3) AS customer_id FROM generate_series(1, 4) i", r"1 of 4 .* data rows \[3\]"),
    "an id twice": ("SELECT i % 3 AS customer_id FROM generate_series(1, 4) i", r"1 ids .* first \['1'\]"),
    "a fractional id": ("SELECT 0.5::float8 AS customer_id", "fractional number"),
    "a column twice": ('SELECT 1 AS customer_id, 2 AS x, 3 AS "X"', r"several columns named \['x'\]"),
    "money": ("SELECT 1 AS customer_id, 1::money AS x", "'x' .* type money, .*: CAST it AS NUMERIC"),
    "a record": ("SELECT 1 AS customer_id, row(1, 2) AS x", "nested record type"),
    "bytes that are no text": ("SELECT 1 AS customer_id, '1.2.3.4'::inet AS x", "type inet, .*: CAST it AS TEXT"),
}


@pytest.mark.parametrize(("sql", "message"), REFUSED.values(), ids=REFUSED)
def test_what_the_rows_are_refused_for(sql, message, warehouse, tmp_path):
    with pytest.raises(InputFault, match=message):
        read(tmp_path, sql)


ALONE = "is not one SELECT alone"
NO_QUERY = {
    "table": ("SELECT * FROM nowhere", 'of \\$WAREHOUSE_URL: relation "nowhere" does not exist'),
    "column": ("SELECT nothing FROM pg_class", 'column "nothing" does not exist'),
    "function": ("SELECT 1 AS customer_id FROM pg_authid_of_nobody()", "does not exist"),
    "no SQL": ("SELEC 1", 'syntax error at or near "SELEC"'),
    "two statements": ("SELECT 1 AS customer_id; SELECT 2", "multiple commands|one was expected"),
    "a table of its own": ("SELECT 1 AS customer_id INTO {table}_copy", ALONE),
    "rows that it returns": ("INSERT INTO {table} VALUES ('b') RETURNING customer_id", ALONE),
    "rows within WITH": ("WITH w AS (DELETE FROM {table} RETURNING *) SELECT * FROM w", ALONE),
    "a function that writes": (
        "SELECT nextval('{table}_number') AS customer_id",
        "read-only .*; a query may read rows",
    ),
    "a setting": ("SET TRANSACTION READ WRITE", ALONE),
    "a setting by a function": (
        "SELECT set_config('transaction_read_only', 'off', false) AS customer_id",
        "must be set before any query",
    ),
    "a file of the server": ("COPY (SELECT 1 AS customer_id) TO '/tmp/{table}.csv'", ALONE),
}


@pytest.mark.parametrize(("sql", "message"), NO_QUERY.values(), ids=NO_QUERY)
def test_a_query_reads_postgresql_and_does_nothing_else(sql, message, schema, warehouse, tmp_path):
    table = f"{schema}.t_{uuid4().hex}"
    for statement in (f"CREATE TABLE {table} AS SELECT 'a' AS customer_id", f"CREATE SEQUENCE {table}_number"):
        rows(warehouse, statement)
    with pytest.raises(ConfigurationFault, match=message):
        read(tmp_path, sql.format(table=table))
    assert rows(warehouse, f"SELECT * FROM {table}") == [("a",)]
    assert rows(warehouse, f"SELECT is_called FROM {table}_number") == [(False,)]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT * FROM customers", "column 'odd' .* holds values of another type .*: CAST it in the query"),
        ("SELECT customer_id FROM customers WHERE 0", "returns no row"),
    ],
)
def test_what_the_rows_of_sqlite_are_refused_for(sql, message, lite, tmp_path):
    with pytest.raises(InputFault, match=message):
        read(tmp_path, sql)


NO_QUERY_OF_SQLITE = {
    "table": ("SELECT * FROM nowhere", "no such table: nowhere"),
    "column": ("SELECT colour FROM customers", "no such column: colour"),
    "a file of the machine": ("SELECT readfile('/etc/passwd') AS customer_id", "no such function: readfile"),
    "a library": ("SELECT load_extension('x') AS customer_id", "not authorized; a query may read rows"),
    "another database": ("ATTACH DATABASE 'FOLDER/x' AS x", ALONE),
    "a copy of the database": ("VACUUM INTO 'FOLDER/x'", ALONE),
    "a setting": ("PRAGMA writable_schema = 1", ALONE),
    "a setting that is told": ("PRAGMA journal_mode = WAL", ALONE),
    "rows that it returns": ("INSERT INTO customers VALUES ('x', 1, 1, 1) RETURNING *", ALONE),
    "rows behind WITH": ("WITH w AS (SELECT 1) DELETE FROM customers RETURNING *", ALONE),
    "rows": ("DELETE FROM customers", ALONE),
    "a table": ("CREATE TEMP TABLE t AS SELECT 1 AS customer_id", ALONE),
    "a plan": ("EXPLAIN SELECT * FROM customers", ALONE),
    "two statements": ("SELECT customer_id FROM customers; DROP TABLE customers", f"{ALONE}|one was expected"),
    "two statements that close": (
        "SELECT 1) AS r; DROP TABLE customers; SELECT * FROM (SELECT 2",
        "syntax error|expected",
    ),
}


@pytest.mark.parametrize("address", ["sqlite:FOLDER/shop.db", "FOLDER/shop.db", "file:FOLDER/shop.db?mode=rwc"])
@pytest.mark.parametrize(("sql", "message"), NO_QUERY_OF_SQLITE.values(), ids=NO_QUERY_OF_SQLITE)
def test_a_query_reads_sqlite_and_does_nothing_else(sql, message, address, lite, tmp_path, monkeypatch):
    monkeypatch.setenv(NAME, address.replace("FOLDER", str(tmp_path)))
    before = (tmp_path / "shop.db").read_bytes()
    with pytest.raises(ConfigurationFault, match=message):
        read(tmp_path, sql.replace("FOLDER", str(tmp_path)))
    assert (tmp_path / "shop.db").read_bytes() == before
    assert not (tmp_path / "x").exists()


def test_a_session_that_reads_sees_what_others_write_and_writes_nothing(lite):
    lite.execute("PRAGMA journal_mode = WAL")
    lite.execute("INSERT INTO customers VALUES ('new', 1, 1, 1)")
    lite.commit()
    with session.open_session(NAME, "", read_only=True) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM customers")
        assert cursor.fetchall() == [(3001,)]
        with pytest.raises(Exception, match="attempt to write a readonly database"):
            cursor.execute("DELETE FROM customers")


@pytest.mark.parametrize("name", ["my shop.db", "50%.db", "what?.db", "#1.db"])
def test_sqlite_is_read_whatever_its_file_is_called(name, lite, tmp_path, monkeypatch):
    (tmp_path / "shop.db").rename(tmp_path / name)
    monkeypatch.setenv(NAME, f"sqlite:{tmp_path / name}")
    sql = "-- all\nWITH w AS (SELECT customer_id FROM customers) SELECT * FROM w ORDER BY 1 DESC; -- of them"
    assert read(tmp_path, sql, part_rows=9)[0]["customer_id"][0].as_py() == "2999"


def altered(url: str, **changes: str) -> str:
    """The URL of the server with another user, password, host or database."""
    split = urlsplit(url)
    credentials = {"user": split.username, "password": split.password, "host": f"{split.hostname}:{split.port}"}
    credentials |= {"database": split.path[1:]} | changes
    return "postgresql://{user}:{password}@{host}/{database}".format(**credentials)


QUOTED = quote(SECRET, safe="")
# A case: what stands in the variable, given the server's own URL, and what is said.
UNREACHABLE = {
    "no variable": (lambda url: "", f"environment variable {NAME}, .*, is not set: export {NAME}="),
    "password": (lambda url: altered(url, password=QUOTED), "password authentication failed"),
    "no password": (lambda url: altered(url).replace(f":{urlsplit(url).password}@", "@"), "no password supplied"),
    "user": (lambda url: altered(url, user="nobody", password=QUOTED), "password authentication failed"),
    "host": (lambda url: altered(url, host="no.such.invalid", password=QUOTED), "could not translate host name"),
    "port": (lambda url: altered(url, host="127.0.0.1:9", password=QUOTED), "port 9 failed: Connection refused"),
    "database": (lambda url: altered(url, database="nowhere"), "does not exist"),
    "an unquoted password": (lambda url: altered(url, password=SECRET), "cannot be reached .*@ or / .* as %40, %2F"),
    "another unquoted one": (lambda url: altered(url, password="s3cret 0f7a"), "unexpected spaces"),
    "half a quoted one": (lambda url: altered(url, password="s3cret%zz"), "percent-encoded token"),
    "no URI": (lambda url: "host=127.0.0.1 port=9 password=s3cret", "names no file of SQLite that is there"),
    "a file that is not there": (lambda url: "sqlite:/nowhere/s3cret.db", "names no file of SQLite that is there"),
}


@pytest.mark.parametrize(("credentials", "message"), UNREACHABLE.values(), ids=UNREACHABLE)
def test_a_database_out_of_reach_is_a_fault_of_the_environment(credentials, message, warehouse, tmp_path, monkeypatch):
    monkeypatch.setenv(NAME, credentials(warehouse))
    for attempt in (lambda: read(tmp_path, "SELECT 1"), lambda: database.replace_rows(NAME, "", "t", segments())):
        with pytest.raises(EnvironmentFault, match=message) as caught:
            attempt()
        assert hidden(str(caught.value), warehouse)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None


def hidden(text: str, url: str) -> bool:
    """Whether a text holds no password of the server or of these tests, quoted or not, nor a piece of one."""
    return not re.search("s3cret|0f7a|9c1e|b4d2|" + re.escape(urlsplit(url).password), text)


class Proxy:
    """Passes on to a server, and drops every connection once so many bytes have come or gone through it."""

    def __init__(self, url: str, limit: int):
        self.server = (urlsplit(url).hostname, urlsplit(url).port)
        self.left, self.lock = limit, threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = altered(url, host=f"127.0.0.1:{self.listener.getsockname()[1]}")
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            pair = (client, socket.create_connection(self.server))
            for source, target in (pair, pair[::-1]):
                threading.Thread(target=self.pump, args=(source, target, pair), daemon=True).start()

    def pump(self, source: socket.socket, target: socket.socket, pair: tuple[socket.socket, ...]) -> None:
        try:
            while content := source.recv(1 << 16):
                with self.lock:
                    self.left -= len(content)
                if self.left < 0:
                    break
                target.sendall(content)
        except OSError:
            pass
        for end in pair:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def proxy(warehouse, monkeypatch) -> Iterator[Callable[[int], None]]:
    """Puts a connection into the environment that is cut after so many bytes."""
    opened = []

    def cut_after(limit: int) -> None:
        opened.append(Proxy(warehouse, limit))
        monkeypatch.setenv(NAME, opened[-1].url)

    yield cut_after
    for one in opened:
        one.listener.close()


LARGE = "SELECT i AS customer_id, i::text AS word, i / 3.0 AS x FROM generate_series(1, 300000) i"


@pytest.mark.parametrize("limit", [0, 20, 700, 100_000, 5_000_000])
def test_a_connection_cut_anywhere_is_a_fault_of_the_environment(limit, proxy, warehouse, tmp_path):
    proxy(limit)
    with pytest.raises(EnvironmentFault, match=r"server closed the connection|SSL|reset") as caught:
        read(tmp_path, LARGE)
    assert hidden(str(caught.value), warehouse)


def test_a_database_that_gives_up_is_a_fault_of_the_environment(warehouse, tmp_path, monkeypatch):
    monkeypatch.setenv(NAME, f"{warehouse}?options=-c%20statement_timeout%3D50")
    with pytest.raises(EnvironmentFault, match=r"broke off \(canceling statement due to statement timeout\)"):
        read(tmp_path, "SELECT 1 AS customer_id FROM pg_sleep(9)")


@pytest.mark.parametrize(
    ("row", "message"),
    [("pg_sleep(60)::text", "broke off .*user request"), ("pg_sleep(0.01)::text || repeat('x', 9000)", "interrupted")],
    ids=["before the first row", "between rows"],
)
def test_an_interrupt_is_heard_at_once_and_ends_the_statement(row, message, warehouse, tmp_path):
    mark = uuid4().hex
    sql = f"SELECT i AS customer_id, {row} AS x FROM generate_series(1, 1700) i WHERE '{mark}' > ''"
    project = from_database(tmp_path / "project", sql)
    running = f"""SELECT count(*) FROM pg_stat_activity
        WHERE query LIKE 'COPY%{mark}%' AND state = 'active' AND now() - query_start > interval '0.7 s'"""
    stage = [sys.executable, "-m", "stages.ingest"]
    with subprocess.Popen(stage, cwd=project.folder, stderr=subprocess.PIPE, text=True) as process:
        while rows(warehouse, running) == [(0,)]:
            assert process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, line = process.communicate(timeout=10)
    assert process.returncode == 5
    assert re.fullmatch(f"ingest: .*{message}.*\n", line)
    assert rows(warehouse, running) == [(0,)]


def test_a_connection_that_is_not_cut_gives_every_row(proxy, tmp_path):
    proxy(1 << 40)
    assert sum(table.num_rows for table in read(tmp_path, LARGE, part_rows=100_000)) == 300_000


def test_a_table_is_read_again_when_its_version_changes_or_on_demand_and_no_secret_stays(
    schema, warehouse, tmp_path, proxy
):
    rows(warehouse, f"CREATE TABLE {schema}.shop AS SELECT i AS customer_id, i % 9 AS x FROM generate_series(1, 90) i")
    project = from_database(tmp_path / "project", f"SELECT * FROM {schema}.shop ORDER BY customer_id")
    project.under_version_control()
    message = [project.dvc("repro", "ingest", env={NAME: warehouse})]

    def customers() -> int:
        return project.json("reports/ingest.json")["customers"]

    def repro(*arguments: str) -> tuple[list[str], int]:
        return project.repro("ingest", *arguments, env={NAME: warehouse}), customers()

    rows(warehouse, f"INSERT INTO {schema}.shop VALUES (91, 1)")
    assert repro() == ([], 90), "DVC cannot see that the table has changed"
    project.replace("conf/dataset/shop.yaml", 'version: "1"', 'version: "2"')
    assert repro() == (["ingest"], 91)
    assert project.json("reports/ingest.json")["inputs"] == [{"name": f"${NAME}", "hash": "version 2"}]
    rows(warehouse, f"INSERT INTO {schema}.shop VALUES (92, 1)")
    assert repro("-f") == (["ingest"], 92)

    before = project.outputs()
    rows(warehouse, f"ALTER TABLE {schema}.shop RENAME TO closed")
    proxy(2_000)
    for url, code in {os.environ[NAME]: 5, altered(warehouse, password=SECRET): 5, warehouse: 2}.items():
        done = project.stage("ingest", env={NAME: url})
        assert done.returncode == code, done.stderr
        assert re.fullmatch("ingest: .*\n", done.stderr), done.stderr
        full = project.stage("ingest", env={NAME: url, "HYDRA_FULL_ERROR": "1"})
        assert "Traceback" in full.stderr
        message += [done.stdout, done.stderr, full.stdout, full.stderr]
    done = project.run("dvc", "repro", "-f", "ingest", env={NAME: altered(warehouse, password=QUOTED)})
    assert done.returncode
    message += [done.stdout, done.stderr]
    assert project.outputs() == before, "the last data are still there"

    assert all(hidden(text, warehouse) for text in message)
    files = [file for file in project.folder.rglob("*") if file.is_file()]
    assert {"dvc.lock", "ingest.json", "part-00000.parquet"} <= {file.name for file in files}
    assert [file for file in files if not hidden(file.read_bytes().decode("latin-1"), warehouse)] == []


UP_TO_REPORT = f"import runpy; [runpy.run_module('stages.' + step, run_name='__main__') for step in {STEPS[:-2]}]"


def test_the_report_says_where_the_customers_come_from(lite, tmp_path):
    sql = "SELECT customer_id, orders AS frequency, spent AS monetary, orders * orders AS recency FROM customers"
    project = from_database(tmp_path / "project", sql)
    quick = ("elbow.k_max=4", "elbow.n_init=1", "cluster.n_init=1", "cluster.k=2", "stability.resamples=2")
    done = project.run("python", "-c", UP_TO_REPORT, *quick)
    assert (done.returncode, done.stderr) == (0, "")
    page = (project.folder / "reports/report.html").read_text()
    assert f'<th scope="row">${NAME}</th><td>version 1</td>' in page
    assert "The customers were generated" not in page
    assert "shop.db" not in page


ROWS = {"customer_id": ["a", "b", "c"], "segment": [1, 2, 1], "margin": [0.5, None, 1.0]}
TYPED = pa.schema([("customer_id", pa.string()), ("segment", pa.int64()), ("margin", pa.float64())])


def segments(number: int = 3, fail: Exception | None = None) -> pa.RecordBatchReader:
    """The first rows in batches of one, and perhaps a failure after them."""

    def batches() -> Iterator[pa.RecordBatch]:
        yield from pa.table(ROWS, TYPED).slice(0, number).to_batches(max_chunksize=1)
        if fail:
            raise fail

    return pa.RecordBatchReader.from_batches(TYPED, batches())


EXPECTED = list(zip(*ROWS.values(), strict=True))


def test_rows_are_written_back_and_twice_is_as_once(schema, warehouse):
    for _ in range(2):
        database.replace_rows(NAME, "", f"{schema}.segments", segments())
        assert rows(warehouse, f"SELECT * FROM {schema}.segments ORDER BY 1") == EXPECTED
    database.replace_rows(NAME, "", f"{schema}.segments", segments(1))
    assert rows(warehouse, f"SELECT * FROM {schema}.segments") == EXPECTED[:1]
    kinds = f"""SELECT column_name::text, data_type::text FROM information_schema.columns
        WHERE table_schema = '{schema}' AND table_name = 'segments' ORDER BY ordinal_position"""
    assert rows(warehouse, kinds) == [
        ("customer_id", "text"), ("segment", "bigint"), ("margin", "double precision"),
    ]  # fmt: skip


@pytest.fixture
def kept(schema, warehouse) -> Iterator[str]:
    """A table as an administrator makes it: narrower types, a default, a key, a view on it, a grant."""
    name, role = f"kept_{uuid4().hex}", f"reader_{uuid4().hex}"
    for sql in (
        f"""CREATE TABLE {schema}.{name} (segment smallint CHECK (segment < 9), margin numeric,
            customer_id varchar(9) PRIMARY KEY, loaded date DEFAULT '2026-01-01')""",
        f"INSERT INTO {schema}.{name} VALUES (7, 0, 'old')",
        f"CREATE VIEW {schema}.{name}_view AS SELECT * FROM {schema}.{name}",
        f"CREATE ROLE {role}",
        f"GRANT SELECT ON {schema}.{name} TO {role}",
    ):
        rows(warehouse, sql)
    yield name
    assert rows(warehouse, f"SELECT has_table_privilege('{role}', '{schema}.{name}', 'SELECT')") == [(True,)]
    rows(warehouse, f"DROP OWNED BY {role}")
    rows(warehouse, f"DROP ROLE {role}")


def test_a_table_that_is_there_keeps_its_columns_views_and_grants(kept, schema, warehouse):
    database.replace_rows(NAME, "", f"{schema}.{kept}", segments())
    view = f"SELECT customer_id, segment, margin::float8, loaded::text FROM {schema}.{kept}_view ORDER BY 1"
    assert rows(warehouse, view) == [(*row, "2026-01-01") for row in EXPECTED]


class Interrupted(Exception):
    """What no driver raises."""


FAILURES = {
    "the rows": (segments(2, fail=Interrupted("mid")), Interrupted, "^mid$"),
    "a part": (segments(2, fail=IntermediateFault("part 2 is corrupt")), IntermediateFault, "^part 2 is corrupt$"),
    "a file": (segments(2, fail=OSError("unreadable")), OSError, "^unreadable$"),
    "a key": (pa.table({"customer_id": ["a", "a"]}).to_reader(), InputFault, "keeps its old rows: .*: duplicate key"),
    "a check": (pa.table({"customer_id": ["a"], "segment": [9]}).to_reader(), InputFault, "violates check"),
    "a value too large": (pa.table({"customer_id": ["a"], "segment": [70000]}).to_reader(), InputFault, "out of range"),
    "a column": (pa.table({"customer_id": ["a"], "colour": [1]}).to_reader(), InputFault, '"colour" .* not exist'),
    "a type": (pa.table({"customer_id": ["a"], "segment": ["1"]}).to_reader(), InputFault, "is of type smallint"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_when_writing_fails_the_old_rows_stay(case, kept, schema, warehouse):
    new, kind, message = FAILURES[case]
    with pytest.raises(kind, match=message):
        database.replace_rows(NAME, "", f"{schema}.{kept}", new)
    assert rows(warehouse, f"SELECT customer_id FROM {schema}.{kept}") == [("old",)]


@pytest.mark.parametrize("limit", [1_000_000, 3_000_000])
def test_when_the_connection_is_cut_while_writing_the_old_rows_stay(limit, proxy, kept, schema, warehouse):
    proxy(limit)
    new = pa.table({"customer_id": [f"{n:06d}" for n in range(400_000)]})
    with pytest.raises(EnvironmentFault, match=r"broke off .*nothing was changed"):
        database.replace_rows(NAME, "", f"{schema}.{kept}", new.to_reader(10_000))
    assert rows(warehouse, f"SELECT customer_id FROM {schema}.{kept}") == [("old",)]


def test_two_that_write_at_once_do_not_add_up(schema, warehouse):
    database.replace_rows(NAME, "", f"{schema}.both", segments())
    write = partial(database.replace_rows, NAME, "", f"{schema}.both")
    threads = [threading.Thread(target=write, args=(segments(),)) for _ in range(2)]
    waiting = f"SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '{schema}.both'::regclass"
    with adbc_driver_postgresql.dbapi.connect(warehouse) as connection, connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {schema}.both IN SHARE MODE")
        for thread in threads:
            thread.start()
        while rows(warehouse, waiting) != [(2,)]:
            assert all(thread.is_alive() for thread in threads)
        connection.rollback()
    for thread in threads:
        thread.join()
    assert rows(warehouse, f"SELECT * FROM {schema}.both ORDER BY 1") == EXPECTED


def test_one_who_may_write_a_table_and_no_more_can(schema, warehouse, monkeypatch):
    role, password = f"writer_{uuid4().hex}", "s3cret"
    rows(warehouse, f"CREATE TABLE {schema}.narrow (customer_id text, segment int, margin real)")
    for sql in (
        f"CREATE ROLE {role} LOGIN PASSWORD '{password}'",
        f"GRANT USAGE ON SCHEMA {schema} TO {role}",
        f"GRANT INSERT, DELETE ON {schema}.narrow TO {role}",
    ):
        rows(warehouse, sql)
    try:
        with monkeypatch.context() as patch:
            patch.setenv(NAME, altered(warehouse, user=role, password=password))
            database.replace_rows(NAME, "", f"{schema}.narrow", segments())
            with pytest.raises(EnvironmentFault, match="permission denied for schema"):
                database.replace_rows(NAME, "", f"{schema}.other", segments())
        assert rows(warehouse, f"SELECT * FROM {schema}.narrow ORDER BY 1") == EXPECTED
    finally:
        rows(warehouse, f"DROP OWNED BY {role}")
        rows(warehouse, f"DROP ROLE {role}")


@pytest.mark.parametrize("table", ["", ".segments", "shop."])
def test_a_table_needs_a_name(table):
    with pytest.raises(ConfigurationFault, match=r"expected is NAME or SCHEMA\.NAME"):
        database.replace_rows(NAME, "", table, segments())


def test_sqlite_and_other_databases_are_written_all_or_none(lite, tmp_path, monkeypatch):
    query = "SELECT * FROM segments ORDER BY 1"
    for _ in range(2):
        database.replace_rows(NAME, "", "segments", segments())
        assert lite.execute(query).fetchall() == EXPECTED
    with pytest.raises(Interrupted):
        database.replace_rows(NAME, "", "segments", segments(2, fail=Interrupted()))
    assert lite.execute(query).fetchall() == EXPECTED
    with pytest.raises(InputFault, match=r'keeps its old rows: .* column named "?colour'):
        database.replace_rows(NAME, "", "segments", pa.table({"customer_id": ["a"], "colour": [1]}).to_reader())
    assert lite.execute(query).fetchall() == EXPECTED

    monkeypatch.setenv(NAME, str(tmp_path / "shop.duckdb"))
    for _ in range(2):
        database.replace_rows(NAME, "duckdb", "segments", segments())
        with pytest.raises(Interrupted):
            database.replace_rows(NAME, "duckdb", "segments", segments(2, fail=Interrupted()))
    with adbc_driver_duckdb.dbapi.connect(str(tmp_path / "shop.duckdb")) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        assert cursor.fetchall() == EXPECTED


def test_a_locked_database_is_a_fault_of_the_environment(lite, tmp_path):
    code = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN EXCLUSIVE'); print(); input()"
    command = [sys.executable, "-c", code, str(tmp_path / "shop.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        with pytest.raises(EnvironmentFault, match="database is locked"):
            database.replace_rows(NAME, "", "segments", segments())
        other.communicate(b"\n")


def told(folder: Path, period: str) -> database.Period | None:
    """The period that the reader tells after the last customer."""
    source = Database("database", NAME, "SELECT customer_id, day FROM orders ORDER BY 1", period=period)
    tables = database.read_database(source, "customer_id", 1000, folder / f"workspace-{uuid4().hex}")
    assert next(tables).num_rows == 3
    with pytest.raises(StopIteration) as ended:
        next(tables)
    return ended.value.value.period


@pytest.fixture
def dated(lite) -> None:
    lite.execute("CREATE TABLE orders (customer_id TEXT, day TEXT)")
    lite.executemany("INSERT INTO orders VALUES (?, ?)", [("a", "2025-03-01 10:00:00"), ("b", "2025-01-31"), ("c", "")])
    lite.commit()


FIRST_AND_LAST = (date(2025, 1, 31), date(2025, 3, 1))
NO_PERIODS = {  # a statement of SQLite, and what is said of it
    "SELECT max(day), min(day) FROM orders": "gives '' for a day|which is earlier",
    "SELECT day, day FROM orders": "gives several rows",
    "SELECT day, day FROM orders WHERE 1 = 0": "gives no row",
    "SELECT min(julianday(day)), max(julianday(day)) FROM orders": "for a day: expected is one row of two days",
    "SELECT min(days), max(days) FROM orders": "`source.period` of the data set fails in the database",
    'SELECT min("days"), max("days") FROM orders': "`source.period`",
    "SELECT 1; SELECT 2": "`source.period` of the data set holds 2 statements",
    "DELETE FROM orders": "`source.period` of the data set is not one SELECT alone",
}


@pytest.mark.parametrize(
    ("period", "days"),
    [
        ("", None),
        ("SELECT min(day), max(day) FROM orders WHERE day > ''", FIRST_AND_LAST),
        ("SELECT date(min(julianday(day))), date(max(julianday(day))) FROM orders;", FIRST_AND_LAST),
        ("SELECT min(day), max(day) FROM orders WHERE day > '2030'", None),
    ],
)
def test_sqlite_tells_the_period_of_its_rows(tmp_path, dated, period, days):
    assert told(tmp_path, period) == days


@pytest.mark.parametrize(("period", "message"), NO_PERIODS.items(), ids=range(len(NO_PERIODS)))
def test_what_is_no_period_is_refused_in_one_sentence(tmp_path, dated, period, message):
    with pytest.raises(ConfigurationFault, match=message) as refused:
        told(tmp_path, period)
    assert "source.query" not in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("kind", ["date", "timestamp", "timestamptz", "text"])
def test_postgresql_tells_the_period_of_its_rows(tmp_path, warehouse, schema, kind):
    cells = ", ".join(f"('{day}'::{kind})" for day in ("2025-03-01", "2025-01-31", "2025-02-01"))
    orders = f"(VALUES {cells}) AS orders (day)"
    source = Database("database", NAME, f"SELECT 1 AS customer_id, max(day)::text AS day FROM {orders}")
    source.period = f"SELECT min(day), max(day) FROM {orders}"
    tables = database.read_database(source, "customer_id", 10, tmp_path / "workspace")
    next(tables)
    with pytest.raises(StopIteration) as ended:
        next(tables)
    assert ended.value.value.period == FIRST_AND_LAST


def test_an_endless_day_of_postgresql_is_no_period(tmp_path, warehouse):
    for kind in ("date", "timestamp"):
        period = f"SELECT DATE '2025-01-31', 'infinity'::{kind}"
        source = Database("database", NAME, "SELECT 1 AS customer_id", period=period)
        with pytest.raises(ConfigurationFault, match=r"`source.period` of the data set gives .* for a day"):
            list(database.read_database(source, "customer_id", 10, tmp_path / kind))
