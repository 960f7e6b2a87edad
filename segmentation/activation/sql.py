"""The model as one SELECT: customers are placed where they lie, by the database that holds them."""

import re
import textwrap
from collections.abc import Collection, Iterable, Mapping
from functools import partial

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import NormalizationStrategy

from segmentation.features.space import Feature
from segmentation.features.transforms import LARGEST, named, sql_number, sql_sum
from segmentation.model.model import SegmentModel
from segmentation.pipeline.errors import ConfigurationFault, suggestion
from segmentation.pipeline.outputs import DECIMALS
from segmentation.pipeline.reading import identifier, literal

NO_SQL = ("", "dax", "prql", "solr", "tableau")  # languages that sqlglot reads, and no database takes a SELECT in
DIALECTS = tuple(sorted(set(sqlglot.Dialect.classes) - set(NO_SQL)))
FENCING = ("postgres", "sqlite")  # without MATERIALIZED they compute a column anew at each use, which takes minutes
FENCED = ("scaled", "squared")  # the CTEs whose columns are used most often
RESULTS = ("segment", "name", "distance", "margin")
ROUND = f"1e{DECIMALS}"
TWO_ARGUMENTS = ("fabric", "tsql")  # their ROUND requires the number of decimals
LEVELS = {"duckdb": 3, "postgres": 3, "sqlite": 2}  # parts that the name of a table has at most
WIDTH = 110  # of a line


def select(model: SegmentModel, table: str, id: str, dialect: str) -> str:
    """Writes the model as one SELECT over a table of raw customers, in a dialect of DIALECTS.

    The SELECT gives the column `id` under its own name, and `segment`, `name`, `distance` and `margin` with the values
    of SegmentModel.predict. All four are NULL for a customer whom `predict` refuses, and for a customer beyond 1e150
    standard deviations from the mean, where squares overflow. `table` is written as in the dialect: schema.table, each
    part quoted or not; in DuckDB also a file. The tests run the SELECT on DuckDB, SQLite and PostgreSQL; for the other
    dialects sqlglot translates it. Raises ConfigurationFault for an unknown dialect, for a `table` that names no table,
    and for an `id` with the name of a result.
    """
    if dialect not in DIALECTS:
        raise ConfigurationFault(f"the SQL dialect '{dialect}' is unknown: {suggestion(dialect, DIALECTS)}")
    if id.lower() in RESULTS:
        raise ConfigurationFault(
            f"the id column cannot be called '{id}', as a result is: rename it in the query of the data set"
        )
    parts = name_parts(table, dialect)
    taken = {name.lower() for name in (*(part.name for part in parts), id, *model.space.names)}
    source = ".".join(part.sql(dialect) for part in parts)
    *ctes, (_, results) = _steps(model, id, _free("customer_id", taken))
    lines, previous = _header(model, source, id, dialect), source
    for position, (step, columns) in enumerate(ctes):
        fence = "MATERIALIZED " if step in FENCED and dialect in FENCING else ""
        name = _free(step, taken)
        lines.append(f"{'), ' if position else 'WITH '}{name} AS {fence}(")
        lines += [f"  {line}" for line in _layout(columns, previous, dialect)]
        previous = name
    return "\n".join([*lines, ")", *_layout(results, previous, dialect), ""])


def _layout(columns: list[str], source: str, dialect: str) -> list[str]:
    """The lines of a SELECT of `columns`, which are in DuckDB's dialect, from `source`."""
    blocks = [_lines(_translated(column, dialect), dialect) for column in columns]
    for block in blocks[:-1]:
        block[-1] += ","
    return ["SELECT", *(f"  {line}" for block in blocks for line in block), f"FROM {source}"]


def _translated(column: str, dialect: str) -> exp.Expression:
    tree = sqlglot.parse_one(column, read="duckdb")
    for division in tree.find_all(exp.Div):  # of floats: no dialect needs a cast
        division.set("typed", True)
    for least in tree.find_all(exp.Least):  # of arguments that are NULL all together: dialects do not differ
        least.set("ignore_nulls", dialect == "duckdb")
    for rounded in tree.find_all(exp.Round):
        if dialect in TWO_ARGUMENTS:
            rounded.set("decimals", exp.Literal.number(0))
    return tree


def _lines(column: exp.Expression, dialect: str) -> list[str]:
    """One line, or, where it would be longer than WIDTH, a line for each case or summand."""
    line, formula = column.sql(dialect), column.unalias()
    if len(line) <= WIDTH or not isinstance(formula, exp.Case | exp.Add):
        return [line]
    name = column.args["alias"].sql(dialect)
    if isinstance(formula, exp.Add):
        summands = [summand.sql(dialect) for summand in formula.flatten(unnest=False)]
        return [summands[0], *(f"  + {summand}" for summand in summands[1:-1]), f"  + {summands[-1]} AS {name}"]
    lines = ["CASE" if formula.this is None else f"CASE {formula.this.sql(dialect)}"]
    lines += [f"  WHEN {case.this.sql(dialect)} THEN {case.args['true'].sql(dialect)}" for case in formula.args["ifs"]]
    if formula.args.get("default") is not None:
        lines.append(f"  ELSE {formula.args['default'].sql(dialect)}")
    return [*lines, f"END AS {name}"]


def name_parts(table: str, dialect: str) -> list[exp.Identifier]:
    """The parts of a table's name, quoted, each folded as the dialect folds a name without quotes.

    Raises ConfigurationFault for a text that is no name of a table, or that sqlglot takes for another one.
    """
    rules = sqlglot.Dialect.get_or_raise(dialect)
    try:
        tree = exp.to_table(table, dialect=dialect) if table.isprintable() else None
    except sqlglot.errors.SqlglotError:
        tree = None
    parts = tree.parts if isinstance(tree, exp.Table) else []
    named = all(isinstance(part, exp.Identifier) and part.name.strip() for part in parts)
    whole = _unquoted(table) == _unquoted(".".join(part.name for part in parts))  # no comment, for one, was left out
    if not (parts and named and whole and len(parts) <= LEVELS.get(dialect, len(parts))):
        raise ConfigurationFault(
            f"export.table: {table!r} is no name of a table in {dialect}: TABLE or SCHEMA.TABLE was expected, and "
            f"{exp.to_identifier('a name', quoted=True).sql(dialect)} for a part with blanks or signs"
        )
    if rules.normalization_strategy in (NormalizationStrategy.LOWERCASE, NormalizationStrategy.UPPERCASE):
        parts = [rules.normalize_identifier(part) for part in parts]
    return [exp.to_identifier(part.name, quoted=True) for part in parts]


def _unquoted(name: str) -> str:
    return re.sub(r"""[\s"'`\[\]\\]""", "", name)


def _free(name: str, taken: Collection[str]) -> str:
    """A name of the statement itself that differs from those of the table and its columns, which are in lower case.

    A SELECT from a table in a CTE of the same name would call itself.
    """
    while name in taken:
        name += "_"
    return name


def _header(model: SegmentModel, table: str, id: str, dialect: str) -> list[str]:
    features = ", ".join(f"{f.name} ({f.unit})" if f.unit else f.name for f in model.space.features)
    lines = [
        f"Places the customers of {table} in the segments of a model: one row per customer, with {id}, "
        f"{', '.join(RESULTS)}.",
        f"The table holds {id} and, as numbers, {features}.",
        "The distance is that to the segment's centre, in standard deviations. The margin is 0 on the border to the "
        "next segment and 1 at the centre. Who cannot be placed has NULL in all four.",
        f"Dialect: {dialect}. Generated from the model: do not edit.",
    ]
    wrap = partial(textwrap.wrap, width=117, subsequent_indent="  ", break_long_words=False)
    return [f"-- {line}" for text in lines for line in wrap(text)]  # a line break in a name becomes a space


def _steps(model: SegmentModel, id: str, key: str) -> list[tuple[str, list[str]]]:
    """The steps of the model, each with its columns in DuckDB's dialect, and last the results; `key` carries the id.

    Each becomes a CTE; a step that changes no column is left out.
    """
    features = model.space.features
    steps = [("typed", [f"{identifier(id)} AS {key}", *map(_cast, features)])]
    for name, step in (("filled", _filled), ("clipped", _clipped), ("transformed", _transformed), ("scaled", _scaled)):
        columns = {identifier(feature.name): step(feature) for feature in features}
        if any(column != expression for column, expression in columns.items()):
            steps.append((name, [key, *(_as(expression, column) for column, expression in columns.items())]))
    steps.append(("squared", [key, *_squared(model)]))
    steps.append(("nearest", ["*", *_nearest(model.numbers)]))
    steps.append(("placed", ["*", f"{_squared_next(model.numbers)} AS squared_next"]))
    return [*steps, ("results", [f"{key} AS {identifier(id)}", *_results(model)])]


def _as(expression: str, name: str) -> str:
    return expression if expression == name else f"{expression} AS {name}"


def _cast(feature: Feature) -> str:
    return f"CAST({identifier(feature.name)} AS DOUBLE) AS {identifier(feature.name)}"


def _limits(feature: Feature) -> tuple[float, float]:
    """The lowest and the highest raw value whose scaled value has a finite square; a clip lifts the limit."""
    low, high = named(feature.transform).sql_limits(feature.power, feature.scale)
    low, high = (LARGEST if limit >= LARGEST else float(f"{limit:.0e}") for limit in (low, high))
    return -low if feature.low is None else -LARGEST, high if feature.high is None else LARGEST


def _filled(feature: Feature) -> str:
    """Keeps a number within the limits, fills a missing value (NULL or NaN), and gives NULL beyond the limits.

    In some databases NaN is larger than all numbers, in others it compares with none: in both -ABS(NaN) <= 0 fails.
    """
    x = identifier(feature.name)
    low, high = _limits(feature)
    number = f"WHEN {x} BETWEEN {sql_number(low)} AND {sql_number(high)} THEN {x}"
    if feature.fill is None:
        return f"CASE {number} END"
    return f"CASE {number} WHEN -ABS({x}) <= 0 THEN NULL ELSE {sql_number(feature.fill)} END"


def _clipped(feature: Feature) -> str:
    x = identifier(feature.name)
    low = "" if feature.low is None else f"WHEN {x} < {sql_number(feature.low)} THEN {sql_number(feature.low)}"
    high = "" if feature.high is None else f"WHEN {x} > {sql_number(feature.high)} THEN {sql_number(feature.high)}"
    return f"CASE {low} {high} ELSE {x} END" if low or high else x


def _transformed(feature: Feature) -> str:
    return named(feature.transform).sql(identifier(feature.name), feature.power, feature.scale)


def _scaled(feature: Feature) -> str:
    centred = sql_sum(identifier(feature.name), sql_number(-feature.mean))
    return f"ROUND(({centred}) / {sql_number(feature.scale)} * {ROUND}) / {ROUND}"


def _squared(model: SegmentModel) -> list[str]:
    columns = []
    for number, centre in zip(model.numbers, model.centres.tolist(), strict=True):
        pairs = zip(map(identifier, model.space.names), centre, strict=True)
        differences = [f"({sql_sum(column, sql_number(-coordinate))})" for column, coordinate in pairs]
        squares = " + ".join(f"{difference} * {difference}" for difference in differences)
        columns.append(f"{squares} AS squared_{number}")
    return columns


def _nearest(numbers: Iterable[int]) -> list[str]:
    least = _least(numbers)
    cases = " ".join(f"WHEN squared_{number} THEN {number}" for number in numbers)
    return [f"CASE {least} {cases} END AS segment", f"{least} AS squared_nearest"]


def _least(numbers: Iterable[int]) -> str:
    squared = [f"squared_{number}" for number in numbers]
    return squared[0] if len(squared) == 1 else f"LEAST({', '.join(squared)})"


def _squared_next(numbers: tuple[int, ...]) -> str:
    if len(numbers) == 1:
        return "CAST(NULL AS DOUBLE)"
    cases = {nearest: _least([number for number in numbers if number != nearest]) for nearest in numbers}
    return _case("segment", cases)


def _case(column: str, values: Mapping[int, str]) -> str:
    return f"CASE {column} {' '.join(f'WHEN {key} THEN {value}' for key, value in values.items())} END"


def _results(model: SegmentModel) -> list[str]:
    names = {n: literal(name) for n, name in zip(model.numbers, model.names, strict=True)}
    margin = f"ROUND((1 - SQRT(squared_nearest) / SQRT(squared_next)) * {ROUND}) / {ROUND}"
    return [
        "segment",
        f"{_case('segment', names)} AS name",
        f"ROUND(SQRT(squared_nearest) * {ROUND}) / {ROUND} AS distance",
        f"CASE WHEN squared_next > 0 THEN {margin} WHEN squared_next = 0 THEN 0.0 END AS margin",
    ]
