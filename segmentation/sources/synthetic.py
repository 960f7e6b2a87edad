"""Synthetic customers, drawn part by part from planted segments."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from segmentation.pipeline.schema import Distribution, Planted


def part(
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
        # Rounded, so that the last bits in which processors differ are gone.
        values = np.round(np.clip(draw, column.low, column.high), column.decimals) + 0.0
        table[name] = values.astype(np.int64) if column.decimals == 0 else values
    names = pa.array([segment.name for segment in segments])
    return pa.table(table), pa.table({"customer_id": ids, "planted": names.take(pa.array(planted))})
