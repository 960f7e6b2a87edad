"""Data sets whose number of segments is known: mixtures of normal segments, and customers without segments."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

HARD = ("heavy tails", "correlated", "one giant", "10 features", "whole numbers")
SHAPELESS = (
    "normal", "uniform", "ball", "log-normal", "one log-normal", "correlated", "correlated log-normal", "heavy tails",
    "counts", "levels",
)  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """A data set and what was planted."""

    group: str  # the row of the result that it counts for
    kind: str
    apart: int  # standard deviations between the nearest two segments; 0 where there is one
    segments: int
    X: np.ndarray  # shape (customers, features), before standardising


def truths(half: int) -> Iterator[Truth]:
    """The data sets of one half of the seeds: 168 of 1,500 customers, 288 of 200 to 400, 60 harder ones, 80 of none."""
    grid = (("even", "uneven"), ("", "log-normal"))
    for number, (segments, width, apart, *kind) in enumerate(product((2, 3, 4, 5, 6, 7, 8), (2, 4, 6), (4, 6), *grid)):
        yield planted("1,500 customers", [half, 1, number], segments, width, apart, 1500, *kind)
    small = product((200, 300, 400), (2, 3, 4, 5, 6, 8), (2, 3), (4, 6), *grid)
    for number, (rows, segments, width, apart, *kind) in enumerate(small):
        yield planted("200 to 400 customers", [half, 2, number], segments, width, apart, rows, *kind)
    for number, (kind, segments, apart) in enumerate(product(HARD, (2, 3, 4, 5, 6, 8), (4, 6))):
        yield hard([half, 3, number], kind, segments, apart)
    sizes = product(SHAPELESS, (200, 400, 1000, 20_000), (2, 4))
    for number, (kind, rows, width) in enumerate(sizes):
        yield Truth("none", kind, 0, 1, shapeless(np.random.default_rng([half, 4, number]), kind, rows, width))


def planted(
    group: str, seed: list[int], segments: int, width: int, apart: int, rows: int, sizes: str, skew: str
) -> Truth:
    """A mixture; a log-normal column either tells nothing or is one of the others, on a log-normal scale."""
    draws = np.random.default_rng(seed)
    X, _ = mixture(draws, segments, width, apart, rows, sizes == "uneven")
    if skew and draws.random() < 0.5:
        X = np.column_stack([X, np.exp(draws.normal(size=len(X)))])
    elif skew:
        X[:, 0] = np.exp((X[:, 0] - X[:, 0].mean()) / X[:, 0].std())
    return Truth(group, ", ".join(filter(None, (sizes, skew))), apart, segments, X)


def mixture(
    draws: np.random.Generator, segments: int, width: int, apart: float, rows: int, uneven: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Normal segments of variance 1 whose centres lie at least so far apart; and the segment of each row."""
    side = 1.3 * apart * segments ** (1 / width)
    while True:
        centres = draws.uniform(0, side, (segments, width))
        gaps = np.sqrt(((centres[:, np.newaxis] - centres) ** 2).sum(axis=2))[np.triu_indices(segments, 1)]
        if gaps.min(initial=np.inf) >= apart:
            break
        side *= 1.01
    share = np.full(segments, 1 / segments)
    if uneven:
        share = np.maximum(draws.dirichlet(np.full(segments, 1.5)), 0.03)
    label = draws.choice(segments, rows, p=share / share.sum())
    return centres[label] + draws.normal(size=(rows, width)), label


def hard(seed: list[int], kind: str, segments: int, apart: int) -> Truth:
    draws = np.random.default_rng(seed)
    width = 10 if kind == "10 features" else int(draws.integers(2, 7))
    X, label = mixture(draws, segments, width, apart, 2000)
    centres = np.stack([X[label == segment].mean(axis=0) for segment in range(segments)])
    if kind == "one giant":  # seven of ten customers
        label = draws.choice(segments, 2000, p=[0.7, *[0.3 / (segments - 1)] * (segments - 1)])
        X = centres[label] + draws.normal(size=X.shape)
    if kind == "heavy tails":
        X = centres[label] + draws.standard_t(4, size=X.shape) / np.sqrt(2)
    if kind == "correlated":
        X = centres[label] + draws.normal(size=X.shape) @ np.linalg.cholesky(0.5 * np.eye(width) + 0.5).T
    return Truth("harder", kind, apart, segments, np.round(X) if kind == "whole numbers" else X)


def shapeless(draws: np.random.Generator, kind: str, rows: int, width: int) -> np.ndarray:
    """Customers without segments."""
    normal = draws.normal(size=(rows, width))
    alike = normal @ np.linalg.cholesky(0.4 * np.eye(width) + 0.6).T
    made: dict[str, Callable[[], np.ndarray]] = {
        "normal": lambda: normal,
        "uniform": lambda: draws.random((rows, width)),
        "ball": lambda: normal / np.linalg.norm(normal, axis=1, keepdims=True) * draws.random((rows, 1)) ** (1 / width),
        "log-normal": lambda: np.exp(normal),
        "one log-normal": lambda: np.column_stack([np.exp(normal[:, 0]), normal[:, 1:]]),
        "correlated": lambda: normal @ draws.normal(size=(width, width)),
        "correlated log-normal": lambda: np.exp(0.7 * alike),
        "heavy tails": lambda: draws.standard_t(3, (rows, width)),
        "levels": lambda: draws.integers(0, 3 + width % 3, (rows, width)).astype(float),
        "counts": lambda: np.column_stack([draws.geometric(0.4, rows), draws.poisson(2, rows), np.exp(normal[:, 2:])]),
    }
    return made[kind]()
