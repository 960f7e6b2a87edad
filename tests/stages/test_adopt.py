"""A file or a table becomes a data set's file, written once, from which ingest gives the planted numbers."""

import csv
import hashlib
import random
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from uuid import uuid4

import adbc_driver_postgresql.dbapi
import pandas as pd
import pytest
from project import Project
from ruamel.yaml import YAML

ROWS = 40
CUSTOMERS = [(f"K{n:03d}", (n * n * 7) % 101 + n / 4, (n * 37) % 41) for n in range(ROWS)]
HEADER = ("customer_id", "revenue", "age")


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(tmp_path / "project")


def written(project, name="data/raw/shop.csv", header=HEADER, rows=CUSTOMERS, delimiter=","):
    """A text file in the project; its name."""
    file = project.folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as text:
        csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([header, *rows])
    return name


def adopt(project, *settings, **options):
    return project.stage("adopt", *settings, **options)


def adopted(project, *settings, **options):
    done = adopt(project, *settings, **options)
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


def refused(done, code):
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1 and "a bug of ours" not in done.stderr, done.stderr
    return done.stderr


def customers(project, name, **options):
    """The customers that ingest reads with a data set, a tuple for each."""
    project.steps(f'dataset="{name}"', upto="ingest", **options)
    return list(pd.read_parquet(project.folder / "data/customers").itertuples(index=False, name=None))


def datasets(project):
    return {file.name: file.read_bytes() for file in (project.folder / "conf/dataset").iterdir()}


def test_a_file_is_adopted_shown_and_read_with_every_number(project):
    before = datasets(project)
    said = adopted(project, f"adopt.file={written(project)}")
    assert "Written: conf/dataset/shop.yaml" in said and "set `dataset: shop` in params.yaml" in said
    assert "customer_id words K000 0 40 id: kept letter by letter" in said and "40 feature" in said
    assert customers(project, "shop") == CUSTOMERS
    new = datasets(project)
    assert set(new) - set(before) == {"shop.yaml"} and before.items() <= new.items()


def test_a_data_set_is_written_once_and_kept_as_it_was_edited(project):
    file = written(project)
    adopted(project, f"adopt.file={file}")
    project.replace("conf/dataset/shop.yaml", "revenue: {}", "revenue: {unit: EUR}   # mine")
    edited = datasets(project)
    said = adopted(project, f"adopt.file={file}")
    assert "stays as it is" in said and "adopt.name=shop_2 writes another" in said
    assert "python stages/adopt.py adopt.dataset=shop" in said and datasets(project) == edited
    adopted(project, f"adopt.file={file}", "adopt.name=shop_2")
    assert set(datasets(project)) - set(edited) == {"shop_2.yaml"}


def test_a_name_that_other_customers_have_is_refused_with_one_that_is_free(project):
    adopted(project, f"adopt.file={written(project)}")
    kept = datasets(project)
    other = written(project, "data/raw/other/shop.csv")
    error = refused(adopt(project, f"adopt.file={other}"), 2)
    assert "reads something else: add adopt.name=shop_2" in error and datasets(project) == kept
    adopted(project, f"adopt.file={other}", "adopt.name=shop_2")
    assert "adopt.name=synthetic_2" in refused(adopt(project, f"adopt.file={other}", "adopt.name=synthetic"), 2)


def test_choosing_sets_the_data_set_and_keeps_every_comment(project):
    params = project.folder / "params.yaml"
    before = params.read_text()
    adopted(project, f"adopt.file={written(project)}", "adopt.choose=true")
    assert params.read_text() == before.replace("dataset: synthetic", "dataset: shop", 1)
    again = adopted(project, f"adopt.file={written(project)}", "adopt.choose=true")
    assert "params.yaml: dataset is shop now." in again
    assert params.read_text() == before.replace("dataset: synthetic", "dataset: shop", 1)


@pytest.mark.parametrize("line", ["dataset: gone", "dataset: shop", "dataset:"])
def test_a_file_is_adopted_whatever_params_yaml_names(project, line):
    project.replace("params.yaml", "dataset: synthetic", line)
    adopted(project, f"adopt.file={written(project)}", "adopt.choose=true")
    assert YAML(typ="safe").load(project.folder / "params.yaml")["dataset"] == "shop"


def test_the_customers_of_a_data_set_are_shown_without_reading_its_file_again(project):
    adopted(project, f"adopt.file={written(project)}")
    kept = datasets(project)
    said = adopted(project, "adopt.dataset=shop")
    assert "customer_id words K000 0 40 id: tells customers apart" in said
    assert "revenue number 0.0 0 36 feature: a number; the value of customers" in said and datasets(project) == kept
    assert "spending" in adopted(project, "adopt.dataset=synthetic")
    assert "there are: " in refused(adopt(project, "adopt.dataset=nowhere"), 2)


NAMES = [
    "Kunden Übersicht (final).csv", "a,b=c.csv", "it's.csv", 'quo"te.csv', "[1] x*.csv", "{a}.csv", "a#b.csv", "#a.csv",
    "100%.csv", "a$b.csv", "back\\slash.csv", "yes.csv", "客户.csv", "-a.csv", "a: b.csv", "~a.csv", "&.csv", " a .csv",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_path_needs_no_quotes_of_ours(project, name):
    before = set(datasets(project))
    adopted(project, f"adopt.file={written(project, f'data/raw/{name}')}")
    [file] = set(datasets(project)) - before
    assert customers(project, file.removesuffix(".yaml")) == CUSTOMERS


HEADERS = [
    "a: b", "yes", "# no", "it's", '"q"', "two\nlines", "two \nlines", "", "{[", "@x", "1e3", "010", "😀", "*a", "&a",
    "!t", "%d", "a #b", "null", "~", "- x", "?", "|", ">", "2024-01-01", "a\tb", "cutoff", "$cutoff", "a\\b", "=1+1",
    "a,b", "12:30", "<<", "a\u200bb", "select", "ÄÖÜ", "segment", "x'; DROP TABLE customers; --", "{{x}}", "hydra",
]  # fmt: skip


def test_columns_of_any_name_are_read_with_every_number(project):
    draw = random.Random(6)
    rows = [(f"K{n:03d}", *(draw.randrange(1000) / 4 for _ in HEADERS)) for n in range(ROWS)]
    adopted(project, f"adopt.file={written(project, header=('customer_id', *HEADERS), rows=rows)}")
    assert customers(project, "shop") == rows
    names = pd.read_parquet(project.folder / "data/customers").columns
    assert list(names[1:]) == [name or f"unnamed_{place}" for place, name in enumerate(HEADERS, 2)]
    done = project.stage("preprocess", "dataset=shop")
    assert done.returncode == 0, done.stderr


def with_column(project, header):
    return written(project, header=("customer_id", header, "age"))


@pytest.mark.parametrize("header", ["${x}", "a${b:c}", "\x1b[31m", "\x07", "_target_", "rowid", "a\u2028b", "a\x85b"])
def test_a_column_that_no_data_set_can_name_is_told_and_nothing_is_written(project, header):
    before = datasets(project)
    error = refused(adopt(project, f"adopt.file={with_column(project, header)}"), 3)
    assert "rename" in error or "take it out of the file" in error
    assert "\x1b" not in error and "\x07" not in error and datasets(project) == before


def test_cells_of_a_column_may_hold_anything(project):
    odd = ["a: b", "# no", "it's", '"q"', "${x}", "{[", "yes", "\x1b[31m"]
    rows = [(*row, odd[n % len(odd)]) for n, row in enumerate(CUSTOMERS)]
    file = written(project, header=(*HEADER, "city"), rows=rows)
    assert "\x1b" not in adopted(project, f"adopt.file={file}") and customers(project, "shop") == rows


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ([], 2, "what is to be adopted? Add adopt.file=data/raw/customers.csv"),
        (["adopt.file=data/raw/shop.csv", "adopt.table=x"], 2, "what is to be adopted?"),
        (["adopt.file=data/raw/shop.csv", "adopt.connection=SHOP_URL", "adopt.table=x"], 2, "what is to be adopted?"),
        (["adopt.connection=SHOP_URL"], 2, "what is to be adopted?"),
        (["adopt.table=x"], 2, "what is to be adopted?"),
        (["adopt.file=data/raw/nowhere.csv"], 3, "or change `adopt.file`"),
        (["adopt.file=data/raw/shop.csv", "adopt.name=../x"], 2, "adopt.name is '../x'"),
        (["adopt.file=data/raw/shop.csv", "adopt.id=nr"], 2, "adopt.id is 'nr', which is no column of the file"),
        (["adopt.file=data/raw/shop.csv", "adopt.encoding=klingon"], 2, "klingon"),
        (["adopt.file=data/raw/shop.csv", "adopt.decimal=;"], 2, "adopt.decimal"),
        (["adopt.file=data/raw/README.md"], 3, "README.md"),
        (["adopt.file=data/raw/empty.csv"], 3, "empty.csv"),
        (["adopt.file=data/raw/header.csv"], 3, "header.csv"),
        (["adopt.connection=SHOP_URL", "adopt.table=x"], 5, "SHOP_URL"),
    ],
)
def test_what_cannot_be_adopted_ends_with_a_sentence_and_writes_nothing(project, settings, code, words):
    written(project)
    written(project, "data/raw/header.csv", rows=[])
    (project.folder / "data/raw/empty.csv").touch()
    before = datasets(project)
    assert words in refused(adopt(project, *settings), code) and datasets(project) == before


def test_a_file_without_rows_is_refused(project):
    empty = pd.DataFrame({"customer_id": pd.Series([], dtype=str), "revenue": pd.Series([], dtype=float)})
    empty.to_parquet(project.folder / "data/raw/empty.parquet")
    assert "holds no rows" in refused(adopt(project, "adopt.file=data/raw/empty.parquet"), 3)


def test_a_file_of_a_person_is_read_and_never_written(project):
    file = project.folder / written(project, "data/raw/Kunden.csv", delimiter=";")
    file.chmod(0o444)
    before = hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime_ns, sorted(file.parent.iterdir())
    adopted(project, "adopt.file=data/raw/Kunden.csv")
    assert customers(project, "kunden") == CUSTOMERS
    assert before == (
        hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime_ns, sorted(file.parent.iterdir())
    )  # fmt: skip
    assert not [path for path in (project.folder / "data").iterdir() if path.name.startswith(".adopt")]


def lines():
    draw = random.Random(2)
    return [
        (f"K{draw.randrange(20):02d}", f"R{n}", str(date(2025, 1, 1) + timedelta(days=draw.randrange(90))), n * 125)
        for n in range(200)
    ]


def summed():
    """Recency, frequency and monetary value of the lines, in plain Python."""
    groups = {}
    for customer, _, day, cents in lines():
        groups.setdefault(customer, []).append((day, cents))
    cutoff = date.fromisoformat(max(day for _, _, day, _ in lines())) + timedelta(days=1)
    return [
        (
            customer,
            (cutoff - date.fromisoformat(max(day for day, _ in rows))).days,
            len(rows),
            sum(c for _, c in rows) / 100,
        )
        for customer, rows in sorted(groups.items())
    ]


@pytest.fixture
def shop(tmp_path):
    """The address of a SQLite database."""
    path = tmp_path / "my shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute('CREATE TABLE "all orders" (customer_id TEXT, order_id TEXT, order_date TEXT, amount REAL)')
        values = [(*row[:3], row[3] / 100) for row in lines()]
        connection.executemany('INSERT INTO "all orders" VALUES (?, ?, ?, ?)', values)
        connection.execute("CREATE TABLE customers (customer_id TEXT, revenue REAL, age INTEGER)")
        connection.executemany("INSERT INTO customers VALUES (?, ?, ?)", CUSTOMERS)
        connection.execute("CREATE TABLE vacant (customer_id TEXT, revenue REAL)")
        connection.commit()
    return {"SHOP_URL": f"sqlite:{path}"}


def test_tables_of_sqlite_are_adopted_with_every_number(project, shop):
    table = ["adopt.connection=SHOP_URL", "adopt.table=all orders"]
    adopted(project, *table, env=shop)
    assert customers(project, "all_orders", env=shop) == summed()
    kept = datasets(project)
    assert "stays as it is" in adopted(project, *table, env=shop) and datasets(project) == kept
    adopted(project, "adopt.connection=SHOP_URL", "adopt.table=customers", env=shop)
    assert customers(project, "customers", env=shop) == CUSTOMERS
    assert not [text for text in datasets(project).values() if str(project.folder.parent).encode() in text]
    empty = ["adopt.connection=SHOP_URL", "adopt.table=vacant"]
    assert "the table 'vacant' returns no row" in refused(adopt(project, *empty, env=shop), 3)


def test_a_table_of_postgresql_is_adopted_with_every_number(project, postgres):
    columns = "customer_id text, order_id text, order_date timestamptz, amount numeric(9, 2)"
    schema, environment = f"test_{uuid4().hex}", {"SHOP_URL": postgres}
    values = ", ".join(f"('{c}', '{o}', '{d}', {cents / 100})" for c, o, d, cents in lines())
    with adbc_driver_postgresql.dbapi.connect(postgres) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema}")
        cursor.execute(f'CREATE TABLE {schema}."Orders" ({columns})')
        cursor.execute(f'INSERT INTO {schema}."Orders" VALUES {values}')
        connection.commit()
    try:
        settings = ["adopt.connection=SHOP_URL", f"adopt.table={schema}.Orders", "adopt.name=mine"]
        said = adopted(project, *settings, env=environment)
        assert customers(project, "mine", env=environment) == summed()
        assert postgres not in said and postgres.encode() not in datasets(project)["mine.yaml"]
    finally:
        with adbc_driver_postgresql.dbapi.connect(postgres) as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA {schema} CASCADE")
            connection.commit()
