"""What bad input gets: one line, the right exit code, nothing written, the last good outputs still there."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from project import STEPS, Project

DATASET = "conf/dataset/csv.yaml"
CSV = "data/raw/customers.csv"
HEADER = "customer_id,spending,purchase_frequency,age"
ROWS = [f"{n:03d},{100 + 37 * n % 900}.5,{n % 23},{20 + 7 * n % 50}" for n in range(60)]


def text(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *(rows or ROWS)]) + "\n"


def renamed(old: str, new: str) -> str:
    return text(header=HEADER.replace(old, new))


def with_row(position: int, row: str) -> str:
    return text(*ROWS[: position - 1], row, *ROWS[position:])


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Project:
    project = Project(tmp_path_factory.mktemp("good") / "project")
    project.replace("params.yaml", "dataset: synthetic", "dataset: csv").replace("params.yaml", "k_max: 10", "k_max: 5")
    project.replace("params.yaml", "n_init: 10", "n_init: 1").replace(
        "params.yaml", "rule: calibrated", "rule: kneedle"
    )
    (project.folder / CSV).write_text(text())
    return project.steps()


@pytest.fixture
def project(good, tmp_path) -> Project:
    return good.copy(tmp_path / "project")


def refused(project: Project, step: str, code: int, *message: str, overrides: tuple[str, ...] = ()) -> None:
    """Runs the steps up to `step`, which must refuse as promised."""
    for name in [] if overrides else STEPS[: STEPS.index(step)]:
        done = project.stage(name)
        assert done.returncode == 0, done.stderr
    before = project.outputs()
    done = project.stage(step, *overrides)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    for words in message:
        assert words in done.stderr, done.stderr
    assert project.outputs() == before


# A case: what customers.csv holds (None: no such file), the step that refuses, and what it says.
CSV_CASES = {
    "file missing": (None, "ingest", [f"{CSV} is missing", f"dvc add {CSV}"]),
    "blank lines only": ("\n\n", "ingest", [f"{CSV} line 1 is blank"]),
    "a byte order mark only": (b"\xef\xbb\xbf", "ingest", [f"{CSV} line 1 is blank"]),
    "UTF-16": (text().encode("utf-16-le"), "ingest", ["UTF-16"]),
    "a spreadsheet": (b"PK\x03\x04\xff", "ingest", ["spreadsheet", "save it as CSV"]),
    "empty": ("", "ingest", [f"{CSV} is empty"]),
    "header only": (HEADER + "\n", "ingest", ["returns no row"]),
    "not UTF-8": (text().encode().replace(b"003,", b"00\xe9,"), "ingest", ["not UTF-8 at byte 91"]),
    "not UTF-8 in the header": (text().encode().replace(b"age", b"\xe2ge"), "ingest", ["not UTF-8 at byte 40"]),
    "ragged line, too many": (with_row(3, "x,1,2,3,4"), "ingest", ["line 4: more fields than the header, which has 4"]),
    "ragged line, too few": (with_row(3, "x,1,2"), "ingest", ["line 4: fewer fields than the header, which has 4"]),
    "quote left open": (with_row(3, '"x,1,2,3'), "ingest", ["line 4", "unterminated quote"]),
    "wrong delimiter": (text().replace(",", ";"), "ingest", ["line 1", "seems to be ';', not ','", "delimiter"]),
    "duplicate column names": (renamed("age", "Spending"), "ingest", ["line 1", "'Spending', 'spend"]),
    "duplicate ids": (text(*ROWS, *ROWS[7:9]), "ingest", ["2 ids of 'customer_id'", "['007', '008']"]),
    "missing id": (with_row(4, ",1,2,3"), "ingest", ["1 of 60 customers have no id", "data rows [4]"]),
    "blank id": (with_row(4, '"  ",1,2,3'), "ingest", ["1 of 60 customers have no id", "data rows [4]"]),
    "no id column": (renamed("customer_id", "custmer_id"), "ingest", ["did you mean 'custmer_id'?"]),
    "decimal comma": (with_row(5, '004,"1,5",2,3'), "preprocess", ["row 5 '1,5'", "written in several ways"]),
    "currency sign": (with_row(2, "001,€ 12,2,3"), "preprocess", ["'spending'", "row 2 '€ 12'"]),
    "text in a feature": (text(*(f"{n},n/a,1,{n}" for n in range(9))), "preprocess", ["9 of 9", "rows 1 'n/a', 2"]),
    "inf": (with_row(2, "001,inf,2,3"), "preprocess", ["'spending'", "row 2 'inf'"]),
    "a missing value": (with_row(6, "005,,2,3"), "preprocess", ["'spending'", "1 of 60", "row 6", "median"]),
    "an empty column": (text(*(f"{n},,1,{n}" for n in range(9))), "preprocess", ["'spending' is empty in all 9 rows"]),
    "a feature that is not there": (renamed("age", "aged"), "preprocess", ["no column 'age'", "'aged'?"]),
    "out of the transform's domain": (with_row(2, "001,-1,2,3"), "preprocess", ["'spending'", "log1p", "row 2"]),
    "all alike": (text(*(f"{n},1,2,3" for n in range(9))), "preprocess", ["every feature is constant"]),
    "fewer rows than k_max": (text(*ROWS[:4]), "elbow", ["4 customers", "cannot make 5 segments", "k_max"]),
    "fewer distinct rows than k_max": (text(*(f"{n},{n % 3},2,9" for n in range(9))), "elbow", ["3 distinct rows"]),
}  # fmt: skip


@pytest.mark.parametrize(("content", "step", "message"), CSV_CASES.values(), ids=CSV_CASES)
def test_a_bad_table_ends_with_exit_code_3(project, content, step, message):
    path = project.folder / CSV
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    refused(project, step, 3, *message)


QUERY_CASES = {
    "SQL that does not parse": ("SELEC 1", 2, ["`source.query` of conf/dataset/", "fails", "SELEC"]),
    "SQL on an unknown table": ("SELECT * FROM files", 2, ["files does not exist"]),
    "SQL that reckons with text": ("SELECT customer_id, sum(age) AS a FROM customers GROUP BY 1", 2, ["CAST(column"]),
    "SQL that fails on a value": ("SELECT *, CAST(customer_id || 'x' AS INTEGER) AS n FROM customers", 3, ["'000x'"]),
    "SQL that returns no row": ("SELECT * FROM customers WHERE false", 3, ["returns no row"]),
    "no SQL": ("-- later", 2, ["holds 0 statements"]),
    "two statements": ("SELECT 1; SELECT 2", 2, ["holds 2 statements"]),
    "SQL with a parameter that is not there": ("SELECT * FROM customers WHERE age > $age", 2, ["uses $age", "lacks"]),
    "a cell that SQL cannot convert": (
        "SELECT * REPLACE (CAST(age || 'x' AS INT) AS age) FROM customers",
        3,
        ["'20x'"],
    ),
    "a numbered parameter": ("SELECT * FROM customers WHERE age > ?", 2, ["write $name"]),
    "a column called unicode": ("SELECT unicode FROM customers", 2, ["unicode"]),
    "a column of the engine's own": ("SELECT *, 1 AS rowid FROM customers", 3, ["'rowid'", "rename"]),
    "a fractional id": ("SELECT * REPLACE (age::DOUBLE AS customer_id) FROM customers", 3, ["fractional number"]),
}


@pytest.mark.parametrize(("query", "code", "message"), QUERY_CASES.values(), ids=QUERY_CASES)
def test_a_bad_query_is_refused(project, query, code, message):
    project.replace(DATASET, "SELECT * FROM customers\n  #", query + "\n  #")
    refused(project, "ingest", code, *message)


OVERRIDES = {
    "misspelt key": ("elbow", 2, ["+elbow.kmax=3"], ["command line: elbow.kmax", "did you mean 'k_max'?"]),
    "wrong type": ("elbow", 2, ["elbow.k_max=ten"], ["elbow.k_max", "'ten'", "a whole number"]),
    "unknown data set": ("ingest", 2, ["dataset=onlin_retail"], ["'online_retail'?", "cdnow, csv, database, onl"]),
    "data set by its file": ("ingest", 2, ["dataset=csv.yaml"], ["dataset is 'csv.yaml'", "there are: cdnow, csv"]),
    "several runs at once": ("elbow", 2, ["-m", "elbow.k_max=3,4"], ["dvc exp run --queue"]),
    "more segments than distinct rows": ("cluster", 3, ["cluster.k=61"], ["60 customers", "cannot make 61 segments"]),
    "unknown override grammar": ("elbow", 2, ["elbow"], ["elbow"]),
}


@pytest.mark.parametrize(("step", "code", "overrides", "message"), OVERRIDES.values(), ids=OVERRIDES)
def test_a_bad_override_is_refused(project, step, code, overrides, message):
    refused(project, step, code, *message, overrides=overrides)


# A case: file, what stands in it, what stands there instead, and what is said.
CONFIGURATIONS = {
    "misspelt key": ("params.yaml", "k_max: 5", "kmax: 5", ["params.yaml: elbow.kmax", "did you mean 'k_max'?"]),
    "missing key": ("params.yaml", "  k_max: 5", "  #", ["params.yaml: elbow.k_max is missing"]),
    "wrong type": ("params.yaml", "k_max: 5", "k_max: five", ["params.yaml: elbow.k_max", "'five'", "a whole number"]),
    "k_min > k_max": ("params.yaml", "k_max: 5", "k_max: 0", ["elbow.k_max is 0; allowed is 1 or more"]),
    "k_min above k_max": ("params.yaml", "k_min: 1", "k_min: 6", ["elbow.k_min is 6, above elbow.k_max, which is 5"]),
    "no data set": ("params.yaml", "dataset: csv", "dataset:", ["params.yaml: dataset is missing; name a file of"]),
    "unknown data set": ("params.yaml", "dataset: csv", "dataset: cvs", ["'cvs'", "did you mean 'csv'?", "cdnow, csv"]),
    "id as a feature": (DATASET, "  age: {", "  customer_id: {", ["csv.yaml: features.customer_id is the id column"]),
    "no package": (DATASET, "# @package data\n", "", ["csv.yaml holds no settings", "`# @package data`"]),
    "broken YAML": (DATASET, "features:", "features: {", ["csv.yaml line "]),
    "a tab": ("params.yaml", "  k_min", "\tk_min", ["params.yaml line "]),
    "a key twice": ("params.yaml", "  k_min: 1", "  k_max: 1\n  k_min: 1", ["params.yaml", "duplicate key"]),
    "data set not UTF-8": (DATASET, "unit: years", "unit: y\udce9ars", ["is not UTF-8 at byte"]),
    "not UTF-8": ("params.yaml", "seed", "s\udce9ed", ["params.yaml is not UTF-8 at byte"]),
}


@pytest.mark.parametrize(("file", "old", "new", "message"), CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_a_bad_configuration_is_refused_by_every_step_before_any_work(project, file, old, new, message):
    path = project.folder / file
    content = path.read_text()
    assert old in content
    path.write_text(content.replace(old, new, 1), errors="surrogateescape")
    before = project.outputs()
    for step in ("ingest", "analyze"):
        done = project.stage(step)
        assert done.returncode == 2, done.stderr
        assert done.stderr.count("\n") == 1, done.stderr
        for words in message:
            assert words in done.stderr, done.stderr
    assert project.outputs() == before


def missing_over_the_limit(project):
    (project.folder / CSV).write_text(text(*(row if n % 3 else f"{n},,1,{n}" for n, row in enumerate(ROWS))))
    project.replace("params.yaml", "missing: error", "missing: median")


def infinite_parquet(project):
    table = pa.table(
        {"customer_id": ["a", "b"], "spending": [1, float("inf")], "purchase_frequency": [1, 2], "age": [3, 4]}
    )
    pq.write_table(table, project.folder / "data/raw/customers.parquet")
    project.replace(DATASET, "customers.csv", "customers.parquet")


def every_customer_dropped(project):
    (project.folder / CSV).write_text(text("a,,1,2", "b,2,,3"))
    project.replace("params.yaml", "missing: error", "missing: drop").replace(
        "params.yaml", "max_missing: 0.2", "max_missing: 1"
    )


def other_header_in_a_glob(project):
    (project.folder / "data/raw/customers2.csv").write_text(text(header=HEADER + ",x"))
    project.replace(DATASET, "customers.csv", "customers*.csv")


def a_folder(project):
    (project.folder / CSV).unlink()
    (project.folder / CSV).mkdir()


def unknown_format(project):
    (project.folder / "data/raw/customers.ods").write_text("x")
    project.replace(DATASET, "customers.csv", "customers.ods")


EDITS = {
    "NaN over the limit": (missing_over_the_limit, "preprocess", ["'spending' has no value for 33.3%", "20.0%"]),
    "infinite number": (
        infinite_parquet,
        "preprocess",
        ["'spending' is infinite for 1 of 2 customers, first in data row 2"],
    ),
    "nobody left": (every_customer_dropped, "preprocess", ["no customer is left"]),
    "files of a glob that differ": (other_header_in_a_glob, "ingest", ["customers2.csv line 1", "'x'"]),
    "a folder": (a_folder, "ingest", ["customers.csv is a folder"]),
    "unknown format": (unknown_format, "ingest", ["customers.ods is of no known format: .csv"]),
}


@pytest.mark.parametrize(("edit", "step", "message"), EDITS.values(), ids=EDITS)
def test_bad_data_are_refused(project, edit, step, message):
    edit(project)
    refused(project, step, 3, *message)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.index(b"customer_id")] ^= 1  # in the schema, which Parquet's own checksums do not cover
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [truncate, flip, Path.unlink])
@pytest.mark.parametrize(
    ("step", "file"),
    [
        ("preprocess", "data/customers/part-00000.parquet"),
        ("elbow", "data/features/part-00000.parquet"),
        ("cluster", "data/features/part-00000.parquet"),
        ("analyze", "data/segments/part-00000.parquet"),
        ("stability", "data/features/part-00000.parquet"),
        ("export", "data/segments/part-00000.parquet"),
        ("export", "data/customers/part-00000.parquet"),
    ],
)
def test_a_damaged_part_ends_with_exit_code_4(project, step, file, damage):
    damage(project.folder / file)
    before = project.outputs()
    done = project.stage(step)
    assert done.returncode == 4, done.stderr
    assert done.stderr.count("\n") == 1
    assert str(Path(file).parent) in done.stderr
    assert "dvc repro" in done.stderr
    assert project.outputs() == before


def empty(path: Path) -> None:
    path.write_text("{}")


@pytest.mark.parametrize("damage", [truncate, Path.unlink, empty])
@pytest.mark.parametrize(
    ("step", "file"),
    [
        ("cluster", "data/k.json"),
        ("analyze", "data/kmeans.json"),
        ("analyze", "data/feature_space.json"),
        ("stability", "data/model.json"),
        ("export", "data/model.json"),
    ],
)
def test_a_damaged_json_file_ends_with_exit_code_4(project, step, file, damage):
    damage(project.folder / file)
    refused(project, step, 4, file, "dvc repro", overrides=("elbow.k_max=5",))


@pytest.mark.parametrize("rows", [ROWS[:30], ROWS[::-1]], ids=["fewer", "in another order"])
@pytest.mark.parametrize(
    ("step", "table"), [("analyze", "data/segments"), ("stability", "data/features"), ("export", "data/segments")]
)
def test_segments_of_other_customers_are_refused(project, rows, step, table):
    (project.folder / CSV).write_text(text(*rows))
    assert project.stage("ingest").returncode == 0
    refused(project, step, 4, f"{table} does not follow from data/customers", overrides=("elbow.k_max=5",))


def test_the_stability_of_a_model_of_other_customers_is_refused(project):
    (project.folder / CSV).write_text(text(*ROWS[:30]))
    for step in ("ingest", "preprocess"):
        assert project.stage(step).returncode == 0
    message = "data/sweep.json does not follow from data/features"
    refused(project, "stability", 4, message, overrides=("elbow.k_max=5",))


def test_a_byte_order_mark_is_no_fault(project):
    project.steps()
    before = project.outputs()
    (project.folder / CSV).write_bytes(b"\xef\xbb\xbf" + text().encode())
    project.steps()
    after = project.outputs()
    assert before.pop("reports/ingest.json") != after.pop("reports/ingest.json")  # which holds the hash of the file
    assert after == before
