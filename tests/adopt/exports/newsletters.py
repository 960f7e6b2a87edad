"""Subscribers from newsletter tools: Mailchimp and CleverReach."""

from decimal import Decimal
from pathlib import Path

from .export import Export, cells, dates, identity, left_out, number, table, word, write, yes_no
from .notation import german_day, iso_second, moment, percent, plain
from .population import Person, but, people


def clicks(person: Person) -> Decimal:
    """The share of mails that were clicked, with two decimals of a percentage."""
    return (person.share * (1 + person.number * 7919 % 13) / 20).quantize(Decimal("0.0001"))


def mailchimp(folder: Path) -> Export:
    """The e-mail address is the id; LEID and EUID are other ids, one of them a number."""
    columns = [
        identity("Email Address", lambda person: person.email),
        left_out("First Name", lambda person: person.first),
        left_out("Last Name", lambda person: person.last),
        left_out("Phone Number", lambda person: person.phone),
        left_out("Birthday", lambda person: f"{person.born:%m/%d}"),
        number("Total Spent", lambda person: person.spending, plain),
        number("Orders", but(11, lambda person: person.orders)),
        dates("OPTIN_TIME", lambda person: person.joined, iso_second),
        left_out("OPTIN_IP", lambda person: f"93.184.{person.number % 250}.{person.group + person.number // 4}"),
        word("CC", but(29, lambda person: ("DE", "AT", "CH", "FR")[person.number % 4])),
        dates("LAST_CHANGED", lambda person: person.latest, iso_second),
        left_out("LEID", lambda person: f"{504_132_000 + person.number * 7919 % 100_003}"),
        left_out("EUID", lambda person: f"{person.number * 982_451_653 % 16**10:010x}"),
        left_out("NOTES", lambda person: person.note),
    ]
    drawn = people(15)
    file = "subscribed_members_export_a1b2c3d4e5.csv"
    write(folder / file, [[column.name for column in columns], *cells(columns, drawn)], newline="\n")
    return table(file, columns, drawn, value="Total Spent")


def cleverreach(folder: Path) -> Export:
    """Rates as German percentages, dates as numbers of eight digits, a byte order mark, and n/a for missing."""
    columns = [
        identity("E-Mail", lambda person: person.email),
        left_out("Vorname", lambda person: person.first),
        left_out("Nachname", lambda person: person.last),
        word("Quelle", lambda person: ("Shop", "Messe", "Gewinnspiel; online")[person.number % 3]),
        dates("Registriert", lambda person: person.joined, german_day),
        dates("Letzte Öffnung", but(12, lambda person: person.latest), moment("%Y%m%d")),
        number("Öffnungsrate", lambda person: person.share, percent(",", " ")),
        number("Klickrate", but(17, clicks), percent(",", " ")),
        number("Empfangene Mails", lambda person: 5 + 2 * person.orders + person.number % 7),
        yes_no("Aktiv", lambda person: person.subscribed, "Ja", "Nein"),
    ]
    drawn = people(16)
    rows = [[column.name for column in columns], *cells(columns, drawn, missing="n/a")]
    write(folder / "Empfänger Export.csv", rows, "utf-8-sig", delimiter=";", quoting=1)
    return table("Empfänger Export.csv", columns, drawn)
