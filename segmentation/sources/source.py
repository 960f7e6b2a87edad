"""The readers of all kinds of source, and the table of parts that any of them makes."""

import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pyarrow as pa

from segmentation.pipeline import parts, progress
from segmentation.pipeline.schema import Dask, Threads
from segmentation.pipeline.source_kinds import Source
from segmentation.sources.period import Reading

# A kind that generates its customers writes parts, many at once; any other yields tables, one after the other.
READERS = {
    "synthetic": ("segmentation.sources.synthetic", "write_parts"),
    "query": ("segmentation.sources.query", "read_files"),
    "database": ("segmentation.sources.database", "read_database"),
}
NOTHING_PLANTED = pa.Table.from_batches([], pa.schema([("customer_id", pa.string()), ("planted", pa.string())]))


def write_customers(
    source: Source, id: str, part_rows: int, executor: Threads | Dask, customers: Path, planted: Path, workspace: Path
) -> Reading:
    """Writes the customers of a source as parts of `part_rows` customers in the folder `customers`.

    The folder `planted` gets the planted segment of each customer, or a table without rows where the source has none.
    `workspace` is a local folder for what does not fit into memory; it is made and removed again. Returns what is
    doubtful about the customers, a sentence each, and the period of their rows. Raises as the reader of that kind does.
    """
    module, function = READERS[source.kind]
    reader = getattr(import_module(module), function)  # no other kind's libraries are loaded
    if source.generated:
        reader(source, part_rows, executor, customers, planted)
        return Reading([])
    readings: list[Reading] = []

    def tables() -> Iterator[pa.Table]:
        readings.append((yield from reader(source, id, part_rows, workspace)))

    with progress.phase("reading customers") as phase:
        for table in tables():
            parts.write(parts.path(customers, phase.done), table)
            phase.done += 1
    parts.seal(customers, phase.done)
    parts.write(parts.path(planted, 0), NOTHING_PLANTED)
    shutil.rmtree(workspace)
    return readings[0]
