"""Drift: planted shifts are seen and measured, and chance is not taken for one."""

import numpy as np
import pytest

from segmentation.model import drift
from segmentation.model.drift import BY_CHANCE, Bins, Shift


def shift(old, new):
    bins = Bins.between_deciles(old)
    return drift.shift(bins.shares, bins.count_values(new))


def test_bins_lie_between_deciles_and_counts_of_parts_add_up():
    values = np.random.default_rng(0).permutation(np.arange(1.0, 1001))
    bins = Bins.between_deciles(values)
    assert bins.shares == (0.1,) * 10 + (0,)
    assert (bins.count_values(values[:300]) + bins.count_values(values[300:])).tolist() == [100] * 10 + [0]
    assert bins.count_values(np.array([-1e9, 1e9, np.nan])).tolist() == [1] + [0] * 8 + [1, 1]


def test_equal_deciles_make_one_bin_and_its_edge_belongs_below():
    orders = np.repeat([1.0, 2.0, 3.0, 50.0], [55, 25, 15, 5])
    bins = Bins.between_deciles(np.append(orders, [np.nan] * 25))
    assert bins.edges == (1, 2, 3)
    assert bins.shares == (0.44, 0.2, 0.12, 0.04, 0.2)


def test_the_index_by_hand():
    moved = drift.shift([0.5, 0.5], np.array([800, 200]))
    assert moved.index == pytest.approx(0.3 * np.log(1.6) - 0.3 * np.log(0.4))
    assert moved.reading == "major shift"


@pytest.mark.parametrize(
    ("by", "reading"), [(0, "no shift"), (0.2, "no shift"), (0.4, "moderate shift"), (1, "major shift")]
)
def test_a_planted_shift_reads_as_large_as_it_is(by, reading):
    old, new = np.random.default_rng(1).normal(size=(2, 50_000))
    moved = shift(old, new + by)
    assert moved.reading == reading
    assert moved.index == pytest.approx(by**2, rel=0.15, abs=1e-3)  # of two normal distributions it is the square


def test_values_that_go_missing_are_a_shift():
    old, new = np.random.default_rng(2).normal(size=(2, 5_000))
    assert shift(old, np.where(np.arange(5_000) < 1_000, np.nan, new)).reading == "major shift"
    assert shift(np.append(old, [np.nan] * 1_000), np.append(new, [np.nan] * 1_000)).reading == "no shift"


@pytest.mark.parametrize("customers", [20, 100, 1_000])
def test_without_drift_few_customers_are_told_to_shift_by_chance_only(customers):
    generator = np.random.default_rng(3)
    old = generator.normal(size=20_000)
    moved = [shift(old, generator.normal(size=customers)) for _ in range(400)]
    alarms = np.mean([sample.reading not in ("no shift", drift.BY_CHANCE) for sample in moved])
    assert alarms <= 0.08
    beyond = np.mean([sample.index > sample.chance for sample in moved])
    assert beyond == pytest.approx(1 - drift.CERTAIN, abs=0.04) or customers == 20  # where bins stay empty


@pytest.mark.parametrize(
    ("index", "chance", "reading"),
    [
        (np.nextafter(0.1, 0), 0.0, "no shift"),
        (np.nextafter(0.1, 0), 1.0, "no shift"),
        (0.1, 0.0, "moderate shift"),
        (0.1, 0.1, BY_CHANCE),
        (0.1, 0.2, BY_CHANCE),
        (0.25, 0.2, "major shift"),
        (0.25, 0.25, BY_CHANCE),
    ],
)
def test_an_index_at_a_bound_has_the_reading_that_begins_there(index, chance, reading):
    assert Shift(index, chance).reading == reading


def test_the_table_has_a_row_per_shift_and_one_per_segment():
    table = drift.table_of_shifts([("age", Shift(0.3, 0.1))], [2, 5], ["A", "B"], [30, 70], np.array([6, 4]))
    assert table["what"].tolist() == ["age", "segment 2, A", "segment 5, B"]
    assert table.loc[0, ["stability_index", "by_chance_up_to", "reading"]].tolist() == [0.3, 0.1, "major shift"]
    shares = table.loc[1:, ["share_fitted", "share", "shift"]].to_numpy(dtype=float)
    assert shares == pytest.approx(np.array([[0.3, 0.6, 0.3], [0.7, 0.4, -0.3]]))
    empty = drift.table_of_shifts([], [1], ["A"], [5], np.array([0]))
    assert empty["share"].tolist() == [0]


def test_a_large_shift_of_few_customers_is_no_chance():
    generator = np.random.default_rng(4)
    assert shift(generator.normal(size=20_000), generator.normal(size=30) + 2).reading == "major shift"
