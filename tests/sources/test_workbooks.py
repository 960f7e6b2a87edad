"""The cells of a sheet as a person sees them: ids with their zeros, dates, percents, errors, what a formula gave."""

import csv
import io
import re
import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest
from openpyxl.chart import BarChart
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from segmentation.pipeline.errors import ConfigurationFault, InputFault
from segmentation.pipeline.source_kinds import Column, Query
from segmentation.sources import query, workbooks


@pytest.fixture
def workbook():
    return openpyxl.Workbook()


@pytest.fixture
def copied(workbook, tmp_path):
    def copying(sheet="", lines_below=0):
        workbook.save(tmp_path / "a.xlsx")
        workbooks.copy(tmp_path / "a.xlsx", sheet, lines_below, tmp_path / "copies/a.csv")
        with (tmp_path / "copies/a.csv").open(newline="", encoding="utf-8") as lines:
            return list(csv.reader(lines))

    return copying


CELLS = [
    (7, "00000", "00007"),
    (123456, "00000", "123456"),
    (7, "General", "7"),
    (7.0, "0.00", "7"),
    (12346.0, "General", "12346"),
    (0.1, "0%", "0.1"),
    (0.2235, "0.00%", "0.2235"),
    (1234.5, '#,##0.00 "€"', "1234.5"),
    (9007199254740992, "General", "9007199254740992"),
    ("007", "@", "007"),
    ("#N/A", "General", "#N/A"),
    (True, "General", "true"),
    (date(2024, 1, 31), "DD.MM.YYYY", "2024-01-31"),
    (datetime(2024, 1, 31, 12, 30), "DD.MM.YYYY HH:MM", "2024-01-31 12:30:00"),
    (time(12, 30), "HH:MM", "12:30:00"),
    ("a \r\nb; c", "General", "a b; c"),
    (1067, "00000;-00000;@", "01067"),
    (1067, "[$-407]00000", "01067"),
    (1067, "[Red]00000_-", "01067"),
    (12345678, "00000\\-0000", "01234-5678"),
    (12345678, "000-00-0000", "012-34-5678"),
    (7, '"K-"0000', "K-0007"),
    (1234567, "000 00", "12345 67"),
    (-7, "000", "-7"),
    (7, "0", "7"),
    (7, '0 "pieces"', "7"),
    (7, "00.00", "7"),
    (7, "#,000", "7"),
]


@pytest.mark.parametrize(("value", "form", "text"), CELLS)
def test_a_cell_is_written_as_a_person_would(workbook, copied, value, form, text):
    workbook.active.append(["id", "x"])
    workbook.active.append(["a", value])
    workbook.active["B2"].number_format = form
    assert copied() == [["id", "x"], ["a", text]]


def test_dates_of_1904_are_those_that_excel_shows(workbook, copied):
    workbook.epoch = CALENDAR_MAC_1904
    workbook.active.append(["id", date(2024, 1, 31)])
    assert copied() == [["id", "2024-01-31"]]


def test_what_a_formula_gave_is_its_cell(workbook, tmp_path):
    workbook.active.append(["id", "=1+1"])
    workbook.save(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>").replace(
                b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>"))  # fmt: skip
    workbooks.copy(tmp_path / "b.xlsx", "", 0, tmp_path / "b.csv")
    assert (tmp_path / "b.csv").read_text() == "id,2\n"


def rewritten(workbook, path, pattern, text):
    """Saves a workbook as other programs write it: with other text in the place of what its sheet holds."""
    workbook.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name], count = re.subn(pattern, text, parts[name])
    assert count
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return path


@pytest.mark.parametrize("size", [b"A1", b"A1:B2", b"A1:A9"])
def test_all_cells_are_read_whatever_size_the_sheet_is_said_to_have(workbook, tmp_path, size):
    for row in (["id", "x"], ["a", 1], ["b", 2], ["c", 3]):
        workbook.active.append(row)
    path = rewritten(workbook, tmp_path / "a.xlsx", rb'<dimension ref="[^"]*"', b'<dimension ref="%s"' % size)
    workbooks.copy(path, "", 0, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "id,x\na,1\nb,2\nc,3\n"


def test_a_formula_without_its_value_is_told(workbook, copied):
    for row in (["id", "x"], ["a", 1], ["b", "=1+1"]):
        workbook.active.append(row)
    with pytest.raises(InputFault, match=r"a.xlsx: cell B3 of the sheet 'Sheet' holds a formula without its value"):
        copied()


def test_a_formula_that_gives_no_text_is_a_blank_cell(workbook, tmp_path):
    workbook.active.append(["id", "=1+1", "x"])
    path = rewritten(workbook, tmp_path / "a.xlsx", rb'<c r="B1"', b'<c r="B1" t="str"')
    workbooks.copy(path, "", 0, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "id,,x\n"


def test_a_sheet_that_is_a_chart_is_no_table(workbook, copied, tmp_path):
    workbook.active.append(["id", "x"])
    workbook.create_chartsheet("Chart", 0).add_chart(BarChart())
    assert copied() == [["id", "x"]]
    assert workbooks.sheets(tmp_path / "a.xlsx") == ["Sheet"]
    with pytest.raises(ConfigurationFault, match=r"has no sheet 'Chart'.* there are: Sheet"):
        copied("Chart")


def test_blank_rows_and_columns_at_the_end_are_left_out_and_those_inside_stay(workbook, copied):
    for row in (["id", None, "x"], [1, None, 2], [], [3, None, 4], ["Note"], [], []):
        workbook.active.append(row)
    workbook.active["Z50"].number_format = "0.00"
    assert copied(lines_below=1) == [["id", "", "x"], ["1", "", "2"], ["", "", ""], ["3", "", "4"]]


def test_a_merged_title_stands_in_its_first_cell(workbook, copied):
    for row in (["Report"], ["id", "x"], [1, 2]):
        workbook.active.append(row)
    workbook.active.merge_cells("A1:B1")
    assert copied() == [["Report", ""], ["id", "x"], ["1", "2"]]


def test_the_sheet_that_is_named_is_read_and_else_the_first(workbook, copied, tmp_path):
    workbook.active.append(["first"])
    workbook.create_sheet("Kunden").append(["second"])
    workbook.create_sheet("Notes").sheet_state = "hidden"
    assert copied() == [["first"]]
    assert copied("Kunden") == [["second"]]
    assert workbooks.sheets(tmp_path / "a.xlsx")[:2] == ["Sheet", "Kunden"]
    with pytest.raises(ConfigurationFault, match=r"a.xlsx has no sheet 'Kundn': did you mean 'Kunden'\?"):
        copied("Kundn")
    with pytest.raises(InputFault, match=r"the sheet 'Notes' of .*a.xlsx is empty: name another as `source.sheet`"):
        copied("Notes")


def test_the_first_sheet_is_the_first_that_a_person_sees(workbook, copied):
    workbook.active.append(["hidden"])
    workbook.active.sheet_state = "hidden"
    workbook.create_sheet("Kunden").append(["shown"])
    workbook.active = 1
    assert copied() == [["shown"]]


def packed(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("content.txt", content)
    return file.getvalue()


BROKEN = {
    "text": (b"id,x\n1,2\n", "is no workbook of Excel: if it is text, name it .csv"),
    "nothing known": (b"PK\x03\x04 and no more", "is broken: open it in Excel"),
    "another archive": (packed("x"), "is broken: open it in Excel"),
    "a password, or an old one": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "is locked by a password, or older",
    ),
}


@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_workbook_is_told(tmp_path, content, message):
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(InputFault, match=message):
        workbooks.sheets(tmp_path / "a.xlsx")


def test_a_sheet_that_breaks_off_is_told(workbook, tmp_path):
    for number in range(20):
        workbook.active.append([number])
    path = rewritten(workbook, tmp_path / "a.xlsx", rb"(?s)<row r=\"9\".*", b"")
    with pytest.raises(InputFault, match=r"a.xlsx is broken: open it in Excel"):
        workbooks.copy(path, "", 0, tmp_path / "a.csv")


def test_a_declared_workbook_is_read_and_its_faults_are_told_by_their_row(workbook, tmp_path):
    for row in (["Report\nof a day"], ["id", "x", "day"], [7, 1234.5, date(2024, 1, 31)], [8, 2, date(2024, 2, 1)]):
        workbook.active.append(row)
    workbook.active["A3"].number_format = "000"
    columns = {"id": Column("text"), "x": Column("number"), "day": Column("date", order="year first")}

    def read(name):
        workbook.save(tmp_path / "a.xlsx")
        source = Query(
            "query", {"t": str(tmp_path / "a.xlsx")}, "SELECT * FROM t", lines_above=1, columns={"t": columns}
        )
        return next(query.read_files(source, "id", 10, tmp_path / name)).to_pylist()

    assert read("w") == [
        {"customer_id": "007", "x": 1234.5, "day": "2024-01-31"},
        {"customer_id": "8", "x": 2.0, "day": "2024-02-01"},
    ]
    workbook.active["B4"] = "many"
    with pytest.raises(InputFault, match=r"a.xlsx row 4: 'many' in column 'x' is no number"):
        read("again")
