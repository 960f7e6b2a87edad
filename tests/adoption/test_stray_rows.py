"""Rows of totals and notes are taken out; customers are not."""

import pytest
from adoption.planted import TABLE, planted

from segmentation.adoption import stray_rows


def taken(*rows):
    connection = planted(dict(zip(("id", "name", "amount"), zip(*rows, strict=True), strict=True)))
    strays = stray_rows.take_out(connection, TABLE)
    left = connection.execute(f"SELECT * FROM {TABLE} ORDER BY rowid").fetchall()
    return [stray.what for stray in strays], left


CUSTOMERS = [(f"K{n}", "Ann", str(n)) for n in range(9)]


@pytest.mark.parametrize(
    "row, what",
    [
        (("Summe", "", "36"), "a row of totals"),
        (("", "Total:", "36"), "a row of totals"),
        (("Summe (9 Kunden)", "", "36"), "a row of totals"),
        (("Exported on Monday", "", ""), "a note below the table"),
        (("", "", ""), "a note below the table"),
        (("", "36", "36"), "a row without an id, as one of totals"),
    ],
)
def test_the_last_row_is_taken_out_where_it_is_no_customer(row, what):
    assert taken(*CUSTOMERS, row) == ([what], CUSTOMERS)


@pytest.mark.parametrize("label", ["Zwischensumme", "Sub Total", "Grand total:"])
def test_totals_in_the_middle_are_told_by_nothing_but_their_words(label):
    subtotal, company = (label, "", "6"), ("Total Energies", "Ann", "6")
    rows = [*CUSTOMERS[:3], subtotal, company, *CUSTOMERS[3:]]
    assert taken(*rows) == (["a row of totals"], [row for row in rows if row != subtotal])


@pytest.mark.parametrize("row", [("K9", "", "9"), ("K9", "Total", ""), ("K9", "Ann", "9")])
def test_a_customer_stays_wherever_the_row_stands(row):
    for place in (0, 4, 9):
        rows = [*CUSTOMERS[:place], row, *CUSTOMERS[place:]]
        assert taken(*rows)[0] == []


def test_guests_without_an_id_stay():
    rows = [*CUSTOMERS, ("", "Ann", "3"), ("", "Ann", "4")]
    assert taken(*rows)[0] == []


def test_the_cells_of_a_stray_row_are_kept_for_the_query():
    connection = planted({"id": ["K1", "K2", "Total"], "amount": ["1", "2", "3"]})
    assert [stray.cells for stray in stray_rows.take_out(connection, TABLE)] == [{"id": "Total", "amount": "3"}]
