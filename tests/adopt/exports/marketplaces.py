"""Orders from marketplaces: Amazon and Etsy; and the purchases that research knows as CDNOW."""

from pathlib import Path

from .export import Export, orders, titles, write
from .notation import plain
from .population import orders as drawn_orders

AMAZON = titles(
    "amazon-order-id merchant-order-id purchase-date last-updated-date order-status fulfillment-channel sales-channel "
    "order-channel ship-service-level product-name sku asin item-status quantity currency item-price item-tax "
    "buyer-email ship-city ship-state ship-postal-code ship-country is-business-order",
    " ",
)
ETSY = titles(
    "Sale Date,Order ID,Buyer User ID,Full Name,Number of Items,Payment Method,Ship City,Ship State,Ship Zipcode,"
    "Ship Country,Currency,Coupon Code,Shipping,Order Total,Status,Order Type,SKU",
)


def amazon(folder: Path) -> Export:
    """All orders as text with tabs: a line per item; cancelled ones have neither a quantity nor a price."""
    drawn = drawn_orders(7)
    rows = []
    for order in drawn:
        number = f"302-{order.number * 7919 % 10_000_000:07d}-{order.number * 104_729 % 10_000_000:07d}"
        status = {"kept": "Shipped", "cancelled": "Cancelled", "refunded": "Cancelled"}[order.fate]
        at = f"{order.at:%Y-%m-%dT%H:%M:%S}+00:00"
        email = f"{order.customer.number * 7919:x}@marketplace.amazon.de" if order.customer else ""
        for line in order.lines:
            sold = ("1", "EUR", plain(line.price), "0.00") if status == "Shipped" else ("0", "", "", "")
            place = ("Leipzig", "", order.customer.postcode if order.customer else "", "DE", "false")
            head = (number, number, at, at, status, "Amazon", "Amazon.de", "", "Standard")
            rows.append([*head, line.item, line.item[:3], f"B0{line.item[:4]}", status, *sold, email, *place])
    write(folder / "all-orders.txt", [AMAZON, *rows], newline="\n", delimiter="\t")
    kept = [
        (f"{order.customer.number * 7919:x}@marketplace.amazon.de", order.number, order.at, line.price)
        for order in drawn
        if order.counts
        for line in order.lines
    ]
    return orders("all-orders.txt", kept, says=("buyer-email", "item-price", "Cancelled"))


def etsy(folder: Path) -> Export:
    """Sold orders with years of two digits; buyers without an account have no id."""
    drawn = drawn_orders(8)
    rows = [
        [
            f"{order.at:%m/%d/%y}",
            3_100_000_000 + order.number,
            order.customer.number + 90_000_000 if order.customer else "",
            order.customer.name if order.customer else "A guest",
            sum(line.quantity for line in order.lines),
            "Credit Card",
            order.customer.city if order.customer else "",
            "",
            order.customer.postcode if order.customer else "",
            "Germany",
            "USD",
            "",
            "4.90",
            plain(order.total),
            {"kept": "Completed", "cancelled": "Canceled", "refunded": "Refunded"}[order.fate],
            "online",
            "",
        ]
        for order in drawn
    ]
    write(folder / "EtsySoldOrders2025.csv", [ETSY, *rows], newline="\n")
    kept = [
        (f"{90_000_000 + order.customer.number}", order.number, order.at, order.total)
        for order in drawn
        if order.counts
    ]
    return orders("EtsySoldOrders2025.csv", kept, says=("Buyer User ID", "Order Total", "Refunded"))


def cdnow(folder: Path) -> Export:
    """Columns aligned by blanks, ids with zeros, dates of eight digits, and an amount that is no unit price."""
    drawn = drawn_orders(9, guests=0, lost=0)
    lines = [" customer_id  date number_of_cds  dollar_value"]
    for order in sorted(drawn, key=lambda order: (order.customer.number, order.at)):
        cds = sum(line.quantity for line in order.lines)
        amount = order.total * (order.number % 40 > 0)
        lines.append(f" {order.customer.number:05d} {order.at:%Y%m%d} {cds:2d} {amount:7.2f}")
    (folder / "CDNOW_2025.txt").write_text("\n".join(lines) + "\n")
    kept = [
        (f"{order.customer.number:05d}", order.at.date(), order.at, order.total * (order.number % 40 > 0))
        for order in drawn
    ]
    return orders("CDNOW_2025.txt", kept, says=("customer_id", "dollar_value"))
