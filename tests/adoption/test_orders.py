"""Orders become recency, frequency and monetary value, against plain Python."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from adoption.planted import TABLE, decided, period, planted, result

from segmentation.adoption import identity, orders, survey
from segmentation.adoption.dialects import Dialect
from segmentation.pipeline.errors import InputFault

DRAW = random.Random(3)
LINES = [
    {
        "customer_id": f"K{DRAW.randrange(30):02d}",
        "order_id": f"R{1000 + n // 2}",
        "order_date": date(2025, 1, 1) + timedelta(days=DRAW.randrange(300)),
        "amount": Decimal(DRAW.randrange(1, 20000)) / 100,
    }
    for n in range(240)
]


def made(lines, types=None):
    columns = {name: [line[name] if types else str(line[name]) for line in lines] for name in lines[0]}
    connection = planted(columns, types)
    found = survey.survey(connection, TABLE, "", None)
    known = identity.find(connection, TABLE, found)
    assert known.are_orders
    return connection, orders.plan(connection, TABLE, found, known.column, Dialect(), str)


def expected(lines, counted="order_id", amount=lambda line: line["amount"]):
    cutoff = max(line["order_date"] for line in lines) + timedelta(days=1)
    customers = {}
    for line in lines:
        customers.setdefault(line["customer_id"], []).append(line)
    return [
        {
            "customer_id": customer,
            "recency": (cutoff - max(line["order_date"] for line in lines)).days,
            "frequency": len({line[counted] for line in lines}),
            "monetary": sum(map(amount, lines)),
        }
        for customer, lines in sorted(customers.items())
    ]


def changed(**cells):
    """The lines with more columns, or others; a value is a function of the number of the line."""
    return [{**line, **{name: cell(n) for name, cell in cells.items()}} for n, line in enumerate(LINES)]


def days(lines):
    """The first and the last day of the lines."""
    return [extreme(line["order_date"] for line in lines) for extreme in (min, max)]


def test_the_period_is_that_of_the_lines_that_count():
    first, last = days(LINES)
    for outside in (first - timedelta(days=400), last + timedelta(days=400)):
        guest = {**LINES[0], "customer_id": "", "order_date": outside}
        connection, plan = made([*LINES, guest])
        assert period(connection, plan) == [first, last]


def test_each_customer_has_the_sums_of_their_lines():
    connection, plan = made(LINES)
    assert result(connection, plan) == expected(LINES)
    assert list(plan.features) == ["recency", "frequency", "monetary"] and plan.value == "monetary"


def test_typed_columns_give_the_same_numbers():
    types = {"customer_id": "VARCHAR", "order_id": "VARCHAR", "order_date": "TIMESTAMP", "amount": "DOUBLE"}
    lines = [{**line, "amount": float(line["amount"])} for line in LINES]
    assert result(*made(lines, types)) == expected(LINES)


def test_without_order_numbers_the_days_are_counted():
    lines = [{name: cell for name, cell in line.items() if name != "order_id"} for line in LINES]
    assert result(*made(lines)) == expected(lines, counted="order_date")


def test_lines_that_are_no_orders_count_nowhere():
    for odd in (
        {"customer_id": lambda n: "" if n % 7 == 0 else LINES[n]["customer_id"]},
        {"amount": lambda n: -LINES[n]["amount"] if n % 7 == 0 else LINES[n]["amount"]},
        {"order_date": lambda n: "" if n % 7 == 0 else LINES[n]["order_date"]},
        {"status": lambda n: DRAW.choice(["cancelled", "refunded"]) if n % 7 == 0 else "paid"},
        {"Storniert": lambda n: "ja" if n % 7 == 0 else "nein"},
        {"cancelled_at": lambda n: "2025-12-24" if n % 7 == 0 else ""},
    ):
        connection, plan = made(changed(**odd))
        counted = [line for n, line in enumerate(LINES) if n % 7]
        assert result(connection, plan) == expected(counted), odd
        assert period(connection, plan) == days(counted), odd
        assert any("35 lines" in note for note in plan.notes) or "order_date" in odd, plan.notes


def test_orders_that_stand_are_kept_whatever_their_status():
    connection, plan = made(changed(status=lambda n: ["paid", "partially_refunded", "pending", ""][n % 4]))
    assert [{name: row[name] for name in expected(LINES)[0]} for row in result(connection, plan)] == expected(LINES)


def test_a_free_order_is_an_order():
    lines = changed(amount=lambda n: Decimal(0) if n % 7 == 0 else LINES[n]["amount"])
    assert result(*made(lines)) == expected(lines)


def test_a_quantity_times_a_price_counts_where_both_are_positive():
    lines = changed(
        Quantity=lambda n: [1, 2, 12, -1, 0][n % 5], UnitPrice=lambda n: Decimal(n % 40) / 4, amount=lambda n: ""
    )
    lines = [{name: cell for name, cell in line.items() if name != "amount"} for line in lines]
    sold = [line for line in lines if line["Quantity"] > 0 and line["UnitPrice"] > 0]
    assert result(*made(lines)) == expected(sold, amount=lambda line: line["Quantity"] * line["UnitPrice"])


def test_the_total_of_an_order_counts_once_however_many_lines_repeat_it():
    totals = {line["order_id"]: line for line in reversed(LINES)}
    first = {order: (line["customer_id"], line["order_date"], line["amount"]) for order, line in totals.items()}
    lines = [
        {
            **line,
            "customer_id": first[line["order_id"]][0],
            "order_date": first[line["order_id"]][1],
            "amount": first[line["order_id"]][2],
        }
        for line in LINES
    ]
    connection, plan = made(lines)
    once = list({line["order_id"]: line for line in lines}.values())
    assert result(connection, plan) == expected(once)
    assert period(connection, plan) == days(once)
    assert "it counts once" in decided(plan)["amount"][1]


def test_amounts_in_several_currencies_are_not_added_up():
    connection, plan = made(changed(Currency=lambda n: ["EUR", "USD"][n % 2]))
    rows = [{name: cell for name, cell in row.items() if name != "monetary"} for row in expected(LINES)]
    assert result(connection, plan) == rows and plan.value is None
    assert "several currencies" in decided(plan)["Currency"][1]


def test_cents_add_up_to_the_last():
    lines = changed(amount=lambda n: Decimal("0.10"))
    connection, plan = made(lines)
    assert result(connection, plan) == expected(lines) and all("." in str(row["monetary"]) for row in expected(lines))


def test_the_most_frequent_word_of_each_customer_describes_segments():
    connection, plan = made(changed(Channel=lambda n: ["web", "shop", "app"][int(LINES[n]["customer_id"][1:]) % 3]))
    words = {row["customer_id"]: row["Channel"] for row in result(connection, plan)}
    assert words == {name: ["web", "shop", "app"][int(name[1:]) % 3] for name in words} and "Channel" in plan.profile


def test_a_word_that_is_the_same_for_all_customers_describes_none():
    _, plan = made(changed(Channel=lambda n: "web" if n % 9 else "shop"))
    assert not plan.profile and "the same for nearly all" in decided(plan)["Channel"][1]


@pytest.mark.parametrize(
    "cells, words",
    [
        ({"order_date": lambda n: f"0{n % 9 + 1}/0{n % 7 + 1}/2025"}, "add adopt.day_first=true or =false"),
        ({"amount": lambda n: "abc" if n == 7 else LINES[n]["amount"]}, "column 'amount' .*'abc' is no number"),
        ({"order_date": lambda n: "soon" if n == 7 else LINES[n]["order_date"]}, "'soon' is no date"),
        ({"status": lambda n: "cancelled" if n else "void"}, "no order is left"),
    ],
)
def test_orders_whose_days_or_amounts_cannot_be_read_are_refused(cells, words):
    with pytest.raises(InputFault, match=words):
        made(changed(**cells))


def test_the_order_of_lines_and_columns_changes_no_decision_and_no_number():
    lines = changed(status=lambda n: ["paid", "cancelled"][n % 9 == 0], Channel=lambda n: "abc"[n % 3])
    moved = [dict(reversed(line.items())) for line in DRAW.sample(lines, len(lines))]
    (one, first), (two, second) = made(lines), made(moved)
    assert decided(first) == decided(second) and first.features == second.features and first.notes == second.notes
    assert result(one, first) == result(two, second)


def test_another_unit_of_money_changes_the_sums_alone():
    lines = changed(amount=lambda n: LINES[n]["amount"] * 1000)
    (_, before), (connection, after) = made(LINES), made(lines)
    assert decided(before) == decided(after) and before.features == after.features
    assert result(connection, after) == expected(lines)
