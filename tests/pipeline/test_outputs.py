"""Outputs appear whole or not at all, and JSON has one form."""

import json
import math
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from segmentation.pipeline import outputs
from segmentation.pipeline.errors import EnvironmentFault, IntermediateFault


def state(folder):
    """Every file and its text, lock files aside."""
    files = [file for file in folder.rglob("*") if file.is_file() and not file.name.endswith(".lock")]
    return {file.relative_to(folder).as_posix(): file.read_text() for file in files}


def write(path, text, *names):
    """A file, or a folder of files where there are names."""
    if names:
        path.mkdir()
    for file in [path / name for name in names] or [path]:
        file.write_text(text)


OLD = {"table/a": "old", "table/b": "old", "report.json": "old"}


@pytest.fixture
def targets(tmp_path):
    targets = tmp_path / "table", tmp_path / "report.json"
    with outputs.replace(*targets) as (table, report):
        write(table, "old", "a", "b")
        write(report, "old")
    return targets


def test_files_and_folders_are_replaced_together(targets, tmp_path):
    with outputs.replace(*targets) as (table, report):
        write(table, "new", "b", "c")
        write(report, "new")
        assert state(tmp_path).items() >= OLD.items()
    assert state(tmp_path) == {"table/b": "new", "table/c": "new", "report.json": "new"}


def test_targets_and_their_folders_are_made_where_there_were_none(tmp_path):
    with outputs.replace(tmp_path / "data" / "table", tmp_path / "reports" / "x.json") as (table, report):
        write(table, "new", "a")
        write(report, "new")
    assert state(tmp_path) == {"data/table/a": "new", "reports/x.json": "new"}


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    for folder in ("/proc/none", tmp_path / "file/below"):
        with (
            pytest.raises(EnvironmentFault, match=f"the folder {folder} cannot be made"),
            outputs.replace(f"{folder}/out.json"),
        ):
            pass


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt, SystemExit])
def test_a_failing_step_leaves_the_old_outputs_and_nothing_else(error, targets, tmp_path):
    with pytest.raises(error), outputs.replace(*targets) as (table, report):
        write(table, "new", "c")
        write(report, "new")
        raise error
    assert state(tmp_path) == OLD


def test_an_output_that_was_not_written_replaces_none(targets, tmp_path):
    with pytest.raises(FileNotFoundError), outputs.replace(*targets) as (table, _):
        write(table, "new", "c")
    assert state(tmp_path) == OLD


@pytest.mark.parametrize("failing", [1, 2])
def test_a_move_that_fails_leaves_the_old_outputs(failing, targets, tmp_path, monkeypatch):
    calls, move = [], os.replace

    def replace(source, target):
        if ".partial" in str(source):
            calls.append(target)
            if len(calls) == failing:
                raise OSError(5, "Input/output error")
        return move(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(OSError, match="Input/output error"), outputs.replace(*targets) as (table, report):
        write(table, "new", "c")
        write(report, "new")
    assert state(tmp_path) == OLD


def test_a_second_run_is_refused_while_one_is_writing(targets, tmp_path):
    text = rf"{re.escape(str(targets[-1]))} is being written by another run of this step: wait for it"
    second = (
        "import sys; from segmentation.pipeline import outputs\n"
        "from segmentation.pipeline.errors import EnvironmentFault\n"
        "try:\n    outputs.replace(*sys.argv[1:]).__enter__()\nexcept EnvironmentFault: sys.exit(5)"
    )
    with outputs.replace(*targets) as (table, report):
        write(table, "new", "a")
        with pytest.raises(EnvironmentFault, match=text), outputs.replace(*targets):
            pass
        assert subprocess.run([sys.executable, "-c", second, *targets], check=False).returncode == 5
        write(report, "new")
    assert state(tmp_path) == {"table/a": "new", "report.json": "new"}
    with pytest.raises(ZeroDivisionError), outputs.replace(*targets):
        raise ZeroDivisionError


def test_what_a_killed_run_left_is_cleared(targets, tmp_path):
    write(tmp_path / ".table.partial", "half", "a", "z")
    write(tmp_path / ".table.previous", "older", "a")
    write(tmp_path / ".report.json.partial", "half")
    with pytest.raises(ZeroDivisionError), outputs.replace(*targets):
        assert state(tmp_path) == OLD
        raise ZeroDivisionError
    assert state(tmp_path) == OLD


def test_what_a_killed_run_had_moved_away_is_put_back(targets, tmp_path):
    targets[0].rename(tmp_path / ".table.previous")
    write(tmp_path / ".table.partial", "new", "z")
    with pytest.raises(ZeroDivisionError), outputs.replace(*targets):
        assert state(tmp_path) == OLD
        raise ZeroDivisionError
    assert state(tmp_path) == OLD


@pytest.mark.parametrize("moves", [0, 1])
def test_a_run_killed_while_moving_is_made_good_by_the_next(moves, targets, tmp_path):
    killed = (
        "import os, sys; from segmentation.pipeline import outputs\n"
        "moves, move = int(sys.argv.pop(1)), os.replace\n"
        "def replace(*paths):\n"
        "    global moves\n"
        "    moves -= 1\n"
        "    os._exit(9) if moves < 0 else move(*paths)\n"
        "os.replace = replace\n"
        "with outputs.replace(*sys.argv[1:]) as (table, report):\n"
        "    table.mkdir(); (table / 'c').touch(); report.touch()"
    )
    assert subprocess.run([sys.executable, "-c", killed, str(moves), *targets], check=False).returncode == 9
    assert not targets[1].exists()
    with pytest.raises(ZeroDivisionError), outputs.replace(*targets):
        raise ZeroDivisionError
    assert state(tmp_path) == OLD


def test_a_first_move_that_fails_leaves_nothing(tmp_path, monkeypatch):
    move = os.replace
    monkeypatch.setattr(os, "replace", lambda source, to: move(source, to) if "b" not in str(to.name) else 1 / 0)
    with pytest.raises(ZeroDivisionError), outputs.replace(tmp_path / "a", tmp_path / "b") as (a, b):
        a.touch()
        b.touch()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a.lock", ".b.lock"]


def fail(monkeypatch, module, name, nth):
    """Lets the n-th call of a function fail, counted from now on."""
    function, calls = getattr(module, name), []

    def failing(*arguments):
        calls.append(arguments)
        if len(calls) == nth:
            raise OSError(5, "Input/output error")
        return function(*arguments)

    monkeypatch.setattr(module, name, failing)


# A case: calls that fail, what became of the outputs, and what is told of them.
FATES = {
    "the sync of a new output": ([(outputs, "_sync", 1)], "old", outputs.UNTOUCHED),
    "the second move": ([(os, "replace", 2)], "old", outputs.UNTOUCHED),
    "the second move and taking back the first": (
        [(os, "replace", 2), (outputs, "_put_back", 1)],
        None,
        outputs.PARTLY,
    ),
    "the sync of a folder, after the moves": ([(outputs, "_sync", 3)], "new", outputs.REPLACED),
    "the removal of an old output": ([(outputs, "_remove", 2)], "new", outputs.REPLACED),
    "the removal of nothing": ([(outputs, "_remove", 4)], "new", outputs.REPLACED),
}


@pytest.mark.parametrize(("failures", "left", "told"), FATES.values(), ids=FATES)
def test_what_became_of_the_outputs_is_told(failures, left, told, targets, tmp_path, monkeypatch):
    outputs.FATE.set(outputs.UNTOUCHED)
    with pytest.raises(OSError, match="Input/output error"), outputs.replace(*targets) as (table, report):
        write(table, "new", "a", "b")
        write(report, "new")
        for failure in failures:
            fail(monkeypatch, *failure)
    assert outputs.FATE.get() == told
    assert {name: text for name, text in state(tmp_path).items() if name[0] != "."} == (
        dict.fromkeys(OLD, left) if left else {}
    )
    monkeypatch.undo()
    with pytest.raises(ZeroDivisionError), outputs.replace(*targets):
        raise ZeroDivisionError
    assert state(tmp_path) == dict.fromkeys(OLD, left or "old")


def test_json_is_sorted_rounded_and_the_same_bytes_for_numpy_values(tmp_path):
    plain = {
        "b": [1, 2.123456789123, {"z": True, "a": None}],
        "a": {"nan": math.nan, "inf": [-math.inf], "tiny": 1.23456789876e-12, "name": "Köln"},
        "1": 123456789.123,
    }
    same = {
        1: np.float64(123456789.123),
        "a": {
            "name": "Köln",
            "tiny": np.float64(1.23456789876e-12),
            "inf": np.array([-np.inf]),
            "nan": np.float32("nan"),
        },
        "b": (np.int32(1), np.array(2.123456789123), {"a": None, "z": np.bool_(True)}),
    }
    outputs.write_json(tmp_path / "plain.json", plain)
    outputs.write_json(tmp_path / "same.json", same)
    text = (tmp_path / "plain.json").read_text(encoding="utf-8")
    assert (tmp_path / "same.json").read_text(encoding="utf-8") == text
    assert json.dumps(json.loads(text), sort_keys=True, indent=2, ensure_ascii=False) + "\n" == text
    assert outputs.read_json(tmp_path / "plain.json") == {
        "1": 123456789.0,
        "a": {"inf": [None], "name": "Köln", "nan": None, "tiny": 1.2345679e-12},
        "b": [1, 2.12345679, {"a": None, "z": True}],
    }


@pytest.mark.parametrize(
    ("number", "rounded"),
    [(1 / 3, 0.333333333), (2e9 / 3, 666666667), (-1e-20 / 3, -3.33333333e-21), (0.1 + 0.2, 0.3), (5, 5)],
)
def test_floats_are_published_with_nine_significant_digits(number, rounded):
    assert outputs.significant(number) == rounded


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, r"is missing: run `dvc repro`, which makes it first"),
        (b'{"k": 4', r"is corrupt \(Expecting .*\): run `dvc repro` to write it again"),
        (b"", r"is corrupt \(.*\): run `dvc repro` to write it again"),
        (b"[" * 100_000, r"is corrupt \(.*recursion.*\): run `dvc repro` to write it again"),
        (b'{"k": 1e999}', r"is corrupt \(1e999 is no finite number\): run `dvc repro` to write it again"),
        (b'{"k": -Infinity}', r"is corrupt \(-Infinity is no finite number\): run `dvc repro` to write it again"),
        (b'{"k": "\xff"}', r"is corrupt \('utf-8' .*\): run `dvc repro` to write it again"),
    ],
    ids=["missing", "cut off", "empty", "nested", "too large", "infinite", "no text"],
)
def test_json_that_an_earlier_step_did_not_write_is_refused(content, text, tmp_path):
    path = tmp_path / "k.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(IntermediateFault, match=f"{re.escape(str(path))} {text}"):
        outputs.read_json(path)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda text: text, None),
        (lambda text: json.dumps(json.loads(text)), None),  # laid out anew
        (lambda text: text.replace("0.123456789", "0.123456788"), "was altered since it was written"),
        (lambda text: text.replace('"k"', '"kk"'), "lacks k"),
        (lambda text: text.replace("a digest", "another"), "was altered since it was written"),
        (lambda text: text.replace('"checksum"', '"sum"'), "was altered since it was written"),
        (lambda _: "[]", "lacks k, table"),
    ],
)
def test_what_was_sealed_is_read_as_it_was_written_or_not_at_all(change, text, tmp_path):
    content = {"k": 5, "centres": np.array([0.1234567894, np.nan]), "table": "a digest"}
    outputs.write_json(tmp_path / "k.json", outputs.sealed(content))
    (tmp_path / "k.json").write_text(change((tmp_path / "k.json").read_text()))
    if text is None:
        read = outputs.read_sealed(tmp_path / "k.json", "k", of=("data/features", "a digest"))
        assert read == {"k": 5, "centres": [0.123456789, None], "table": "a digest"}
        with pytest.raises(IntermediateFault, match=r"k.json does not follow from data/features, as after a step"):
            outputs.read_sealed(tmp_path / "k.json", of=("data/features", "a later digest"))
    else:
        with pytest.raises(IntermediateFault, match=text):
            outputs.read_sealed(tmp_path / "k.json", "k", of=("data/features", "a digest"))


@pytest.mark.parametrize("folder", ["/proc", "/sys"])
def test_a_place_where_nothing_can_be_written_is_told_before_any_work(folder, tmp_path):
    place = f"{folder}/customers"
    with (
        pytest.raises(EnvironmentFault, match=rf"^{place} cannot be written \(.*\): choose another place"),
        outputs.replace(place, tmp_path / "report.json"),
    ):
        raise AssertionError("work has begun")
    assert not (tmp_path / "report.json").exists()
