"""How far a step is: one line on a terminal's stderr, from two seconds after the start of the step to its end."""

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from segmentation.pipeline.terminal import shown

SILENT_SECONDS = 2  # before a step shows its progress
PAUSE_SECONDS = 0.1  # between two looks at what the step is doing
COLUMNS = 80  # of a terminal that does not tell
ERASE = "\r\x1b[K"


@dataclass(eq=False)
class Phase:
    """What a step is doing, how much of it is done and, where a total is known, how long the rest takes."""

    doing: str
    total: int | None = None
    of: str = "part"  # what is counted
    done: int = 0
    since: float = field(default_factory=time.monotonic)

    def __str__(self) -> str:
        if self.total is None:
            return f"{self.doing}: {self.of} {self.done}" if self.done else self.doing
        counted = f"{self.doing}: {self.of} {self.done} of {self.total}"
        if not self.done:
            return counted
        left = (time.monotonic() - self.since) / self.done * (self.total - self.done)
        return f"{counted}, {_clock(left)} left"


_phases: list[Phase] = []  # the last one is shown
_lock = threading.Lock()
_visible = threading.Event()
_is_free = threading.Event()  # whether what was printed last ended its line


@contextmanager
def phase(doing: str, total: int | None = None, of: str = "part") -> Iterator[Phase]:
    """Names what the step does in the block, for the line that `line` shows; see Phase."""
    current = Phase(doing, total, of)
    _phases.append(current)
    try:
        yield current
    finally:
        _phases.remove(current)


@contextmanager
def line(step: str) -> Iterator[None]:
    """Shows on a terminal how long a step has been running in the block, and its phase."""
    if not (sys.stderr and sys.stderr.isatty()) or os.environ.get("TERM") == "dumb":  # which cannot erase a line
        yield
        return
    ended = threading.Event()
    _is_free.set()
    thread = threading.Thread(target=_show, args=[step, ended], daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        _erase()


@contextmanager
def printing(text: str) -> Iterator[None]:
    """Takes the line away while a text is printed; it comes back when a text has ended its own line."""
    with _lock:
        _erase()
        _is_free.clear()
        yield
        if text.endswith("\n"):
            _is_free.set()


def _erase() -> None:
    if _visible.is_set():
        _visible.clear()
        _write("")


def _show(step: str, ended: threading.Event) -> None:
    start, pause = time.monotonic(), SILENT_SECONDS
    while not ended.wait(pause):
        pause = PAUSE_SECONDS
        running = f"{step}, {_clock(time.monotonic() - start)}"
        text = shown(": ".join([running, *map(str, _phases[-1:])]))
        with _lock:
            if _is_free.is_set():
                _visible.set()
                _write(text)


def _write(text: str) -> None:
    """Replaces the line, or no longer shows one where the terminal was closed."""
    with suppress(OSError):
        columns = os.get_terminal_size(sys.stderr.fileno()).columns or COLUMNS
        sys.stderr.write(ERASE + text[: columns - 1])
        sys.stderr.flush()


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes:02}:{seconds:02}"
