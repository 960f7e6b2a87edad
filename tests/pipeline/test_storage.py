"""Tables and source files in an object store: a server of this machine stands in for it."""

import io
import multiprocessing
import pickle
import re
import subprocess
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from project import SECRET, STEPS, Project
from s3fs.core import S3File
from upath import UPath

from segmentation.pipeline import outputs, parts, storage
from segmentation.pipeline.errors import ConfigurationFault, EnvironmentFault, InputFault, IntermediateFault
from segmentation.pipeline.source_kinds import Query
from segmentation.sources import query

TABLE = pa.table({"customer_id": ["C1", "C2", "C3"], "spending": [1.5, None, 3.0], "orders": [1, 2, 3]})
TABLES = ("customers", "planted", "features", "segments")


@pytest.fixture
def folder(store) -> UPath:
    """An empty bucket's folder."""
    store.mkdir("bucket")
    yield UPath("s3://bucket/data")
    store.rm("bucket", recursive=True)


def state(folder: UPath) -> dict[str, str]:
    """Every part, called by a letter in the place of its number, and its text."""
    files = {file: chr(97 + int(file.stem.removeprefix("part-"))) for file in storage.files(folder)}
    names = {file: f"{file.parent.path.removeprefix(f'{folder.path}/')}/{letter}" for file, letter in files.items()}
    return {name: parts.read(file)["text"][0].as_py() for file, name in names.items()}


def write(folder: UPath, text: str, *letters: str) -> None:
    for letter in letters:
        parts.write(parts.path(folder, ord(letter) - 97), pa.table({"text": [text]}))


def test_parts_travel_to_other_processes_by_their_paths(folder, tmp_path):
    files = [parts.path(str(folder), number) for number in (2, 0, 10)]
    parts.write(files[0], TABLE)
    assert parts.paths(str(folder)) == files[:1]
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(partial(parts.write, table=TABLE), files[1:]))
        paths = parts.paths(str(folder))
        read = list(pool.map(partial(parts.read, columns=["orders", "spending"]), paths))
    assert [file.name for file in paths] == [f"part-{number:05d}.parquet" for number in (0, 2, 10)]
    assert all(table.equals(TABLE.select(["orders", "spending"])) for table in read)
    with ThreadPoolExecutor(2) as pool:
        assert parts.first_rows(paths, pool) == ([0, 3, 6], 9)
    parts.write(tmp_path / "local.parquet", TABLE)
    assert {file.read_bytes() for file in paths} == {(tmp_path / "local.parquet").read_bytes()}
    assert SECRET.encode() not in pickle.dumps(paths)


def test_a_part_that_is_missing_or_damaged_is_refused(folder):
    with pytest.raises(IntermediateFault, match=f"{folder} holds no parts: run `dvc repro`"):
        parts.paths(folder)
    file = parts.path(folder, 0)
    with pytest.raises(IntermediateFault, match=rf"{file} is missing, truncated or corrupt \(.+\): run `dvc repro`"):
        parts.read(file)
    parts.write(file, TABLE)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(IntermediateFault, match=f"{file} is missing, truncated or corrupt"):
        parts.read(file)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("s3://nowhere/data", r"cannot be reached \(The specified bucket does not exist"),
        ("gs://bucket/data", "takes a package that is not installed: `pip install gcsfs`"),
        ("s4://bucket/data", "cannot be reached .*Unsupported filesystem: 's4'"),
    ],
)
def test_a_store_that_is_not_there_is_a_fault_of_the_environment(url, message, folder, tmp_path):
    tries = [
        lambda: parts.paths(url),
        lambda: parts.read(f"{url}/part-00000.parquet"),
        lambda: parts.write(f"{url}/part-00000.parquet", TABLE),
        lambda: outputs.replace(url, tmp_path / "report.json").__enter__(),
        lambda: ingested(tmp_path, f"{url}/c.csv"),
    ]
    for attempt in tries:
        with pytest.raises(EnvironmentFault, match=f"{url}.* {message}"):
            attempt()
    with pytest.raises(FileNotFoundError):
        folder.fs.ls("nowhere")


OLD = {"table/a": "old", "table/b": "old"}
NEW = {"table/b": "new", "table/c": "new"}


@pytest.fixture
def targets(folder, tmp_path):
    folder.fs.touch(f"{folder.path}/table/")  # as a store's own page makes a folder
    targets = folder / "table", tmp_path / "report.json"
    with outputs.replace(*targets) as (table, report):
        write(table, "old", "a", "b")
        report.write_text("old")
    return targets


def test_objects_and_local_files_are_replaced_together(targets, folder):
    with outputs.replace(*map(str, targets)) as (table, report):
        write(table, "new", "b", "c")
        report.write_text("new")
        assert state(folder).items() >= OLD.items()
    assert state(folder) == NEW
    assert targets[1].read_text() == "new"
    assert [path.name for path in targets[1].parent.iterdir() if ".json." in path.name] == [".report.json.lock"]


OTHERS = {
    "a note": "table/notes.txt",
    "a file deeper down": "table/old/part-00000.parquet",
    "a part without a seal": "table/part-00000.parquet",
    "an object of that name": "table",
}


@pytest.mark.parametrize("name", OTHERS.values(), ids=OTHERS)
def test_objects_that_no_step_wrote_stay(name, folder, tmp_path):
    (folder / name).write_text("mine")
    with (
        pytest.raises(ConfigurationFault, match=r"s3://bucket/data/table holds '.*', which the step did not mark"),
        outputs.replace(folder / "table", tmp_path / "report.json"),
    ):
        pass
    assert objects(folder) == {name: b"mine"}


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_a_failing_step_leaves_the_old_objects_and_nothing_else(error, targets, folder):
    with pytest.raises(error), outputs.replace(*targets) as (table, report):
        write(table, "new", "c")
        report.write_text("new")
        raise error
    assert state(folder) == OLD
    with pytest.raises(FileNotFoundError, match="table was not written"), outputs.replace(*targets) as (_, report):
        report.write_text("new")
    assert state(folder) == OLD
    assert targets[1].read_text() == "old"


@pytest.mark.parametrize(("steps", "left"), [(1, OLD), (2, OLD), (3, OLD), (4, NEW), (5, NEW)])
@pytest.mark.parametrize("failures", [1, 2, 99])
def test_a_move_that_fails_anywhere_is_undone_at_once_or_by_the_next_run(
    steps, left, failures, targets, folder, monkeypatch
):
    """Copying aside, deleting, copying into place; then, all being moved, deleting what is left over."""
    calls = []

    def failing(move):
        def half(*paths):
            calls.append(move)
            if len(calls) == steps:
                first = storage.files(paths[0])[0]
                first.fs.copy(first.path, f"{paths[1].path}/{first.name}") if len(paths) > 1 else first.unlink()
            if steps <= len(calls) < steps + failures:
                raise EnvironmentFault("the store is gone")
            move(*paths)

        return half

    with (
        monkeypatch.context() as patch,
        pytest.raises(EnvironmentFault, match="the store is gone"),
        outputs.replace(*targets) as (table, report),
    ):
        write(table, "new", "b", "c")
        report.write_text("new")
        for name in ("copy", "remove"):
            patch.setattr(storage, name, failing(getattr(storage, name)))
    text = set(left.values()).pop()
    assert targets[1].read_text() == text
    if failures == 1 and steps < 4:
        assert state(folder) == OLD
    with pytest.raises(ZeroDivisionError), outputs.replace(*targets):
        raise ZeroDivisionError
    assert state(folder) == left
    assert targets[1].read_text() == text


@pytest.mark.parametrize("moment", ["replace", "unlink"], ids=["the local files still old", "all new but the mark"])
def test_a_run_killed_while_moving_is_made_good_by_the_next_even_if_that_writes_elsewhere(moment, targets, folder):
    write(folder / ".table.partial", "half", "z")
    killed = (
        "import os, sys; from segmentation.pipeline import outputs, parts; import pyarrow as pa\n"
        "with outputs.replace(*sys.argv[1:]) as (table, report):\n"
        "    parts.write(parts.path(table, 2), pa.table({'text': ['new']})); report.touch()\n"
        f"    os.{moment} = lambda *paths: os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", killed, *map(str, targets)], check=False).returncode == 9
    assert state(folder)["table/c"] == "new"
    write(folder / "other", "old", "a")
    with pytest.raises(ZeroDivisionError), outputs.replace(folder / "other", targets[1]):
        raise ZeroDivisionError
    assert state(folder) == {**OLD, "other/a": "old"}
    assert targets[1].read_text() == "old"


def ingested(tmp_path, url: str, sql: str = "SELECT * FROM customers") -> pa.Table:
    workspace = tmp_path / f"workspace{len(list(tmp_path.iterdir()))}"
    return pa.concat_tables(query.read_files(Query("query", {"customers": url}, sql), "id", 1000, workspace))


def parquet(table: pa.Table) -> bytes:
    content = io.BytesIO()
    pq.write_table(table, content)
    return content.getvalue()


SOURCES = {
    "c.csv": b"id,x\n007,1\n1e5,2\n",
    "c.tsv": b"id\tx\n007\t1\n1e5\t2\n",
    "c.txt": b"007 1\n1e5 2\n",
    "c.jsonl": b'{"id": "007", "x": 1}\n{"id": "1e5", "x": 2}\n',
    "c.parquet": parquet(pa.table({"id": ["007", "1e5"], "x": [1, 2]})),
}


@pytest.mark.parametrize("name", SOURCES)
def test_every_format_is_read_where_it_lies(name, folder, tmp_path):
    (folder / name).write_bytes(SOURCES[name])
    sql = "SELECT split(line, ' ')[1] AS id, split(line, ' ')[2] AS x FROM customers" if name == "c.txt" else None
    table = ingested(tmp_path, f"{folder}/{name}", *([sql] if sql else []))
    assert table.to_pydict() == {"customer_id": ["007", "1e5"], "x": [1, 2]}


def test_a_file_is_told_from_another_by_its_hash_and_an_object_by_its_tag(folder, tmp_path):
    (tmp_path / "a.csv").write_bytes(b"abc")
    (folder / "a.csv").write_bytes(b"abc")
    known = "sha256 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1
    assert storage.fingerprint(tmp_path / "a.csv") == known
    assert storage.fingerprint(folder / "a.csv") == "etag 900150983cd24fb0d6963f7d28e17f72"


def test_a_glob_reads_its_objects_in_order_and_none_twice(folder, tmp_path):
    names = ["2/a b.csv", "1/it's.csv", "1/é.csv", "1/[x].csv", "1/q?.csv", "1/qa.csv", "1/*.csv"]
    for name in names:
        (folder / name).write_text(f"id,x\n{name},1\n")
    (folder / "3.csv").write_text("id,x\nnot asked for,1\n")
    assert ingested(tmp_path, f"{folder}/*/*.csv")["customer_id"].to_pylist() == sorted(names)
    assert ingested(tmp_path, f"{folder}/**/q[?].csv")["customer_id"].to_pylist() == ["1/q?.csv"]


def test_one_thread_at_a_time_reads_a_large_object_and_little_of_it_twice(folder, tmp_path, monkeypatch):
    rows = 1_500_000
    lines = "".join(f"{row},{row % 7}\n" for row in range(rows))
    (folder / "c.csv").write_text(f"id,x\n{lines}")
    readers, fetched = set(), []
    read, fetch = S3File.read, S3File._fetch_range
    monkeypatch.setattr(S3File, "read", lambda *a: (readers.add(threading.get_ident()), read(*a))[1])
    monkeypatch.setattr(S3File, "_fetch_range", lambda *a: (fetched.append(a[2] - a[1]), fetch(*a))[1])
    table = ingested(tmp_path, f"{folder}/c.csv", "SELECT x AS id, count(*) AS n FROM customers GROUP BY x ORDER BY x")
    assert sum(table["n"].to_pylist()) == rows
    assert len(readers) == 1
    assert sum(fetched) < 1.1 * len(lines)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.csv", None, "URL is missing: put the file there"),
        ("no*.csv", None, "URL is missing: put the file there"),
        ("c", b"", "URL/x is empty"),
        ("c/c.csv", b"", "URL is empty"),
        ("c/c.csv", b"id,x\n1,\xe9\n", "URL is not UTF-8 at byte 7"),
        ("c/c.csv", b"id,x\n1,2,3\n", "URL line 2: more fields than the header, which has 2"),
        ("c/c.parquet", SOURCES["c.parquet"][:-9], "`source.query` of the data set fails on URL"),
        ("c/c.ods", b"x", "URL is of no known format"),
    ],
)
def test_what_is_wrong_with_an_object_is_said_with_its_url(name, content, message, folder, tmp_path):
    if content is not None:
        (folder / name / "x" if name == "c" else folder / name).write_bytes(content)
    with pytest.raises(InputFault, match=message.replace("URL", re.escape(f"{folder}/{name}"))):
        ingested(tmp_path, f"{folder}/{name}")


HEADER = "customer_id,spending,purchase_frequency,age"
ROWS = [f"{n:03d},{100 + 37 * n % 900}.5,{n % 23},{20 + 7 * n % 50}" for n in range(200)]
SETTINGS = ("dataset=csv", "ingest.part_rows=70", "elbow.k_max=4", "elbow.n_init=1", "cluster.n_init=1", "cluster.k=3")
SETTINGS += ("stability.resamples=5",)


def objects(folder: UPath) -> dict[str, bytes]:
    return {file.path.removeprefix(f"{folder.path}/"): file.read_bytes() for file in storage.files(folder)}


def test_the_whole_pipeline_gives_the_same_bytes_as_with_local_folders(folder, tmp_path):
    text = "\n".join([HEADER, *ROWS])
    local, remote = Project(tmp_path / "local"), Project(tmp_path / "remote")
    (local.folder / "data/raw/customers.csv").write_text(text)
    (folder / "raw/customers.csv").write_text(text)
    given = [*SETTINGS, f"data.source.files.customers={folder}/raw/cust*.csv"]
    given += [f"paths.{name}={folder}/{name}" for name in TABLES]
    for project, settings in ((local, SETTINGS), (remote, given)):
        for step in (*STEPS[:-3], "export"):  # the pages have no table to read
            done = project.stage(step, *settings)
            assert (done.returncode, done.stderr) == (0, "")
            assert not re.search(f"{SECRET}|credentials", done.stdout)

    for name in TABLES:
        there = {file.name: file.read_bytes() for file in (local.folder / "data" / name).iterdir()}
        assert objects(folder / name) == there
        assert not (remote.folder / "data" / name).exists()
    files = [
        file for where in ("data/*.json", "data/export/*", "reports/**/[!.]*.*") for file in local.folder.glob(where)
    ]
    files.remove(local.folder / "reports/ingest.json")  # which tells hashes of files and tags of objects
    assert len(files) == 26
    for file in files:
        assert (remote.folder / file.relative_to(local.folder)).read_bytes() == file.read_bytes(), file

    done = remote.stage("walkthrough", *given)
    assert (done.returncode, done.stderr) == (0, "")
    (folder / "raw/customers.parquet").write_bytes(parquet(pq.read_table(local.folder / "data/customers")))
    before = objects(folder)
    done = remote.stage("ingest", *given, f"data.source.files.customers={folder}/raw/customers.parquet")
    assert (done.returncode, done.stderr) == (0, "")
    assert objects(folder) == before
    done = remote.stage("preprocess", *given, "+data.profile.shoe={}")
    assert done.returncode == 3, done.stderr
    assert "no column 'shoe'" in done.stderr
    assert objects(folder) == before


ELBOW = ("elbow", "paths.features=s3://bucket/f")
NOBODY = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
NO_KEY = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"}
FAULTS = {
    "no such bucket": ("ingest", "paths.customers=s3://nowhere/c", {}, "s3://nowhere/c cannot be reached"),
    "no package": ("ingest", "paths.customers=gs://bucket/c", {}, "gs://bucket/c takes a package .* gcsfs`"),
    "nobody listens": (*ELBOW, NOBODY, "s3://bucket/f cannot be reached .*127.0.0.1:9"),
    "no credentials": (*ELBOW, NO_KEY, "s3://bucket/f cannot be reached .*Unable to locate credentials"),
}


@pytest.mark.parametrize(("step", "path", "env", "message"), FAULTS.values(), ids=FAULTS)
def test_a_stage_that_cannot_reach_its_table_ends_with_one_line_and_exit_code_5(
    step, path, env, message, folder, tmp_path
):
    done = Project(tmp_path / "project").stage(step, path, env=env)
    assert done.returncode == 5, done.stderr
    assert re.fullmatch(f"{step}: {message}.*\n", done.stderr), done.stderr
    assert SECRET not in done.stderr + done.stdout
