"""The report's content: what the steps wrote, in the words and figures that the page shows."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from segmentation.figures.words import column_title, within_sentence
from segmentation.pages import charts, segment_cards, slider, verdicts
from segmentation.pages.doubts import doubts
from segmentation.pages.view import AtK, column_axes, view
from segmentation.pages.writing import capitalised, counted, day, enumerated, isolated
from segmentation.segments import borders

Written = Mapping[str, Any]  # a JSON file of a step
Steps = Mapping[str, Written]  # the JSON files by their names in reports/


def content(steps: Steps, points: np.ndarray, positions: np.ndarray) -> dict[str, Any]:
    """What the template report.html takes, without what the configuration tells.

    `points` (points, 2) are the places of the map, and `positions` (points, ks) those of their segments (1..k) at each
    K.
    """
    steps = with_one_figure_each(steps)
    segments, elbow, chosen = steps["segments"], steps["elbow"], steps["cluster"]["k"]
    by_k = each_k(steps)
    axes = column_axes([at_k.described for at_k in by_k], _transforms(steps))
    places = charts.map_points(points)
    views = [
        view(at_k, axes) | _judged(at_k, steps) | {"map": map_layers(places, of_point, at_k)}
        for at_k, of_point in zip(by_k, positions.T, strict=True)
    ]
    value = segments["value"]
    return {
        "views": views,
        "chosen": chosen,
        "taken": elbow["k"],
        "customers": counted(segments["customers"], "customer"),
        "period": period(steps["ingest"]),
        "value": value and isolated(within_sentence(segments["labels"][value])),
        "least": segments["least"],
        "everyone_by_column": {
            position: charts.box(segments["all"][name], axis) for position, (name, axis) in enumerate(axes.items())
        },
        "middle": borders.middle(segments["least"]),
        "gone": segment_cards.gone_sentence(segments["gone"]),
        "axes": [capitalised(axis) for axis in steps["sweep"]["axes"]],
        "curve": charts.curve(elbow["card"]),
        "card": slider.card_table(elbow["card"]),
        "why": capitalised(elbow["why"]),
        "samples": samples(steps),
        **_data_section(steps),
    }


def _judged(at_k: AtK, steps: Steps) -> dict[str, Any]:
    """What speaks for the segments at one K, and against them."""
    elbow, k = steps["elbow"], len(at_k.segments)
    return {
        "verdict": verdicts.verdict_at(elbow, k),
        "why_this_k": verdicts.why_this_k(elbow, k, steps["cluster"]["k"]),
        "caveats": doubts(at_k, steps["preprocess"]["caveats"]),
        "criteria": [list(slider.criteria(row)) for row in elbow["card"] if row["k"] == k],
        "rules": [slider.criterion_name(rule) for rule, choice in elbow["choices"].items() if choice == k],
        "agreement": agreement(at_k.stability),
    }


def each_k(steps: Steps) -> list[AtK]:
    """The segments at each K: those at the K chosen from reports/segments.json, the others from reports/sweep.json."""
    segments, sweep, stability = steps["segments"], steps["sweep"]["ks"], steps["stability"]
    resampled = {result["k"]: result for result in stability["alternatives"]} | {len(segments["segments"]): stability}
    colours = slider.segment_colours(sweep, len(segments["segments"]))
    by_k = []
    for at_k, following in zip(sweep, [*sweep[1:], None], strict=True):
        described = {**segments, **{key: at_k[key] for key in ("segments", "eta_squared", "caveats")}}
        if at_k["k"] == len(segments["segments"]):
            next_of = [segment["next"] for segment in at_k["segments"]]
            chosen = [s | {"next": moves} for s, moves in zip(segments["segments"], next_of, strict=True)]
            described = {**segments, "segments": chosen}
        by_k.append(
            AtK(
                described=described,
                stability=resampled[at_k["k"]],
                colours=colours[at_k["k"]],
                following=following["segments"] if following else [],
                following_colours=colours[following["k"]] if following else [],
            )
        )
    return by_k


def with_one_figure_each(steps: Steps) -> Steps:
    """The steps, with those figures in the card of all K that the steps after it measured with more customers."""
    cluster, stability = steps["cluster"], steps["stability"]
    lowest = {result["k"]: result["lowest_jaccard"] for result in stability["alternatives"]}
    lowest[cluster["k"]] = stability["lowest_jaccard"]
    card = [{**row, "stability": lowest.get(row["k"], row["stability"])} for row in steps["elbow"]["card"]]
    measured = {key: cluster[key] for key in ("inertia", "silhouette", "calinski_harabasz", "davies_bouldin")}
    card = [{**row, **measured} if row["k"] == cluster["k"] else row for row in card]
    return {**steps, "elbow": {**steps["elbow"], "card": card}}


def metrics(steps: Steps) -> dict[str, Any]:
    """The handful of figures that a person compares between runs."""
    figures = {"silhouette": steps["cluster"]["silhouette"], "stability": steps["stability"]["lowest_jaccard"]}
    return {
        "customers": steps["segments"]["customers"],
        "k": steps["cluster"]["k"],
        "verdict": verdicts.verdict_of_k(steps["elbow"], steps["cluster"]["k"]),
        **{name: None if value is None else round(value, 4) for name, value in figures.items()},
    }


def map_layers(places: np.ndarray, positions: np.ndarray, at_k: AtK) -> list[dict[str, Any]]:
    """The dots of each segment on the map, and the place of its number in their middle.

    `places` has the shape (points, 2), `positions` (points,) has the segment (1..k) of each point.
    """
    layers = []
    for position, badge in enumerate(at_k.badges(), 1):
        members = places[positions == position]
        middle = np.rint(members.mean(axis=0)).astype(int).tolist() if len(members) else None
        layers.append({**badge, "dots": charts.dots(members), "middle": middle})
    return layers


def agreement(stability: Written) -> str:
    """How the segments at one K were tried, as a sentence or two."""
    text = (
        f"Each segment was sought again on {stability['resamples']:,} resamples of "
        f"{stability['sampled_customers']:,} customers."
    )
    if "adjusted_rand" not in stability:
        return text
    return (
        f"{text} Two random halves of them agree to {stability['adjusted_rand']:.2f} on where everyone belongs "
        "(adjusted Rand index: 1 always, 0 by chance)."
    )


def period(ingest: Written) -> str:
    """Since when and until when the data run; "" where the data set does not say."""
    days = ingest.get("period")
    return f"Data from {day(days[0])} to {day(days[1])}" if days else ""


def samples(steps: Steps) -> list[str]:
    """What is told of a sample of the customers only, a sentence each."""
    segments, sweep, customers = steps["segments"], steps["sweep"], steps["segments"]["customers"]
    subjects = {
        "Medians are": segments["sampled_customers"],
        "At another K, all but sizes is": sweep["sampled_customers"],
    }
    return [
        f"{subject} of a sample of {sample:,} of the {customers:,} customers."
        for subject, sample in subjects.items()
        if sample < customers
    ]


def _transforms(steps: Steps) -> dict[str, str]:
    return {name: feature["transform"] for name, feature in steps["preprocess"]["features"].items()}


def _data_section(steps: Steps) -> dict[str, Any]:
    described, features = steps["segments"], steps["preprocess"]["features"]
    in_order = [name for name in described["columns"] if name in features]
    return {
        "read": _customers_read(steps["preprocess"], described["labels"]),
        "prepared": [
            _prepared_row(
                column_title(*(isolated(described[key][name]) for key in ("labels", "units"))), features[name]
            )
            for name in in_order
        ],
        "inputs": [(source["name"], source["hash"]) for source in steps["ingest"]["inputs"]],
    }


def _customers_read(preprocess: Written, labels: Mapping[str, str]) -> str:
    left_out, constant = preprocess["left_out"], preprocess["constant"]
    reason = " for a missing value" if left_out else ""
    text = f"{counted(preprocess['customers'], 'customer')} read, {left_out:,} left out{reason}."
    if constant:
        names = enumerated([isolated(labels[name]) for name in constant])
        text += f" Left out as features, since they are the same for everyone: {names}."
    return text


def _prepared_row(title: str, feature: Written) -> tuple[str, ...]:
    """What preprocess did to a feature: its title, transform, missing and clipped values."""
    treatment = {"error": "", "drop": ", customers left out", "median": ", median put in"}[feature["treatment"]]
    missing = f"{feature['missing']:,}" + (treatment if feature["missing"] else "")
    return title, feature["transform"], missing, f"{feature['clipped']:,}"
