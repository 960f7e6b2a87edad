"""A file that nobody has described is opened, and said how."""

import gzip

import duckdb
import pytest

from segmentation.adoption import opening
from segmentation.pipeline.errors import ConfigurationFault, InputFault
from segmentation.pipeline.schema import Adopt
from segmentation.pipeline.source_kinds import Query
from segmentation.sources import file_tables, files

ROWS = [(f"K{n:02d}", f"{n},5", "Köln") for n in range(20)]
TEXT = "Kunde;Umsatz;Ort\n" + "".join(f"{';'.join(row)}\n" for row in ROWS)


@pytest.fixture
def opened(tmp_path):
    """What open_file makes of a file, and its rows; its settings, as a source, must read the same."""

    def read(asked):
        connection = duckdb.connect()
        settings, _ = opening.open_file(connection, asked, "cells", tmp_path / "workspace")
        values = {name: value for name, (value, _) in settings.items()}
        source = Query("query", {"again": asked.file}, "", columns={"again": {}}, **values)
        entry = files.with_copies(files.find(asked.file), source, tmp_path / "again")
        again = connection.sql(file_tables.select(connection, entry, source, "again")).fetchall()
        rows = connection.sql("FROM cells").fetchall()
        assert again == rows
        return settings, rows

    def write(content=None, name="a.csv", **asked):
        file = tmp_path / name
        if content is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return read(Adopt(file=str(file), choose=False, **asked))

    return write


@pytest.mark.parametrize(
    "content, name, settings",
    [
        (TEXT.encode(), "a.csv", {"delimiter": ";"}),
        (TEXT.replace(";", "\t").encode(), "a.tsv", {"delimiter": "\t"}),
        (TEXT.replace(";", "|").encode("cp1252"), "a.csv", {"delimiter": "|", "encoding": "cp1252"}),
        (TEXT.encode("utf-16"), "a.csv", {"delimiter": ";", "encoding": "utf-16"}),
        (gzip.compress(TEXT.encode()), "a.csv.gz", {"delimiter": ";"}),
        (f"Liste\n\n{TEXT}".encode(), "a.csv", {"delimiter": ";", "lines_above": 2}),
        (f"{TEXT}Ende der Liste\n".encode(), "a.csv", {"delimiter": ";", "lines_below": 1}),
        (f"sep=;\n{TEXT}".encode(), "a.csv", {"delimiter": ";"}),
        (TEXT.replace(";", "   ").encode(), "a.txt", {"delimiter": " "}),
        (TEXT.replace("\n", "\r\n").encode(), "A.CSV", {"delimiter": ";"}),
    ],
)
def test_a_text_file_is_read_with_every_cell_and_its_settings_are_those_that_differ(opened, content, name, settings):
    found, rows = opened(content, name)
    assert {name: value for name, (value, _) in found.items()} == settings and rows == ROWS


def test_a_person_knows_the_encoding_and_a_guess_is_said(opened):
    assert opened(TEXT.encode("cp1252"))[0]["encoding"] == ("cp1252", "a guess: see that accents read right")
    settings, rows = opened(TEXT.encode("cp850"), encoding="cp850")
    assert settings["encoding"] == ("cp850", "") and rows == ROWS


def test_a_folder_is_read_as_one_table(opened, tmp_path):
    for part in range(2):
        (tmp_path / "folder").mkdir(exist_ok=True)
        half = TEXT.splitlines()[1 + part * 10 : 11 + part * 10]
        (tmp_path / f"folder/{part}.csv").write_text("\n".join(["Kunde;Umsatz;Ort", *half]) + "\n")
    settings, rows = opened(name="folder")
    assert rows == ROWS and "delimiter" in settings


def workbook(file, **sheets):
    openpyxl = pytest.importorskip("openpyxl", reason="openpyxl is not installed, which writes the workbook")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        for row in rows:
            (book[name] if name in book.sheetnames else book.create_sheet(name)).append(row)
    book.save(file)


def test_the_first_sheet_with_a_table_is_taken_or_the_one_that_is_wanted(opened, tmp_path):
    table = [("Kunde", "Umsatz", "Ort"), *ROWS]
    workbook(tmp_path / "a.xlsx", Deckblatt=[("Bericht",)], Kunden=table, Alte=[table[0], *ROWS[:5]])
    settings, rows = opened(name="a.xlsx")
    assert settings["sheet"] == ("Kunden", "the others are Deckblatt, Alte") and rows == ROWS
    settings, rows = opened(name="a.xlsx", sheet="Alte")
    assert settings["sheet"][0] == "Alte" and rows == ROWS[:5]
    with pytest.raises(ConfigurationFault, match="has no sheet 'Neue': there are: Alte, Deckblatt, Kunden"):
        opened(name="a.xlsx", sheet="Neue")


@pytest.mark.parametrize("name", ["klingon", "hex", "utf-99"])
def test_an_encoding_that_there_is_not_is_refused(opened, name):
    with pytest.raises(ConfigurationFault, match=f"adopt.encoding is '{name}', which is no encoding: .*cp1252"):
        opened(TEXT.encode(), encoding=name)


@pytest.mark.parametrize("name", ["a.csv", "a.pdf", "a.xls"])
def test_a_message_names_what_adopt_was_asked_and_no_data_set(opened, name):
    with pytest.raises(InputFault) as told:
        opened(None if name == "a.csv" else b"%PDF-1.4\0\xff", name)
    assert "of the data set" not in str(told.value) and name in str(told.value)
