"""Customers and invoices from the books of German firms: SAP, DATEV and Lexware."""

from datetime import date
from pathlib import Path

from .export import Export, cells, dates, identity, left_out, number, orders, table, word, write, yes_no
from .notation import comma, euros, german, german_day, trailing_minus
from .population import but, people
from .population import orders as drawn_orders

EXTF = ["EXTF", 700, 16, "Debitoren/Kreditoren", 5, "20260201101530000", "", "RE", "", "", 29098, 55003, 20260101, 4]


def sap(folder: Path) -> Export:
    """A list saved as Unicode text: UTF-16 with tabs, titles above, a total below, and a date that means never."""
    columns = [
        identity("Debitor", lambda person: f"{100_000 + person.number:010d}"),
        left_out("Name 1", lambda person: f"{person.last} GmbH"),
        left_out("PLZ", lambda person: person.postcode),
        word("Land", lambda person: ("DE", "AT", "CH")[person.number // 2 % 3]),
        word("ZBed", lambda person: f"Z{30 + 15 * (person.number % 3):03d}"),
        number("Umsatz", lambda person: 10 * person.spending, german),
        left_out("Währg", lambda person: "EUR"),
        number("Offene Posten", lambda person: person.balance, trailing_minus(german)),
        dates("Angelegt am", lambda person: person.joined, german_day),
        dates("Letzte Buchung", but(21, lambda person: person.latest), german_day),
        left_out("Gültig bis", lambda person: date(9999, 12, 31), german_day),
    ]
    drawn = people(17)
    sums = [sum(column.meaning(person) for person in drawn) for column in (columns[5], columns[7])]
    total = ["Gesamtergebnis", "", "", "", "", german(sums[0]), "EUR", trailing_minus(german)(sums[1]), "", "", ""]
    titles = [["Debitorenliste"], ["Buchungskreis 1000"], []]
    rows = [*titles, [column.name for column in columns], *cells(columns, drawn), total]
    write(folder / "debitoren.txt", rows, "utf-16", delimiter="\t")
    return table("debitoren.txt", columns, drawn, value="Umsatz", says=("utf-16", "Gesamtergebnis|total|below"))


def datev(folder: Path) -> Export:
    """Debtors under a line of DATEV's own, in cp1252, with decimal commas and no mark of thousands."""
    columns = [
        identity("Konto", lambda person: f"{10_000 + person.number}"),
        left_out("Name (Adressattyp Unternehmen)", lambda person: f"{person.last} & Söhne"),
        left_out("EU-UStID", lambda person: f"DE{person.number * 7919 % 10**9:09d}"),
        left_out("Straße", lambda person: f"{person.first}straße {person.number % 90}"),
        left_out("Postleitzahl", lambda person: person.postcode),
        word("Ort", lambda person: person.city),
        left_out("Telefon", lambda person: person.phone),
        left_out("E-Mail", but(4, lambda person: person.email)),
        number("Jahresumsatz", lambda person: person.spending, comma),
        number("Kreditlimit", but(14, lambda person: person.orders * 250 + person.number % 9), comma),
        dates("Letzte Zahlung", lambda person: person.latest, german_day),
        yes_no("Lastschrift", lambda person: person.subscribed, "J", "N"),
        left_out("Notiz", lambda person: person.note),
    ]
    drawn = people(18)
    rows = [EXTF, [column.name for column in columns], *cells(columns, drawn)]
    write(folder / "EXTF_Stammdaten.csv", rows, "cp1252", delimiter=";", quoting=2)
    return table("EXTF_Stammdaten.csv", columns, drawn, says=("cp1252|windows-1252|latin",))


def lexware(folder: Path) -> Export:
    """A list of invoices in euros with the sum below; some are cancelled, and credits are negative."""
    header = ["Beleg-Nr.", "Datum", "Kunden-Nr.", "Firma", "Status", "Zahlungsart", "Betrag €"]
    rows, kept = [], []
    for order in drawn_orders(19):
        number = f"{order.customer.number:05d}" if order.customer else ""
        firm = f"{order.customer.last} KG" if order.customer else "Barverkauf"
        amount = -order.total if order.fate == "refunded" else order.total
        status = "storniert" if order.fate == "cancelled" else ("bezahlt", "offen")[order.number % 2]
        code = f"{'GU' if amount < 0 else 'RE'}-{order.number}"
        rows.append([code, german_day(order.at), number, firm, status, "Überweisung", euros(amount)])
        if order.counts:
            kept.append((number, code, order.at, amount))
    total = sum(order.total * (-1) ** (order.fate == "refunded") for order in drawn_orders(19))
    write(folder / "Rechnungen 2025.csv", [header, *rows, ["Summe", *[""] * 5, euros(total)]], "cp1252", delimiter=";")
    return orders("Rechnungen 2025.csv", kept, says=("Kunden-Nr.", "Summe|total", "storniert"))
