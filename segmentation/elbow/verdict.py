"""The verdict: what kind of segments the customers have, which number of segments that is said of, and why."""

from typing import NamedTuple

import numpy as np

from segmentation.elbow import cut
from segmentation.elbow.card import Evidence

CLEAR = 4.0  # standard deviations: a shallower valley between two segments makes their elbow a weak one
BEYOND = 3.5  # standard deviations of the null's curves: customers without segments seldom have a curve so far below
NULL = "that of customers with the same values and correlations"


class Verdict(NamedTuple):
    """What kind of segments there are."""

    word: str  # clear, weak, reproducible or constructive
    k: int  # that it is said of
    why: str  # a clause


def judge(evidence: Evidence, k_max: int) -> Verdict:
    """Judges what kind of segments the customers have, whatever rule takes K.

    Where two or more groups stand apart, segments are natural: `clear`, or `weak` where the shallowest valley between
    two groups is shallower than CLEAR, where their number changes with the largest K, or where not most of the draws
    give it. Where none stand apart, the verdict is on the cut: `reproducible` if the curve lies more than BEYOND below
    that of customers with the same values and correlations, and the least stable segment comes back; else
    `constructive`, a cut through a crowd. Source of the kinds: Dolnicar and Leisch 2010, "Evaluation of structure and
    reproducibility of cluster solutions using the bootstrap".
    """
    groups, depth = evidence.groups_by_k_max[k_max]
    return _judge_groups(groups, depth, evidence) if groups > 1 else _judge_cut(evidence)


def _judge_groups(groups: int, depth: float, evidence: Evidence) -> Verdict:
    apart = f"{groups} groups stand apart, the shallowest valley between two of them {depth:.1f} deep"
    if depth < CLEAR:
        return Verdict("weak", groups, f"{apart} (clear from {CLEAR:.0f} on)")
    others = sorted({number for number, _ in evidence.groups_by_k_max.values()} - {groups})
    if others:
        return Verdict("weak", groups, f"{apart}, but {' or '.join(map(str, others))} with another elbow.k_max")
    draws = [number == groups for number, _ in evidence.groups_by_draw]
    if np.mean(draws) <= 0.5:
        return Verdict("weak", groups, f"{apart}, but so many in {sum(draws)} of {len(draws)} draws only")
    return Verdict("clear", groups, apart)


def _judge_cut(evidence: Evidence) -> Verdict:
    k, (lowest_jaccard, comes_back) = evidence.cut.k, evidence.cut.stability
    beyond_null = evidence.beyond_null_at_cut
    if k == 1:
        return Verdict("constructive", k, "no natural groups, and the curve has no bend to cut the customers at")
    resamples = f"in {round(cut.RESAMPLES * comes_back)} of {cut.RESAMPLES} resamples"
    side = "below" if beyond_null > 0 else "above"
    lies = f"the curve lies {abs(beyond_null):.2f} standard deviations {side} {NULL}"
    if beyond_null > BEYOND and lowest_jaccard >= cut.COMES_BACK:
        segments = f"reproducible segments at the elbow, K = {k}, that come back {resamples}"
        return Verdict("reproducible", k, f"no natural groups, yet {segments}: {lies}")
    if np.isnan(beyond_null):
        reason = "a single feature has no correlations to be compared by"
    elif beyond_null <= BEYOND:
        reason = f"{lies} (reproducible from {BEYOND} below)"
    else:
        reason = (
            f"the least stable segment has a mean Jaccard of {lowest_jaccard:.2f} (reproducible from {cut.COMES_BACK})"
        )
    working = f"a working cut at the elbow, K = {k}, that comes back {resamples}"
    return Verdict("constructive", k, f"no natural groups; {working}; constructive, since {reason}")
