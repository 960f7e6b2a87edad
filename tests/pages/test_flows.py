"""The flow chart of a comparison: ribbons are as wide as the customers are many."""

import re

import numpy as np
import pytest

from segmentation.pages import flows

COUNTS = [[60, 20, 0, 0], [0, 10, 0, 10], [0] * 4, [0] * 4]
ROWS = {0: {"label": "1 A", "colour": 1}, 1: {"label": "2 B", "colour": 2}}
COLUMNS = {0: {"label": "1 A", "colour": 1}, 1: {"label": "3 C", "colour": 3}, 3: {"label": "left", "colour": None}}


def ends_of(path):
    """The heights of a ribbon at its start and at its end."""
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", path)]
    start, end, end_below = numbers[1], numbers[7], numbers[8]
    return numbers[14] - start, end_below - end


def test_every_ribbon_is_as_wide_as_its_customers_on_both_sides():
    chart = flows.flow_chart(COUNTS, ROWS, COLUMNS, [[0, 0]])
    heights = [ends_of(ribbon["path"]) for ribbon in chart["ribbons"]]
    left, right = (100 - flows.GAP) / 100, (100 - 2 * flows.GAP) / 100
    expected = [(count * left, count * right) for count in (60, 20, 10, 10)]
    assert heights == [pytest.approx(pair, abs=0.02) for pair in expected]
    assert [(ribbon["colour"], ribbon["is_same"]) for ribbon in chart["ribbons"]] == [
        (1, True), (1, False), (2, False), (2, False),
    ]  # fmt: skip


def test_labels_are_evenly_spaced_and_lead_to_their_segments():
    chart = flows.flow_chart(COUNTS, ROWS, COLUMNS, [])
    assert [end["place"] for end in chart["before"]] == [25, 75]
    assert [end["label"] for end in chart["after"]] == ["1 A", "3 C", "left"]
    assert chart["before"][0]["line"].startswith("M0 25.00L12 ") and chart["after"][0]["line"].startswith("M100 16.67")


def test_nobody_flows_where_there_are_no_customers():
    chart = flows.flow_chart([[0, 0], [0, 0], [0, 0]], {0: ROWS[0]}, {0: COLUMNS[0]}, [])
    assert chart["ribbons"] == [] and len(chart["before"]) == len(chart["after"]) == 1


def test_of_so_many_segments_each_still_has_a_height():
    many = {place: {"label": f"{place}", "colour": 1} for place in range(120)}
    chart = flows.flow_chart(np.eye(120).tolist(), many, many, [])
    assert all(ends_of(ribbon["path"]) == pytest.approx((0.42, 0.42), abs=0.02) for ribbon in chart["ribbons"])
