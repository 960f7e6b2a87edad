"""The rows of the benchmark of the sweep, in memory or as Parquet parts.

A skewed mixture: segments of uneven size, every other column log-normal, and one small segment that lies apart;
standardised. Drawn part by part, so that a hundred million never lie in memory.
"""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

THREADS = 2
PART = 250_000  # rows, as ingest.part_rows
PURPOSE = 1000  # keys the draws of the rows: the sweep's own, keyed by its seed, must not be the same
SHARES = (0.30, 0.22, 0.17, 0.13, 0.10, 0.08)  # of the segments that are not the small one


def mixture(number: int, rows: int, features: int, small: float, seed: int) -> tuple[Any, Any]:
    """One part of the mixture before it is standardised, and which of its rows are of the small segment."""
    import numpy as np

    planted, draws = np.random.default_rng([PURPOSE, seed]), np.random.default_rng([PURPOSE, seed, 1 + number])
    centre = planted.uniform(0, [2, 4] * (features // 2) + [2] * (features % 2), (len(SHARES), features))
    spread = planted.uniform([0.3, 0.6], [0.6, 1.2], (features // 2 + 1, len(SHARES), 2))
    spread = np.concatenate(list(spread), axis=1)[:, :features]
    apart = np.where(np.arange(features) % 2, 13.0, 3.6)  # beyond the others in the first half of the columns
    apart[(features + 1) // 2 :] = centre[0, (features + 1) // 2 :]
    centre, spread = np.vstack([centre, apart]), np.vstack([spread, np.where(np.arange(features) % 2, 0.5, 0.1)])
    segment = draws.choice(len(centre), size=rows, p=[*(share * (1 - small) for share in SHARES), small])
    X = centre[segment] + spread[segment] * draws.standard_normal((rows, features))
    X[:, ::2] = np.exp(X[:, ::2])
    return X, segment == len(SHARES)


def draw(rows: int, features: int, small: float, seed: int, write: Callable[..., None]) -> None:
    """Hands each part to `write`: its number, the standardised rows, which are of the small segment, the raw rows."""
    import numpy as np

    numbers = range(-(-rows // PART))

    def part(number: int) -> tuple[Any, Any]:
        return mixture(number, min(PART, rows - number * PART), features, small, seed)

    def moments(number: int) -> Any:
        X, _ = part(number)
        return np.array([X.sum(axis=0), (X**2).sum(axis=0)])

    def standardise(number: int) -> None:
        X, planted = part(number)
        write(number, np.round((X - mean) / deviation, 9) + 0.0, planted, X)

    with ThreadPoolExecutor(THREADS) as pool:
        mean, square = sum(pool.map(moments, numbers)) / rows
        deviation = np.sqrt(square - mean**2)
        list(pool.map(standardise, numbers))


def write_array(folder: str, rows: int, features: int, small: float, seed: int) -> None:
    import numpy as np

    X = np.lib.format.open_memmap(f"{folder}/X.npy", "w+", np.float64, (rows, features))
    planted = np.lib.format.open_memmap(f"{folder}/planted.npy", "w+", bool, (rows,))

    def write(number: int, scaled: Any, is_small: Any, _: Any) -> None:
        own = slice(number * PART, number * PART + len(scaled))
        X[own], planted[own] = scaled, is_small

    draw(rows, features, small, seed, write)


def write_parts(folder: str, rows: int, features: int, small: float, seed: int) -> int:
    """Writes the rows as preprocess does; returns the parts' bytes."""
    import numpy as np
    import pyarrow as pa

    from segmentation.pipeline import parts

    def write(number: int, scaled: Any, _: Any, raw: Any) -> None:
        first = number * PART
        table = {
            "customer_id": [f"C{customer:08d}" for customer in range(first, first + len(scaled))],
            "_row": np.arange(len(scaled), dtype=np.int32),
            "_value": np.round(raw[:, 0], 2),
            **{f"x{feature}": column for feature, column in enumerate(scaled.T)},
        }
        parts.write(parts.path(folder, number), pa.table(table))

    draw(rows, features, small, seed, write)
    parts.seal(folder, -(-rows // PART))
    return sum(file.stat().st_size for file in parts.paths(folder))


def bare_read(folder: str, what: str) -> float:
    """The median of three reads of all parts, each into memory and out again, several at a time."""
    import pyarrow.parquet as pq

    files = sorted(Path(folder).glob("part-*.parquet"))
    columns = [name for name in pq.read_schema(files[0]).names if what == "all" or name[0] == "x"]

    def read(file: Path) -> int:
        return pq.read_table(file, columns=columns, use_threads=False).num_rows

    seconds = []
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(3):
            start = time.perf_counter()
            sum(pool.map(read, files))
            seconds.append(time.perf_counter() - start)
    return round(statistics.median(seconds), 3)
