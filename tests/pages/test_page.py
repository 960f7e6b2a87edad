"""How pages are put together: what is escaped, which scripts may run, and how names and shares are spelt."""

import base64
import hashlib
import re

import pytest
import vl_convert

from segmentation.figures import words
from segmentation.pages import page


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "-"), (0, "0%"), (1e-9, "under 1%"), (0.0049, "under 1%"), (0.006, "1%"), (0.014, "1%"),
        (0.94, "94%"), (0.9949, "99%"), (0.995, "over 99%"), (1 - 1e-9, "over 99%"), (1, "100%"),
    ],
)  # fmt: skip
def test_what_is_not_quite_nothing_or_everything_is_not_called_so(share, text):
    assert words.percent(share) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (float("nan"), "-"), (26.0, "26"), (1234.0, "1,234"), (43.45, "43.5"), (-3.0, "-3")],
)
def test_whole_values_have_no_decimals(value, text):
    assert words.exact(value) == text


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        ("purchase_frequency", "purchase frequency"),
        ("_hidden_", "_hidden_"),
        ("a.b", "a.b"),
        ("a__b", "a__b"),
        ("", ""),
    ],
)
def test_a_name_is_spelt_as_words(name, spelt):
    assert words.spelt(name) == spelt


def test_the_policy_allows_each_script_by_its_hash_and_no_connection():
    digest = base64.b64encode(hashlib.sha256(b"one()").digest()).decode()
    policy = page.policy(["one()", "two()"])
    assert f"'sha256-{digest}'" in policy and policy.count("sha256-") == 2
    assert policy.startswith("default-src 'none'") and "unsafe-eval" not in policy and "connect-src" not in policy


def test_scripts_hold_nothing_that_would_end_them():
    for name in page.SCRIPTS:
        text = (page.FOLDER / name).read_text()
        assert not re.search(r"</script|<!--", text, re.IGNORECASE), name


def test_vega_is_what_the_locked_version_of_vl_convert_bundles():
    head, _, bundle = (page.FOLDER / "vega.js").read_text().partition("ISC.\n")
    assert f"Vega {vl_convert.get_vega_version()}, Vega-Lite 6.4," in head
    assert bundle == vl_convert.javascript_bundle(vl_version="6.4"), "write it again, below its head of two lines"
