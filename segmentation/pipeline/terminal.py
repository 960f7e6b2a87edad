"""What a terminal is sent: control characters in names, cells and paths are shown, and never obeyed."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TextIO

# C0 and C1, line ends, marks and overrides of the writing direction, and bytes of a file's name that are no UTF-8.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def shown(text: object) -> str:
    r"""A text on one line, in which control characters are written as Python writes them, such as \x1b."""
    return CONTROL.sub(lambda match: match[0].encode("unicode_escape").decode(), str(text))


class Shown:
    """A stream on which control characters are shown, but for ends of lines and tabs.

    Each text is written within the context that `around` makes of it.
    """

    def __init__(self, stream: TextIO, around: Callable[[str], AbstractContextManager] = nullcontext):
        self._stream, self._around = stream, around

    def write(self, text: str) -> int:
        """Writes a text, as `shown`; returns its length."""
        with self._around(text):
            self._stream.write("".join(part if part in "\n\t" else shown(part) for part in re.split(r"([\n\t])", text)))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
