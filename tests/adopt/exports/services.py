"""Subscriptions and loyalty: a software service, a telecom's churn table, and the visits of card holders."""

import gzip
import json
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from .export import Export, cells, dates, identity, left_out, number, orders, table, word, write, yes_no
from .notation import moment, percent, plain
from .population import Person, but, people
from .population import orders as drawn_orders

CENT = Decimal("0.01")


def saas(folder: Path) -> Export:
    """Accounts as a packed CSV of a script, with an unnamed index, UUIDs, plans, true and false, and UTC times."""
    utc = moment("%Y-%m-%dT%H:%M:%SZ")
    columns = [
        left_out("", lambda person: person.number),
        identity("account_id", lambda person: str(UUID(int=person.number * 982_451_653**3))),
        word("plan", lambda person: ("enterprise", "team", "free")[person.group]),
        number("mrr", lambda person: (person.spending / 10).quantize(CENT), str),
        number("seats", lambda person: person.orders * 2 + person.number % 4),
        number("annual_discount", lambda person: person.share, percent(".", "")),
        yes_no("is_trial", lambda person: not person.subscribed, "true", "false"),
        dates("signed_up_at", lambda person: person.joined, utc),
        dates("last_login_at", but(20, lambda person: person.latest), utc),
        left_out("owner_email", lambda person: person.email),
        number("api_calls", but(16, lambda person: 100 * person.orders + person.number * 7919 % 5003)),
    ]
    drawn = people(28)
    write(folder / "accounts.csv", [[column.name for column in columns], *cells(columns, drawn, missing="n/a")])
    path = folder / "accounts.csv"
    (folder / "accounts.csv.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    path.unlink()
    return table("accounts.csv.gz", columns, drawn, value="mrr")


def months(person: Person) -> int:
    """How long a person has been a customer."""
    return (person.latest - person.joined).days // 30


def telco(folder: Path) -> Export:
    """The shape of a well-known churn table: codes 0 and 1, words, and a blank where nobody paid yet."""
    columns = [
        identity("customerID", lambda person: f"{person.number:04d}-{person.last[:5].upper()}"),
        word("gender", lambda person: ("Female", "Male")[person.number % 2]),
        yes_no("SeniorCitizen", lambda person: person.born.year < 1950, 1, 0),
        yes_no("Partner", lambda person: person.subscribed, "Yes", "No"),
        number("tenure", lambda person: months(person)),
        word("InternetService", lambda person: ("DSL", "Fiber optic", "No")[person.number // 2 % 3]),
        word("Contract", lambda person: ("Two year", "One year", "Month-to-month")[person.group]),
        number("MonthlyCharges", lambda person: (person.spending / 20).quantize(CENT), str),
        number("TotalCharges", but(28, lambda person: (person.spending / 20).quantize(CENT) * months(person)), plain),
        yes_no("Churn", lambda person: person.number % 4 == 1, "Yes", "No"),
    ]
    drawn = people(29, 400)
    rows = [[column.name for column in columns], *cells(columns, drawn, missing=" ")]
    write(folder / "WA_Fn-UseC_-Telco-Customer-Churn.csv", rows, newline="\n")
    return table("WA_Fn-UseC_-Telco-Customer-Churn.csv", columns, drawn)


def loyalty(folder: Path) -> Export:
    """Visits of card holders as JSON lines with UTC times; a visit without a card is nobody's."""
    drawn = drawn_orders(30)
    visits = [
        {
            "receipt": f"R-{order.number}",
            "card": f"{order.customer.number:08d}" if order.customer else None,
            "visited_at": f"{order.at:%Y-%m-%dT%H:%M:%SZ}",
            "store": f"{1 + order.number % 4:03d}",
            "status": {"kept": "completed", "cancelled": "cancelled", "refunded": "refunded"}[order.fate],
            "amount": float(order.total),
        }
        for order in drawn
    ]
    lines = "\n".join(json.dumps(visit, ensure_ascii=False) for visit in visits)
    (folder / "visits.jsonl").write_text(f"{lines}\n")
    kept = [(f"{order.customer.number:08d}", order.number, order.at, order.total) for order in drawn if order.counts]
    return orders("visits.jsonl", kept, says=("card", "amount", "cancelled"))
