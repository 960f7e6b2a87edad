"""The report's cards: what each segment is, what to do about it, and how dependable it is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from segmentation.figures.words import format_share, status_words, within_sentence
from segmentation.model.reference import is_carried
from segmentation.pages import charts
from segmentation.pages.charts import Axis
from segmentation.pages.dependability import dependable, is_name_unsure
from segmentation.pages.phrases import Phrase, phrases
from segmentation.pages.writing import Column, enumerated, isolated

SHOWN = 3  # phrases on a card; the others are folded
Described = Mapping[str, Any]  # reports/segments.json, or the same of another K
Segment = Mapping[str, Any]


def segment_cards(
    described: Described, stability: Mapping[str, Any], axes: Mapping[str, Axis], colours: Sequence[int]
) -> Iterator[dict[str, Any]]:
    """Yields what the card of each segment shows.

    `stability` is reports/stability.json, or the part of it on another K; `axes` are those of the numeric columns.
    `colours` are the numbers whose colours the segments have.
    """
    for segment, resampled, colour in zip(described["segments"], stability["segments"], colours, strict=True):
        told = [_with_picture(phrase, segment, axes) for phrase in phrases(segment, described, slight=True)]
        first = [phrase for phrase in told if not phrase["is_slight"]][:SHOWN]
        yield {
            **{key: segment[key] for key in ("segment", "size", "share", "value_share")},
            **{key: isolated(segment[key]) for key in ("name", "because", "action")},
            "colour": colour,
            "phrases": first,
            "other_phrases": [phrase for phrase in told if all(phrase is not shown for shown in first)],
            "nothing_told": "" if first else _nothing_told(segment, described, bool(told)),
            "definition": definition_sentence(segment["definition"], described),
            "since": change_since_accepted(segment["since"]),
            "dependable": dependable(segment, resampled, described["least"]),
            "returns": stability_sentence(resampled, is_carried(segment["since"])),
            "is_name_unsure": is_name_unsure(segment, resampled),
            "borderline": segment["borderline_share"],
            "typical": [
                (column.label, column.with_unit(value))
                for name, value in (segment["typical"] or {}).items()
                for column in [Column.of(name, described)]
            ],
            "drivers": list(driver_rows(segment, described)),
        }


def _with_picture(phrase: Phrase, segment: Segment, axes: Mapping[str, Axis]) -> dict[str, Any]:
    """A phrase with the box of the segment on the column's axis, and the position of that axis among all."""
    name, picture = phrase.column, {"box": None, "axis": None}
    if phrase.is_numeric:
        box = charts.box(segment["columns"][name], axes[name])
        picture = {"box": box, "axis": list(axes).index(name)}
    return {**asdict(phrase), **picture}


def _nothing_told(segment: Segment, described: Described, has_phrases: bool) -> str:
    """What a card says that shows no phrase, as a sentence; it may have folded ones, on slight differences."""
    least = described["least"]
    if segment["withheld"] and segment["size"] < least:
        return f"Its figures are not shown, since they would tell of fewer than {least} customers."
    if segment["withheld"]:
        return (
            "Its figures are not shown, since with them those of a segment of fewer than "
            f"{least} customers could be worked out."
        )
    if len(described["segments"]) == 1:
        return "This is everyone."
    if segment["drivers"] and not has_phrases:
        return "Its figures are not shown, since they would tell of too few customers."
    return "Close to the usual customer in everything."


def driver_rows(segment: Segment, described: Described) -> Iterator[tuple[str, str]]:
    """Yields each column, or word of one, with its standardised difference from all customers."""
    for driver in segment["drivers"]:
        label = isolated(described["labels"][driver["column"]])
        word = f": {isolated(driver['word'])}" if "word" in driver else ""
        yield f"{label}{word}", f"{driver['difference']:+.2f}"


def definition_sentence(definition: Mapping[str, Any], described: Described) -> str:
    """The definition of a segment as a sentence; empty where it has no conditions or covers nobody."""
    if not definition["conditions"] or definition["precision"] is None:
        return ""
    coverage, precision = format_share(definition["coverage"]), format_share(definition["precision"])
    conditions = enumerated([_condition(condition, described) for condition in definition["conditions"]])
    return f"{conditions}: covers {coverage} of the segment, {precision} of those it covers belong"


def _condition(condition: Mapping[str, Any], described: Described) -> str:
    label, low, high = described["labels"][condition["column"]], condition["low"], condition["high"]
    column = isolated(within_sentence(label))
    if low is None:
        return f"{column} under {high:,.12g}"
    return f"{column} at least {low:,.12g}" + ("" if high is None else f" and under {high:,.12g}")


def stability_sentence(resampled: Mapping[str, Any], has_carried_name: bool) -> str:
    """Whether a segment comes back on resampled customers, and how often under its name.

    A segment that `has_carried_name` has its name from the accepted model, whatever the rules give. Then the sentence
    tells how often the rules give the same name again.
    """
    if resampled["jaccard"] is None:
        return "Unknown: the sample on which it is tried holds none of its customers."
    share = resampled["name_kept"]
    kept = "always" if share == 1 else "never" if share == 0 else f"in {format_share(share)} of the resamples"
    word, comes = resampled["stability"], "does not come" if resampled["stability"] == "dissolved" else "comes"
    name = "the name that the rules give" if has_carried_name else "its name"
    return (
        f"{word[:1].upper()}{word[1:]}: {comes} back on resampled customers (Jaccard {resampled['jaccard']:.2f} of 1), "
        f"{kept} under {name}."
    )


def change_since_accepted(change: Mapping[str, Any] | None) -> str:
    """What became of a segment since the accepted model; empty without such a model."""
    if change is None:
        return ""
    words = status_words(change["status"], change["distance"], f"segment {change['other']}")
    return words if change["distance"] is None else f"{words} standard deviations"


def gone_sentence(gone: Sequence[Mapping[str, Any]]) -> str:
    """What became of the segments of the accepted model that no longer exist; empty where there are none."""
    fates = []
    for segment in gone:
        fate = status_words(segment["status"], None, f"segment {segment['other']}")
        fates.append(f"{segment['number']} {isolated(segment['name'])} {fate}")
    return f"Of the accepted segments: {', '.join(fates)}." if fates else ""
