"""How pages are put together: what is escaped, which scripts may run, and how names and shares are spelt."""

import base64
import hashlib
import re

import vl_convert

from segmentation.pages import page


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
