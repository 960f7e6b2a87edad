"""How pages are put together: which scripts may run, and the colours of segments."""

import base64
import hashlib
import re

import pytest

from segmentation.figures import palette
from segmentation.pages import page
from segmentation.pages.dependability import DEPENDABLE


def test_the_policy_allows_each_script_by_its_hash_and_no_connection():
    digest = base64.b64encode(hashlib.sha256(b"one()").digest()).decode()
    policy = page.policy(["one()", "two()"])
    assert f"'sha256-{digest}'" in policy and policy.count("sha256-") == 2
    assert policy.startswith("default-src 'none'") and "unsafe-eval" not in policy and "connect-src" not in policy


def test_scripts_hold_nothing_that_would_end_them():
    text = (page.FOLDER / "page.js").read_text()
    assert not re.search(r"</script|<!--", text, re.IGNORECASE)


def test_each_segment_has_its_colours_in_light_and_dark_and_the_others_fade_beside_it():
    light, _, rest = page.segment_styles().partition("@media screen and (prefers-color-scheme: dark) {")
    dark, _, fading = rest.partition("\n}\n")
    for number in (1, 20):
        for rules, colour in ((light, palette.colour(number)), (dark, palette.dark_colour(number))):
            ink = palette.readable_on(colour)
            assert f".s{number}{{--segment:{colour};--on-segment:{ink}}}" in rules
        assert f'[data-pinned="s{number}"] .mark:not(.s{number},' in fading
    assert [page.colour_class(number) for number in (1, 20, 21, 45)] == ["s1", "s20", "s1", "s5"]


def classes_of(template):
    """The words that a template puts into class attributes, itself or by a macro that it calls."""
    text = (page.FOLDER / template).read_text()
    attributes = re.findall(r'class="((?:\{\{.*?\}\}|\{%.*?%\}|[^"{])*)"', text)
    written = " ".join(re.sub(r"\{[{%].*?[%}]\}", " ", attribute) for attribute in attributes)
    computed = [
        word
        for attribute in attributes
        for code in re.findall(r"\{\{(.*?)\}\}", attribute)
        for word in re.findall(r"[\"'](.*?)[\"']", code)
    ]
    kinds = re.findall(r'(?:bar|sparkline)\(.*?, "(\w+)"\)', text)
    return {*written.split(), *" ".join(computed).split(), *kinds}


@pytest.mark.parametrize(
    ("sheet", "templates"),
    [
        ("page.css", ["page.html", "report.html", "view.html", "charts.html", "tables.html", "compare.html"]),
        ("compare.css", ["compare.html"]),
    ],
)
def test_style_rules_name_only_classes_that_the_templates_have(sheet, templates):
    css = re.sub(r"/\*.*?\*/", "", (page.FOLDER / sheet).read_text())
    styled = set(re.findall(r"\.([a-z][\w-]*)(?=[^;{}]*\{)", css))
    chips = {told.replace(" ", "-") for told in DEPENDABLE.values()}
    assert styled - set().union(*map(classes_of, templates), chips) == set()


def test_templates_use_what_they_import_and_repeat_no_sentence_of_python():
    code = "".join(file.read_text() for file in page.FOLDER.parent.glob("*.py"))
    for file in page.FOLDER.glob("*.html"):
        imports = re.compile(r"{% from \S+ import (.+?) %}")
        text = file.read_text()
        assert all(f" {name}" in text for name in re.findall(r"\[(data-[\w-]+)\]", text)), file.name
        for name in filter(None, ", ".join(imports.findall(text)).split(", ")):
            assert re.search(rf"\b{name}\b\(", text), (file.name, name)
        assert not [sentence for sentence in re.findall(r">([A-Z][^<>{}]+\.)<", text) if f'"{sentence}"' in code]
