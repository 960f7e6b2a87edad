"""What is sent to a terminal holds no control character."""

import io

import pytest

from segmentation.pipeline.terminal import Shown, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ag\x1b[31me", r"ag\x1b[31me"),
        ("\x07\x08\x7f\x00", r"\x07\x08\x7f\x00"),
        ("a\rb\nc\td", r"a\rb\nc\td"),
        ("\x9b31m\x85", r"\x9b31m\x85"),
        ("\u202egpj.exe\u2066\u2069\u200f", r"\u202egpj.exe\u2066\u2069\u200f"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("caf\udce9.csv", r"caf\udce9.csv"),
        ("Köln 北京 é ← \u200d", "Köln 北京 é ← \u200d"),
        (7, "7"),
    ],
)
def test_control_characters_are_shown(text, expected):
    assert shown(text) == expected


def test_a_stream_shows_them_and_keeps_lines_and_tabs():
    stream = io.StringIO()
    print("one\x1b[2J\ttwo\nthree\u202e", file=Shown(stream), flush=True)
    assert stream.getvalue() == "one\\x1b[2J\ttwo\nthree\\u202e\n"
    assert not Shown(stream).isatty()
