"""Writes the report: the result on one page that needs no other file."""

import sys
from importlib.util import find_spec

if not find_spec("hydra"):
    lacking = "the packages of this project are not installed for this Python"
    print(f"{__file__}: {lacking}: run `make`, then `source .venv/bin/activate`", file=sys.stderr)
    sys.exit(5)

import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import numpy as np
import yaml

import segmentation
from segmentation.pages import page, report
from segmentation.pipeline import outputs
from segmentation.pipeline.errors import IntermediateFault
from segmentation.pipeline.schema import Config
from segmentation.pipeline.stage import run

PACKAGES = ("scikit-learn", "numpy", "scipy", "pandas", "pyarrow", "duckdb", "numba")
STEPS = ("ingest", "preprocess", "elbow", "cluster", "analyze", "stability")


def main(cfg):
    reports = Path(cfg.paths.reports)
    steps = {name: outputs.read_json(reports / f"{name}.json", *keys) for name, keys in report.READS.items()}
    with report.steps_understood(reports):
        report.check_steps_agree(steps, cfg.dataset, reports)
        content = report.content(steps, *read_map(reports / "map.csv"))
        metrics = report.metrics(steps)
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
        head, *lines = file.read_text(encoding="utf-8").splitlines()
        points = np.array([line.split(",") for line in lines], dtype=float).reshape(len(lines), head.count(",") + 1)
    except (FileNotFoundError, ValueError) as error:
        raise IntermediateFault(f"{file} is missing or corrupt ({error}): run `dvc repro` to write it") from None
    if not np.isfinite(points).all():
        raise IntermediateFault(f"{file} is corrupt: run `dvc repro` to write it")
    return points[:, :2], points[:, 2:].astype(int)


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
