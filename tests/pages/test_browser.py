"""The pages in a real browser: they draw, react, fit, ask nothing of a network, and run only their own scripts."""

import csv
import json
import re
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from project import Project, small

from segmentation.figures.words import format_share

CHARTS = ("curve", "sizes", "profile", "customers", "flow", "distribution-0", "distribution-1", "distribution-2")
RUN = '</script><img src=x onerror="window.ran = 1"><script>window.ran = 1</script>'
HOSTILE = [RUN, "$\\bad$", "売上高", "x" * 300, "a.b", "a[0]", "_hidden", 'it\'s "so"', "datum.k", "{{ 7 * 7 }}"]


@pytest.fixture(scope="module")
def open_page(chromium):
    """Opens a page and waits until its charts are drawn; `faults` and `asked` keep what it logs and asks for."""
    contexts = []

    def opened(file, width=1280, scheme="light"):
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.faults, page.asked = [], []
        page.on("console", lambda message: page.faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("dialog", lambda dialog: page.faults.append(dialog.message))
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-drawn]", state="attached", timeout=20_000)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def reports(ran):
    """The page of a small run, and what the steps wrote for it."""
    folder = ran.project.folder / "reports"
    names = ("ingest", "preprocess", "elbow", "cluster", "segments", "sweep", "stability", "report")
    return SimpleNamespace(
        page=folder / "report.html", **{name: ran.project.json(f"reports/{name}.json") for name in names}
    )


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A run whose columns, units, words and segments have names that would break or run."""
    project = small(Project(tmp_path_factory.mktemp("hostile") / "project"))
    generator, rows = np.random.default_rng(0), 300
    group = np.arange(rows) % 3
    with (project.folder / "data/raw/customers.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["customer_id", *HOSTILE, "words"])
        for row in range(rows):
            values = generator.normal(10 * (1 + group[row]), 1, len(HOSTILE)).round(3)
            writer.writerow([row, *values, HOSTILE[group[row]]])
    settings = yaml.safe_load((project.folder / "conf/dataset/csv.yaml").read_text())
    settings |= {
        "features": {name: {"unit": name} for name in HOSTILE[:8]},
        "profile": {**{name: {"unit": RUN} for name in HOSTILE[8:]}, "words": {}},
        "value": HOSTILE[1],
        "names": [{"name": RUN, "when": {HOSTILE[0]: "high"}}, {"name": "y" * 300, "when": {HOSTILE[0]: "low"}}],
    }
    text = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True, width=1000)
    (project.folder / "conf/dataset/csv.yaml").write_text(f"# @package data\n{text}")
    title = json.dumps(RUN)
    project.replace("params.yaml", "title: Customer segments", f"title: {title}")
    return project.replace("params.yaml", "dataset: synthetic", "dataset: csv").steps(upto="report")


def drawings(page):
    """The drawing of each chart: its SVG, or the pixels of its canvas."""
    look = "element => element.querySelector('canvas')?.toDataURL() ?? element.querySelector('svg').innerHTML"
    return {element.get_attribute("id"): element.evaluate(look) for element in page.query_selector_all(".chart")}


def slide_to(page, sweep, k):
    ks = [alternative["k"] for alternative in sweep["ks"]]
    page.locator("#k").fill(str(ks.index(k)))
    page.wait_for_timeout(300)


def beyond(page):
    """Elements that reach beyond the window and that nothing scrolls or hides."""
    return page.evaluate(
        """() => [...document.body.querySelectorAll("*")].filter(element => {
          const box = element.getBoundingClientRect();
          return box.width && (box.right > innerWidth + 1 || box.left < -1) && !element.closest(".scroll, [hidden]");
        }).map(element => element.outerHTML.slice(0, 80))"""
    )


@pytest.mark.parametrize(
    ("which", "width", "scheme"),
    [
        ("plain", 375, "light"),
        ("plain", 375, "dark"),
        ("plain", 1280, "light"),
        ("hostile", 375, "light"),
        ("hostile", 1280, "dark"),
    ],
)
def test_the_page_draws_and_fits_and_asks_for_nothing(open_page, reports, request, which, width, scheme):
    file = reports.page if which == "plain" else request.getfixturevalue("hostile").folder / "reports/report.html"
    page = open_page(file, width, scheme)
    assert page.faults == []
    assert page.asked == [file.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert beyond(page) == []
    assert all(len(drawing) > 500 for drawing in drawings(page).values())


def test_the_slider_moves_every_chart_and_says_what_to_write(open_page, reports):
    page = open_page(reports.page)
    chosen = reports.cluster["k"]
    seen = [drawings(page)]
    assert set(seen[0]) == set(CHARTS)
    assert f"K = {chosen}, the pipeline's choice" in page.locator(".slider").inner_text()
    for k in (chosen - 1, chosen + 1):
        slide_to(page, reports.sweep, k)
        seen.append(drawings(page))
        assert f"k: {k}" in page.locator(".slider").inner_text()
        assert page.locator("#k").get_attribute("aria-valuetext") == f"{k} segments"
        assert all(element.get_attribute("data-k") == str(k) for element in page.query_selector_all("[data-k]:visible"))
    for chart in CHARTS:
        assert len({drawing[chart] for drawing in seen}) == 3, chart
    slide_to(page, reports.sweep, chosen)
    assert drawings(page)["sizes"] == seen[0]["sizes"]


def test_arrow_keys_move_the_slider(open_page, reports):
    page = open_page(reports.page)
    page.locator("#k").focus()
    page.keyboard.press("ArrowRight")
    assert f"K = {reports.cluster['k'] + 1}" in page.locator(".slider").inner_text()
    page.keyboard.press("Tab")
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details").first.get_attribute("open") is not None


def texts(page, chart):
    return page.locator(f"#{chart} .role-mark text").all_text_contents()


def test_the_figures_on_the_page_are_those_of_the_steps(open_page, reports):
    page = open_page(reports.page)
    head = page.locator("header").inner_text()
    assert f"{reports.segments['customers']:,}" in head and reports.elbow["verdict"] in head
    for segment, resampled, card in zip(
        reports.segments["segments"], reports.stability["segments"], page.query_selector_all(".card"), strict=True
    ):
        text = card.inner_text()
        assert segment["name"] in text and f"({segment['size']:,})" in text
        assert f"{format_share(segment['share'])} of customers" in text
        assert f"{format_share(segment['value_share'])} of spending" in text
        assert f"Jaccard {resampled['jaccard']:.2f}" in text
        for condition in segment["definition"]["conditions"]:
            for bound in (condition["low"], condition["high"]):
                assert bound is None or f"{bound:,.12g}" in text
    for alternative in reports.sweep["ks"]:
        slide_to(page, reports.sweep, alternative["k"])
        shares = [format_share(segment[key]) for segment in alternative["segments"] for key in ("share", "value_share")]
        assert sorted(filter(None, texts(page, "sizes"))) == sorted(shares)
        means = [column["mean"] for segment in alternative["segments"] for column in segment["columns"].values()]
        drawn = [float(text.replace(",", "")) for text in texts(page, "profile")]
        assert sorted(drawn) == pytest.approx(sorted(means), rel=0.02, abs=0.05)
        inertia = next(row["inertia"] for row in reports.elbow["card"] if row["k"] == alternative["k"])
        assert f"{inertia:,.0f}" in page.locator(".meanings:visible").inner_text()


def test_pointing_at_a_segment_marks_it_everywhere(open_page, reports):
    page = open_page(reports.page)
    before = drawings(page)
    page.locator("#sizes .mark-rect.role-mark path").first.hover(force=True)
    page.wait_for_selector(".card.pointed")
    assert page.locator(".card.pointed").count() == 1
    page.wait_for_timeout(300)
    after = drawings(page)
    assert all(before[chart] != after[chart] for chart in CHARTS if chart != "curve")
    page.mouse.move(5, 5)
    page.wait_for_timeout(300)
    assert page.locator(".card.pointed").count() == 0 and drawings(page)["flow"] == before["flow"]
    slide_to(page, reports.sweep, reports.cluster["k"] + 1)
    page.locator("#sizes .role-mark text").first.hover(force=True)
    page.wait_for_timeout(300)
    assert page.locator(".card.pointed").count() == 0, "the cards are of another K"
    slide_to(page, reports.sweep, reports.cluster["k"])
    page.locator(".card").nth(1).hover()
    page.wait_for_timeout(300)
    assert drawings(page)["sizes"] != before["sizes"]


def test_a_screen_reader_finds_its_way(open_page, reports):
    page = open_page(reports.page)
    assert page.locator("h1").count() == 1 and page.locator("html").get_attribute("lang") == "en"
    levels = [int(tag[1]) for tag in page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map(h => h.tagName)")]
    assert all(below <= above + 1 for above, below in pairwise(levels))
    steps = page.locator("h2 .step").all_inner_texts()
    assert set(steps) == {"ingest", "preprocess", "elbow", "cluster", "analyze", "stability"}
    assert all(element.get_attribute("aria-label") for element in page.query_selector_all(".chart[role=img]"))
    for table in page.query_selector_all("table"):
        assert table.query_selector("caption").text_content()
        assert all(head.get_attribute("scope") for head in table.query_selector_all("th"))
    assert page.locator("label[for=k]").inner_text() == "Number of segments K"
    page.locator("details", has_text="These charts as tables").locator("summary").last.click()
    rows = page.locator("table", has_text="All K").locator("tbody tr")
    assert rows.count() == len(reports.elbow["card"])


def test_it_prints_on_a_few_sheets(open_page, reports):
    printed = open_page(reports.page).pdf(format="A4", print_background=True)
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 5


def test_nothing_hostile_runs_and_all_of_it_is_shown(open_page, hostile):
    page = open_page(hostile.folder / "reports/report.html")
    assert page.evaluate("[window.ran, document.images.length]") == [None, 0]
    assert page.title() == page.locator("h1").inner_text() == RUN
    text = page.locator("body").text_content()
    for name in HOSTILE:
        assert name in text, name
    assert page.locator(".card h3").first.inner_text() == f"1 {RUN}"
    segments = hostile.json("reports/segments.json")["segments"]
    assert page.locator(".card").count() == len(segments) == 3
    for k in (1, 2, 4):
        slide_to(page, hostile.json("reports/sweep.json"), k)
    assert page.faults == [] and page.evaluate("window.ran") is None


def test_the_policy_lets_no_other_script_run_and_nothing_be_fetched(open_page, reports):
    page = open_page(reports.page)
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.ran = 1";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.ran = 1'>");
        }"""
    )
    sent = (
        "async () => { try { await fetch('http://127.0.0.1:9/'); return 'sent'; } catch (error) { return 'refused'; } }"
    )
    assert page.evaluate(sent) == "refused"
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in fault for fault in page.faults)


def test_the_pages_of_dvc_plots_draw_without_a_network(ran, tmp_path, chromium):
    project = ran.copy(tmp_path / "project")
    project.dvc("plots", "diff", "HEAD")
    context = chromium.new_context(offline=True)
    page, faults, asked = context.new_page(), [], []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto((project.folder / "dvc_plots/index.html").as_uri())
    page.wait_for_timeout(1_500)
    assert faults == [] and all(url.startswith(("file:", "data:", "blob:")) for url in asked)
    assert page.locator(".vega-embed svg.marks").count() == 4
    context.close()


def test_no_name_runs_in_the_pages_of_dvc_plots(hostile, chromium):
    hostile.under_version_control().dvc("plots", "show")
    page, faults = chromium.new_context(offline=True).new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto((hostile.folder / "dvc_plots/index.html").as_uri())
    page.wait_for_selector(".vega-embed svg.marks")
    page.wait_for_timeout(1_000)
    assert page.evaluate("window.ran") is None and faults == []
    assert page.locator(".vega-embed svg.marks").count() == 4
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = 1\">')")
    page.wait_for_timeout(300)
    assert page.evaluate("window.ran") is None, "no attribute runs"
    page.context.close()
