"""Synthetic customers, drawn part by part from planted segments."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from segmentation.pipeline import engine, parts
from segmentation.pipeline.schema import Dask, Threads
from segmentation.pipeline.source_kinds import Distribution, Planted, Synthetic


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
    rows = min(part_rows, source.rows - first)
    table, segments = draw_part(number, rows, first, source.seed, source.columns, source.segments)
    parts.write(parts.path(customers, number), table)
    parts.write(parts.path(planted, number), segments)


def draw_part(
    number: int,
    rows: int,
    first: int,
    seed: int,
    columns: Mapping[str, Distribution],
    segments: Sequence[Planted],
) -> tuple[pa.Table, pa.Table]:
    """Draws one part: the customers, and for each the name of its planted segment.

    The draw depends on `seed` and `number` alone, so parts can be drawn in any order. `first` numbers the first
    customer of the part.
    """
    generator = np.random.default_rng([seed, number])
    planted = generator.choice(len(segments), size=rows, p=[segment.share for segment in segments])
    ids = pa.array([f"C{customer:08d}" for customer in range(first, first + rows)])
    table = {"customer_id": ids}
    for name, column in columns.items():
        centre = np.array([segment.columns[name].centre for segment in segments])[planted]
        spread = np.array([segment.columns[name].spread for segment in segments])[planted]
        noise = generator.standard_normal(rows)
        draw = centre * np.exp(spread * noise) if column.distribution == "lognormal" else centre + spread * noise
        # Processors differ in the last bits of a draw. Rounding takes them off, and adding 0.0 turns -0.0 into 0.0.
        values = np.round(np.clip(draw, column.low, column.high), column.decimals) + 0.0
        table[name] = values.astype(np.int64) if column.decimals == 0 else values
    names = pa.array([segment.name for segment in segments])
    return pa.table(table), pa.table({"customer_id": ids, "planted": names.take(pa.array(planted))})
