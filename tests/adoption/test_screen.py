"""The table of columns on the screen."""

import pytest
from adoption.planted import surveyed

from segmentation.adoption import screen
from segmentation.adoption.plan import Decision


def shown(capsys, columns, use="left out", why="it is so"):
    screen.show([Decision(column, use, why) for column in surveyed(columns).values()])
    return capsys.readouterr().out


def test_each_column_has_a_line_with_its_kind_example_gaps_and_use(capsys):
    out = shown(capsys, {"Ort": ["Ulm", "", "Bonn"], "Umsatz": ["1.234,50", "2,25", "3,00"]})
    heading, rule, *lines = out.rstrip("\n").splitlines()
    assert heading.split() == ["column", "kind", "example", "missing", "distinct", "use,", "and", "why"]
    assert [line.split(maxsplit=5) for line in lines] == [
        ["Ort", "words", "Ulm", "1", "2", "left out: it is so"],
        ["Umsatz", "number", "1.234,50", "0", "3", "left out: it is so"],
    ] and set(rule) == {"─"}


@pytest.mark.parametrize("width, used", [(40, 80), (100, 100), (300, 120)])
def test_lines_fit_the_terminal_and_reasons_are_never_cut(capsys, monkeypatch, width, used):
    monkeypatch.setenv("COLUMNS", str(width))
    why = " ".join(f"reason{n}" for n in range(40))
    out = shown(capsys, {"a very long name of a column " * 5: ["a very long cell " * 9, "b"]}, why=why)
    assert max(map(len, out.splitlines())) <= used
    assert [word for word in why.split() if word not in out] == []


@pytest.mark.parametrize("text", ["[red]x[/red]", "\x1b[31mx", "a\nb", "a\tb", "{0}", "\u202ex", ":smile:"])
def test_names_and_cells_command_no_terminal(capsys, text):
    out = shown(capsys, {text: [text, "b"]})
    assert not {"\x1b", "\u202e"} & set(out) and len(out.splitlines()) == 3
    assert "[red]x" in out or text != "[red]x[/red]"
