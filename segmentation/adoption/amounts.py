"""What a line of orders is worth: a total, a quantity times a price, or a total that each line of an order repeats."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from segmentation.adoption.kinds import NUMBER
from segmentation.adoption.survey import Surveyed
from segmentation.adoption.vocabulary import amount_rank, says
from segmentation.pipeline.notation import CURRENCY
from segmentation.pipeline.reading import identifier

MOST_DECIMALS = 6  # of amounts that are added up exactly
ALIKE = 0.995  # of the orders with several lines have one amount on all of them: then it is the order's
SEVERAL = 5  # orders with several lines, at least, that show it
CENT = 0.011  # amounts that differ by less are the same, but for rounding
ADDED = "monetary adds it up"  # reasons
ONCE = "of the whole order, which its lines repeat or add up to: it counts once"
RISES = 0.5  # the correlation of price and quantity from which the price is that of all pieces
RETURNS = 0.3  # of the lines: where more are negative, they are something else
UNNAMED = 50  # the rank of a column whose name says nothing of money, and whose cells have its sign


@dataclass(frozen=True)
class Amount:
    """The columns whose product is a line's amount; `why` is a reason for people.

    `is_repeated` where the amount is that of the whole order, on each of its lines.
    """

    columns: Sequence[Surveyed]
    why: str
    is_repeated: bool = False

    @property
    def unit(self) -> str:
        """The currency, if a cell or a name has its sign."""
        return next((unit for column in self.columns if (unit := column.unit)), "")

    @property
    def decimals(self) -> int | None:
        """How many decimals the amount has; None where they are not known, or not few."""
        known = [column.kind.column.decimals for column in self.columns if not column.figures.is_whole]
        return None if None in known else sum(known)

    @property
    def keeps_negative(self) -> bool:
        """Whether so many amounts are negative that these are no returns."""
        return any(column.figures.negative > RETURNS for column in self.columns)


def find(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[Surveyed], order: str) -> Amount | None:
    """The amount of each line of a table of orders; None where no column tells it.

    `order` is the SQL of an order's number, "" where there is none.
    """
    numbers = [column for column in columns if column.kind.column.kind == NUMBER and not column.kind.slips]
    quantity = next((column for column in numbers if says(column.name, "quantity")), None)
    price = next((column for column in numbers if says(column.name, "unit price")), None)
    ranked = sorted((rank, n) for n, column in enumerate(numbers) if (rank := _rank(column)) is not None)
    totals = [numbers[n] for _, n in ranked if numbers[n] not in (quantity, price)]
    if totals:
        total = _exact(connection, table, _of_lines(connection, table, totals, quantity))
        lines = quantity and price and _is_product(connection, table, total, quantity, price)
        repeated = (
            bool(order) and not lines and not says(total.name, "line") and _is_repeated(connection, table, total, order)
        )
        if not repeated and quantity and _is_constant(connection, table, columns, quantity, total):
            why = f"{quantity.name} times {total.name}, which a product has at all quantities"
            return Amount([_exact(connection, table, quantity), total], why)
        return Amount([total], ONCE if repeated else ADDED, repeated)
    if quantity and price and _is_of_piece(connection, table, columns, quantity, price):
        pair = [_exact(connection, table, quantity), _exact(connection, table, price)]
        return Amount(pair, f"{quantity.name} times {price.name} is what monetary adds up")
    if price and (not quantity or _is_of_piece(connection, table, columns, quantity, price) is False):
        return Amount([_exact(connection, table, price)], ADDED)
    return None


def _of_lines(
    connection: duckdb.DuckDBPyConnection, table: str, totals: Sequence[Surveyed], quantity: Surveyed | None
) -> Surveyed:
    """The best of the amounts; where another is that times the quantity, it was the price of a piece."""
    best = totals[0]
    if quantity and (quantity.figures.high or 0) > 1:
        return next((other for other in totals[1:] if _is_product(connection, table, other, quantity, best)), best)
    return best


def _rank(column: Surveyed) -> int | None:
    rank = amount_rank(column.name)
    has_sign = column.kind.column.unit.lower() in CURRENCY
    return UNNAMED if rank is None and has_sign else rank


def _exact(connection: duckdb.DuckDBPyConnection, table: str, column: Surveyed) -> Surveyed:
    """The column read with as many decimals as it has, so that sums are right to the last of them."""
    decimals = _decimals(connection, table, column)
    return column if decimals is None else column.read_as(replace(column.kind.column, decimals=decimals))


def _decimals(connection: duckdb.DuckDBPyConnection, table: str, column: Surveyed) -> int | None:
    """The most decimals of a column's cells; None where they are more than can be added up exactly."""
    if column.type_name != "VARCHAR":
        if not column.type_name.startswith(("FLOAT", "DOUBLE")):
            return None  # whole numbers and decimals are exact
        tests = ", ".join(f"bool_and(x = round(x, {digits}))" for digits in range(MOST_DECIMALS + 1))
        value = f"CAST(CAST({column.sql} AS VARCHAR) AS DOUBLE)" if column.type_name == "FLOAT" else column.sql
        [row] = connection.execute(
            f"SELECT {tests} FROM (SELECT {value} AS x FROM {identifier(table)}) WHERE x IS NOT NULL"
        ).fetchall()
        return next((digits for digits, fits in enumerate(row) if fits), None)
    mark = re.escape(column.kind.column.decimal)
    if any(re.search(r"9[eE][+-]?9", shape) for shape in column.shapes):
        return None
    most = max((len(found[1]) for shape in column.shapes if (found := re.search(rf"{mark}(9+)", shape))), default=0)
    return most if most <= MOST_DECIMALS else None


def _is_of_piece(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[Surveyed],
    quantity: Surveyed,
    price: Surveyed,
) -> bool | None:
    """Whether a price is that of one piece, and not of the whole line; None where neither name nor rows tell.

    Where the same product is bought in several quantities, the price of a line rises with them.
    """
    if (quantity.figures.high or 0) <= 1:
        return False  # one piece costs what its line does
    if says(price.name, "price of a piece"):
        return True
    product = next((column for column in columns if says(column.name, "product") and column.distinct > 1), None)
    if product is None:
        return None
    [(products, correlation)] = connection.execute(
        f"SELECT count(r), avg(r) FROM (SELECT CASE WHEN min(p) = max(p) THEN 0 ELSE corr(q, p) END AS r FROM (SELECT "
        f"{identifier(product.name)} AS product, {quantity.measure} AS q, {price.measure} AS p FROM "
        f"{identifier(table)}) WHERE q > 0 AND p > 0 GROUP BY product HAVING min(q) < max(q)) WHERE isfinite(r)"
    ).fetchall()
    return correlation < RISES if products else None


def _is_constant(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[Surveyed],
    quantity: Surveyed,
    total: Surveyed,
) -> bool:
    """Whether an amount is that of a piece: each product has one, whatever the quantity."""
    product = next((column for column in columns if says(column.name, "product") and column.distinct > 1), None)
    if product is None or (quantity.figures.high or 0) <= 1 or total.distinct <= SEVERAL:
        return False
    [(products, constant)] = connection.execute(
        f"SELECT count(*), count_if(low = high) FROM (SELECT min({total.sql}) AS low, max({total.sql}) AS high FROM "
        f"{identifier(table)} WHERE {quantity.sql} > 0 GROUP BY {identifier(product.name)} "
        f"HAVING min({quantity.sql}) < max({quantity.sql}))"
    ).fetchall()
    return products >= SEVERAL and constant >= ALIKE * products


def _is_product(
    connection: duckdb.DuckDBPyConnection, table: str, total: Surveyed, quantity: Surveyed, price: Surveyed
) -> bool:
    is_near = f"abs({total.sql} - {quantity.sql} * {price.sql}) < {CENT}"
    [(share,)] = connection.execute(f"SELECT avg(CAST({is_near} AS INTEGER)) FROM {identifier(table)}").fetchall()
    return (share or 0) >= ALIKE


def _is_repeated(connection: duckdb.DuckDBPyConnection, table: str, total: Surveyed, order: str) -> bool:
    """Whether each line of an order has its amount, or one line of its own has it, in a table where amounts differ."""
    [(several, alike, headed)] = connection.execute(
        f"SELECT count(*), count_if(low = high), count_if(abs(total - 2 * high) < {CENT}) FROM (SELECT "
        f"min({total.sql}) AS low, max({total.sql}) AS high, sum({total.sql}) AS total FROM {identifier(table)} "
        f"GROUP BY {order} HAVING count({total.sql}) > 1)"
    ).fetchall()
    return several >= SEVERAL and max(alike, headed) >= ALIKE * several and total.distinct > SEVERAL
