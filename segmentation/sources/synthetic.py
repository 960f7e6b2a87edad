"""Synthetic customers, drawn block by block from planted segments."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentation.pipeline import engine, parts
from segmentation.pipeline.schema import Dask, Threads
from segmentation.pipeline.source_kinds import Distribution, Planted, Synthetic

BLOCK = 250_000  # customers drawn with one key, whatever the size of a part


def write_parts(source: Synthetic, part_rows: int, executor: Threads | Dask, customers: Path, planted: Path) -> None:
    """Draws and writes the parts side by side: the customers, and the name of each customer's planted segment.

    Raises EnvironmentFault where a part that a worker wrote does not arrive.
    """
    task = partial(_write_part, source=source, part_rows=part_rows, customers=customers, planted=planted)
    numbers = range(math.ceil(source.rows / part_rows))
    with engine.executor(executor) as pool:
        list(engine.each(pool, task, numbers, doing="drawing customers"))
    parts.seal(customers, len(numbers))


def _write_part(number: int, source: Synthetic, part_rows: int, customers: Path, planted: Path) -> None:
    first = number * part_rows
    table, segments = draw_rows(source, first, min(first + part_rows, source.rows))
    parts.write(parts.path(customers, number), table)
    parts.write(parts.path(planted, number), segments)


def draw_rows(source: Synthetic, first: int, last: int) -> tuple[pa.Table, pa.Table]:
    """Draws the customers from number `first` up to `last`, and for each the name of its planted segment.

    They are the same wherever the table is cut: each block that holds some of them is drawn whole.
    """
    drawn = []
    for number in range(first // BLOCK, -(-last // BLOCK)):
        start = number * BLOCK
        rows = min(BLOCK, source.rows - start)
        tables = draw_block(number, rows, source.seed, source.columns, source.segments)
        begin, end = max(first - start, 0), min(last - start, rows)
        drawn.append([table.slice(begin, end - begin) for table in tables])
    customers, planted = map(pa.concat_tables, zip(*drawn, strict=True))
    return customers, planted


def draw_block(
    number: int, rows: int, seed: int, columns: Mapping[str, Distribution], segments: Sequence[Planted]
) -> tuple[pa.Table, pa.Table]:
    """Draws one block: the customers, and for each the name of its planted segment.

    The draw depends on `seed`, `number` and `rows` alone, so blocks can be drawn in any order.
    """
    first = number * BLOCK
    generator = np.random.default_rng([seed, number])
    planted = generator.choice(len(segments), size=rows, p=[segment.share for segment in segments])
    numbers = pc.utf8_lpad(pc.cast(parts.column(np.arange(first, first + rows)), pa.string()), 8, padding="0")
    ids = pc.binary_replace_slice(numbers, 0, 0, "C")
    table = {"customer_id": ids}
    for name, column in columns.items():
        centre = np.array([segment.columns[name].centre for segment in segments])[planted]
        spread = np.array([segment.columns[name].spread for segment in segments])[planted]
        noise = generator.standard_normal(rows)
        draw = centre * np.exp(spread * noise) if column.distribution == "lognormal" else centre + spread * noise
        # Processors differ in the last bits of a draw. Rounding takes them off, and adding 0.0 turns -0.0 into 0.0.
        values = np.round(np.clip(draw, column.low, column.high), column.decimals) + 0.0
        table[name] = parts.column(values.astype(np.int64) if column.decimals == 0 else values)
    names = parts.words([segment.name for segment in segments])
    return pa.table(table), pa.table({"customer_id": ids, "planted": names.take(parts.column(planted))})
