"""Parquet as pandas and Spark write it."""

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from .export import Export, cells, dates, identity, left_out, number, table, word, yes_no
from .population import Person, but, people


def basket(person: Person) -> Decimal:
    """What a person spent per order."""
    return (person.spending / person.orders).quantize(Decimal("0.01"))


def same(meaning: object) -> object:
    return meaning


def pandas(folder: Path) -> Export:
    """A frame whose ids became floats, with categories, missing values and the index that a filter left."""
    columns = [
        identity("customer", lambda person: f"{12_000 + person.number}"),
        left_out("__index_level_0__", lambda person: person.number * 2),
        word("segment_old", lambda person: ("gold", "silver", "bronze")[person.number % 3]),
        number("spend", lambda person: person.spending, float),
        number("visits", but(14, lambda person: person.orders), float),
        number("discount", lambda person: person.share, float),
        dates("last_seen", but(22, lambda person: person.latest), pd.Timestamp),
        yes_no("newsletter", lambda person: person.subscribed, True, False),
        left_out("source_file", lambda person: "export_2026.csv"),
    ]
    drawn = people(26)
    frame = pd.DataFrame(cells(columns, drawn, missing=None), columns=[column.name for column in columns])
    frame["customer"] = frame["customer"].astype(float)
    frame["segment_old"] = frame["segment_old"].astype("category")
    frame = frame.set_index("__index_level_0__")
    frame.index.name = None
    frame.to_parquet(folder / "customers.parquet")
    return table("customers.parquet", columns, drawn, value="spend")


def spark(folder: Path) -> Export:
    """A folder of parts beside _SUCCESS, whose regions are the names of folders and keep their zeros."""
    columns = [
        identity("customer_id", lambda person: f"{9_000_000_000 + person.number}"),
        word("region", lambda person: f"{7 + person.number % 3:03d}"),
        number("revenue", lambda person: 3 * person.spending, same),
        number("orders", lambda person: person.orders, int),
        number("basket", but(15, basket), float),
        dates("last_order", lambda person: person.latest, lambda moment: moment.date()),
        yes_no("is_member", lambda person: person.subscribed, True, False),
    ]
    drawn = people(27)
    frame = pd.DataFrame(cells(columns, drawn, missing=None), columns=[column.name for column in columns])
    frame["customer_id"] = frame["customer_id"].astype("int64")
    schema = pa.schema({"revenue": pa.decimal128(18, 2)})
    for region, rows in frame.groupby("region"):
        place = folder / "customers_spark" / f"region={region}"
        place.mkdir(parents=True)
        for part, some in enumerate((rows[::2], rows[1::2])):
            arrow = pa.Table.from_pandas(some.drop(columns="region"), preserve_index=False)
            arrow = arrow.set_column(1, schema[0], arrow["revenue"].cast(schema[0].type))
            pq.write_table(arrow.replace_schema_metadata(), place / f"part-{part:05d}-a1b2.c000.snappy.parquet")
            (place / f".part-{part:05d}-a1b2.c000.snappy.parquet.crc").write_bytes(b"crc\0")
    (folder / "customers_spark" / "_SUCCESS").touch()
    assert all(isinstance(person.spending, Decimal) for person in drawn)
    return table("customers_spark", columns, drawn, value="revenue", says=("region",))
