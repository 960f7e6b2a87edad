"""A part is read as it was written, or not at all."""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from segmentation.pipeline import parts, sealing
from segmentation.pipeline.errors import EnvironmentFault, IntermediateFault

TABLE = pa.table(
    {
        "customer_id": ["C1", "C2", "C3", "C4"],
        "spending": [1.5, None, 3.0, -2.25],
        "orders": [1, 2, 3, 4],
        "_row": pa.array([0, 2, 5, 7], pa.int32()),
    }
)


def test_a_part_comes_back_as_written(tmp_path):
    file = parts.path(tmp_path / "made" / "first", 12)
    parts.write(file, TABLE)
    read = parts.read(file)
    assert file.name == "part-00012.parquet"
    assert read.equals(TABLE) and read.schema.types == TABLE.schema.types
    assert parts.read(file, columns=["orders", "customer_id"]).equals(TABLE.select(["orders", "customer_id"]))
    assert parts.rows(file) == 4


def test_equal_tables_give_equal_bytes_without_metadata_of_pandas_or_arrow(tmp_path):
    index = pa.Table.from_pandas(TABLE.to_pandas()).schema.metadata
    tables = [TABLE, TABLE.replace_schema_metadata(index), pa.concat_tables([TABLE[:1], TABLE[1:]])]
    for number, table in enumerate(tables):
        parts.write(parts.path(tmp_path, number), table)
    contents = [file.read_bytes() for file in parts.paths(tmp_path)]
    assert b"pandas" in index
    assert contents[1:] == contents[:1] * 2
    assert not any(word in contents[0] for word in (b"pandas", b"ARROW"))
    assert pq.read_schema(parts.path(tmp_path, 0)).pandas_metadata is None


def test_parts_are_read_in_the_order_of_their_numbers(tmp_path):
    for number, size in ((2, 4), (10, 3), (0, 1), (1, 2)):
        parts.write(parts.path(tmp_path, number), TABLE[:size])
    (tmp_path / "other.parquet").touch()
    files = parts.paths(tmp_path)
    assert files == [parts.path(tmp_path, number) for number in (0, 1, 2, 10)]
    with ThreadPoolExecutor(2) as pool:
        assert parts.first_rows(files, pool) == ([0, 1, 3, 7], 10)
    parts.seal(tmp_path, 4)
    with pytest.raises(EnvironmentFault, match=f"4 of 5 parts of {tmp_path} have arrived: all workers must share its"):
        parts.seal(tmp_path, 5)


def copy_a_part(folder):
    shutil.copy(parts.path(folder, 0), parts.path(folder, 2))


def swap_two_parts(folder):
    parts.path(folder, 0).rename(folder / "aside")
    parts.path(folder, 1).rename(parts.path(folder, 0))
    (folder / "aside").rename(parts.path(folder, 1))


def swap_two_values(folder):
    parts.write(parts.path(folder, 0), TABLE.set_column(2, "orders", [[2, 1, 3, 4]]))


CHANGES = {
    copy_a_part: "part-00002.parquet is not what was written there with the rest of its table",
    swap_two_parts: "part-00000.parquet is not what was written there",
    swap_two_values: "part-00000.parquet is not what was written there",
    lambda folder: parts.path(folder, 1).unlink(): "part-00001.parquet is not what was written there",
    lambda folder: parts.path(folder, 0).rename(parts.path(folder, 7)): "part-00000.parquet is not what was",
    lambda folder: parts.path(folder, 1).write_bytes(b"PAR1"): "part-00001.parquet is missing, truncated or corrupt",
    lambda folder: (folder / sealing.CONTENTS).unlink(): f"{sealing.CONTENTS} is missing: run `dvc repro`",
    lambda folder: (folder / sealing.CONTENTS).write_text("{}"): f"{sealing.CONTENTS} lacks parts, made_from",
    lambda folder: reword(folder / sealing.CONTENTS, "part-00001", "part-00003"): f"{sealing.CONTENTS} was altered",
}


def reword(file, old, new):
    file.write_text(file.read_text().replace(old, new))


@pytest.mark.parametrize(("change", "text"), CHANGES.items())
def test_a_table_that_is_not_as_it_was_closed_is_refused(change, text, tmp_path):
    parts.write(parts.path(tmp_path, 0), TABLE)
    parts.write(parts.path(tmp_path, 1), TABLE[1:])
    digest = parts.seal(tmp_path, 2, customers="a digest")
    with ThreadPoolExecutor(2) as pool:
        assert parts.whole(tmp_path, pool) == parts.Table(digest, {"customers": "a digest"})
        change(tmp_path)
        with pytest.raises(IntermediateFault, match=re.escape(text)):
            parts.whole(tmp_path, pool)


def test_a_table_follows_from_those_that_it_was_made_from(tmp_path):
    customers, features = tmp_path / "customers", tmp_path / "features"
    parts.write(parts.path(customers, 0), TABLE)
    parts.write(parts.path(features, 0), TABLE)
    parts.seal(features, 1, customers=parts.seal(customers, 1))
    with ThreadPoolExecutor(2) as pool:
        parts.whole(features, pool, customers=customers)
        parts.write(parts.path(customers, 0), TABLE.set_column(2, "orders", [[2, 1, 3, 4]]))
        parts.seal(customers, 1)
        with pytest.raises(IntermediateFault, match=f"{features} does not follow from {customers}, as after a step"):
            parts.whole(features, pool, customers=customers)


def test_readers_of_a_folder_pass_over_the_list_of_its_parts(tmp_path):
    parts.write(parts.path(tmp_path, 0), TABLE)
    parts.seal(tmp_path, 1)
    assert pq.read_table(tmp_path).num_rows == pd.read_parquet(tmp_path).shape[0] == 4


@pytest.mark.parametrize("step", [1, 2, 3, 5, 11])
@pytest.mark.parametrize("cuts", [[], [4], [1, 2, 3], [5, 5, 9]])
def test_samples_of_parts_are_those_of_the_whole_table(cuts, step):
    bounds = pairwise([0, *cuts, 10])
    sampled = [first + row for first, last in bounds for row in parts.sample(first, last - first, step)]
    assert sampled == list(range(0, 10, step))


def test_a_sampling_step_is_the_least_that_leaves_no_more_customers_than_asked_for():
    for customers in range(60):
        for most in range(1, 20):
            step = parts.sampling_step(customers, most)
            enough = [n for n in range(1, 61) if len(range(0, customers, n)) <= most]
            assert step == enough[0], (customers, most)


@pytest.mark.parametrize("kind", [pa.int64(), pa.int32(), pa.float64(), pa.null()])
def test_numbers_are_floats_with_nan_where_a_value_is_missing(kind):
    values = [None, None] if kind == pa.null() else [3, None]
    numbers = parts.numbers(pa.table({"x": pa.array(values, kind)}), "x")
    assert numbers.dtype == np.float64
    np.testing.assert_array_equal(numbers, np.array(values, dtype=float))


def test_a_matrix_has_its_columns_in_the_order_asked_for():
    expected = [[1, 1.5], [2, np.nan], [3, 3.0], [4, -2.25]]
    np.testing.assert_array_equal(parts.matrix(TABLE, ["orders", "spending"]), expected)


def test_a_folder_without_parts_is_refused(tmp_path):
    with pytest.raises(IntermediateFault, match=rf"{re.escape(str(tmp_path))} holds no parts: run `dvc repro`"):
        parts.paths(tmp_path)


def test_a_missing_part_is_refused(tmp_path):
    file = parts.path(tmp_path, 3)
    with pytest.raises(
        IntermediateFault, match=rf"{file.name} is missing, truncated or corrupt \(.+\): run `dvc repro`"
    ):
        parts.read(file)


def test_a_part_truncated_anywhere_is_refused(tmp_path):
    file = parts.path(tmp_path, 0)
    parts.write(file, TABLE)
    whole = file.read_bytes()
    for length in range(0, len(whole), 7):
        file.write_bytes(whole[:length])
        with pytest.raises(IntermediateFault, match="is missing, truncated or corrupt"):
            parts.read(file)


def test_a_part_that_another_program_wrote_is_refused(tmp_path):
    file = parts.path(tmp_path, 0)
    pq.write_table(TABLE, file)
    with pytest.raises(IntermediateFault, match=rf"{file.name} is .*corrupt \(its schema .* is not what was written\)"):
        parts.read(file)


@pytest.mark.parametrize("flipped", [*(1 << bit for bit in range(8)), 0xFF])
def test_a_part_with_any_byte_flipped_is_refused_or_read_as_written(flipped, tmp_path):
    file = parts.path(tmp_path, 0)
    parts.write(file, TABLE)
    whole = file.read_bytes()
    silent = []
    for position in range(len(whole)):
        file.write_bytes(whole[:position] + bytes([whole[position] ^ flipped]) + whole[position + 1 :])
        try:
            read = parts.read(file)
        except IntermediateFault:
            continue
        if not (read.equals(TABLE) and read.schema.types == TABLE.schema.types):
            silent.append((position, read.to_pydict()))
    assert not silent, f"of {len(whole)} bytes"


def test_a_permission_that_is_missing_is_no_damage(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    file = parts.path(tmp_path, 0)
    parts.write(file, TABLE)
    for reader in ("ParquetFile", "read_table"):
        monkeypatch.setattr(parts.pq, reader, refuse)
    with pytest.raises(PermissionError):
        parts.read(file)
