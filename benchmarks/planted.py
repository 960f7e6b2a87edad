"""Whether the number of segments and the verdict are right where the truth is known, and the same when asked again.

The data sets are those of truths.py, and real customers: those of Online Retail, and with CUSTOMER_DATA, the folder of
real data that the tests take, also those of CDNOW and of a wholesaler. The thresholds of segmentation/elbow/valleys.py
and mixtures.py were chosen on --half tune; --half report is for telling. Ends with one line of JSON.
"""

import argparse
import contextlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import yaml
from mixture import write_array
from sweep import card_cost
from truths import Truth, mixture, truths

from segmentation.elbow import card, groups, mixtures, null, rules
from segmentation.elbow.decision import decide
from segmentation.features import blocks
from segmentation.kmeans import exact, sweep
from segmentation.pipeline.source_kinds import Query
from segmentation.sources import query

K_MAX = 10
EXACT_ROWS = 20_000
SEEDS = range(5)  # of the fits whose inertia is judged
OTHER_SEEDS = range(10)  # of the fits that K and verdict must not hang on
USUAL = ("kneedle", "gap", "calinski_harabasz", "davies_bouldin", "silhouette")
ROOT = Path(__file__).parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("tune", "report"), default="report", help="of the seeds")
    half = ("tune", "report").index(parser.parse_args().half)
    made = list(truths(half))
    with ProcessPoolExecutor() as pool:
        answered = list(pool.map(answer, made, chunksize=4))
        result = {"half": half, **planted(made, answered), **without_segments(made, answered)}
        show(made, answered)
        tasks = [(20, 2), (20, 5), (35, 2), (35, 3), (35, 5), (50, 2), (50, 3), (50, 5), (100, 3), (100, 5)]
        many = list(pool.map(partial(found_of_many, half), *zip(*reversed(tasks), strict=True)))
        result["many_groups"] = [(segments, found) for (segments, _), found in zip(tasks, reversed(many), strict=True)]
        result["inertia_over_best_of_100"] = max(pool.map(partial(worst_inertia, half), (50, 35, 20)))
        tables = real_tables()
        order = np.random.default_rng(half).permutation(len(made))
        again = [made[number].X for number in order[:20]]
        result["same_again"] = share_of(pool.map(stays, [*again, *tables.values()]))
        halved = [truth.X for truth in (made[number] for number in order) if truth.group == "1,500 customers"][:15]
        halves = [(X, number) for X in (*halved, *tables.values()) for number in range(4)]
        result["same_on_halves"] = share_of(pool.map(stays_on_half, *zip(*halves, strict=True)))
        crowds = [(name, pool.map(decided_of_copula, [X] * 10, range(10))) for name, X in tables.items()]
        result["copula_nulls"] = {name: Counter(verdict for verdict, _ in answers) for name, answers in crowds}
        result |= {name: decided(X) for name, X in tables.items()}
    with tempfile.TemporaryDirectory() as folder:
        write_array(folder, 1_000_000, 3, 0.005, 42)
        result["card_cost"] = card_cost(folder, K_MAX, 5)
    for row, figures in result.items():
        print(f"{row:28} {figures}")
    print(json.dumps(result))


def answer(truth: Truth, seed: int = 42) -> dict[str, Any]:
    """The verdict and the K of each rule, by the code of the step elbow."""
    table, drawn = drawn_from(truth.X)
    ks = range(1, K_MAX + 1)
    fits = sweep.fit_each_k(table, drawn, ks, 10, seed, Alone(), Alone())
    centres = {k: fit.centres for k, fit in fits.items()}
    evidence = card.gather(drawn, centres, Alone())
    columns = {"k": ks, **card.criteria(ks, fits, truth.X.size, evidence)}
    columns["variance_explained"] = rules.variance_explained(*truth.X.shape, columns["inertia"])
    decision = decide("calibrated", "cut", columns, evidence)
    votes = Counter(decision["choices"][rule] for rule in USUAL if decision["choices"][rule])
    vote = min(votes, key=lambda k: (-votes[k], k))
    return {"verdict": decision["verdict"], "natural": decision["groups_apart"], **decision["choices"], "vote": vote}


def drawn_from(X: np.ndarray, k_max: int = K_MAX) -> tuple[blocks.Scaled, sweep.Draw]:
    X = np.round((X - X.mean(axis=0)) / X.std(axis=0), 9)
    table = blocks.Scaled([""] * X.shape[1], [len(X)], [partial(np.ascontiguousarray, X.T)])
    return table, sweep.draw(table, k_max, EXACT_ROWS, Alone())


class Alone(Executor):
    """Works in this thread: processes run side by side."""

    def map(self, function, *items):  # noqa: D102
        return map(function, *items)


def planted(made: Sequence[Truth], answered: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """How often the number of natural groups is exact, and within one, by group of data sets."""
    pairs = [(truth, (truth.segments, found["natural"])) for truth, found in zip(made, answered, strict=True)]
    groups = ("1,500 customers", "200 to 400 customers", "harder")
    result = {group: rates([pair for truth, pair in pairs if truth.group == group]) for group in groups}
    return result | {"uneven, skewed, 4 sd": rates([pair for truth, pair in pairs if is_hardest(truth)])}


def is_hardest(truth: Truth) -> bool:
    return (truth.group, truth.kind, truth.apart) == ("1,500 customers", "uneven, log-normal", 4)


def rates(pairs: Sequence[tuple[int, int]]) -> dict[str, float]:
    segments, answers = np.array(pairs).T
    return {
        "exact": round(float(np.mean(answers == segments)), 3),
        "within_one": round(float(np.mean(abs(answers - segments) <= 1)), 3),
    }


def without_segments(made: Sequence[Truth], answered: Sequence[dict[str, Any]]) -> dict[str, float]:
    """How often customers without segments are called neither clear nor weak, and how often reproducible."""
    verdicts = [(t, a["verdict"]) for t, a in zip(made, answered, strict=True) if t.segments == 1]
    crowds = [verdict for truth, verdict in verdicts if truth.kind != "ball"]  # the rim of a ball is beyond its values
    return {
        "neither_clear_nor_weak": share_of(verdict not in ("clear", "weak") for _, verdict in verdicts),
        "called_reproducible": share_of(verdict == "reproducible" for verdict in crowds),
    }


def share_of(cases: Any) -> float:
    return round(float(np.mean(list(cases))), 3)


def found_of_many(half: int, segments: int, width: int) -> int:
    """How many of so many groups are found in so many features, with one and a half times as many allowed."""
    k_max = 3 * segments // 2
    X, _ = mixture(np.random.default_rng([half, 9, segments, width]), segments, width, 6, 200 * segments)
    _, drawn = drawn_from(X, k_max)
    return counted(drawn, k_max)


def counted(drawn: sweep.Draw, k_max: int) -> int:
    rows = max(card.SAMPLE, card.PER_SEGMENT * k_max)
    samples = [drawn.sample(rows, number) for number in range(card.DRAWS)]
    joined, _ = groups.count(samples, [k_max], drawn.customers <= mixtures.MOST, Alone())
    return joined[k_max][0]


def worst_inertia(half: int, k: int) -> float:
    """The highest inertia of the fits with five seeds, over the best of scikit-learn's 100 restarts."""
    from sklearn.cluster import KMeans

    X, _ = mixture(np.random.default_rng([half, 10, k]), k, 5, 5, 200 * k, uneven=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    best = KMeans(k, n_init=100, random_state=0).fit(X).inertia_
    return round(max(exact.fit_each_k(X, [k], 10, seed, Alone())[k].inertia / best for seed in SEEDS), 4)


def decided(X: np.ndarray, seed: int = 42) -> tuple[str, int]:
    found = answer(Truth("", "", 0, 0, X), seed)
    return found["verdict"], found["calibrated"]


def stays(X: np.ndarray) -> bool:
    """Whether verdict and K stay for the same customers told differently, and for other seeds."""
    draws, width = np.random.default_rng(0), X.shape[1]
    others = [(draws.permutation(X), 42), (X * np.where(np.arange(width) % 2, 1000, 0.01), 42)]
    others += [(X, seed) for seed in OTHER_SEEDS]
    return len({decided(X), *(decided(other, seed) for other, seed in others)}) == 1


def stays_on_half(X: np.ndarray, number: int) -> bool:
    """Whether a random half of the customers gives the same K as all of them."""
    half = np.random.default_rng(number).permutation(X)[::2]
    return decided(half)[1] == decided(X)[1]


def decided_of_copula(X: np.ndarray, number: int) -> tuple[str, int]:
    """Verdict and K of customers with the values and correlations of `X`, and without its segments."""
    return decided(null.copula(X, np.random.default_rng(number)))


def real_tables() -> dict[str, np.ndarray]:
    """The scaled features of real customers, by the name of their data set: each of shape (customers, features)."""
    tables = {"online_retail": customers_of("online_retail", {})}
    if folder := os.environ.get("CUSTOMER_DATA"):
        tables["cdnow"] = customers_of("cdnow", {"lines": f"{folder}/cdnow/CDNOW_master.txt"})
        wholesale = f"{folder}/wholesale_customers/Wholesale customers data.csv"
        tables["wholesale"] = np.log1p(np.loadtxt(wholesale, delimiter=",", skiprows=1)[:, 2:])
    return tables


def customers_of(dataset: str, files: Mapping[str, str]) -> np.ndarray:
    """The features of a data set's customers, as its query and transforms give them; `files` replaces its own."""
    data = yaml.safe_load((ROOT / f"conf/dataset/{dataset}.yaml").read_text())
    source = data["source"]
    read = Query("query", source["files"] | files, source["query"], parameters=source["parameters"])
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(ROOT):
        table = pa.concat_tables(query.read_files(read, data["id"], 100_000, Path(folder) / "work"))
    columns = [table[name].to_numpy().astype(float) for name in data["features"]]
    bent = [settings.get("transform") == "log1p" for settings in data["features"].values()]
    return np.column_stack(
        [np.log1p(column) if is_bent else column for column, is_bent in zip(columns, bent, strict=True)]
    )


def show(made: Sequence[Truth], answered: Sequence[dict[str, Any]]) -> None:
    several = [(t, a) for t, a in zip(made, answered, strict=True) if t.segments > 1]
    print(f"{'rule':20}{'exact':>9}{'within one':>12}")
    for rule in ("natural", *USUAL, "vote"):
        share = rates([(truth.segments, answers[rule] or 0) for truth, answers in several])
        print(f"{rule:20}{share['exact']:9.1%}{share['within_one']:12.1%}")
    print(f"\n{'exact, by kind':42}{'sets':>5}{'natural':>9}{'vote':>9}")
    for kind in dict.fromkeys((truth.group, truth.kind, truth.apart) for truth, _ in several):
        of = [(truth, answers) for truth, answers in several if (truth.group, truth.kind, truth.apart) == kind]
        hits = [np.mean([answers[rule] == truth.segments for truth, answers in of]) for rule in ("natural", "vote")]
        print(f"{kind[0]:22}{kind[1]:20}{kind[2]:>2} sd{len(of):4}{hits[0]:9.0%}{hits[1]:9.0%}")
    print()


if __name__ == "__main__":
    main()
