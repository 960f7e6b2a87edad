"""The marks by which a table of parts is known: a seal in the footer of each part, and the list of all of them."""

import re
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from segmentation.pipeline import storage

SEAL = b"seal"  # its key in the footer
CONTENTS = "_parts.json"  # readers of a folder of Parquet files pass over names that begin with _
PART = re.compile(r"part-\d{5,}\.parquet")


def seal(schema: pa.Schema, rows: int) -> bytes:
    """The seal of a part with this schema, which Parquet leaves unchecked, and so many rows."""
    columns = [f"{column.name} {column.type} {column.nullable}" for column in schema]
    return b"%08x" % zlib.crc32("\n".join([*columns, str(rows)]).encode())


def is_sealed(file: str | Path) -> bool:
    """Whether a step wrote the part, by the seal in its footer; False where it is damaged."""
    seals = _seals(file)
    return bool(seals) and seals[0] == seals[1]


def is_unsealed(file: str | Path) -> bool:
    """Whether the file is sound Parquet that no step wrote, which a damaged part is not."""
    seals = _seals(file)
    return bool(seals) and seals[0] is None


def _seals(file: str | Path) -> tuple[bytes | None, bytes] | None:
    """The seal in a footer, if any, and the one that it should have; None where the footer cannot be read."""
    file = storage.locate(file)
    try:
        with storage.source(file) as source, pq.ParquetFile(source) as part:
            return (part.metadata.metadata or {}).get(SEAL), seal(part.schema_arrow, part.metadata.num_rows)
    except (OSError, ValueError, pa.ArrowException):
        return None


def is_of_a_table(name: str) -> bool:
    """Whether a table has a file of this name."""
    return name == CONTENTS or bool(PART.fullmatch(name))
