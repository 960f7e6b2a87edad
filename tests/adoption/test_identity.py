"""Which column tells customers apart, and whether rows are customers or orders."""

import pytest
from adoption.planted import TABLE, planted

from segmentation.adoption import identity, survey
from segmentation.pipeline.errors import ConfigurationFault, InputFault

ROWS = 60
KINDS = {
    "each": [f"K{n:03d}" for n in range(ROWS)],  # another in each row
    "number": [str(1000 + n) for n in range(ROWS)],
    "repeat": [f"K{n % 20:03d}" for n in range(ROWS)],
    "few gaps": [f"K{n:03d}" if n % 9 else "" for n in range(ROWS)],
    "gaps": [f"K{n % 20:03d}" if n % 9 == 0 else "" for n in range(ROWS)],
    "mail": [f"a{n}@example.org" for n in range(ROWS)],
    "same mail": [f"a{n % 20}@example.org" for n in range(ROWS)],
    "day": [f"2025-{n % 12 + 1:02d}-{n % 28 + 1:02d}" for n in range(ROWS)],
    "amount": [f"{n * n % 37}.50" for n in range(ROWS)],
    "nearly": [f"K{max(n, 1):03d}" for n in range(ROWS)],  # one of them twice
}


def find(columns, wanted=""):
    connection = planted({name: KINDS[kind] for name, kind in columns.items()})
    found = identity.find(connection, TABLE, survey.survey(connection, TABLE, "", None), wanted)
    return found.column and found.column.name, found.are_orders


@pytest.mark.parametrize(
    "columns, expected",
    [
        ({"customer_id": "each", "Umsatz": "amount"}, ("customer_id", False)),
        ({"Umsatz": "amount", "Kundennummer": "number"}, ("Kundennummer", False)),
        ({"N° client": "each", "CA": "amount"}, ("N° client", False)),
        ({"Umsatz": "amount", "Besuche": "amount"}, (None, False)),
        ({"Record ID": "number", "Email": "mail", "Revenue": "amount"}, ("Record ID", False)),
        ({"Email": "mail", "Revenue": "amount"}, ("Email", False)),
        ({"ID": "number", "customer_id": "each"}, ("customer_id", False)),
        ({"customer_id": "each", "last_order_date": "day", "revenue": "amount"}, ("customer_id", False)),
        ({"customer_id": "repeat", "order_date": "day", "amount": "amount"}, ("customer_id", True)),
        ({"order_id": "each", "customer_id": "repeat", "order_date": "day"}, ("customer_id", True)),
        ({"order_id": "each", "Email": "same mail", "Created at": "day"}, ("Email", True)),
        ({"Bestellnr": "number", "Kunde": "repeat", "Bestelldatum": "day"}, ("Kunde", True)),
        ({"customer_id": "few gaps", "amount": "amount"}, ("customer_id", False)),
    ],
)
def test_names_and_cells_tell_the_id_and_what_rows_are(columns, expected):
    assert find(columns) == expected
    assert find(dict(reversed(columns.items()))) == expected


@pytest.mark.parametrize(
    "columns, words",
    [
        ({"customer_id": "repeat", "amount": "amount"}, "20 values of 'customer_id' stand in several rows"),
        ({"customer_id": "nearly", "signup_date": "day"}, "1 value of 'customer_id' stands in several rows"),
        (
            {"order_id": "each", "order_date": "day", "amount": "amount"},
            "each row seems to be an order or a payment, as 'order_id' shows",
        ),
        ({"order_id": "each", "customer_id": "gaps", "order_date": "day"}, "no column says whose"),
    ],
)
def test_rows_of_nobody_and_customers_in_several_rows_are_told(columns, words):
    with pytest.raises(InputFault, match=words) as told:
        find(columns)
    assert "adopt.id=COLUMN" in str(told.value)


def test_the_row_that_is_named_is_one_that_repeats():
    with pytest.raises(InputFault, match="data row 2,"):
        find({"customer_id": "nearly", "amount": "amount"})


def test_a_person_names_the_column():
    assert find({"customer_id": "each", "Kürzel": "number"}, "Kürzel") == ("Kürzel", False)
    assert find({"account": "repeat", "Wer": "repeat", "order_date": "day"}, "Wer") == ("Wer", True)
    with pytest.raises(ConfigurationFault, match=r"adopt\.id is 'Kurzel', which is no column.*Kürzel"):
        find({"customer_id": "each", "Kürzel": "number"}, "Kurzel")


@pytest.mark.parametrize("cell", ["2.02E+11", "2,02E+11", "2E+11"])
def test_ids_without_their_digits_are_refused(cell):
    connection = planted({"customer_id": ["202253000001", cell, cell], "amount": ["1", "2", "3"]})
    with pytest.raises(InputFault, match=r"2 ids of 'customer_id' were cut by a spreadsheet, such as 2"):
        identity.find(connection, TABLE, survey.survey(connection, TABLE, "", None))


def test_postcodes_are_no_ids_and_codes_are():
    columns = {"Kod pocztowy": [f"{n:02d}-5{n:02d}" for n in range(40)], "Symbol": [f"KLI{n:04d}" for n in range(40)]}
    connection = planted({**columns, "obrot": [f"{n * 7 % 31}.50" for n in range(40)]})
    found = identity.find(connection, TABLE, survey.survey(connection, TABLE, "", None))
    assert (found.column.name, found.are_orders) == ("Symbol", False)


def test_ids_that_are_formulas_of_a_spreadsheet_are_refused():
    connection = planted({"id": [f'="{n:05d}"' for n in range(20)], "amount": [str(n) for n in range(20)]})
    with pytest.raises(InputFault, match='such as ="00000": export them as text'):
        identity.find(connection, TABLE, survey.survey(connection, TABLE, "", None))


def test_payments_of_repeated_ids_that_no_name_tells_are_never_numbered():
    with pytest.raises(InputFault, match="each row seems to be an order or a payment, as 'CT_Num' shows"):
        find({"CT_Num": "repeat", "DO_Date": "day", "Montant": "amount"})


def test_the_account_of_a_customer_tells_customers_beside_a_number_of_each_payment():
    columns = {"ID": "each", "Consumer bank account": "repeat", "Date": "day", "Amount": "amount"}
    assert find(columns) == ("Consumer bank account", True)
