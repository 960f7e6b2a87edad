"""Sums by segment, against pandas."""

import numpy as np
import pandas as pd
import pytest

from segmentation.features import compiled, sums


def customers(number=1000, k=4):
    draws = np.random.default_rng(0)
    values = np.where(draws.random(number) < 0.1, np.nan, draws.normal(size=number))
    return draws.integers(k, size=number), values


@pytest.mark.parametrize("by_segment", [sums._by_numpy, compiled.sums], ids=["NumPy", "compiled"])
def test_sums_are_those_of_pandas(by_segment):
    label, values = customers()
    known, total, below = by_segment(label, values, 5)
    grouped = pd.Series(values).groupby(label)
    assert known.tolist() == [*grouped.count(), 0]
    assert total[:4] == pytest.approx(grouped.sum()) and total[4] == 0
    assert below.tolist() == [*pd.Series(values < 0).groupby(label).sum(), 0]


def test_both_ways_give_the_same_bytes():
    label, values = customers()
    assert sums.by_segment(label, values, 4).tobytes() == sums._by_numpy(label, values, 4).tobytes()
