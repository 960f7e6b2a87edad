"""Exports the segments to other systems: a table, and SQL and an ONNX model that are checked against the model."""

import sys
from importlib.util import find_spec

if not find_spec("hydra"):
    lacking = "the packages of this project are not installed for this Python"
    print(f"{__file__}: {lacking}: run `make`, then `source .venv/bin/activate`", file=sys.stderr)
    sys.exit(5)

import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from segmentation.activation import control, onnx_graph, proof, sql
from segmentation.model import SegmentModel
from segmentation.pipeline import engine, outputs, parts, spreadsheet
from segmentation.pipeline.errors import Fault, stale
from segmentation.pipeline.schema import Export, Paths, Target
from segmentation.pipeline.stage import run
from segmentation.sources import database, session

PROVEN = 1_000_000  # customers, at most, whom SQL and ONNX place for the check; they are evenly spaced


def main(cfg):
    paths, settings, id = cfg.paths, cfg.export, cfg.data.id
    trying = "DVC_EXP_NAME" in os.environ  # DVC takes an experiment's files back, and could not the rows of a table
    model = SegmentModel.load(paths.model)
    if settings.database:
        session.read_address(settings.database.connection)
    query = sql.select(model, settings.table, id, settings.dialect)
    with outputs.replace(paths.export, f"{paths.reports}/export.json") as (folder, report):
        folder.mkdir()
        with engine.executor(cfg.executor) as pool:
            sample = sample_customers(paths, model, pool)
        (folder / "segment.sql").write_text(query, encoding="utf-8")
        shutil.copy(paths.model, folder / "model.json")
        ran_in = proof.engine(settings.dialect, settings.database)
        by_sql = proof.place(model, sample, settings.table, id, settings.dialect, settings.database)
        proofs = {"sql": measure_agreement("SQL", by_sql, sample), "sql_ran_in": ran_in}
        if settings.onnx:
            graph = onnx_graph.graph(model)
            (folder / "segment.onnx").write_bytes(graph)
            raw = {name: parts.numbers(sample, name) for name in model.space.names}
            proofs["onnx"] = measure_agreement("ONNX model", onnx_graph.run(graph, raw)["segment"], sample)
        columns = schema(id, grouped=settings.control_share is not None)
        tables = partial(rows, parts.paths(paths.segments), model, settings, columns)
        spreadsheet.write(folder / "segments.csv", tables(), columns)
        outputs.write_json(report, {**proofs, "customers": sample.num_rows})
        if settings.database and not trying:
            load_table(settings.database, tables(), columns)
            outputs.FATE.set(f"the table {settings.database.table} was replaced, the files were not")
    proven = f"SQL, run in {ran_in}, {'and ONNX agree' if settings.onnx else 'agrees'} with the model"
    untried = "" if ran_in == settings.dialect else f"; the SQL for {settings.dialect} is translated and was not run"
    print(f"{paths.export}: {proven} on {sample.num_rows:,} customers{untried}")
    if settings.database and trying:
        print(f"an experiment: the table {settings.database.table} is left as it is")
    elif settings.database:
        print(f"the table {settings.database.table} of ${settings.database.connection} holds the segments")


def sample_customers(paths: Paths, model: SegmentModel, pool: Executor) -> pa.Table:
    """Reads evenly spaced raw customers with their `_segment`.

    Raises IntermediateFault where the model places them in another segment.
    """
    parts.whole(paths.segments, pool, customers=paths.customers)
    files = parts.paths(paths.segments)
    starts, customers = parts.first_rows(files, pool)
    step = parts.sampling_step(customers, PROVEN)
    task = partial(load_part, customers=paths.customers, model=model, step=step)
    return pa.concat_tables(engine.each(pool, task, files, starts, doing="reading customers"))


def load_part(file: Path, start: int, customers: str, model: SegmentModel, step: int) -> pa.Table:
    """Reads every `step`-th customer of one part; `start` customers come before the part."""
    fault = stale(file.parent, customers, "the model")
    placed = parts.read(file, columns=["customer_id", "_row", "segment"])
    rows = parts.sample(start, placed.num_rows, step)
    columns = ["customer_id", *model.space.names]
    table = parts.behind(file, customers, columns, parts.values(placed["_row"]), fault, rows)
    placed = placed.take(parts.column(rows))
    X = model.space.scaled(parts.matrix(table, model.space.names))
    agrees = np.array_equal(model.place(X)["segment"], parts.values(placed["segment"]))
    if not (agrees and table["customer_id"].equals(placed["customer_id"])):
        raise fault
    return table.append_column("_segment", placed["segment"])


def measure_agreement(form: str, segment: np.ndarray, sample: pa.Table) -> float:
    """The share of customers whom a form of the model places as the model does; raises Fault unless it is 1."""
    equal = segment == parts.values(sample["_segment"])
    if not equal.all():
        raise Fault(
            f"a bug of ours: the {form} places {np.count_nonzero(~equal):,} of {len(equal):,} customers in another "
            "segment than the model; nothing was exported: please report it with data/model.json"
        )
    return float(equal.mean())


def schema(id: str, grouped: bool) -> pa.Schema:
    """The columns of the exported table."""
    name = pa.dictionary(pa.int32(), pa.string())
    columns = [(id, pa.string()), ("segment", pa.int32()), ("name", name), ("margin", pa.float64())]
    return pa.schema([*columns, ("test_group", pa.string())] if grouped else columns)


def rows(files: list[Path], model: SegmentModel, settings: Export, schema: pa.Schema) -> Iterator[pa.Table]:
    """Yields the customers of each part with their segments and, where there is a control group, their group."""
    for file in files:
        placed = parts.read(file, columns=["customer_id", "segment", "margin"])
        label = np.searchsorted(model.numbers, parts.values(placed["segment"]))
        columns = [
            placed["customer_id"],
            placed["segment"],
            pa.DictionaryArray.from_arrays(parts.column(label.astype(np.int32)), model.names),
            placed["margin"],
        ]
        if settings.control_share is not None:
            columns.append(control.groups(placed["customer_id"].to_pylist(), settings.control_share, settings.salt))
        yield pa.table(columns, schema=schema)


def load_table(target: Target, tables: Iterator[pa.Table], schema: pa.Schema) -> None:
    plain = schema.set(schema.get_field_index("name"), pa.field("name", pa.string()))
    batches = (batch for table in tables for batch in table.cast(plain).to_batches())
    database.replace_rows(
        target.connection, target.driver, target.table, pa.RecordBatchReader.from_batches(plain, batches)
    )


if __name__ == "__main__":
    run(main)
