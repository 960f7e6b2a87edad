"""Whether a query orders or compares text that stands for numbers or dates, whose order is another."""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from segmentation.pipeline import cures
from segmentation.pipeline.errors import ConfigurationFault
from segmentation.sources.cells import Cells

ID = re.compile(r"(?i:(^|[_ ])(id|key|code|sku|uuid|guid))$|[a-z](Id|ID|Key|Code)$")  # names that say so
LONG = 80  # letters of the query that a message repeats
EXTREMES = (exp.Max, exp.Min, exp.Median, exp.Quantile, exp.PercentileDisc)
BY_ANOTHER = (exp.ArgMax, exp.ArgMin)
BY_ANOTHER_OR_NULL = ("arg_max_null", "arg_min_null")
ARRAYS = (exp.ArrayMax, exp.ArrayMin, exp.ArraySort)
AGGREGATES = ("list_aggregate", "list_aggr", "array_aggregate", "array_aggr", "aggregate")  # of a list, by their name
GRADES = ("list_grade_up", "array_grade_up", "grade_up")
COMPARISONS = (exp.GT, exp.GTE, exp.LT, exp.LTE)
GREATEST = (exp.Greatest, exp.Least)
KEPT_OUT = ("distinct", "order", "limit", "offset", "qualify", "having")  # of a SELECT whose rows a probe reads


def check(connection: duckdb.DuckDBPyConnection, query: str, parameters: Mapping[str, Any], id: str) -> list[str]:
    """Raises ConfigurationFault where the order of text decides in a query, and another order is meant.

    That is the order in max, min, <, BETWEEN, ORDER BY and the like of text whose values are numbers or dates, where
    it differs from the order of these. Words, ids, dates as 2026-01-31 and the order of the result's rows are free. The
    values decide: each such text is read once more. Returns what could not be checked or mended, a sentence each.
    """
    try:
        tree = _spelt_out(sqlglot.parse_one(query, read="duckdb").unnest())  # which takes brackets off
    except sqlglot.errors.SqlglotError:
        return [
            "the query could not be checked for text that is ordered in place of numbers or dates: CAST such columns"
        ]
    ids = _id_names(tree, id)
    cells, unchecked = Cells(connection, parameters), []
    for node, operands in _uses(tree):
        if any(_is_id(operand, ids) for operand in operands):
            continue
        probes = [_probe(cells, tree, operand) for operand in operands]
        try:
            if None not in probes and all(probes):  # DuckDB never compares text with another type
                unchecked += _check_texts(cells, node, operands, probes)
        except duckdb.Error:
            probes = [None]
        if None in probes:
            unchecked.append(f"whether `{_short(node)}` goes by the order of text could not be checked")
    return unchecked


def _id_names(tree: exp.Expression, id: str) -> set[str]:
    """The names of the columns of which the id is made: their order means nothing."""
    names, before = {id.lower()}, 0
    while len(names) > before:
        before = len(names)
        made = [alias.this for alias in tree.find_all(exp.Alias) if alias.alias.lower() in names]
        columns = [column for value in made for column in value.find_all(exp.Column)]
        names |= {column.name.lower() for column in columns if not column.find_ancestor(exp.Ordered)}
    return names


def _is_id(operand: exp.Expression, ids: set[str]) -> bool:
    """Whether an expression is made of ids alone: those of the customers, and what is called one, as order_id."""
    select = operand.find_ancestor(exp.Select)
    if select and _is_position(operand, select):
        operand = _result(operand, select) or operand
    names = [operand.alias] if operand.alias else [column.name for column in operand.find_all(exp.Column)]
    return bool(names) and all(name.lower() in ids or ID.search(name) for name in names)


def _uses(tree: exp.Expression) -> Iterator[tuple[exp.Expression, list[exp.Expression]]]:
    """The places of a query where an order of values decides, each with the expressions that are compared there."""
    for node in tree.walk():
        if isinstance(node, ARRAYS) or _is_extreme_of_list(node):
            yield node, _members(node.expressions[0] if isinstance(node, exp.Anonymous) else node.this)
        elif isinstance(node, exp.Ordered) and _only_sorts(node, tree):
            continue
        else:  # lists and tuples are compared value by value; the later ones of an extreme are its company
            places = list(zip(*map(_members, _compared(node)), strict=False))
            yield from ((node, list(place)) for place in (places if isinstance(node, COMPARISONS) else places[:1]))


def _compared(node: exp.Expression) -> list[exp.Expression]:
    """The expressions whose order decides in this very place; none where no order does."""
    if isinstance(node, (*EXTREMES, exp.Ordered)):
        return [node.this]
    if isinstance(node, BY_ANOTHER):
        return [node.expression]
    if isinstance(node, exp.Anonymous) and node.name.lower() in BY_ANOTHER_OR_NULL:
        return [node.expressions[1]]
    if isinstance(node, COMPARISONS):
        return [node.this, node.expression]
    if isinstance(node, exp.Between):
        return [node.this, node.args["low"], node.args["high"]]
    return [node.this, *node.expressions] if isinstance(node, GREATEST) else []


def _is_extreme_of_list(node: exp.Expression) -> bool:
    if not isinstance(node, exp.Anonymous):
        return False
    kind = [argument.name.lower() for argument in node.expressions[1:2]]
    return node.name.lower() in GRADES or (node.name.lower() in AGGREGATES and kind[0] in ("max", "min", "median"))


def _members(operand: exp.Expression) -> list[exp.Expression]:
    """The values of which an expression makes a list, a struct or a tuple; else itself."""
    if isinstance(operand, (exp.ArrayAgg, exp.Order, exp.Filter)):
        return _members(operand.this)
    if isinstance(operand, exp.PropertyEQ):
        return _members(operand.expression)
    is_row = isinstance(operand, exp.Anonymous) and operand.name.lower() == "row"
    if is_row or isinstance(operand, (exp.Distinct, exp.Array, exp.Struct, exp.Tuple)):
        return [member for value in operand.expressions for member in _members(value)]
    return [operand]


def _spelt_out(tree: exp.Expression) -> exp.Expression:
    """The query with `max(amount)` for `amount.max()`, and with a SELECT around each UNION that has a LIMIT."""
    while method := next((dot for dot in tree.find_all(exp.Dot) if isinstance(dot.expression, exp.Func)), None):
        arguments = ", ".join(value.sql("duckdb") for value in [method.this, *method.expression.expressions])
        method.replace(sqlglot.parse_one(f"{method.expression.name}({arguments})", read="duckdb"))
    for union in list(tree.find_all(exp.SetOperation)):
        if union.args.get("limit") or union.args.get("offset"):
            names = ["*"] if union.is_star else [exp.column(name, quoted=True) for name in union.named_selects]
            around = exp.select(*names)
            rows = union.copy()
            for part in ("order", "limit", "offset"):
                around.set(part, rows.args.get(part))
                rows.set(part, None)
            around = around.from_(rows.subquery("rows"))
            tree = around if union is tree else tree
            union.replace(around)
    return tree


def _only_sorts(node: exp.Ordered, tree: exp.Expression) -> bool:
    """Whether an ORDER BY decides nothing: that of the result's rows, and that among equally frequent values."""
    order, distinct = node.parent, tree.args.get("distinct")  # of a UNION, True or False
    only_some = isinstance(distinct, exp.Distinct) and distinct.args.get("on")
    chooses = tree.args.get("limit") or tree.args.get("offset") or only_some
    return isinstance(order.parent, exp.Mode) or (order.parent is tree and not chooses)


def _check_texts(cells: Cells, node: exp.Expression, operands: list[exp.Expression], probes: list[str]) -> list[str]:
    """Raises ConfigurationFault where text orders wrongly; returns a sentence where that has no cure in SQL."""
    if cells.in_order(probes):
        return []
    texts = [(_spelt(operand), cells.shapes(sql)) for operand, sql in zip(operands, probes, strict=True)]
    varied = [text for text, operand in zip(texts, operands, strict=True) if not _is_constant(operand)]
    orders = {text[0]: cures.within(*text) for text in varied}
    ordered = [text for text in varied if orders[text[0]].ordered]
    if not ordered:
        unclear = [(subject, cure) for subject, cure in orders.items() if cure.ordered is None]
        return [
            f"`{_short(node)}` goes by the order of text: of `{subject}`, {cure.words}" for subject, cure in unclear
        ]
    pair = cells.inversion(probes)
    if pair is None:
        return []
    where = f", in which '{pair[1]}' comes before '{pair[0]}'" if pair else ""
    raise ConfigurationFault(
        f"`source.query` of the data set goes by the order of text in `{_short(node)}`{where}: of "
        f"`{_short(ordered[0][0])}`, {cures.advice_within(*ordered[0])}"
    )


def _spelt(operand: exp.Expression) -> str:
    select = operand.find_ancestor(exp.Select)
    result = _result(operand, select) if select and _is_position(operand, select) else None
    return (result.unalias() if result else operand).sql("duckdb")


def _short(node: exp.Expression | str) -> str:
    text = " ".join((node if isinstance(node, str) else node.sql("duckdb")).split())
    return text if len(text) <= LONG else f"{text[:LONG]}..."


def _probe(cells: Cells, tree: exp.Expression, operand: exp.Expression) -> str | None:
    """The SELECT of the values that an expression has where it stands, as `cell`; "" where they are no text.

    None where no SELECT can tell it.
    """
    if _is_constant(operand):
        return f"SELECT {operand.sql('duckdb')} AS cell"
    select = operand.find_ancestor(exp.Select)
    while select:
        for expression, filtered in product(_spellings(operand, select), (True, False)):
            sql = _values(tree, select, operand, expression, filtered).sql("duckdb")
            try:
                kind = cells.type(sql)
            except duckdb.Error:
                continue
            if kind == "VARCHAR":
                return sql
            if kind:
                return None if "VARCHAR" in kind else ""
        select = select.find_ancestor(exp.Select)  # of a subquery that refers to the rows around it
    return None


def _is_constant(operand: exp.Expression) -> bool:
    return isinstance(operand, exp.Placeholder) or (isinstance(operand, exp.Literal) and operand.is_string)


def _spellings(operand: exp.Expression, select: exp.Select) -> list[exp.Expression]:
    """The expression as it stands, and with the names and positions of the SELECT's results replaced by what they are.

    ORDER BY takes a name for a result first, all else takes it for a column first.
    """
    results = {column.alias.lower(): column.unalias() for column in select.expressions if column.alias}

    def meant(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column) and not node.table and node.name.lower() in results:
            return results[node.name.lower()].copy()
        return node

    if _is_position(operand, select):
        result = _result(operand, select)
        return [result.unalias()] if result else []
    spellings = [operand, operand.copy().transform(meant)]
    return spellings[::-1] if _sorts(operand, select) else spellings


def _sorts(operand: exp.Expression, select: exp.Select) -> bool:
    return isinstance(operand.parent, exp.Ordered) and operand.parent.parent.parent is select


def _is_position(operand: exp.Expression, select: exp.Select) -> bool:
    return _sorts(operand, select) and operand.is_int


def _result(position: exp.Expression, select: exp.Select) -> exp.Expression | None:
    """The result at a position; None behind a star, which stands for several."""
    results = select.expressions[: int(position.name)]
    return None if len(results) < int(position.name) or any(result.is_star for result in results) else results[-1]


def _values(
    tree: exp.Expression, select: exp.Select, operand: exp.Expression, expression: exp.Expression, filtered: bool
) -> exp.Select:
    """The SELECT with that expression as its only result, of all rows that it reads, or of those its WHERE leaves."""
    probe = select.copy()
    results = [column.unalias() for column in select.expressions]
    probe.set("expressions", [exp.alias_(expression.copy(), "cell")])
    for part in KEPT_OUT:
        probe.set(part, None)
    where = operand.find_ancestor(exp.Where)
    if not filtered or (where and where.parent is select):
        probe.set("where", None)
    if not expression.find(exp.AggFunc):
        probe.set("group", None)
    elif group := probe.args.get("group"):
        numbered = [int(column.name) - 1 if column.is_int else None for column in group.expressions]
        keys = zip(numbered, group.expressions, strict=True)
        group.set("expressions", [column if n is None else results[n].copy() for n, column in keys])
    around = [ancestor for ancestor in _ancestors(select) if ancestor.args.get("with_")]
    inner = probe.args.get("with_")
    tables = [cte.copy() for ancestor in around[::-1] for cte in ancestor.args["with_"].expressions]
    if tables:
        probe.set("with_", exp.With(expressions=[*tables, *(inner.expressions if inner else [])]))
    return probe


def _ancestors(node: exp.Expression) -> Iterator[exp.Expression]:
    while node := node.parent:
        yield node
