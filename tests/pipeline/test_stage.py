"""How a stage starts and ends: its configuration, its exit code and its one line on stderr."""

import errno
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from project import ROOT

from segmentation.pipeline import outputs, ownership, stage
from segmentation.pipeline.errors import ConfigurationFault, EnvironmentFault, InputFault, IntermediateFault
from stages import cluster

DATASET = "conf/dataset/synthetic.yaml"


@pytest.fixture
def start(tmp_path, monkeypatch, capsys):
    """Starts a stage in this process, in a folder that holds only a configuration; returns exit code and stderr."""
    shutil.copytree(ROOT / "conf", tmp_path / "conf")
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(stage, "ROOT", tmp_path)
    monkeypatch.setattr(stage, "_die_with_parent", lambda: None)
    monkeypatch.setattr(stage, "name", lambda main: "elbow")
    monkeypatch.setattr(stage.engine, "one_thread", lambda: None)
    monkeypatch.delenv("HYDRA_FULL_ERROR", raising=False)

    def started(main, *overrides):
        monkeypatch.setattr(sys, "argv", ["stages/elbow.py", *overrides])
        monkeypatch.setenv("HYDRA_FULL_ERROR", "0")
        try:
            stage.run(main)
            code = 0
        except SystemExit as error:
            code = error.code
        return code, capsys.readouterr().err

    return started


def never(cfg):
    raise AssertionError("main was called")


def test_main_gets_the_checked_configuration_with_the_overrides_above_the_files(start):
    seen = []
    assert start(seen.append, "elbow.k_max=7", "dataset=csv") == (0, "")
    assert (seen[0].elbow.k_max, seen[0].dataset, seen[0].engine) == (7, "csv", "threads")
    assert ownership.STEP.get() == "elbow"
    assert seen[0].data.source.files == {"customers": "data/raw/customers.csv"}


# A case: file, what stands in it, what stands there instead, and what is said.
CONFIGURATIONS = {
    "misspelt key": ("params.yaml", "k_max: 10", "kmax: 10", ["params.yaml: elbow.kmax", "did you mean 'k_max'?"]),
    "missing key": ("params.yaml", "  k_max: 10", "  #", ["params.yaml: elbow.k_max is missing"]),
    "wrong type": ("params.yaml", "k_max: 10", "k_max: ten", ["params.yaml: elbow.k_max", "'ten'", "a whole number"]),
    "k_max of 0": ("params.yaml", "k_max: 10", "k_max: 0", ["elbow.k_max is 0; allowed is 1 or more"]),
    "k_min above k_max": ("params.yaml", "k_min: 1", "k_min: 11", ["elbow.k_min is 11, above elbow.k_max, which"]),
    "no data set": ("params.yaml", "dataset: synthetic", "dataset:", ["params.yaml: dataset is missing; name a file"]),
    "a number as data set": (
        "params.yaml",
        "dataset: synthetic",
        "dataset: 2025",
        ['write `dataset: "2025"`, in quotes'],
    ),
    "true as data set": ("params.yaml", "dataset: synthetic", "dataset: true", ['write `dataset: "true"`, in quotes']),
    "unknown data set": ("params.yaml", "dataset: synthetic", "dataset: cvs", ["'cvs'", "did you mean 'csv'?"]),
    "id as a feature": (DATASET, "  age: {unit", "  customer_id: {unit", ["features.customer_id is the id column"]),
    "no package": (DATASET, "# @package data\n", "", ["synthetic.yaml holds no settings", "`# @package data`"]),
    "broken YAML": (DATASET, "features:", "features: {", ["synthetic.yaml line "]),
    "a tab": ("params.yaml", "  k_min", "\tk_min", ["params.yaml line "]),
    "a key twice": ("params.yaml", "  k_min: 1", "  k_max: 1\n  k_min: 1", ["params.yaml", "duplicate key"]),
    "data set not UTF-8": (DATASET, "unit: years", "unit: y\udce9ars", ["is not UTF-8 at byte"]),
    "params not UTF-8": ("params.yaml", "seed", "s\udce9ed", ["params.yaml is not UTF-8 at byte"]),
    "a word that may be false": (
        "params.yaml",
        "dataset: synthetic",
        "dataset: NO",
        ["is 'NO'; there are"],
    ),
    "a yes for a number": ("params.yaml", "k_max: 10", "k_max: yes", ["elbow.k_max", "'yes'", "a whole number"]),
    "a number that they disagree on": ("params.yaml", "k_max: 10", "k_max: 010", ["params.yaml line", "010 means"]),
    "a date": ("params.yaml", "seed: 42 ", "seed: 2011-12-10 ", ["params.yaml line", "2011-12-10 means different"]),
}


@pytest.mark.parametrize(("file", "old", "new", "message"), CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_a_faulty_configuration_is_refused_in_one_line_before_any_work(start, tmp_path, file, old, new, message):
    content = (tmp_path / file).read_text()
    assert old in content
    (tmp_path / file).write_text(content.replace(old, new, 1), errors="surrogateescape")
    code, line = start(never)
    assert code == 2, line
    assert line.startswith("elbow: ") and line.count("\n") == 1, line
    for words in message:
        assert words in line, line


CALL = "hydra:\n  callbacks: {x: {_target_: builtins.open, file: PLANTED, mode: w}}\n"
ENGINE = "conf/engine/threads.yaml"
# A case: the file, what is put before its text and behind it, and what is said.
CODE = {
    "params with callbacks": ("params.yaml", "", CALL, "params.yaml line .*`hydra` is no section of ours"),
    "a data set with callbacks": (DATASET, "# @package _global_\n" + CALL, "", "holds `# @package _global_`"),
    "an engine with callbacks": (ENGINE, "", CALL, "threads.yaml line .*`hydra` is no section of ours"),
    "paths with callbacks": ("conf/paths.yaml", "", CALL, "paths.yaml line .*`hydra` is no section of ours"),
    "a data set that loads another": (DATASET, "", "defaults: [/other]\n", "synthetic.yaml line .*`defaults`"),
    "a search path": ("params.yaml", "", "hydra: {searchpath: [file:///tmp]}\n", "`hydra` is no section of ours"),
    "a target in a feature": (
        DATASET,
        "",
        "x: {_target_: builtins.open, file: PLANTED}\n",
        "`_target_` would call code",
    ),
    "the environment in a title": ("params.yaml", "", "extra: ${oc.env:SECRET}\n", "would be replaced"),
    "a tag of Python": (DATASET, "", "x: !!python/object/apply:os.system ['touch PLANTED']\n", "does not fit here"),
}


@pytest.mark.parametrize("flags", [(), ("--cfg", "job")], ids=["run", "shown"])
@pytest.mark.parametrize(("file", "before", "behind", "words"), CODE.values(), ids=CODE)
def test_settings_call_no_code_and_show_no_secret(start, tmp_path, monkeypatch, file, before, behind, words, flags):
    monkeypatch.setenv("SECRET", "s3cret-value")
    path = tmp_path / file
    path.write_text(before + path.read_text() + behind)
    code, line = start(never, *flags)
    assert code == 2 and re.search(words, line), line
    assert not (tmp_path / "PLANTED").exists() and "s3cret-value" not in line


CHOSEN = {
    "a folder above": ["dataset=../../elsewhere/mine"],
    "another folder": ["engine=/tmp/mine"],
    "quotes around it": ["dataset='../mine'"],
    "put in again": ["+dataset@data=../mine"],
    "the environment": ["report.title=${oc.env:SECRET}"],
    "the environment in a name": ["dataset=${oc.env:SECRET}"],
}


@pytest.mark.parametrize("overrides", CHOSEN.values(), ids=CHOSEN)
def test_the_command_line_chooses_files_of_the_project_and_no_variables(start, overrides):
    code, line = start(never, *overrides)
    assert code == 2 and ("without a folder" in line or "would be replaced" in line), line


OVERRIDES = {
    "misspelt key": (["+elbow.kmax=3"], ["command line: elbow.kmax", "did you mean 'k_max'?"]),
    "a key that no file sets": (["elbow.kmax=3"], ["command line: elbow.kmax is not set", "did you mean 'k_max'?"]),
    "wrong type": (["elbow.k_max=ten"], ["elbow.k_max", "'ten'", "a whole number"]),
    "unknown data set": (["dataset=onlin_retail"], ["'online_retail'?", "cdnow, csv, database, onl"]),
    "data set by its file": (["dataset=csv.yaml"], ["dataset is 'csv.yaml'", "there are: cdnow, csv"]),
    "a number as data set": (["dataset=2025"], ["write 'dataset=\"2025\"'"]),
    "several runs at once": (["-m", "elbow.k_max=3,4"], ["dvc exp run --queue"]),
    "unknown grammar": (["elbow"], ["elbow"]),
}


@pytest.mark.parametrize("name", ["mine.yml", "mine.YAML", "mine", "our shop.yml"])
def test_a_data_sets_file_of_another_ending_is_told_how_to_be_renamed(start, tmp_path, name):
    (tmp_path / "conf/dataset" / name).touch()
    code, line = start(never, f"dataset={name.partition('.')[0]}")
    assert code == 2
    command = re.search("must end in .yaml: `(.*)`", line)[1]
    stem = name.partition(".")[0]
    assert shlex.split(command) == ["mv", f"conf/dataset/{name}", f"conf/dataset/{stem}.yaml"]


@pytest.mark.parametrize(("overrides", "message"), OVERRIDES.values(), ids=OVERRIDES)
def test_a_faulty_override_is_refused_in_one_line(start, overrides, message):
    code, line = start(never, *overrides)
    assert code == 2 and line.count("\n") == 1, line
    for words in message:
        assert words in line, line


# A case: what `main` raises, the exit code and the line on stderr.
ENDS = {
    "configuration": (ConfigurationFault("a key"), 2, "a key"),
    "input": (InputFault("a column"), 3, "a column"),
    "intermediate": (IntermediateFault("a file"), 4, "a file"),
    "environment": (EnvironmentFault("a disk"), 5, "a disk"),
    "interrupt": (KeyboardInterrupt(), 5, "interrupted; nothing was written"),
    "memory": (MemoryError(), 5, "out of memory; nothing was written"),
    "a library": (ImportError("x.so: failed to map segment from shared object"), 5, "x.so: failed to map segment"),
    "a library's memory": (
        ImportError("x.so: cannot allocate memory in static TLS"),
        5,
        "x.so: cannot allocate memory",
    ),
    "a thread": (RuntimeError("can't start new thread"), 5, "can't start new thread; nothing was written: give"),
    "an import": (ImportError("cannot import name 'x'"), 70, "a bug of ours, ImportError"),
    "disk": (OSError(errno.ENOSPC, "No space left on device"), 5, "[Errno 28] No space left on device; nothing was"),
    "no such file": (
        FileNotFoundError(errno.ENOENT, "No such file"),
        70,
        "a bug of ours, FileNotFoundError",
    ),
    "bug": (ZeroDivisionError("over\nzero"), 70, "a bug of ours, ZeroDivisionError: over zero; please report it"),
}


@pytest.mark.parametrize(("error", "code", "message"), ENDS.values(), ids=ENDS)
def test_what_a_step_raises_decides_its_exit_code(start, error, code, message):
    def main(cfg):
        raise error

    ended, line = start(main)
    assert ended == code
    assert line.startswith(f"elbow: {message}") and line.count("\n") == 1


# A case: what `main` raises once its outputs are in place, the exit code and the line on stderr.
LATE = {
    "a full disk": (
        OSError(errno.ENOSPC, "No space left"),
        5,
        f"elbow: [Errno 28] No space left; {outputs.REPLACED}\n",
    ),
    "interrupt": (KeyboardInterrupt(), 5, f"elbow: interrupted; {outputs.REPLACED}\n"),
    "nobody reads on": (BrokenPipeError(errno.EPIPE, "Broken pipe"), 0, ""),
}


@pytest.mark.parametrize(("error", "code", "line"), LATE.values(), ids=LATE)
def test_a_fault_after_the_outputs_are_in_place_says_so(start, tmp_path, error, code, line):
    def main(cfg):
        with outputs.replace(tmp_path / "x.json") as (file,):
            file.touch()
        raise error

    assert start(main) == (code, line)
    assert (tmp_path / "x.json").exists()


def test_a_broken_pipe_before_is_a_fault_and_leaves_the_outputs(start):
    def main(cfg):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    assert start(main) == (5, "elbow: [Errno 32] Broken pipe; nothing was written\n")


# A case: where stdout leads, the exit code and the words on stderr.
STDOUTS = {
    "nobody reads": ("| true; exit ${PIPESTATUS[0]}", 0, ""),
    "it is closed": (">&-", 0, ""),
    "it is full": ("> /dev/full", 5, f"ingest: [Errno 28] No space left on device; {outputs.REPLACED}\n"),
}


@pytest.mark.parametrize("buffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize(("end", "code", "line"), STDOUTS.values(), ids=STDOUTS)
def test_messages_that_nobody_takes_are_no_fault_of_the_outputs(project, end, code, line, buffered):
    command = f"python -m stages.ingest {end}"
    done = project.run("bash", "-c", command, env={"PYTHONUNBUFFERED": buffered}, cold=True)
    assert (done.returncode, done.stderr) == (code, line)
    assert project.json("reports/ingest.json")["customers"] == 400


def test_a_fault_of_the_data_set_names_its_file(start):
    def main(cfg):
        raise ConfigurationFault("`source.query` of the data set fails")

    assert start(main, "dataset=csv") == (2, "elbow: `source.query` of conf/dataset/csv.yaml fails\n")


def test_a_fault_behind_another_error_is_the_one_that_counts(start):
    def main(cfg):
        try:
            raise InputFault("a column")
        except InputFault as fault:
            raise RuntimeError("a library's wrapping") from fault

    assert start(main) == (3, "elbow: a column\n")


def test_with_hydra_full_error_the_error_itself_is_raised(start, monkeypatch):
    def main(cfg):
        raise InputFault("a column")

    assert start(main)[0] == 3
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    with pytest.raises(InputFault, match="a column"):
        stage.run(main)


def test_from_another_folder_one_line_says_where_to_run_it(start, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    code, line = start(never)
    assert code == 2
    assert f"`cd {tmp_path}` first" in line and "`python -m stages.elbow`" in line


def test_a_folder_without_params_yaml_says_how_to_get_it_back(start, tmp_path):
    (tmp_path / "params.yaml").unlink()
    assert start(never) == (2, f"elbow: params.yaml is missing from {tmp_path}: `git checkout params.yaml`\n")


SCRIPTS = sorted((ROOT / "stages").glob("*.py"))


def test_a_step_is_known_by_its_script_whatever_runs_it(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["stages.cluster"])  # as `python -m cProfile -m stages.cluster` has it
    assert stage.name(cluster.main) == "cluster"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_a_python_without_the_projects_packages_ends_in_one_sentence(script, tmp_path):
    command = [sys.executable, "-I", "-S", script]  # -S leaves out what is installed
    done = subprocess.run(command, cwd=tmp_path, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 5
    reason = "the packages of this project are not installed for this Python"
    assert done.stderr == f"{script}: {reason}: run `make`, then `source .venv/bin/activate`\n"
