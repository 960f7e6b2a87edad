"""The table of scaled features, read part by part."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from segmentation.pipeline import parts, schema
from segmentation.pipeline.parts import matrix

RESIDENT = 512 * 2**20  # bytes: what a process reads once instead of at every pass
_held: dict[Path, np.ndarray] = {}
Block = Callable[[], np.ndarray]  # gives the scaled features of one part: shape (features, customers)


@dataclass(frozen=True)
class Scaled:
    """The table of scaled features."""

    names: list[str]
    rows: int
    blocks: list[Block]

    def load(self) -> np.ndarray:
        """All scaled features: shape (customers, features)."""
        return np.concatenate([block() for block in self.blocks], axis=1).T


def scaled(folder: str | Path, pool: Executor) -> Scaled:
    """Finds the parts of the scaled features.

    Each process keeps the first ones it reads, as far as RESIDENT bytes go, until this is called again.
    """
    _held.clear()
    files = parts.paths(folder)
    names = [name for name in parts.schema(files[0]).names if name not in schema.RESERVED]
    return Scaled(names, sum(pool.map(parts.rows, files)), [partial(_block, file, names) for file in files])


def _block(file: Path, names: list[str]) -> np.ndarray:
    if file in _held:
        return _held[file]
    X = np.ascontiguousarray(matrix(parts.read(file, columns=names), names).T)
    if X.nbytes + sum(held.nbytes for held in list(_held.values())) <= RESIDENT:
        _held[file] = X
    return X
