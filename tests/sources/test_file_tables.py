"""The files of an entry as one table: delimiters, headers, title lines, compression, folders, several files."""

import gzip

import duckdb
import pytest

from segmentation.pipeline.errors import InputFault
from segmentation.pipeline.source_kinds import Column, Query
from segmentation.sources import file_tables, files


def rows(tmp_path, pattern, header=False, **settings):
    source = Query("query", {"t": str(tmp_path / pattern)}, "SELECT * FROM t", **settings)
    entry = files.with_copies(files.find(source.files["t"]), source, tmp_path / "copies")
    with duckdb.connect() as connection:
        table = connection.sql(file_tables.select(connection, entry, source, "t"))
        return (table.columns, *table.fetchall()) if header else table.fetchall()


EXPECTED = [("007", "ä"), ("8", None)]
TEXTS = {
    "commas": ("id,x\n007,ä\n8,\n", {}),
    "semicolons": ("id;x\n007;ä\n8;\n", {"delimiter": ";"}),
    "blanks": ("id  x\n 007\t ä \n8 ''\n", {"delimiter": " "}),
    "cp1252": ("id,x\n007,ä\n8,\n", {"encoding": "cp1252"}),
    "UTF-16": ("id\tx\n007\tä\n8\t\n", {"delimiter": "\t", "encoding": "utf-16"}),
    "UTF-16 without a mark": ("id,x\n007,ä\n8,\n", {"encoding": "utf-16-be"}),
    "a line of Excel": ("sep=|\nid|x\n007|ä\n8|\n", {}),
    "a line of Excel in UTF-16": ("sep=|\r\nid|x\r\n007|ä\r\n8|\r\n", {"encoding": "utf-16"}),
    "a title": ("Report of 2024, ä\n\nid,x\n007,ä\n8,\n", {"lines_above": 2}),
    "a title below Excel's line": ("sep=;\nReport\nid;x\n007;ä\n8;\n", {"lines_above": 1}),
    "notes": ("id,x\n007,ä\n8,\nSum of all\n\n", {"lines_below": 1}),
    "quotes": ('"id","x"\n"007","ä"\n"8",\n', {}),
    "CR alone": ("id,x\r007,ä\r8,\r", {}),
}


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "x [1].csv"])
@pytest.mark.parametrize(("text", "settings"), TEXTS.values(), ids=TEXTS)
def test_a_table_of_text_is_read_as_it_is_described(tmp_path, text, settings, name):
    content = text.replace("''", '""').encode(settings.get("encoding", "utf-8"))
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    found = rows(tmp_path, name, **settings)
    assert [(id, x or None) for id, x in found] == [(id, x if x != '""' else None) for id, x in EXPECTED]


def test_a_declared_table_may_be_called_txt(tmp_path):
    (tmp_path / "a.txt").write_text("id;x\n1;2\n")
    assert rows(tmp_path, "a.txt") == [("id;x",), ("1;2",)]
    assert rows(tmp_path, "a.txt", delimiter=";", columns={"t": {"id": Column("text")}}) == [("1", "2")]


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (" id ;\u00a0Umsatz €\u00a0", ["id", "Umsatz €"]),
        ("id;Umsatz\u00a0€", ["id", "Umsatz\u00a0€"]),
        ('id;"Letzter\nKauf"', ["id", "Letzter\nKauf"]),
        ('id;"a;b"', ["id", "a;b"]),
        ("id;", ["id", "unnamed_2"]),
        ('id;"{x} ""y"" \'z\'"', ["id", "{x} \"y\" 'z'"]),
    ],
)
def test_names_of_columns_are_those_of_the_header_without_blanks_around(tmp_path, header, names):
    (tmp_path / "a.csv").write_text(f"{header}\n1;2\n")
    assert rows(tmp_path, "a.csv", header=True, delimiter=";") == (names, ("1", "2"))


def test_a_delimiter_at_the_end_of_every_line_is_a_column_without_cells(tmp_path):
    (tmp_path / "a.csv").write_text("id;x;\n1;2;\n")
    assert rows(tmp_path, "a.csv", header=True, delimiter=";") == (["id", "x", "unnamed_3"], ("1", "2", None))


def test_files_of_a_glob_are_one_table_and_each_is_copied(tmp_path):
    for number, name in enumerate(["a", "b"]):
        (tmp_path / f"{name}.csv").write_bytes(f"Title\nid,x\n{number},ä\nNote\n".encode("cp1252"))
    settings = {"encoding": "cp1252", "lines_above": 1, "lines_below": 1}
    assert rows(tmp_path, "*.csv", **settings) == [("0", "ä"), ("1", "ä")]


def test_folders_of_copied_files_are_columns(tmp_path):
    for region in ("north", "south"):
        (tmp_path / f"sales/region={region}").mkdir(parents=True)
        (tmp_path / f"sales/region={region}/a.csv").write_bytes("id,x\n1,ä\n".encode("cp1252"))
    assert rows(tmp_path, "sales", encoding="cp1252") == [("1", "ä", "north"), ("1", "ä", "south")]


WRONG = {
    "another delimiter": ("id;x\n1;2\n", {}, "line 1 reads as one column, 'id;x': its delimiter seems to be ';'"),
    "a title": ("Report\nid,x\n1,2\n", {"lines_above": 3}, "line 4 is blank: a header was expected"),
    "a column twice": ("T\nid,ID\n1,2\n", {"lines_above": 1}, r"line 2: duplicate column names \['ID', 'id'\]"),
    "UTF-16": ("id,x\n", {"encoding": "utf-16-le"}, "seems to be UTF-16: set `source.encoding` .* to utf-16-le, or"),
    "cp1252": ("id,ä\n", {"encoding": "cp1252"}, "is not UTF-8 at byte 3: set `source.encoding` .* as to cp1252"),
}


@pytest.mark.parametrize(("text", "settings", "message"), WRONG.values(), ids=WRONG)
def test_a_header_that_cannot_be_read_is_told_by_its_line(tmp_path, text, settings, message):
    (tmp_path / "a.csv").write_bytes(text.encode(settings.pop("encoding", "utf-8")))
    with pytest.raises(InputFault, match=f"a.csv {message}"):
        rows(tmp_path, "a.csv", **settings)


def test_gzip_that_is_none_is_told(tmp_path):
    (tmp_path / "a.csv.gz").write_text("id,x\n1,2\n")
    with pytest.raises(InputFault, match=r"a.csv.gz cannot be unpacked .*: compress it again"):
        rows(tmp_path, "a.csv.gz")


def test_files_of_a_glob_with_other_columns_are_told(tmp_path):
    (tmp_path / "a.csv").write_text("Title\nid,x\n1,2\n")
    (tmp_path / "b.csv").write_text("Title\nid,y\n1,2\n")
    with pytest.raises(InputFault, match=r"b.csv line 2: its columns \['id', 'y'\] are not those of .*a.csv"):
        rows(tmp_path, "*.csv", lines_above=1)
