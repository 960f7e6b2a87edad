"""The source of customers that a data set names, read into a table of parts."""

import shutil
from pathlib import Path

from segmentation import parts, query
from segmentation.schema import Query


def read(source: Query, id: str, part_rows: int, customers: Path, workspace: Path) -> None:
    """Writes the customers that a source holds as parts below `customers`; `workspace` is made and removed again.

    Raises as `query.customers`.
    """
    tables = query.customers(workspace, source.files, source.query, source.parameters, source.delimiter, id, part_rows)
    for number, table in enumerate(tables):
        parts.write(parts.path(customers, number), table)
    shutil.rmtree(workspace)
