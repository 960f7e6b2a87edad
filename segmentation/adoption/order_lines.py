"""The lines of a table of orders: what each column is for, and which lines count."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from segmentation.adoption.amounts import Amount
from segmentation.adoption.dialects import Dialect
from segmentation.adoption.judgement import WORDS, as_text, useless
from segmentation.adoption.kinds import DATE, NUMBER, TEXT, YES_NO
from segmentation.adoption.plan import Decision
from segmentation.adoption.survey import Surveyed
from segmentation.adoption.vocabulary import is_cancelled, says
from segmentation.pipeline import cures
from segmentation.pipeline.errors import InputFault
from segmentation.pipeline.reading import identifier, literal
from segmentation.pipeline.source_kinds import Column

GUESTS = (cures.MISSING - {""}) | {  # ids of nobody in particular
    "0", "-1", "99999", "999999", "guest", "gast", "invite", "invité", "anonymous", "anonym", "anonyme", "walk-in",
    "(none)", "laufkunde", "barverkauf",
}  # fmt: skip


@dataclass
class Draft:
    """What the columns of the orders are for."""

    customer: Surveyed
    day: Surveyed
    order: Surveyed | None = None
    restarts: bool = False  # whether order numbers begin anew each year
    returned: Surveyed | None = None  # the quantity, where no amount tells what was sent back
    amount: Amount | None = None
    profile: list[Surveyed] = field(default_factory=list)
    decisions: dict[str, Decision] = field(default_factory=dict)
    cancelled: dict[str, tuple[Surveyed, Sequence[str]]] = field(default_factory=dict)  # with the words that say so

    def use(self, column: Surveyed, use: str, why: str) -> None:
        """Decides what a column is for."""
        self.decisions[column.name] = Decision(column, use, why)

    def number(self, order: str, day: str) -> str:
        """The SQL of the number of an order."""
        return f"{order} || '/' || year({day})" if self.restarts else order

    def unused(self, columns: Sequence[Surveyed]) -> list[Surveyed]:
        """The columns of which nothing is decided."""
        return [column for column in columns if column.name not in self.decisions]

    def conditions(self, sql: Dialect) -> dict[str, str]:
        """What a line must meet to count, each with what the other lines are."""
        conditions = {f"{identifier(self.customer.name)} IS NOT NULL": "lines without a customer"}
        for column, texts in self.cancelled.values():
            cell, kind = sql.cell(column), column.kind.column.kind
            if texts:
                listed = ", ".join(map(literal, dict.fromkeys(text.strip().lower() for text in texts)))
                conditions[f"lower(trim(coalesce({cell}, ''))) NOT IN ({listed})"] = (
                    f"lines that say {', '.join(texts)}"
                )
            else:
                test = f"{cell} IS NULL" if kind in (DATE, TEXT) else sql.is_no(cell, column)
                conditions[test] = f"lines with '{column.name}'"
        if self.returned:
            conditions[f"{sql.cell(self.returned)} > 0"] = (
                f"lines without a positive {self.returned.name}, such as returns"
            )
        if self.amount and not self.amount.keeps_negative:
            is_single = len(self.amount.columns) == 1  # a voucher may pay for all of an order; a piece for 0 is a gift
            for column in self.amount.columns:
                sign, what = (">= 0", "with a negative or no") if is_single else ("> 0", "without a positive")
                conditions[f"{sql.cell(column)} {sign}"] = f"lines {what} {column.name}, such as returns"
        return conditions

    def lines(self, sql: Dialect) -> str:
        """FROM which table and WHERE the lines count, from the first one to the cut-off."""
        conditions = [*self.conditions(sql), f"{sql.cell(self.day)} < {sql.cutoff_day()}"]
        return "FROM orders\nWHERE " + "\n  AND ".join(conditions)

    def period(self, sql: Dialect) -> str:
        """The statement that gives the first and the last day of the lines that count."""
        days = [sql.calendar_day(f"{extreme}({sql.cell(self.day)})") for extreme in ("min", "max")]
        return f"SELECT {', '.join(days)}\n{self.lines(sql)}"


def without_guests(connection: duckdb.DuckDBPyConnection, table: str, customer: Surveyed) -> Surveyed:
    """The column of customers, in which words such as guest, and the id 0, stand for nobody."""
    cell, listed = f"CAST({identifier(customer.name)} AS VARCHAR)", ", ".join(map(literal, sorted(GUESTS)))
    cells = f"SELECT DISTINCT {cell} FROM {identifier(table)} WHERE lower(trim({cell})) IN ({listed}) ORDER BY 1"
    texts = [text for (text,) in connection.execute(cells).fetchall()]
    marks = sorted({*customer.kind.column.missing, *texts})
    return customer.read_as(Column(TEXT, missing=marks))


def find_cancelled(draft: Draft, columns: Sequence[Surveyed]) -> None:
    """The columns by which a line was cancelled or sent back: a status, an answer, a reason or a date."""
    for column in columns:
        kind, is_called_so = column.kind.column.kind, says(column.name, "cancelled")
        if (
            is_called_so
            and kind == NUMBER
            and (column.figures.low, column.figures.high) == (0, 1)
            and column.distinct == 2
        ):
            column, kind = column.read_as(Column(YES_NO, missing=column.kind.column.missing)), YES_NO
        if is_called_so and (column.kind.fault or column.kind.slips or column.kind.readings):
            raise InputFault(f"column '{column.name}' tells which orders count, and {useless(column)}")
        if kind == TEXT and column.distinct <= WORDS and (is_called_so or says(column.name, "status")):
            _find_words(draft, column, is_called_so)
        elif is_called_so and kind in (YES_NO, DATE) and column.filled:
            draft.cancelled[column.name] = (column, ())
            draft.use(column, "status", "lines that have it are left out")


def _find_words(draft: Draft, column: Surveyed, is_called_so: bool) -> None:
    """Of a status the words that say cancelled; of a column that is called so any word, where some cells are blank."""
    texts = [text for _, text in column.shapes.values() if text not in column.kind.column.missing]
    dead = sorted(text for text in texts if is_cancelled(text))
    if dead:
        kept = sorted(set(texts) - set(dead))
        draft.cancelled[column.name] = (as_text(column), dead)
        draft.use(as_text(column), "status", f"leaves out {', '.join(dead)}; keeps {', '.join(kept) or 'none'}")
    elif is_called_so and column.missing:
        draft.cancelled[column.name] = (as_text(column), ())
        draft.use(as_text(column), "status", "lines that have a word in it are left out")
