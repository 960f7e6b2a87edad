"""A plan knows how the cells of each column are written."""

from datetime import date, timedelta

import pytest
from adoption.planted import surveyed

from segmentation.adoption.plan import Decision, Plan, counted_back
from segmentation.pipeline.source_kinds import Column


def test_every_column_of_the_file_is_declared_in_its_order_whatever_it_is_used_for():
    found = surveyed({"Ort": ["Ulm", "Bonn"], "Umsatz": ["1,50", "2,25"], "Datum": ["31.12.2024", "01.01.2025"]})
    decisions = [
        Decision(column, use, "")
        for column, use in zip(found.values(), ("left out", "feature", "profile"), strict=True)
    ]
    plan = Plan("customers", decisions, "SELECT 1", {})
    assert list(plan.columns.items()) == [
        ("Ort", Column("text")),
        ("Umsatz", Column("number", decimal=",")),
        ("Datum", Column("date", order="day first")),
    ]


@pytest.mark.parametrize("period", ["", "SELECT 1, 2 FROM orders"])
def test_both_statements_are_changed_alike(period):
    plan = Plan("orders", [], "SELECT 3 FROM orders", {}, period=period)
    changed = plan.rewritten(lambda statement: statement.replace("orders", "shop"))
    assert (changed.query, changed.period) == ("SELECT 3 FROM shop", period.replace("orders", "shop"))


@pytest.mark.parametrize("days, asks", [(-400, False), (1, False), (400, True)])
def test_days_to_come_are_asked_about(days, asks):
    cutoff = date.today() + timedelta(days=days)
    note = counted_back(cutoff, "order")
    assert note.startswith(f"days are counted back from {cutoff}, the day after the last order")
    assert note.endswith("still to come: is its year right?") == asks
