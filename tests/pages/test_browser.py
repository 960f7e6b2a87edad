"""The report in a real browser: it shows every K whole, fits, asks for nothing, and runs only its own script."""

import re

import pytest
from names import HOSTILE, RUN

from segmentation.figures.words import format_share
from segmentation.pages.headline import headline
from segmentation.pages.verdicts import VERDICTS
from segmentation.pipeline.terminal import shown

WIDTHS = (320, 375, 768, 1280, 1920)
# What statisticians ask for stands where it is folded, and what to set stands in parentheses.
JARGON = re.compile(
    r"\b(null|jaccard|eta squared|silhouette|gap|kneedle|calinski|davies|log1p|(elbow|preprocess|cluster)\.)",
    re.IGNORECASE,
)
SETTING = re.compile(r"\((?:cluster\.k|elbow\.rule: \w+|transform: log1p(?:, or preprocess\.clip)?)\)")
BEYOND = """() => [...document.querySelectorAll("body *")].filter(element => {
  const box = element.getBoundingClientRect();
  return box.width && (box.right > innerWidth + 1 || box.left < -1) && !element.closest(".scroll, .unseen");
}).map(element => element.outerHTML.slice(0, 90))"""
CUT = """() => [...document.querySelectorAll("body *")].filter(element => {
  const style = getComputedStyle(element);
  const hides = style.overflowX !== "visible" && !element.matches(".scroll, .unseen, .part, thead, svg");
  return hides && element.clientWidth && element.scrollWidth > element.clientWidth + 1;
}).map(element => element.outerHTML.slice(0, 90))"""


def slide_to(page, sweep, k):
    ks = [at_k["k"] for at_k in sweep["ks"]]
    page.locator("#k").fill(str(ks.index(k)))


def unfold(page):
    page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")


def numbers(text):
    """The numbers in a text, without the commas of thousands."""
    return [float(number.replace(",", "")) for number in re.findall(r"-?\d[\d,]*\.?\d*(?:e[-+]\d+)?", text)]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("which", ["plain", "hostile"])
def test_the_page_fits_and_asks_for_nothing_and_says_nothing_on_the_console(open_page, reports, hostile, which, width):
    file = reports.page if which == "plain" else hostile.folder / "reports/report.html"
    page = open_page(file, width, "dark" if width % 2 else "light")
    for folded in (True, False):
        if not folded:
            unfold(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(BEYOND) == []
        assert page.evaluate(CUT) == []
    assert page.faults == [] and page.asked == [file.as_uri()]
    assert 5e4 < file.stat().st_size < 2e6


def test_the_answer_stands_on_the_first_screen(open_page, reports):
    page = open_page(reports.page)
    for segment in reports.segments["segments"]:
        row = page.locator(".view:visible .overview tbody tr", has_text=segment["name"]).first
        assert row.bounding_box()["y"] + row.bounding_box()["height"] <= 800
        for key in ("share", "value_share"):
            assert format_share(segment[key]) in row.inner_text()
    answer, verdict = page.locator(".headline:visible"), page.locator(".verdict:visible")
    assert answer.inner_text() == headline(reports.segments) and "of your customers bring" in answer.inner_text()
    assert verdict.inner_text().startswith(f"{VERDICTS[reports.elbow['verdict']].finding}. ")
    for sentence in (answer, verdict):
        assert sentence.bounding_box()["y"] + sentence.bounding_box()["height"] <= 800


def test_many_segments_take_a_line_each_in_the_overview(open_page, reports):
    page = open_page(reports.page)
    slide_to(page, reports.sweep, 7)
    rows = page.locator(".view:visible .overview tbody tr").all()
    assert len(rows) == 7 and max(row.bounding_box()["height"] for row in rows) < 30


def test_the_numbers_of_thirty_k_fit_a_narrow_phone(open_page, reports):
    page = open_page(reports.page, 320)
    spans = "".join(f"<span>{k if k % 3 == 1 else ''}</span>" for k in range(1, 31))
    page.evaluate("spans => { document.querySelector('.ks').innerHTML = spans; }", spans)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def seen_at_each_k(page, sweep):
    """The text that is seen of a page at every K."""
    for at_k in sweep["ks"]:
        slide_to(page, sweep, at_k["k"])
        yield page.locator("body").inner_text()


def test_no_jargon_is_seen_before_it_is_unfolded(open_page, reports, doubted):
    page, every_doubt = open_page(reports.page), open_page(doubted.folder / "reports/report.html")
    texts = list(seen_at_each_k(every_doubt, doubted.json("reports/sweep.json")))
    for doubt in ("elbow.rule: gap", "(cluster.k)", "on outliers", "log1p", "correlate", "not shown", "doubtful"):
        assert any(doubt in text for text in texts), doubt
    for text in [*texts, *seen_at_each_k(page, reports.sweep)]:
        assert not list(JARGON.finditer(SETTING.sub("", text)))
    unfold(page)
    assert {"Jaccard", "silhouette", "eta squared", "gap"} <= {
        word[0] for word in JARGON.finditer(page.locator("body").inner_text())
    }


def test_notes_tell_the_fewest_customers_behind_a_figure_beside_a_count_of_fewer(open_page, doubted):
    text = open_page(doubted.folder / "reports/report.html").locator("body").inner_text()
    assert "Segment 1 holds 1 customer only" in text
    assert "Counts aside, no figure on this page speaks of fewer than 10 customers." in text
    assert "each point is the average of 10 or more." in text
    assert "A median is the average of the 10 customers around it" in text


def test_every_k_is_whole_and_its_figures_are_those_of_the_steps(open_page, reports):
    page = open_page(reports.page)
    chosen, elbow = reports.cluster["k"], reports.elbow
    stability = {result["k"]: result for result in reports.stability["alternatives"]} | {chosen: reports.stability}
    unfold(page)
    for at_k in reports.sweep["ks"]:
        k, segments = at_k["k"], at_k["segments"]
        slide_to(page, reports.sweep, k)
        assert page.locator(".view:visible").count() == 1
        view = page.locator(".view:visible")
        assert page.locator("#k").get_attribute("aria-valuetext") == ("1 segment" if k == 1 else f"{k} segments")
        summary = view.locator(".verdict").inner_text()
        assert f"You see {k} segment" in summary and (f"k: {k}" in summary) == (k != chosen)
        assert (f"took {elbow['k']}" in summary) == (k != chosen)
        cards = view.locator(".card").all()
        for segment, resampled, card in zip(segments, stability[k]["segments"], cards, strict=True):
            check_card(segment, resampled, card.inner_text(), k, chosen)
        check_means(segments, view)
        moved = [sum(segment["next"]) for segment in segments]
        lanes = view.locator(".flows .lane").all()
        assert len(lanes) == sum(map(bool, moved))
        for segment, lane in zip(segments, lanes, strict=False):
            shares = [float(part.evaluate("part => part.style.flexGrow")) for part in lane.locator(".part").all()]
            assert sum(shares) == pytest.approx(1, abs=0.01)
            assert shares == pytest.approx([n / sum(segment["next"]) for n in segment["next"] if n], abs=1e-3)


def check_card(segment, resampled, text, k, chosen):
    assert segment["name"] in text and f"({segment['size']:,})" in text
    assert f"{format_share(segment['share'])} of customers" in text
    assert f"{format_share(segment['value_share'])} of spending" in text
    for bound in (condition[end] for condition in segment["definition"]["conditions"] for end in ("low", "high")):
        assert bound is None or f"{bound:,.12g}" in text
    assert ("data/export/segments.csv" in text) == (k == chosen)
    if k == 1:
        return
    assert f"Jaccard {resampled['jaccard']:.2f}" in text
    assert segment["action"] in text
    for driver in segment["drivers"]:
        assert f"{driver['difference']:+.2f}" in text


def check_means(segments, view):
    """The figures of the heat map are the means, as far as a reader sees them, and those at its boxes the medians."""
    columns = segments[0]["columns"]
    if len(segments) > 1:
        shown = [numbers(cell.inner_text())[0] for cell in view.locator(".heat td:not(:last-child)").all()]
        means = [segment["columns"][name]["mean"] for name in columns for segment in segments]
        assert sorted(shown) == pytest.approx(sorted(means), rel=0.02, abs=0.05)
    shown = [numbers(figure)[0] for figure in view.locator(".panel .figure").all_inner_texts()]
    medians = [segment["columns"][name]["median"] for name in columns for segment in segments]
    assert sorted(shown) == pytest.approx(sorted(medians), rel=0.02, abs=0.05)


def test_the_address_leads_to_a_k_and_to_a_card(open_page, reports):
    assert "You see 4 segments" in open_page(reports.page, address="#k=4").locator(".verdict:visible").inner_text()
    page = open_page(reports.page, address="#segment-6-2")
    assert page.locator("#segment-6-2").bounding_box()["y"] < 800
    page.locator("#k").focus()
    for key, k in (("ArrowRight", 7), ("Home", 1), ("End", reports.sweep["ks"][-1]["k"])):
        page.keyboard.press(key)
        assert page.url.endswith(f"#k={k}") and f"You see {k} segment" in page.locator(".verdict:visible").inner_text()
    page.goto(reports.page.as_uri() + "#k=99")
    assert page.locator(".view:visible").count() == 1


def test_back_at_the_plain_address_the_chosen_k_is_shown(open_page, reports):
    page = open_page(reports.page)
    page.evaluate("location.hash = 'k=2'")
    page.locator(".verdict", has_text="You see 2 segments").wait_for()
    page.go_back()
    page.locator(".verdict", has_text=f"You see {reports.cluster['k']} segments").wait_for()


def test_the_curve_marks_the_k_that_is_shown(open_page, reports):
    page = open_page(reports.page)
    for k in (2, 7):
        slide_to(page, reports.sweep, k)
        ring = page.locator(".points .shown:visible")
        assert ring.count() == 1 and ring.get_attribute("data-k") == str(k)


def faded(page):
    look = "marks => marks.filter(mark => mark.checkVisibility() && getComputedStyle(mark).opacity < 1).length"
    return page.locator(".mark").evaluate_all(look)


def test_a_tap_pins_a_segment_until_the_next_one_elsewhere(open_page, reports):
    page = open_page(reports.page, 375, has_touch=True)
    page.locator(".overview:visible tbody tr .phrase").nth(1).tap()
    assert page.locator("main").get_attribute("data-pinned") == "s2" and faded(page) > 20
    texts = "elements => elements.every(element => getComputedStyle(element).opacity === '1')"
    assert page.locator(".view:visible :is(td, th, p, h3, .number, .figure)").evaluate_all(texts)
    page.locator(".headline:visible").tap()
    assert page.locator("main").get_attribute("data-pinned") is None and faded(page) == 0


def test_the_bars_of_words_have_one_scale_in_all_columns(open_page, hostile):
    for width in (375, 1280):
        bars = open_page(hostile.folder / "reports/report.html", width).locator(".words .bar >> visible=true")
        assert len({round(bar.bounding_box()["width"], 1) for bar in bars.all()}) == 1 < bars.count()


def test_pointing_and_keys_highlight_a_segment(open_page, reports):
    page = open_page(reports.page)
    page.locator(".card:visible h3").nth(2).hover()
    assert page.locator("main").get_attribute("data-pinned") == "s3"
    page.mouse.move(2, 2)
    assert faded(page) == 0
    page.locator(".card:visible h3").first.click()
    page.keyboard.press("Escape")
    page.mouse.move(2, 2)
    assert faded(page) == 0
    page.locator(".card:visible summary").first.focus()
    assert page.locator("main").get_attribute("data-pinned") == "s1"


def test_without_scripts_the_chosen_k_is_whole(open_page, reports):
    page = open_page(reports.page, java_script_enabled=False)
    assert not page.locator(".slider").is_visible()
    assert page.locator(".card:visible").count() == reports.cluster["k"]
    for chart in (".overview .bar", ".strip", ".heat", ".map .dots", ".flows .part", ".plot .curve"):
        assert page.locator(f"{chart} >> visible=true").count(), chart
    page.locator(".card:visible summary").first.click()
    assert "Jaccard" in page.locator(".card:visible").first.inner_text()


def test_nothing_hostile_runs_and_all_of_it_is_shown(open_page, hostile):
    page = open_page(hostile.folder / "reports/report.html")
    assert page.evaluate("[window.ran, document.images.length]") == [None, 0]
    assert page.title() == page.locator("h1").inner_text() == RUN
    text = page.locator("body").text_content()
    for name in HOSTILE:
        assert shown(name) in text, name
    segments = hostile.json("reports/segments.json")["segments"]
    names = {heading.split(" ", 1)[1] for heading in page.locator(".card:visible h3").all_inner_texts()}
    assert RUN in names and len(names) == len(segments) == 3
    for k in (1, 2, 4):
        slide_to(page, hostile.json("reports/sweep.json"), k)
    assert page.faults == [] and page.evaluate("window.ran") is None


def test_a_figure_and_its_percent_stand_together_beside_names_from_right_to_left(open_page, hostile):
    page = open_page(hostile.folder / "reports/report.html")
    torn = page.evaluate(
        """() => {
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), torn = [];
          for (let node; (node = walker.nextNode());) for (const found of node.data.matchAll(/\\d%/g)) {
            const [digit, percent] = [0, 1].map(offset => {
              const range = document.createRange();
              range.setStart(node, found.index + offset);
              range.setEnd(node, found.index + offset + 1);
              return range.getBoundingClientRect();
            });
            const isTorn = percent.top === digit.top && Math.abs(percent.left - digit.right) > 2;
            if (digit.width && isTorn) torn.push(node.data);
          }
          return torn;
        }"""
    )
    assert torn == []


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
