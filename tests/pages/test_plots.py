"""The page of `dvc plots` in a real browser: it draws without a network, and runs nothing that a name holds."""

from itertools import pairwise

import pytest


@pytest.fixture(scope="module")
def plots(ran, tmp_path_factory):
    """The page that compares a run with its commit."""
    project = ran.copy(tmp_path_factory.mktemp("plots") / "project")
    project.dvc("plots", "diff", "HEAD")
    return project.folder / "dvc_plots/index.html"


def drawn(page):
    """The page once its four charts stand there."""
    page.wait_for_function("document.querySelectorAll('.vega-embed svg.marks').length === 4")
    return page


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_draws_and_fits_without_a_network(open_page, plots, width, scheme):
    page = drawn(open_page(plots, width, scheme, offline=True))
    assert page.faults == [] and all(url.startswith(("file:", "data:", "blob:")) for url in page.asked)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    images = page.locator("img").evaluate_all("images => images.map(image => image.getBoundingClientRect().right)")
    assert len(images) == 12 and max(images) <= width


def test_the_k_of_the_elbow_is_marked_and_no_silhouette_is_drawn_at_one_segment(open_page, plots):
    inertia, criteria, shares, _ = drawn(open_page(plots)).locator(".vega-embed svg.marks").all()
    for chart, mark in ((inertia, "Ring"), (criteria, "Dotted")):
        subtitles = chart.locator(".role-title-subtitle").all_text_contents()
        assert subtitles == [f"{mark}: the K that the pipeline takes by itself"]
    assert inertia.locator(".mark-symbol path[stroke-width='2.5']").count() == 2, "a ring for each revision"
    silhouettes = criteria.locator("path[aria-label*='criterion: silhouette']").all()
    labels = [mark.get_attribute("aria-label") for mark in silhouettes]
    assert labels and not [label for label in labels if "K: 1;" in label or label.endswith("K: 1")]
    assert [text for text in shares.locator("text").all_text_contents() if "%" in text and "High-Value" in text]


@pytest.fixture(scope="module")
def hostile_plots(hostile):
    """The page of a run whose names would break or run."""
    hostile.under_version_control().dvc("plots", "show")
    return hostile.folder / "dvc_plots/index.html"


def test_the_names_of_columns_stand_in_lines_beside_each_other(hostile_plots, open_page):
    means = drawn(open_page(hostile_plots, 1280)).locator(".vega-embed svg.marks").nth(3)
    labels = means.locator("[aria-label^='X-axis'] .role-axis-label text")
    places = labels.evaluate_all(
        "labels => labels.map(label => label.getBoundingClientRect()).map(b => [b.left, b.right])"
    )
    assert len(places) > 5 and all(right < left for (_, right), (left, _) in pairwise(places))


def test_no_name_runs_in_the_page(hostile_plots, open_page):
    page = drawn(open_page(hostile_plots, offline=True))
    assert page.evaluate("window.ran") is None and page.faults == []
    ran = page.evaluate(
        """() => {
          document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.ran = 1'>");
          const image = document.body.lastElementChild;
          return new Promise(done => image.addEventListener("error", () => done(window.ran), {once: true}));
        }"""
    )
    assert ran is None, "no attribute runs"
