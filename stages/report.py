"""Writes the report: the result on one page that needs no other file."""

import sys
from importlib.util import find_spec

if not find_spec("hydra"):
    lacking = "the packages of this project are not installed for this Python"
    print(f"{__file__}: {lacking}: run `make`, then `source .venv/bin/activate`", file=sys.stderr)
    sys.exit(5)

import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import yaml

import segmentation
from segmentation.pages import page, report
from segmentation.pipeline import outputs
from segmentation.pipeline.errors import IntermediateFault
from segmentation.pipeline.schema import Config
from segmentation.pipeline.stage import run

# The keys that the page needs in each file; a file that lacks one, as of another version, is refused.
READS = {
    "ingest": ("dataset", "customers", "inputs"),
    "preprocess": ("customers", "left_out", "constant", "features", "caveats"),
    "elbow": ("k", "rule", "k_because", "verdict", "verdict_k", "choices", "card"),
    "cluster": ("k", "inertia", "silhouette"),
    "segments": ("customers", "least", "segments", "labels", "units", "eta_squared", "caveats"),
    "sweep": ("sampled_customers", "ks", "axes"),
    "stability": ("adjusted_rand", "lowest_jaccard", "segments", "alternatives"),
}
PACKAGES = ("scikit-learn", "numpy", "scipy", "pandas", "pyarrow", "duckdb", "numba")
STEPS = ("ingest", "preprocess", "elbow", "cluster", "analyze", "stability")


def main(cfg):
    reports = Path(cfg.paths.reports)
    steps = {name: outputs.read_json(reports / f"{name}.json", *keys) for name, keys in READS.items()}
    try:
        check_steps_agree(steps, cfg.dataset, reports)
        content = report.content(steps, *read_map(reports / "map.csv"))
        metrics = report.metrics(steps)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise IntermediateFault(
            f"the JSON files in {reports} are not those that the steps write ({type(error).__name__}: {error}): run "
            "`dvc repro` to write them again"
        ) from error
    content |= {
        "title": cfg.report.title,
        "dataset": cfg.dataset,
        "export": f"{cfg.paths.export}/segments.csv",
        "parameters": parameters_as_yaml(cfg),
        "versions": installed_versions(),
    }
    with outputs.replace(reports / "report.html", reports / "report.json") as (html, json):
        html.write_text(page.render("report.html", content), encoding="utf-8")
        outputs.write_json(json, metrics)
    print(f"{reports}/report.html: {metrics['customers']:,} customers, K = {metrics['k']}, {metrics['verdict']}")


def read_map(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """The places on the map, of shape (points, 2), and their segments at each K, of shape (points, ks).

    Raises IntermediateFault where the map is missing or a point has no place on it.
    """
    try:
        _, *lines = file.read_text(encoding="utf-8").splitlines()
        points = np.array([line.split(",") for line in lines], dtype=float).reshape(len(lines), -1)
    except (FileNotFoundError, ValueError) as error:
        raise IntermediateFault(f"{file} is missing or corrupt ({error}): run `dvc repro` to write it") from None
    if not np.isfinite(points).all():
        raise IntermediateFault(f"{file} is corrupt: run `dvc repro` to write it")
    return points[:, :2], points[:, 2:].astype(int)


def check_steps_agree(steps: Mapping[str, Any], dataset: str, reports: Path) -> None:
    """Raises IntermediateFault where the steps speak of different customers or segments."""
    ingest, prepared, segments = (steps[name] for name in ("ingest", "preprocess", "segments"))
    names = [segment["name"] for segment in segments["segments"]]
    resampled = [segment["name"] for segment in steps["stability"]["segments"]]
    swept = {at_k["k"]: [segment["name"] for segment in at_k["segments"]] for at_k in steps["sweep"]["ks"]}
    others = {row["k"] for row in steps["elbow"]["card"]} - {len(names)}
    agree = {
        f"ingest.json and dataset: {dataset}": ingest["dataset"] == dataset,
        "ingest.json and preprocess.json": ingest["customers"] == prepared["customers"],
        "preprocess.json and segments.json": prepared["customers"] - prepared["left_out"] == segments["customers"],
        "segments.json and cluster.json": len(names) == steps["cluster"]["k"],
        "segments.json and stability.json": names == resampled,
        "segments.json and sweep.json": names == swept.get(len(names)),
        "elbow.json and sweep.json": others | {len(names)} == set(swept),
        "sweep.json and stability.json": {
            result["k"]: [segment["name"] for segment in result["segments"]]
            for result in steps["stability"]["alternatives"]
        }
        == {k: swept[k] for k in swept if k != len(names)},
    }
    if disagreeing := [files for files, agreeing in agree.items() if not agreeing]:
        raise IntermediateFault(
            f"{reports}: {disagreeing[0]} do not belong together, as after a step that ran alone: run `dvc repro`"
        )


def parameters_as_yaml(cfg: Config) -> str:
    """The parameters that decided the result, without paths of files."""
    parameters = {name: asdict(getattr(cfg, name)) for name in STEPS} | {cfg.dataset: asdict(cfg.data)}
    parameters[cfg.dataset]["source"].pop("files", None)
    return yaml.safe_dump(parameters, sort_keys=False, allow_unicode=True, width=100)


def installed_versions() -> list[tuple[str, str]]:
    program = [("Python", platform.python_version()), ("segmentation", segmentation.__version__)]
    return program + [(package, version(package)) for package in PACKAGES]


if __name__ == "__main__":
    run(main)
