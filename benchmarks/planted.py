"""How often each rule finds the number of segments that was planted, and says that there are none where there are none.

The data sets are standardised mixtures of normal segments: 1 to 8 of them, in 2 to 6 features, 4 or 6 standard
deviations apart or more, of even and uneven sizes, with and without a log-normal column (one that tells nothing, or one
of the others on a log-normal scale); harder ones; and ones without segments. The thresholds of
segmentation/elbow/valleys.py were chosen on --half tune; --half report is for telling. Ends with one line of JSON.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np

from segmentation.elbow import card, groups, rules
from segmentation.features import blocks
from segmentation.kmeans import sweep

K_MAX = 10
KS = range(1, K_MAX + 1)
USUAL = ("kneedle", "gap", "calinski_harabasz", "davies_bouldin", "silhouette")
HARD = ("heavy tails", "correlated", "one giant", "10 features", "200 rows", "20,000 rows", "whole numbers")
SHAPELESS = (
    "normal",
    "uniform",
    "ball",
    "log-normal",
    "one log-normal",
    "correlated",
    "heavy tails",
    "counts",
    "levels",
)


@dataclass(frozen=True)
class Planted:
    """A data set and what was planted."""

    kind: str
    apart: int  # standard deviations between the nearest two segments; 0 where there is one
    segments: int
    X: np.ndarray  # shape (customers, features), before standardising


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("tune", "report"), default="report", help="of the seeds")
    parser.add_argument("--same", action="store_true", help="also whether the answer stays")
    arguments = parser.parse_args()
    made = list(sets(0 if arguments.half == "tune" else 1))
    with ProcessPoolExecutor() as pool:
        answered = list(pool.map(answers, made, chunksize=4))
        same = list(pool.map(stays, made, chunksize=4)) if arguments.same else []
    result = {rule: rates(made, [one[rule] for one in answered]) for rule in answered[0]}
    show(made, answered, result)
    if same:
        result["same_answer"] = {change: round(np.mean([one[change] for one in same]), 4) for change in same[0]}
        print(
            "\nthe calibrated answer stays:", *(f"{share:.1%} {what}," for what, share in result["same_answer"].items())
        )
    print(json.dumps({"half": arguments.half, "sets": len(made), **result}))


def sets(half: int) -> Iterator[Planted]:
    """The data sets of one half: 168 planted, 84 harder, 90 without segments."""
    grid = product((2, 3, 4, 5, 6, 7, 8), (2, 4, 6), (4, 6), ("even", "uneven"), ("", "log-normal"))
    for number, (segments, width, apart, sizes, skew) in enumerate(grid):
        draws = np.random.default_rng([half, 1, number])
        X, _ = mixture(draws, segments, width, apart, 2000, sizes == "uneven")
        if skew and draws.random() < 0.5:
            X = np.column_stack([X, np.exp(draws.normal(size=len(X)))])
        elif skew:
            X[:, 0] = np.exp((X[:, 0] - X[:, 0].mean()) / X[:, 0].std())
        yield Planted(", ".join(filter(None, (sizes, skew))), apart, segments, X)
    for number, (kind, segments, apart) in enumerate(product(HARD, (2, 3, 4, 5, 6, 8), (4, 6))):
        yield Planted(kind, apart, segments, hard(np.random.default_rng([half, 2, number]), kind, segments, apart))
    for number, (kind, width) in enumerate(product(SHAPELESS, (2, 2, 3, 3, 4, 4, 5, 6, 8, 10))):
        draws = np.random.default_rng([half, 3, number])
        yield Planted("none", 0, 1, shapeless(draws, kind, int(draws.choice([200, 1000, 2000, 5000])), width))


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


def hard(draws: np.random.Generator, kind: str, segments: int, apart: int) -> np.ndarray:
    rows = {"200 rows": 200, "20,000 rows": 20_000}.get(kind, 2000)
    width = 10 if kind == "10 features" else int(draws.integers(2, 7))
    X, label = mixture(draws, segments, width, apart, rows)
    centres = np.stack([X[label == segment].mean(axis=0) for segment in range(segments)])
    if kind == "one giant":  # seven of ten customers
        label = draws.choice(segments, rows, p=[0.7, *[0.3 / (segments - 1)] * (segments - 1)])
        X = centres[label] + draws.normal(size=X.shape)
    if kind == "heavy tails":
        X = centres[label] + draws.standard_t(4, size=X.shape) / np.sqrt(2)
    if kind == "correlated":
        X = centres[label] + draws.normal(size=X.shape) @ np.linalg.cholesky(0.5 * np.eye(width) + 0.5).T
    return np.round(X) if kind == "whole numbers" else X


def shapeless(draws: np.random.Generator, kind: str, rows: int, width: int) -> np.ndarray:
    normal = draws.normal(size=(rows, width))
    made: dict[str, Callable[[], np.ndarray]] = {
        "normal": lambda: normal,
        "uniform": lambda: draws.random((rows, width)),
        "ball": lambda: normal / np.linalg.norm(normal, axis=1, keepdims=True) * draws.random((rows, 1)) ** (1 / width),
        "log-normal": lambda: np.exp(normal),
        "one log-normal": lambda: np.column_stack([np.exp(normal[:, 0]), normal[:, 1:]]),
        "correlated": lambda: normal @ draws.normal(size=(width, width)),
        "heavy tails": lambda: draws.standard_t(3, (rows, width)),
        "levels": lambda: draws.integers(0, 3 + width % 3, (rows, width)).astype(float),
        "counts": lambda: np.column_stack([draws.geometric(0.4, rows), draws.poisson(2, rows), np.exp(normal[:, 2:])]),
    }
    return made[kind]()


def answers(planted: Planted, seed: int = 42) -> dict[str, int | None]:
    """What each rule says, by the code of the step elbow."""
    scaled, drawn = drawn_from(planted.X, seed)
    fits = sweep.fit_each_k(scaled.blocks, drawn, KS, 10, seed, Alone(), Alone())
    centres = {k: fit.centres for k, fit in fits.items()}
    sums = sweep.segment_sums(scaled.blocks, drawn, centres, Alone())
    evidence = card.gather(drawn, centres, seed, Alone())
    table = card.criteria(KS, fits, sums, planted.X.size, evidence)
    choices = rules.choices(KS, table, evidence.groups_by_k_max[K_MAX][0])
    votes = Counter(choices[rule] for rule in USUAL if choices[rule])
    return choices | {"vote": min(votes, key=lambda k: (-votes[k], k))}


def drawn_from(X: np.ndarray, seed: int) -> tuple[blocks.Scaled, sweep.Draw]:
    X = np.round((X - X.mean(axis=0)) / X.std(axis=0), 9)
    table = blocks.Scaled([""] * X.shape[1], len(X), [partial(np.ascontiguousarray, X.T)])
    return table, sweep.draw(table, K_MAX, 20_000, seed, Alone())


class Alone(Executor):
    """Works in this thread: processes run side by side."""

    def map(self, function, *items):  # noqa: D102
        return map(function, *items)


def stays(planted: Planted) -> dict[str, bool]:
    """Whether the calibrated answer is the same for the same customers told differently, and for another seed."""
    draws = np.random.default_rng(0)
    X, width = planted.X, planted.X.shape[1]
    changed = {
        "rows permuted": draws.permutation(X),
        "features reordered": X[:, draws.permutation(width)],
        "other units": X * np.where(np.arange(width) % 2, 1000, 0.01),
    }
    here = calibrated(X)
    return {what: calibrated(other) == here for what, other in changed.items()} | {
        "another seed": calibrated(X, seed=7) == here
    }


def calibrated(X: np.ndarray, seed: int = 42) -> int:
    _, drawn = drawn_from(X, seed)
    seeds = card.draw_seeds(seed)
    samples = [drawn.sample(card.SAMPLE, draw) for draw in seeds]
    joined, _ = groups.count(samples, seeds, [K_MAX], len(X) < card.SAMPLE, Alone())
    return min(joined[K_MAX][0], K_MAX)


def rates(made: list[Planted], answered: list[int | None]) -> dict[str, float]:
    """Over planted sets, how many are exact, and within one; of those without segments, how many are found to be so;
    and of those six standard deviations apart how many are said to have none.
    """
    pairs = [(planted, answer or 0) for planted, answer in zip(made, answered, strict=True)]
    there = [(planted.segments, answer) for planted, answer in pairs if planted.segments > 1]
    return {
        "exact": round(np.mean([answer == segments for segments, answer in there]), 4),
        "within_one": round(np.mean([abs(answer - segments) <= 1 for segments, answer in there]), 4),
        "none_found": round(np.mean([answer == 1 for planted, answer in pairs if planted.segments == 1]), 4),
        "false_none": round(np.mean([answer == 1 for planted, answer in pairs if planted.apart == 6]), 4),
    }


def show(made: list[Planted], answered: list[dict], result: dict[str, dict[str, float]]) -> None:
    print(f"{'rule':20}{'exact':>9}{'within one':>12}{'none found':>12}{'false none':>12}")
    for rule, share in result.items():
        print(f"{rule:20}{share['exact']:9.1%}{share['within_one']:12.1%}", end="")
        print(f"{share['none_found']:12.1%}{share['false_none']:12.1%}")
    print(f"\n{'exact, by kind':26}{'sets':>5}{'calibrated':>12}{'vote':>9}")
    for kind in dict.fromkeys((planted.kind, planted.apart) for planted in made):
        of = [(p, answer) for p, answer in zip(made, answered, strict=True) if (p.kind, p.apart) == kind]
        hits = [np.mean([answer[rule] == p.segments for p, answer in of]) for rule in ("calibrated", "vote")]
        print(f"{kind[0]:21}{kind[1] or '':>3} sd{len(of):5}{hits[0]:12.0%}{hits[1]:9.0%}")


if __name__ == "__main__":
    main()
