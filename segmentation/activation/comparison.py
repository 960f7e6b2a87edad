"""Two segmentations compared: who joined, left and moved, and whether the customer changed or the model did.

Each customer has up to four places: by the old or the new model, with the old or the new data. A new segment that
carries on an old one counts as that.
"""

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
from segmentation.sources import result

# Who moved, by what would have moved the customer alone.
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
MOVERS = pa.schema([(name, pa.string()) for name in ("customer_id", "before", "after", "cause")])


def place(file: Path, models: Sequence[tuple[SegmentModel, Sequence[int]]], folder: Path) -> None:
    """Writes for the customers of one part where their own model puts them and where the other; null for nowhere.

    Each model comes with the places of its segments.
    """
    needed = {name for model, _ in models for name in model.space.names}
    there = parts.schema(file).names
    table = parts.read(file, columns=[name for name in there if name == "customer_id" or name in needed])
    places = [_places(table, *model) for model in models]
    parts.write(folder / file.name, pa.table([table["customer_id"], *places], ["customer_id", "own", "other"]))


def _places(table: pa.Table, model: SegmentModel, places: Sequence[int]) -> pa.Array:
    numeric = {field.name for field in table.schema if not pa.types.is_string(field.type)}
    if not set(model.space.names) <= numeric:
        return pa.nulls(table.num_rows, pa.int32())
    X = model.space.scaled(parts.matrix(table, model.space.names))
    known = np.isfinite(X).all(axis=1)
    place = np.zeros(len(X), dtype=np.int32)
    place[known] = np.array(places)[assignment.nearest(X[known], model.centres)[0]]
    return pa.array(place, mask=~known)


def places(old: Sequence[int], new: Sequence[int], found: Sequence[Match]) -> tuple[list[int], list[int]]:
    """The place of each old and each new segment: of a new one that carries on an old one, that one's.

    `old` and `new` are the numbers, `found` says what became of the new segments. Those that are new have places
    below 0.
    """
    return list(old), [one.number if one.status in CARRIED else -number for number, one in zip(new, found, strict=True)]


class Joined:
    """Old and new customers, two folders of parts that `place` wrote, joined by id in DuckDB."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, old: Path, new: Path):
        self.connection = connection
        for name, folder in (("old", old), ("new", new)):
            connection.execute(
                f"CREATE VIEW {name} AS SELECT * FROM read_parquet({result.literal(f'{folder}/*.parquet')})"
            )
        connection.execute(
            "CREATE VIEW joined AS SELECT customer_id, old.own AS before, new.own AS after, old.other AS new_model, "
            "new.other AS new_data, old.customer_id IS NOT NULL AS was, new.customer_id IS NOT NULL AS here "
            "FROM old FULL JOIN new USING (customer_id)"
        )

    def counts(self) -> pd.DataFrame:
        """How many customers went from one place to another: `was`, `before`, `here`, `after`, `cause`, `customers`.

        The first and the third tell whether there was such a customer, who may have had no place all the same.
        """
        return self.connection.execute(
            f"SELECT was, before, here, after, CASE WHEN before <> after THEN {CAUSE} END AS cause, "
            "count(*) AS customers FROM joined GROUP BY ALL ORDER BY ALL"
        ).df()

    def movers(self, places: Sequence[Sequence[int]], labels: Sequence[Sequence[str]]) -> Iterator[pa.Table]:
        """Yields who is elsewhere than before, by rising id, with the labels of the places before and after."""
        named = [dict(zip(*own, strict=True)) for own in zip(places, labels, strict=True)]
        reader = self.connection.sql(
            f"SELECT customer_id, before, after, {CAUSE} AS cause FROM joined WHERE before <> after ORDER BY ALL"
        ).to_arrow_reader(250_000)
        for batch in reader:
            before, after = (
                pa.array([own[place] for place in batch[name].to_pylist()])
                for own, name in zip(named, ("before", "after"), strict=True)
            )
            yield pa.table([batch["customer_id"], before, after, batch["cause"]], schema=MOVERS)


def summary(counts: pd.DataFrame) -> dict[str, Any]:
    """How many customers there were, came, went, stayed and moved, and why."""
    was, there, moved = counts["was"], counts["here"], counts["cause"].notna()
    placed = counts["before"].notna() & counts["after"].notna()

    def total(rows: pd.Series) -> int:
        return int(counts["customers"][rows].sum())

    return {
        "before": total(was),
        "after": total(there),
        "joined": total(~was),
        "left": total(~there),
        "stayed": total(was & there),
        "placed": total(placed),
        "moved": total(moved),
        "moved_share": total(moved) / total(placed) if total(placed) else None,
        "causes": {cause: total(counts["cause"] == cause) for cause in CAUSES},
    }


def migration(counts: pd.DataFrame, old: Sequence[int], new: Sequence[int]) -> list[list[int]]:
    """Customers by place before (rows) and after (columns).

    Then come a row and a column of those without a place, as for a missing value, and last of those who joined or left.
    """
    rows = {place: row for row, place in enumerate(old)}
    columns = {place: column for column, place in enumerate(new)}
    matrix = np.zeros((len(old) + 2, len(new) + 2), dtype=int)
    for one in counts.itertuples(index=False):
        row = len(old) + (not one.was) if pd.isna(one.before) else rows[int(one.before)]
        column = len(new) + (not one.here) if pd.isna(one.after) else columns[int(one.after)]
        matrix[row, column] += one.customers
    return matrix.tolist()


def stays(old: Sequence[int], new: Sequence[int]) -> list[list[int]]:
    """The cells, as row and column, of `migration` whose customers stay where they are."""
    return [[row, new.index(place)] for row, place in enumerate(old) if place in new]


def parameters(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parameters that differ: `name`, `before` and `after`, null where there is none."""
    old, new = dict(_flat(before)), dict(_flat(after))
    return [
        {"name": name, "before": old.get(name), "after": new.get(name)}
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    ]


def _flat(node: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, Mapping) and node:
        for key, value in node.items():
            yield from _flat(value, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, node


def segments(
    old: Mapping[str, Any], new: Mapping[str, Any], found: Sequence[Match], gone: Sequence[Match]
) -> list[dict[str, Any]]:
    """What became of each segment, the new ones in their order, then those that are gone.

    With sizes and means before and after, from what `analyze` describes.
    """
    before = {one["segment"]: one for one in old["segments"]}
    labels = {number: f"{number} {one['name']}" for number, one in before.items()}
    labels |= {
        match.number: f"{one['segment']} {one['name']}" for match, one in zip(found, new["segments"], strict=True)
    }
    rows = []
    for one, match in zip(new["segments"], found, strict=True):
        then = before.get(match.number) if match.status in CARRIED else None
        rows.append(_segment(then, one, match, labels))
    return [*rows, *(_segment(before[match.number], None, match, labels) for match in gone)]


def _segment(
    then: Mapping[str, Any] | None, now: Mapping[str, Any] | None, match: Match, labels: Mapping[int, str]
) -> dict[str, Any]:
    named = now or then
    means = {}
    for name, column in named["columns"].items():
        if "mean" in column:
            means[name] = {"before": _mean(then, name), "after": _mean(now, name)}
    return {
        "segment": named["segment"],
        "name": named["name"],
        "status": match.status,
        "distance": match.distance,
        "other": labels[match.other] if match.other else match.other,
        "size_before": then["size"] if then else None,
        "size_after": now["size"] if now else None,
        "share_before": then["share"] if then else None,
        "share_after": now["share"] if now else None,
        "means": means,
    }


def _mean(segment: Mapping[str, Any] | None, column: str) -> float | None:
    """The mean of a column in a segment; None where there is no such segment or no mean."""
    return segment["columns"].get(column, {}).get("mean") if segment else None
