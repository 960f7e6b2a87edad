"""Cells are read once, and at no cost where their form tells that text orders them rightly."""

import duckdb
import pytest

from segmentation.pipeline import notation
from segmentation.sources.cells import Cells


def select(*texts):
    return f"SELECT cell FROM (VALUES {''.join(f'({text!r}), ' for text in texts)}(NULL)) AS t(cell)"


@pytest.mark.parametrize(
    ("texts", "is_ordered"),
    [
        (["2024-12-31", "2025-01-05 07:00", "2025-01-05 07:00:01", "2025-01-05 07:00:01.25"], True),
        (["2024-12-31", "2025-01-05T07:00"], True),
        (["2024-12-31T07:00:00Z", "2025-01-05T07:00:00Z"], True),
        (["2024", "2024-12", "2024-12-31 07:00", "2025"], True),
        (["2024", "950"], False),
        (["07:30", "12:05", "12:05:59"], True),
        ([], True),
        (["2025-01-05 07:00", "2025-01-05T06:00"], False),
        (["2025-01-05T07:00:00Z", "2025-01-05T07:00:00.500Z"], False),
        (["7:30", "12:05"], False),
        (["07:30 PM", "08:00 AM"], False),
        (["2025-1-05"], False),
        (["n/a", "2025-01-05"], False),
    ],
)
def test_dates_and_times_padded_with_zeros_are_in_order(texts, is_ordered):
    cells = Cells(duckdb.connect(), {})
    assert cells.in_order([select(*texts)]) == is_ordered


def test_a_select_is_read_once_for_its_shapes(monkeypatch):
    read = []
    monkeypatch.setattr(notation, "shapes", lambda column: read.append(len(column)) or {"9": (2, "1")})
    cells = Cells(duckdb.connect(), {})
    assert cells.shapes(select("1", "2")) == cells.shapes(select("1", "2")) == {"9": (2, "1")}
    assert read == [3]


def test_an_inversion_is_two_cells_in_the_order_of_text():
    assert Cells(duckdb.connect(), {}).inversion([select("9", "10", "11")]) == ("11", "9")
    assert Cells(duckdb.connect(), {}).inversion([select("1"), select("3", "2")]) is None


def test_only_the_parameters_that_a_select_uses_are_handed_to_it():
    cells = Cells(duckdb.connect(), {"m": "08", "other": 1})
    assert cells.type("SELECT $m AS cell") == "VARCHAR"
    assert cells.in_order(["SELECT $m AS cell"]) is False
