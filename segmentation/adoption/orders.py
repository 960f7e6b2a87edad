"""Orders, many to a customer: recency, frequency and monetary value, and which lines are none of it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import duckdb

from segmentation.adoption import amounts
from segmentation.adoption.amounts import RETURNS
from segmentation.adoption.dialects import Dialect
from segmentation.adoption.judgement import MANY, NEARLY_ALL, WORDS, are_currencies, as_text, useless
from segmentation.adoption.kinds import DATE, NUMBER, TEXT
from segmentation.adoption.order_lines import Draft, find_cancelled, without_guests
from segmentation.adoption.plan import ID, WIN_BACK, Plan, counted_back
from segmentation.adoption.survey import Surveyed
from segmentation.adoption.vocabulary import amount_rank, says, words
from segmentation.pipeline.errors import InputFault
from segmentation.pipeline.reading import identifier
from segmentation.pipeline.schema import Feature, Profile, Rule

CROWD, SHARE = 20, 0.05  # times the usual number of lines, and of all lines
MONTHS, FEW = 180, 0.01  # days between lines with one order number, and the share of numbers of which some have that
PROFILES = 5  # columns of words that describe the segments
GAPS = 0.5  # above this share of missing words, a column describes little
DAYS = (  # names of the day of an order, the most telling first
    r"order|bestell|invoice|rechnung|purchase|kauf|transa|beleg|commande|facture|buchung",
    r"dat|day|tag|jour",
    r"created",
)
RFM = ("recency", "frequency", "monetary")
RULES = (
    Rule("High-Value", {"monetary": "high", "frequency": "high"}, "keep them, with early access and a person to call"),
    Rule("New Customers", {"recency": "low", "frequency": "low"}, "welcome them, and bring them to a second order"),
    Rule("Low-Engagement", {"recency": "high"}, WIN_BACK),
    Rule("Active Customers", {"recency": "not high"}, "show them more of the range, so that they order more often"),
)


def plan(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[Surveyed],
    customer: Surveyed,
    sql: Dialect,
    where: Callable[[int], str],
) -> Plan:
    """The data set of a table of orders, whose column `customer` holds the ids of customers; `sql` is its query's.

    `where` tells the file and line of a row, which is counted from 0.

    Raises InputFault where the days or the amounts of the orders cannot be read.
    """
    draft = _draft(connection, table, columns, customer)
    _find_amount(connection, table, draft, draft.unused(columns), where)
    _choose_profile(connection, table, draft, draft.unused(columns))
    for column in draft.unused(columns):
        draft.use(as_text(column), "left out", useless(column) or "not needed")
    cutoff, notes = _count(connection, table, draft)
    sql = replace(sql, cutoff=cutoff)
    return Plan(
        kind="orders",
        decisions=[draft.decisions[column.name] for column in columns],
        query=_query(draft, sql),
        features=_features(draft),
        profile={column.name: Profile() for column in draft.profile if sql.most_frequent("")},
        value="monetary" if draft.amount else None,
        names=[rule for rule in RULES if draft.amount or "monetary" not in rule.when],
        cutoff=cutoff,
        period=draft.period(sql),
        notes=notes,
    )


def _draft(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[Surveyed], customer: Surveyed) -> Draft:
    """Whose the orders are, when they were made, how they are numbered, and which were cancelled."""
    draft = Draft(without_guests(connection, table, customer), _day(columns))
    draft.use(draft.customer, "id", "it repeats, so rows are orders")
    in_utc = ", in UTC" if _has_zone(draft.day) else ""
    draft.use(draft.day, "date", f"recency counts the days from the last order{in_utc}")
    if order := _order(draft.unused(columns)):
        draft.order = as_text(order)
        draft.use(draft.order, "order", "frequency counts them")
        draft.restarts = _restarts(connection, table, draft)
    find_cancelled(draft, draft.unused(columns))
    return draft


def _features(draft: Draft) -> dict[str, Feature]:
    orders = "orders" if draft.order else "days with an order"
    features = [
        Feature("days since the last order", "log1p", label="Recency", high="long inactive", low="bought lately"),
        Feature(orders, "log1p", label="Orders", high="many orders", low="few orders"),
    ]
    if draft.amount:
        transform = "yeo-johnson" if draft.amount.keeps_negative else "log1p"
        unit = draft.amount.unit
        features.append(Feature(unit, transform, label="Revenue", high="high spenders", low="low spenders"))
    return dict(zip(RFM, features, strict=False))


def _day(columns: Sequence[Surveyed]) -> Surveyed:
    """The day of an order; raises InputFault where it cannot be read."""
    days = [column for column in columns if column.kind.word.startswith("date") and column.filled]
    days = [column for column in days if not any(says(column.name, root) for root in ("birth", "cancelled"))]
    days = [column for column in days if not any(says(column.name, root) for root in ("joined", "until"))] or days

    def rank(column: Surveyed) -> tuple[int, float]:
        named = (n for n, pattern in enumerate(DAYS) if re.search(pattern, words(column.name)))
        return next(named, len(DAYS)), column.gaps

    day = min(days, key=rank)
    if fault := useless(day) if day.kind.column.kind != DATE or day.kind.slips else "":
        raise InputFault(f"column '{day.name}' tells the days of orders, and {fault}")
    return day


def _has_zone(day: Surveyed) -> bool:
    return "TIME ZONE" in day.type_name or any("{z}" in shape for shape in day.shapes)


def _order(columns: Sequence[Surveyed]) -> Surveyed | None:
    """The column of the numbers of orders."""
    named = [
        column
        for column in columns
        if says(column.name, "order") and column.kind.column.kind in (TEXT, NUMBER) and amount_rank(column.name) is None
    ]
    numbers = [column for column in named if says(column.name, "number")]
    many = [column for column in named if not says(column.name, "status") and column.distinct > WORDS]
    hashed = [column for column in columns if words(column.name) == "name" and re.fullmatch(r"#\S*\d+", column.example)]
    neutral = [
        column
        for column in columns
        if says(column.name, "number") and column.distinct > MANY * column.rows and not says(column.name, "account")
        if not says(column.name, "customer") and column.kind.column.kind in (TEXT, NUMBER)
    ]
    return next(iter([*numbers, *many, *hashed, *neutral]), None)


def _restarts(connection: duckdb.DuckDBPyConnection, table: str, draft: Draft) -> bool:
    """Whether the same order numbers stand months apart, as where numbers begin anew each year."""
    day, number = draft.day.sql, identifier(draft.order.name)
    [(share,)] = connection.execute(
        f"SELECT avg(CAST(date_diff('day', low, high) > {MONTHS} AS INTEGER)) FROM (SELECT min({day}) AS low, "
        f"max({day}) AS high FROM {identifier(table)} GROUP BY {number})"
    ).fetchall()
    return (share or 0) > FEW


def _find_amount(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    draft: Draft,
    columns: Sequence[Surveyed],
    where: Callable[[int], str],
) -> None:
    """The amount of a line; none where orders are in several currencies or an amount can be read in two ways."""
    if several := next((column for column in columns if are_currencies(column)), None):
        draft.use(as_text(several), "left out", "orders are in several currencies, so no monetary value is made")
        return
    order = draft.number(identifier(draft.order.name), draft.day.sql) if draft.order else ""
    draft.amount = amounts.find(connection, table, columns, order)
    quantity = next((c for c in columns if says(c.name, "quantity") and c.kind.column.kind == NUMBER), None)
    if not draft.amount and quantity and 0 < quantity.figures.negative <= RETURNS:
        draft.returned = quantity
        draft.use(quantity, "status", "lines with a negative one were sent back")
    odd = [column for column in columns if amount_rank(column.name) is not None and _is_unclear(column)]
    if odd and not draft.amount:
        place = _place(connection, table, odd[0], where)
        raise InputFault(f"column '{odd[0].name}' tells what orders came to, and {useless(odd[0])}{place}")
    counted = next((column for column in columns if says(column.name, "quantity") and column.kind.readings), None)
    if counted and draft.amount and any(says(column.name, "unit price") for column in draft.amount.columns):
        raise InputFault(f"column '{counted.name}' tells how many pieces orders are of, and {useless(counted)}")
    for column in draft.amount.columns if draft.amount else ():
        draft.use(column, "amount", draft.amount.why)


def _is_unclear(column: Surveyed) -> bool:
    return bool(column.kind.slips or column.kind.readings or column.kind.fault)


def _place(connection: duckdb.DuckDBPyConnection, table: str, column: Surveyed, where: Callable[[int], str]) -> str:
    """Where the first cell stands that does not fit in with the others, as the end of a message."""
    if not column.kind.slips:
        return ""
    first = f"SELECT min(rowid) FROM {identifier(table)} WHERE {identifier(column.name)} = ?"
    [(row,)] = connection.execute(first, [column.kind.slips[0]]).fetchall()
    return f"; it stands in {where(row)}"


def _choose_profile(
    connection: duckdb.DuckDBPyConnection, table: str, draft: Draft, columns: Sequence[Surveyed]
) -> None:
    """The columns of words of which each customer's most frequent describes the segments, if customers differ in it."""
    lines = _lines_that_count(table, draft)
    for column in columns:
        is_free = column.name.lower() not in (ID, *RFM) and not says(column.name, "person")
        is_short = column.kind.column.kind == TEXT and column.distinct <= WORDS and column.gaps <= GAPS
        if is_free and is_short and not useless(column) and len(draft.profile) < PROFILES:
            cell = identifier(column.name)
            [(most,)] = connection.execute(
                f"SELECT max(n) / sum(n) FROM (SELECT count(*) AS n FROM (SELECT mode({cell} ORDER BY {cell}) AS word "
                f"{lines} GROUP BY {identifier(draft.customer.name)}) GROUP BY word)"
            ).fetchall()
            if (most or 1) >= NEARLY_ALL:
                draft.use(as_text(column), "left out", "the most frequent is the same for nearly all customers")
                continue
            draft.profile.append(as_text(column))
            draft.use(as_text(column), "profile", "the most frequent of each customer")


def _lines_that_count(table: str, draft: Draft) -> str:
    """FROM and WHERE of the lines that count, with all columns that conditions name as the query sees them."""
    read = {name: decision.column.sql for name, decision in draft.decisions.items() if decision.use != "left out"}
    replaced = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in read.items())
    every = " AND ".join(draft.conditions(Dialect()))
    return f"FROM (SELECT * REPLACE ({replaced}) FROM {identifier(table)}) WHERE {every}"


def _count(connection: duckdb.DuckDBPyConnection, table: str, draft: Draft) -> tuple[str, list[str]]:
    """The day after the last order, and how many lines are left out, a sentence for each reason."""
    read = ", ".join(
        f"{decision.column.sql} AS {identifier(name)}"
        for name, decision in draft.decisions.items()
        if decision.use not in ("left out", "profile", "order")
    )
    conditions = draft.conditions(Dialect())
    every = " AND ".join(conditions)
    lost = ", ".join(f"count_if(NOT coalesce({condition}, false))" for condition in conditions)
    [(last, customers, *counts)] = connection.execute(
        f"SELECT max({identifier(draft.day.name)}) FILTER ({every}), count(DISTINCT {identifier(draft.customer.name)}) "
        f"FILTER ({every}), {lost} FROM (SELECT {read} FROM {identifier(table)})"
    ).fetchall()
    if last is None:
        raise InputFault("no order is left: each line lacks a customer, a day or a positive amount, or was cancelled")
    left = zip(conditions.values(), counts, strict=True)
    sentences = dict.fromkeys(f"{count:,} {what} are left out" for what, count in left if count)
    sentences |= dict.fromkeys(_not_taken_off(draft) + _crowded(connection, table, draft))
    if not draft.amount:
        sentences["no column tells for certain what an order came to, so no monetary value is made"] = None
    elif draft.amount.keeps_negative:
        sentences["negative amounts are kept, since they are too many for returns"] = None
    cutoff = last + timedelta(days=1)
    counted = [f"{customers:,} customers have orders", counted_back(cutoff, "order")]
    return cutoff.isoformat(), [*counted, *sentences]


def _not_taken_off(draft: Draft) -> list[str]:
    """The columns of discounts and refunds beside the amount, a sentence each."""
    if not draft.amount:
        return []
    numbers = [d.column.name for d in draft.decisions.values() if d.use == "left out" and d.column.figures.high]
    is_product = len(draft.amount.columns) > 1
    beside = [name for name in numbers if says(name, "cancelled") or (is_product and says(name, "discount"))]
    return [f"'{name}' is not taken off the amount" for name in beside]


def _crowded(connection: duckdb.DuckDBPyConnection, table: str, draft: Draft) -> list[str]:
    """Whether one customer has so many of the lines that it may stand for nobody in particular, as a sentence."""
    who = draft.customer.sql
    [(most, usual, lines)] = connection.execute(
        f"SELECT max(n), median(n), sum(n) FROM (SELECT count(*) AS n FROM {identifier(table)} WHERE {who} IS NOT NULL "
        f"GROUP BY {who})"
    ).fetchall()
    is_crowd = most > CROWD * usual and most > SHARE * lines
    return [f"one customer has {most / lines:.0%} of the lines: is it nobody in particular?"] * is_crowd


def _query(draft: Draft, sql: Dialect) -> str:
    who, day = identifier(draft.customer.name), sql.cell(draft.day)
    counted = draft.number(identifier(draft.order.name), day) if draft.order else day
    amount = " * ".join(map(sql.cell, draft.amount.columns)) if draft.amount else ""
    described = {identifier(column.name): sql.most_frequent(identifier(column.name)) for column in draft.profile}
    described = [f"{cell} AS {name}" for name, cell in described.items() if cell]
    lines = draft.lines(sql)
    if draft.amount and draft.amount.is_repeated:
        inner = [who, f"{counted} AS number", f"max({day}) AS day", f"max({amount}) AS amount", *described]
        inside = _indented(f"SELECT {', '.join(inner)}\n{lines}\nGROUP BY {who}, {counted}")
        lines, day, amount, counted = f"FROM (\n{inside}\n) AS orders", "day", "amount", "number"
    selected = [f"{who} AS {ID}", f"{sql.days(f'max({day})')} AS recency", f"count(DISTINCT {counted}) AS frequency"]
    selected += [f"{sql.total(amount, draft.amount.decimals)} AS monetary"] if draft.amount else []
    listed = ",\n  ".join([*selected, *described])
    return f"SELECT\n  {listed}\n{lines}\nGROUP BY {who}\nORDER BY {who}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
