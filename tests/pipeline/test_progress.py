"""How far a step is, on a terminal."""

import errno
import io
import os
import re
import time
from contextlib import redirect_stderr

import pytest
from project import terminal

from segmentation.pipeline import engine, progress
from segmentation.pipeline.terminal import Shown


def wait(seconds):
    time.sleep(seconds)
    return seconds


def seen(shown, pattern, seconds=3):
    """What matches a pattern in what the terminal was sent, as soon as it does."""
    text, deadline = "", time.monotonic() + seconds
    while time.monotonic() < deadline:
        text += shown()
        if match := re.search(pattern, text):
            return match
        time.sleep(0.01)
    raise AssertionError(f"{pattern} is not in {text!r}")


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(progress, "SILENT_SECONDS", 0)
    monkeypatch.setattr(progress, "PAUSE_SECONDS", 0.01)


def test_from_two_seconds_on_a_step_shows_parts_and_time_left_until_it_is_done():
    with terminal() as shown, engine.threads(2) as pool:
        with progress.line("cluster"):
            parts, started = engine.each(pool, wait, [0.1] * 60, doing="placing customers"), time.monotonic()
            for _ in parts:
                if text := shown():
                    break
            elapsed = time.monotonic() - started
            assert elapsed > 1.9
            pattern = r"^\r\x1b\[Kcluster, 00:02: placing customers: part (\d+) of 60, 00:0(\d) left$"
            done, seconds = map(int, re.search(pattern, text).groups())
            assert seconds == pytest.approx((60 - done) * elapsed / done, abs=1.1)
            parts.close()
        assert shown().endswith(progress.ERASE)


def test_the_line_names_the_phase_and_stays_between_phases(at_once):
    with terminal() as shown, progress.line("analyze"):
        seen(shown, r"analyze, 00:00(?!:)")
        with progress.phase("reading customers") as phase:
            seen(shown, "analyze, 00:00: reading customers(?!:)")
            phase.done = 3
            seen(shown, "reading customers: part 3(?! of)")
            with progress.phase("drawing", 4, of="figure"):
                seen(shown, "analyze, 00:00: drawing: figure 0 of 4(?!,)")
            seen(shown, "reading customers: part 3")
        seen(shown, r"\x1b\[Kanalyze, 00:00\r")


def test_the_line_is_erased_before_a_message_and_comes_back(at_once):
    with terminal() as shown, progress.line("score"):
        seen(shown, "score")
        stream = Shown(progress.sys.stderr, around=progress.printing)
        stream.write("warning: ")
        stream.flush()
        time.sleep(0.1)
        stream.write("a doubt\n")
        stream.flush()
        seen(shown, r"\r\x1b\[Kwarning: a doubt\r\n\r\x1b\[Kscore")


def test_a_line_is_no_wider_than_the_terminal_and_its_control_characters_are_shown(at_once):
    with terminal() as shown, progress.line("compare"), progress.phase("placing \x1b[31m" + "x" * 200):
        line = seen(shown, r"\r\x1b\[K(compare, 00:00: [^\r]*)\r")[1]
    assert len(line) == 99 and r"placing \x1b[31mx" in line


def test_a_terminal_that_does_not_tell_its_width_has_a_usual_one(at_once, monkeypatch):
    monkeypatch.setattr(progress.os, "get_terminal_size", lambda _: os.terminal_size((0, 0)))
    with terminal() as shown, progress.line("elbow"), progress.phase("x" * 200):
        assert len(seen(shown, r"\r\x1b\[K(elbow, 00:00: [^\r]*)\r")[1]) == 79


def test_what_takes_less_is_silent_and_so_is_all_without_a_terminal(capfd, monkeypatch):
    with engine.threads(2) as pool:
        with terminal() as shown, progress.line("elbow"):
            list(engine.each(pool, wait, [0.01] * 9, doing="quick"))
            assert not shown()
        monkeypatch.setattr(progress, "SILENT_SECONDS", 0)
        with progress.line("elbow"):
            list(engine.each(pool, wait, [0.1] * 3, doing="slow"))
    assert capfd.readouterr() == ("", "")


class Closed(io.StringIO):
    def isatty(self):
        return True

    def fileno(self):
        raise OSError(errno.EIO, "Input/output error")


def test_a_terminal_that_was_closed_stops_no_step(at_once, capfd):
    with redirect_stderr(Closed()), progress.line("ingest"):
        time.sleep(0.1)
        with progress.printing(""):
            pass
    assert capfd.readouterr() == ("", "")
