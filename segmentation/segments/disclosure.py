"""What may be told of segments: no figure that leaves the pipeline speaks of fewer than `least` customers.

Counts are told, however small: that a segment holds three customers says nothing about them. What the three have in
common would.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from segmentation.pipeline.schema import QUANTILES

UNDEFINED = {"conditions": [], "coverage": None, "precision": None}


def withheld(known: np.ndarray, least: int) -> np.ndarray:
    """Marks the segments whose figure is not told: shape (k,).

    `known` (k,) counts the customers behind the figure of each segment. Those with fewer than `least` are marked and,
    while all that are marked hold fewer than that together, the next larger one: the figure of a single segment
    follows from those of the others and of all (secondary suppression: Hundepool et al. 2012, section 4.2).
    """
    marked, together = np.zeros(len(known), dtype=bool), 0
    for row in np.argsort(known, kind="stable"):
        if 0 < known[row] < least or 0 < together < least:
            marked[row], together = True, together + known[row]
    return marked


def quantiles(values: np.ndarray, least: int) -> dict[str, float]:
    """QUANTILES of values, each the mean of `least` neighbouring ones, so that none is a single customer's value.

    `values` (customers,) may hold NaN for those that are missing. A quantile is NaN where fewer than `least` values lie
    at it or beyond. With `least` 1 these are the usual ones (definition 7 of Hyndman and Fan 1996).
    """
    values = np.sort(values[~np.isnan(values)])
    around = np.arange(least) - (least - 1) / 2
    told = dict.fromkeys(QUANTILES, np.nan)
    for name, share in QUANTILES.items():
        beyond = round(min(share, 1 - share) * (len(values) - 1), 9)
        if len(values) and int(beyond) + 1 >= least:
            positions = share * (len(values) - 1) + around
            told[name] = float(np.interp(positions, np.arange(len(values)), values).mean())
    return told


def withhold(
    segments: Sequence[Mapping[str, Any]],
    sizes: np.ndarray,
    sums: Mapping[str, np.ndarray],
    value: str | None,
    least: int,
) -> list[dict[str, Any]]:
    """The segments without those figures that speak of fewer than `least` customers, or would give such away.

    `segments` are those of `profile.profile_segments`, or of `description.describe_segments`; `sizes` and `sums` are
    their `profile.tally`. In a segment that is `withheld`, size and name are all that is left; in any other, columns
    are left blank in which too few of its customers have a value.
    """
    small = withheld(sizes, least)
    unknown = {name: withheld(known, least) for name, (known, *_) in sums.items()}
    described = []
    for row, segment in enumerate(segments):
        blank = {name for name, marked in unknown.items() if marked[row]}
        if small[row]:
            blank |= {*segment["columns"], value}
        shorter = without(segment, blank, value) | {"withheld": bool(small[row])}
        if "typical" in segment and small[row]:
            shorter |= {
                "typical": None,
                "definition": UNDEFINED,
                "because": "",
                "borderline_share": None,
                "overlap": [],
            }
        described.append(shorter)
    return described


def without(segment: Mapping[str, Any], blank: Collection[str | None], value: str | None) -> dict[str, Any]:
    """A segment without the figures of the columns in `blank`."""
    shorter = {**segment, "columns": _without(segment["columns"], blank)}
    if value in blank:
        shorter["value_share"] = None
    if "drivers" in segment:
        shorter["drivers"] = [driver for driver in segment["drivers"] if driver["column"] not in blank]
    return shorter


def is_blank(statistics: Mapping[str, Any]) -> bool:
    """Whether the statistics of a column of numbers are withheld."""
    return statistics.get("mean", 0) is None


def withhold_of_all(
    everyone: Mapping[str, Mapping[str, Any]], sums: Mapping[str, np.ndarray], least: int
) -> dict[str, Any]:
    """The statistics of all customers by column, blank where fewer than `least` of them have a value."""
    return _without(everyone, {name for name, (known, *_) in sums.items() if known.sum() < least})


def withhold_by_column(
    shares: Mapping[str, float], sizes: np.ndarray, sums: Mapping[str, np.ndarray], least: int
) -> dict[str, float | None]:
    """Figures of all segments in one, by column; None where a segment's is withheld, which would follow from them."""
    counts = {name: [sizes, *([sums[name][0]] if name in sums else [])] for name in shares}
    hidden = {name for name, knowns in counts.items() if any(withheld(known, least).any() for known in knowns)}
    return {name: None if name in hidden else share for name, share in shares.items()}


def _without(columns: Mapping[str, Mapping[str, Any]], blank: Collection[str | None]) -> dict[str, Any]:
    """The statistics by column, without the figures of those in `blank`."""
    return {name: _blank(statistics) if name in blank else dict(statistics) for name, statistics in columns.items()}


def _blank(statistics: Mapping[str, Any]) -> dict[str, Any]:
    if "top" in statistics:
        return {"top": []}
    return {key: figure if key == "described_by" else None for key, figure in statistics.items()}
