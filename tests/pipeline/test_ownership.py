"""A step replaces what it wrote itself and nothing else: other files stay, and are named."""

import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segmentation.pipeline import outputs, ownership, parts, storage
from segmentation.pipeline.errors import ConfigurationFault

TABLE = pa.table({"customer_id": ["C1", "C2"]})
OUTS = """
stages:
  ingest: {outs: [data/customers: {persist: true}, data/model.json]}
  export: {outs: [data/export: {persist: true}]}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The folder of a project whose dvc.yaml lists a few outputs; the script that runs is ingest."""
    (tmp_path / "project/data").mkdir(parents=True)
    (tmp_path / "project/dvc.yaml").write_text(OUTS)
    monkeypatch.chdir(tmp_path / "project")
    step = ownership.STEP.set("ingest")
    yield tmp_path / "project"
    ownership.STEP.reset(step)


def state(folder: Path) -> dict[str, bytes]:
    """Every file and its content, lock files aside."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and file.suffix != ".lock"]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


def table(folder: str, number: int = 0) -> Path:
    file = parts.path(folder, number)
    parts.write(file, TABLE)
    return file


def text(path: str, content: str = "mine") -> Path:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    return file


def unsealed(path: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(TABLE, path)


def run(target: str, content: str = "new", *, folder: bool | None = None) -> None:
    """What a step does: writes a table, a folder of other files, or a file."""
    with outputs.replace(target, "reports/ingest.json") as (temporary, report):
        if folder or (folder is None and "." not in Path(target).name):
            table(temporary)
        elif folder is None:
            temporary.write_text(content)
        else:
            text(temporary / "model.json", content)
            text(temporary / "segments.csv", content)
        report.write_text("{}")


# A case: the target, what lies there, and what is said of it.
FOREIGN = {
    "a file": (
        "mine.csv",
        lambda: text("mine.csv"),
        "mine.csv is a file that the step did not mark as its own, as older versions",
    ),
    "an empty file": ("k.json", lambda: text("k.json", ""), "k.json is a file that the step did not mark"),
    "a file where a folder goes": ("mine", lambda: text("mine"), "mine is a file that the step did not mark"),
    "a folder of the user": (
        "mine",
        lambda: text("mine/thesis.txt"),
        "mine holds 'thesis.txt', which the step did not",
    ),
    "many files": ("mine", lambda: [text(f"mine/{n}.txt") for n in "abc"], "mine holds 'a.txt' and 2 more, which"),
    "one file among parts": ("mine", lambda: (table("mine"), text("mine/a.txt")), "mine holds 'a.txt', which"),
    "a hidden file": ("mine", lambda: (table("mine"), text("mine/.env")), "mine holds '.env', which"),
    "a file with signs": ("mine", lambda: text("mine/\x1b[31m"), r"mine holds '\x1b[31m', which"),
    "a folder in it": ("mine", lambda: Path("mine/empty").mkdir(parents=True), "mine holds 'empty', which"),
    "files deep in it": ("mine", lambda: text("mine/part-00000.parquet/x"), "mine holds 'part-00000.parquet', which"),
    "parts without a seal": ("mine", lambda: unsealed("mine/part-00000.parquet"), "mine holds 'part-00000.parquet'"),
    "one of them": (
        "mine",
        lambda: (table("mine"), unsealed("mine/part-00001.parquet")),
        "'part-00001.parquet', which",
    ),
    "parts of Spark": ("mine", lambda: unsealed("mine/part-00000-c0f8.snappy.parquet"), "mine holds 'part-00000-c0f8"),
    "text called a part": ("mine", lambda: text("mine/part-00000.parquet"), "mine holds 'part-00000.parquet', which"),
    "a link to a table": (
        "mine",
        lambda: Path("mine").symlink_to(table("other").parent),
        "other itself, or remove the",
    ),
    "a link to a file": (
        "k.json",
        lambda: Path("k.json").symlink_to(text("x")),
        "k.json is a link, which would be repl",
    ),
    "a link to nothing": ("k.json", lambda: Path("k.json").symlink_to("gone"), "k.json is a link, which would be repl"),
    "a pipe": ("k.json", lambda: os.mkfifo("k.json"), "k.json is a file that the step did not mark"),
    "a note in its own table": (
        "data/customers",
        lambda: (table("data/customers"), text("data/customers/notes.txt")),
        "data/customers holds 'notes.txt', which the step did not mark",
    ),
    "a part of the user in its own table": (
        "data/customers",
        lambda: (table("data/customers"), unsealed("data/customers/part-00001.parquet")),
        "data/customers holds 'part-00001.parquet', which the step did not mark",
    ),
    "a folder called a part in its own table": (
        "data/customers",
        lambda: text("data/customers/part-00000.parquet/x"),
        "data/customers holds 'part-00000.parquet', which the step did not mark",
    ),
    "the table of another project": ("../other", lambda: table("../other"), "../other holds 'part-00000.parquet', wh"),
    "a link with an address of its own": (
        "data/customers",
        lambda: Path("data/customers").symlink_to(Path("../big") if table("big") else ""),
        "/project/big itself, or",
    ),
    "a link in the place of its own table": (
        "data/customers",
        lambda: Path("data/customers").symlink_to(table("big").parent.absolute()),
        "data/customers is a link, which would be replaced: name ",
    ),
    "the output of another step": ("data/export", lambda: text("data/export/model.json"), "holds 'model.json', which"),
}


@pytest.mark.parametrize(("target", "make", "words"), FOREIGN.values(), ids=FOREIGN)
def test_what_a_step_did_not_write_stays_and_is_named(project, target, make, words):
    make()
    before, names = state(project), sorted(Path().iterdir())
    with pytest.raises(ConfigurationFault) as fault:
        run(target)
    assert words in str(fault.value)
    assert state(project) == before and sorted(Path().iterdir()) == names


def move_data() -> None:
    Path("data").rename("../disk")
    Path("data").symlink_to("../disk")


OWN = {
    "nothing": ("mine.csv", lambda: None),
    "an empty folder": ("mine", lambda: Path("mine").mkdir()),
    "a table": ("mine", lambda: run("mine")),
    "a table that a file manager showed": ("mine", lambda: (run("mine"), text("mine/.DS_Store"))),
    "its file": ("mine.csv", lambda: run("mine.csv", "old")),
    "its file with a new date": ("mine.csv", lambda: (run("mine.csv", "old"), os.utime("mine.csv", (0, 0)))),
    "its own outputs, by DVC": ("data/model.json", lambda: text("data/model.json")),
    "by another name": ("./data/../data/model.json", lambda: text("data/model.json")),
    "on another disk": ("data/model.json", lambda: (move_data(), text("data/model.json"))),
    "of whole parts": ("data/customers", lambda: [table("data/customers", number) for number in (0, 1, 100_000)]),
    "of damaged parts": ("data/customers", lambda: text("data/customers/part-00000.parquet")),
    "of DVC's links": ("data/model.json", lambda: Path("data/model.json").symlink_to(text("cache/ab").absolute())),
    "of links whose cache is gone": ("data/model.json", lambda: Path("data/model.json").symlink_to("cache/gone")),
}


@pytest.mark.parametrize(("target", "make"), OWN.values(), ids=OWN)
def test_what_a_step_wrote_is_replaced_as_often_as_it_runs(project, target, make):
    make()
    for content in ("new", "newer"):
        run(target, content)
    if Path(target).is_dir():
        assert [file.name for file in Path(target).iterdir()] == ["part-00000.parquet"]
    else:
        assert Path(target).read_text() == "newer" and not Path(target).is_symlink()
    assert state(project / "cache") == ({"ab": b"mine"} if make is OWN["of DVC's links"][1] else {})


def test_a_table_of_parts_that_changed_stays(project):
    run("mine")
    table("mine", 1)
    with pytest.raises(ConfigurationFault, match="mine was changed since the step wrote it"):
        run("mine")


def edit(file: str) -> None:
    Path(file).write_text("edited")


CHANGED = {
    "a file": ("mine.csv", lambda: edit("mine.csv"), "mine.csv was changed since the step wrote it"),
    "a file without its mark": (
        "mine.csv",
        lambda: Path(".mine.csv.lock").unlink(),
        "is a file that the step did not mark as its own, as older versions did not: name another place, or move it "
        "away once",
    ),
    "a file whose mark is empty": (
        "mine.csv",
        lambda: Path(".mine.csv.lock").write_text(""),
        "is a file that the step did not mark",
    ),
    "a file in a folder": ("mine", lambda: edit("mine/model.json"), "mine was changed since the step wrote it"),
    "a file gone": ("mine", lambda: Path("mine/model.json").unlink(), "mine was changed since the step wrote it"),
    "a file beside it": ("mine", lambda: text("mine/sub/x"), "mine holds 'sub', which"),
    "a note beside it": ("mine", lambda: text("mine/_notes.md"), "mine holds '_notes.md', which"),
    "a hidden file beside it": ("mine", lambda: text("mine/.plan"), "mine holds '.plan', which"),
    "old files beside it": ("mine", lambda: text("mine/_old/final.xlsx"), "mine holds '_old', which"),
    "a link beside it": ("mine", lambda: Path("mine/last").symlink_to("gone"), "mine holds 'last', which"),
    "a copy elsewhere": ("mine.csv", lambda: shutil.copy("mine.csv", "copy.csv"), "copy.csv is a file that the step"),
}


@pytest.mark.parametrize(("target", "change", "words"), CHANGED.values(), ids=CHANGED)
def test_what_was_changed_since_stays(project, target, change, words):
    ownership.STEP.set("export")
    for content in ("old", "new"):
        run(target, content, folder=None if "." in target else False)
    change()
    before = state(project)
    with pytest.raises(ConfigurationFault) as fault:
        run("copy.csv" if "copy" in words else target, folder=None if "." in target else False)
    assert words in str(fault.value)
    assert state(project) == before


def test_a_file_that_comes_while_the_step_runs_stays(project):
    with pytest.raises(ConfigurationFault, match="is a file that"), outputs.replace("mine.csv") as (temporary,):
        temporary.write_text("new")
        text("mine.csv")
    assert state(project / "data") == {} and Path("mine.csv").read_text() == "mine"


def test_a_table_is_not_replaced_by_a_file_nor_by_an_export(project):
    run("kept")
    before = state(project)
    with pytest.raises(ConfigurationFault, match="kept is a folder, and a file was to be written"):
        write_file("kept")
    ownership.STEP.set("export")
    with pytest.raises(ConfigurationFault, match="kept holds 'part-00000"):
        run("kept", folder=False)
    assert state(project) == before


def write_file(target: str) -> None:
    with outputs.replace(target) as (temporary,):
        temporary.write_text("new")


def test_each_script_owns_the_outputs_that_are_listed_for_it(project):
    text("data/export/segments.csv")
    text("reports/compare.md")
    text("reports/compare.txt")
    ownership.STEP.set("export")
    run("data/export", folder=False)
    assert Path("data/export/segments.csv").read_text() == "new"
    with pytest.raises(ConfigurationFault, match=r"compare\.md is a file that the step did not mark"):
        write_file("reports/compare.md")
    ownership.STEP.set("compare")
    write_file("reports/compare.md")
    with pytest.raises(ConfigurationFault, match=r"compare\.txt is a file that the step did not mark"):
        write_file("reports/compare.txt")


def test_outputs_that_a_failed_move_left_are_still_known(project, monkeypatch):
    run("mine.csv", "old")
    for _ in range(2):
        with monkeypatch.context() as patch, pytest.raises(OSError, match="no more"):
            patch.setattr(outputs, "_move", lambda *_: (_ for _ in ()).throw(OSError("no more")))
            run("mine.csv", "new")
    assert Path("mine.csv").read_text() == "old"
    run("mine.csv", "new")
    assert Path("mine.csv").read_text() == "new"


def test_a_mark_is_never_taken_away_so_that_a_kill_at_any_moment_leaves_files_that_are_known(project):
    write_file("mine.csv")
    before = Path(".mine.csv.lock").read_text()
    run("mine.csv", "newer")
    assert Path(".mine.csv.lock").read_text().startswith(before)
    assert len(Path(".mine.csv.lock").read_text().split()) == 2


def test_a_mark_that_a_killed_run_cut_off_spoils_no_later_one(project):
    with Path(".mine.csv.lock").open("w") as lock:
        lock.write("0123abc")
    for content in ("old", "new"):
        run("mine.csv", content)
    assert Path("mine.csv").read_text() == "new"


def test_a_run_reads_the_file_that_it_replaces_once(project, monkeypatch):
    run("mine.csv", "old")
    hashed, fingerprint = [], storage.fingerprint
    monkeypatch.setattr(storage, "fingerprint", lambda file: hashed.append(file.name) or fingerprint(file))
    ownership._fingerprint.cache_clear()
    write_file("mine.csv")
    assert sorted(hashed) == [".mine.csv.partial", "mine.csv"]


def test_a_step_does_not_replace_the_table_of_another(project):
    run("mine")
    before = state(project)
    ownership.STEP.set("cluster")
    with pytest.raises(ConfigurationFault, match="mine was changed since the step wrote it"):
        run("mine")
    assert state(project) == before
