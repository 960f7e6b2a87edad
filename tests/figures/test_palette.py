"""The colours and scales, and that what cannot import them repeats them rightly."""

import json
import re

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from project import ROOT

from segmentation.figures import palette
from segmentation.pages import charts, notebook, page

TYPED = re.compile(r"#[0-9a-fA-F]{3,8}\b")


def test_every_segment_has_a_colour_of_its_own():
    colours = [palette.colour(segment) for segment in range(1, 21)]
    assert tuple(colours[:10]) == palette.PALETTE
    assert len(set(colours)) == 20


@pytest.mark.parametrize("segment", range(1, 21))
def test_a_number_on_the_colour_of_its_segment_is_readable(segment):
    def luminance(colour):
        channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
        return np.dot([0.2126, 0.7152, 0.0722], channels)

    ground = palette.colour(segment)
    low, high = sorted([luminance(ground), luminance(palette.readable_on(ground))])
    assert (high + 0.05) / (low + 0.05) >= 3  # WCAG 2.2, 1.4.3: large text


def test_text_stands_out_from_the_colours_of_the_standing():
    scheme = matplotlib.colormaps[palette.STANDING_MATPLOTLIB]
    for standing in np.linspace(*palette.STANDING, 101):
        dark = abs(standing - 0.5) > palette.STANDING_DARK
        assert (sum(scheme(standing)[:3]) / 3 < 0.6) or not dark, standing


def test_the_style_sheet_has_the_grey_of_the_figures_and_the_ends_of_the_standing():
    css = (page.FOLDER / "page.css").read_text()
    assert f"--quiet: {palette.QUIET}" in css
    scheme = matplotlib.colormaps[palette.STANDING_MATPLOTLIB]
    for word, standings in (("low", np.linspace(0, 0.4)), ("high", np.linspace(0.6, 1))):
        (end,) = re.findall(rf"\.{word} {{ border-bottom: 3px solid (#\w+);", css)
        assert np.abs(scheme(standings)[:, :3] - to_rgb(end)).max(axis=1).min() < 0.05, word


def test_the_walkthrough_marks_code_in_the_colour_of_the_curve():
    assert f"border-left: 3px solid {palette.CURVE}" in notebook.TEMPLATE


def test_the_plot_of_dvc_has_the_scale_of_the_standing():
    _, text = json.loads((ROOT / ".dvc/plots/profile.json").read_text())["spec"]["layer"]
    rectangles, _ = json.loads((ROOT / ".dvc/plots/profile.json").read_text())["spec"]["layer"]
    scale = {"scheme": palette.STANDING_VEGA, "domain": list(palette.STANDING)}
    assert rectangles["encoding"]["color"]["scale"] == scale
    dark = text["encoding"]["color"]["condition"]
    assert dark == {"test": charts.IS_DARK_STANDING, "value": "white"}


def test_no_other_code_types_a_colour():
    allowed = {ROOT / "segmentation/figures/palette.py", ROOT / "segmentation/pages/notebook.py"}  # a style sheet
    files = [*ROOT.glob("segmentation/**/*.py"), *ROOT.glob("stages/*.py"), *ROOT.glob("notebooks/*.ipynb")]
    assert {file for file in files if TYPED.search(file.read_text())} <= allowed
