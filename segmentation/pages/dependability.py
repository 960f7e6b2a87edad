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


def is_name_unsure(segment: Mapping[str, Any], resampled: Mapping[str, Any]) -> bool:
    """Whether a segment would have another name with a few other customers: one that is carried over never would.

    `segment` is one of reports/segments.json, `resampled` the same of reports/stability.json.
    """
    share = resampled["name_kept"]
    return share is not None and share < KEPT and not is_carried(segment["since"])
