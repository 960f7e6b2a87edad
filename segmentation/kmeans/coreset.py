"""A lightweight coreset: weighted customers that stand for all of them in K-means."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

import numpy as np

from segmentation.features.blocks import Block
from segmentation.pipeline import engine

PURPOSE = (1, 0)  # keys the draws, with the seed


@dataclass(frozen=True)
class Weighted:
    """Customers with a weight each, to fit K-means on."""

    X: np.ndarray  # shape (features, customers)
    weight: np.ndarray  # how many customers each one stands for, shape (customers,)

    def ordered(self) -> "Weighted":
        """The same customers in lexicographic order, so that the order of the table does not matter."""
        order = np.lexsort(self.X[::-1])
        return Weighted(np.ascontiguousarray(self.X[:, order]), self.weight[order])


@dataclass(frozen=True)
class Coreset:
    """Customers drawn with a probability that grows with their distance from the mean of all."""

    X: np.ndarray  # shape (features, drawn)
    probability: np.ndarray  # inclusion probability of each in a coreset of size 1, shape (drawn,)
    rank: np.ndarray  # a coreset of any smaller size holds the customers whose rank is below it, shape (drawn,)

    def subset(self, size: int) -> Weighted:
        """The coreset of about `size` customers that lies within this one, weighted by 1 / inclusion probability."""
        drawn = self.rank < size
        X = self.X if drawn.all() else np.ascontiguousarray(self.X[:, drawn])
        return Weighted(X, 1 / np.minimum(size * self.probability[drawn], 1))


def draw_coreset(blocks: Sequence[Block], rows: Sequence[int], size: int, seed: int, pool: Executor) -> Coreset:
    """Draws about `size` of all customers in one pass over blocks of shape (features, rows).

    Standardised features have mean 0, and the squared distances from it add up to `standard.inertia`, customers times
    features. So the probability of a row takes nothing but the row, and every row is drawn independently. Each takes
    the number of its place from one stream of random numbers, wherever the table is cut into blocks. Source: Bachem,
    Lucic, Krause 2018, "Scalable k-Means Clustering via Lightweight Coresets", algorithm 1.
    """
    *starts, customers = accumulate(rows, initial=0)
    task = partial(_draw_from_block, customers=customers, size=size, seed=seed)
    drawn = engine.each(pool, task, blocks, starts, doing="coreset")
    X, probability, rank = zip(*drawn, strict=True)
    return Coreset(np.concatenate(X, axis=1), np.concatenate(probability), np.concatenate(rank))


def _draw_from_block(
    block: Block, start: int, customers: int, size: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    from segmentation.kmeans import ranks

    X = block()
    stream = np.random.PCG64(np.random.SeedSequence(seed, spawn_key=PURPOSE)).advance(start)  # one number a customer
    rank = np.random.Generator(stream).random(X.shape[1])
    drawn, probability = ranks.drawn(X, rank, customers, size)
    return X.take(drawn, axis=1), probability[drawn], rank[drawn]  # in memory one feature after the other
