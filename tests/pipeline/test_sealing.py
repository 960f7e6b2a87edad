"""A part that a step wrote is told from any other Parquet file."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segmentation.pipeline import parts, sealing

TABLE = pa.table({"customer_id": ["C1", "C2"]})


def test_a_part_of_ours_is_known_by_its_seal(tmp_path):
    file = parts.path(tmp_path, 0)
    parts.write(file, TABLE)
    assert sealing.is_sealed(file)
    whole = file.read_bytes()
    pq.write_table(TABLE, file)
    assert not sealing.is_sealed(file)
    for content in (b"", b"text", whole[:-20], whole[:4] + whole[-200:]):
        file.write_bytes(content)
        assert not sealing.is_sealed(file)
    assert not sealing.is_sealed(tmp_path)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("part-00000.parquet", True),
        ("part-123456.parquet", True),
        ("_parts.json", True),
        ("part-0.parquet", False),
        ("part-00000.parquet.bak", False),
        ("parts.json", False),
    ],
)
def test_a_table_holds_parts_and_their_list(name, expected):
    assert sealing.is_of_a_table(name) == expected
