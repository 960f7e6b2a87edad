"""Which columns tell what a line is worth, and with how many decimals they add up."""

import random

import pytest
from adoption.planted import TABLE, planted

from segmentation.adoption import amounts, survey

DRAW = random.Random(4)
ROWS = 200
QUANTITY = [DRAW.choice([1, 2, 6, 12]) for _ in range(ROWS)]
PRICE = [(n % 9 + 1) * 1.25 for n in range(ROWS)]  # of product n % 9
CELLS = {
    "product": [f"article {n % 9}" for n in range(ROWS)],
    "quantity": list(map(str, QUANTITY)),
    "ones": ["1"] * 100 + ["0"] * 100,
    "price": [f"{price:.2f}" for price in PRICE],
    "line price": [f"{quantity * price:.2f}" for quantity, price in zip(QUANTITY, PRICE, strict=True)],
    "money": [f"{DRAW.randrange(1, 9999) / 100:.2f}" for _ in range(ROWS)],
    "order": [f"R{n // 2}" for n in range(ROWS)],
    "of order": [f"{(n // 2 * 37 % 91 + 1) * 1.5:.2f}" for n in range(ROWS)],
    "euros": [f"{DRAW.randrange(1, 99)},50 €" for _ in range(ROWS)],
    "slips": [*["1.50"] * (ROWS - 1), "abc"],
    "returned": [f"{DRAW.randrange(-999, 999) / 100:.2f}" for _ in range(ROWS)],
    "few returned": [f"{'-' * (n % 20 == 0)}{DRAW.randrange(1, 9999) / 100:.2f}" for n in range(ROWS)],
}


def find(order="", **columns):
    connection = planted({name.replace("_", " "): CELLS[kind] for name, kind in columns.items()})
    found = survey.survey(connection, TABLE, "", None)
    return amounts.find(connection, TABLE, found, order and f'"{order}"')


@pytest.mark.parametrize(
    "columns, names",
    [
        ({"Betrag": "money"}, ["Betrag"]),
        ({"Price": "money", "Total": "money"}, ["Total"]),
        ({"Amount": "money", "Line_total": "money", "Tax": "money"}, ["Line total"]),
        ({"Shipping": "money", "Tax": "money"}, None),
        ({"x": "euros"}, ["x"]),
        ({"x": "money"}, None),
        ({"Betrag": "slips"}, None),
        ({"Menge": "quantity", "Einzelpreis": "price"}, ["Menge", "Einzelpreis"]),
        ({"Menge": "quantity", "Preis": "price", "Artikel": "product"}, ["Menge", "Preis"]),
        ({"Menge": "quantity", "Preis": "line price", "Artikel": "product"}, ["Preis"]),
        ({"Menge": "quantity", "Preis": "price"}, None),  # of a piece or of all: nothing tells
        ({"Menge": "ones", "Preis": "price"}, ["Preis"]),
        ({"Menge": "quantity", "Einzelpreis": "price", "Line_total": "line price"}, ["Line total"]),
        ({"Preis": "price"}, ["Preis"]),
        ({"Menge": "quantity"}, None),
    ],
)
def test_the_amount_of_a_line_is_told_by_names_and_cells(columns, names):
    for order in (columns, dict(reversed(columns.items()))):
        amount = find(**order)
        assert (amount and [column.name for column in amount.columns]) == names


@pytest.mark.parametrize(
    "columns, repeated",
    [
        ({"Bestellnr": "order", "Total": "of order"}, True),
        ({"Bestellnr": "order", "Total": "money"}, False),
        ({"Bestellnr": "order", "Menge": "quantity", "Einzelpreis": "price", "Total": "line price"}, False),
        ({"Bestellnr": "order", "Total": "ones"}, False),
    ],
)
def test_a_total_that_all_lines_of_an_order_share_is_that_of_the_order(columns, repeated):
    assert find(order="Bestellnr", **columns).is_repeated is repeated
    assert not find(**columns).is_repeated


@pytest.mark.parametrize("kind, keeps", [("money", False), ("few returned", False), ("returned", True)])
def test_a_few_negative_amounts_are_returns_and_many_are_something_else(kind, keeps):
    assert find(Betrag=kind).keeps_negative is keeps


def test_a_currency_is_that_of_the_cells_or_of_the_name():
    assert find(Betrag="euros").unit == "€" and find(Betrag="money").unit == ""
    assert find(**{"Betrag_$": "money"}).unit == "$"


@pytest.mark.parametrize(
    "cells, decimals",
    [
        (["1.5", "2.25", "3"], 2),
        (["1", "20"], 0),
        (["1.234,5", "2,50"], 2),
        (["1.5", "0.0000001"], None),
        (["1.5", "1e3"], None),
        (["(1.50)", "2.255"], 3),
    ],
)
def test_decimals_are_as_many_as_the_cells_have(cells, decimals):
    connection = planted({"Betrag": cells})
    amount = amounts.find(connection, TABLE, survey.survey(connection, TABLE, "", None), "")
    assert [column.kind.column.decimals for column in amount.columns] == [decimals]


@pytest.mark.parametrize(
    "type_name, cells, decimals",
    [("DOUBLE", [1.5, 2.25], 2), ("DOUBLE", [0.1 + 0.2, 1], None), ("DECIMAL(9,2)", ["1.50", "2.25"], None)],
)
def test_decimals_of_typed_columns(type_name, cells, decimals):
    connection = planted({"Betrag": cells}, {"Betrag": type_name})
    amount = amounts.find(connection, TABLE, survey.survey(connection, TABLE, "", None), "")
    assert [column.kind.column.decimals for column in amount.columns] == [decimals]


def test_a_product_has_the_decimals_of_both_factors():
    assert find(Menge="quantity", Einzelpreis="price").decimals == 2
