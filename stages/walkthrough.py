"""Runs the notebook that tells the method step by step, and compares it with what the pipeline wrote."""

import sys
from importlib.util import find_spec

if not find_spec("hydra"):
    lacking = "the packages of this project are not installed for this Python"
    print(f"{__file__}: {lacking}: run `make`, then `source .venv/bin/activate`", file=sys.stderr)
    sys.exit(5)

from segmentation.pages import notebook
from segmentation.pipeline import outputs
from segmentation.pipeline.schema import Paths
from segmentation.pipeline.stage import run


def main(cfg):
    targets = [f"{cfg.paths.reports}/walkthrough.{kind}" for kind in ("ipynb", "html")]
    with outputs.replace(*targets) as (copy, page):
        parameters = notebook_parameters(cfg.paths, cfg.walkthrough.customers)
        executed = notebook.run_notebook(cfg.paths.notebook, parameters=parameters)
        notebook.save_notebook(copy, executed)
        page.write_text(notebook.to_html(executed), encoding="utf-8")
        lines = notebook.printed_lines(executed) or ["the notebook says nothing"]
    print("\n".join([*(line for line in lines if line.startswith("warning:")), lines[-1]]))


def notebook_parameters(paths: Paths, most: int) -> dict[str, str | int]:
    """The parameters of the notebook: where the files lie, and how many customers it takes along at most."""
    folders = {f"{name}_folder": str(getattr(paths, name)) for name in ("customers", "features", "segments", "reports")}
    files = {f"{name}_file": str(getattr(paths, name)) for name in ("feature_space", "sweep", "k", "kmeans", "model")}
    return {"most": most, **folders, **files}


if __name__ == "__main__":
    run(main)
