"""Customers whom a model has not seen: who is placed, who is left out or refused, and how far they have drifted."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from segmentation.activation import placing
from segmentation.features import space
from segmentation.features.space import FeatureSpace
from segmentation.model.drift import Bins
from segmentation.model.model import Baseline, SegmentModel
from segmentation.pipeline import parts
from segmentation.pipeline.errors import ColumnFault, InputFault, IntermediateFault
from segmentation.pipeline.schema import Feature

# Three segments numbered 1, 4 and 6 around 0, 10 and 20 in two features of scale 1; y has a fill of 0.
AT_FIT = np.repeat([0.0, 10.0, 20.0], 20)
SETTINGS = {
    "x": Feature("", "none", "error"),
    "y": Feature("", "none", "median"),
    "same": Feature("", "none", "drop"),
}


@pytest.fixture
def model() -> SegmentModel:
    fitted = (
        space.Feature("x", "", "none", None, None, None, None, 0.0, 1.0),
        space.Feature("y", "", "none", None, 0.0, None, None, 0.0, 1.0),
    )
    bins = {"x": Bins.between_deciles(AT_FIT), "y": Bins.between_deciles(AT_FIT)}
    return SegmentModel(
        FeatureSpace(fitted), np.array([[0.0, 0], [10, 0], [20, 0]]), ("A", "B", "C"), (20, 20, 20), (1, 4, 6), 6,
        Baseline(("x", "y", "same"), 5.0, bins),
    )  # fmt: skip


def place(model: SegmentModel, folder: Path, *tables: dict) -> tuple[placing.Placed, list[dict]]:
    """Places tables as the parts of one; returns what was found, and the rows that were written."""
    settings, start, found, rows = placing.treatments(model, SETTINGS), 0, [], []
    for number, columns in enumerate(tables):
        table = pa.table({name: pa.array(values, from_pandas=True) for name, values in columns.items()})
        file = parts.path(folder / "customers", number)
        parts.write(file, table)
        found.append(placing.place_part(file, start, model, settings, "id", folder / "scored", SETTINGS))
        start += table.num_rows
    for file in sorted((folder / "scored").glob("*.parquet")):
        rows += parts.read(file).to_pylist()
    return placing.merge_parts(found), rows


def customers(first: int, x, y, same=None) -> dict:
    ids = [f"C{number}" for number in range(first, first + len(x))]
    return {"customer_id": ids, "x": x, "y": y, "same": same or [1.0] * len(x)}


def test_customers_of_all_parts_are_placed_and_counted(model, tmp_path):
    placed, rows = place(model, tmp_path, customers(0, [1.0, 9, 26], [0.0, 0, 0]), customers(3, [11.0], [2.0]))
    assert [(row["id"], row["segment"], row["name"]) for row in rows] == [
        ("C0", 1, "A"), ("C1", 4, "B"), ("C2", 6, "C"), ("C3", 4, "B"),
    ]  # fmt: skip
    assert [row["outlier"] for row in rows] == [False, False, True, False]  # farther from its centre than 5
    assert placed.sizes.tolist() == [1, 2, 1] and placed.outliers == 1
    assert {name: counts.sum() for name, counts in placed.bins.items()} == {"x": 4, "y": 4}
    placing.check(placed, 4, placing.treatments(model, SETTINGS))


def test_a_missing_value_is_filled_where_the_model_knows_with_what_and_is_refused_elsewhere(model, tmp_path):
    settings = placing.treatments(model, SETTINGS)
    assert {name: feature.missing for name, feature in settings.items()} == {"x": "error", "y": "median"}
    filled, rows = place(model, tmp_path / "filled", customers(0, [1.0, 9], [None, 0]))
    assert [row["segment"] for row in rows] == [1, 4]
    placing.check(filled, 2, settings)
    refused, rows = place(model, tmp_path / "refused", customers(0, [1.0, None], [0.0, 0]))
    assert [row["id"] for row in rows] == ["C0"]
    with pytest.raises(InputFault, match=r"'x'.*1 of 2 customers, first in data row 2"):
        placing.check(refused, 2, settings)


def test_a_feature_that_the_fit_found_constant_still_leaves_out_who_misses_it(model, tmp_path):
    placed, rows = place(model, tmp_path, customers(0, [1.0, 9], [0.0, 0], [None, 7]))
    assert [row["id"] for row in rows] == ["C1"] and placed.sizes.sum() == 1
    nobody, _ = place(model, tmp_path / "nobody", customers(0, [1.0], [0.0], [np.nan]))
    with pytest.raises(InputFault, match="no customer is left"):
        placing.check(nobody, 1, placing.treatments(model, SETTINGS))


def test_text_and_values_too_large_to_be_squared_are_refused_with_their_rows(model, tmp_path):
    settings = placing.treatments(model, SETTINGS)
    text, rows = place(model, tmp_path / "text", customers(0, [1.0], [0.0]), customers(1, ["1", "much"], [0.0, 0]))
    assert len(rows) == 1 and text.sizes.sum() == 1
    with pytest.raises(ColumnFault, match=r"'x'.*row 3 'much'"):
        placing.check(text, 3, settings)
    large, rows = place(model, tmp_path / "large", customers(0, [1.0], [0.0]), customers(1, [1e308], [1e308]))
    assert [row["id"] for row in rows] == ["C0"]
    with pytest.raises(InputFault, match="too large to be placed, for 1 of 2 customers, first in data row 2"):
        placing.check(large, 2, settings)


def test_a_feature_of_the_model_that_the_data_set_lacks_is_refused(model):
    with pytest.raises(IntermediateFault, match="fitted on 'y', which is no feature of the data set"):
        placing.treatments(model, {"x": SETTINGS["x"]})


def test_the_drift_of_features_and_of_sizes(model, tmp_path):
    alike, _ = place(model, tmp_path / "alike", customers(0, AT_FIT, AT_FIT))
    assert [shift.index for _, shift in placing.shifts(model, alike)] == [0, 0, 0]
    moved, _ = place(model, tmp_path / "moved", customers(0, np.full(60, 20.0), AT_FIT))
    shifts = dict(placing.shifts(model, moved))
    assert list(shifts) == ["x", "y", "segments"]
    assert shifts["x"].reading == "major shift" == shifts["segments"].reading and shifts["y"].index == 0
