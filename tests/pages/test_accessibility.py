"""The report for everyone: with a screen reader, in any colours, in the dark, and on paper."""

import re
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe

# Of each text that is seen, the contrast of its colour to what lies behind it, where that is less than 4.5:1; of each
# shape that tells something, that of its stroke or fill, where both are less than 3:1.
CONTRASTS = """() => {
  const parse = text => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return text.startsWith("color(srgb") ? [255 * r, 255 * g, 255 * b, a] : [r, g, b, a];
  };
  const luminance = ([r, g, b]) => {
    const linear = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const [x, y, z] = [r, g, b].map(c => linear(c / 255));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const over = (top, bottom) => top.slice(0, 3).map((c, i) => top[3] * c + (1 - top[3]) * bottom[i]);
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour[3]) return colour[3] < 1 ? over(colour, behind(at.parentElement)) : colour.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const pale = [];
  const seen = element => element.checkVisibility() && element.getBoundingClientRect().width > 1;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const element = node.parentElement;
    if (!node.data.trim() || !seen(element) || element.matches("script, style, title, .unseen")) continue;
    const inSvg = element.namespaceURI.includes("svg"), style = getComputedStyle(element);
    const ground = inSvg ? parse(getComputedStyle(element.parentElement.querySelector(".disc")).fill) : behind(element);
    const found = contrast(parse(inSvg ? style.fill : style.color), ground);
    if (found < 4.5) pale.push(["text", found.toFixed(2), node.data.trim().slice(0, 40), element.className]);
  }
  for (const element of document.querySelectorAll(".mark, .curve, .without, .points circle, .disc, .part, .number")) {
    if (!seen(element)) continue;
    const style = getComputedStyle(element), ground = behind(element.parentElement);
    const svg = element.namespaceURI.includes("svg");
    const inks = svg ? [style.fill, style.stroke].filter(ink => ink !== "none") : [style.backgroundColor];
    const found = Math.max(...inks.map(parse).filter(ink => ink[3]).map(ink => contrast(ink, ground)));
    if (found < 3) pale.push(["shape", found.toFixed(2), element.getAttribute("class"), ""]);
  }
  return pale;
}"""
UNFOLD = "document.querySelectorAll('details').forEach(details => { details.open = true; })"
SEEN_ON_PAPER = """() => [...document.querySelectorAll("main :is(td, th, p, li, svg, .part)")].filter(element => {
  const box = element.getBoundingClientRect();
  return box.width && (box.right > innerWidth + 1 || box.left < -1);
}).map(element => element.outerHTML.slice(0, 90))"""
A4 = 794  # pixels across
VIOLATIONS = {"resultTypes": ["violations"]}
# Only colours differ in the dark scheme.
RULES = {"light": VIOLATIONS, "dark": {**VIOLATIONS, "runOnly": ["color-contrast", "link-in-text-block"]}}


@pytest.mark.parametrize(("width", "scheme"), [(375, "light"), (1280, "light"), (1280, "dark")])
@pytest.mark.parametrize("which", ["plain", "hostile"])
def test_axe_finds_nothing_serious(open_page, reports, hostile, which, width, scheme):
    file = reports.page if which == "plain" else hostile.folder / "reports/report.html"
    page = open_page(file, width, scheme)
    for address in ("", "#k=4") if which == "plain" else ("",):
        page.goto(file.as_uri() + address)
        page.evaluate(UNFOLD)
        found = Axe().run(page, options=RULES[scheme]).response["violations"]
        serious = [(rule["id"], rule["nodes"][0]["html"][:120]) for rule in found if rule["impact"] != "minor"]
        assert serious == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_and_shapes_stand_out_from_what_lies_behind_them(open_page, reports, scheme):
    page = open_page(reports.page, scheme=scheme)
    for at_k in reports.sweep["ks"]:
        page.locator("#k").fill(str(reports.sweep["ks"].index(at_k)))
        page.evaluate(UNFOLD)
        assert page.evaluate(CONTRASTS) == [], at_k["k"]


def test_colours_that_a_system_forces_leave_those_of_the_segments(open_page, reports):
    page = open_page(reports.page, forced_colors="active")
    plain = open_page(reports.page)
    for mark, colour in ((".number", "backgroundColor"), (".mark", "fill"), (".card", "borderLeftColor")):
        look = f"element => getComputedStyle(element).{colour}"
        forced, usual = (each.locator(f"{mark} >> visible=true").first.evaluate(look) for each in (page, plain))
        assert forced == usual, mark


def test_a_screen_reader_finds_its_way(open_page, reports):
    page = open_page(reports.page)
    assert page.locator("h1").count() == 1 and page.locator("html").get_attribute("lang") == "en"
    page.evaluate(UNFOLD)
    levels = "all => all.filter(h => h.checkVisibility()).map(h => Number(h.tagName[1]))"
    for above, below in pairwise(page.locator("h1, h2, h3").evaluate_all(levels)):
        assert below <= above + 1
    for table in page.locator("table >> visible=true").all():
        assert table.locator("caption").text_content()
        assert all(table.locator("th").evaluate_all("heads => heads.map(head => head.scope)"))
    assert page.locator("label[for=k]").inner_text() == "Number of segments"
    ids = page.locator("[id]").evaluate_all("elements => elements.map(element => element.id)")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("which", ["plain", "hostile"])
def test_nothing_is_cut_on_paper_and_the_first_sheet_is_a_summary(open_page, reports, hostile, which):
    file = reports.page if which == "plain" else hostile.folder / "reports/report.html"
    page = open_page(file, A4)
    page.emulate_media(media="print")
    assert page.evaluate(SEEN_ON_PAPER) == []
    assert page.locator("details td >> visible=true").count() == 0, "what is folded on a screen is folded on paper"
    summary, segments = page.locator(".summary >> visible=true"), page.locator(".overview >> visible=true")
    assert summary.evaluate("element => getComputedStyle(element).breakAfter") == "page"
    assert segments.locator("tbody tr").count() == page.locator(".card >> visible=true").count()
    page.emulate_media(media="screen")
    if which == "plain":
        assert 3 <= len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))) <= 5
