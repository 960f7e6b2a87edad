"""Orders of one's own shop: Shopify, WooCommerce and Magento."""

from pathlib import Path

from .export import Export, orders, titles, write
from .notation import dollars, moment, plain
from .population import Order
from .population import orders as drawn_orders

SHOPIFY = titles(
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Zip,Billing Country,Notes,Cancelled at,Payment Method,"
    "Refunded Amount,Vendor,Id,Tags,Risk Level,Source",
)
WOOCOMMERCE = titles(
    "Order Number,Order Status,Order Date,Customer Note,First Name (Billing),Last Name (Billing),Postcode (Billing),"
    "City (Billing),Country Code (Billing),Email (Billing),Phone (Billing),Payment Method Title,Order Total Amount,"
    "SKU,Item #,Item Name,Quantity,Item Cost",
)
MAGENTO = titles(
    "ID,Purchase Point,Purchase Date,Bill-to Name,Ship-to Name,Grand Total (Base),Grand Total (Purchased),Status,"
    "Billing Address,Customer Email,Customer Group,Payment Method",
)


def shopify(folder: Path) -> Export:
    """Orders of several lines, of which only the first tells status and total; a refund keeps its later lines."""
    drawn = drawn_orders(4)
    written = moment("%Y-%m-%d %H:%M:%S +0100")
    rows = []
    for order in drawn:
        email = order.customer.email if order.customer else ""
        for place, line in enumerate(order.lines):
            head = shopify_head(order) if place == 0 else {}
            common = {"Name": f"#{order.number}", "Email": email, "Created at": written(order.at), "Vendor": "Acme"}
            item = {"quantity": line.quantity, "name": line.item, "price": plain(line.price), "sku": line.item[:3]}
            item |= {"requires shipping": "true", "taxable": "true", "fulfillment status": "fulfilled"}
            row = head | common | {f"Lineitem {name}": cell for name, cell in item.items()}
            rows.append([row.get(name, "") for name in SHOPIFY])
    write(folder / "orders_export_1.csv", [SHOPIFY, *rows], newline="\n")
    kept = [(order.customer.email, order.number, order.at, shopify_total(order)) for order in drawn if order.counts]
    return orders("orders_export_1.csv", kept, says=("Email", "Total", "refunded"))


def shopify_total(order: Order):
    """What was paid, with shipping."""
    return order.total + (0 if order.number % 3 else order.lines[0].price)


def shopify_head(order: Order) -> dict[str, str]:
    """The fields of the whole order."""
    written = moment("%Y-%m-%d %H:%M:%S +0100")
    total = shopify_total(order)
    return {
        "Financial Status": {"kept": "paid", "cancelled": "voided", "refunded": "refunded"}[order.fate],
        "Paid at": written(order.at),
        "Fulfillment Status": "fulfilled",
        "Accepts Marketing": "yes" if order.number % 2 else "no",
        "Currency": "EUR",
        "Subtotal": plain(order.total),
        "Shipping": plain(total - order.total),
        "Taxes": plain((total / 5).quantize(total)),
        "Total": plain(total),
        "Billing Name": order.customer.name if order.customer else "",
        "Billing Zip": f"'{order.customer.postcode}" if order.customer else "",
        "Billing Country": "DE",
        "Notes": order.customer.note if order.customer and order.number % 4 == 0 else "",
        "Cancelled at": written(order.at) if order.fate == "cancelled" else "",
        "Refunded Amount": plain(total if order.fate == "refunded" else total * 0),
        "Id": f"{5_300_000_000_000 + order.number}",
        "Risk Level": "Low",
        "Source": "web",
    }


def woocommerce(folder: Path) -> Export:
    """Orders whose total stands again on every line."""
    drawn = drawn_orders(5)
    status = {"kept": "Completed", "cancelled": "Cancelled", "refunded": "Refunded"}
    rows = []
    for order in drawn:
        who = order.customer
        person = (who.first, who.last, who.postcode, who.city, "DE", who.email, who.phone) if who else [""] * 7
        note = (who.note or "") if who and order.number % 5 == 0 else ""
        head = (order.number, status[order.fate], f"{order.at:%Y-%m-%d %H:%M}", note, *person, "PayPal")
        for place, line in enumerate(order.lines, start=1):
            item = (line.item[:3].upper(), place, line.item, line.quantity, plain(line.price))
            rows.append([*head, plain(order.total + 5), *item])
    write(folder / "orders-2026-02-01-09-30-00.csv", [WOOCOMMERCE, *rows], "utf-8-sig", "\n")
    kept = [(order.customer.email, order.number, order.at, order.total + 5) for order in drawn if order.counts]
    says = (r"Email \(Billing\)", "Order Total Amount", "Cancelled", "Refunded")
    return orders("orders-2026-02-01-09-30-00.csv", kept, says=says)


def magento(folder: Path) -> Export:
    """The grid of orders: order numbers with zeros, months by name, dollars, and the total twice."""
    drawn = drawn_orders(6)
    status = {"kept": "Complete", "cancelled": "Canceled", "refunded": "Canceled"}
    rows = [
        [
            f"{order.number:09d}",
            "Main Website\nMain Website Store\n   Default Store View",
            f"{order.at:%b} {order.at.day}, {order.at:%Y %I:%M:%S %p}",
            order.customer.name if order.customer else "Guest",
            order.customer.name if order.customer else "Guest",
            dollars(order.total),
            dollars(order.total),
            status[order.fate],
            f"1 Main St {order.number % 90},{order.customer.city if order.customer else ''}",
            order.customer.email if order.customer else "",
            "General" if order.customer else "NOT LOGGED IN",
            "checkmo",
        ]
        for order in drawn
    ]
    write(folder / "export.csv", [MAGENTO, *rows], newline="\n")
    kept = [(order.customer.email, order.number, order.at, order.total) for order in drawn if order.counts]
    return orders("export.csv", kept, says=("Customer Email", "Canceled"))
