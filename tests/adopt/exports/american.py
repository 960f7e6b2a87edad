"""Customers from the books of American firms: QuickBooks."""

from pathlib import Path

from .export import Export, cells, dates, identity, left_out, number, table, word, write, yes_no
from .notation import american, brackets, dollars
from .population import but, people


def quickbooks(folder: Path) -> Export:
    """A report with its title above, TOTAL and the basis below, and negative dollars in brackets."""
    columns = [
        identity("Customer", lambda person: f"{person.last}, {person.first} {person.number}"),
        left_out("Phone Numbers", lambda person: f"Phone: (555) {person.number * 7919 % 10_000_000:07d}"),
        left_out("Email", lambda person: person.email),
        word("Terms", lambda person: ("Net 30", "Net 60", "Due on receipt")[person.number % 3]),
        number("Open Balance", lambda person: person.balance, brackets(dollars)),
        number("Total Sales", lambda person: person.spending, dollars),
        number("Invoices", lambda person: person.orders),
        dates("Last Invoice", but(25, lambda person: person.latest), american),
        yes_no("Taxable", lambda person: person.subscribed, "Yes", "No"),
    ]
    drawn = people(22)
    sums = [sum(person.balance for person in drawn), sum(person.spending for person in drawn)]
    orders = sum(person.orders for person in drawn)
    total = ["TOTAL", "", "", "", brackets(dollars)(sums[0]), dollars(sums[1]), orders, "", ""]
    rows = [
        ["Acme Inc."],
        ["Sales by Customer Summary"],
        ["January - December, 2025"],
        [],
        [column.name for column in columns],
        *cells(columns, drawn),
        total,
        [],
        [],
        ["Accrual Basis Monday, February 2, 2026 10:12 AM GMT-8"],
    ]
    write(folder / "Acme_Sales by Customer Summary.csv", rows, newline="\n")
    return table(
        "Acme_Sales by Customer Summary.csv", columns, drawn, value="Total Sales", says=("row of totals|below",)
    )
