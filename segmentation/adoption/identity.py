"""Which column tells customers apart, and whether each row is a customer or each is an order of one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from segmentation.adoption.kinds import NUMBER, TEXT
from segmentation.adoption.survey import Surveyed
from segmentation.adoption.vocabulary import amount_rank, says, without, words
from segmentation.pipeline.errors import ConfigurationFault, InputFault, suggestion
from segmentation.pipeline.reading import identifier
from segmentation.sources.result import CUT_BY_SPREADSHEET

SURELY = 0.9  # of the rows have another id: fewer are no accident, and no error of a count
OFTEN = 1.2  # rows for each address or account, in a table of payments
REPEATS = 1.02  # rows for each id: with fewer, a few ids of a table of customers were entered twice
BARE_ID = re.compile(r"((record|unique|entity) )?(id|nr|no|number|nummer|key|uuid|guid|kennung|ref)")
ADDRESS = 1.2  # the score of e-mail addresses beside numbers: below that of a bare id, above that of any other number
CUSTOMER = 5  # the score of a number of customers
CERTAIN = 9  # the score of a column that a person names
HALF = 0.5  # of the lines have another order number, at least
NAMED = 2  # the score above which a name says that its column holds ids of customers
FEW_IDS = 10  # a column of fewer tells no customers apart, unless there are few rows
FEW_GAPS = 0.5  # of the rows, at most, are those of guests


@dataclass(frozen=True)
class Identity:
    """The column that tells customers apart, None where rows have no ids; `are_orders` where its ids repeat."""

    column: Surveyed | None
    are_orders: bool = False


def find(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[Surveyed], wanted: str = "") -> Identity:
    """The column of the ids of customers: `wanted`, or the one whose name and content say so.

    Raises ConfigurationFault where there is no column `wanted`, and InputFault where ids repeat although nothing says
    that the rows are orders.
    """
    if wanted and wanted not in (names := [column.name for column in columns]):
        raise ConfigurationFault(f"adopt.id is '{wanted}', which is no column of the file: {suggestion(wanted, names)}")
    scores = {column.name: CERTAIN if column.name == wanted else _score(column.name) for column in columns}
    possible = [column for column in columns if scores[column.name] and _can_be_id(column)]
    possible = [column for column in possible if not wanted or column.name == wanted]
    possible.sort(key=lambda column: -scores[column.name])
    for column in possible[:1]:
        _refuse_cut(connection, table, column)
    rows = {column.name: _rows_for_each_id(connection, table, column) for column in possible}
    different = [column for column in possible if rows[column.name] == 1]
    unique = max(different, key=lambda column: (not column.missing, _rank(column.name, scores)), default=None)
    alike = [column for column in possible if rows[column.name] > 1]
    orders = [column.distinct for column in columns if column.name in _order_numbers(columns)]
    repeated = next((column for column in alike if column.distinct not in orders), next(iter(alike), None))
    unique_score = scores[unique.name] if unique else 0
    often = rows[repeated.name] if repeated else 1
    if repeated and often >= REPEATS and _are_orders(columns, scores[repeated.name], unique_score):
        return Identity(repeated, are_orders=True)
    if repeated and scores[repeated.name] > max(unique_score, NAMED):
        _refuse_repeated(connection, table, repeated)
    numbers = _order_numbers(columns)
    is_named = often >= OFTEN and scores[repeated.name] >= (NAMED if unique else 1)
    is_payment = is_named and _are_dated(columns) and _have_amounts(columns)
    if unique_score < NAMED and (numbers or is_payment):
        told = numbers[0] if numbers else repeated.name
        raise InputFault(
            f"each row seems to be an order or a payment, as '{told}' shows, and no column says whose: name "
            f"the one that tells customers apart by adopt.id=COLUMN; there are: {', '.join(scores)}"
        )
    return Identity(unique or _coded(columns))


def _coded(columns: Sequence[Surveyed]) -> Surveyed | None:
    """The first column of which each row has another code, a word with digits, where no name tells the ids."""
    for column in columns:
        is_plain = not any(says(column.name, root) for root in ("person", "order", "postal"))
        is_text = column.kind.column.kind == TEXT and column.is_exact and column.distinct == column.rows
        if is_plain and is_text and all("9" in shape and not re.search(r"[\s@]", shape) for shape in column.shapes):
            return column
    return None


def _rank(name: str, scores: Mapping[str, float]) -> float:
    """The score of a column whose values all differ: an address tells customers apart, but gives way to a bare id."""
    return min(scores[name], ADDRESS) if says(name, "mail") else scores[name]


def _score(name: str) -> float:
    """How much a name says that its column tells customers apart; 0 for not at all."""
    number, customer, account = (says(name, root) for root in ("number", "customer", "account"))
    rest = without(name, "customer")  # `Auftraggeber` is a customer, `customer order` is an order
    if any(says(rest, root) for root in ("order", "product", "aside", "index", "postal")):
        return 0
    if says(name, "mail"):
        return 2
    if customer or account:
        is_single = customer and len(words(name).split()) == 1
        is_numbered = number or (customer and account)  # as the account of a customer
        return (CUSTOMER if customer else 4) if is_numbered else 3 if is_single else 2 * account
    if says(name, "person"):
        return 0
    if not number or says(rest, "quantity") or says(rest, "activity"):
        return 0
    return 1.5 if BARE_ID.fullmatch(words(name)) else 1


def _can_be_id(column: Surveyed) -> bool:
    """Whether the cells of a column can be ids: text or whole numbers, in most rows."""
    kind, is_text = column.kind.column.kind, column.type_name == "VARCHAR"
    few = column.distinct < min(FEW_IDS, column.rows // 10)
    if few or column.gaps > FEW_GAPS or (column.kind.fault and not is_text):
        return False
    return kind == TEXT or (kind == NUMBER and (column.figures.is_whole or bool(column.kind.slips)))


def _rows_for_each_id(connection: duckdb.DuckDBPyConnection, table: str, column: Surveyed) -> float:
    if column.distinct < SURELY * column.filled:  # counted nearly, which is enough where ids repeat
        return column.filled / column.distinct
    cell = identifier(column.name)
    [(filled, distinct)] = connection.execute(
        f"SELECT count({cell}), count(DISTINCT {cell}) FROM {identifier(table)}"
    ).fetchall()
    return filled / max(distinct, 1)


def _are_orders(columns: Sequence[Surveyed], score: int, unique: int) -> bool:
    """Whether the rows are orders, where the best repeated id has this score, and the best unique one that."""
    # Beside a number of each row, that of an account is no proof: people of a household or a company have both.
    is_certain = score >= 3 if unique == 0 else score == CUSTOMER or (score == 3 and _have_amounts(columns))
    is_named = score >= NAMED and _name_orders(columns)
    return _are_dated(columns) and score > unique and (is_certain or is_named or score == CERTAIN)


def _are_dated(columns: Sequence[Surveyed]) -> bool:
    others = ("birth", "latest", "joined", "until")  # days of which each customer has one
    days = [column.name for column in columns if column.kind.word.startswith("date")]
    return any(not any(says(name, root) for root in others) for name in days)


def _have_amounts(columns: Sequence[Surveyed]) -> bool:
    return any(amount_rank(column.name) is not None and column.kind.column.kind == NUMBER for column in columns)


def _name_orders(columns: Sequence[Surveyed]) -> bool:
    """Whether names of columns speak of order numbers, of the days of orders, or of products."""
    days = [column for column in columns if column.kind.word.startswith("date") and not says(column.name, "latest")]
    dated = any(says(column.name, "order") or says(column.name, "purchase") for column in days)
    return dated or bool(_order_numbers(columns)) or any(says(column.name, "product") for column in columns)


def _order_numbers(columns: Sequence[Surveyed]) -> list[str]:
    """The columns that hold the numbers of orders, and not how many there are, or the last one of a customer."""
    return [
        column.name
        for column in columns
        if says(column.name, "order") and not column.kind.word.startswith("date")
        if says(column.name, "number") or (column.kind.column.kind == TEXT and column.distinct > HALF * column.filled)
        if not says(column.name, "quantity") and not says(column.name, "latest")
    ]


def _refuse_cut(connection: duckdb.DuckDBPyConnection, table: str, column: Surveyed) -> None:
    """Raises InputFault for ids such as 2.02E+11, of which a spreadsheet cut the digits."""
    cell = identifier(column.name)
    is_cut = f"regexp_full_match(CAST({cell} AS VARCHAR), '{CUT_BY_SPREADSHEET}')"
    is_formula = f"CAST({cell} AS VARCHAR) LIKE '=\"%'"
    [(count, first, formula)] = connection.execute(
        f"SELECT count_if({is_cut}), first({cell}) FILTER ({is_cut}), first({cell}) FILTER ({is_formula}) "
        f"FROM {identifier(table)}"
    ).fetchall()
    if formula:
        raise InputFault(
            f"ids of '{column.name}' are written as formulas of a spreadsheet, such as {formula}: export them as text"
        )
    if count:
        raise InputFault(
            f"{count:,} ids of '{column.name}' were cut by a spreadsheet, such as {first}, and their digits are lost: "
            "format that column as text or as a number without decimals, and export it again"
        )


def _refuse_repeated(connection: duckdb.DuckDBPyConnection, table: str, column: Surveyed) -> None:
    cell = identifier(column.name)
    [(count, row)] = connection.execute(
        f"SELECT count(*), min(row) FROM (SELECT max(rowid) + 1 AS row FROM {identifier(table)} "
        f"WHERE {cell} IS NOT NULL GROUP BY {cell} HAVING count(*) > 1)"
    ).fetchall()
    raise InputFault(
        f"{count:,} value{'s' * (count > 1)} of '{column.name}' stand{'s' * (count == 1)} in several rows, one of them "
        f"in data row {row:,}, and nothing says that rows are orders: one row per customer was expected, or a date on "
        "each row; mend the file, or name another column by adopt.id=COLUMN"
    )
