"""The fonts of the figures: which ones are used, and which one is missing for a script."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

FIRST = "DejaVu Sans"  # comes with Matplotlib


class Script(NamedTuple):
    """A script of which the first font lacks all letters or, as of Arabic and Hebrew, the rarer ones."""

    names: tuple[str, ...]  # words that the Unicode names of its letters begin with
    fonts: tuple[str, ...]  # that have it, the one to install first
    package: str  # of Debian


SCRIPTS = (
    Script(
        ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "FULLWIDTH", "IDEOGRAPHIC"),
        (
            *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Zen Hei"),
            *("Droid Sans Fallback", "PingFang SC", "Hiragino Sans", "Microsoft YaHei", "Arial Unicode MS"),
        ),
        "fonts-noto-cjk",
    ),
    Script(("DEVANAGARI",), ("Noto Sans Devanagari", "Nirmala UI", "Arial Unicode MS"), "fonts-noto-core"),
    Script(("BENGALI",), ("Noto Sans Bengali", "Nirmala UI"), "fonts-noto-core"),
    Script(("TAMIL",), ("Noto Sans Tamil", "Nirmala UI"), "fonts-noto-core"),
    Script(("THAI",), ("Noto Sans Thai", "Leelawadee UI", "Arial Unicode MS"), "fonts-noto-core"),
    Script(("HEBREW",), ("Noto Sans Hebrew", "Arial Unicode MS"), "fonts-noto-core"),
    Script(("ARABIC",), ("Noto Sans Arabic", "Arial Unicode MS"), "fonts-noto-core"),
)


@cache
def families() -> list[str]:
    """The first font, then those that are installed for other scripts: a letter is taken from the first that has it."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    listed = {font.fname for font in manager.ttflist}  # perhaps in an earlier run, before others were installed
    for file in sorted(set(font_manager.findSystemFonts()) - listed):
        manager.addfont(file)
    installed = {font.name for font in manager.ttflist}
    return [FIRST, *dict.fromkeys(font for script in SCRIPTS for font in script.fonts if font in installed)]


def lacking(texts: Iterable[str]) -> str:
    """What to install so that the figures show these texts, as a sentence; "" where no letter is missing."""
    letters = {letter for text in texts for letter in text if letter.isprintable() and not letter.isspace()}
    missing = letters - _letters(FIRST)
    if not missing or not (missing := sorted(missing.difference(*map(_letters, families()[1:])))):
        return ""
    name = unicodedata.name(missing[0], "")
    script = next((script for script in SCRIPTS if name.startswith(script.names)), None)
    cure = f"install {script.fonts[0]} (Debian: {script.package})" if script else "install a font that has it"
    return f"no font here has the letter '{missing[0]}', so figures show a box for it: {cure}"


@cache
def _letters(font: str) -> set[str]:
    """The letters that an installed font has."""
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font

    return set(map(chr, FT2Font(font_manager.findfont(font, fallback_to_default=False)).get_charmap()))
