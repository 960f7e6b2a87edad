"""The readers of all kinds of source, and the table of parts that any of them makes."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from segmentation.pipeline import parts
from segmentation.pipeline.schema import Dask, Threads
from segmentation.pipeline.source_kinds import Source
from segmentation.sources import database, query, synthetic
from segmentation.sources.result import Reading

# A kind that generates its customers writes parts, many at once; any other yields tables, one after the other.
READERS: dict[str, Callable[..., Any]] = {
    "synthetic": synthetic.write_parts,
    "query": query.read_files,
    "database": database.read_database,
}
NOTHING_PLANTED = pa.table({"customer_id": pa.array([], pa.string()), "planted": pa.array([], pa.string())})


def write_customers(
    source: Source, id: str, part_rows: int, executor: Threads | Dask, customers: Path, planted: Path, workspace: Path
) -> Reading:
    """Writes the customers of a source as parts of `part_rows` customers in the folder `customers`.

    The folder `planted` gets the planted segment of each customer, or a table without rows where the source has none.
    `workspace` is a local folder for what does not fit into memory; it is made and removed again. Returns what is
    doubtful about the customers, a sentence each, and the period of their rows. Raises as the reader of that kind does.
    """
    reader = READERS[source.kind]
    if source.generated:
        reader(source, part_rows, executor, customers, planted)
        return Reading([])
    readings: list[Reading] = []

    def tables() -> Iterator[pa.Table]:
        readings.append((yield from reader(source, id, part_rows, workspace)))

    number = -1
    for number, table in enumerate(tables()):
        parts.write(parts.path(customers, number), table)
    parts.seal(customers, number + 1)
    parts.write(parts.path(planted, 0), NOTHING_PLANTED)
    shutil.rmtree(workspace)
    return readings[0]
