"""Generates the synthetic customers, or reads yours with one SQL query."""

import shutil
from pathlib import Path

from segmentation import engine, outputs, parts, query, synthetic
from segmentation.stage import run

import pyarrow as pa

NOTHING_PLANTED = pa.table({"customer_id": pa.array([], pa.string()), "planted": pa.array([], pa.string())})


def main(cfg):
    targets = (cfg.paths.customers, cfg.paths.planted, f"{cfg.paths.reports}/ingest.json")
    with outputs.replace(*targets) as (customers, planted, report):
        if cfg.data.source.kind == "synthetic":
            generate(cfg, customers, planted)
        else:
            read(cfg, customers)
            parts.write(parts.path(planted, 0), NOTHING_PLANTED)
        files = parts.paths(customers)
        columns = {field.name: str(field.type) for field in parts.read(files[0]).schema}
        rows = sum(parts.rows(file) for file in files)
        outputs.write_json(report, {"dataset": cfg.dataset, "customers": rows, "parts": len(files), "columns": columns})
    print(f"{rows:,} customers from {cfg.dataset}, with {', '.join(list(columns)[1:])}")


def generate(cfg, customers: Path, planted: Path) -> None:
    source, step = cfg.data.source, cfg.ingest.part_rows

    def draw(number: int) -> None:
        first = number * step
        rows = min(step, source.rows - first)
        table, truth = synthetic.part(number, rows, first, source.seed, source.columns, source.segments)
        parts.write(parts.path(customers, number), table)
        parts.write(parts.path(planted, number), truth)

    with engine.executor(cfg.executor.threads) as pool:
        list(pool.map(draw, range(-(-source.rows // step))))


def read(cfg, customers: Path) -> None:
    source, workspace = cfg.data.source, customers / "query"
    tables = query.customers(
        workspace, source.files, source.query, source.parameters, source.delimiter, cfg.data.id,
        cfg.ingest.part_rows,
    )  # fmt: skip
    for number, table in enumerate(tables):
        parts.write(parts.path(customers, number), table)
    shutil.rmtree(workspace)


if __name__ == "__main__":
    run(main)
