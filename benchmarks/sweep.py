"""What the sweep over K costs, and how good its fits are, beside other libraries on the same rows.

The rows are those of mixture.py. Each tool fits K = 1 to k-max in a process of its own, in which the rows lie in
memory before the clock starts; the inertia of its centres is then computed over all rows by one function for all. With
--stage the same rows are written as Parquet parts, and the stages elbow and cluster are set against a bare read of
these. Runs in a copy of the tracked files in a temporary folder. Ends with one line of JSON.
"""

import argparse
import atexit
import csv
import importlib.util
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from mixture import PART, THREADS
from pipeline import copy, timed

SEED = 42  # of every tool
PEERS = {  # the module that is imported, and what to install for it
    "sklearn-10": ("sklearn", "scikit-learn"),
    "sklearn-1": ("sklearn", "scikit-learn"),
    "minibatch": ("sklearn", "scikit-learn"),
    "sklearnex": ("sklearnex", "scikit-learn-intelex"),
    "faiss": ("faiss", "faiss-cpu"),
    "dask-ml": ("dask_ml", "dask-ml"),
    "spark": ("pyspark", "pyspark"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--features", type=int, default=3)
    parser.add_argument("--k-max", type=int, default=10)
    parser.add_argument("--small", type=float, default=0.005, help="share of the smallest segment")
    parser.add_argument("--seed", type=int, default=42, help="of the rows")
    parser.add_argument("--peers", default="sklearn-10,sklearn-1", help=f"some of {','.join(PEERS)}")
    parser.add_argument("--repeat", type=int, default=3, help="runs of ours, of which the median counts")
    parser.add_argument("--stage", action="store_true", help="the stages too; with --peers '' nothing but the stages")
    parser.add_argument("--folder", help="where the temporary folder is made")
    arguments = parser.parse_args()
    peers = [name for name in arguments.peers.split(",") if name]
    check(peers)
    rows = {"rows": arguments.rows, "features": arguments.features, "small": arguments.small, "seed": arguments.seed}
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        project = Path(folder) / "project"
        copy(project)
        os.environ["PYTHONPATH"] = str(project)  # and not what is installed
        result = {**rows, "k_max": arguments.k_max, "compile_seconds": round(child(project, "sweep.cold")[0], 2)}
        best = None
        if peers or not arguments.stage:
            figures, inertia = race(project, ["ours", *peers], rows, arguments.k_max, arguments.repeat)
            best = [min(evidence) for evidence in zip(*inertia.values(), strict=True)]
            result |= compared(figures, {tool: over(curve, best) for tool, curve in inertia.items()})
            result["card_cost"], _ = child(project, "sweep.card_cost", str(project), arguments.k_max, 5)
            print(f"\nsweep and decision card: {result['card_cost']:.2f} times the sweep alone")
        if arguments.stage:
            result["stage"] = stages(project, rows, arguments.k_max, best)
    if best is None:
        elbow = result["stage"]["elbow"]
        result |= {"seconds": elbow["seconds"], "peak_mib": elbow["peak_mib"]}
        result |= {"worst_inertia_ratio": None, "speedup": {}}
    print(json.dumps(result))


def check(peers: list[str]) -> None:
    for name in peers:
        if name not in PEERS:
            sys.exit(f"--peers names {name}, which is none of {', '.join(PEERS)}")
        module, package = PEERS[name]
        if importlib.util.find_spec(module) is None:
            sys.exit(f"--peers names {name}, which is not installed: pip install {package}")


def child(project: Path, function: str, *arguments: object) -> tuple[Any, int]:
    """What a function of this folder returns in a process of its own, and the peak MiB of that process.

    The parent imports no library: its own peak would count as the child's.
    """
    answer = project / "answer.json"
    module = function.partition(".")[0]
    code = f"import json, {module}; json.dump({function}{arguments!r}, open({str(answer)!r}, 'w'))"
    _, peak = timed(project / "benchmarks", sys.executable, "-c", code)
    return json.loads(answer.read_text()), round(peak)


def race(
    project: Path, tools: list[str], rows: dict, k_max: int, repeat: int
) -> tuple[dict[str, dict], dict[str, list[float]]]:
    """For each tool its seconds, peak MiB and how well it finds the small segment; and its inertia at every K."""
    child(project, "mixture.write_array", str(project), *rows.values())
    figures, inertia = {}, {}
    for tool in tools:
        (seconds, centres), peak = child(
            project, "sweep.fit", str(project), tool, k_max, repeat if tool == "ours" else 1
        )
        (inertia[tool], overlap), _ = child(project, "sweep.score", str(project), centres)
        figures[tool] = {"seconds": seconds, "peak_mib": peak, "small_segment": overlap}
        print(f"{tool}: {seconds:.2f} s", file=sys.stderr)
    return figures, inertia


def compared(figures: dict[str, dict], ratios: dict[str, list[float]]) -> dict:
    """Prints the tables; returns the last line's figures."""
    ours = figures["ours"]["seconds"]
    print(f"{'tool':12}{'seconds':>9}{'ours faster':>13}{'peak MiB':>10}{'worst inertia':>15}{'small segment':>15}")
    for tool, its in figures.items():
        its["worst_inertia_ratio"] = round(max(ratios[tool]), 6)
        print(f"{tool:12}{its['seconds']:9.2f}{its['seconds'] / ours:12.1f}x{its['peak_mib']:10}", end="")
        print(f"{max(ratios[tool]):15.5f}{its['small_segment']:15.2f}")
    print("\ninertia over the least that any found\n  K", *(f"{tool:>12}" for tool in figures), sep="")
    for k, row in enumerate(zip(*ratios.values(), strict=True), 1):
        print(f"{k:3}", *(f"{ratio:12.5f}" for ratio in row), sep="")
    peers = {tool: its for tool, its in figures.items() if tool != "ours"}
    speedup = {tool: round(its["seconds"] / ours, 2) for tool, its in peers.items()}
    return {**figures["ours"], "speedup": speedup, "peers": peers}


def over(inertia: Iterable[float], best: Iterable[float]) -> list[float]:
    return [report / least for report, least in zip(inertia, best, strict=True)]


def stages(project: Path, rows: dict, k_max: int, best: list[float] | None) -> dict:
    """Prints and returns what elbow and cluster cost on Parquet parts, beside a bare read of the parts."""
    folder = str(project / "data/features")
    size, _ = child(project, "mixture.write_parts", folder, *rows.values())
    read = {what: child(project, "mixture.bare_read", folder, what)[0] for what in ("features", "all")}
    result: dict[str, Any] = {"mib": round(size / 2**20), "read_seconds": read}
    print(f"\n{result['mib']} MiB of Parquet, read in {read['features']} s (features), {read['all']} s (all columns)")
    print(f"{'stage':12}{'seconds':>9}{'of features':>13}{'of all':>10}{'peak MiB':>10}")
    for step, settings in {"elbow": [f"elbow.k_max={k_max}"], "cluster": []}.items():
        seconds, peak = timed(project, "python", "-m", f"stages.{step}", *settings)
        times = {what: round(seconds / least, 2) for what, least in read.items()}
        print(f"{step:12}{seconds:9.2f}{times['features']:12.1f}x{times['all']:9.1f}x{peak:10.0f}")
        result[step] = {"seconds": round(seconds, 3), "peak_mib": round(peak), "times_read": times}
    report = json.loads((project / "reports/cluster.json").read_text())
    result["cluster"] |= {name: report[name] for name in ("k", "iterations", "converged")}
    print("cluster: K = {k}, {iterations} passes, converged: {converged}".format(**report))
    if best:
        with (project / "reports/elbow.csv").open(newline="") as file:
            ratios = over([float(row["inertia"]) for row in csv.DictReader(file)], best)
        result["elbow"]["worst_inertia_ratio"] = round(max(ratios), 6)
    return result


# What follows runs in processes of its own.


def cold() -> float:
    """Seconds that the first sweep of a fresh copy takes, nearly all of which goes into compiling."""
    start = time.perf_counter()
    warm_up()
    return time.perf_counter() - start


def warm_up() -> None:
    import numpy as np

    swept(
        [partial(np.asarray, np.random.default_rng(SEED).standard_normal((3, 5000)))],
        3,
        exact_rows=1000,
        with_card=True,
    )


def swept(blocks: list[Callable[[], Any]], k_max: int, exact_rows: int = 20_000, with_card: bool = False) -> list[Any]:
    from segmentation.elbow import card
    from segmentation.features.blocks import Scaled
    from segmentation.kmeans import sweep
    from segmentation.pipeline import engine, machine

    features, sizes = blocks[0]().shape[0], [block().shape[1] for block in blocks]
    table = Scaled([f"x{feature}" for feature in range(features)], sizes, blocks, machine.memory(None))
    ks = range(1, k_max + 1)
    with engine.threads(THREADS) as pool, engine.threads(THREADS) as threads:
        drawn = sweep.draw(table, k_max, exact_rows, pool)
        fits = sweep.fit_each_k(table, drawn, ks, 10, SEED, pool, threads)
        centres = {k: fits[k].centres for k in ks}
        if with_card:
            evidence = card.gather(drawn, centres, threads)
            card.criteria(ks, fits, table.rows * features, evidence)
    return list(centres.values())


def card_cost(folder: str, k_max: int, repeat: int) -> float:
    """How many times the sweep's seconds the sweep and the whole decision card take, one after the other each time."""
    warm_up()
    blocks, ratios = in_memory(f"{folder}/X.npy"), []
    for number in range(repeat + 1):
        seconds = []
        for with_card in (False, True):
            start = time.perf_counter()
            swept(blocks, k_max, with_card=with_card)
            seconds.append(time.perf_counter() - start)
        if number:  # the first loads what the card takes
            ratios.append(seconds[1] / seconds[0])
    return round(statistics.median(ratios), 3)


def in_memory(file: str) -> list[Callable[[], Any]]:
    import numpy as np

    rows = np.load(file, mmap_mode="r")
    loaded = (np.ascontiguousarray(rows[start : start + PART].T) for start in range(0, len(rows), PART))
    return [partial(np.asarray, X) for X in loaded]


def fit(folder: str, tool: str, k_max: int, repeat: int) -> tuple[float, list]:
    """The median seconds of fitting every K once, and the centres of each."""
    run = ready(f"{folder}/X.npy", tool, k_max)
    seconds = []
    for _ in range(repeat):
        start = time.perf_counter()
        centres = run()
        seconds.append(time.perf_counter() - start)
    return round(statistics.median(seconds), 3), [places.tolist() for places in centres]


def ready(file: str, tool: str, k_max: int) -> Callable[[], list[Any]]:
    """Loads the library and the rows; returns what fits every K."""
    if tool == "ours":
        warm_up()
    import numpy as np

    if tool == "ours":
        return partial(swept, in_memory(file), k_max)
    fits = {"spark": spark, "faiss": faiss, "dask-ml": dask_ml}.get(tool, partial(scikit_learn, tool))
    report = fits(np.load(file))
    return lambda: [np.asarray(report(k), dtype=np.float64) for k in range(1, k_max + 1)]


# Each with its library's own defaults for whatever is not set here.


def scikit_learn(tool: str, X: Any) -> Callable[[int], Any]:
    from sklearn.cluster import KMeans, MiniBatchKMeans

    if tool == "minibatch":
        return lambda k: MiniBatchKMeans(k, random_state=SEED).fit(X).cluster_centers_
    if tool == "sklearnex":
        from sklearnex.cluster import KMeans
    n_init = 10 if tool == "sklearn-10" else 1
    return lambda k: KMeans(k, n_init=n_init, random_state=SEED).fit(X).cluster_centers_


def faiss(X: Any) -> Callable[[int], Any]:
    from faiss import Kmeans

    X = X.astype("float32")  # it takes no other

    def report(k: int) -> Any:
        model = Kmeans(X.shape[1], k, seed=SEED, max_points_per_centroid=len(X))  # all rows, no sample
        model.train(X)
        return model.centroids

    return report


def dask_ml(X: Any) -> Callable[[int], Any]:
    from dask.array import from_array
    from dask_ml.cluster import KMeans

    X = from_array(X, chunks=(PART, X.shape[1]))
    return lambda k: KMeans(k, random_state=SEED).fit(X).cluster_centers_


def spark(X: Any) -> Callable[[int], Any]:
    import pyarrow as pa
    from pyspark.ml.clustering import KMeans
    from pyspark.ml.feature import VectorAssembler
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master(f"local[{THREADS}]").config("spark.driver.memory", "4g")
    session = session.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    names = [f"x{feature}" for feature in range(X.shape[1])]
    frame = session.createDataFrame(pa.table(dict(zip(names, X.T, strict=True))))
    frame = VectorAssembler(inputCols=names, outputCol="features").transform(frame).select("features").cache()
    frame.count()
    atexit.register(session.sparkContext._gateway.proc.communicate)  # ends the JVM, whose peak counts as the child's
    mean = X.mean(axis=0, keepdims=True)  # it takes no K of 1
    return lambda k: mean if k == 1 else KMeans(k=k, seed=SEED).fit(frame).clusterCenters()


def score(folder: str, centres: list) -> tuple[list[float], float]:
    """The inertia of each K's centres over all rows, and the best overlap of a segment with the small one at most K.

    The overlap is Jaccard's: customers in both over customers in either.
    """
    import numpy as np
    from scipy.spatial.distance import cdist

    X, planted = np.load(f"{folder}/X.npy", mmap_mode="r"), np.load(f"{folder}/planted.npy")

    def part(start: int) -> tuple[Any, Any]:
        rows, inertia = X[start : start + 50_000], []
        for places in centres:
            squared = cdist(rows, places, "sqeuclidean")
            inertia.append(squared.min(axis=1).sum())
        label = squared.argmin(axis=1) + len(places) * planted[start : start + 50_000]
        return np.array(inertia), np.bincount(label, minlength=2 * len(places)).reshape(2, -1)

    with ThreadPoolExecutor(THREADS) as pool:
        inertia, counts = map(sum, zip(*pool.map(part, range(0, len(X), 50_000)), strict=True))
    overlap = counts[1] / (counts.sum(axis=0) + counts[1].sum() - counts[1])
    return inertia.tolist(), round(overlap.max(), 4)


if __name__ == "__main__":
    main()
