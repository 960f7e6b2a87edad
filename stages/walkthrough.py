"""Runs the notebook that tells the method step by step, and compares it with what the pipeline wrote."""

from segmentation.pages import notebook
from segmentation.pipeline import outputs
from segmentation.pipeline.schema import Paths
from segmentation.pipeline.stage import run


def main(cfg):
    targets = [f"{cfg.paths.reports}/walkthrough.{kind}" for kind in ("ipynb", "html")]
    with outputs.replace(*targets) as (ran, page):
        done = notebook.run(cfg.paths.notebook, parameters=parameters(cfg.paths, cfg.walkthrough.customers))
        notebook.write(ran, done)
        page.write_text(notebook.page(done), encoding="utf-8")
        lines = notebook.printed(done) or ["the notebook says nothing"]
    print("\n".join([*(line for line in lines if line.startswith("warning:")), lines[-1]]))


def parameters(paths: Paths, most: int) -> dict[str, str | int]:
    """What the notebook is told: where the files lie, and how many customers it takes along."""
    folders = {f"{name}_folder": str(getattr(paths, name)) for name in ("customers", "features", "segments", "reports")}
    files = {f"{name}_file": str(getattr(paths, name)) for name in ("feature_space", "sweep", "k", "kmeans", "model")}
    return {"most": most, **folders, **files}


if __name__ == "__main__":
    run(main)
