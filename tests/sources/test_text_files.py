"""Text is copied as DuckDB reads it, whatever its encoding, and a file that is something else is told with its cure."""

import gzip

import pytest

from segmentation.pipeline.errors import InputFault
from segmentation.pipeline.source_kinds import Query
from segmentation.sources import text_files


def copied(tmp_path, content, name="a.csv", **settings):
    (tmp_path / name).write_bytes(content)
    source = Query("query", {"t": name}, "SELECT 1", **settings)
    text_files.copy(tmp_path / name, source, tmp_path / "copies/a.csv")
    return (tmp_path / "copies/a.csv").read_bytes().decode()


@pytest.mark.parametrize("encoding", ["cp1252", "iso-8859-15", "utf-16", "utf-16-le", "utf-16-be", "utf-8", "cp850"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_text_comes_over_letter_by_letter_from_every_encoding(tmp_path, encoding, end):
    text = f"id;x{end}1;ä ß{end}2;é{end}"
    assert copied(tmp_path, text.encode(encoding), encoding=encoding) == text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8", "utf-8-sig"])
def test_a_mark_of_byte_order_is_no_part_of_the_text(tmp_path, encoding):
    text = "\ufeffid;x\n" if encoding in ("utf-16-le", "utf-16-be", "utf-8") else "id;x\n"
    assert copied(tmp_path, text.encode(encoding), encoding=encoding) == "id;x\n"


def test_gzip_is_unpacked(tmp_path):
    assert copied(tmp_path, gzip.compress("ä\n".encode("cp1252")), "a.csv.gz", encoding="cp1252") == "ä\n"


@pytest.mark.parametrize("notes", ["Note\n", "Note", "Note\n\n \n"])
def test_lines_below_are_left_out_and_blank_lines_at_the_end_do_not_count(tmp_path, notes):
    assert copied(tmp_path, f"id\n1\n\n2\n{notes}".encode(), lines_below=1) == "id\n1\n\n2\n"
    assert copied(tmp_path, f"id\n1\nSum\n{notes}".encode(), lines_below=2) == "id\n1\n"


def test_runs_of_blanks_become_tabs(tmp_path):
    assert copied(tmp_path, b"  id   x\n 1\t 2  \r\n", delimiter=" ") == "id\tx\n1\t2\n"


@pytest.mark.parametrize("cell", ['"New York"', '"a ""b"" c"', '"\u00a0 "', '""', '5"', '"open', "it's"])
def test_blanks_between_quotes_belong_to_a_cell(tmp_path, cell):
    assert copied(tmp_path, f" 1   {cell}  2\n".encode(), delimiter=" ") == f"1\t{cell}\t2\n"


def test_a_copy_is_made_only_where_it_must_be():
    assert text_files.is_plain(Query("query", {}, "", encoding="UTF8"))
    for settings in ({"encoding": "cp1252"}, {"lines_below": 1}, {"delimiter": " "}):
        assert not text_files.is_plain(Query("query", {}, "", **settings))


WRONG = {
    "not UTF-16": (b"id\n1", {"encoding": "utf-16", "lines_below": 0}, "a.csv is not utf-16 .*set `source.encoding`"),
    "not ASCII": ("é\n".encode(), {"encoding": "ascii"}, "a.csv is not ascii .* save it as UTF-8, in Excel"),
    "not UTF-8": (b"id,x\n1,\xe4\n", {"lines_below": 1}, "is not UTF-8 at byte 7: .* as to cp1252"),
    "UTF-16 as UTF-8": ("idä\n".encode("utf-16"), {"lines_below": 1}, "is UTF-16: set `source.encoding` .* to utf-16,"),
    "UTF-16 without a mark": ("idä\n".encode("utf-16-be"), {"lines_below": 1}, "to utf-16-be, or save"),
    "a workbook": (
        b"PK\x03\x04\x14",
        {"encoding": "cp1252"},
        "is a spreadsheet or an archive, not text: name it .xlsx",
    ),
    "an old workbook": (b"\xd0\xcf\x11\xe0", {"encoding": "latin1"}, "is a spreadsheet or an archive"),
}


@pytest.mark.parametrize(("content", "settings", "message"), WRONG.values(), ids=WRONG)
def test_a_file_of_another_encoding_is_told_how_to_be_read(tmp_path, content, settings, message):
    with pytest.raises(InputFault, match=message):
        copied(tmp_path, content, **settings)


@pytest.mark.parametrize("content", [b"id,x\n", gzip.compress(b"id,x\n" * 1000)[:30]], ids=["text", "cut"])
def test_a_file_that_gzip_cannot_unpack_is_told(tmp_path, content):
    with pytest.raises(InputFault, match=r"a.csv.gz cannot be unpacked .*: compress it again with gzip"):
        copied(tmp_path, content, "a.csv.gz", encoding="cp1252")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id,x\r\n1,2\n3,4\r\n", r"line 2 ends in LF and line 1 in CR LF: .* `sed -i 's/\\r\$//' \S+a.csv` does"),
        (b'id,x\n1,"a\r\nb"\n3,4\r\n', "line 4 ends in CR LF and line 1 in LF"),
        (b"id,x\r1,2\n", "line 2 ends in LF and line 1 in CR: give all lines one end$"),
        (b'id,x\n1,"a\r\nb\n', "look for a quote that is left open"),
    ],
)
def test_lines_that_end_in_several_ways_are_told_by_the_first(tmp_path, content, message):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(InputFault, match=message):
        raise InputFault(text_files.mixed_ends(tmp_path / "a.csv"))


def test_the_last_rows_are_left_out_whatever_their_number():
    rows = [["a"], [], ["b"], ["c"], [], []]
    for last in range(6):
        assert list(text_files.without_last(rows, last, lambda row: not row)) == rows[: max(4 - last, 0)]
