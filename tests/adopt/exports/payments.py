"""Payments by Stripe and PayPal, and orders of NetSuite."""

from decimal import Decimal
from pathlib import Path

from .export import Export, orders, titles, write
from .notation import american, dollars, english, iso_second, plain
from .population import orders as drawn_orders

STRIPE = titles(
    "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Decline Reason,Description,Fee,Mode,"
    "Refunded date (UTC),Statement Descriptor,Status,Card ID,Customer ID,Customer Email,Invoice ID",
)
PAYPAL = titles(
    "Date,Time,TimeZone,Name,Type,Status,Currency,Gross,Fee,Net,From Email Address,To Email Address,Transaction ID,"
    "Balance Impact",
)


def stripe(folder: Path) -> Export:
    """Payments in one currency: refunded and canceled ones too, and guests without a customer."""
    drawn = drawn_orders(10)
    status = {"kept": "Paid", "cancelled": "Canceled", "refunded": "Refunded"}
    rows = [
        [
            f"ch_3{order.number * 982_451_653:x}",
            iso_second(order.at),
            plain(order.total),
            plain(order.total if order.fate == "refunded" else Decimal(0)),
            "usd",
            "true",
            "",
            f"Invoice {order.number}",
            plain((order.total * Decimal("0.029")).quantize(Decimal("0.01")) + Decimal("0.3")),
            "Live",
            iso_second(order.at) if order.fate == "refunded" else "",
            "ACME",
            status[order.fate],
            f"card_{order.number * 7919:x}",
            f"cus_{order.customer.number * 7919:08X}" if order.customer else "",
            order.customer.email if order.customer else "guest@example.com",
            f"in_{order.number * 104_729:x}",
        ]
        for order in drawn
    ]
    write(folder / "unified_payments.csv", [STRIPE, *rows], newline="\n")
    kept = [
        (f"cus_{order.customer.number * 7919:08X}", order.number, order.at, order.total)
        for order in drawn
        if order.counts
    ]
    return orders("unified_payments.csv", kept, says=("Customer ID", "Refunded"))


def paypal(folder: Path) -> Export:
    """Activity in three currencies, which no sum can mix; refunds and withdrawals are negative."""
    drawn = drawn_orders(11, guests=0)
    rows = []
    for order in drawn:
        currency = ("USD", "EUR", "GBP")[order.customer.number % 3]
        fate = "Completed" if order.fate != "cancelled" else "Canceled"
        total = order.total
        who = (order.customer.name, order.customer.email, "shop@example.org")
        if order.fate == "refunded":
            who, total = (order.customer.name, "shop@example.org", order.customer.email), -total
        kind = "Express Checkout Payment" if total > 0 else "Payment Refund"
        fee = -(abs(total) / 25).quantize(Decimal("0.01"))
        at = (f"{order.at:%m/%d/%Y}", f"{order.at:%H:%M:%S}", "America/New_York")
        code = f"{order.number * 982_451_653:X}"
        rows.append(
            [*at, who[0], kind, fate, currency, *map(english, (total, fee, total + fee)), *who[1:], code, "Credit"]
        )
    write(folder / "Download.CSV", [PAYPAL, *rows], "utf-8-sig", quoting=1)
    kept = [(order.customer.email, order.number, order.at, order.total) for order in drawn if order.counts]
    says = ("currenc", "From Email Address")
    return orders(
        "Download.CSV", kept, features=("recency", "frequency"), left_out=("monetary",), value=None, says=says
    )


def netsuite_ambiguous(folder: Path) -> Export:
    """Transactions of a billing run that ends on the twelfth: each date could begin with its day or with its month."""
    rows = [
        [
            american(order.at.replace(day=1 + order.at.day % 12)),
            f"INV{order.number}",
            f"C{order.customer.number:05d} {order.customer.name}",
            "Paid In Full",
            dollars(order.total),
        ]
        for order in drawn_orders(12, guests=0, lost=0)
    ]
    header = ["Date", "Document Number", "Customer", "Status", "Amount"]
    write(folder / "TransactionSearchResults123.csv", [header, *rows], newline="\n")
    refused = r"Date.*(adopt\.day_first=(true|false)|day.*month|month.*day)"
    return Export("TransactionSearchResults123.csv", refused=refused)
