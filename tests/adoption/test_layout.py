"""Where the table lies in a text file."""

import gzip

import pytest

from segmentation.adoption import layout
from segmentation.adoption.layout import Layout
from segmentation.pipeline.errors import InputFault

ROWS = "".join(f"K{n:03d};{n},50;Köln\n" for n in range(40))
TABLE = f"Kunde;Umsatz;Ort\n{ROWS}"


@pytest.fixture
def find(tmp_path):
    def found(text, encoding="utf-8", known=""):
        file = tmp_path / "file.csv"
        file.write_bytes(text.encode(encoding))
        return layout.find(file, known)

    return found


@pytest.mark.parametrize(
    "text, expected",
    [
        (TABLE, Layout(delimiter=";")),
        (TABLE.replace(";", "\t"), Layout(delimiter="\t")),
        (TABLE.replace(",", ".").replace(";", ","), Layout()),
        (TABLE.replace(";", "|"), Layout(delimiter="|")),
        (TABLE.replace(";", "  "), Layout(delimiter=" ")),
        (f"sep=;\n{TABLE}", Layout(delimiter=";")),
        (f"Kundenliste\n{TABLE}", Layout(delimiter=";", lines_above=1)),
        (f"Kundenliste\nStand: 31.12.2025\n\n{TABLE}", Layout(delimiter=";", lines_above=3)),
        (f"Kundenliste;;\n;;\n{TABLE}", Layout(delimiter=";", lines_above=2)),
        (f'"Kunden\nListe"\n{TABLE}', Layout(delimiter=";", lines_above=2)),
        (f"{TABLE}Exportiert am 01.02.2026\n", Layout(delimiter=";", lines_below=1)),
        (f"{TABLE}\n40 Kunden\nQuelle: ERP\n\n\n", Layout(delimiter=";", lines_below=3)),
        (f"{TABLE}Summe;820,00;\n", Layout(delimiter=";")),
        (TABLE.replace("\n", "\r\n"), Layout(delimiter=";")),
        (TABLE.replace("Umsatz;Ort", "2024;2025"), Layout(delimiter=";")),
        (TABLE.replace("Umsatz;Ort", "Umsatz 2024;Umsatz 2025"), Layout(delimiter=";")),
        ("id,m10,points of programme 11\n" + "K1,5.3,7.5\n" * 9, Layout()),
        (TABLE.replace("Köln", '"Köln; am Rhein"'), Layout(delimiter=";")),
    ],
)
def test_the_table_is_found_between_titles_and_notes(find, text, expected):
    assert find(text) == expected


@pytest.mark.parametrize(
    "encoding, expected, guessed",
    [
        ("utf-8", "utf-8", False),
        ("utf-8-sig", "utf-8", False),
        ("utf-16", "utf-16", False),
        ("utf-16-le", "utf-16-le", True),
        ("cp1252", "cp1252", True),
    ],
)
def test_the_encoding_is_known_or_said_to_be_a_guess(find, encoding, expected, guessed):
    assert find(TABLE, encoding) == Layout(expected, ";", is_guess=guessed)


def test_a_person_knows_the_encoding(find):
    assert find(TABLE, "cp850", known="cp850") == Layout("cp850", ";")


def test_a_late_letter_decides_the_encoding(find):
    text = "Kunde;Ort\n" + "K1;Ulm\n" * 3_000_000 + "K2;Köln\n"
    assert find(text, "cp1252").encoding == "cp1252"
    assert find(text).encoding == "utf-8"


def test_a_note_is_found_at_the_end_of_a_large_file(find):
    assert find("Kunde;Ort\n" + "K1;Ulm\n" * 100_000 + "Ende der Liste\n") == Layout(delimiter=";", lines_below=1)


def test_a_compressed_file_is_looked_into(tmp_path):
    file = tmp_path / "file.csv.gz"
    file.write_bytes(gzip.compress(f"Liste\n{TABLE}".encode("cp1252")))
    assert layout.find(file) == Layout("cp1252", ";", 1, is_guess=True)


@pytest.mark.parametrize(
    "text", ["00004 0001 19970101  2   29.33\n" * 9, "1,2,3\n4,5,6\n", "2025-01-01;3,5\n" * 3, "K001;Ulm\nK002;Bonn\n"]
)
def test_a_table_without_names_is_refused(find, text):
    with pytest.raises(InputFault, match="has no line of names: put a header above the first row"):
        find(text)


def test_rows_with_a_cell_more_than_the_header_are_refused(find):
    with pytest.raises(InputFault, match="line 1 has 3 names and the rows below have 4 cells: add a name"):
        find("id;x;y\n" + "1;2;3;\n" * 9)


@pytest.mark.parametrize("text", ["", "\n\n", "only one line of text\n"])
def test_a_file_without_a_table_is_refused(find, text):
    with pytest.raises(InputFault, match="holds no table that can be seen"):
        find(text)
