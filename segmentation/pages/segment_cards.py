"""The report's cards: what each segment is, in words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from segmentation.figures import palette
from segmentation.figures.words import format_exact, format_share, status_words, within_sentence
from segmentation.model import reference

PHRASES = 3  # at most, on a card
SLIGHT = 0.2  # a standardised difference below is small: Cohen 1988, section 2.2.3
FAR = 1.5  # from this ratio of a value to the usual one, either way, a phrase gives the ratio, not "above" or "below"
Written = Mapping[str, Any]  # a JSON file of a step, or a part of one
Format = Callable[[float | None], str]


def segment_cards(segments: Written, stability: Written) -> Iterator[dict[str, Any]]:
    """Yields what the card of each segment shows, from reports/segments.json and reports/stability.json."""
    labels = segments["labels"]
    for segment, resampled in zip(segments["segments"], stability["segments"], strict=True):
        drivers = [_driver_row(driver, segment, segments["all"], labels) for driver in segment["drivers"]]
        has_words = any(lift for *_, lift in drivers)
        is_carried = (segment["since"] or {}).get("status") in reference.CARRIED
        yield {
            **{key: segment[key] for key in ("segment", "name", "because", "action", "size", "share", "value_share")},
            "colour": palette.colour(segment["segment"]),
            "ink": palette.readable_on(palette.colour(segment["segment"])),
            "phrases": driver_phrases(segment, segments["all"], segments["units"], labels),
            "definition": definition_sentence(segment["definition"], labels),
            "since": change_since_accepted(segment["since"]),
            "returns": stability_sentence(resampled, is_carried),
            "borderline": segment["borderline_share"],
            "withheld": segments["least"] if segment["withheld"] else None,
            "typical": [
                (labels[column], format_exact(value), segments["units"][column])
                for column, value in (segment["typical"] or {}).items()
            ],
            "drivers": drivers if has_words else [row[:-1] for row in drivers],
        }


def driver_phrases(
    segment: Written, everyone: Written, units: Mapping[str, str], labels: Mapping[str, str]
) -> list[dict[str, str]]:
    """The drivers of a segment in original units.

    Each phrase has the `column`, the segment's value in it as `what`, and as `beside` how that differs from the usual.
    """
    phrases = []
    for driver in segment["drivers"]:
        if abs(driver["difference"]) < SLIGHT or len(phrases) == PHRASES:
            break
        column = driver["column"]
        if "word" in driver:
            usual = driver["share"] / driver["lift"]
            value = f"{driver['word']} for {format_share(driver['share'])}"
            beside = f"of all customers {format_share(usual)}"
        else:
            value, usual, written = _in_words(column, segment, everyone)
            if value is None or value == usual:
                continue  # it is not told, or the difference is in the tail, as where most customers have one order
            beside = _beside_usual(value, usual, written)
            unit = "" if written is format_share else units[column]
            value = f"{written(value)} {unit}".strip()
        phrases.append({"column": labels[column], "what": value, "beside": beside})
    return phrases


def _in_words(column: str, segment: Written, everyone: Written) -> tuple[float | None, float | None, Format]:
    """What describes a numeric column in words: its figure in the segment, that of all customers, and their format.

    It is the median, or the mean in a column of codes, which is a share where all are 0 or 1.
    """
    statistic = everyone[column]["described_by"]
    key, written = ("mean", format_share) if statistic == "share" else (statistic, format_exact)
    return segment["columns"][column][key], everyone[column][key], written


def _beside_usual(value: float | None, usual: float | None, written: Format) -> str:
    """A segment's value beside that of all customers."""
    if value is None or usual is None:
        return ""
    if usual > 0 and value >= FAR * usual:
        return f"{value / usual:.1f} times the usual {written(usual)}"
    if usual > 0 and 0 < value <= usual / FAR:
        return f"{format_share(value / usual)} of the usual {written(usual)}"
    side = "about" if written(value) == written(usual) else "above" if value > usual else "below"
    return f"{side} the usual {written(usual)}"


def _driver_row(driver: Written, segment: Written, everyone: Written, labels: Mapping[str, str]) -> tuple[str, ...]:
    """The column, standardised difference, value in the segment, value among all customers, and lift of a word."""
    column, difference = driver["column"], f"{driver['difference']:+.2f}"
    if "word" in driver:
        share, usual = driver["share"], driver["share"] / driver["lift"]
        value = f"{driver['word']}: {format_share(share)}"
        return labels[column], difference, value, format_share(usual), f"{driver['lift']:.2f}"
    value, usual, written = _in_words(column, segment, everyone)
    return labels[column], difference, written(value), written(usual), ""


def definition_sentence(definition: Written, labels: Mapping[str, str]) -> str:
    """The definition of a segment as a sentence; empty where it has no conditions."""
    if not definition["conditions"]:
        return ""
    coverage, precision = format_share(definition["coverage"]), format_share(definition["precision"])
    conditions = " and ".join(_condition(condition, labels) for condition in definition["conditions"])
    return f"{conditions}: covers {coverage} of the segment, {precision} of those it covers belong"


def _condition(condition: Written, labels: Mapping[str, str]) -> str:
    column, low, high = within_sentence(labels[condition["column"]]), condition["low"], condition["high"]
    if low is None:
        return f"{column} under {high:,.12g}"
    return f"{column} at least {low:,.12g}" + ("" if high is None else f" and under {high:,.12g}")


def stability_sentence(resampled: Written, is_carried: bool) -> str:
    """Whether a segment comes back on resampled customers, and how often under its name.

    A name that `is_carried` over from the accepted model depends on no rule. Then the sentence tells how often the
    rules give the same name again.
    """
    if resampled["jaccard"] is None:
        return "Unknown: the sample on which it is tried holds none of its customers."
    share = resampled["name_kept"]
    kept = "always" if share == 1 else f"in {format_share(share)} of the resamples"
    word, comes = resampled["stability"], "does not come" if resampled["stability"] == "dissolved" else "comes"
    name = "the name that the rules give" if is_carried else "its name"
    return (
        f"{word[:1].upper()}{word[1:]}: {comes} back on resampled customers (Jaccard {resampled['jaccard']:.2f} of 1), "
        f"{kept} under {name}."
    )


def change_since_accepted(change: Written | None) -> str:
    """What became of a segment since the accepted model; empty without such a model."""
    if change is None:
        return ""
    words = status_words(change["status"], change["distance"], f"segment {change['other']}")
    return words if change["distance"] is None else f"{words} standard deviations"


def gone_sentence(gone: Sequence[Written]) -> str:
    """What became of the segments of the accepted model that no longer exist; empty where there are none."""
    fates = []
    for segment in gone:
        fate = status_words(segment["status"], None, f"segment {segment['other']}")
        fates.append(f"{segment['number']} {segment['name']} {fate}")
    return f"Of the accepted segments: {', '.join(fates)}." if fates else ""
