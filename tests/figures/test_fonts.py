"""The fonts of the figures, and what is said of a letter that none of them has."""

import pytest

from segmentation.figures import fonts


@pytest.fixture
def only_the_first(monkeypatch):
    """A machine on which no font but Matplotlib's own is installed."""
    monkeypatch.setattr("matplotlib.font_manager.findSystemFonts", lambda: [])
    monkeypatch.setattr(fonts, "families", lambda: [fonts.FIRST])


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("売上高", "install Noto Sans CJK SC (Debian: fonts-noto-cjk)"),
        ("ひらがな", "install Noto Sans CJK SC (Debian: fonts-noto-cjk)"),
        ("매출", "install Noto Sans CJK SC (Debian: fonts-noto-cjk)"),
        ("ٱ", "install Noto Sans Arabic (Debian: fonts-noto-core)"),
        ("\u0591", "install Noto Sans Hebrew (Debian: fonts-noto-core)"),
        ("ยอดขาย", "install Noto Sans Thai (Debian: fonts-noto-core)"),
        ("बिक्री", "install Noto Sans Devanagari (Debian: fonts-noto-core)"),
        ("\U0001f6d2", "install a font that has it"),
    ],
)
def test_a_letter_that_no_font_has_is_told_with_the_font_to_install(only_the_first, text, cure):
    message = fonts.lacking(["spending", text])
    assert message.startswith("no font here has the letter '") and message.endswith(cure)
    assert min(set(text)) in message


@pytest.mark.parametrize("text", ["spending €", "Größe", "Выручка", "الإنفاق", "הזמנות", "", "tab\there\n", "\x1b[31m"])
def test_nothing_is_lacking_for_letters_that_the_first_font_has(only_the_first, text):
    assert fonts.lacking([text]) == ""


def test_the_first_font_comes_first_and_each_other_once():
    families = fonts.families()
    assert families[0] == fonts.FIRST and len(families) == len(set(families))
