"""Which lines of a table of orders count."""

import pytest
from adoption.planted import TABLE, planted, surveyed

from segmentation.adoption import order_lines, survey
from segmentation.adoption.dialects import Dialect
from segmentation.adoption.order_lines import Draft
from segmentation.pipeline.errors import InputFault

ROWS = 6
PLAIN = {"customer_id": [f"K{n % 3}" for n in range(ROWS)], "order_date": [f"2025-03-{n + 13}" for n in range(ROWS)]}


def kept(name, cells):
    """The rows that the conditions leave, where a column is beside those of customer and day."""
    connection = planted({**PLAIN, name: cells})
    columns = {column.name: column for column in survey.survey(connection, TABLE, "", None)}
    draft = Draft(columns["customer_id"], columns["order_date"])
    order_lines.find_cancelled(draft, [columns[name]])
    read = ", ".join(f'{column.sql} AS "{column.name}"' for column in [draft.customer, *_cancelled(draft)])
    every = " AND ".join(draft.conditions(Dialect()))
    return [row for (row,) in connection.execute(
        f"SELECT row FROM (SELECT {read}, rowid AS row FROM {TABLE}) WHERE {every} ORDER BY row"
    ).fetchall()]  # fmt: skip


def _cancelled(draft):
    return [column for column, _ in draft.cancelled.values()]


@pytest.mark.parametrize(
    "name, cells, rows",
    [
        ("Status", ["paid", "cancelled", "paid", "Refunded", None, "partially_refunded"], [0, 2, 4, 5]),
        ("Zustand", ["bezahlt", "storniert", "bezahlt", "Gutschrift", "offen", "Teilretoure"], [0, 2, 4, 5]),
        ("Estado", ["Pagado", "Anulado", "Pagado", "Devuelto", "Pagado", "Reembolsado"], [0, 2, 4]),
        ("is_cancelled", ["0", "1", "0", "1", "0", None], [0, 2, 4, 5]),
        ("Storniert", ["nein", "ja", "nein", "ja", "nein", "nein"], [0, 2, 4, 5]),
        ("Cancelled at", [None, "2025-04-01", None, "2025-04-02", None, None], [0, 2, 4, 5]),
        ("cancel_reason", [None, "too late", None, "broken", None, None], [0, 2, 4, 5]),
        ("Storno", [None, "x", None, "x", None, None], [0, 2, 4, 5]),
        ("Colour", ["red", "void", "red", "blue", "red", "red"], [0, 1, 2, 3, 4, 5]),
    ],
)
def test_lines_that_were_cancelled_or_sent_back_are_left_out(name, cells, rows):
    assert kept(name, cells) == rows


def test_what_says_cancelled_and_cannot_be_read_is_refused():
    with pytest.raises(InputFault, match="'cancelled_at' tells which orders count"):
        kept("cancelled_at", ["03/04/2025", "05/06/2025", None, None, None, None])


def test_guests_are_no_customers():
    connection = planted({"id": ["K1", "guest", "0", "Gast", "n/a", "K2"]})
    column = surveyed({"id": ["K1", "guest", "0", "Gast", "n/a", "K2"]})["id"]
    found = order_lines.without_guests(connection, TABLE, column)
    assert found.kind.column.missing == ["0", "Gast", "guest", "n/a"]


def test_order_numbers_that_begin_anew_are_told_apart_by_their_year():
    column = surveyed({"x": ["1", "2"]})["x"]
    assert Draft(column, column).number("n", "d") == "n"
    assert Draft(column, column, restarts=True).number("n", "d") == "n || '/' || year(d)"
