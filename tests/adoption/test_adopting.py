"""From a file to a plan: what is asked for, and queries without the rows that are no customers."""

import duckdb
import pytest
from adoption.planted import result

from segmentation.adoption import adopting
from segmentation.pipeline.errors import ConfigurationFault, InputFault
from segmentation.pipeline.schema import Adopt

ROWS = 30
NUMBERS = [n * n % 17 + 0.5 for n in range(ROWS)]


def asked(**settings):
    return Adopt(choose=False, **settings)


@pytest.fixture
def adopt(tmp_path):
    def adopted(text, **settings):
        file = tmp_path / "a.csv"
        file.write_text(text, encoding="utf-8")
        connection = duckdb.connect()
        settings, plan = adopting.adopt(connection, asked(file=str(file), **settings), 0.2, tmp_path)
        connection.execute(f"CREATE TABLE file AS FROM read_csv('{file}', all_varchar = true)")
        return settings, plan, [tuple(row.values()) for row in result(connection, plan, "file")]

    return adopted


def table(*last, header="Nr,Umsatz,Alter", label="K"):
    lines = [f"{label}{n:02d},{NUMBERS[n]},{n * 7 % 31}" for n in range(ROWS)]
    return "\n".join([header, *lines, *last]) + "\n"


CUSTOMERS = [(f"K{n:02d}", NUMBERS[n], n * 7 % 31) for n in range(ROWS)]


@pytest.mark.parametrize(
    "last, notes",
    [
        ((), []),
        (("Summe,225.5,300",), ["left out: a row of totals, 'Summe, 225.5, 300'"]),
        (("Total:,225.5,300",), ["left out: a row of totals, 'Total:, 225.5, 300'"]),
        (("O'Summe,225.5,300",), []),
        (("Stand: gestern,,",), ["left out: a note below the table, 'Stand: gestern'"]),
        (
            ("Zwischensumme,1.5,2", "Gesamt,3.5,3"),
            ["left out: a row of totals, 'Zwischensumme, 1.5, 2'", "left out: a row of totals, 'Gesamt, 3.5, 3'"],
        ),
        ((",225.5,300",), ["left out: a row without an id, as one of totals, '225.5, 300'"]),
    ],
)
def test_rows_that_are_no_customers_are_in_no_result(adopt, last, notes):
    _, plan, rows = adopt(table(*last))
    expected = [*CUSTOMERS, ("O'Summe", 225.5, 300)] if last and last[0].startswith("O'") else CUSTOMERS
    assert rows == expected and list(plan.notes) == notes


def test_rows_without_ids_are_known_by_their_first_cell(adopt):
    lines = [f"{city},{NUMBERS[n]},{n * 7 % 31}" for n, city in enumerate(["Ulm", "Bonn", ""] * 10)]
    *_, rows = adopt("\n".join(["Ort,Umsatz,Alter", *lines, f"Summe,{sum(map(float, NUMBERS))},300"]) + "\n")
    assert [(row[1], row[2]) for row in rows] == [(NUMBERS[n], n * 7 % 31) for n in range(ROWS)]


def test_the_settings_tell_the_kind_the_file_and_why(adopt, tmp_path):
    settings, plan, _ = adopt(table())
    assert settings == {"kind": ("query", ""), "files": ({"customers": str(tmp_path / "a.csv")}, "")}
    assert plan.kind == "customers"


def test_orders_are_a_table_of_that_name(adopt):
    lines = [f"K{n % 7},R{n},2025-03-{n % 28 + 1:02d},{n}.25" for n in range(40)]
    settings, plan, rows = adopt("\n".join(["customer_id,order_id,order_date,amount", *lines]) + "\n")
    assert plan.kind == "orders" and list(settings["files"][0]) == ["orders"]
    assert [row[2] for row in rows] == [len(range(customer, 40, 7)) for customer in range(7)]


def test_the_period_counts_no_stray_row(adopt):
    lines = [f"K{n % 7},R{n},2025-03-{n % 28 + 1:02d},{n}.25" for n in range(40)]
    _, plan, rows = adopt("\n".join(["customer_id,order_id,order_date,amount", *lines, "Total,,,790.00"]) + "\n")
    assert len(rows) == 7
    for statement in (plan.query, plan.period):
        assert "\"customer_id\" NOT IN ('Total')" in statement


@pytest.mark.parametrize(
    "names", [[], ["table"], ["connection"], ["file", "table"], ["file", "connection"], ["file", "connection", "table"]]
)
def test_there_is_one_place_to_adopt_from(names):
    with pytest.raises(ConfigurationFault, match=r"what is to be adopted\? Add adopt\.file="):
        adopting.place(asked(**dict.fromkeys(names, "x")))


def test_the_place_is_the_file_or_the_table():
    assert adopting.place(asked(file="a.csv")) == "a.csv"
    assert adopting.place(asked(connection="U", table="shop.x")) == "shop.x"


@pytest.mark.parametrize(
    "text, words",
    [
        (table(header="Nr,rowid,Alter"), "a column is called 'rowid'"),
        (table(header="Nr,ROWID,Alter"), "a column is called 'rowid'"),
        ("Nr,Umsatz\nSumme,3\nTotal,4\n", "tells the 2 rows apart"),
    ],
)
def test_tables_that_cannot_be_adopted_are_refused(adopt, text, words):
    with pytest.raises(InputFault, match=words):
        adopt(text)
