"""The kinds of source that customers come from: the settings of each kind, its checks and its template.

A new kind is a dataclass here, a row of KINDS, a row of READERS in segmentation/sources/source.py, and its template in
conf/dataset/.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from omegaconf import MISSING

from segmentation.pipeline import storage
from segmentation.pipeline.schema import number, one_of

Wrong = list[tuple[str, str]]  # keys at fault, each with what is wrong with it, as words that follow the key


@dataclass
class Source:
    """What every kind of source has."""

    kind: str = MISSING

    template: ClassVar[str]  # the data set's file in conf/dataset/ that a person copies for this kind
    generated: ClassVar[bool] = False  # its customers are invented here, so that new ones cannot be read from it
    files: ClassVar[Mapping[str, str]] = {}  # the files that it reads, by the name of their table in its query

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
class Query(Source):
    """Customers read from files with one SQL query."""

    template = "csv"

    files: dict[str, str] = MISSING
    query: str = MISSING
    delimiter: str = ","
    parameters: dict[str, Any] = field(default_factory=dict)

    def contradictions(self) -> Wrong:
        """Names that are no tables of a query, and a delimiter that is no single character."""
        wrong = []
        for name in self.files:
            if not name.isidentifier():
                wrong.append((f"files.{name}", "is no plain word: it is the table's name in the query"))
        if len(self.delimiter) != 1:
            wrong.append(("delimiter", f"is {self.delimiter!r}; allowed is one character"))
        return wrong

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

    def contradictions(self) -> Wrong:
        """An address in the place of a variable's name, a query without a statement, a version that is no value."""
        wrong = check_connection("connection", self.connection)
        if not re.sub(r"--[^\n]*|/\*.*?\*/", "", self.query, flags=re.DOTALL).strip("; \n\t"):
            wrong.append(("query", "is empty; expected is a SELECT that returns a row per customer"))
        wrong += check_driver("driver", self.driver)
        if type(self.version) not in (str, int, float):
            wrong.append(("version", f"is {self.version!r}; expected is a number or a word"))
        return wrong

    def inputs(self) -> list[dict[str, str]]:
        """The database, with the version that a person gave it, since nothing else tells that its rows have changed."""
        version = "not given" if self.version == "" else self.version
        return [{"name": f"${self.connection}", "hash": f"version {version}"}]


KINDS: dict[str, type[Source]] = {"synthetic": Synthetic, "query": Query, "database": Database}


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
