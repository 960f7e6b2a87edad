"""What the name of a column says of its content, in the words of exports in English, German, French and beyond."""

import re
import unicodedata
from functools import cache

from segmentation.pipeline.notation import CURRENCIES

# Parts of names, in small letters without accents; `=` is an edge of a word, `_` a blank that may be missing.
ROOTS = {
    "customer": """
        custom =cust= kund =kd_n client klient =user member mitglied buyer kaufer besteller debitor subscriber abonn
        =guest= =gast patient =donor spender utente acheteur adherent =klant asiakas msisdn shopper consumer contact=
        kontakt teilnehmer participant policyholder usager comprador card_holder versicherungsnehmer
        visitor auftraggeb sold_to bill_to kunnr =kunag= =kunwe= payer zakazni 客户 顧客 得意先 клиент""",
    "account": """
        account =acct konto compan firma person household haushalt mail= =iban= compte =tiers= =card= karte""",
    "number": """
        =ids?= =nr= =no= =n= =num= =numero= =number= =nummer= =key= =uuid= =guid= =code= =ref= =pk= nummer= kennung= nr=
        =nif=
        =cif= =codice =codigo =clave =kod= =matricol
        (er|or|en|nt|ct|ion|son)id= =referen[cz]e?= =mrn= cislo 编号 番号 код номер""",
    "mail": "=e_mail= mail= mail_address mailadresse",
    "person": """
        name vorname =nom= prenom phone telefon =tel= mobil =fax= handy portable adress street strasse =rue= =iban=
        =bic= passport =ssn= =url= website mail""",
    "order": """
        order bestell beleg rechnung invoice transact transak facture commande auftrag receipt =bon= kassenbon ticket
        document pedido ordine vorgang buchung payment_id charge sale_id =piece= booking ecriture""",
    "purchase": "purchase kauf achat sale",
    "product": "product produkt produit =sku= stock item artikel article =asin= variant listing =ean= =gtin=",
    "quantity": "quantit =qty= menge =kwmeng= antal anzahl stuck =units= pieces =qte= cantidad number_of",
    "unit price": """
        unit_price einzelpreis stuckpreis price_each prix_unit =pu= lineitem_price item_price unit_cost
        ^(price|preis|prix)$        preis_pro price_per""",
    "price of a piece": """
        unit_price einzelpreis stuckpreis price_each prix_unit =pu= lineitem_price preis_pro price_per unit_cost""",
    "status": """
        status =etat= =state= zustand statut stato estado =typ= =type= =art= =kind= belegart vorgangsart
        auftragsart""",
    "date": """
        date= datum= data= =day= =tag= jour =time zeit created fecha giorno =am$ =on$ =at$ birth geburt naissance =dob=
        since seit last letzt dernier =when= timestamp =ts= =epoch= seen""",
    "latest": "last letzt dernier recent ultim latest",
    "index": "^unnamed_\\d+$ ^index index_level ^row$ ^row_number$ ^lfd ^zeile posnr ^position =pos= line_n linje",
    "aside": """
        owner note message comment bemerk kommentar remark service rep= manager title tag= plan stage lifecycle name
        group gruppe typ since seit city country stadt segment status date datum score value wert language sprache
        rating""",
    "birth": "birth geburt naissance =dob= =geb= nacimiento",
    "code": """
        code region channel kanal =typ= =type= categor kategor class klasse group
        gruppe branch filiale =store= =shop= depart abteilung gender geschlecht =sex= sexe segment =tier= status countr
        =land= =state= cohort cluster =area= gebiet vorwahl =naics= =sic= =pays= education
        bildung marriage marital occupation =job= beruf profession religion ethnic""",
    "line": "line zeile position ligne linje",
    "discount": "discount rabatt remise nachlass skonto",
    "certain code": "=code= =fips= =naics= =sic= area_code =store= =shop= branch filiale region industry branche",
    "postal": "=plz= =zip postal postcode postleit pocztow postnr postnummer =psc= =pin_code= =pincode= =cap= =cp=",
    "until": "until =bis= =end ende= expir ablauf renew =next due= fallig valid gultig",
    "joined": "registr anmeld join sign_?up first since seit erste= erstkauf erstbestell =start",
    "phone": "phone telefon =tel= mobil =fax= handy msisdn",
    "activity": """
        order bestell purchase einkauf visit besuch login session frequen transac commande achats anzahl count number_of
        =nb= nombre nights flights opens clicks invoice buchung usage trips stays =calls=""",
    "cancelled": """
        cancel storn annul refunded erstattet rembours returned retourniert voided deleted geloscht =test=
        absage =abgru=""",
}
# Names of amounts, the most telling first: what a line or an order came to, before single prices and sums in parts.
AMOUNTS = (
    r"line ?total|zeilensumme|positionssumme|total ligne|gesamtpreis|total ?price|extended",
    r"grand ?total|order ?total|endbetrag|gesamtbetrag|gesamtsumme|montant total|total amount|total ttc|total paid",
    r"^total$|^gesamt$|^summe$|revenue|umsatz|netwr|turnover|sales|chiffre|^ca\b|monetary|lifetime value|"
    r"\bmrr\b|\barr\b|\barpu\b|\bc?ltv\b|spen[dt]",
    r"amount|betrag|montant|importe|importo|\btotal|gross|brutto|dollar|\bttc\b|ausgaben|depense|beitrag|donat|value|wert",
    r"\bnet|netto|\bht\b|subtotal|zwischensumme|paid|bezahlt",
    r"price|preis|prix|precio|prezzo",
)
NO_AMOUNT = re.compile(
    r"tax|steuer|mwst|freight|fracht|ust\b|\bvat\b|\btva\b|shipping|versand|porto|discount|rabatt|remise|\bfee|gebuhr|refund|"
    r"\btip\b|balance|saldo|solde|kosten|\bcosts?\b|einkaufspreis|exchange|\bkurs\b|\brate\b|quantit|\bqty\b|count|"
    r"anzahl|number|outstanding|offen|\bdue\b|fallig|restbetrag|reste a|credit limit|income|einkommen|index|"
    r"\bidx\b|score|rating|\brank|grade|points|punkte|avg|average|durchschnitt|moyen|unit|share|anteil|percent"
)
ASIDE_TAX = re.compile(
    r"\b(inc|incl|including|inclusive|ex|excl|excluding|inkl|exkl|ohne|mit|zzgl|hors|avec|with|without) (\w+ )?"
    r"(tax\w*|vat|mwst|ust|steuern?|tva|gst|iva|shipping|versand)"
)
# Words of a status by which nothing came of an order, in English, German, French, Spanish, Portuguese, Italian, Dutch,
# Swedish and Polish; `=` is an edge of a word.
CANCELLATIONS = """
    cancel refund return =void fail chargeback declin abandon expired reject reversed =rma= =test= =view= =cart=
    =unpaid= not_paid =lost= credit_note credit_memo quote =offer draft proforma storn retour ruckgabe ruckabgew
    ruckzahl widerruf gutschrift erstatt abgebroch angebot entwurf annul rembours avoir anulad reembols devuel
    devoluc devolv estorn rimbors =reso= terugbet avbrut aterbetal anulow zwroc zwrot uncollectible =fee= =payout=
    =transfer="""
PARTLY = re.compile("partial|partly|teil")  # a partial refund is an order
TOTALS = (
    "total", "totals", "grand total", "subtotal", "sub total", "report total", "general total", "sum", "total général",
    "total general", "total geral", "totaal", "totale", "totales", "somme", "suma", "summe", "gesamt", "insgesamt",
    "gesamtsumme", "endsumme", "zwischensumme", "ergebnis", "gesamtergebnis", "teilergebnis", "saldo",
)  # fmt: skip
TOTAL = re.compile(f"({'|'.join(TOTALS)})( .*)?")


@cache
def _compiled(parts: str) -> re.Pattern[str]:
    return re.compile("|".join(part.replace("=", r"\b").replace("_", " ?") for part in parts.split()))


def _pattern(root: str) -> re.Pattern[str]:
    return _compiled(ROOTS[root])


@cache
def words(name: str) -> str:
    """A name in small letters without accents, its words apart: `KundenNr.` and `kunden_nr` are both `kunden nr`."""
    apart = re.sub(
        r"(?<=[a-zß-ÿ0-9])(?=[A-ZÀ-Þ][a-zß-ÿ])|(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?<!PA)(?=ID\b)", " ", name
    )
    plain = unicodedata.normalize("NFKD", apart.replace("ß", "ss"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[\W_]+", " ", plain.casefold()).split())


def says(name: str, root: str) -> bool:
    """Whether a name has one of the parts that ROOTS lists under `root`."""
    return bool(_pattern(root).search(words(name)))


def without(name: str, root: str) -> str:
    """A name without the parts that ROOTS lists under `root`."""
    return _pattern(root).sub(" ", words(name))


def amount_rank(name: str) -> int | None:
    """How well a name tells an amount of money, 0 being best; None where it tells none."""
    plain = ASIDE_TAX.sub("", words(name))
    if NO_AMOUNT.search(plain) or (says(name, "activity") and not says(name, "order") and not currency(name)):
        return None
    return next((rank for rank, pattern in enumerate(AMOUNTS) if re.search(pattern, plain)), None)


def currency(name: str) -> str:
    """The currency that a name tells by its sign or its code, as `Umsatz €` or `revenue_usd`; "" for none."""
    if sign := re.search(r"[€$£¥](?![^\W_])", name):  # not the sign of $HOME
        return sign[0]
    return next((code for code in words(name).upper().split() if code in CURRENCIES), "")


def is_total(cell: str) -> bool:
    """Whether a cell says that its row holds totals, as `Summe` or `Grand Total`."""
    return bool(TOTAL.fullmatch(words(cell)))


def is_cancelled(cell: str) -> bool:
    """Whether the status of an order says that nothing came of it; a partial refund is an order."""
    plain = words(cell)
    return bool(_compiled(CANCELLATIONS).search(plain)) and not PARTLY.match(plain)
