"""Doubts: what a reader must know before acting on the segments, where several share a doubt in one sentence."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from segmentation.pages.dependability import DEPENDABLE, DOUBTFUL, UNDEPENDABLE, UNKNOWN, is_name_unsure
from segmentation.pages.view import AtK
from segmentation.pages.writing import capitalised, enumerated, with_isolated

# What is said of segments that share a doubt, by its kind.
SHARED = {
    "small": "segments {} hold less than 1% of the customers each",
    "withheld": "the figures of segments {} are not shown, since those of fewer than {least} customers would follow",
    "outliers": "segments {} rest on outliers: most of their customers are extreme; taking logarithms, or clipping, "
    "draws them in (transform: log1p, or preprocess.clip)",
    UNDEPENDABLE: "segments {} are not dependable: other customers would give others",
    DOUBTFUL: "segments {} are doubtful: other customers might give others",
    UNKNOWN: "whether segments {} are dependable is unknown: the sample on which they are tried holds none of their "
    "customers",
    "renamed": "the names of segments {} are not dependable: with a few other customers they would be others",
}
# What is said of one segment, where resamples raise the doubt.
ALONE = {
    UNDEPENDABLE: "segment {} is not dependable: other customers would give another",
    DOUBTFUL: "segment {} is doubtful: other customers might give another",
    UNKNOWN: "whether segment {} is dependable is unknown: the sample on which it is tried holds none of its customers",
    "renamed": "the name of segment {} is not dependable: with a few other customers it would be another",
}


def doubts(at_k: AtK, of_features: Sequence[str]) -> list[str]:
    """The doubts about the segments at one K, a sentence each, behind those `of_features` at every K."""
    by_kind: dict[str, list[Mapping[str, Any]]] = {}
    for caveat in [*at_k.described["caveats"], *_of_resamples(at_k)]:
        by_kind.setdefault(caveat["kind"], []).append(caveat)
    texts = [text for kind, same in by_kind.items() for text in _texts(kind, same, at_k.described["least"])]
    names = {name for named in at_k.described["labels"].items() for name in named}
    return [f"{capitalised(with_isolated(text, names))}." for text in [*of_features, *texts]]


def _of_resamples(at_k: AtK) -> Iterator[dict[str, Any]]:
    """Yields the doubts that resamples raise, as caveats: those on segments before those on their names."""
    for kind, text in ALONE.items():
        for segment, resampled in zip(at_k.segments, at_k.stability["segments"], strict=True):
            is_unsure = kind == "renamed" and is_name_unsure(segment, resampled)
            if is_unsure or DEPENDABLE[resampled["stability"]] == kind:
                yield {"kind": kind, "segment": segment["segment"], "text": text.format(segment["segment"])}


def _texts(kind: str, same: Sequence[Mapping[str, Any]], least: int) -> list[str]:
    """The texts of caveats of one kind: one for all where several segments share it."""
    if kind not in SHARED or len(same) == 1:
        return [caveat["text"] for caveat in same]
    return [SHARED[kind].format(enumerated([f"{caveat['segment']}" for caveat in same]), least=least)]
