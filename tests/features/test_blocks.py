"""The table of scaled features comes part by part, and stays in memory as far as it goes."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest

from segmentation.features import blocks
from segmentation.pipeline import parts

TABLE = {"customer_id": list("abcde"), "_row": range(5), "x": [0.0, 2, 4, 6, 8], "y": [1.0, 3, 5, 7, 9]}


@pytest.mark.parametrize("columns", [TABLE, {**TABLE, "_value": [1.0, None, 3, 4, 5]}], ids=["no value", "value"])
@pytest.mark.parametrize(
    ("memory", "kept"),
    [(10**6, [True, True]), (2 * 4 * 2 * 8, [True, False]), (0, [False, False])],
    ids=["all parts", "one part", "no part"],
)
def test_scaled_features_come_part_by_part_and_stay_in_memory_as_far_as_it_goes(columns, memory, kept, tmp_path):
    for number, part in enumerate((pa.table(columns)[:2], pa.table(columns)[2:])):
        parts.write(parts.path(tmp_path, number), part)
    with ThreadPoolExecutor(2) as pool:
        scaled = blocks.open_table(tmp_path, pool, memory)
    assert (scaled.names, scaled.rows) == (["x", "y"], 5)
    np.testing.assert_array_equal(scaled.load(), np.arange(10.0).reshape(5, 2))
    read = [block() for block in scaled.blocks]
    assert [block.tolist() for block in read] == [[[0, 2], [1, 3]], [[4, 6, 8], [5, 7, 9]]]
    assert all(block.flags.c_contiguous for block in read)
    assert [block() is first for block, first in zip(scaled.blocks, read, strict=True)] == kept
