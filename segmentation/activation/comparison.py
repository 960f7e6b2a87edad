"""Compares two segmentations: who joined, left and moved, and whether the customer changed or the model did.

The old and the new model place each customer with the old and with the new data, which makes up to four places. A place
is the number of a segment. A new segment that carries on an old one has the old one's place.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from segmentation.features import assignment
from segmentation.model.model import SegmentModel
from segmentation.model.reference import CARRIED, Match
from segmentation.pipeline import parts
from segmentation.pipeline.reading import literal
from segmentation.segments import disclosure

# The cause of a move: which of the two changes would have moved the customer without the other change.
CAUSE = """CASE
  WHEN new_data IS NULL OR new_model IS NULL THEN 'unknown'
  WHEN new_data <> before AND new_model = before THEN 'customer'
  WHEN new_data = before AND new_model <> before THEN 'model'
  WHEN new_data <> before THEN 'either'
  ELSE 'both'
END"""
CAUSES = {
    "customer": "changed themselves: the old model would have moved them too",
    "model": "were moved by the model: with their old data too",
    "either": "would have been moved by either change alone",
    "both": "were moved by both changes together, and by neither alone",
    "unknown": "moved for a reason that cannot be told: a value that one of the models needs is missing",
}
VALUE_DIGITS = 2  # of a share of the value; more would tell what few customers are worth
MOVERS = pa.schema([(name, pa.string()) for name in ("customer_id", "before", "after", "cause")])


def place_part(
    file: Path, models: Sequence[tuple[SegmentModel, Sequence[int]]], value: str | None, folder: Path
) -> None:
    """Writes where two models place the customers of one part: `customer_id`, `own_place`, `other_place` and `value`.

    `models` holds first the model that was fitted on these customers, then the model of the other side, each with the
    places of its segments. A customer whom a model cannot place has null, and so has one whose `value` is unknown.
    """
    needed = {"customer_id", value, *(name for model, _ in models for name in model.space.names)}
    table = parts.read(file, columns=[name for name in parts.schema(file).names if name in needed])
    worth = pa.nulls(table.num_rows, pa.float64())
    if value in _numeric(table):
        numbers = parts.numbers(table, value)
        worth = pa.array(numbers, mask=np.isnan(numbers))
    columns = [table["customer_id"], *(_places(table, *model) for model in models), worth]
    parts.write(folder / file.name, pa.table(columns, ["customer_id", "own_place", "other_place", "value"]))


def _places(table: pa.Table, model: SegmentModel, places: Sequence[int]) -> pa.Array:
    """The place of each customer by one model, null where there is none: shape (customers,)."""
    if not set(model.space.names) <= _numeric(table):
        return pa.nulls(table.num_rows, pa.int32())
    X = model.space.scaled(parts.matrix(table, model.space.names))
    known = np.isfinite(X).all(axis=1)
    customer_places = np.zeros(len(X), dtype=np.int32)
    customer_places[known] = np.array(places)[assignment.nearest(X[known], model.centres)[0]]
    return pa.array(customer_places, mask=~known)


def _numeric(table: pa.Table) -> set[str]:
    return {field.name for field in table.schema if not pa.types.is_string(field.type)}


def places(old: Sequence[int], new: Sequence[int], matches: Sequence[Match]) -> tuple[list[int], list[int]]:
    """The places of the old and of the new segments, in their order.

    `old` and `new` are the segments' numbers; `matches` says what became of each new segment. A new segment that
    carries on no old one has a place below 0.
    """
    pairs = zip(new, matches, strict=True)
    return list(old), [match.number if match.status in CARRIED else -number for number, match in pairs]


class Joined:
    """The old and the new customers, two folders of parts that `place_part` wrote, joined by id in DuckDB."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, old: Path, new: Path):
        self.connection = connection
        for name, folder in (("old", old), ("new", new)):
            connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({literal(f'{folder}/*.parquet')})")
        connection.execute(
            "CREATE VIEW joined AS SELECT customer_id, old.own_place AS before, new.own_place AS after, "
            "old.other_place AS new_model, new.other_place AS new_data, old.customer_id IS NOT NULL AS in_old, "
            "new.customer_id IS NOT NULL AS in_new, old.value AS old_value, new.value AS new_value "
            "FROM old FULL JOIN new USING (customer_id)"
        )

    def counts(self) -> pd.DataFrame:
        """Counts the `customers` by `in_old`, `before`, `in_new`, `after` and `cause`.

        `in_old` and `in_new` tell whether these customers were among the old and the new ones: such a customer may have
        no place all the same. `before` and `after` are the places, `cause` is null for those who did not move.
        `old_value` and `new_value` are the sums of what these customers are worth, `lowest` is the lowest value of all.
        """
        return self.connection.execute(
            f"SELECT in_old, before, in_new, after, CASE WHEN before <> after THEN {CAUSE} END AS cause, "
            "count(*) AS customers, sum(old_value) AS old_value, sum(new_value) AS new_value, "
            "least(min(old_value), min(new_value)) AS lowest FROM joined GROUP BY ALL ORDER BY ALL"
        ).df()

    def movers(self, places: Sequence[Sequence[int]], labels: Sequence[Sequence[str]]) -> Iterator[pa.Table]:
        """Yields the customers who moved, by rising id, with the columns of MOVERS.

        `places` and `labels` hold those of the old and of the new segments.
        """
        label_of_place = [dict(zip(*pair, strict=True)) for pair in zip(places, labels, strict=True)]
        reader = self.connection.sql(
            f"SELECT customer_id, before, after, {CAUSE} AS cause FROM joined WHERE before <> after ORDER BY ALL"
        ).to_arrow_reader(250_000)
        for batch in reader:
            moves = [
                pa.array([label[place] for place in batch[side].to_pylist()])
                for label, side in zip(label_of_place, ("before", "after"), strict=True)
            ]
            yield pa.table([batch["customer_id"], *moves, batch["cause"]], schema=MOVERS)


def summary(counts: pd.DataFrame) -> dict[str, Any]:
    """How many customers joined, left, stayed and moved, and why, from `Joined.counts`."""
    in_old, in_new, moved = counts["in_old"], counts["in_new"], counts["cause"].notna()
    placed = counts["before"].notna() & counts["after"].notna()

    def total(rows: pd.Series) -> int:
        return int(counts["customers"][rows].sum())

    return {
        "before": total(in_old),
        "after": total(in_new),
        "joined": total(~in_old),
        "left": total(~in_new),
        "stayed": total(in_old & in_new),
        "placed": total(placed),
        "moved": total(moved),
        "moved_share": total(moved) / total(placed) if total(placed) else None,
        "causes": {cause: total(counts["cause"] == cause) for cause in CAUSES},
    }


def migration(counts: pd.DataFrame, old: Sequence[int], new: Sequence[int], dtype: type = int) -> list[list[Any]]:
    """The number of customers by old place (rows) and new place (columns): shape (old + 2, new + 2).

    The last row but one, and the last column but one, hold the customers without a place, as for a missing value. The
    last row holds those who joined, the last column those who left.
    """
    rows = {place: row for row, place in enumerate(old)}
    columns = {place: column for column, place in enumerate(new)}
    matrix = np.zeros((len(old) + 2, len(new) + 2), dtype=dtype)
    for count in counts.itertuples(index=False):
        row = len(old) + (not count.in_old) if pd.isna(count.before) else rows[int(count.before)]
        column = len(new) + (not count.in_new) if pd.isna(count.after) else columns[int(count.after)]
        matrix[row, column] += count.customers
    return matrix.tolist()


def value_of_movers(counts: pd.DataFrame, least: int) -> float | None:
    """The share of all new value that those who moved are worth; None where they are fewer than `least`, or unknown."""
    moved, worth = counts["cause"].notna(), counts["new_value"].fillna(0)
    if counts["customers"][moved].sum() < least or not worth.sum() or counts["lowest"].min() < 0:
        return None
    return float(f"{worth[moved].sum() / worth.sum():.{VALUE_DIGITS}g}")


def value_moved(
    counts: pd.DataFrame, old: Sequence[int], new: Sequence[int], least: int
) -> list[list[float | None]] | None:
    """The share of all value that the customers in each cell of `migration` are worth: shape (old + 2, new + 2).

    It is a share of the new value, and for those who left one of the old. It has VALUE_DIGITS, and is None where fewer
    than `least` customers are, or where that of so few would follow from the others of a segment: see
    `disclosure.withheld`. The whole is None where nobody's value is known, or where values below 0 make shares
    meaningless.
    """
    customers = np.array(migration(counts, old, new))
    before, after = (
        np.array(migration(counts.assign(customers=counts[side].fillna(0)), old, new, float))
        for side in ("old_value", "new_value")
    )
    if not after.sum() or not before.sum() or counts["lowest"].min() < 0:
        return None
    shares = after / after.sum()
    shares[:, -1] = before[:, -1] / before.sum()
    hidden = np.array([disclosure.withheld(column, least) for column in customers.T]).T | (customers == 0)
    return [
        [None if is_hidden else float(f"{share:.{VALUE_DIGITS}g}") for share, is_hidden in zip(*row, strict=True)]
        for row in zip(shares, hidden, strict=True)
    ]


def stays(old: Sequence[int], new: Sequence[int]) -> list[list[int]]:
    """The cells of `migration`, as row and column, whose customers did not move."""
    return [[row, new.index(place)] for row, place in enumerate(old) if place in new]


def parameters(old: Any, new: Any, name: str = "") -> list[dict[str, Any]]:
    """The parameters that differ: `name`, `before` and `after`, None on a side that lacks the parameter.

    An entry of a list goes by its position, or by its name where the lists differ in length.
    """
    if isinstance(old, list) and isinstance(new, list) and (old or new):
        old, new = (_by_position(old), _by_position(new)) if len(old) == len(new) else (_by_name(old), _by_name(new))
    sides = [side for side in (old, new) if side is not None]
    if sides and all(isinstance(side, Mapping) and side for side in sides):
        old, new = old or {}, new or {}
        return [
            difference
            for key in sorted({*old, *new}, key=str)
            for difference in parameters(old.get(key), new.get(key), f"{name}.{key}" if name else str(key))
        ]
    return [] if old == new else [{"name": name, "before": old, "after": new}]


def _by_position(entries: Sequence[Any]) -> dict[str, Any]:
    return {str(position): entry for position, entry in enumerate(entries)}


def _by_name(entries: Sequence[Any]) -> dict[str, Any]:
    """The entries by name, or else by position; a name that is there already gets a number: A, A (2)."""
    named: dict[str, Any] = {}
    for position, entry in enumerate(entries):
        name = key = str(entry["name"]) if isinstance(entry, Mapping) and "name" in entry else str(position)
        numbers = itertools.count(2)
        while key in named:
            key = f"{name} ({next(numbers)})"
        named[key] = entry
    return named


def segments(
    old: Mapping[str, Any], new: Mapping[str, Any], matches: Sequence[Match], gone: Sequence[Match]
) -> list[dict[str, Any]]:
    """What became of each segment: the new ones in their order, then the old ones that are gone.

    `old` and `new` are what `analyze` wrote of the segments; sizes, shares and means come from these. `matches` says
    what became of the new segments, `gone` of the old ones that none of them carries on.
    """
    old_segments = {segment["segment"]: segment for segment in old["segments"]}
    labels = {number: f"{number} {segment['name']}" for number, segment in old_segments.items()}
    pairs = list(zip(new["segments"], matches, strict=True))
    labels |= {match.number: f"{segment['segment']} {segment['name']}" for segment, match in pairs}
    rows, order = [], list(dict.fromkeys([*new["columns"], *old["columns"]]))
    for segment, match in pairs:
        old_segment = old_segments.get(match.number) if match.status in CARRIED else None
        rows.append(_segment(old_segment, segment, match, labels, order))
    return [*rows, *(_segment(old_segments[match.number], None, match, labels, order) for match in gone)]


def _segment(
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
    match: Match,
    labels: Mapping[int, str],
    order: Sequence[str],
) -> dict[str, Any]:
    latest = new or old
    means = {
        name: {"before": _mean(old, name), "after": _mean(new, name)}
        for name in order
        if "mean" in latest["columns"].get(name, {})
    }
    return {
        "segment": latest["segment"],
        "name": latest["name"],
        "name_before": old["name"] if old else None,
        "status": match.status,
        "distance": match.distance,
        "other": labels[match.other] if match.other else match.other,
        "size_before": old["size"] if old else None,
        "size_after": new["size"] if new else None,
        "share_before": old["share"] if old else None,
        "share_after": new["share"] if new else None,
        "value_share_before": old["value_share"] if old else None,
        "value_share_after": new["value_share"] if new else None,
        "means": means,
    }


def labels(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """What the columns are called for people, by `old` and `new` as in `segments`; the new labels count.

    Those of an older version have no labels.
    """
    return {**old.get("labels", {}), **new.get("labels", {})}


def _mean(segment: Mapping[str, Any] | None, column: str) -> float | None:
    """The mean of a column in a segment; None where there is no such segment or no mean."""
    return segment["columns"].get(column, {}).get("mean") if segment else None
