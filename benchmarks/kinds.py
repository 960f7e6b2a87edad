"""Draws docs/kinds.png: customers of each verdict, in the segments that the step elbow recommends."""

from pathlib import Path

import numpy as np
from planted import Truth, answer
from truths import mixture

from segmentation.figures import palette
from segmentation.kmeans import restarts

ROWS = 1500


def kinds() -> dict[str, np.ndarray]:
    """Customers in two features, by the verdict on them: shape (customers, features)."""
    draws = np.random.default_rng(3)
    apart, _ = mixture(draws, 4, 2, 6, ROWS)
    near = np.array([[0, 0], [3.5, 0], [1.7, 3.1]])[draws.integers(0, 3, ROWS)] + draws.normal(size=(ROWS, 2))
    angle = 2 * np.pi * draws.integers(0, 3, ROWS) / 3
    star = np.abs(draws.normal(0, 3, ROWS))[:, np.newaxis] * np.column_stack([np.cos(angle), np.sin(angle)])
    crowd = draws.normal(size=(ROWS, 2)) @ [[1, 0.6], [0, 0.8]]
    return {"clear": apart, "weak": near, "reproducible": star + draws.normal(0, 0.5, (ROWS, 2)), "constructive": crowd}


def main() -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 2.9), layout="constrained", dpi=150)
    for axes, (verdict, X) in zip(figure.subplots(1, 4), kinds().items(), strict=True):
        found = answer(Truth("", verdict, 0, 0, X))
        assert found["verdict"] == verdict, found
        X = (X - X.mean(axis=0)) / X.std(axis=0)
        centres, _ = restarts.fit(X, found["calibrated"], 10, (0,))
        label = ((X[:, np.newaxis] - centres) ** 2).sum(axis=2).argmin(axis=1)
        colours = [palette.colour(number + 1) for number in label]
        axes.scatter(*X.T, c=colours, s=3, linewidths=0)
        axes.set_title(f"{found['verdict']}, K = {found['calibrated']}", fontsize=11, fontweight="bold", loc="left")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_aspect("equal", "datalim")
        axes.spines[:].set_color(palette.GRID)
    figure.savefig(Path(__file__).parent.parent / "docs/kinds.png")


if __name__ == "__main__":
    main()
