"""Generates the synthetic customers, or reads yours with one SQL query."""

from functools import partial
from pathlib import Path

from segmentation import engine, outputs, parts, storage, synthetic
from segmentation import source as source_of_customers
from segmentation.schema import Synthetic
from segmentation.stage import run

import pyarrow as pa

NOTHING_PLANTED = pa.table({"customer_id": pa.array([], pa.string()), "planted": pa.array([], pa.string())})


def main(cfg):
    targets = (cfg.paths.customers, cfg.paths.planted, f"{cfg.paths.reports}/ingest.json")
    with outputs.replace(*targets) as (customers, planted, report):
        source, part_rows = cfg.data.source, cfg.ingest.part_rows
        if source.kind == "synthetic":
            task = partial(generate, source=source, part_rows=part_rows, customers=customers, planted=planted)
            with engine.executor(cfg.executor) as pool:
                numbers = range(-(-source.rows // part_rows))
                list(engine.each(pool, task, numbers, doing="drawing customers"))
            parts.check_written(customers, len(numbers))
        else:
            workspace = report if storage.is_url(customers) else customers / "query"
            source_of_customers.read(source, cfg.data.id, part_rows, customers, workspace)
            parts.write(parts.path(planted, 0), NOTHING_PLANTED)
        files = parts.paths(customers)
        columns = {field.name: str(field.type) for field in parts.schema(files[0])}
        rows = sum(parts.rows(file) for file in files)
        found = {"dataset": cfg.dataset, "customers": rows, "parts": len(files), "columns": columns}
        named = [] if source.kind == "synthetic" else source.files.values()
        inputs = [
            {"name": file.name, "hash": storage.fingerprint(file)} for path in named for file in storage.glob(path)
        ]
        outputs.write_json(report, found | {"inputs": inputs})
    print(f"{rows:,} customers from {cfg.dataset}, with {', '.join(list(columns)[1:])}")


def generate(number: int, source: Synthetic, part_rows: int, customers: Path, planted: Path) -> None:
    """Draws and writes one part."""
    first = number * part_rows
    rows = min(part_rows, source.rows - first)
    table, truth = synthetic.part(number, rows, first, source.seed, source.columns, source.segments)
    parts.write(parts.path(customers, number), table)
    parts.write(parts.path(planted, number), truth)


if __name__ == "__main__":
    run(main)
