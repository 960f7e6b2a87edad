"""Tables that people kept in a spreadsheet: saved in German, saved in Swiss for Excel, and the workbook itself."""

from decimal import Decimal
from pathlib import Path

from .export import Export, cells, dates, identity, left_out, number, table, word, write, yes_no
from .notation import euros, german_day, percent, swiss
from .population import but, people


def thousands(points: int) -> str:
    """Whole points with a mark of thousands, which could be a decimal mark."""
    return f"{points:,}".replace(",", ".")


def excel_german(folder: Path) -> Export:
    """Cp1252 with decimal commas; the turnover again in cents, and points that can be read in two ways."""
    columns = [
        identity("Kundennr", lambda person: f"{person.number:05d}"),
        left_out("Name", lambda person: person.name),
        left_out("PLZ", lambda person: person.postcode),
        word("Stadt", lambda person: person.city),
        number("Umsatz €", lambda person: person.spending, euros),
        left_out("Umsatz in Cent", lambda person: int(person.spending * 100)),
        number("Rabatt", lambda person: person.share, percent(",", " ")),
        number("Bestellungen", lambda person: person.orders),
        left_out("Bonuspunkte", lambda person: 200 + person.number * 37 % 5000, thousands),
        dates("Letzter Kauf", but(18, lambda person: person.latest), german_day),
        yes_no("Newsletter", lambda person: person.subscribed, "ja", "nein"),
        left_out("Leer", lambda person: None),
    ]
    drawn = people(23)
    rows = [[column.name for column in columns], *cells(columns, drawn, missing="")]
    write(folder / "Kunden (Kopie).csv", rows, "cp1252", delimiter=";")
    says = ("cp1252|windows-1252|latin", r"Bonuspunkte.*1\.?\d\d\d.*adopt\.decimal")
    return table("Kunden (Kopie).csv", columns, drawn, value="Umsatz €", says=says)


def excel_swiss(folder: Path) -> Export:
    """A byte order mark and a line `sep=;` above the header, apostrophes between thousands, and a total."""
    columns = [
        identity("Kunden-ID", lambda person: f"CH-{person.number:04d}"),
        word("Kanton", lambda person: ("ZH", "BE", "VD", "TI")[person.number % 4]),
        number("Umsatz CHF", lambda person: person.spending * 5, swiss),
        number("Marge", lambda person: person.balance, swiss),
        number("Anzahl Käufe", lambda person: person.orders),
        dates("Kunde seit", lambda person: person.joined, german_day),
        left_out("Bemerkung", lambda person: person.note),
    ]
    drawn = people(24)
    sums = [swiss(sum(column.meaning(person) for person in drawn)) for column in columns[2:4]]
    total = ["Total", "", *sums, sum(person.orders for person in drawn), "", ""]
    rows = [["sep=;"], [column.name for column in columns], *cells(columns, drawn), total]
    path = folder / "kunden_schweiz.csv"
    write(path, rows, "utf-8-sig", delimiter=";")
    path.write_bytes(path.read_bytes().replace(b'"sep=;"', b"sep=;", 1))
    return table("kunden_schweiz.csv", columns, drawn, value="Umsatz CHF", says=("row of totals|below",))


def workbook(folder: Path) -> Export:
    """A workbook whose ids get their zeros from a format, with title rows, true dates, percents, and a total."""
    from openpyxl import Workbook

    columns = [
        identity("Kunde", lambda person: f"{person.number:05d}"),
        left_out("Name", lambda person: person.name),
        word("Region", lambda person: ("Nord", "Süd", "West")[person.number // 4 % 3]),
        number("Umsatz", lambda person: person.spending, float),
        number("Rabatt", lambda person: person.share, float),
        number("Käufe", but(15, lambda person: person.orders), int),
        dates("Letzter Kauf", lambda person: person.latest, lambda moment: moment.date()),
        yes_no("Aktiv", lambda person: person.subscribed, True, False),
    ]
    drawn = people(25)
    book = Workbook()
    sheet = book.active
    rows = [[int(row[0]), *row[1:]] for row in cells(columns, drawn, missing=None)]
    total = ["Gesamt", "", "", float(sum((person.spending for person in drawn), Decimal(0))), "", "", None, None]
    for row in (["Kundenübersicht 2025"], [], [column.name for column in columns], *rows, total):
        sheet.append(row)
    for row in sheet.iter_rows(min_row=4, max_row=3 + len(rows)):
        row[0].number_format, row[3].number_format, row[4].number_format = "00000", "#,##0.00 €", "0.00%"
        row[6].number_format = "DD.MM.YYYY"
    book.create_sheet("Notizen").append(["nichts"])
    book.save(folder / "Kundenübersicht.xlsx")
    return table("Kundenübersicht.xlsx", columns, drawn, value="Umsatz", says=("Gesamt|row of totals|below",))
