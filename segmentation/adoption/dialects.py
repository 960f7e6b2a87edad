"""The SQL of a query for the place where it runs: DuckDB over declared columns, or a database over its own."""

from dataclasses import dataclass

from segmentation.adoption.kinds import DATE
from segmentation.adoption.plan import CUTOFF
from segmentation.adoption.survey import Surveyed
from segmentation.pipeline import cures
from segmentation.pipeline.reading import DUCKDB, POSTGRES, SQLITE, identifier, literal


@dataclass(frozen=True)
class Dialect:
    """One of DUCKDB, POSTGRES and SQLITE; `cutoff` is written into the query of a database, which has no parameters."""

    name: str = DUCKDB
    cutoff: str = ""

    def cell(self, column: Surveyed) -> str:
        """The value of a column: in DuckDB the source has read it, in a database the query reads text itself."""
        cell = identifier(column.name)
        if self.name == DUCKDB:
            return cell
        if column.type_name == "VARCHAR" and column.kind.column.kind != "text":
            readings = cures.find(cell, column.shapes, self.name).readings
            cell = readings[0][1] if len(readings) == 1 else cell
        if column.kind.column.kind == DATE and self.name == SQLITE and not cell.startswith("julianday"):
            return f"julianday(date({cell}))"
        return f"CAST({cell} AS DATE)" if column.kind.column.kind == DATE and self.name == POSTGRES else cell

    def cutoff_day(self) -> str:
        """The day from which days are counted back, as `cell` gives days."""
        if self.name == DUCKDB:
            return f"CAST(${CUTOFF} AS DATE)"
        return f"DATE {literal(self.cutoff)}" if self.name == POSTGRES else f"julianday({literal(self.cutoff)})"

    def is_no(self, cell: str, column: Surveyed) -> str:
        """Whether an answer is no, or there is none."""
        is_boolean = self.name == POSTGRES and column.type_name == "BOOLEAN"
        return f"{cell} IS NOT TRUE" if is_boolean else f"coalesce({cell}, 0) = 0"

    def days(self, day: str) -> str:
        """The whole days from a day, an expression that `cell` gave, to the cut-off."""
        if self.name == DUCKDB:
            return f"date_diff('day', {day}, {self.cutoff_day()})"
        difference = f"{self.cutoff_day()} - {day}"
        return difference if self.name == POSTGRES else f"CAST({difference} AS INTEGER)"

    def calendar_day(self, day: str) -> str:
        """A day, an expression that `cell` gave, as a date or as text: SQLite reckons with the numbers of days."""
        return f"date({day})" if self.name == SQLITE else day

    def most_frequent(self, cell: str) -> str:
        """The most frequent value of a group; "" where the database has no function for it."""
        if self.name == POSTGRES:
            return f"mode() WITHIN GROUP (ORDER BY {cell})"
        return f"mode({cell} ORDER BY {cell})" if self.name == DUCKDB else ""

    def total(self, amount: str, decimals: int | None) -> str:
        """The exact sum of an amount, which in DuckDB is a decimal number already."""
        if self.name == DUCKDB or decimals is None:
            return f"sum({amount})"
        if self.name == SQLITE:
            return f"round(sum({amount}), {decimals})"
        return f"sum(CAST({amount} AS NUMERIC(38, {decimals})))"
