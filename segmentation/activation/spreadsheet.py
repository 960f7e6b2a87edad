"""Tables for spreadsheets and other programs that read CSV, in which no cell is taken for a formula."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

FORMULA = r"^([=+\-@\t\r])"  # what a spreadsheet runs: OWASP, "CSV Injection"


def guarded(table: pa.Table) -> pa.Table:
    """The table with an apostrophe before each text that a spreadsheet would run; numbers are as they were."""
    for position, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            table = table.set_column(position, field, pc.replace_substring_regex(table[position], FORMULA, r"'\1"))
    return table


def write(file: Path, tables: Iterable[pa.Table], schema: pa.Schema, delimiter: str = ",") -> None:
    """Writes tables of one schema below each other as CSV, guarded."""
    options = csv.WriteOptions(delimiter=delimiter)
    with csv.CSVWriter(file, schema, write_options=options) as writer:
        for table in tables:
            writer.write_table(guarded(table))
