"""What an export is: a file in the shape of a product's own, and what a careful analyst reads out of it."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

Meaning = str | int | Decimal | date | None  # a datetime is a date, and a yes is the number 1
FEATURE, PROFILE, OUT = "feature", "profile", "out"
RFM = ("recency", "frequency", "monetary")


@dataclass(frozen=True)
class Export:
    """A written file and its truth; `refused` is the sentence with which adopt must end instead."""

    file: str  # what adopt.file names in data/raw/: a file, a folder or a glob
    customers: dict[str, dict[str, float | str | None]] = field(default_factory=dict)
    features: tuple[str, ...] = ()
    profile: tuple[str, ...] | None = None  # None where words of orders may describe customers or not
    left_out: tuple[str, ...] = ()
    value: str | None = None  # where one column is beyond doubt the customer's value
    says: tuple[str, ...] = ()  # patterns that adopt's words must match, capital or not
    refused: str | None = None


@dataclass(frozen=True)
class Column:
    """A column of a table of customers: what it means of each, and how the product writes that."""

    name: str
    role: str
    meaning: Callable[..., Meaning]
    written: Callable[..., object] = str

    @property
    def result(self) -> str:
        """What the column is called among the customers."""
        return self.name


@dataclass(frozen=True)
class Dates(Column):
    """A column of dates, which becomes the days before the cut-off."""

    @property
    def result(self) -> str:
        return f"days since {self.name}"


def identity(name: str, meaning: Callable[..., str]) -> Column:
    return Column(name, "id", meaning)


def number(name: str, meaning: Callable[..., Meaning], written: Callable[..., object] = str) -> Column:
    return Column(name, FEATURE, meaning, written)


def dates(name: str, meaning: Callable[..., Meaning], written: Callable[..., object]) -> Column:
    return Dates(name, FEATURE, meaning, written)


def word(name: str, meaning: Callable[..., Meaning], written: Callable[..., object] = str) -> Column:
    return Column(name, PROFILE, meaning, written)


def yes_no(name: str, meaning: Callable[..., bool], yes: object = "yes", no: object = "no") -> Column:
    return Column(name, PROFILE, lambda person: int(meaning(person)), lambda answer: yes if answer else no)


def left_out(name: str, meaning: Callable[..., object], written: Callable[..., object] = str) -> Column:
    return Column(name, OUT, meaning, written)


def cells(columns: Sequence[Column], people: Iterable, missing: object = "") -> list[list]:
    """The rows of a table as the product writes them."""
    return [
        [missing if (meaning := column.meaning(person)) is None else column.written(meaning) for column in columns]
        for person in people
    ]


def day(moment: date) -> date:
    """The day of a date or of a moment."""
    return moment.date() if isinstance(moment, datetime) else moment


def table(file: str, columns: Sequence[Column], people: Sequence, **words) -> Export:
    """The truth of a table of customers; days count from the day after the latest of all dates."""
    used = [column for column in columns if column.role in (FEATURE, PROFILE)]
    moments = [column.meaning(person) for column in columns if isinstance(column, Dates) for person in people]
    cutoff = max((day(moment) for moment in moments if moment), default=date.min) + timedelta(days=1)

    def told(meaning: Meaning) -> float | str | None:
        if isinstance(meaning, date):
            return float((cutoff - day(meaning)).days)
        return meaning if meaning is None or isinstance(meaning, str) else float(meaning)

    identities = next(column for column in columns if column.role == "id")
    names = {role: tuple(column.result for column in columns if column.role == role) for role in (FEATURE, PROFILE)}
    out = tuple(column.name for column in columns if column.role == OUT)
    customers = {
        identities.meaning(person): {column.result: told(column.meaning(person)) for column in used}
        for person in people
    }
    assert len(customers) == len(people)
    return Export(file, customers, names[FEATURE], names[PROFILE], out, **words)


def orders(file: str, purchases: Iterable[tuple[str, object, date, Decimal]], **words) -> Export:
    """The truth of a file of orders: of each purchase that counts its customer, order, moment and amount."""
    bought: dict[str, list[tuple[object, date, Decimal]]] = {}
    for customer, order, moment, amount in purchases:
        bought.setdefault(customer, []).append((order, day(moment), amount))
    cutoff = max(moment for lines in bought.values() for _, moment, _ in lines) + timedelta(days=1)
    customers = {
        customer: {
            "recency": float((cutoff - max(moment for _, moment, _ in lines)).days),
            "frequency": float(len({order for order, _, _ in lines})),
            "monetary": float(sum(amount for _, _, amount in lines)),
        }
        for customer, lines in bought.items()
    }
    return Export(file, customers, **{"features": RFM, "value": "monetary", **words})


def titles(line: str, delimiter: str = ",") -> list[str]:
    """The titles of columns, from the first line of an export."""
    return line.split(delimiter)


def write(path: Path, rows: Iterable[Sequence], encoding: str = "utf-8", newline: str = "\r\n", **dialect) -> None:
    """Writes rows as a product writes its CSV; blank rows are blank lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    csv.writer(text, lineterminator=newline, **dialect).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
