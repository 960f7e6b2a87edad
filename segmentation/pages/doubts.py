"""Doubts: what a reader must know before acting on the segments, where several share a doubt in one sentence."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from segmentation.pages.dependability import DOUBTFUL, UNDEPENDABLE, UNKNOWN, dependable, is_name_unsure
from segmentation.pages.view import AtK
from segmentation.pages.writing import capitalised, enumerated, with_isolated
from segmentation.segments.caveats import LARGER

FEW = "few"  # the kind of the doubt about a segment of fewer customers than figures are told of
# What is said of segments that share a doubt, by its kind.
SHARED = {
    "small": "segments {} hold less than 1% of the customers each",
    "withheld": "the figures of segments {} are not shown, since those of fewer than {least} customers would follow; "
    f"{LARGER}",
    "outliers": "segments {} rest on outliers: most of their customers are extreme, above all in {columns}; taking "
    "logarithms, or clipping, draws them in (transform: log1p, or preprocess.clip)",
    UNDEPENDABLE: "segments {} are not dependable: other customers would give others",
    DOUBTFUL: "segments {} are doubtful: other customers might give others",
    UNKNOWN: "whether segments {} are dependable is unknown: the sample on which they are tried holds none of their "
    "customers",
    FEW: "whether segments {} are dependable is unknown: each holds fewer than {least} customers",
    "renamed": "the names of segments {} are not dependable: with a few other customers they would be others",
}
# What is said of one segment, where resamples raise the doubt.
ALONE = {
    UNDEPENDABLE: "segment {} is not dependable: other customers would give another",
    DOUBTFUL: "segment {} is doubtful: other customers might give another",
    UNKNOWN: "whether segment {} is dependable is unknown: the sample on which it is tried holds none of its customers",
    FEW: "whether segment {} is dependable is unknown: it holds fewer than {least} customers",
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
            if is_unsure or _kind(segment, resampled, at_k.described["least"]) == kind:
                told = text.format(segment["segment"], least=at_k.described["least"])
                yield {"kind": kind, "segment": segment["segment"], "text": told, "column": ""}


def _kind(segment: Mapping[str, Any], resampled: Mapping[str, Any], least: int) -> str:
    """The kind of the doubt about a segment that resamples raise; those on few customers say nothing of it."""
    return FEW if segment["size"] < least else dependable(segment, resampled, least)


def _texts(kind: str, same: Sequence[Mapping[str, Any]], least: int) -> list[str]:
    """The texts of caveats of one kind: one for all where several segments share it."""
    if kind not in SHARED or len(same) == 1:
        return [caveat["text"] for caveat in same]
    columns = enumerated(list(dict.fromkeys(f"'{caveat['column']}'" for caveat in same)))
    return [SHARED[kind].format(enumerated([f"{caveat['segment']}" for caveat in same]), least=least, columns=columns)]
