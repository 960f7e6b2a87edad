"""The verdict of the elbow in plain words: what it means for acting on the segments, and which K a page shows."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Verdict(NamedTuple):
    """A verdict for people who do not know the method."""

    finding: str
    meaning: str  # what it means for acting on the segments


VERDICTS = {
    "clear": Verdict(
        "Clear groups",
        "Few customers stand between these groups. Treat each as a group of its own: its borders are real.",
    ),
    "weak": Verdict(
        "Groups with blurred edges",
        "Groups stand apart, but other customers of the same kind might show one more or one less. Act on what is "
        "typical of a segment, and do not lean on where exactly it ends.",
    ),
    "reproducible": Verdict(
        "No natural groups, but a dependable division",
        "Other customers of the same kind would be divided the same way, so that one can plan with these segments. "
        "Their borders run through a crowd: two customers beside a border are alike.",
    ),
    "constructive": Verdict(
        "No natural groups, but a useful division",
        "Customers differ by degrees, and any number of segments is a choice. Use these to treat different customers "
        "differently, and do not speak of types of people.",
    ),
}
REASONS = {
    "clear": "so many groups stand apart",
    "weak": "so many groups stand apart",
    "reproducible": "the curve of the elbow bends there",
    "constructive": "the curve of the elbow bends there",
}
NO_BEND = "no groups stand apart and the curve of the elbow has no bend"
ONE_SEGMENT = "All customers are one segment here, so there is nothing to tell apart."


def verdict_at(elbow: Mapping[str, Any], k: int) -> str:
    """What the verdict says of the segments at `k`, by reports/elbow.json, as a sentence or two."""
    verdict = VERDICTS[elbow["verdict"]]
    if k == 1:
        return ONE_SEGMENT
    if k == elbow["verdict_k"]:
        return f"{verdict.finding}. {verdict.meaning}"
    if elbow["verdict"] in ("clear", "weak"):
        side = "cut some of them in two" if k > elbow["verdict_k"] else "put some of them together"
        return f"The data show {elbow['verdict_k']} groups. These {k} segments {side}: a choice, not a finding."
    return f"No natural groups, so {k} segments are a choice: their borders run through a crowd."


def verdict_of_k(elbow: Mapping[str, Any], chosen: int) -> str:
    """The word of the verdict, with the K that it is said of where another one is shown."""
    return elbow["verdict"] + (f" at K = {elbow['verdict_k']}" if elbow["verdict_k"] != chosen else "")


def why_this_k(elbow: Mapping[str, Any], k: int, chosen: int) -> str:
    """Which number of segments the reader looks at, and which one the pipeline took and why, as a sentence."""
    taken, shown = elbow["k"], "1 segment" if k == 1 else f"{k} segments"
    if chosen != taken:  # cluster.k was set by hand
        is_or_are = "is" if chosen == 1 else "are"
        own = ", as set by hand" if k == chosen else f"; {chosen} {is_or_are} set by hand"
        return f"You see {shown}{own} (cluster.k). The pipeline would take {taken}, since {_reason(elbow)}."
    if k == chosen:
        return f"You see {shown}, which the pipeline took, since {_reason(elbow)}."
    return f"You see {shown}. The pipeline took {taken}, since {_reason(elbow)}."


def _reason(elbow: Mapping[str, Any]) -> str:
    """Why the pipeline took its K, as a clause."""
    rule = elbow["rule"]
    if rule != "calibrated":
        takes = "has no answer" if elbow["choices"][rule] is None else "takes it"
        return f"the rule that is set {takes} (elbow.rule: {rule})"
    return elbow["k_because"] or (REASONS[elbow["verdict"]] if elbow["k"] > 1 else NO_BEND)
