"""How pages are put together: which scripts may run, and the colours of segments."""

import base64
import hashlib
import re

from segmentation.figures import palette
from segmentation.pages import page


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


def test_style_rules_name_only_what_the_templates_have():
    css = (page.FOLDER / "page.css").read_text()
    templates = "".join(file.read_text() for file in page.FOLDER.glob("*.html"))
    words = set(re.findall(r"[\w-]+", templates)) | {
        "mostly-dependable",
        "not-dependable",
        "dependability-unknown",
        "doubtful",
    }
    classes = set(re.findall(r"\.([a-z][\w-]*)(?=[^;{}]*\{)", re.sub(r"/\*.*?\*/", "", css)))
    assert classes <= words
