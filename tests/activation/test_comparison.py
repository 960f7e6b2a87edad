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
    comparison.place_part(tmp_path / "was" / file, [(old, places[0]), (new, places[1])], "x", tmp_path / "old")
    comparison.place_part(tmp_path / "now" / file, [(new, places[1]), (old, places[0])], "x", tmp_path / "new")
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
    worth = sum(value for value in now.values() if value == value)  # the new values, and the old one of who left
    told = comparison.value_moved(counts, *places, 1)
    moved = [(2 + 6.5) / worth, (9 + 8) / worth, 1 / sum(was.values())]
    assert [share for share in told[0] if share is not None] == [float(f"{share:.2g}") for share in moved]
    assert told[3][1] == float(f"{9 / worth:.2g}")
    assert comparison.value_moved(counts, *places, 2)[3] == [None] * 4, "one customer alone joined"
    of_movers = sum(now[name] for name in ("customer", "lost", "model", "either"))
    assert comparison.value_of_movers(counts, 4) == float(f"{of_movers / worth:.2g}")
    assert comparison.value_of_movers(counts, 5) is None, "four moved"
    assert comparison.value_moved(counts.assign(lowest=-1.0), *places, 1) is None
    assert comparison.value_moved(counts.assign(new_value=np.nan), *places, 1) is None


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


def test_of_a_list_only_the_entries_that_differ_are_told_by_position_or_name():
    rules = [{"name": "A", "when": {"x": "high"}}, {"name": "B", "when": {}}]
    renamed = [{"name": "A", "when": {"x": "low"}}, {"name": "C", "when": {}}]
    differing = comparison.parameters({"names": rules, "clip": [0.01, 0.99]}, {"names": renamed, "clip": [0.02, 0.99]})
    assert differing == [
        {"name": "clip.0", "before": 0.01, "after": 0.02},
        {"name": "names.0.when.x", "before": "high", "after": "low"},
        {"name": "names.1.name", "before": "B", "after": "C"},
    ]
    longer = [{"name": "Z", "when": {}}, *rules]
    assert comparison.parameters({"names": rules}, {"names": longer}) == [
        {"name": "names.Z.name", "before": None, "after": "Z"},
        {"name": "names.Z.when", "before": None, "after": {}},
    ]


def test_no_entry_of_a_list_hides_behind_another_of_the_same_name():
    low, high = ({"name": "A", "when": {"x": level}} for level in ("low", "high"))
    assert comparison.parameters({"names": [low]}, {"names": [high, low]}) == [
        {"name": "names.A.when.x", "before": "low", "after": "high"},
        {"name": "names.A (2).name", "before": None, "after": "A"},
        {"name": "names.A (2).when.x", "before": None, "after": "low"},
    ]


def test_segments_tell_their_former_names_and_columns_in_the_order_of_the_data_set():
    def described(name, columns):
        segment = {"segment": 1, "name": name, "size": 5, "share": 1.0, "value_share": 1.0}
        segment["columns"] = {column: {"mean": 2.0} for column in sorted(columns)}
        return {"segments": [segment], "columns": columns}

    old, new = described("Old", ["z", "gone", "a"]), described("New", ["z", "a"])
    (segment,) = comparison.segments(old, new, [Match(1, "Old", "kept", 0.0)], [])
    assert (segment["name_before"], segment["name"]) == ("Old", "New")
    assert list(segment["means"]) == ["z", "a"]
