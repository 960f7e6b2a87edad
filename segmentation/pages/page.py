"""Pages: one HTML file each that needs nothing else, asks nothing of a network, and runs only its own scripts."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from segmentation.figures.words import format_share

FOLDER = Path(__file__).parent / "templates"
SCRIPTS = ("vega.js", "page.js")  # the first is Vega, Vega-Lite and Vega-Embed as vl-convert bundles them


def render(template: str, content: Mapping[str, Any], scripts: Sequence[str] = SCRIPTS) -> str:
    """Fills a template of `templates/`, with the style and the `scripts` there.

    Everything in `content` is escaped. The page's Content-Security-Policy allows the scripts by their hashes, and no
    connection.
    """
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = format_share
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "allow_nan": False}  # browsers know no NaN
    codes = [(FOLDER / name).read_text(encoding="utf-8") for name in scripts]
    return environment.get_template(template).render(
        **content,
        policy=Markup(policy(codes)),
        style=Markup((FOLDER / "page.css").read_text(encoding="utf-8")),
        scripts=[Markup(code) for code in codes],
    )


def policy(scripts: Sequence[str]) -> str:
    """A Content-Security-Policy under which these scripts run inline, and no others."""
    digests = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in scripts]
    sources = " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
    return (
        f"default-src 'none'; script-src {sources}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
