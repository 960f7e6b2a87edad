"""The source of customers that a data set names, read into a table of parts."""

import shutil
from pathlib import Path

from segmentation.pipeline import parts
from segmentation.pipeline.schema import Database, Query
from segmentation.sources import database, query


def read(source: Query | Database, id: str, part_rows: int, customers: Path, workspace: Path) -> None:
    """Writes the customers that files or a database hold as parts below `customers`.

    `workspace` is made and removed again. Raises as `query.customers` and `database.customers`.
    """
    if isinstance(source, Database):
        tables = database.customers(workspace, source.connection, source.driver, source.query, id, part_rows)
    else:
        given = (source.files, source.query, source.parameters, source.delimiter)
        tables = query.customers(workspace, *given, id, part_rows)
    for number, table in enumerate(tables):
        parts.write(parts.path(customers, number), table)
    shutil.rmtree(workspace)
