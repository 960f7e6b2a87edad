"""The report's content: what the steps wrote, in the words and rows that the page shows."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from segmentation.features.transforms import named
from segmentation.figures.words import column_title, format_share, spell_out, within_sentence
from segmentation.pages import chart_rows, charts, segment_cards, slider
from segmentation.segments import borders, profile

Written = Mapping[str, Any]  # a JSON file of a step
Steps = Mapping[str, Written]  # the JSON files by their names in reports/

VERDICTS = {
    "clear": "Groups of customers stand clearly apart.",
    "weak": "Groups stand apart, but not clearly: another look at the customers might count them differently.",
    "reproducible": "No groups stand apart, and yet customers within a segment are more alike than chance explains, "
    "and other customers of the same kind would give the same segments. Their borders run through a crowd.",
    "constructive": "No groups stand apart: customers differ by degrees, and these segments are a useful cut through a "
    "crowd. Any number of segments is a choice. Slide K below to see what each would be.",
}


def content(steps: Steps, points: Sequence[chart_rows.Row], doubts: Sequence[str]) -> dict[str, Any]:
    """What the template report.html takes, without what the configuration tells; `points` are the map's customers."""
    steps = with_one_stability(steps)
    value = value_label(steps["segments"])
    chosen = steps["cluster"]["k"]
    alternatives = list(slider.alternatives(steps["sweep"]["ks"], steps["elbow"], chosen))
    return {
        "facts": facts(steps),
        "verdict": VERDICTS[steps["elbow"]["verdict"]] + _said_of(steps["elbow"], chosen),
        "caveats": [f"{doubt}." for doubt in doubts],
        "value": value and within_sentence(value),
        **_segments_section(steps["segments"], steps["stability"]),
        **_elbow_section(steps, alternatives),
        **_stability_section(steps),
        **_data_section(steps),
        "drawn": draw_charts(steps, alternatives, points),
    }


def with_one_stability(steps: Steps) -> Steps:
    """The steps, where the card tells at the pipeline's K what the step stability found with more customers."""
    elbow, chosen, stability = steps["elbow"], steps["cluster"]["k"], steps["stability"]["lowest_jaccard"]
    card = [{**row, "stability": stability} if row["k"] == chosen else row for row in elbow["card"]]
    return {**steps, "elbow": {**elbow, "card": card}}


def facts(steps: Steps) -> list[tuple[str, str]]:
    """The few figures at the head of the page, each with what it is."""
    segments, verdict, verdict_k = steps["segments"], steps["elbow"]["verdict"], steps["elbow"]["verdict_k"]
    k = len(segments["segments"])
    return [
        (f"{segments['customers']:,}", "customers"),
        (f"{k}", "segment" if k == 1 else "segments"),
        (verdict, "verdict of the elbow" + (f" at K = {verdict_k}" if verdict_k != k else "")),
        ("not applicable" if k == 1 else steps["stability"]["lowest_stability"], "least stable segment"),
    ]


def verdict_of_k(elbow: Written, chosen: int) -> str:
    """The verdict, with the K that it is said of where another one is shown."""
    return elbow["verdict"] + (f" at K = {elbow['verdict_k']}" if elbow["verdict_k"] != chosen else "")


def metrics(steps: Steps) -> dict[str, Any]:
    """The handful of figures that a person compares between runs."""
    figures = {"silhouette": steps["cluster"]["silhouette"], "stability": steps["stability"]["lowest_jaccard"]}
    return {
        "customers": steps["segments"]["customers"],
        "k": steps["cluster"]["k"],
        "verdict": verdict_of_k(steps["elbow"], steps["cluster"]["k"]),
        **{name: None if value is None else round(value, 4) for name, value in figures.items()},
    }


def draw_charts(
    steps: Steps, alternatives: chart_rows.Alternatives, points: Sequence[chart_rows.Row]
) -> dict[str, dict[str, Any]]:
    """Every chart of the page, by the id of the element that it is drawn in."""
    segments, chosen = steps["segments"], steps["cluster"]["k"]
    value, labels = value_label(segments), segments["labels"]
    units = {column: segments["units"][column] for column in numeric_columns(segments)}
    headings = chart_rows.column_headings(labels, units)
    shares = list(chart_rows.share_rows(alternatives, value))
    means = list(chart_rows.heat_map_rows(alternatives, headings, labels))
    drawn = {
        "curve": charts.inertia_chart(steps["elbow"]["card"], chosen),
        "sizes": charts.shares_chart(shares, chosen, value),
        "profile": charts.means_chart(means, chosen, list(headings.values())),
        "customers": charts.customer_map(points, chosen, alternatives),
        "flow": charts.flow_chart(list(chart_rows.flow_rows(alternatives)), chosen),
    }
    for position, (name, feature) in enumerate(_features_in_order(steps)):
        has_log_axis = named(feature["transform"]).log_axis
        ticks = chart_rows.log_ticks(alternatives, name) if has_log_axis else None
        quantiles = list(chart_rows.quantile_rows(alternatives, name))
        drawn[f"distribution-{position}"] = charts.distribution_chart(quantiles, chosen, ticks)
    return drawn


def value_label(segments: Written) -> str | None:
    """What the value column is called; None where there is none."""
    value = segments["value"]
    return segments["labels"][value] if value else None


def numeric_columns(segments: Written) -> list[str]:
    """The columns that hold numbers."""
    return [column for column in segments["columns"] if profile.is_numeric(segments["all"][column])]


def _features_in_order(steps: Steps) -> list[tuple[str, Written]]:
    """The features in the data set's order, each with what preprocess did to it."""
    features = steps["preprocess"]["features"]
    return [(column, features[column]) for column in steps["segments"]["columns"] if column in features]


def _segments_section(segments: Written, stability: Written) -> dict[str, Any]:
    return {
        "cards": list(segment_cards.segment_cards(segments, stability)),
        "least": segments["least"],
        "middle": borders.middle(segments["least"]),
        "gone": segment_cards.gone_sentence(segments["gone"]),
        "sampled": _sample_sentence("Medians are", segments["sampled_customers"], segments["customers"]),
    }


def _elbow_section(steps: Steps, alternatives: chart_rows.Alternatives) -> dict[str, Any]:
    segments, sweep, chosen = steps["segments"], steps["sweep"], steps["cluster"]["k"]
    columns, units = numeric_columns(segments), segments["units"]
    return {
        "ks": alternatives,
        "chosen": chosen,
        "position": [alternative["k"] for alternative in alternatives].index(chosen),
        "axes": sweep["axes"],
        "numeric": len(columns),
        "features": [
            (f"distribution-{position}", segments["labels"][name], units[name])
            for position, (name, _) in enumerate(_features_in_order(steps))
        ],
        "sampled_sweep": _sample_sentence("All but sizes is", sweep["sampled_customers"], segments["customers"]),
        "tables": [
            slider.chart_tables(alternative, following, columns, segments["labels"], units, value_label(segments))
            for alternative, following in zip_longest(alternatives, alternatives[1:])
        ],
        "card": slider.card_table(steps["elbow"]["card"]),
    }


def _stability_section(steps: Steps) -> dict[str, Any]:
    segments, stability = steps["segments"], steps["stability"]
    variance = sorted(segments["eta_squared"].items(), key=lambda item: -(item[1] or 0))
    indices = ("inertia", "silhouette", "calinski_harabasz", "davies_bouldin")
    return {
        "agreement": (
            f"Each segment was refitted on {stability['resamples']:,} resamples of "
            f"{stability['sampled_customers']:,} customers. Two random halves of them agree to "
            f"{stability['adjusted_rand']:.2f} on where everyone belongs (adjusted Rand index: 1 always, 0 by chance)."
        ),
        "overlap": [
            (f"{segment['segment']} {segment['name']}", *(f"{share:.1%}" for share in segment["overlap"]))
            for segment in segments["segments"]
        ],
        "variance": [(segments["labels"][column], format_share(share)) for column, share in variance],
        "quality": [(spell_out(name), slider.format_criterion(name, steps["cluster"][name])) for name in indices],
    }


def _data_section(steps: Steps) -> dict[str, Any]:
    labels, units = steps["segments"]["labels"], steps["segments"]["units"]
    return {
        "read": _customers_read(steps["preprocess"], labels),
        "prepared": [
            _prepared_row(column_title(labels[name], units[name]), feature)
            for name, feature in _features_in_order(steps)
        ],
        "inputs": [(source["name"], source["hash"]) for source in steps["ingest"]["inputs"]],
    }


def _said_of(elbow: Written, chosen: int) -> str:
    """Which K the verdict is about, where the page shows another, and why it does."""
    if chosen == elbow["verdict_k"]:
        return ""
    reason = elbow["k_because"] if chosen == elbow["k"] else "cluster.k was set by hand"
    return f" That is said of K = {elbow['verdict_k']}. This page shows K = {chosen}, since {reason}."


def _sample_sentence(subject: str, sample: int, customers: int) -> str:
    return f"{subject} of a sample of {sample:,} of the {customers:,} customers." if sample < customers else ""


def _customers_read(preprocess: Written, labels: Mapping[str, str]) -> str:
    left_out, constant = preprocess["left_out"], preprocess["constant"]
    reason = " for a missing value" if left_out else ""
    text = f"{preprocess['customers']:,} customers read, {left_out:,} left out{reason}."
    if constant:
        names = ", ".join(labels[name] for name in constant)
        text += f" Left out as features, since they are the same for everyone: {names}."
    return text


def _prepared_row(title: str, feature: Written) -> tuple[str, ...]:
    """What preprocess did to a feature: its title, transform, missing and clipped values."""
    treatment = {"error": "", "drop": ", customers left out", "median": ", median put in"}[feature["treatment"]]
    missing = f"{feature['missing']:,}" + (treatment if feature["missing"] else "")
    return title, feature["transform"], missing, f"{feature['clipped']:,}"
