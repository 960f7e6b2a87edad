"""Customers and sales from the books of French firms: Sage and Cegid."""

from pathlib import Path

from .export import Export, cells, dates, identity, left_out, number, orders, table, word, write, yes_no
from .notation import french, french_day, french_euros, percent
from .population import but, people
from .population import orders as drawn_orders


def sage(folder: Path) -> Export:
    """Customers with no-break spaces between thousands, rebates in percent, and a general total."""
    columns = [
        identity("Numéro compte tiers", lambda person: f"C{person.number:06d}"),
        left_out("Intitulé", lambda person: f"Établissements {person.last}"),
        left_out("Code postal", lambda person: person.postcode),
        word("Catégorie tarifaire", lambda person: ("Détail", "Gros", "Export")[person.number % 3]),
        number("CA HT", lambda person: 10 * person.spending, french),
        number("Encours autorisé", but(16, lambda person: person.orders * 1000 + person.number), french),
        number("Taux remise", lambda person: person.share, percent(",", " ")),
        dates("Date création", lambda person: person.joined, french_day),
        dates("Dernière facture", lambda person: person.latest, french_day),
        yes_no("En sommeil", lambda person: not person.subscribed, "Oui", "Non"),
    ]
    drawn = people(20)
    total = french(sum(10 * person.spending for person in drawn))
    rows = [[column.name for column in columns], *cells(columns, drawn), ["Total général", *[""] * 3, total, *[""] * 5]]
    write(folder / "clients.csv", rows, "utf-8-sig", delimiter=";")
    return table("clients.csv", columns, drawn, value="CA HT", says=("Total général|a row of totals|below",))


def cegid(folder: Path) -> Export:
    """Sales by month, a file each: lines of pieces with narrow spaces and euros; credit notes are negative."""
    header = ["Nature", "N° pièce", "Date pièce", "Code tiers", "Libellé article", "Qté", "Total TTC"]
    months, kept = {}, []
    for order in drawn_orders(21):
        sign = 1 if order.fate == "kept" else -1
        code = f"{order.customer.number:06d}" if order.customer else ""
        for line in order.lines:
            nature = "Facture" if sign > 0 else "Avoir"
            amount = french_euros(sign * line.amount)
            row = [nature, order.number, french_day(order.at), code, line.item, sign * line.quantity, amount]
            months.setdefault(f"{order.at:%Y-%m}", []).append(row)
            if order.counts:
                kept.append((code, order.number, order.at, line.amount))
    for month, rows in months.items():
        write(folder / "ventes" / f"ventes [{month}].csv", [header, *rows], delimiter=";")
    return orders("ventes/*.csv", kept, says=("Code tiers", "Total TTC"))
