"""A control group is a fair draw by the ids of customers, and stays the same."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from segmentation.activation import control


def test_the_control_group_is_a_fair_draw_that_any_database_can_repeat():
    ids = [f"C{number:05d}" for number in range(20_000)]
    duckdb.register("ids", pa.table({"id": ids}))
    drawn = np.array(control.groups(ids, 0.1, "first")) == "control"
    assert drawn.mean() == pytest.approx(0.1, abs=0.007)
    both = drawn & (np.array(control.groups(ids, 0.1, "second")) == "control")
    assert both.mean() == pytest.approx(0.01, abs=0.003)
    shares = duckdb.sql(
        "SELECT ('0x' || left(sha256('first:' || id), 16))::UBIGINT < 0.1 * pow(2, 64) FROM ids"
    ).fetchall()
    assert [row[0] for row in shares] == drawn.tolist()


def test_a_larger_share_keeps_the_control_group_and_adds_to_it():
    ids = [f"C{number}" for number in range(2_000)]
    shares = (0, 0.1, 0.2, 1)
    drawn = [{id for id, group in zip(ids, control.groups(ids, share, "x"), strict=True) if group == "control"}
             for share in shares]  # fmt: skip
    assert not drawn[0] and drawn[0] < drawn[1] < drawn[2] < drawn[3] == set(ids)
