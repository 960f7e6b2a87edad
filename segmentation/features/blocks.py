"""Reads the table of scaled features, part by part."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from segmentation.features import kept
from segmentation.pipeline import parts, schema
from segmentation.pipeline.parts import matrix

KEPT = 0.5  # share of a process's memory for blocks that it keeps, instead of reading them at every pass
Block = Callable[[], np.ndarray]  # reads the scaled features of one part: shape (features, customers)


@dataclass(frozen=True)
class Scaled:
    """The table of scaled features: the features' names, and for each part its number of customers and its block."""

    names: list[str]
    sizes: list[int]
    blocks: list[Block]
    memory: int = 0  # bytes that a process may take

    @property
    def rows(self) -> int:
        """The customers of all parts."""
        return sum(self.sizes)

    def load(self) -> np.ndarray:
        """Reads the scaled features of all parts: shape (customers, features)."""
        return np.concatenate([block() for block in self.blocks], axis=1).T


def open_table(folder: str | Path, pool: Executor, memory: int) -> Scaled:
    """Opens the table of scaled features whose parts are in `folder`.

    Each process keeps the first blocks that it reads, up to the share KEPT of `memory` bytes, until it opens a table
    again. Raises IntermediateFault where the parts are missing or damaged.
    """
    kept.forget()
    files = parts.paths(folder)
    names = [name for name in parts.schema(files[0]).names if name not in schema.RESERVED]
    blocks: list[Block] = [partial(_block, file, names, memory) for file in files]
    return Scaled(names, list(pool.map(parts.rows, files)), blocks, memory)


def _block(file: Path, names: list[str], memory: int) -> np.ndarray:
    if (X := kept.recall(file)) is None:
        X = np.ascontiguousarray(matrix(parts.read(file, columns=names), names).T)
        kept.keep(file, X, int(KEPT * memory))
    return X
