"""A table is read as the data set declares it; a file that differs is told with line and cell, never read wrong."""

import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segmentation.pipeline.errors import InputFault
from segmentation.pipeline.source_kinds import Column, Query
from segmentation.sources import query

COLUMNS = {
    "Kundennr": Column("text"),
    "Umsatz €": Column("number", thousands=".", decimal=",", unit="€"),
    "Rabatt": Column("number", decimal=",", unit="%"),
    "Letzter Kauf": Column("date", order="day first", missing=["n/a"]),
    "Newsletter": Column("yes_no"),
}
HEADER = "Kundennr;Umsatz €;Rabatt;Letzter Kauf;Newsletter"
ROWS = ["007;1.234,50 €;0,57 %;31.01.2024;ja", "008;;22,35 %;n/a;nein", '"0\n9";-5;;29.02.2024;']


@pytest.fixture
def read(tmp_path):
    def reading(text, columns=COLUMNS, sql="SELECT * FROM t", name="kunden.csv", encoding="utf-8", folder="w"):
        path = tmp_path / name
        if isinstance(text, str):
            path.write_bytes(text.encode(encoding))
        source = Query("query", {"t": str(path)}, sql, ";", encoding, columns={"t": columns})
        tables, doubts = [], []

        def collect():
            doubts.extend((yield from query.read_files(source, "Kundennr", 10, tmp_path / folder)).doubts)

        tables.extend(collect())
        return pa.concat_tables(tables).to_pylist(), doubts

    return reading


def test_cells_become_what_they_say(read):
    rows, doubts = read("\n".join([HEADER, *ROWS]))
    assert doubts == []
    assert [list(row.values()) for row in rows] == [
        ["007", 1234.5, 0.0057, "2024-01-31", 1],
        ["008", None, 0.2235, None, 0],
        ["0\n9", -5.0, None, "2024-02-29", None],
    ]


def test_a_query_reckons_with_them(read):
    sql = """SELECT Kundennr, date_diff('day', "Letzter Kauf", DATE '2024-02-01') AS days FROM t ORDER BY 1"""
    rows, _ = read("\n".join([HEADER, *ROWS]), sql=sql)
    assert {row["customer_id"]: row["days"] for row in rows} == {"007": 1, "008": None, "0\n9": -28}


FAULTS = {
    "another mark": ("010;1234.5;;;", "'1234.5' in column 'Umsatz €' has other marks than '.' for thousands and ','"),
    "another unit": ("010;5 $;;;", "'5 $' in column 'Umsatz €' has the unit $, not €"),
    "no percent sign": ("010;5;22,35;;", "'22,35' in column 'Rabatt' has the unit none, not %"),
    "a word": ("010;viel;;;", "'viel' in column 'Umsatz €' is no number"),
    "another order": ("010;5;;2024-01-31;", "'2024-01-31' in column 'Letzter Kauf' is no date with the day first"),
    "a day of no calendar": ("010;5;;31.02.2024;", "'31.02.2024' in column 'Letzter Kauf' cannot be read"),
    "no leap year": ("010;5;;29.02.2023;", "'29.02.2023' in column 'Letzter Kauf' cannot be read"),
    "neither yes nor no": ("010;5;;;vielleicht", "'vielleicht' in column 'Newsletter' is neither yes nor no"),
}


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize(("row", "message"), FAULTS.values(), ids=FAULTS)
def test_a_cell_that_is_written_otherwise_is_told_with_file_line_and_cure(row, message, encoding, read, tmp_path):
    with pytest.raises(InputFault, match=re.escape(message)) as fault:
        read("\r\n".join([HEADER, *ROWS, row, *ROWS]), encoding=encoding)
    path = tmp_path / "kunden.csv"
    assert str(fault.value).startswith(f"{path} line 6: ")
    assert f"`python stages/adopt.py adopt.file={path} adopt.name=NEW`" in str(fault.value)


def test_the_first_such_cell_is_told_even_where_the_query_leaves_it_out(read):
    with pytest.raises(InputFault, match=r"line 6: '30.02.2024'"):
        read(
            "\n".join([HEADER, *ROWS, "010;5;;30.02.2024;", "011;5;;31.02.2024;"]),
            sql="SELECT Kundennr, Rabatt FROM t WHERE Kundennr = '007'",
        )


def test_one_other_mark_is_found_below_numbers_of_hundreds_of_lengths(read):
    lengths = [(sign, whole, places) for sign in ("", "-") for whole in range(1, 13) for places in range(1, 17)]
    cells = [f"{sign}{'1' * whole},{'5' * places}" for sign, whole, places in lengths]
    rows = [f"{number};{cell}" for number, cell in enumerate(cells)]
    columns = {"Kundennr": Column("text"), "x": Column("number", thousands=".", decimal=",")}
    found, _ = read("\n".join(["Kundennr;x", *rows]), columns)
    assert [row["x"] for row in found] == [float(cell.replace(",", ".")) for cell in cells[: len(found)]]
    with pytest.raises(InputFault, match=f"line {len(rows) + 2}: '12.5' in column 'x' has other marks"):
        read("\n".join(["Kundennr;x", *rows, "n;12.5"]), columns, folder="again")


def test_more_decimals_than_declared_are_told(read):
    with pytest.raises(InputFault, match=r"line 3: '1.005' in column 'x' has more than 2 decimals"):
        read("Kundennr;x\n1;5\n2;1.005\n", {"Kundennr": Column("text"), "x": Column("number", decimals=2)})


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (HEADER.replace(";Rabatt", ""), "'Rabatt' any more; or let `python stages/adopt"),
        (HEADER.replace("Rabatt", "Nachlass"), "'Rabatt' any more; new are 'Nachlass': if they were renamed, rename"),
        (HEADER.replace("Rabatt", "RABATT"), "'Rabatt' any more; new are 'RABATT'"),
    ],
)
def test_a_missing_and_a_renamed_column_are_told(header, message, read):
    with pytest.raises(InputFault, match=f"kunden.csv has no column {message}"):
        read(f"{header}\n1{';' * header.count(';')}\n")


def test_a_new_column_is_left_out_and_told(read, tmp_path):
    rows, (doubt,) = read(f"Ort;{HEADER}\nUlm;1;5;;;ja\n")
    assert "Ort" not in rows[0]
    assert doubt.startswith(f"{tmp_path}/kunden.csv has a new column 'Ort', which is left out; to use it, let `python")


def test_dates_of_text_need_an_order(read):
    with pytest.raises(InputFault, match=r"column 'x' are text, .* add `order: day first`"):
        read("Kundennr;x\n1;01.02.2024\n", {"Kundennr": Column("text"), "x": Column("date")})


def test_typed_columns_are_told_by_their_row(read, tmp_path):
    columns = {"Kundennr": Column("text"), "x": Column("number", decimals=1)}
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"Kundennr": [12346.0, 7.0], "x": [0.5, 1.0]}), path)
    assert read(None, columns, name="t.parquet")[0] == [
        {"customer_id": "12346", "x": 0.5},
        {"customer_id": "7", "x": 1.0},
    ]


def test_a_typed_cell_that_does_not_fit_is_told_by_its_row(read, tmp_path):
    columns = {"Kundennr": Column("text"), "x": Column("number", decimals=1)}
    pq.write_table(pa.table({"Kundennr": ["a", "b"], "x": [0.5, 0.25]}), tmp_path / "t.parquet")
    with pytest.raises(InputFault, match=r"t.parquet data row 2: '0.25' in column 'x' cannot be read"):
        read(None, columns, name="t.parquet")


def test_another_type_than_declared_is_told(read, tmp_path):
    pq.write_table(pa.table({"Kundennr": ["a"], "x": [20240131]}), tmp_path / "t.parquet")
    with pytest.raises(InputFault, match="column 'x' is of type BIGINT, not a column of the kind date"):
        read(None, {"Kundennr": Column("text"), "x": Column("date")}, name="t.parquet")
