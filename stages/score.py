"""Places new customers with the model, and says how far they have drifted from those that it was fitted on."""

import sys
from importlib.util import find_spec

if not find_spec("hydra"):
    lacking = "the packages of this project are not installed for this Python"
    print(f"{__file__}: {lacking}: run `make`, then `source .venv/bin/activate`", file=sys.stderr)
    sys.exit(5)

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq

from segmentation.activation import placing, spreadsheet
from segmentation.features import customers, fitting
from segmentation.model import SegmentModel, drift
from segmentation.pipeline import engine, outputs, parts
from segmentation.pipeline.errors import ColumnFault, ConfigurationFault, InputFault, IntermediateFault
from segmentation.pipeline.source_kinds import Query, Source
from segmentation.pipeline.stage import run
from segmentation.sources import source

DELIMITERS = {".csv": ",", ".tsv": "\t"}


def main(cfg):
    output = checked(Path(cfg.score.output))
    model, data = SegmentModel.load(cfg.paths.model), cfg.data
    given = fitting.resolve_settings(data.features, cfg.preprocess)
    settings = placing.treatments(model, given)
    with (
        outputs.replace(output, output.with_suffix(".drift.csv")) as (scored, drifted),
        outputs.scratch(scored) as folder,
        engine.executor(cfg.executor) as pool,
        explained(cfg.paths.model),
    ):
        asked = chosen(cfg.score.input, data.source)
        folders = (folder / "customers", folder / "planted", folder / "query")
        source.write_customers(asked, data.id, cfg.ingest.part_rows, cfg.executor, *folders)
        files = parts.paths(folder / "customers")
        check_columns(parts.schema(files[0]).names, model)
        starts, rows = parts.first_rows(files, pool)
        task = partial(
            placing.place_part, model=model, settings=settings, id=data.id, folder=folder / "scored", features=given
        )
        found = placing.merge_parts(list(engine.each(pool, task, files, starts, doing="placing customers")))
        placing.check(found, rows, settings)
        write(scored, output.suffix, [folder / "scored" / file.name for file in files])
        shifts = placing.shifts(model, found)
        table = drift.table_of_shifts(shifts, model.numbers, model.names, model.sizes, found.sizes)
        table.to_csv(drifted, index=False, float_format="%.9g", lineterminator="\n")
    print(f"{found.sizes.sum():,} of {rows:,} customers placed, {found.outliers:,} of them outliers: {output}")
    for name, shift in shifts:
        print(f"{name}: {shift.reading} (population stability index {shift.index:.3f})")


def checked(output: Path) -> Path:
    if output.suffix not in (".parquet", *DELIMITERS):
        raise ConfigurationFault(f"score.output is {output}: a name that ends in .parquet, .csv or .tsv was expected")
    if output.is_dir():
        raise ConfigurationFault(f"score.output is {output}, a folder: the name of a file was expected")
    return output


def chosen(given: str | dict[str, str] | None, own: Source) -> Source:
    """The customers to place: a table, the data set's query over other files, or its source as it stands."""
    if isinstance(given, str):
        return Query("query", {"customers": given}, "SELECT * FROM customers", getattr(own, "delimiter", ","))
    if own.generated:
        raise ConfigurationFault("score.input is empty: name a table of customers, as score.input=new.csv does")
    return replace(own, files={**own.files, **given}) if given else own


def check_columns(there: list[str], model: SegmentModel) -> None:
    """Raises a fault where the customers lack a column of the model, or have one that its own had not."""
    customers.check_columns(there, model.space.names)
    known = model.baseline.columns
    if extra := [name for name in there if name not in ("customer_id", *known)]:
        raise IntermediateFault(
            f"column '{extra[0]}' is none of those that the model was fitted on, {', '.join(known)}: rename it or "
            "leave it out, or run `dvc repro` on such customers"
        )


@contextmanager
def explained(model: str) -> Iterator[None]:
    """Makes of a column that is not as expected a fault of customers and model, and names the setting at fault."""
    try:
        yield
    except ColumnFault as fault:
        raise IntermediateFault(f"{fault} ({model} was fitted on such columns)") from None
    except InputFault as fault:
        text = str(fault).replace("`source.files` of the data set", "score.input")
        raise InputFault(text.replace("`source.query` of the data set", "the table of score.input")) from None


def write(file: Path, kind: str, scored: list[Path]) -> None:
    """Writes scored parts below each other into one file."""
    schema, tables = parts.schema(scored[0]), map(parts.read, scored)
    if kind in DELIMITERS:
        spreadsheet.write(file, tables, schema, DELIMITERS[kind])
        return
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)


if __name__ == "__main__":
    run(main)
