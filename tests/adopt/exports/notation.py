"""How the products of different countries write numbers and dates."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

NO_BREAK, NARROW = "\u00a0", "\u202f"


def marked(thousands: str, decimal: str, before: str = "", behind: str = "") -> Callable[[Decimal], str]:
    """Writes numbers with these marks and a currency before or behind."""

    def written(amount: Decimal) -> str:
        sign = "-" if amount < 0 else ""
        digits = f"{abs(amount):,.2f}".translate(str.maketrans({",": thousands, ".": decimal}))
        return f"{sign}{before}{digits}{behind}"

    return written


def trailing_minus(written: Callable[[Decimal], str]) -> Callable[[Decimal], str]:
    """Puts the sign behind, as SAP and banks do."""
    return lambda amount: f"{written(abs(amount))}-" if amount < 0 else written(amount)


def brackets(written: Callable[[Decimal], str]) -> Callable[[Decimal], str]:
    """Puts negative amounts in brackets, as bookkeepers do."""
    return lambda amount: f"({written(abs(amount))})" if amount < 0 else written(amount)


def percent(mark: str, blank: str) -> Callable[[Decimal], str]:
    """Writes a share as a percentage of at most two decimals."""
    return lambda share: f"{(share * 100).normalize():f}".replace(".", mark) + f"{blank}%"


def moment(pattern: str) -> Callable[[date], str]:
    """Writes dates by a pattern of strftime."""
    return lambda written: written.strftime(pattern)


def american(written: date) -> str:
    """A day as 3/24/2025."""
    return f"{written.month}/{written.day}/{written.year}"


def american_minute(written: datetime) -> str:
    """A moment as 3/24/2025 2:05 PM."""
    return f"{american(written)} {written:%I:%M %p}".replace(" 0", " ")


german, comma = marked(".", ","), marked("", ",")
euros = marked(".", ",", behind=" €")
english, dollars = marked(",", "."), marked(",", ".", before="$")
french, french_euros = marked(NO_BREAK, ","), marked(NARROW, ",", behind=f"{NO_BREAK}€")
swiss = marked("'", ".")
plain = marked("", ".")
german_day, french_day = moment("%d.%m.%Y"), moment("%d/%m/%Y")
iso_minute, iso_second = moment("%Y-%m-%d %H:%M"), moment("%Y-%m-%d %H:%M:%S")
