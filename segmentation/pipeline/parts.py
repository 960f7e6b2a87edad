"""A table as a folder of Parquet parts in a fixed order; a folder may be a URL in an object store."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from segmentation.pipeline import outputs, progress, sealing, storage
from segmentation.pipeline.errors import EnvironmentFault, IntermediateFault, stale

PAGES = b"pages"  # the key, in the footer of a part, of the hash of its values


@dataclass(frozen=True)
class Table:
    """A whole table, as `seal` closed it."""

    digest: str  # of all its values
    made_from: Mapping[str, str]  # the digests of earlier tables, by their keys in conf/paths.yaml


def path(folder: str | Path, number: int) -> Path:
    """The file of part `number`, counted from 0."""
    return storage.locate(folder) / f"part-{number:05d}.parquet"


def paths(folder: str | Path) -> list[Path]:
    """The files of a table in their order; raises IntermediateFault where there are none."""
    files = storage.files(storage.locate(folder), "part-*.parquet")
    if not files:
        raise IntermediateFault(f"{folder} holds no parts: run `dvc repro`, which makes them first")
    return files


def write(file: str | Path, table: pa.Table) -> None:
    """Writes one part, with page checksums and a seal on its schema, which Parquet leaves unchecked."""
    schema = table.schema.remove_metadata()
    options = {"compression": "zstd", "use_dictionary": False, "write_page_checksum": True, "store_schema": False}
    with storage.sink(storage.locate(file)) as sink, pq.ParquetWriter(sink, schema, **options) as part:
        part.write_table(table.cast(schema))
        pages = sink.read_bytes() if isinstance(sink, Path) else sink.getvalue()
        seal = sealing.seal(schema, table.num_rows)
        part.add_key_value_metadata({sealing.SEAL: seal, PAGES: hashlib.sha256(pages).hexdigest()})


@progress.phase("closing a table")
def seal(folder: str | Path, number: int, **made_from: str) -> str:
    """Closes a table all of whose `number` parts are written, and returns its digest.

    A file beside the parts lists them and keeps the digests of the tables that they were `made_from`. Raises
    EnvironmentFault unless so many parts have arrived, as where workers write to disks of their own.
    """
    if len(files := paths(folder)) != number:
        raise EnvironmentFault(
            f"{len(files)} of {number} parts of {folder} have arrived: all workers must share its file system"
        )
    content = outputs.sealed({"parts": {file.name: _pages(file) for file in files}, "made_from": made_from})
    outputs.write_json(storage.locate(folder) / sealing.CONTENTS, content)
    return content["checksum"]


@progress.phase("checking a table")
def whole(folder: str | Path, pool: Executor, **sources: str) -> Table:
    """The table in a folder, as `seal` closed it.

    `sources` are the folders of tables that it was made from, by their keys in `made_from`. Raises IntermediateFault
    where a part was added, lost or exchanged since it was closed, or where one of these tables is another by now.
    """
    files = paths(folder)
    content = outputs.read_sealed(storage.locate(folder) / sealing.CONTENTS, "parts", "made_from")
    found = dict(zip((file.name for file in files), pool.map(_pages, files), strict=True))
    if changed := sorted(name for name, _ in found.items() ^ content["parts"].items()):
        raise IntermediateFault(
            f"{storage.locate(folder) / changed[0]} is not what was written there with the rest of its table: run `dvc "
            "repro` to write it again"
        )
    for key, source in sources.items():
        if whole(source, pool).digest != content["made_from"].get(key):
            raise stale(folder, source)
    return Table(outputs.sealed(content)["checksum"], content["made_from"])


def read(file: str | Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Reads one part and verifies its checksums and seal; raises IntermediateFault where it is damaged."""
    return _read(file, columns)[1]


def schema(file: str | Path) -> pa.Schema:
    """The columns of one part, without reading their values; raises as `read`."""
    return _read(file, [])[0]


def _pages(file: str | Path) -> str:
    """The hash of the values of one part, without reading them; raises as `read`."""
    return _read(file, [])[2].get(PAGES, b"").decode(errors="replace")


def _read(file: str | Path, columns: Sequence[str] | None) -> tuple[pa.Schema, pa.Table, Mapping[bytes, bytes]]:
    file = storage.locate(file)
    with storage.store_faults(file):
        try:
            with storage.source(file) as source, pq.ParquetFile(source, page_checksum_verification=True) as part:
                table, rows, metadata = part.read(columns), part.metadata.num_rows, part.metadata.metadata or {}
                if metadata.get(sealing.SEAL) != sealing.seal(part.schema_arrow, rows) or table.num_rows != rows:
                    raise ValueError("its schema or number of rows is not what was written")
                return part.schema_arrow, table, metadata
        except Exception as error:  # a damaged footer can raise nearly anything
            if isinstance(error, PermissionError | MemoryError):
                raise
            storage.files(file.parent)  # raises where the store is at fault, not the part
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise IntermediateFault(
                f"{file} is missing, truncated or corrupt ({reason}): run `dvc repro` to write it again"
            ) from error


def rows(file: str | Path) -> int:
    """The number of rows of one part."""
    return read(file, columns=[]).num_rows


def first_rows(files: Iterable[Path], pool: Executor) -> tuple[list[int], int]:
    """The position in the whole table, counted from 0, of each part's first row; and the rows of all parts."""
    *first, total = accumulate(pool.map(rows, files), initial=0)
    return first, total


def behind(
    file: Path, folder: str | Path, columns: Sequence[str], rows: np.ndarray, fault: Exception, selected: Any = ...
) -> pa.Table:
    """The rows of an earlier table from which a part of a later table was made.

    `rows` holds the positions, counted from 0, in the part of the same name in `folder`; `selected` indexes those that
    are wanted, by default all. Raises `fault` where a row or one of the columns is missing.
    """
    table = read(storage.locate(folder) / file.name, columns=columns)
    if not set(columns) <= set(table.schema.names) or rows.max(initial=-1) >= table.num_rows:
        raise fault
    return table.take(column(rows[selected]))


def sampling_step(customers: int, most: int) -> int:
    """The least n such that every n-th of `customers` makes at most `most`."""
    return max(1, (customers + most - 1) // most)


def sample(first: int, rows: int, step: int) -> np.ndarray:
    """The positions in a part of every `step`-th row of the whole table; the part begins with row `first` of it."""
    return np.arange(-first % step, rows, step)


def numbers(table: pa.Table, name: str) -> np.ndarray:
    """A numeric column as float64, with NaN where a value is missing."""
    column_of_floats = table[name].cast(pa.float64(), safe=False)
    if column_of_floats.null_count:
        column_of_floats = pc.coalesce(column_of_floats, column(np.full(table.num_rows, np.nan)))
    return values(column_of_floats)


def values(column: pa.ChunkedArray) -> np.ndarray:
    """A numeric column in which no value is missing; unlike Arrow's own conversion this one does not load pandas."""
    return np.from_dlpack(column.combine_chunks())


def column(values: np.ndarray) -> pa.Array:
    """An array of numbers as a column; unlike Arrow's own conversion this one does not load pandas."""
    buffers = [None, pa.py_buffer(np.ascontiguousarray(values))]
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), len(values), buffers)


def words(texts: Sequence[str]) -> pa.Array:
    """Texts as a column; as `column`."""
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)))


def matrix(table: pa.Table, names: Iterable[str]) -> np.ndarray:
    """Numeric columns side by side: shape (customers, columns), NaN where a value is missing."""
    return np.stack([numbers(table, name) for name in names]).T
