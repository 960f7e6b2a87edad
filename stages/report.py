"""Tells the result on one page that needs nothing else."""

import math
import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from segmentation.pages import page, report, tables
from segmentation.pipeline import outputs
from segmentation.pipeline.errors import IntermediateFault
from segmentation.pipeline.schema import Config
from segmentation.pipeline.stage import run
from segmentation.segments import caveats

# What the page needs of each file, so that one of another version is refused.
READS = {
    "ingest": ("dataset", "customers", "inputs"),
    "preprocess": ("customers", "left_out", "constant", "features"),
    "elbow": ("k", "verdict", "choices", "card"),
    "cluster": ("k", "inertia", "silhouette"),
    "segments": ("customers", "segments", "units", "eta_squared", "caveats"),
    "sweep": ("sampled_customers", "ks", "axes"),
    "stability": ("adjusted_rand", "lowest_jaccard", "segments"),
}
PACKAGES = ("segmentation", "scikit-learn", "numpy", "scipy", "pandas", "pyarrow", "duckdb", "numba")
PARAMETERS = ("ingest", "preprocess", "elbow", "cluster", "analyze", "stability")


def main(cfg):
    reports = Path(cfg.paths.reports)
    written = {name: outputs.read_json(reports / f"{name}.json", *keys) for name, keys in READS.items()}
    try:
        check(written, cfg.dataset, reports)
        content = report.content(written, read_map(reports / "map.csv"), doubts(written))
        found = report.metrics(written)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise IntermediateFault(
            f"the JSON files in {reports} are not those that the steps write ({type(error).__name__}: {error}): run "
            "`dvc repro` to write them again"
        ) from error
    content |= {
        "title": cfg.report.title,
        "dataset": cfg.dataset,
        "parameters": parameters(cfg),
        "versions": versions(),
    }
    with outputs.replace(reports / "report.html", reports / "report.json") as (html, figures):
        html.write_text(page.render("report.html", content), encoding="utf-8")
        outputs.write_json(figures, found)
    print(f"{reports}/report.html: {found['customers']:,} customers, K = {found['k']}, {found['verdict']}")


def read_map(file: Path) -> list[tables.Row]:
    try:
        points = list(tables.points(file.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError) as error:
        raise IntermediateFault(f"{file} is missing or corrupt ({error}): run `dvc repro` to write it") from None
    if not points or not all(math.isfinite(point["x"]) and math.isfinite(point["y"]) for point in points):
        raise IntermediateFault(f"{file} is corrupt: run `dvc repro` to write it")
    return points


def doubts(written: Mapping[str, Any]) -> list[str]:
    """What to know before acting on the segments."""
    found = caveats.overridden(written["elbow"], written["cluster"]["k"])
    found += caveats.unstable(written["stability"])
    return [*(caveat["text"] for caveat in written["segments"]["caveats"]), *(doubt.text for doubt in found)]


def check(written: Mapping[str, Any], dataset: str, reports: Path) -> None:
    """Raises IntermediateFault where the steps speak of different customers or segments."""
    ingest, prepared, segments = (written[name] for name in ("ingest", "preprocess", "segments"))
    names = [one["name"] for one in segments["segments"]]
    swept = {one["k"]: [segment["name"] for segment in one["segments"]] for one in written["sweep"]["ks"]}
    agree = {
        f"ingest.json and dataset: {dataset}": ingest["dataset"] == dataset,
        "ingest.json and preprocess.json": ingest["customers"] == prepared["customers"],
        "preprocess.json and segments.json": prepared["customers"] - prepared["left_out"] == segments["customers"],
        "segments.json and cluster.json": len(names) == written["cluster"]["k"],
        "segments.json and stability.json": names == [one["name"] for one in written["stability"]["segments"]],
        "segments.json and sweep.json": names == swept.get(len(names)),
        "elbow.json and sweep.json": {row["k"] for row in written["elbow"]["card"]} | {len(names)} == set(swept),
    }
    if apart := [files for files, same in agree.items() if not same]:
        raise IntermediateFault(
            f"{reports}: {apart[0]} do not belong together, as after a step that ran alone: run `dvc repro`"
        )


def parameters(cfg: Config) -> str:
    """All that decided the result, as YAML; no path of a file."""
    told = {name: asdict(getattr(cfg, name)) for name in PARAMETERS} | {cfg.dataset: asdict(cfg.data)}
    told[cfg.dataset]["source"].pop("files", None)
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True, width=100)


def versions() -> list[tuple[str, str]]:
    return [("Python", platform.python_version()), *((package, version(package)) for package in PACKAGES)]


if __name__ == "__main__":
    run(main)
