"""A plan knows how the cells of each column are written."""

from adoption.planted import surveyed

from segmentation.adoption.plan import Decision, Plan
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
