"""Generates the synthetic customers, or reads yours with one SQL query."""

import sys
from importlib.util import find_spec

if not find_spec("hydra"):
    lacking = "the packages of this project are not installed for this Python"
    print(f"{__file__}: {lacking}: run `make`, then `source .venv/bin/activate`", file=sys.stderr)
    sys.exit(5)

from segmentation.pipeline import outputs, parts, storage
from segmentation.pipeline.stage import run
from segmentation.pipeline.terminal import shown
from segmentation.sources import source


def main(cfg):
    targets = (cfg.paths.customers, cfg.paths.planted, f"{cfg.paths.reports}/ingest.json")
    with outputs.replace(*targets) as (customers, planted, report):
        workspace = report if storage.is_url(customers) else customers / "query"
        reading = source.write_customers(
            cfg.data.source, cfg.data.id, cfg.ingest.part_rows, cfg.executor, customers, planted, workspace
        )
        files = parts.paths(customers)
        columns = {field.name: str(field.type) for field in parts.schema(files[0])}
        rows = sum(parts.rows(file) for file in files)
        summary = {"dataset": cfg.dataset, "customers": rows, "parts": len(files), "columns": columns}
        summary["period"] = reading.period and [day.isoformat() for day in reading.period]
        outputs.write_json(report, {**summary, "inputs": cfg.data.source.inputs()})
    for doubt in reading.doubts:
        print(f"warning: {shown(doubt)}")
    print(f"{rows:,} customers from {cfg.dataset}, with {shown(', '.join(list(columns)[1:]))}")


if __name__ == "__main__":
    run(main)
