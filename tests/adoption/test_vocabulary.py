"""Names of columns in the words of exports, and what they say."""

import pytest

from segmentation.adoption import vocabulary


@pytest.mark.parametrize(
    "name, words",
    [
        ("KundenNr.", "kunden nr"),
        ("kunden_nr", "kunden nr"),
        ("Käufer-Straße", "kaufer strasse"),
        ("CustomerID", "customer id"),
        ("  Umsatz   (netto) ", "umsatz netto"),
        ("N° client", "n client"),
        ("顧客番号", "顧客番号"),
        ("€", ""),
    ],
)
def test_a_name_becomes_small_words_without_accents(name, words):
    assert vocabulary.words(name) == words


@pytest.mark.parametrize(
    "root, names, others",
    [
        (
            "customer",
            ["CustomerID", "Kundennummer", "Client", "user_id", "Numéro client"],
            ["Region", "Order ID", "Ort"],
        ),
        ("number", ["Nr.", "kunden_id", "Kundennummer", "Order No", "Réf"], ["Identity", "Nominal", "Notiz", "paid"]),
        ("order", ["Bestellung", "Invoice", "N° facture", "Transaktion"], ["Umsatz", "Bonus"]),
        ("date", ["Datum", "order_date", "Created at", "Letzter Kauf", "Member since"], ["Update", "Amount"][1:]),
        ("quantity", ["Menge", "Qty", "Lineitem quantity"], ["Summe"]),
        ("phone", ["Telefon", "Mobile phone", "Handy"], ["Umsatz"]),
    ],
)
def test_roots_are_found_in_names_of_several_languages(root, names, others):
    assert [name for name in names if not vocabulary.says(name, root)] == []
    assert [name for name in others if vocabulary.says(name, root)] == []


def test_amounts_are_ranked_from_a_total_to_a_price():
    names = ["Line total", "Grand Total", "Umsatz", "Betrag", "Netto", "Preis"]
    assert [vocabulary.amount_rank(name) for name in names] == list(range(6))


@pytest.mark.parametrize("name", ["Tax", "MwSt.", "Shipping amount", "Order count", "Anzahl", "Credit limit", "Rabatt"])
def test_what_only_looks_like_an_amount_is_none(name):
    assert vocabulary.amount_rank(name) is None


@pytest.mark.parametrize(
    "name, currency",
    [
        ("Umsatz €", "€"),
        ("revenue_usd", "USD"),
        ("Betrag in CHF", "CHF"),
        ("Try", "TRY"),
        ("Umsatz", ""),
        ("%s $HOME", ""),
        ("spend_$", "$"),
    ],
)
def test_a_currency_is_read_off_a_name(name, currency):
    assert vocabulary.currency(name) == currency


@pytest.mark.parametrize(
    "cell",
    ["Summe", "Total", "TOTAL:", "Gesamtergebnis", "Grand Total", "Total général", "Summe (300 Kunden)", "Somme"],
)
def test_a_cell_tells_a_row_of_totals(cell):
    assert vocabulary.is_total(cell)


@pytest.mark.parametrize("cell", ["Totally Fine Ltd", "Sommer", "Summer", "C0001", "", "Subway"])
def test_a_name_is_no_total(cell):
    assert not vocabulary.is_total(cell)


@pytest.mark.parametrize(
    "cell", ["cancelled", "Storniert", "refunded", "Remboursée", "VOIDED", "payment failed", "Retoure"]
)
def test_a_status_says_that_nothing_came_of_an_order(cell):
    assert vocabulary.is_cancelled(cell)


@pytest.mark.parametrize("cell", ["paid", "partially_refunded", "Teilretoure", "complete", "bezahlt", ""])
def test_a_status_says_that_an_order_stands(cell):
    assert not vocabulary.is_cancelled(cell)
