"""The cells of a query's text where its order decides: their shapes, and two that text orders wrongly."""

from collections.abc import Mapping, Sequence
from functools import cache, reduce
from typing import Any

import duckdb

from segmentation.pipeline import cures, notation
from segmentation.pipeline.notation import Shapes

ROWS = 100_000  # cells that are looked at together
CLOCK = r"\d{2}:\d{2}(:\d{2}(\.\d+)?)?"
ZONED = (r"T\d{2}:\d{2}:\d{2}Z", r"T\d{2}:\d{2}:\d{2}\.\d{3}Z")
# Text orders the cells of one of these forms as the dates and times that they stand for; no shape need be looked at,
# which takes ten times as long.
FORMS = (*(rf"\d{{4}}(-\d{{2}}(-\d{{2}}({time})?)?)?" for time in (f" {CLOCK}", f"T{CLOCK}", *ZONED)), CLOCK)


class Cells:
    """The cells of SELECTs with a single column `cell`, run with the parameters of the data set's query.

    Each SELECT is read once for its shapes and once for its forms, however often it is asked for.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, parameters: Mapping[str, Any]) -> None:
        self._connection = connection
        self._parameters = parameters
        self.shapes = cache(self._shapes)
        self._forms = cache(self._forms_of)

    def type(self, sql: str) -> str:
        """The type of the cells. Raises duckdb.Error for SQL that cannot run."""
        types = self._run(f"FROM ({sql}) LIMIT 0").types
        return str(types[0]) if len(types) == 1 else ""

    def in_order(self, selects: Sequence[str]) -> bool:
        """Whether all cells of these SELECTs have one of the forms in which text, dates and times have one order."""
        return any(map(all, zip(*map(self._forms, selects), strict=True)))

    def inversion(self, selects: Sequence[str]) -> tuple[str, ...] | None:
        """Two cells that text orders as numbers or dates do not; () where there is no order, None where none differ."""
        union = " UNION ALL ".join(f"({sql})" for sql in selects)
        cure = cures.within("cell", reduce(notation.merge, map(self.shapes, selects)))
        for _, value in cure.readings:
            pairs = self._run(
                f"SELECT before, cell, value FROM (SELECT *, lag(cell) OVER sorted AS before, lag(value) OVER sorted "
                f"AS earlier FROM (SELECT DISTINCT cell, {value} AS value FROM ({union}) WHERE cell IS NOT NULL) "
                "WINDOW sorted AS (ORDER BY cell)) WHERE value < earlier OR value IS NULL LIMIT 1"
            ).fetchall()
            if pairs:
                before, cell, number = pairs[0]
                return () if number is None else (before, cell)
        return None if cure.readings else ()

    def _run(self, sql: str) -> duckdb.DuckDBPyRelation:
        used = {name.lower() for name in self._connection.extract_statements(sql)[0].named_parameters}
        parameters = {name: value for name, value in self._parameters.items() if name.lower() in used}
        return self._connection.sql(sql, params=parameters or None)

    def _forms_of(self, sql: str) -> tuple[bool, ...]:
        matches = ", ".join(f"coalesce(bool_and(regexp_full_match(cell, '{form}')), true)" for form in FORMS)
        [row] = self._run(f"SELECT {matches} FROM ({sql})").fetchall()
        return row

    def _shapes(self, sql: str) -> Shapes:
        shapes: Shapes = {}
        for batch in self._run(sql).to_arrow_reader(ROWS):
            shapes = notation.merge(shapes, notation.shapes(batch.column(0)))
            if len(shapes) == notation.MOST:
                break  # words
        return shapes
