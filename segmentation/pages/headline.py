"""The headline: what the segments say at a glance, from their figures."""

from collections.abc import Mapping, Sequence
from typing import Any

from segmentation.figures.words import format_share, within_sentence
from segmentation.pages.phrases import Phrase, phrases
from segmentation.pages.writing import capitalised, enumerated, isolated

Segment = Mapping[str, Any]
MOST = 0.5  # share of the value from which on segments are told to bring it
NAMED = 3  # segments, at most, whose names a headline tells
EVEN = 1.2  # times their share of the customers; segments that bring less than that are nothing to tell


def headline(described: Mapping[str, Any]) -> str:
    """One sentence or two on who brings most of the value, and who else is many.

    `described` is reports/segments.json, or the same of another K.
    """
    segments = described["segments"]
    if len(segments) == 1:
        return f"All {described['customers']:,} customers are in one segment."
    best = _best(segments)
    sentences = [_who_brings(best, described)] if best else []
    others = sorted((segment for segment in segments if segment not in best), key=lambda segment: -segment["share"])
    for segment in others[: 1 if best else 2]:
        sentences.append(_who_is_many(segment, described))
    return " ".join(sentences)


def _best(segments: Sequence[Segment]) -> list[Segment]:
    """The fewest segments of the highest value that bring MOST of it together; none where value is spread evenly."""
    known = [segment for segment in segments if segment["value_share"] is not None and segment["size"]]
    if len(known) < len(segments):
        return []
    best, value, customers = [], 0.0, 0.0
    for segment in sorted(known, key=lambda segment: -segment["value_share"] / segment["share"]):
        best, value, customers = [*best, segment], value + segment["value_share"], customers + segment["share"]
        if value >= MOST:
            break
    return best if value >= EVEN * customers and len(best) < len(segments) else []


def _who_brings(best: Sequence[Segment], described: Mapping[str, Any]) -> str:
    value = within_sentence(described["labels"][described["value"]])
    customers, brought = (format_share(sum(segment[key] for segment in best)) for key in ("share", "value_share"))
    names = [isolated(segment["name"]) for segment in best]
    listed = "; ".join(names) if any("," in name for name in names) else enumerated(names)
    if len(best) > NAMED:
        listed = f"{len(best)} of the {len(described['segments'])} segments"
    return f"{capitalised(customers)} of your customers bring {brought} of {isolated(value)}: {listed}."


def _who_is_many(segment: Segment, described: Mapping[str, Any]) -> str:
    share, name = capitalised(format_share(segment["share"])), isolated(segment["name"])
    told = phrases(segment, described)[:1]
    return f"{share} are {name}" + "".join(f": {in_a_sentence(phrase)}" for phrase in told) + "."


def in_a_sentence(phrase: Phrase) -> str:
    """A phrase as the end of a sentence: recency typically 183 days since the last order, 3.6 times the usual 51."""
    beside = f", {phrase.beside}" if phrase.beside else ""
    return f"{within_sentence(phrase.label)} {phrase.typically}{phrase.figure}{beside}"
