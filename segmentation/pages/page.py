"""Pages: one HTML file each that needs nothing else, asks nothing of a network, and runs only its own scripts."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from segmentation.figures import palette
from segmentation.figures.words import format_share

FOLDER = Path(__file__).parent / "templates"


def render(
    template: str,
    content: Mapping[str, Any],
    scripts: Sequence[str] = ("page.js",),
    styles: Sequence[str] = ("page.css",),
) -> str:
    """Fills a template of `templates/`, with the `styles` and `scripts` there, and with the colours of the segments.

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
    environment.filters["slot"] = colour_class
    codes = [(FOLDER / name).read_text(encoding="utf-8") for name in scripts]
    sheets = [(FOLDER / name).read_text(encoding="utf-8") for name in styles]
    return environment.get_template(template).render(
        **content,
        policy=Markup(policy(codes)),
        style=Markup("".join([*sheets, segment_styles()])),
        scripts=[Markup(code) for code in codes],
    )


def colour_class(number: int) -> str:
    """The class of an element that has the colour of the segment of this number."""
    return f"s{(number - 1) % len(palette.PALETTE) + 1}"


@cache
def segment_styles() -> str:
    """The style rules that give the class of each segment its colours, and that fade the others beside a pinned one."""
    schemes = [[], []]
    pinned = []
    for number in range(1, len(palette.PALETTE) + 1):
        name = colour_class(number)
        for rules, colour in zip(schemes, (palette.colour, palette.dark_colour), strict=True):
            background = colour(number)
            ink = palette.readable_on(background)
            rules.append(f".{name}{{--segment:{background};--on-segment:{ink}}}")
        pinned.append(f'[data-pinned="{name}"] .mark:not(.{name},.{name} *){{opacity:.3}}')
        pinned.append(f'[data-pinned="{name}"] .{name}:is(tr,td,th,.card,.lane){{outline:2px solid var(--segment)}}')
    light, dark = ("\n".join(rules) for rules in schemes)
    fading = "\n".join(pinned)
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}\n{fading}\n"


def policy(scripts: Sequence[str]) -> str:
    """A Content-Security-Policy under which these scripts run inline, and no others."""
    digests = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in scripts]
    sources = " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
    return (
        f"default-src 'none'; script-src {sources}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
