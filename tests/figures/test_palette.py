"""The colours and scales, and that what cannot import them repeats them rightly."""

import json
import re

import matplotlib
import numpy as np
import pytest
import vl_convert
from matplotlib.colors import to_hex, to_rgb
from project import ROOT

from segmentation.figures import palette
from segmentation.pages import notebook, page

TYPED = re.compile(r"#[0-9a-fA-F]{3,8}\b")


SIGHTS = {  # Machado 2009, severity 1: what a colour looks like, in linear light
    "normal": np.eye(3),
    "green-blind": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "red-blind": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
}
TO_CONES = [[0.4122215, 0.5363325, 0.0514460], [0.2119035, 0.6806995, 0.1073970], [0.0883025, 0.2817188, 0.6299787]]
TO_OKLAB = [[0.2104543, 0.7936178, -0.0040720], [1.9779985, -2.4285922, 0.4505937], [0.0259040, 0.7827718, -0.8086758]]


def linear(colour):
    return np.array([c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)])


def oklab(light):
    return np.cbrt(np.clip(light, 0, 1) @ np.transpose(TO_CONES)) @ np.transpose(TO_OKLAB)


def wcag(one, other):
    low, high = sorted(np.dot([0.2126, 0.7152, 0.0722], linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


SCHEMES = {"light": (palette.colour, ("#ffffff", "#f6f7f9")), "dark": (palette.dark_colour, ("#15181c", "#1f2328"))}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_each_of_twenty_colours_stands_out_from_the_page_and_its_number_from_it(scheme):
    colour, pages = SCHEMES[scheme]
    colours = [colour(segment) for segment in range(1, 21)]
    for shade in colours:
        assert min(wcag(shade, ground) for ground in pages) >= 3, shade
        assert wcag(shade, palette.readable_on(shade)) >= 4.5, shade
        assert palette.contrast(shade, "#ffffff") == pytest.approx(wcag(shade, "#ffffff"))
    assert len(set(colours)) == 20 and colour(21) == colours[0]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("number", "least"), [(10, {"normal": 9, "other": 4.5}), (20, {"normal": 6, "other": 3})])
def test_colours_are_told_apart_by_every_sight(scheme, number, least):
    colours = np.array([linear(SCHEMES[scheme][0](segment)) for segment in range(1, number + 1)])
    for sight, matrix in SIGHTS.items():
        seen = 100 * oklab(colours @ np.transpose(matrix))
        apart = np.linalg.norm(seen[:, np.newaxis] - seen, axis=2)[np.triu_indices(number, 1)]
        assert apart.min() >= least.get(sight, least["other"]), sight


def test_the_page_has_the_backgrounds_that_colours_were_chosen_for():
    css = (page.FOLDER / "page.css").read_text()
    for ground in (*SCHEMES["light"][1], *SCHEMES["dark"][1]):
        assert ground in css


def test_text_stands_out_from_the_colours_of_the_standing():
    scheme = matplotlib.colormaps[palette.STANDING_MATPLOTLIB]
    low, high = palette.STANDING_DARK
    for standing in np.linspace(*palette.STANDING, 1001):
        ink = "white" if standing < low or standing > high else "black"
        assert wcag(to_hex(scheme(standing)), ink) >= 4.5, standing


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
    low, high = palette.STANDING_DARK
    is_dark = f"isValid(datum.standing) && (datum.standing < {low} || datum.standing > {high})"
    assert dark == {"test": is_dark, "value": "white"}


def test_the_plots_of_dvc_draw_with_the_vega_that_the_locked_vl_convert_bundles():
    head, _, bundle = (ROOT / ".dvc/plots/vega.js").read_text().partition("ISC.\n")
    assert f"Vega {vl_convert.get_vega_version()}, Vega-Lite 6.4," in head
    assert bundle == vl_convert.javascript_bundle(vl_version="6.4"), "write it again, below its head of two lines"


def test_no_other_code_types_a_colour():
    allowed = {ROOT / "segmentation/figures/palette.py", ROOT / "segmentation/pages/notebook.py"}  # a style sheet
    files = [*ROOT.glob("segmentation/**/*.py"), *ROOT.glob("stages/*.py"), *ROOT.glob("notebooks/*.ipynb")]
    assert {file for file in files if TYPED.search(file.read_text())} <= allowed
