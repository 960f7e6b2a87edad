"""A table for spreadsheets holds no cell that is run, and all else as it was."""

import csv

import pyarrow as pa
import pytest

from segmentation.activation import spreadsheet


@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe_and_nothing_else_changes(delimiter, tmp_path):
    runs = ["=1+1", "+1", "-2", "@SUM(A1)", "\tx", "\rx"]
    stays = ["", "fine", "a=b", "' =1", 'a "quote", and a comma', "two\nlines", "Köln 北京"]
    table = pa.table({"-name": [*runs, *stays], "-amount": [-1.5] * 13, "count": [-1, None] + [7] * 11})
    path = tmp_path / "table.csv"
    spreadsheet.write(path, [table[:4], table[4:]], table.schema, delimiter)
    with path.open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file, delimiter=delimiter)
    assert header == ["-name", "-amount", "count"]
    assert [row[0] for row in rows] == [*(f"'{text}" for text in runs), *stays]
    assert {row[1] for row in rows} == {"-1.5"} and [row[2] for row in rows] == ["-1", "", *["7"] * 11]
