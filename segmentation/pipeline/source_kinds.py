"""The kinds of source that customers come from: the settings of each kind, its checks and its template.

A new kind is a dataclass here, a row of KINDS, a row of READERS in segmentation/sources/source.py, and its template in
conf/dataset/.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from encodings.aliases import aliases
from typing import Any, ClassVar

from omegaconf import MISSING

from segmentation.pipeline import storage
from segmentation.pipeline.errors import suggestion
from segmentation.pipeline.schema import number, one_of

# The first word of a query, behind white space, comments and parentheses.
STARTING_WORD = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/|\()*(\w*)", re.DOTALL)
BLANKS = " "  # the delimiter of cells between runs of blanks and tabs
ENCODINGS = ("utf-8", "cp1252", "iso-8859-15", "utf-16", "mac-roman", "cp850")  # of most files
# The settings of a column beside `missing`, by its kind.
FITTING = {"text": (), "number": ("thousands", "decimal", "decimals", "unit"), "date": ("order",), "yes_no": ()}
Wrong = list[tuple[str, str]]  # keys at fault, each with what is wrong with it, as words that follow the key


@dataclass
class Source:
    """What every kind of source has."""

    kind: str = MISSING

    template: ClassVar[str]  # the data set's file in conf/dataset/ that a person copies for this kind
    generated: ClassVar[bool] = False  # its customers are invented here, so that new ones cannot be read from it
    files: ClassVar[Mapping[str, str]] = {}  # the files that it reads, by the name of their table in its query

    @property
    def dialect(self) -> str:
        """The SQL of its query, for what a message proposes to put into it: duckdb, postgres or sqlite."""
        return "duckdb"

    def contradictions(self) -> Wrong:
        """The settings of the source that contradict each other, with keys as they stand below `source`."""
        return []

    def inputs(self) -> list[dict[str, str]]:
        """The name of each input, and what changes when its content does: for the report of the step."""
        return []


@dataclass
class Distribution:
    """How one synthetic column is drawn and rounded."""

    distribution: str = one_of(("normal", "lognormal"))
    decimals: int = number(0, 6)
    low: float = MISSING
    high: float = MISSING


@dataclass
class Draw:
    """Centre and spread of one column in one planted segment."""

    centre: float = MISSING
    spread: float = number(0)


@dataclass
class Planted:
    """One planted segment."""

    name: str = MISSING
    share: float = number(0, 1)
    columns: dict[str, Draw] = MISSING


@dataclass
class Synthetic(Source):
    """Customers drawn from planted segments."""

    template = "synthetic"
    generated = True

    rows: int = number(1)
    seed: int = number(0)
    columns: dict[str, Distribution] = MISSING
    segments: list[Planted] = MISSING

    def contradictions(self) -> Wrong:
        """Shares that are no whole, and segments that lack a column."""
        wrong = []
        total = sum(segment.share for segment in self.segments)
        if abs(total - 1) > 1e-9:
            wrong.append(("segments", f"have shares that add up to {total:.9g}, not to 1"))
        for position, segment in enumerate(self.segments):
            if set(segment.columns) != set(self.columns):
                key = f"segments.{position}.columns"
                wrong.append((key, f"are {sorted(segment.columns)}, not {sorted(self.columns)}"))
        return wrong


@dataclass
class Column:
    """How the cells of a column of a file are written."""

    kind: str = one_of(("text", "number", "date", "yes_no"))
    thousands: str = one_of(("", ".", ",", " ", "'"), "")
    decimal: str = one_of((".", ","), ".")
    decimals: int | None = number(0, 9, None)
    unit: str = ""
    order: str = one_of(("", "year first", "day first", "month first"), "")
    missing: list[str] = field(default_factory=list)

    def contradictions(self) -> Wrong:
        """Settings that do not belong to a column's kind, and one mark for two things."""
        from segmentation.pipeline.notation import PERCENT  # which most steps do without

        fitting = ("kind", "missing", *FITTING.get(self.kind, ()))
        wrong = [
            (item.name, f"is {value!r}, which says nothing about a column of the kind {self.kind}: leave it out")
            for item in fields(self)
            if (value := getattr(self, item.name)) not in ("", None, item.default) and item.name not in fitting
        ]
        if self.kind == "number" and self.thousands == self.decimal:
            other = "," if self.decimal == "." else "."
            wrong.append(("thousands", f"is {self.thousands!r}, as is decimal: set one of them to {other!r}"))
        if self.decimals is not None and self.unit.lower() in PERCENT:
            wrong.append(("decimals", "is set for percents, which become shares: leave it out"))
        return wrong


@dataclass
class Query(Source):
    """Customers read from files with one SQL query."""

    template = "csv"

    files: dict[str, str] = MISSING
    query: str = MISSING
    delimiter: str = ","
    encoding: str = "utf-8"
    lines_above: int = number(0, default=0)
    lines_below: int = number(0, default=0)
    sheet: str = ""
    columns: dict[str, Any] = field(default_factory=dict)  # of a table and its columns: Column
    parameters: dict[str, Any] = field(default_factory=dict)
    period: str = ""  # a SELECT of the first and the last day of the rows that count; "" tells none

    def contradictions(self) -> Wrong:
        """Names that are no tables of a query, and settings by which no text can be read."""
        wrong = []
        for name in self.files:
            if not name.isidentifier():
                wrong.append((f"files.{name}", "is no plain word: it is the table's name in the query"))
        if len(self.delimiter) != 1 or self.delimiter in '"\r\n':
            wrong.append(("delimiter", f"is {self.delimiter!r}; allowed is one character, which is no quote"))
        for table, columns in self.columns.items():
            if table not in self.files:
                wrong.append((f"columns.{table}", f"is no table of `files`: {suggestion(table, self.files)}"))
            if not columns:
                wrong.append((f"columns.{table}", "is empty: name the columns that the query needs, or leave it out"))
            for name, column in columns.items():
                wrong += [(f"columns.{table}.{name}.{key}", message) for key, message in column.contradictions()]
        return wrong + check_encoding("encoding", self.encoding)

    def inputs(self) -> list[dict[str, str]]:
        """The files, each with a hash of its content; the name of one in a folder begins with that of the folder."""
        inputs = []
        for path in [path for pattern in self.files.values() for path in storage.glob(pattern)]:
            files = storage.below(path) if path.is_dir() else [path]
            names = [path.name + str(file).removeprefix(str(path)) for file in files]
            inputs += [
                {"name": name, "hash": storage.fingerprint(file)} for name, file in zip(names, files, strict=True)
            ]
        return inputs


@dataclass
class Database(Source):
    """Customers read from a database with one SQL query; `connection` names an environment variable."""

    template = "database"

    connection: str = MISSING
    query: str = MISSING
    driver: str = ""
    version: Any = ""
    period: str = ""  # a SELECT of the first and the last day of the rows that count; "" tells none

    @property
    def dialect(self) -> str:
        """SQLite's where driver or address name it; else PostgreSQL's, which most databases are near to."""
        address = os.environ.get(self.connection, "")
        lite = address.startswith(("sqlite:", "file:")) or (address and "://" not in address)
        return "sqlite" if lite or self.driver.endswith("sqlite") else "postgres"

    def contradictions(self) -> Wrong:
        """An address in the place of a variable's name, a query that is no SELECT, a version that is no value."""
        wrong = check_connection("connection", self.connection)
        wrong += check_select("query", self.query, "a row per customer")
        wrong += check_select("period", self.period, "the first and the last day") if self.period else []
        wrong += check_driver("driver", self.driver)
        if type(self.version) not in (str, int, float):
            wrong.append(("version", f"is {self.version!r}; expected is a number or a word"))
        return wrong

    def inputs(self) -> list[dict[str, str]]:
        """The database, with the version that a person gave it, since nothing else tells that its rows have changed."""
        version = "not given" if self.version == "" else self.version
        return [{"name": f"${self.connection}", "hash": f"version {version}"}]


KINDS: dict[str, type[Source]] = {"synthetic": Synthetic, "query": Query, "database": Database}


def check_encoding(key: str, name: str) -> Wrong:
    """Refuses an encoding that Python does not know, or that is none of text."""
    try:
        "".encode(name)
    except (LookupError, ValueError):
        known = [alias for alias, codec in aliases.items() if codec != "mbcs" and not codec.endswith("_codec")]
        close = get_close_matches(name.lower(), [*ENCODINGS, *known], n=1)
        hint = f"did you mean '{close[0]}'? " if close else ""
        usual = f"usual are {', '.join(ENCODINGS)}; what Windows calls ANSI is cp1252"
        return [(key, f"is {name!r}, which is no encoding: {hint}{usual}")]
    return []


def check_select(key: str, statement: str, returns: str) -> Wrong:
    """Refuses a statement that does not begin as a SELECT; `returns` says in words what it is to return."""
    word = STARTING_WORD.match(statement)[1]
    if word.upper() in ("SELECT", "WITH"):
        return []
    described = f"begins with {word!r}" if word else "is empty"
    return [(key, f"{described}; expected is a SELECT that returns {returns}")]


def check_connection(key: str, name: str) -> Wrong:
    """Refuses a connection that is no name of an environment variable, without showing the password of an address."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return []
    shown = "is no name" if re.search(r"[:/@=]", name) else f"is {name!r}"
    expected = "the name of an environment variable, such as WAREHOUSE_URL, which holds the address and its password"
    return [(key, f"{shown}; expected is {expected}")]


def check_driver(key: str, name: str) -> Wrong:
    """Refuses a driver that is no plain name, such as the path of a library."""
    if re.fullmatch(r"[A-Za-z0-9_-]*", name):
        return []
    return [(key, f"is {name!r}; expected is the name of an ADBC driver, or nothing")]
