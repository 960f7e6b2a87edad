"""Reads the table of scaled features, part by part."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from segmentation.pipeline import parts, schema
from segmentation.pipeline.parts import matrix

RESIDENT = 512 * 2**20  # bytes of scaled features that a process keeps, instead of reading them at every pass
_held: dict[Path, np.ndarray] = {}
Block = Callable[[], np.ndarray]  # reads the scaled features of one part: shape (features, customers)


@dataclass(frozen=True)
class Scaled:
    """The table of scaled features: the features' names, and for each part its number of customers and its block."""

    names: list[str]
    sizes: list[int]
    blocks: list[Block]

    @property
    def rows(self) -> int:
        """The customers of all parts."""
        return sum(self.sizes)

    def load(self) -> np.ndarray:
        """Reads the scaled features of all parts: shape (customers, features)."""
        return np.concatenate([block() for block in self.blocks], axis=1).T


def open_table(folder: str | Path, pool: Executor) -> Scaled:
    """Opens the table of scaled features whose parts are in `folder`.

    Each process keeps the first blocks that it reads, up to RESIDENT bytes, until it opens a table again. Raises
    IntermediateFault where the parts are missing or damaged.
    """
    _held.clear()
    files = parts.paths(folder)
    names = [name for name in parts.schema(files[0]).names if name not in schema.RESERVED]
    return Scaled(names, list(pool.map(parts.rows, files)), [partial(_block, file, names) for file in files])


def _block(file: Path, names: list[str]) -> np.ndarray:
    if file in _held:
        return _held[file]
    X = np.ascontiguousarray(matrix(parts.read(file, columns=names), names).T)
    if X.nbytes + sum(held.nbytes for held in list(_held.values())) <= RESIDENT:
        _held[file] = X
    return X
