"""What the report costs its readers: its size, the first paint, and a step of the slider, at 3 features and at 30.

Runs the pipeline on planted customers in a temporary folder, and opens the page in Chromium. Ends with one line of
JSON.
"""

import argparse
import json
import shutil
import statistics
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from pipeline import copy, timed
from playwright.sync_api import Page, sync_playwright

STEPS = ("ingest", "preprocess", "elbow", "cluster", "analyze", "stability", "report")
WIDTHS = (375, 1280)  # pixels
# The milliseconds from each of the slider's positions to the frame after the one in which it is painted.
SLIDE = """async () => {
  const slider = document.getElementById("k"), steps = [];
  for (let position = 0; position <= Number(slider.max); position++) {
    slider.value = position;
    const start = performance.now();
    slider.dispatchEvent(new Event("input", {bubbles: true}));
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    steps.push(performance.now() - start);
  }
  return steps;
}"""
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000, help="customers")
    parser.add_argument("--features", type=int, nargs="+", default=[3, 30])
    parser.add_argument("--repeat", type=int, default=5, help="times that a page is opened; the median counts")
    arguments = parser.parse_args()
    result = {"rows": arguments.rows}
    print(f"{'features':>8}{'MB':>7}{'report, s':>11}{'width':>7}{'first paint, ms':>17}", end="")
    print(f"{'slider: median, ms':>20}{'worst':>7}")
    for features in arguments.features:
        with tempfile.TemporaryDirectory() as folder:
            page, seconds = written(Path(folder) / "project", arguments.rows, features)
            size = page.stat().st_size / 1e6
            widths = {width: opened(page, width, arguments.repeat) for width in WIDTHS}
        for width, figures in widths.items():
            print(f"{features:8}{size:7.2f}{seconds:11.2f}{width:7}", end="")
            print(f"{figures['first_paint']:17.0f}{figures['slider']:20.0f}{figures['slider_worst']:7.0f}", flush=True)
        result[f"features_{features}"] = {"mb": round(size, 2), "report_seconds": round(seconds, 2), "widths": widths}
    print(json.dumps(result))


def written(project: Path, rows: int, features: int) -> tuple[Path, float]:
    """The report on so many planted customers, and the median seconds of its step."""
    copy(project)
    generator = np.random.default_rng(0)
    centres = generator.normal(0, 2, (5, features)) * np.linspace(1, 0.1, features)
    values = 50 + 10 * (centres[generator.integers(5, size=rows)] + generator.normal(0, 1, (rows, features)))
    names = [f"spending_on_{number}" for number in range(1, features + 1)]
    pd.DataFrame(values.round(2), columns=names).to_csv(project / "data/raw/customers.csv", index_label="customer_id")
    file = project / "conf/dataset/csv.yaml"
    settings = yaml.safe_load(file.read_text()) | {"features": {name: {"unit": "euros"} for name in names}}
    settings |= {"profile": {}, "value": names[0], "names": []}
    file.write_text(f"# @package data\n{yaml.safe_dump(settings, sort_keys=False)}")
    for step in STEPS:
        timed(project, "python", "-m", f"stages.{step}", "dataset=csv")
    seconds = [timed(project, "python", "-m", "stages.report", "dataset=csv")[0] for _ in range(3)]
    return project / "reports/report.html", statistics.median(seconds)


def opened(file: Path, width: int, repeat: int) -> dict[str, float]:
    """The first paint of a page and the steps of its slider in milliseconds, of a window of this width."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        loads = [measured(browser.new_page(viewport={"width": width, "height": 800}), file) for _ in range(repeat)]
        browser.close()
    steps = [step for _, steps in loads for step in steps]
    figures = {
        "first_paint": statistics.median(paint for paint, _ in loads),
        "slider": statistics.median(steps),
        "slider_worst": max(steps),
    }
    return {name: round(figure) for name, figure in figures.items()}


def measured(page: Page, file: Path) -> tuple[float, list[float]]:
    """The first paint of a page and the steps of its slider, in milliseconds."""
    page.goto(file.as_uri())
    page.wait_for_timeout(500)
    return page.evaluate(FIRST_PAINT), page.evaluate(SLIDE)


if __name__ == "__main__":
    main()
