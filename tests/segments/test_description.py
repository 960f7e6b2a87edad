"""The description puts together what is known of each segment, row by row."""

from dataclasses import replace

import cases
import numpy as np
import pyarrow as pa
import pytest

from segmentation.segments import description, drivers, profile
from segmentation.segments.borders import Borders
from segmentation.segments.definition import Condition
from segmentation.segments.naming import Name
from segmentation.segments.survey import CustomerSample, Measures, Survey

MOVED = {"number": 7, "name": "Old", "status": "moved", "distance": 0.5, "other": None}
DEFINITION = (Condition("x", 1.5, None),)


@pytest.fixture(scope="module")
def described():
    """Two segments, numbered 3 and 7, of 16 and 4 customers."""
    x = np.repeat([-0.5, 2.0], [16, 4])
    table = pa.table({"x": x, "y": np.tile([1.0, -1], 10), "city": ["Ulm"] * 10 + ["Bonn"] * 10})
    X, segment = np.column_stack([x, table["y"]]), np.repeat([1, 2], [16, 4])
    sizes, sums = profile.tally(table, segment, 2)
    nearest = [[(0.1, -0.5, 0.5), (0.2, -0.5, 1.5)], [(0.2, 2.0, -2.0), (0.3, 2.0, 0.0)]]
    borders = Borders(np.array([4, 1]), np.array([[0, 4], [1, 0]]), nearest)
    survey = Survey(sizes, sums, borders, CustomerSample(table, X, segment))
    model = cases.model([cases.X, cases.Y], [[-0.5, 0.0], [2.0, 0.0]], (3, 7))
    model = replace(model, sizes=(1000, 4))
    profiled = profile.profile_segments(sizes, sums, table, segment, ["x", "y", "city"], "x", 2)
    profiled["labels"] = {"x": "Revenue", "y": "Age", "city": "City"}
    names = [Name("New", "rule", ("x",)), Name("Old", "carried", ("x",))]
    measures = Measures(np.array([[20, 5], [16, 3]]), {})
    since = {"segments": [None, MOVED], "gone": [{"number": 1}]}
    return description.describe_segments(profiled, names, since, [(), DEFINITION], model, survey, measures, 2)


def test_each_segment_has_its_number_name_and_history(described):
    keys = ("segment", "name", "because", "size", "since")
    assert [tuple(segment[key] for key in keys) for segment in described["segments"]] == [
        (3, "New", "rule", 16, None),
        (7, "Old", "carried", 4, {"status": "moved", "distance": 0.5, "other": None}),
    ]
    assert described["gone"] == [{"number": 1}] and described["customers"] == 20


def test_a_definition_has_its_coverage_and_precision_and_an_empty_one_has_none(described):
    empty, planted = (segment["definition"] for segment in described["segments"])
    assert empty == {"conditions": [], "coverage": None, "precision": None}
    conditions = [{"column": "x", "low": 1.5, "high": None}]
    assert planted == {"conditions": conditions, "coverage": 3 / 4, "precision": 3 / 5}


def test_borders_are_shares_of_the_segment_and_the_typical_customer_is_in_original_units(described):
    first, second = described["segments"]
    assert (first["borderline_share"], second["borderline_share"]) == (4 / 16, 1 / 4)
    assert (first["overlap"].tolist(), second["overlap"].tolist()) == ([0, 4 / 16], [1 / 4, 0])
    assert (first["typical"], second["typical"]) == ({"x": -0.5, "y": 1.0}, {"x": 2.0, "y": -1.0})


def test_drivers_are_of_features_and_words_and_eta_squared_of_numbers(described):
    columns = [[driver["column"] for driver in segment["drivers"]] for segment in described["segments"]]
    assert columns == [["x", "city", "y"]] * 2
    assert [segment["drivers"][1]["word"] for segment in described["segments"]] == ["Ulm", "Bonn"]
    assert set(described["eta_squared"]) == {"x", "y"}
    assert described["eta_squared"]["x"] == drivers.eta_squared(np.array([16, 4]), np.array([-0.5, 2]), 20)


def test_caveats_call_segments_by_the_numbers_of_the_model(described):
    assert [(caveat["kind"], caveat["segment"]) for caveat in described["caveats"]] == [("small", 7), ("value", None)]
