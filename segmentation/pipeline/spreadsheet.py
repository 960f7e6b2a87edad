"""Tables as CSV, in which no cell and no heading is run by what reads it: a spreadsheet, or a page of DVC."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from segmentation.pipeline import engine, progress
from segmentation.pipeline.terminal import shown

if TYPE_CHECKING:
    import pandas as pd

# What a spreadsheet runs (OWASP, "CSV Injection"): a cell that begins with one of these signs, plain, full-width or
# small, also behind blanks and invisible characters. Some begin a new cell behind `;`, a tab or the end of a line.
SIGNS = r"=+\-@" + "\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
BLANKS = r"\s\x00-\x20\x7f" + "\x80-\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
FORMULA = rf"(^|[;\t\r\n])([{BLANKS}]*[{SIGNS}])|(^[\t\r])"
# What a browser takes for markup: DVC writes cells into a script of its plot pages.
TAG = re.compile(r"<(?=[/!?A-Za-z])")


def guarded(table: pa.Table) -> pa.Table:
    """The table with an apostrophe before each text that a spreadsheet would run; numbers are as they were.

    Texts that a dictionary encodes become plain ones.
    """
    for position, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True)):
        if pa.types.is_dictionary(column.type):
            chunks = [_guarded(chunk.dictionary).take(chunk.indices) for chunk in column.chunks]
            table = table.set_column(position, name, pa.chunked_array(chunks, column.type.value_type))
        elif pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            table = table.set_column(position, name, _guarded(column))
    return table.rename_columns(list(map(guarded_text, table.column_names)))


def _guarded(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    return pc.replace_substring_regex(texts, FORMULA, r"\1'\2\3")


def guarded_text(text: str) -> str:
    """A text with an apostrophe where a spreadsheet would run it."""
    return re.sub(FORMULA, r"\1'\2\3", text)


def write(file: Path, tables: Iterable[pa.Table], schema: pa.Schema, delimiter: str = ",") -> None:
    """Writes tables of one schema below each other as CSV, guarded."""
    options = csv.WriteOptions(delimiter=delimiter)
    with (
        csv.CSVWriter(file, guarded(schema.empty_table()).schema, write_options=options) as writer,
        progress.phase("writing CSV") as phase,
    ):
        for table in engine.ahead(map(guarded, tables)):
            writer.write_table(table)
            phase.done += 1


def write_report(file: Path, table: "pd.DataFrame") -> None:
    """Writes a table of figures as CSV, guarded, with floats of the 9 significant digits that are published.

    Its cells may go to a terminal and into DVC's plot pages: control characters are shown, and a `<` that could begin a
    tag is replaced by a sign that looks like it.
    """

    def safe(cell: Any) -> Any:
        return TAG.sub("\u2039", guarded_text(shown(cell))) if isinstance(cell, str) else cell

    table = table.map(safe).set_axis(list(map(safe, table.columns)), axis=1)
    table.to_csv(file, index=False, float_format="%.9g", lineterminator="\n")
