"""The customers of a data set that is there: what its query returns, and what its settings do with each column."""

from pathlib import Path

import duckdb

from segmentation.adoption import survey
from segmentation.adoption.kinds import NUMBER, YES_NO
from segmentation.adoption.plan import ID, Decision
from segmentation.adoption.survey import Surveyed
from segmentation.pipeline import parts
from segmentation.pipeline.reading import literal
from segmentation.pipeline.schema import Dask, Data, Threads
from segmentation.sources import source

PART_ROWS = 250_000
TABLE = "customers"


def decisions(
    connection: duckdb.DuckDBPyConnection, data: Data, executor: Threads | Dask, workspace: Path
) -> list[Decision]:
    """What each column of the data set's customers holds, and what it is used for."""
    folders = [workspace / name for name in ("customers", "planted", "reading")]
    source.write_customers(data.source, data.id, PART_ROWS, executor, *folders)
    listed = ", ".join(literal(str(file)) for file in parts.paths(folders[0]))
    connection.execute(f"CREATE TABLE {TABLE} AS FROM read_parquet([{listed}])")
    return [_decision(data, column) for column in survey.survey(connection, TABLE, "", None)]


def _decision(data: Data, column: Surveyed) -> Decision:
    if column.name == ID:
        return Decision(column, "id", "tells customers apart")
    valued = "; the value of customers" if column.name == data.value else ""
    if feature := data.features.get(column.name):
        use = "feature" if feature.transform == "none" else f"feature, {feature.transform}"
        return Decision(column, use, _trouble(column) or f"{feature.unit or 'a number'}{valued}")
    if column.name in data.profile:
        return Decision(column, "profile", f"describes segments{valued}")
    return Decision(
        column,
        "value" if valued else "left out",
        "the value of customers" if valued else "named nowhere in the data set's file",
    )


def _trouble(column: Surveyed) -> str:
    """What `preprocess` will say of a feature; "" where nothing."""
    if column.type_name == "VARCHAR" or column.kind.column.kind not in (NUMBER, YES_NO):
        return "text, where numbers are expected"
    return f"{column.missing:,} gaps" if column.missing else ""
