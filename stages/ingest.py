"""Generates the synthetic customers, or reads yours with one SQL query."""

from functools import partial
from pathlib import Path

import pyarrow as pa

from segmentation.pipeline import engine, outputs, parts, storage
from segmentation.pipeline.schema import Database, Query, Synthetic
from segmentation.pipeline.stage import run
from segmentation.sources import source, synthetic

NOTHING_PLANTED = pa.table({"customer_id": pa.array([], pa.string()), "planted": pa.array([], pa.string())})


def main(cfg):
    targets = (cfg.paths.customers, cfg.paths.planted, f"{cfg.paths.reports}/ingest.json")
    with outputs.replace(*targets) as (customers, planted, report):
        given, part_rows = cfg.data.source, cfg.ingest.part_rows
        if given.kind == "synthetic":
            task = partial(generate, source=given, part_rows=part_rows, customers=customers, planted=planted)
            with engine.executor(cfg.executor) as pool:
                numbers = range(-(-given.rows // part_rows))
                list(engine.each(pool, task, numbers, doing="drawing customers"))
            parts.check_written(customers, len(numbers))
        else:
            workspace = report if storage.is_url(customers) else customers / "query"
            source.read(given, cfg.data.id, part_rows, customers, workspace)
            parts.write(parts.path(planted, 0), NOTHING_PLANTED)
        files = parts.paths(customers)
        columns = {field.name: str(field.type) for field in parts.schema(files[0])}
        rows = sum(parts.rows(file) for file in files)
        found = {"dataset": cfg.dataset, "customers": rows, "parts": len(files), "columns": columns}
        outputs.write_json(report, found | {"inputs": inputs(given)})
    print(f"{rows:,} customers from {cfg.dataset}, with {', '.join(list(columns)[1:])}")


def generate(number: int, source: Synthetic, part_rows: int, customers: Path, planted: Path) -> None:
    """Draws and writes one part."""
    first = number * part_rows
    rows = min(part_rows, source.rows - first)
    table, truth = synthetic.part(number, rows, first, source.seed, source.columns, source.segments)
    parts.write(parts.path(customers, number), table)
    parts.write(parts.path(planted, number), truth)


def inputs(given: Synthetic | Query | Database) -> list[dict[str, str]]:
    """What was read: a hash tells the content of a file, a version that of a database, as far as a person says so."""
    if isinstance(given, Database):
        version = "not given" if given.version == "" else given.version
        return [{"name": f"${given.connection}", "hash": f"version {version}"}]
    paths = given.files.values() if isinstance(given, Query) else []
    return [{"name": file.name, "hash": storage.fingerprint(file)} for path in paths for file in storage.glob(path)]


if __name__ == "__main__":
    run(main)
