"""What placing new customers costs: rows a minute per core, and peak memory, beside pandas and scikit-learn alone.

Fits the default pipeline on a copy of the project, then scores other synthetic customers from Parquet and from CSV. The
peer reads the Parquet file whole, scales it, predicts and writes. Ends with one line of JSON.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

import duckdb
from pipeline import copy, timed

from segmentation.pipeline.machine import cores

PEER = """
import pandas as pd
from segmentation.model import SegmentModel
frame = pd.read_parquet("new.parquet")
model = SegmentModel.load("data/model.json").to_sklearn()
frame["segment"] = model.predict(frame)
frame.to_parquet("peer.parquet", compression="zstd")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000, help="customers to score")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each, of which the median counts")
    arguments = parser.parse_args()
    result = {"rows": arguments.rows, "cores": cores()}
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder) / "project"
        prepare(project, arguments.rows)
        ways = {
            "parquet": ("python", "-m", "stages.score", "score.input=new.parquet"),
            "csv": ("python", "-m", "stages.score", "score.input=new.csv", "score.output=data/scored.csv"),
            "scikit-learn": ("python", "-c", PEER),
        }
        print(f"{'':14}{'seconds':>9}{'million rows a minute per core':>33}{'peak MiB':>10}")
        for name, command in ways.items():
            runs = [timed(project, *command) for _ in range(arguments.repeat)]
            seconds, peak = (statistics.median(run[i] for run in runs) for i in range(2))
            rate = arguments.rows / 1e6 / (seconds / 60) / cores()
            print(f"{name:14}{seconds:9.2f}{rate:33.1f}{peak:10.0f}")
            result[name] = {"seconds": round(seconds, 2), "million_a_minute": round(rate, 2), "peak_mib": round(peak)}
    print(json.dumps(result))


def prepare(project: Path, rows: int) -> None:
    """A fitted project with the customers to score in new.parquet and new.csv."""
    copy(project)
    for step in ("ingest", "preprocess", "elbow", "cluster", "analyze"):
        timed(project, "python", "-m", f"stages.{step}")
    other = ("data.source.seed=8", f"data.source.rows={rows}", "paths.customers=new", "paths.planted=planted")
    timed(project, "python", "-m", "stages.ingest", *other, "paths.reports=other")
    parts = f"read_parquet('{project}/new/*.parquet')"
    duckdb.sql(f"COPY (SELECT * FROM {parts}) TO '{project}/new.parquet' (FORMAT parquet, COMPRESSION zstd)")
    duckdb.sql(f"COPY (SELECT * FROM {parts}) TO '{project}/new.csv'")


if __name__ == "__main__":
    main()
