"""Synthetic customers come back with the shares, centres and spreads that were planted."""

import numpy as np
import pyarrow as pa
import pytest

from segmentation.pipeline.source_kinds import Distribution, Draw, Planted, Synthetic
from segmentation.sources import synthetic

COLUMNS = {
    "spending": Distribution("lognormal", decimals=2, low=1, high=1e6),
    "orders": Distribution("normal", decimals=0, low=0, high=200),
}
SEGMENTS = [
    Planted("Big", 0.2, {"spending": Draw(5000, 0.3), "orders": Draw(40, 5)}),
    Planted("Small", 0.8, {"spending": Draw(90, 0.6), "orders": Draw(100, 10)}),
]


def draw(number=0, rows=200, seed=7, columns=COLUMNS, segments=SEGMENTS):
    return synthetic.draw_block(number, rows, seed, columns, segments)


def test_planted_shares_centres_and_spreads_are_recovered():
    customers, planted = draw(rows=20_000)
    frame = customers.to_pandas()
    assert customers["customer_id"].equals(planted["customer_id"])
    groups = frame.groupby(planted["planted"].to_pandas())
    for segment in SEGMENTS:
        members = groups.get_group(segment.name)
        assert len(members) / len(frame) == pytest.approx(segment.share, abs=0.01)
        spending, orders = segment.columns["spending"], segment.columns["orders"]
        assert members["spending"].median() == pytest.approx(spending.centre, rel=0.03)
        assert np.log(members["spending"]).std() == pytest.approx(spending.spread, rel=0.03)
        assert members["orders"].mean() == pytest.approx(orders.centre, rel=0.01)
        assert members["orders"].std() == pytest.approx(orders.spread, rel=0.03)


def test_seed_and_number_of_the_block_alone_decide_the_values():
    values = ["spending", "orders"]
    later, _ = draw(number=3)
    draw(number=1)
    again, _ = draw(number=3)
    assert again.select(values).equals(later.select(values))
    for other in (draw(number=2), draw(number=3, seed=8)):
        assert not other[0].select(values).equals(later.select(values))


@pytest.mark.parametrize("part_rows", [1, 7, 10, 25, 30, 47, 1000])
def test_the_customers_are_the_same_however_they_are_cut_into_parts(part_rows, monkeypatch):
    monkeypatch.setattr(synthetic, "BLOCK", 10)
    source = Synthetic("synthetic", rows=47, seed=7, columns=COLUMNS, segments=SEGMENTS)
    cuts = range(0, 47, part_rows)
    drawn = [synthetic.draw_rows(source, first, min(first + part_rows, 47)) for first in cuts]
    customers, planted = map(pa.concat_tables, zip(*drawn, strict=True))
    assert customers["customer_id"].to_pylist() == [f"C{number:08d}" for number in range(47)]
    assert customers["customer_id"].equals(planted["customer_id"])
    assert [table.num_rows for table, _ in drawn] == [min(part_rows, 47 - first) for first in cuts]
    for whole, cut in zip(synthetic.draw_rows(source, 0, 47), (customers, planted), strict=True):
        assert cut.equals(whole)
    assert customers[:10].select(["orders"]) != customers[10:20].select(["orders"])


@pytest.mark.parametrize(
    ("decimals", "low", "high", "kind"),
    [(0, -1, 2, pa.int64()), (1, -0.5, 0.7, pa.float64()), (2, -9, 9, pa.float64())],
)
def test_values_are_rounded_held_within_their_range_and_never_negative_zero(decimals, low, high, kind):
    columns = {"x": Distribution("normal", decimals, low, high)}
    customers, _ = draw(rows=2000, columns=columns, segments=[Planted("All", 1.0, {"x": Draw(0, 1)})])
    values = customers["x"].to_numpy()
    assert customers.schema.field("x").type == kind
    assert (values == np.round(values, decimals)).all()
    assert low <= values.min() and values.max() <= high
    assert (values == 0).any() and not np.signbit(values[values == 0]).any()
