"""Looks at a file or a table of a database, shows what its columns hold, and writes a data set's file for it."""

import sys
from importlib.util import find_spec

if not find_spec("hydra"):
    lacking = "the packages of this project are not installed for this Python"
    print(f"{__file__}: {lacking}: run `make`, then `source .venv/bin/activate`", file=sys.stderr)
    sys.exit(5)

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from segmentation.adoption import adopting, dataset_file, dataset_names, existing, screen
from segmentation.pipeline.errors import ConfigurationFault
from segmentation.pipeline.overrides import quoted_value
from segmentation.pipeline.stage import PARAMS, run
from segmentation.sources import result

MEMORY = "500MB"  # of DuckDB, beside some 250 MB of Python and of the cells that are looked at
TEXT = re.compile(
    r"(dataset|adopt\.(file|table|dataset|name|id|sheet|encoding|decimal))="
)  # blanks and commas are theirs


def main(cfg):
    if cfg.adopt.dataset:
        with workspace() as (connection, folder):
            screen.show(existing.decisions(connection, cfg.data, cfg.executor, folder))
        return
    place = adopting.place(cfg.adopt)
    name = cfg.adopt.name or dataset_names.of_place(place)
    file = dataset_names.file_of(name)
    if file.exists():
        keep(file, name, place)
    else:
        with workspace() as (connection, folder):
            settings, plan = adopting.adopt(connection, cfg.adopt, cfg.preprocess.max_missing, folder)
        for line in dataset_file.reading(settings):
            print(line)
        screen.show(plan.decisions)
        print("".join(f"\n{note}" for note in plan.notes))
        dataset_names.write(file, dataset_file.text(plan, settings, place))
        print(f"Written: {file}, with the reason of each decision; edit it as you like.")
    if cfg.adopt.choose:
        dataset_names.choose(name, PARAMS)
        print(f"params.yaml: dataset is {name} now.")
    else:
        print(f"Next: set `dataset: {dataset_names.quoted(name)}` in params.yaml, and run `dvc repro`.")


@contextmanager
def workspace() -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """Yields a DuckDB that uses all processors, and a folder for what does not fit into memory."""
    with (
        TemporaryDirectory(prefix=".adopt.", dir="data") as folder,
        result.open_workspace(Path(folder) / "query") as connection,
    ):
        connection.execute("SET threads = ?", [len(os.sched_getaffinity(0))])
        connection.execute(f"SET memory_limit = '{MEMORY}'; SET enable_progress_bar = false")
        yield connection, Path(folder)


def keep(file: Path, name: str, place: str) -> None:
    """Leaves a data set's file as it is; raises ConfigurationFault where it is that of other customers."""
    free = dataset_names.free(name)
    if not dataset_names.reads(file, place):
        raise ConfigurationFault(
            f"{file} is there already, and reads something else: add adopt.name={free}, which is free"
        )
    print(f"{file} reads {place} already, and stays as it is; adopt.name={free} writes another.")
    print(f"To see its customers: python stages/adopt.py adopt.dataset={name}")


if __name__ == "__main__":
    names = [argument.partition("=")[2] for argument in sys.argv if argument.startswith("adopt.dataset=")]
    sys.argv.append(f"dataset={(names or ['synthetic'])[-1]}")  # whatever params.yaml names, a file can be adopted
    sys.argv[1:] = [quoted_value(argument) if TEXT.match(argument) else argument for argument in sys.argv[1:]]
    run(main)
