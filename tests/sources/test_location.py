"""A row is told by the file and line at which a person finds it, whatever stands above, between and inside rows."""

import pytest

from segmentation.pipeline.source_kinds import Column, Query
from segmentation.sources import files, location

TEXTS = {
    "plain": ("id,x\n1,a\n2,b\n", {}, [2, 3]),
    "CR LF": ("id,x\r\n1,a\r\n2,b\r\n", {}, [2, 3]),
    "a mark of byte order": ("\ufeffid,x\n1,a\n2,b\n", {}, [2, 3]),
    "a line break in a cell": ('id,x\n1,"a\nb"\n2,b\n3,c\n', {}, [2, 4, 5]),
    "a line break in the header": ('id,"x\ny"\n1,a\n2,b\n', {}, [3, 4]),
    "blank lines": ("id,x\n\n1,a\n\n\n2,b\n", {}, [3, 6]),
    "blank lines of one column": ("id\n1\n\n2\n", {}, [2, 3, 4]),
    "title lines": ("Report\n\nid,x\n1,a\n2,b\n", {"lines_above": 2}, [4, 5]),
    "sep=": ("sep=;\nid;x\n1;a\n2;b\n", {}, [3, 4]),
    "sep= and a title": ("sep=;\nReport\nid;x\n1;a\n2;b\n", {"lines_above": 1}, [4, 5]),
    "another delimiter": ('id;x\n1;"a\n;b"\n2;b\n', {"delimiter": ";"}, [2, 4]),
    "runs of blanks": ("id  x\n1 a\n 2\t b\n", {"delimiter": " "}, [2, 3]),
    "another encoding": ("id,x\n1,\u20ac\n2,b\n", {"encoding": "cp1252"}, [2, 3]),
}


def places(tmp_path, pattern, rows, **settings):
    source = Query("query", {"t": str(tmp_path / pattern)}, "SELECT * FROM t", **settings)
    entry = files.with_copies(files.find(source.files["t"]), source, tmp_path / "copies")
    return [location.of_row(entry, source, row).replace(f"{tmp_path}/", "") for row in range(rows)]


@pytest.mark.parametrize(("text", "settings", "lines"), TEXTS.values(), ids=TEXTS)
def test_a_row_is_told_by_its_line(tmp_path, text, settings, lines):
    (tmp_path / "a.csv").write_bytes(text.encode(settings.get("encoding", "utf-8")))
    assert places(tmp_path, "a.csv", len(lines), **settings) == [f"a.csv line {line}" for line in lines]


def test_rows_run_on_over_the_files_of_a_glob(tmp_path):
    (tmp_path / "a.csv").write_text("id\n1\n2\n")
    (tmp_path / "b.csv").write_text("id\n3\n")
    assert places(tmp_path, "*.csv", 3) == ["a.csv line 2", "a.csv line 3", "b.csv line 2"]


def test_lines_of_text_without_columns_are_rows(tmp_path):
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    assert places(tmp_path, "a.txt", 2) == ["a.txt line 1", "a.txt line 2"]
    other = {"other": {"x": Column("text")}}
    assert places(tmp_path, "a.txt", 1, columns=other) == ["a.txt line 1"]
    assert places(tmp_path, "a.txt", 1, columns={"t": {"one": Column("text")}}) == ["a.txt line 2"]


def test_a_cell_that_is_too_long_for_a_reader_leaves_the_number_of_the_row(tmp_path):
    (tmp_path / "a.csv").write_text(f"id,x\n1,{'a' * 200_000}\n2,b\n")
    assert places(tmp_path, "a.csv", 2)[1] == "a.csv data row 2"


def test_rows_of_other_formats_are_counted(tmp_path):
    (tmp_path / "a.json").write_text('{"id": 1}\n{"id": 2}\n')
    assert places(tmp_path, "a.json", 2) == ["a.json data row 1", "a.json data row 2"]
