"""Places new customers with the model, and tells how far they differ from the customers of the fit (the drift)."""

import sys
from importlib.util import find_spec

if not find_spec("hydra"):
    lacking = "the packages of this project are not installed for this Python"
    print(f"{__file__}: {lacking}: run `make`, then `source .venv/bin/activate`", file=sys.stderr)
    sys.exit(5)

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

from segmentation.activation import placing
from segmentation.features import customers, fitting
from segmentation.model import SegmentModel, drift
from segmentation.pipeline import engine, outputs, parts, spreadsheet
from segmentation.pipeline.errors import ColumnFault, ConfigurationFault, InputFault
from segmentation.pipeline.source_kinds import Query, Source
from segmentation.pipeline.stage import run
from segmentation.pipeline.terminal import shown
from segmentation.sources import source

DELIMITERS = {".csv": ",", ".tsv": "\t"}


def main(cfg):
    output = check_output(Path(cfg.score.output))
    model, data = SegmentModel.load(cfg.paths.model), cfg.data
    features = fitting.resolve_settings(data.features, cfg.preprocess)
    settings = placing.treatments(model, features)
    with (
        outputs.replace(output, output.with_suffix(".drift.csv")) as (scored, drifted),
        outputs.scratch(scored) as folder,
        engine.executor(cfg.executor) as pool,
        explain_faults(cfg.paths.model, by_query(cfg.score.input, data.source)),
    ):
        table_source = choose_source(cfg.score.input, data.source)
        folders = (folder / "customers", folder / "planted", folder / "query")
        reading = source.write_customers(table_source, data.id, cfg.ingest.part_rows, cfg.executor, *folders)
        files = parts.paths(folder / "customers")
        check_columns(parts.schema(files[0]).names, model)
        starts, rows = parts.first_rows(files, pool)
        task = partial(
            placing.place_part, model=model, settings=settings, id=data.id, folder=folder / "scored", features=features
        )
        placed = placing.merge_parts(list(engine.each(pool, task, files, starts, doing="placing customers")))
        placing.check(placed, rows, settings)
        write_scored(scored, output.suffix, [folder / "scored" / file.name for file in files])
        shifts = placing.shifts(model, placed)
        table = drift.table_of_shifts(shifts, model.numbers, model.names, model.sizes, placed.sizes)
        spreadsheet.write_report(drifted, table)
    for doubt in reading.doubts:
        print(f"warning: {shown(doubt)}")
    print(f"{placed.sizes.sum():,} of {rows:,} customers placed, {placed.outliers:,} of them outliers: {output}")
    for name, shift in shifts:
        print(f"{shown(name)}: {shift.reading} (population stability index {shift.index:.3f})")


def check_output(output: Path) -> Path:
    if output.suffix not in (".parquet", *DELIMITERS):
        raise ConfigurationFault(f"score.output is {output}: a name that ends in .parquet, .csv or .tsv was expected")
    if output.is_dir():
        raise ConfigurationFault(f"score.output is {output}, a folder: the name of a file was expected")
    return output


def choose_source(setting: str | dict[str, str] | None, default: Source) -> Source:
    """The customers to place: a table, or the data set's source, in which the setting may replace files."""
    if isinstance(setting, str):
        return Query("query", {"customers": setting}, "SELECT * FROM customers", getattr(default, "delimiter", ","))
    if default.generated:
        raise ConfigurationFault("score.input is empty: name a table of customers, as score.input=new.csv does")
    files = {"files": {**default.files, **setting}} if setting else {}
    return replace(default, period="", **files)  # the period is told of the customers of the fit alone


def check_columns(columns: list[str], model: SegmentModel) -> None:
    """Raises a fault where the customers lack a column of the model, or have one that the model was not fitted on."""
    customers.check_columns(columns, model.space.names)
    known = model.baseline.columns
    if extra := [name for name in columns if name not in ("customer_id", *known)]:
        raise InputFault(
            f"column '{extra[0]}' is none of those that the model was fitted on, {', '.join(known)}: rename it or "
            "leave it out, or run `dvc repro` on such customers"
        )


def by_query(setting: str | dict[str, str] | None, default: Source) -> str:
    """What to do where one file was given in place of those from which the data set's query makes customers."""
    if not isinstance(setting, str) or not default.files:
        return ""
    files = ", ".join(f'{name}: "{setting}"' for name in default.files)
    return f"; if the data set's query is to read it, write {shlex.quote(f'score.input={{{files}}}')}"


@contextmanager
def explain_faults(model: str, cure: str) -> Iterator[None]:
    """Turns a fault of a column into one that names the model, and a fault of the source into one of score.input."""
    try:
        yield
    except ColumnFault as fault:
        words, _, _ = str(fault).partition(": set `source.query` of the data set")  # which did not read the file
        raise InputFault(f"{words} ({model} was fitted on such columns){cure}") from None
    except InputFault as fault:
        text = str(fault).replace("`source.files` of the data set", "score.input")
        raise InputFault(text.replace("`source.query` of the data set", "the table of score.input")) from None


def write_scored(file: Path, kind: str, scored: list[Path]) -> None:
    """Writes the scored parts, in their order, into one file; `kind` is its suffix."""
    schema, tables = parts.schema(scored[0]), map(parts.read, scored)
    if kind in DELIMITERS:
        spreadsheet.write(file, tables, schema, DELIMITERS[kind])
        return
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)


if __name__ == "__main__":
    run(main)
