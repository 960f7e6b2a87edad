"""How dependable a segment and its name are, in the words that every page uses."""

from collections.abc import Mapping
from typing import Any

from segmentation.model.reference import is_carried
from segmentation.segments.caveats import KEPT

DOUBTFUL = "doubtful"
UNDEPENDABLE = "not dependable"
UNKNOWN = "dependability unknown"
DEPENDABLE = {  # the words of reports/stability.json for people
    "highly stable": "dependable",
    "stable": "mostly dependable",
    "doubtful": DOUBTFUL,
    "not to be trusted": UNDEPENDABLE,
    "dissolved": UNDEPENDABLE,
    "not in the sample": UNKNOWN,
}


def dependable(segment: Mapping[str, Any], resampled: Mapping[str, Any], least: int) -> str:
    """How dependable a segment is, in a word or two; unknown of one that holds fewer than `least` customers.

    `segment` is one of reports/segments.json, `resampled` the same of reports/stability.json.
    """
    return UNKNOWN if segment["size"] < least else DEPENDABLE[resampled["stability"]]


def of_cut(described: Mapping[str, Any], stability: Mapping[str, Any]) -> str:
    """What speaks against all segments at one K together, as a sentence; empty where most of them come back.

    `described` is reports/segments.json, `stability` is reports/stability.json, or the same of another K.
    """
    pairs = zip(described["segments"], stability["segments"], strict=True)
    words = [dependable(*pair, described["least"]) for pair in pairs]
    if 2 * sum(word in (DOUBTFUL, UNDEPENDABLE) for word in words) <= len(words):
        return ""
    return (
        "Other customers of the same kind might be divided otherwise: most of these segments are not sure to come back."
    )


def is_name_unsure(segment: Mapping[str, Any], resampled: Mapping[str, Any]) -> bool:
    """Whether a segment would have another name with a few other customers: one that is carried over never would.

    `segment` is one of reports/segments.json, `resampled` the same of reports/stability.json.
    """
    share = resampled["name_kept"]
    return share is not None and share < KEPT and not is_carried(segment["since"])
