"""Every command of the manual runs, page by page, in a project that has run."""

import logging
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import adbc_driver_postgresql.dbapi
import manual
import pytest
from distributed import LocalCluster
from project import STEPS, Project
from ruamel.yaml import YAML

NAMES = [page.relative_to(manual.ROOT).as_posix() for page in manual.PAGES]
PROGRAMS = ("cp", "dask", "dvc", "git", "make", "pip", "python", "rm", "source")

# Commands that no test of this file runs, and why.
INDEX = "asks a package index"
NOT_RUN = {
    "git clone <this repository's address> segmentation && cd segmentation": "the copy under test is a clone",
    "make": f"{INDEX}, and runs the pipeline, as tests/pipelines/ do",
    "make FILE=data/raw/customers.csv": "runs the pipeline; tests/pipelines/test_make.py runs it",
    "make test": "would run this test",
    "make help": "tests/pipelines/test_make.py runs it",
    "make clean": "tests/pipelines/test_make.py runs it",
    "make check": ".ci/run runs it",
    "make fix": "ruff does it, as in make check",
    "make bench": "takes a minute",
    "make .venv/ready": INDEX,
    "source .venv/bin/activate": "the tests' own environment is active",
    "pip install jupyterlab && jupyter lab notebooks/walkthrough.ipynb": INDEX,
    "pip install s3fs": INDEX,
    "pip install gcsfs": INDEX,
    "pip install adlfs": INDEX,
    "pip install adbc-driver-snowflake": INDEX,
    "pip install --editable '.[dask]'": INDEX,
    "pip install -r requirements.lock": INDEX,
    "dask scheduler": "the fixture `cluster` starts it",
    "dask worker tcp://SCHEDULER:8786 --nthreads 1 --nworkers -1": "the fixture `cluster` starts two",
    "python stages/score.py 'score.input={orders: data/new_orders.csv}' data.source.parameters.cutoff=2026-02-01": (
        "takes a model of orders: tests/stages/test_score.py has one"
    ),
    "dvc config --local core.site_cache_dir FOLDER": "tests/pipelines/test_make.py runs it as make does",
    "dvc exp run -S dataset=cdnow": "takes real orders: tests/pipelines/test_dvc.py has them",
    "dvc exp run -S 'conf/dataset/synthetic.yaml:source.rows=50000'": "takes long; another -S of a data set runs",
    "dvc exp run --queue -S 'cluster.k=3,5'": "tests/pipelines/test_dvc.py queues such a pair",
    "dvc exp run --run-all": "tests/pipelines/test_dvc.py runs the queue",
    "dvc fetch --all-commits": "takes a DVC remote",
    "dvc pull": "takes a DVC remote",
    "dvc push": "takes a DVC remote",
    "dvc repro -f export": "dvc repro -f ingest runs",
    "git check-ignore -v dvc.yaml": "shows nothing here",
}
INSTEAD = {"make accept": "cp data/model.json conf/reference/model.json"}  # as the Makefile does

# Steps that `dvc repro` runs on a page; what the others write stays as it is.
LIVE = {
    "README.md": ("ingest", "preprocess", "elbow", "cluster", "analyze"),
    "docs/own-customers.md": ("ingest",),
    "docs/using-segments.md": ("ingest",),
    "docs/experiments.md": ("cluster",),
    "docs/when-a-step-fails.md": ("ingest",),
}
IDENTITY = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
ENVIRONMENT = {"docs/using-segments.md": {"WAREHOUSE_URL": "sqlite:shop.db"}}
FAULTS = "docs/when-a-step-fails.md"

# How each message of docs/when-a-step-fails.md comes about: what is damaged, and the command that then says so.
ONE_AND_A_HALF = 'customer_id,spending,purchase_frequency,age\\n1,"1,5",3,40\\n2,20,4,50\\n'
BUSY = '{"write": {"\'$PWD\'/reports/ingest.json": {"pid": \'$PPID\', "cmd": "dvc"}}}'
BREAKS = {
    "elbow: params.yaml: elbow.k_min": (
        "sed -i 's/k_min: 1 /k_min: 20 /; s/k_max: 7/k_max: 10/' params.yaml", "python stages/elbow.py"
    ),
    "score: data/scored.csv is a file that": (
        "cp params.yaml data/scored.csv", "python stages/score.py score.input=data/new.csv score.output=data/scored.csv"
    ),
    "preprocess: column 'spending' holds text": (
        f"printf '{ONE_AND_A_HALF}' > data/raw/customers.csv; python stages/ingest.py dataset=csv",
        "python stages/preprocess.py dataset=csv",
    ),
    "export: data/model.json is corrupt": (": > data/model.json", "python stages/export.py"),
    "ingest: the environment variable WAREHOUSE_URL": ("", "python stages/ingest.py dataset=database"),
    "report: a bug of ours": (
        r"sed -i 's/^def main(cfg):/&\n    raise RuntimeError/' stages/report.py", "python stages/report.py"
    ),
    "'./dvc.lock' validation failed": (": > dvc.lock", "dvc status"),
    "'./dvc.lock' is invalid": ("sed -i '1i <<<<<<< HEAD' dvc.lock", "dvc status"),
    "'./dvc.yaml' is invalid": ("sed -i 's/^stages:/stages: [/' dvc.yaml", "dvc status"),
    "ERROR: unable to read: 'params.yaml'": ("sed -i 's/^elbow:/elbow: [/' params.yaml", "dvc repro"),
    "ingest: params.yaml line": ("sed -i 's/^elbow:/elbow: [/' params.yaml", "python stages/ingest.py"),
    "ERROR: failed to reproduce 'ingest'": ("sed -i 's/^dataset: synthetic/dataset: mien/' params.yaml", "dvc repro"),
    "ingest: params.yaml or the command line": (
        "sed -i 's/^dataset: synthetic/dataset: mien/' params.yaml", "python stages/ingest.py"
    ),
    "... is busy": (f"echo '{BUSY}' > .dvc/tmp/rwlock", "dvc repro -f ingest"),
    "Is your cache up to date?": ("mv .dvc/cache .dvc/away; rm data/model.json", "dvc checkout data/model.json"),
    "ERROR: Can't remove": ("mv .dvc/away .dvc/cache; echo > data/model.json", "dvc checkout data/model.json"),
    "ERROR: ... is not a git": ("mv .git .gone", "dvc status"),
    "ERROR: you are not inside": ("rm -rf .git; mv .gone .git", "cd / && dvc status"),
    "ERROR: bad DVC file name": ("echo dvc.yaml >> .gitignore", "dvc repro"),
}  # fmt: skip


class Terminal:
    """Runs bash in a project, each script in the environment that the one before has left."""

    def __init__(self, project: Project, environment: Mapping[str, str]):
        self.project = project
        self.environment = {"PYTHONPATH": str(project.folder), **IDENTITY, **environment}
        self.output = ""

    def run(self, script: str) -> int:
        kept = self.project.folder.parent / "environment"
        done = self.project.run("bash", "-ec", f"{script}\nenv -0 > '{kept}'", env=self.environment)
        if done.returncode == 0:
            pairs = (pair.partition("=") for pair in kept.read_text().split("\0") if pair)
            self.environment = {name: value for name, _, value in pairs}
        self.output = " ".join((done.stdout + done.stderr).split())
        return done.returncode

    def shows(self, text: str) -> bool:
        """Whether the last script printed each line of a text, in which `...` stands for anything."""
        lines = [re.escape(line).replace(re.escape("..."), ".*") for line in text.splitlines()]
        return all(re.search(line, self.output) for line in lines)


def command(line: str) -> str:
    """A line without its comment."""
    return re.sub(r"(^|\s+)# .*", "", line).strip()


def merge(file: Path, text: str) -> None:
    """Does what a block that names a file in its first line shows: makes the file, or sets what the block sets."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return
    yaml = YAML()
    whole = yaml.load(file)
    for key, value in YAML(typ="safe").load(text).items():
        whole[key] = {**whole[key], **value} if isinstance(value, dict) else value
    with file.open("w") as stream:
        yaml.dump(whole, stream)


def freeze(project: Project, live: tuple[str, ...]) -> None:
    """Has `dvc repro` leave all steps but a few as they are."""
    for step in STEPS:
        if step not in live:
            cmd = f"    cmd: python -m stages.{step}\n"
            project.replace("dvc.yaml", cmd, f"{cmd}    frozen: true\n")


@pytest.fixture
def terminal(ran, tmp_path) -> Callable[[str], Terminal]:
    """Opens a terminal for a page, in a project with the files that the pages name."""

    def opened(page: str) -> Terminal:
        project = ran.copy(tmp_path / "project")
        freeze(project, LIVE.get(page, ()))
        project.git("commit", "-qam", "frozen")
        rows = [f"{n:03d},{100 + 37 * n % 900}.5,{n % 23},{20 + 7 * n % 50}" for n in range(100)]
        customers = "\n".join(["customer_id,spending,purchase_frequency,age", *rows])
        orders = [f"{n % 40},2025-{1 + n % 12:02d}-{1 + n % 28:02d},{5 + n * n % 80}.90" for n in range(200)]
        files = {
            "data/raw/customers.csv": customers,
            "data/new.csv": customers,
            "data/raw/orders.csv": "\n".join(["customer,day,amount", *orders]),
        }
        for name, text in files.items():
            (project.folder / name).write_text(text)
        with sqlite3.connect(project.folder / "shop.db") as database:
            database.execute("CREATE TABLE customers (customer_id TEXT)")
        (project.folder / "conf/reference").mkdir(exist_ok=True)
        return Terminal(project, ENVIRONMENT.get(page, {}))

    return opened


@pytest.fixture
def bucket(store) -> Iterator[str]:
    """The address of an empty bucket."""
    store.mkdir("bucket")
    yield "s3://bucket"
    store.rm("bucket", recursive=True)


@pytest.fixture
def shop(postgres) -> Iterator[str]:
    """The address of a database with orders."""
    schema = f"manual_{uuid4().hex}"
    with adbc_driver_postgresql.dbapi.connect(postgres) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema}")
        cursor.execute(f"CREATE TABLE {schema}.orders (customer_id text, day date, amount numeric)")
        orders = "SELECT (n % 40)::text, DATE '2025-01-01' + n, n FROM generate_series(1, 200) n"
        cursor.execute(f"INSERT INTO {schema}.orders {orders}")
        connection.commit()
        yield f"{postgres}?options=-csearch_path%3D{schema}"
        cursor.execute(f"DROP SCHEMA {schema} CASCADE")
        connection.commit()


@pytest.fixture
def cluster() -> Iterator[str]:
    """The address of a scheduler with two workers, as `dask scheduler` and `dask worker` start them."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=logging.CRITICAL
    ) as local:
        yield local.scheduler_address


# Addresses that stand on the pages, and the fixture that gives the one to take in its place.
SERVICES = {"postgresql://user:password@host/shop": "shop", "s3://bucket": "bucket", "tcp://SCHEDULER:8786": "cluster"}


def with_services(text: str, request: pytest.FixtureRequest) -> str:
    """A text with the addresses of services that run in place of those on the page."""
    for address, service in SERVICES.items():
        if address in text:
            text = text.replace(address, request.getfixturevalue(service))
    return text


@pytest.mark.parametrize("page", NAMES)
def test_every_block_of_the_page_does_what_it_says(page, terminal, request):
    shell, broken = terminal(page), None
    for block in manual.blocks(manual.ROOT / page):
        text = with_services(block.text, request)
        place = f"{page} line {block.line}"
        if block.language == "bash":
            lines = [line for line in map(command, block.text.splitlines()) if line and line not in NOT_RUN]
            script = with_services("\n".join(INSTEAD.get(line, line) for line in lines), request)
            assert shell.run(script) == 0, f"{place}: {shell.output}"
            if broken:
                assert shell.run(broken) == 0, f"{place} is no cure: {shell.output}"
        elif block.language == "text" and page == FAULTS:
            damage, broken = next(BREAKS[start] for start in BREAKS if text.startswith(start))
            shell.run(f"git checkout -q . || true\n{damage}")
            assert shell.run(broken) != 0, place
            assert shell.shows(text), f"{place}: {shell.output}"
        elif block.language == "text":
            assert shell.shows(text), f"{place}: {shell.output}"
        elif block.language == "yaml":
            file = re.search(r"^# (\S+\.ya?ml)$", text, re.MULTILINE)[1]
            merge(shell.project.folder / file, text)
        elif block.language == "python":
            assert shell.run(f"python - <<'END'\n{text}\nEND") == 0, f"{place}: {shell.output}"
        else:
            assert block.language in ("", "cron"), f"{place} is of an unknown language"
