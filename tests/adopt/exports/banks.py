"""A bank's customers, and the payments on an account."""

from decimal import Decimal
from pathlib import Path

from .export import Export, cells, dates, identity, left_out, number, orders, table, titles, word, write, yes_no
from .notation import german, german_day, trailing_minus
from .population import but, people
from .population import orders as drawn_orders

PAYMENTS = titles(
    "Auftragskonto;Buchungstag;Valutadatum;Buchungstext;Verwendungszweck;Beguenstigter/Zahlungspflichtiger;"
    "Kontonummer/IBAN;BIC (SWIFT-Code);Betrag;Waehrung;Info",
    ";",
)


def bank_customers(folder: Path) -> Export:
    """German: title lines, a sum, a footer, ids and branches with zeros, a minus behind, and `-` for missing."""
    columns = [
        identity("Kundennummer", lambda person: f"{person.number:07d}"),
        left_out("Name", lambda person: person.name),
        left_out("IBAN", lambda person: person.iban),
        left_out("PLZ", lambda person: person.postcode),
        word("Filiale", lambda person: f"{42 + person.number % 5:04d}"),
        dates("Geburtsdatum", lambda person: person.born, german_day),
        dates("Kunde seit", lambda person: person.joined, german_day),
        number("Kontostand", lambda person: person.balance, trailing_minus(german)),
        number("Sparguthaben", but(13, lambda person: 10 * person.spending), german),
        word("Bonität", lambda person: "ABC"[person.number // 5 % 3]),
        yes_no("Online-Banking", lambda person: person.subscribed, "ja", "nein"),
        left_out("Währung", lambda person: "EUR"),
    ]
    drawn = people(13)
    total = [sum(column.meaning(person) or 0 for person in drawn) for column in columns[7:9]]
    rows = [
        ["Kundenliste Privatkunden"],
        ["Stand: 31.01.2026"],
        [],
        [column.name for column in columns],
        *cells(columns, drawn, missing="-"),
        ["Summe", *[""] * 6, trailing_minus(german)(total[0]), german(total[1]), "", "", "EUR"],
        [],
        ["Exportiert am 01.02.2026"],
    ]
    write(folder / "kunden.csv", rows, "cp1252", delimiter=";")
    return table("kunden.csv", columns, drawn, says=("cp1252|windows-1252|latin", "Summe|totals|below"))


def bank_payments(folder: Path) -> Export:
    """What customers paid by transfer, and what went back to them, with dates as 24.03.25."""
    rows, kept = [], []
    for order in drawn_orders(14, guests=0):
        day, amount = f"{order.at:%d.%m.%y}", order.total if order.counts else -order.total
        purpose = f"Rechnung {order.number} vom {day}; danke" + (" Rueckgabe" if amount < 0 else "")
        kind = "GUTSCHR. UEBERWEISUNG" if amount > 0 else "RUECKLASTSCHRIFT"
        who = (order.customer.name, order.customer.iban, "WELADE8LXXX")
        written = german(amount).replace(".", "")
        rows.append(["DE02120300000000202051", day, day, kind, purpose, *who, written, "EUR", "Umsatz gebucht"])
        if order.counts:
            kept.append((order.customer.iban, order.at.date(), order.at, order.total))
    write(folder / "umsaetze.CSV", [PAYMENTS, *rows], "cp1252", delimiter=";", quoting=1)
    assert all(isinstance(amount, Decimal) for *_, amount in kept)
    return orders("umsaetze.CSV", kept, says=("Kontonummer/IBAN", "Betrag"))
