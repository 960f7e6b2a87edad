"""Doubts: what a reader must know before acting on the segments, where several share a doubt in one sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

from segmentation.pages.view import AtK
from segmentation.pages.writing import capitalised, enumerated
from segmentation.segments import caveats

# What is said of segments that share a doubt, by the kind of their caveats.
SHARED = {
    "small": "segments {} hold less than 1% of the customers each",
    "withheld": "the figures of segments {} are not shown, since those of fewer than {least} customers would follow",
    "outliers": "segments {} rest on outliers: most of their customers are extreme; a transform such as log1p, or "
    "preprocess.clip, draws them in",
    "unstable": "segments {} are not dependable: other customers would give others",
    "renamed": "the names of segments {} are not dependable: with a few other customers they would be others",
}
ALONE = {
    "unstable": "segment {} is not dependable: other customers would give another",
    "renamed": "the name of segment {} is not dependable: with a few other customers it would be another",
}


def doubts(at_k: AtK, of_features: Sequence[str]) -> list[str]:
    """The doubts about the segments at one K, a sentence each, behind those `of_features` at every K."""
    found = [*at_k.described["caveats"]]
    for caveat in caveats.unstable(at_k.stability) + caveats.renamed(at_k.stability, at_k.described):
        text = ALONE[caveat.kind].format(caveat.segment)
        found.append({"kind": caveat.kind, "segment": caveat.segment, "text": text})
    by_kind: dict[str, list[Mapping[str, Any]]] = {}
    for caveat in found:
        by_kind.setdefault(caveat["kind"], []).append(caveat)
    texts = [text for kind, same in by_kind.items() for text in _texts(kind, same, at_k.described["least"])]
    return [f"{capitalised(text)}." for text in [*of_features, *texts]]


def _texts(kind: str, same: Sequence[Mapping[str, Any]], least: int) -> list[str]:
    """The texts of caveats of one kind: one for all where several segments share it."""
    if kind not in SHARED or len(same) == 1:
        return [caveat["text"] for caveat in same]
    return [SHARED[kind].format(enumerated([f"{caveat['segment']}" for caveat in same]), least=least)]
