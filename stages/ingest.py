"""Generates the synthetic customers, or reads yours with one SQL query."""

import shutil
from concurrent.futures import Executor
from pathlib import Path

from segmentation import engine, outputs, parts, query, synthetic
from segmentation.schema import Query, Synthetic
from segmentation.stage import run

import pyarrow as pa

NOTHING_PLANTED = pa.table({"customer_id": pa.array([], pa.string()), "planted": pa.array([], pa.string())})


def main(cfg):
    targets = (cfg.paths.customers, cfg.paths.planted, f"{cfg.paths.reports}/ingest.json")
    with outputs.replace(*targets) as (customers, planted, report):
        source, part_rows = cfg.data.source, cfg.ingest.part_rows
        if source.kind == "synthetic":
            with engine.executor(cfg.executor.threads) as pool:
                generate(source, part_rows, pool, customers, planted)
        else:
            read(source, cfg.data.id, part_rows, customers)
            parts.write(parts.path(planted, 0), NOTHING_PLANTED)
        files = parts.paths(customers)
        columns = {field.name: str(field.type) for field in parts.schema(files[0])}
        rows = sum(parts.rows(file) for file in files)
        outputs.write_json(report, {"dataset": cfg.dataset, "customers": rows, "parts": len(files), "columns": columns})
    print(f"{rows:,} customers from {cfg.dataset}, with {', '.join(list(columns)[1:])}")


def generate(source: Synthetic, part_rows: int, pool: Executor, customers: Path, planted: Path) -> None:
    def draw(number: int) -> None:
        first = number * part_rows
        rows = min(part_rows, source.rows - first)
        table, truth = synthetic.part(number, rows, first, source.seed, source.columns, source.segments)
        parts.write(parts.path(customers, number), table)
        parts.write(parts.path(planted, number), truth)

    list(pool.map(draw, range(-(-source.rows // part_rows))))


def read(source: Query, id: str, part_rows: int, customers: Path) -> None:
    workspace = customers / "query"
    tables = query.customers(workspace, source.files, source.query, source.parameters, source.delimiter, id, part_rows)
    for number, table in enumerate(tables):
        parts.write(parts.path(customers, number), table)
    shutil.rmtree(workspace)


if __name__ == "__main__":
    run(main)
