"""Faults planted on purpose: each ends with its exit code and one plain sentence, and leaves the outputs as they were.

A new fault is a new row of FAULTS.
"""

import json
import shutil
import sqlite3
import textwrap
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest
from project import Project

from segmentation.pipeline import outputs

CSV, DATASET, PARAMS = "data/raw/customers.csv", "conf/dataset/csv.yaml", "params.yaml"
ROWS = 60
Plant = Callable[[Project], object]


@dataclass(frozen=True)
class Fault:
    """A fault: how it is planted, the command that meets it, and what must come of it."""

    plant: Plant
    step: str  # or a line of the shell
    code: int
    words: Sequence[str]  # in the last line of stderr
    settings: Sequence[str] = field(default=())  # on the command line


def customers() -> pd.DataFrame:
    number = pd.RangeIndex(ROWS).to_series()
    columns = {"spending": 100.5 + 37 * number % 900, "purchase_frequency": number % 23, "age": 20 + 7 * number % 50}
    return pd.DataFrame({"customer_id": [f"{n:03d}" for n in number], **columns})


def write(file: str, content: str | bytes) -> Plant:
    """Puts a file into the project."""

    def plant(project: Project) -> None:
        path = project.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return plant


def replace(file: str, old: str, new: str) -> Plant:
    return lambda project: project.replace(file, old, new)


def append(file: str, text: str) -> Plant:
    return lambda project: write(file, (project.folder / file).read_text() + text)(project)


def cells(column: str, *texts: str) -> Plant:
    """Puts texts into the first cells of a column."""

    def plant(project: Project) -> None:
        table = customers().astype({column: object})
        table.loc[: len(texts) - 1, column] = list(texts)
        table.to_csv(project.folder / CSV, index=False)

    return plant


def query(text: str) -> Plant:
    return replace(DATASET, "SELECT * FROM customers\n  #", textwrap.indent(text, "    ").lstrip() + "\n  #")


def change_digit(file: str) -> Plant:
    """Changes the last digit of a JSON file that is no part of its checksum."""

    def plant(project: Project) -> None:
        path = project.folder / file
        content = json.loads(path.read_text())
        for name, value in content.items():
            if name not in ("checksum", "version", "schema_version") and changed(content, name, value):
                break
        path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")

    def changed(parent, name, value) -> bool:
        if isinstance(value, bool) or value is None or isinstance(value, str):
            return False
        if isinstance(value, int | float):
            parent[name] = value + 1
            return True
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return any(changed(value, key, item) for key, item in list(items))

    return plant


def copy_part(folder: str) -> Plant:
    def plant(project: Project) -> None:
        shutil.copy(project.folder / folder / "part-00000.parquet", project.folder / folder / "part-00001.parquet")

    return plant


def all_of(*plants: Plant) -> Plant:
    def plant(project: Project) -> None:
        for step in plants:
            step(project)

    return plant


def ran(*steps: str) -> Plant:
    """Runs steps, which must succeed without sending a control character to the terminal."""

    def plant(project: Project) -> None:
        for step in steps:
            done = project.stage(step)
            assert done.returncode == 0 and "\x1b" not in done.stdout + done.stderr, done.stderr

    return plant


def database(text: str) -> Plant:
    """Reads the customers from a SQLite database by this query."""

    def plant(project: Project) -> None:
        with closing(sqlite3.connect(project.folder / "shop.db")) as connection:
            customers().to_sql("customers", connection, index=False)
        dataset = (project.folder / DATASET).read_text()
        source = f"source:\n  kind: database\n  connection: SHOP\n  query: |\n    {text}\n"
        head, tail = dataset[: dataset.index("source:")], dataset[dataset.index("\nfeatures:") :]
        write("conf/dataset/shop.yaml", head + source + tail)(project)
        project.replace(PARAMS, "dataset: csv", "dataset: shop")

    return plant


def reseal(project: Project, file: str, key: str, value: object) -> None:
    """Changes a JSON file, and gives it the checksum of what it holds then."""
    content = json.loads((project.folder / file).read_text())
    del content["checksum"]
    outputs.write_json(project.folder / file, outputs.sealed({**content, key: value}))


def nothing(project: Project) -> None:
    """Leaves the project as it is: the fault lies in the command."""


HYDRA = "\nhydra:\n  callbacks: {x: {_target_: builtins.open, file: PWNED, mode: w}}\n"
BOMB = "\nbomb:\n  a: &a [1]\n" + "".join(
    f"  {chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)
)
ELSEWHERE = write("elsewhere/thesis.txt", "years of work")
NEW = write("data/new.csv", customers().to_csv(index=False))

FAULTS = {
    # What is read and what is written
    "scores over the new customers": Fault(
        NEW, "score", 2, ["score.output", "data/new.csv"], ["score.input=./data/new.csv", "score.output=data/new.csv"]
    ),
    "scores over one of a glob": Fault(
        NEW, "score", 2, ["data//new.csv", "data/*.csv"], ["score.input=data/*.csv", "score.output=data//new.csv"]
    ),
    "customers in a folder of the user": Fault(
        ELSEWHERE, "ingest", 2, ["elsewhere", "thesis.txt"], ["paths.customers=elsewhere"]
    ),
    "customers in the project's folder": Fault(ELSEWHERE, "ingest", 2, ["paths.customers"], ["paths.customers=."]),
    "features over the code": Fault(ELSEWHERE, "preprocess", 2, ["segmentation"], ["paths.features=segmentation"]),
    "a file of the user": Fault(
        write("notes.md", "mine"), "elbow", 2, ["notes.md", "name another place"], ["paths.sweep=notes.md"]
    ),
    # Settings are data
    "hydra in params.yaml": Fault(append(PARAMS, HYDRA), "ingest", 2, [PARAMS, "hydra"]),
    "hydra in a data set": Fault(append(DATASET, HYDRA), "ingest", 2, [DATASET, "hydra"]),
    "hydra in an engine": Fault(append("conf/engine/threads.yaml", HYDRA), "ingest", 2, ["threads.yaml", "hydra"]),
    "another package": Fault(replace(DATASET, "# @package data", "# @package _global_"), "ingest", 2, [DATASET]),
    "a secret of the environment": Fault(
        replace(PARAMS, "title: Customer", "title: ${oc.env:HOME} Customer"), "ingest", 2, [PARAMS, "${oc.env:HOME}"]
    ),
    "aliases without end": Fault(append(PARAMS, BOMB), "ingest", 2, [PARAMS, "alias"]),
    # A query reads what it names
    "a query on another file": Fault(
        query("SELECT c.*, p.content FROM customers c, read_text('/etc/passwd') p"), "ingest", 2, ["/etc/passwd"]
    ),
    "two statements": Fault(query("SELECT 1; SELECT 2"), "ingest", 2, ["2 statements"]),
    "a ruler of dashes": Fault(query("SELECT * FROM nothing -- all;\n" + "-" * 80), "ingest", 2, ["nothing"]),
    # Cells
    "NUL": Fault(write(CSV, customers().to_csv(index=False).replace("003", "0\x003")), "ingest", 3, ["NUL"]),
    "ids cut by a spreadsheet": Fault(cells("customer_id", "2.02254E+11"), "ingest", 3, ["2.02254E+11"]),
    "thousands": Fault(
        all_of(cells("spending", "9,569", "10,334"), ran("ingest")), "preprocess", 3, ["'9,569'", "spending"]
    ),
    "control characters": Fault(
        all_of(write(CSV, customers().rename(columns={"age": "ag\x1b[31me"}).to_csv(index=False)), ran("ingest")),
        "preprocess",
        3,
        ["'age'", r"ag\x1b[31me"],
    ),
    # Files between the steps
    "a digit of the centres": Fault(change_digit("data/kmeans.json"), "analyze", 4, ["data/kmeans.json", "dvc repro"]),
    "a digit of the features": Fault(change_digit("data/feature_space.json"), "analyze", 4, ["feature_space.json"]),
    "a digit of K": Fault(change_digit("data/k.json"), "cluster", 4, ["data/k.json"]),
    "a digit of the sweep": Fault(change_digit("data/sweep.json"), "analyze", 4, ["data/sweep.json"]),
    "a digit of the model": Fault(change_digit("data/model.json"), "stability", 4, ["data/model.json"]),
    "a model without end": Fault(write("data/model.json", "[" * 100_000), "stability", 4, ["data/model.json"]),
    "one part more": Fault(copy_part("data/features"), "cluster", 4, ["data/features"]),
    "one part of customers more": Fault(copy_part("data/customers"), "preprocess", 4, ["data/customers"]),
    "a centre that is no number": Fault(
        lambda project: reseal(project, "data/kmeans.json", "centres", [[None]]), "analyze", 4, ["data/kmeans.json"]
    ),
    # The command line
    "a folder NAME=VALUE": Fault(
        nothing, "score", 2, ["'score.input=\"data/month=2/new.csv\"'"], ["score.input=data/month=2/new.csv"]
    ),
    "a sign of a comment": Fault(nothing, "report", 2, ["'report.title=\"Ours #1\"'"], ["report.title=Ours #1"]),
    "brackets": Fault(nothing, "report", 2, ["'report.title=\"Ours (May)\"'"], ["report.title=Ours (May)"]),
    "no section": Fault(nothing, "elbow", 2, ["elbow.k_max"], ["k_max=4"]),
    "dashes": Fault(nothing, "elbow", 2, ["elbow.k_max"], ["--elbow.k_max", "4"]),
    "no name": Fault(nothing, "elbow", 2, ["=3"], ["=3"]),
    # Databases
    "a database that is opened": Fault(database("ATTACH DATABASE 'x' AS x"), "ingest", 2, ["shop.yaml", "SELECT"]),
    "rows that are deleted": Fault(
        database("DELETE FROM customers RETURNING customer_id"), "ingest", 2, ["shop.yaml", "SELECT"]
    ),
    "two statements in a database": Fault(database("SELECT 1; DROP TABLE customers"), "ingest", 2, ["2 statements"]),
    # The machine
    "a full disk": Fault(nothing, "ulimit -f 2; trap '' XFSZ; python -m stages.ingest", 5, ["File too large"]),
    "a step that runs already": Fault(
        nothing,
        "exec 9>> data/.kmeans.json.lock 8>> reports/.cluster.json.lock; flock 8; flock 9; python -m stages.cluster",
        5,
        ["is being written by another run", "wait"],
    ),
    "no more memory": Fault(nothing, "ulimit -v 900000; python -m stages.cluster", 5, ["memory"]),
    # What leaves the project
    "a table's name that is none": Fault(nothing, "export", 2, ["export.table"], ['export.table="x\\"; DROP"']),
}


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Project:
    project = Project(tmp_path_factory.mktemp("good") / "project")
    for old, new in (
        ("dataset: synthetic", "dataset: csv"),
        ("k_max: 10", "k_max: 5"),
        ("resamples: 100", "resamples: 5"),
    ):
        project.replace(PARAMS, old, new)
    customers().to_csv(project.folder / CSV, index=False)
    return project.steps(upto="stability")


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_ends_with_its_code_and_one_sentence_and_leaves_the_outputs_as_they_were(good, tmp_path, fault):
    project = good.copy(tmp_path / "project")
    fault.plant(project)
    before = everything(project.folder)
    is_line = " " in fault.step
    environment = {"SHOP": f"sqlite:{project.folder}/shop.db"}
    done = (
        project.run("bash", "-c", fault.step, cold=True)
        if is_line
        else project.stage(fault.step, *fault.settings, env=environment)
    )
    assert done.returncode == fault.code, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert all(words in done.stderr for words in fault.words), done.stderr
    assert "\x1b" not in done.stderr + done.stdout
    assert everything(project.folder) == before


def everything(folder: Path) -> dict[str, bytes]:
    """Every file of the project but for locks."""
    files = (file for file in folder.rglob("*") if file.is_file() and file.suffix != ".lock")
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}
