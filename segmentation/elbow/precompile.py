"""Compiles, once for an environment, what the steps would else compile when they first need it: run by `make`."""

from collections.abc import Callable
from typing import Any

import numpy as np

from segmentation.elbow import joining
from segmentation.features import compiled
from segmentation.kmeans import lloyd, ranks, restarts, swaps
from segmentation.pipeline.compiling import FOLDER

CUSTOMERS, FEATURES, K = 300, 2, 3


def calls() -> list[tuple[str, Callable[..., Any], tuple[Any, ...]]]:
    """What is compiled, in words, and calls with the types of argument that the steps have."""
    draws = np.random.default_rng(0)
    rows = draws.normal(size=(CUSTOMERS, FEATURES))
    X, weight, centres = np.ascontiguousarray(rows.T), np.ones(CUSTOMERS), rows[:K].copy()
    read_only = weight.copy()
    read_only.flags.writeable = False  # as the columns of a table are
    label, first = draws.integers(K, size=CUSTOMERS), np.array([0, 1, K])
    return [
        ("distances", compiled.nearest, (X, centres)),
        ("sums by segment", compiled.sums, (label, weight, K)),
        ("sums of a column by segment", compiled.sums, (label, read_only, K)),
        ("draws into a coreset", ranks.drawn, (X, weight.copy(), CUSTOMERS, K)),
        ("passes over all customers", lloyd.tally, (X, centres, first, True)),
        ("distances to borders", lloyd.gaps, (X, centres)),
        ("customers near a border", lloyd.near, (X, centres, 0.1)),
        ("fits on a coreset", lloyd.refine, (X, weight, centres, 3)),
        ("several fits at once", restarts.begin, (X, weight, draws.random((2, K, 2)), 3)),
        ("swaps of centres", swaps.swaps, (X, weight, centres, draws.random((2, 3)), 3)),
        ("valleys between cells", joining.join_cells, (rows, label, K)),
    ]


def main() -> None:
    """Compiles all of it, and tells the progress."""
    tasks = calls()
    once = "" if any(FOLDER.glob("*")) else ", once: some 20 seconds"
    print(f"Compiling the {len(tasks)} parts of K-means that take long{once}", flush=True)
    for number, (name, function, arguments) in enumerate(tasks, 1):
        print(f"{number} of {len(tasks)}: {name}", flush=True)
        function(*arguments)


if __name__ == "__main__":
    main()
