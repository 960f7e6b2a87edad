"""What stands in each column of a table of DuckDB: its kind, its gaps, its different values and their distribution."""

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

import duckdb

from segmentation.adoption import kinds, vocabulary
from segmentation.adoption.kinds import DATE, NUMBER, TEXT, Kind
from segmentation.pipeline import cures, notation
from segmentation.pipeline.notation import Shapes
from segmentation.pipeline.reading import identifier, literal
from segmentation.pipeline.source_kinds import Column
from segmentation.sources import columns

ROWS = 500_000  # whose shapes are taken at once
EXACT = 200_000  # rows: above, different values are counted to about 2 %, except those of ids
LONGEST = 60 * 365  # days between dates with years of two digits, of which none is of another century
MOMENTS = {  # from the year 2000 to 2100
    "Excel's numbers of days": (36_526, 73_051),
    "Unix seconds": (946_684_800, 4_102_444_800),
    "Unix milliseconds": (946_684_800_000, 4_102_444_800_000),
}
NARROW = 3  # times wider is the span of days of a reading that puts the days in the place of the years
FEW = 1_000  # different values: so many are counted one by one
UNREADABLE = "it holds days that no calendar has, or numbers that are too large"
SAMPLE = 500_000  # rows, evenly spaced, that show how the values of a column are distributed
FIRST_DAY = date(1970, 1, 1)  # days are counted from here
YEARS, REPEATED = 5 * 365, 3  # a day so far from all others that so many rows have stands for no day
LIFETIME = (date(1900, 1, 2), date(2100, 1, 1))  # days outside, as 9999-12-31, stand for no day


@dataclass(frozen=True)
class Figures:
    """The distribution of a column: of numbers, or of the days of dates; `most` is the share of the commonest value."""

    low: float | None = None
    high: float | None = None
    skew: float = 0.0
    log_skew: float = 0.0
    most: float = 0.0
    is_whole: bool = False
    negative: float = 0.0  # share


@dataclass(frozen=True)
class Surveyed:
    """A column of a table, as it was found."""

    name: str
    type_name: str
    kind: Kind
    rows: int
    missing: int = 0
    distinct: int = 0
    is_exact: bool = True
    example: str = ""
    shapes: Shapes = field(default_factory=dict, repr=False)
    figures: Figures = Figures()

    @property
    def filled(self) -> int:
        """How many rows have a value."""
        return self.rows - self.missing

    @property
    def gaps(self) -> float:
        """The share of rows without a value."""
        return self.missing / self.rows

    @property
    def sql(self) -> str:
        """The expression that reads the column as its kind."""
        return columns.expression(self.name, self.kind.column, self.type_name, self.shapes)

    @property
    def measure(self) -> str:
        """The expression of a double: the number itself, or the days since FIRST_DAY."""
        if self.kind.column.kind == DATE:
            return f"CAST(date_diff('day', DATE '{FIRST_DAY}', CAST({self.sql} AS DATE)) AS DOUBLE)"
        return f"CAST({self.sql} AS DOUBLE)"

    @property
    def unit(self) -> str:
        """The unit of the numbers, which their cells or the column's name tell."""
        if self.kind.word == "percent":
            return "share"
        return self.kind.column.unit or vocabulary.currency(self.name)

    def read_as(self, column: Column) -> "Surveyed":
        """The column with its cells read in another way."""
        return replace(self, kind=replace(self.kind, column=column))


def survey(connection: duckdb.DuckDBPyConnection, table: str, decimal: str, day_first: bool | None) -> list[Surveyed]:
    """Looks at every cell of a table; `decimal` and `day_first` settle what the cells of a column leave open."""
    types = {name: type_name for name, type_name, *_ in connection.execute(f"DESCRIBE {identifier(table)}").fetchall()}
    [(rows,)] = connection.execute(f"SELECT count(*) FROM {identifier(table)}").fetchall()
    look = partial(_look, connection, table, rows, decimal, day_first)
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return list(pool.map(look, types, types.values()))


def _look(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: int,
    decimal: str,
    day_first: bool | None,
    name: str,
    type_name: str,
) -> Surveyed:
    with connection.cursor() as cursor:
        kind, shapes = kinds.of_type(type_name), {}
        if kind is None:
            shapes = _shapes(cursor, table, name)
            kind = kinds.of_text(shapes, vocabulary.says(name, "date"), decimal, day_first)
            kind = _by_span(cursor, table, name, kind, shapes)
            if kind.fault and (vocabulary.says(name, "person") or vocabulary.says(name, "number")):
                kind = Kind("words", Column(TEXT))  # such as phone numbers, of which nobody reckons
        column = Surveyed(name, type_name, kind, rows, shapes=shapes)
        column = _measured(cursor, table, _as_code(cursor, table, column))
        if column.kind.column.kind not in (NUMBER, DATE) or column.kind.slips:
            return _with_most(cursor, table, column)
        try:
            return _as_moments(_with_figures(cursor, table, column))
        except duckdb.Error:
            return _unread(column, UNREADABLE)


def _by_span(cursor: duckdb.DuckDBPyConnection, table: str, name: str, kind: Kind, shapes: Shapes) -> Kind:
    """A column of dates with two-digit years, such as 13/02/24, is read so that its days lie within a few years."""
    if kind.word != "date?" or not any(column.order == "year first" for _, column in kind.readings):
        return kind
    spans = []
    for _, column in kind.readings:
        day = columns.expression(name, column, "VARCHAR", shapes)
        [(span,)] = cursor.execute(
            f"SELECT date_diff('day', min({day}), max({day})) FROM {identifier(table)}"
        ).fetchall()
        spans.append(span)
    if NARROW * sorted(spans)[0] >= sorted(spans)[1]:
        return kind
    return Kind("date", kind.readings[spans.index(min(spans))][1])


def _as_moments(column: Surveyed) -> Surveyed:
    """Whole numbers that count days or seconds, in a column whose name says that it holds dates, are told."""
    low, high = column.figures.low or 0, column.figures.high or 0
    if math.isinf(low) or math.isinf(high):
        return _unread(column, UNREADABLE)
    has_short_years = bool(column.shapes) and not any("Y" in shape or kinds.DAY in shape for shape in column.shapes)
    if column.kind.column.kind == DATE and has_short_years and high - low > LONGEST:
        fault = f"the years of days such as {column.example} can be of two centuries: write them in full"
        return replace(column, kind=replace(column.kind, column=Column(TEXT), fault=fault))
    if column.kind.word == "number" and column.figures.is_whole and vocabulary.says(column.name, "date"):
        for what, (first, last) in MOMENTS.items():
            if first <= low and high <= last:
                fault = f"these are {what}: write them as dates, such as 2026-01-31"
                return replace(column, kind=replace(column.kind, word="date?", column=Column(TEXT), fault=fault))
    return column


def _unread(column: Surveyed, fault: str) -> Surveyed:
    return replace(column, kind=replace(column.kind, column=Column(TEXT), fault=fault))


def _shapes(cursor: duckdb.DuckDBPyConnection, table: str, name: str) -> Shapes:
    shapes: Shapes = {}
    for batch in cursor.sql(f"SELECT {identifier(name)} FROM {identifier(table)}").to_arrow_reader(ROWS):
        shapes = notation.merge(shapes, notation.shapes(batch.column(0)))
        if len(shapes) == notation.MOST:
            break  # words
    return shapes


def _as_code(cursor: duckdb.DuckDBPyConnection, table: str, column: Surveyed) -> Surveyed:
    """A column of digits of which some begin with a zero is one of codes, such as 01067."""
    is_counted = any(vocabulary.says(column.name, root) for root in ("quantity", "activity"))
    has_digits = not is_counted and any(set(shape.strip()) == {"9"} for shape in column.shapes)
    if column.type_name != "VARCHAR" or column.kind.column.kind != NUMBER or not has_digits:
        return column
    cells = (
        f"SELECT 1 FROM {identifier(table)} WHERE regexp_full_match(trim({identifier(column.name)}), '0\\d+') LIMIT 1"
    )
    if not cursor.execute(cells).fetchall():
        return column
    missing = column.kind.column.missing
    return replace(column, kind=Kind("code", Column(TEXT, missing=missing), has_zeros=True))


def _is_missing(column: Surveyed) -> str:
    """The SQL that tells whether a cell holds no value."""
    cell = identifier(column.name)
    marks = set(map(notation.bare, column.kind.column.missing))
    if len(column.shapes) >= notation.MOST:
        marks |= cures.MISSING  # of so many words, not all were looked at
    if column.type_name != "VARCHAR" or not marks:
        return f"{cell} IS NULL"
    marks = ", ".join(map(literal, sorted({*cures.MISSING, *map(notation.bare, column.kind.column.missing)})))
    return f"({cell} IS NULL OR lower(trim({cell})) IN ({marks}))"


def _measured(cursor: duckdb.DuckDBPyConnection, table: str, column: Surveyed) -> Surveyed:
    cell, gap = identifier(column.name), _is_missing(column)
    count = f"count(DISTINCT {cell})" if column.rows <= EXACT else f"approx_count_distinct({cell})"
    [(missing, distinct)] = cursor.execute(
        f"SELECT count_if({gap}), {count} FILTER (NOT {gap}) FROM {identifier(table)}"
    ).fetchall()
    first = cursor.execute(
        f"SELECT CAST({cell} AS VARCHAR) FROM {identifier(table)} WHERE NOT {gap} LIMIT 1"
    ).fetchall()
    example = column.kind.example or (first[0][0] if first else "")
    exact = column.rows <= EXACT
    return replace(column, missing=missing, distinct=distinct, is_exact=exact, example=example)


def _with_figures(cursor: duckdb.DuckDBPyConnection, table: str, column: Surveyed) -> Surveyed:
    if column.kind.column.kind == DATE:
        column = _without_placeholders(cursor, table, column)
    values = f"SELECT {column.measure} AS value FROM {identifier(table)}"
    [(low, high, whole, negative)] = cursor.execute(
        f"SELECT min(value), max(value), bool_and(value = floor(value)), count_if(value < 0) / count(value) "
        f"FROM ({values})"
    ).fetchall()
    sample = f"({values} WHERE rowid % {column.rows // SAMPLE + 1} = 0)"
    [(skew, log_skew, most)] = cursor.execute(
        f"SELECT skewness(value), skewness(ln(1 + value)) FILTER (value > -1), (SELECT max(n) / sum(n) FROM (SELECT "
        f"count(*) AS n FROM {sample} WHERE value IS NOT NULL GROUP BY value)) FROM {sample}"
    ).fetchall()
    figures = Figures(low, high, skew or 0.0, log_skew or 0.0, most or 0.0, bool(whole), negative or 0.0)
    return replace(column, figures=figures)


def _without_placeholders(cursor: duckdb.DuckDBPyConnection, table: str, column: Surveyed) -> Surveyed:
    """A day such as 9999-12-31 joins the marks of missing values, as does one that repeats years from all others."""
    first, last = (f"DATE '{day}'" for day in LIFETIME)
    days = f"SELECT CAST({column.sql} AS DATE) AS day, count(*) AS n FROM {identifier(table)} GROUP BY day"
    [(lonely,)] = cursor.execute(
        f"SELECT list(day) FROM (SELECT day, n, lag(day) OVER days AS before, lead(day) OVER days AS after "
        f"FROM ({days}) WHERE day IS NOT NULL WINDOW days AS (ORDER BY day)) WHERE n >= {REPEATED} AND ("
        "(before IS NULL AND "
        f"date_diff('day', day, after) > {YEARS}) OR (after IS NULL AND date_diff('day', before, day) > {YEARS}))"
    ).fetchall()
    listed = "".join(f" OR CAST({column.sql} AS DATE) = DATE '{day}'" for day in lonely or ())
    odd = f"(CAST({column.sql} AS DATE) NOT BETWEEN {first} AND {last}{listed})"
    cells = f"SELECT DISTINCT CAST({identifier(column.name)} AS VARCHAR) FROM {identifier(table)} WHERE {odd} LIMIT 6"
    texts = sorted(text for (text,) in cursor.execute(cells).fetchall())
    if not texts:
        return column
    if column.type_name != "VARCHAR" or len(texts) > 5:
        return _unread(column, f"it holds days such as {texts[0]}, which stand for none")
    known = column.kind.column
    marked = column.read_as(replace(known, missing=[*known.missing, *texts]))
    return _measured(cursor, table, marked)


def _with_most(cursor: duckdb.DuckDBPyConnection, table: str, column: Surveyed) -> Surveyed:
    if not column.filled or column.distinct > FEW:
        return column
    [(most,)] = cursor.execute(
        f"SELECT max(n) FROM (SELECT count(*) AS n FROM {identifier(table)} WHERE NOT {_is_missing(column)} "
        f"GROUP BY {identifier(column.name)})"
    ).fetchall()
    return replace(column, figures=Figures(most=most / column.filled))
