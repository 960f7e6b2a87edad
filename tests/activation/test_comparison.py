"""Two segmentations compared: each cause of a move by hand, and what is counted of the moves."""

import duckdb
import numpy as np
import pyarrow as pa

from segmentation.activation import comparison
from segmentation.activation.comparison import Joined
from segmentation.features.space import Feature, FeatureSpace
from segmentation.model.model import Baseline, SegmentModel
from segmentation.model.reference import Match
from segmentation.pipeline import parts


def model(*centres, mean=0.0):
    space = FeatureSpace((Feature("x", "", "none", None, None, None, None, mean, 1.0),))
    numbers = tuple(range(1, len(centres) + 1))
    return SegmentModel(
        space, np.array(centres, dtype=float)[:, np.newaxis], tuple("PQRS"[: len(centres)]), numbers, numbers,
        len(centres), Baseline(("x",), 9.0, {}),
    )  # fmt: skip


def test_the_four_causes_by_hand(tmp_path):
    old, new = model(0, 10), model(0, 14)  # the border lies at 5, then at 7
    was = {"still": 1, "customer": 1, "model": 6, "either": 6, "both": 4, "back": 9, "left": 1, "lost": 1}
    now = {"still": 2, "customer": 9, "model": 6, "either": 1, "both": 6.5, "back": np.nan, "joined": 9, "lost": 8}
    for name, values in (("was", was), ("now", now)):
        table = pa.table({"customer_id": list(values), "x": pa.array(map(float, values.values()), from_pandas=True)})
        parts.write(parts.path(tmp_path / name, 0), table)
    places = [[1, 2], [1, 2]]
    file = parts.path("", 0).name
    comparison.place_part(tmp_path / "was" / file, [(old, places[0]), (new, places[1])], tmp_path / "old")
    comparison.place_part(tmp_path / "now" / file, [(new, places[1]), (old, places[0])], tmp_path / "new")
    with duckdb.connect() as connection:
        joined = Joined(connection, tmp_path / "old", tmp_path / "new")
        counts = joined.counts()
        movers = pa.concat_tables(joined.movers(places, [["1 P", "2 Q"]] * 2)).to_pydict()
    causes = dict(zip(movers["customer_id"], movers["cause"], strict=True))
    # `both` is in P by the old model with the old data and by the new model with the new data: it has not moved
    assert causes == {"customer": "customer", "lost": "customer", "model": "model", "either": "either"}
    found = comparison.summary(counts)
    assert (found["joined"], found["left"], found["stayed"], found["moved"]) == (1, 1, 7, 4)
    assert comparison.migration(counts, *places) == [[2, 2, 0, 1], [2, 0, 1, 0], [0, 0, 0, 0], [0, 1, 0, 0]]


def test_both_changes_together():
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS before, 2 AS after, 1 AS new_data, 1 AS new_model")
        assert connection.sql(f"SELECT {comparison.CAUSE} FROM t").fetchall() == [("both",)]
        connection.execute("UPDATE t SET new_model = NULL")
        assert connection.sql(f"SELECT {comparison.CAUSE} FROM t").fetchall() == [("unknown",)]


def test_new_segments_have_places_of_their_own():
    found = [Match(4, "A", "kept", 0.0), Match(2, None, "new"), Match(3, None, "split", None, 4)]
    old, new = comparison.places([1, 2, 4], [1, 2, 3], found)
    assert (old, new) == ([1, 2, 4], [4, -2, -3])
    assert comparison.stays(old, new) == [[2, 0]]


def test_parameters_that_differ():
    before = {"a": {"b": 1, "c": [1]}, "d": None, "gone": 1}
    after = {"a": {"b": 2, "c": [1]}, "d": None, "e": {"f": "x"}}
    assert comparison.parameters(before, after) == [
        {"name": "a.b", "before": 1, "after": 2}, {"name": "e.f", "before": None, "after": "x"},
        {"name": "gone", "before": 1, "after": None},
    ]  # fmt: skip
