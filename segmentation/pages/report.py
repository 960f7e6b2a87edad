"""The report's content: what the steps wrote, in the words and rows that the page shows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from segmentation.figures import palette, words
from segmentation.figures.words import percent, spelt
from segmentation.pages import cards, charts, tables
from segmentation.segments import profile

Written = Mapping[str, Any]  # a JSON file of a step

VERDICTS = {
    "clear": "Groups of customers stand clearly apart.",
    "weak": "Groups stand apart, but not clearly: another look at the customers might count them differently.",
    "none": "No groups stand apart: customers differ by degrees, and any number of segments is a choice. Slide K below "
    "to see what each would be.",
}
CRITERIA = {
    "inertia": "sum of squared distances to the centres: falls with every further segment",
    "null": "inertia that customers without segments would have",
    "gap": "distance of the logarithm of inertia below that, on a sample: higher is better",
    "silhouette": "from 0, segments run into each other, to 1, they are apart; on a sample",
    "simplified_silhouette": "the same from distances to the centres, of all customers",
    "calinski_harabasz": "higher is better",
    "davies_bouldin": "lower is better",
    "smallest_share": "share of the customers in the smallest segment",
    "stability": "how like itself the segment that comes back least is on resampled customers, at most 1",
    "variance_explained": "share of the features' variance that lies between segments",
}


def colours(ks: Sequence[Written], chosen: int) -> dict[int, list[str]]:
    """A colour for each segment at each K: at the `chosen` one by its number, elsewhere that of the segment whose
    customers it mostly holds, or one of its own.
    """
    at = next(position for position, one in enumerate(ks) if one["k"] == chosen)
    taken = {at: [segment["segment"] for segment in ks[at]["segments"]]}
    flows = [np.array([segment["next"] for segment in one["segments"]]) for one in ks]
    for position in range(at + 1, len(ks)):
        taken[position] = _inherited(taken[position - 1], flows[position - 1].T)
    for position in reversed(range(at)):
        taken[position] = _inherited(taken[position + 1], flows[position])
    return {one["k"]: [palette.colour(number) for number in taken[position]] for position, one in enumerate(ks)}


def _inherited(numbers: Sequence[int], shared: np.ndarray) -> list[int]:
    """For each row of shared customers the number of the column it is matched with, or the lowest that is free."""
    from scipy.optimize import linear_sum_assignment

    matched = {row: numbers[column] for row, column in zip(*linear_sum_assignment(-shared), strict=True)}
    free = iter(sorted(set(range(1, sum(shared.shape) + 1)) - set(matched.values())))
    return [matched[row] if row in matched else next(free) for row in range(len(shared))]


def alternatives(sweep: Written, found: Written, chosen: int) -> Iterator[dict[str, Any]]:
    """Yields what the page shows at each K: segments with their colours, criteria, and the rules that choose it."""
    card = {row["k"]: row for row in found["card"]}
    shades = colours(sweep["ks"], chosen)
    for one in sweep["ks"]:
        k = one["k"]
        yield {
            "k": k,
            "segments": [
                segment | {"colour": shade, "label": words.label(segment)}
                for segment, shade in zip(one["segments"], shades[k], strict=True)
            ],
            "criteria": [(spelt(name), _figure(name, card[k][name]), why) for name, why in CRITERIA.items()]
            if k in card
            else [],
            "rules": [spelt(rule) for rule, choice in found["choices"].items() if choice == k],
        }


def _figure(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    if name in ("smallest_share", "variance_explained"):
        return percent(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def drawn(
    ks: tables.Alternatives, written: Mapping[str, Written], points: Sequence[tables.Row], chosen: int
) -> dict[str, Any]:
    """Every chart of the page, by the id of its place; `points` are the customers of its map."""
    segments, features = written["segments"], written["preprocess"]["features"]
    units, value = segments["units"], segments["value"]
    heads = tables.headings({name: units[name] for name in numeric(segments)})
    found = {
        "curve": charts.curve(written["elbow"]["card"], chosen),
        "sizes": charts.sizes(list(tables.shares(ks, value)), chosen, value and spelt(value)),
        "profile": charts.profile(list(tables.profile(ks, heads)), chosen, list(heads.values())),
        "customers": charts.customers(points, chosen, ks),
        "flow": charts.flow(list(tables.flows(ks)), chosen),
    }
    for position, (name, feature) in enumerate(_in_order(features, segments)):
        ticks = tables.decades(ks, name) if feature["transform"] == "log1p" else None
        found[f"distribution-{position}"] = charts.distribution(list(tables.distribution(ks, name)), chosen, ticks)
    return found


def numeric(segments: Written) -> list[str]:
    """The columns that hold numbers."""
    return [name for name in segments["columns"] if profile.is_numeric(segments["all"][name])]


def _in_order(features: Mapping[str, Written], segments: Written) -> list[tuple[str, Written]]:
    """The features in the data set's order."""
    return [(name, features[name]) for name in segments["columns"] if name in features]


def facts(written: Mapping[str, Written]) -> list[tuple[str, str]]:
    """The few figures at the head of the page, each with what it is."""
    segments, found, stable = written["segments"], written["elbow"], written["stability"]
    k = len(segments["segments"])
    return [
        (f"{segments['customers']:,}", "customers"),
        (f"{k}", "segment" if k == 1 else "segments"),
        ("no clear groups" if found["verdict"] == "none" else found["verdict"], "verdict of the elbow"),
        ("not applicable" if k == 1 else stable["lowest_stability"], "least stable segment"),
    ]


def metrics(written: Mapping[str, Written]) -> dict[str, Any]:
    """The handful of figures that a person compares between runs."""
    figures = {"silhouette": written["cluster"]["silhouette"], "stability": written["stability"]["lowest_jaccard"]}
    return {
        "customers": written["segments"]["customers"],
        "k": written["cluster"]["k"],
        "verdict": written["elbow"]["verdict"],
        **{name: None if value is None else round(value, 4) for name, value in figures.items()},
    }


def content(written: Mapping[str, Written], points: Sequence[tables.Row], doubts: Sequence[str]) -> dict[str, Any]:
    """All that the page's template takes, but for what the configuration tells."""
    segments, sweep, found, stable = (written[name] for name in ("segments", "sweep", "elbow", "stability"))
    chosen = written["cluster"]["k"]
    ks = list(alternatives(sweep, found, chosen))
    value, units = segments["value"], segments["units"]
    features = _in_order(written["preprocess"]["features"], segments)
    names = [f"{one['segment']} {one['name']}" for one in segments["segments"]]
    return {
        "facts": facts(written),
        "verdict": VERDICTS[found["verdict"]] + _by_hand(found["k"], chosen),
        "caveats": [f"{doubt}." for doubt in doubts],
        "cards": list(cards.every(segments, stable)),
        "gone": cards.gone(segments["gone"]),
        "value": value and spelt(value),
        "sampled": _sampled(segments["sampled_customers"], segments["customers"], "Medians are"),
        "sampled_sweep": _sampled(sweep["sampled_customers"], segments["customers"], "All but sizes is"),
        "ks": ks,
        "chosen": chosen,
        "position": [one["k"] for one in ks].index(chosen),
        "axes": sweep["axes"],
        "numeric": len(numeric(segments)),
        "features": [
            (f"distribution-{position}", spelt(name), units[name]) for position, (name, _) in enumerate(features)
        ],
        "tables": [
            tables.fallback(one, following, numeric(segments), units, value)
            for one, following in zip(ks, [*ks[1:], None], strict=True)
        ],
        "card": tables.card(found["card"], CRITERIA),
        "agreement": _agreement(stable),
        "overlap": [
            (name, *(f"{share:.1%}" for share in one["overlap"]))
            for name, one in zip(names, segments["segments"], strict=True)
        ],
        "variance": [
            (spelt(name), percent(share))
            for name, share in sorted(segments["eta_squared"].items(), key=lambda item: -(item[1] or 0))
        ],
        "quality": [
            (spelt(name), _figure(name, written["cluster"][name]))
            for name in ("inertia", "silhouette", "calinski_harabasz", "davies_bouldin")
        ],
        "read": _read(written["preprocess"]),
        "prepared": [_prepared(name, units[name], done) for name, done in features],
        "inputs": [(one["name"], one["hash"]) for one in written["ingest"]["inputs"]],
        "drawn": drawn(ks, written, points, chosen),
    }


def _prepared(name: str, unit: str, done: Written) -> tuple[str, ...]:
    """What was done to a feature: its name, transform, missing and clipped values."""
    treated = {"error": "", "drop": ", customers left out", "median": ", median put in"}[done["treatment"]]
    missing = f"{done['missing']:,}" + (treated if done["missing"] else "")
    return tables.titled(name, unit), done["transform"], missing, f"{done['clipped']:,}"


def _sampled(sample: int, customers: int, what: str) -> str:
    return f"{what} of a sample of {sample:,} of the {customers:,} customers." if sample < customers else ""


def _agreement(stable: Written) -> str:
    return (
        f"Each segment was refitted on {stable['resamples']:,} resamples of {stable['sampled_customers']:,} customers. "
        f"Two random halves of them agree to {stable['adjusted_rand']:.2f} on where everyone belongs (adjusted Rand "
        "index: 1 always, 0 by chance)."
    )


def _by_hand(recommended: int, chosen: int) -> str:
    """What the verdict is about, where that is not what the page shows."""
    return (
        ""
        if chosen == recommended
        else f" That is said of K = {recommended}; this page shows K = {chosen}, set by hand."
    )


def _read(prepared: Written) -> str:
    left, constant = prepared["left_out"], prepared["constant"]
    said = f"{prepared['customers']:,} customers read, {left:,} left out"
    said += " for a missing value." if left else "."
    if constant:
        said += f" Left out as features, since they are the same for everyone: {', '.join(map(spelt, constant))}."
    return said
