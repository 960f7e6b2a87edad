"""A table for spreadsheets holds no cell that is run, and all else as it was."""

import csv

import pandas as pd
import pyarrow as pa
import pytest

from segmentation.pipeline import spreadsheet
from segmentation.pipeline.terminal import shown

RUN = [
    "=1+1", "+1", "-2", "@SUM(A1)", " =1+1", "\u00a0@x", "\u3000-1", "\ufeff=1", "\u200b=1", "\uff1d1+1", " \uff20x",
    "\uff0b1", "\uff0d1", "\ufe661", '=HYPERLINK("http://e")', "=cmd|' /C calc'!A0",
]  # fmt: skip
RUN_BEHIND_CONTROL = ["\tx", "\rx", "\n=1+1", "\r\n +1", "\x1b=1"]
STAYS = ["", "fine", "a=b", "' =1", 'a "quote", -a comma', "a; b", "Köln 北京", "1-2", "x@y.org", "<5 a year"]


def read(path, delimiter=","):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file, delimiter=delimiter))


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe_and_nothing_else_changes(delimiter, tmp_path):
    within = {"a;=1": "a;'=1", "a\t+1": "a\t'+1", "two\n=lines": "two\n'=lines", "=1;-2;3": "'=1;'-2;3"}
    runs, stays = RUN + RUN_BEHIND_CONTROL, [*STAYS, "two\nlines"]
    cells = [*runs, *within, *stays]
    table = pa.table({"=1": cells, "-amount": [-1.5] * len(cells), "count": [-1, None] + [7] * (len(cells) - 2)})
    path = tmp_path / "table.csv"
    spreadsheet.write(path, [table[:4], table[4:]], table.schema, delimiter)
    header, *rows = read(path, delimiter)
    assert header == ["'=1", "'-amount", "count"]
    assert [row[0] for row in rows] == [*(f"'{text}" for text in runs), *within.values(), *stays]
    assert {row[1] for row in rows} == {"-1.5"} and [row[2] for row in rows][:3] == ["-1", "", "7"]


def test_texts_that_a_dictionary_encodes_are_guarded_and_written_plain(tmp_path):
    encoded = pa.chunked_array([["=1", None], ["fine", "=1"]]).dictionary_encode()
    table = pa.table({"name": encoded})
    spreadsheet.write(tmp_path / "table.csv", [table[:3], table[3:]], table.schema)
    assert read(tmp_path / "table.csv") == [["name"], ["'=1"], [], ["fine"], ["'=1"]]


def test_a_report_is_guarded_too_shows_control_characters_and_has_floats_of_nine_digits(tmp_path):
    control = [*RUN_BEHIND_CONTROL, "two\nlines"]
    table = pd.DataFrame({"@\nname": [*RUN, *STAYS, *control], "share": -1 / 3, "k": 4}).assign(none=None)
    spreadsheet.write_report(tmp_path / "table.csv", table)
    header, *rows = read(tmp_path / "table.csv")
    assert header == [r"'@\nname", "share", "k", "none"]
    assert [row[0] for row in rows] == [*(f"'{text}" for text in RUN), *STAYS, *map(shown, control)]
    assert {tuple(row[1:]) for row in rows} == {("-0.333333333", "4", "")}


@pytest.mark.parametrize("text", ["</script><svg onload=alert(1)>", "<!--<script>", "a<IMG src=x>", "<?xml"])
def test_no_cell_of_a_report_begins_a_tag(text, tmp_path):
    spreadsheet.write_report(tmp_path / "table.csv", pd.DataFrame({text: [text]}))
    written = (tmp_path / "table.csv").read_text(encoding="utf-8")
    assert "<" not in written and "\u2039" in written
