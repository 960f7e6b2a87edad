"""The report's content: what the steps wrote, in the words and figures that the page shows."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from segmentation.figures.words import column_title, format_share, within_sentence
from segmentation.pages import charts, segment_cards, slider, verdicts
from segmentation.pages.dependability import of_cut
from segmentation.pages.doubts import doubts
from segmentation.pages.view import AtK, column_axes, picture, view
from segmentation.pages.writing import capitalised, counted, day, enumerated, isolated, with_isolated
from segmentation.pipeline.errors import IntermediateFault
from segmentation.segments import borders

Written = Mapping[str, Any]  # a JSON file of a step
Steps = Mapping[str, Written]  # the JSON files by their names in reports/
MAPPED = 0.7  # of the variance: a map that shows less makes segments that lie apart overlap
# The keys that are needed in each file; one that lacks a key, as of another version, is refused.
READS = {
    "ingest": ("dataset", "customers", "inputs"),
    "preprocess": ("customers", "left_out", "constant", "features", "caveats"),
    "elbow": ("k", "rule", "k_because", "verdict", "verdict_k", "choices", "card"),
    "cluster": ("k", "inertia", "silhouette"),
    "segments": ("customers", "least", "segments", "labels", "units", "eta_squared", "caveats"),
    "sweep": ("sampled_customers", "ks", "colours", "axes", "mapped_share"),
    "stability": ("adjusted_rand", "lowest_jaccard", "segments", "alternatives"),
}


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
        "numbered": charts.numbered([at_k["k"] for at_k in steps["sweep"]["ks"]], [chosen, elbow["k"]]),
        "customers": counted(segments["customers"], "customer"),
        "period": period(steps["ingest"]),
        "value": value and isolated(within_sentence(segments["labels"][value])),
        "least": segments["least"],
        "everyone_by_column": {
            position: picture(segments["all"][name], name, segments, axis)
            for position, (name, axis) in enumerate(axes.items())
        },
        "middle": borders.middle(segments["least"]),
        "gone": segment_cards.gone_sentence(segments["gone"]),
        "curve": charts.curve(elbow["card"]),
        "beyond_curve": beyond_curve(elbow["card"], chosen),
        "card": slider.card_table(elbow["card"]),
        "why": capitalised(elbow["why"]),
        "samples": samples(steps),
        **_map_section(places, steps),
        **_data_section(steps),
    }


def _map_section(places: np.ndarray, steps: Steps) -> dict[str, Any]:
    """What the map shows across and up, and what it cannot show."""
    labels, sweep = [*map(within_sentence, steps["segments"]["labels"].values())], steps["sweep"]
    return {
        "axes": [capitalised(with_isolated(axis, labels)) for axis in sweep["axes"]],
        "no_map": no_map(places, steps),
        "map_note": map_note(sweep["mapped_share"]),
    }


def _judged(at_k: AtK, steps: Steps) -> dict[str, Any]:
    """What speaks for the segments at one K, and against them."""
    elbow, k = steps["elbow"], len(at_k.segments)
    return {
        "verdict": verdict(at_k, elbow),
        "why_this_k": verdicts.why_this_k(elbow, k, steps["cluster"]["k"]),
        "caveats": doubts(at_k, steps["preprocess"]["caveats"]),
        "criteria": [list(slider.criteria(row)) for row in elbow["card"] if row["k"] == k],
        "rules": [slider.criterion_name(rule) for rule, choice in elbow["choices"].items() if choice == k],
        "agreement": agreement(at_k.stability),
    }


def verdict(at_k: AtK, elbow: Written) -> str:
    """What the verdict says of the segments at one K, and whether resamples speak against them."""
    sentences = [verdicts.verdict_at(elbow, len(at_k.segments)), of_cut(at_k.described, at_k.stability)]
    return " ".join(filter(None, sentences))


def each_k(steps: Steps) -> list[AtK]:
    """The segments at each K: those at the K chosen from reports/segments.json, the others from reports/sweep.json."""
    segments, sweep, stability = steps["segments"], steps["sweep"]["ks"], steps["stability"]
    resampled = {result["k"]: result for result in stability["alternatives"]} | {len(segments["segments"]): stability}
    by_k, colours = [], [*steps["sweep"]["colours"], []]
    for position, (at_k, following) in enumerate(zip(sweep, [*sweep[1:], None], strict=True)):
        described = {**segments, **{key: at_k[key] for key in ("segments", "eta_squared", "caveats")}}
        if at_k["k"] == len(segments["segments"]):
            next_of = [segment["next"] for segment in at_k["segments"]]
            chosen = [s | {"next": moves} for s, moves in zip(segments["segments"], next_of, strict=True)]
            described = {**segments, "segments": chosen}
        by_k.append(
            AtK(
                described=described,
                stability=resampled[at_k["k"]],
                colours=colours[position],
                following=following["segments"] if following else [],
                following_colours=colours[position + 1],
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


def no_map(places: np.ndarray, steps: Steps) -> str:
    """Why there is no map, as a sentence; "" where there is one."""
    if not len(places):
        return f"There is no map, since every segment holds fewer than {steps['segments']['least']} customers."
    return "" if steps["sweep"]["axes"][1] else "There is no map, since there is one feature only."


def beyond_curve(card: Sequence[Written], chosen: int) -> str:
    """What the caption of the curve adds where K was set by hand to one that it does not reach."""
    ks = [row["k"] for row in card]
    return (
        "" if chosen in ks else f". K = {chosen}, set by hand, is not on the curve, which runs from {ks[0]} to {ks[-1]}"
    )


def map_note(share: float) -> str:
    """What the map cannot show, as a sentence; empty where a `share` of MAPPED of the variance lies in its plane."""
    if share >= MAPPED:
        return ""
    return f"The map shows {format_share(share)} of how customers differ: segments that overlap on it may lie apart."


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


def check_steps_agree(steps: Steps, dataset: str, reports: Path) -> None:
    """Raises IntermediateFault where the steps speak of different customers or segments."""
    ingest, prepared, segments = (steps[name] for name in ("ingest", "preprocess", "segments"))
    names = [segment["name"] for segment in segments["segments"]]
    resampled = [segment["name"] for segment in steps["stability"]["segments"]]
    swept = {at_k["k"]: [segment["name"] for segment in at_k["segments"]] for at_k in steps["sweep"]["ks"]}
    others = {row["k"] for row in steps["elbow"]["card"]} - {len(names)}
    agree = {
        f"ingest.json and dataset: {dataset}": ingest["dataset"] == dataset,
        "ingest.json and preprocess.json": ingest["customers"] == prepared["customers"],
        "preprocess.json and segments.json": prepared["customers"] - prepared["left_out"] == segments["customers"],
        "segments.json and cluster.json": len(names) == steps["cluster"]["k"],
        "segments.json and stability.json": names == resampled,
        "segments.json and sweep.json": names == swept.get(len(names)),
        "elbow.json and sweep.json": others | {len(names)} == set(swept),
        "sweep.json and stability.json": {
            result["k"]: [segment["name"] for segment in result["segments"]]
            for result in steps["stability"]["alternatives"]
        }
        == {k: swept[k] for k in swept if k != len(names)},
    }
    if disagreeing := [files for files, agreeing in agree.items() if not agreeing]:
        raise IntermediateFault(
            f"{reports}: {disagreeing[0]} do not belong together, as after a step that ran alone: run `dvc repro`"
        )


@contextmanager
def steps_understood(reports: Path) -> Iterator[None]:
    """Raises IntermediateFault where a file of the steps is not made as this version expects."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise IntermediateFault(
            f"the JSON files in {reports} are not those that the steps write ({type(error).__name__}: {error}): run "
            "`dvc repro` to write them again"
        ) from error
