"""The decision on K: what the rule takes, what kind of segments these are, and what speaks for another K."""

from collections.abc import Mapping, Sequence
from typing import Any

from segmentation.elbow import rules
from segmentation.elbow.card import Evidence


def decide(
    rule: str, without_groups: str, columns: Mapping[str, Sequence[float]], evidence: Evidence
) -> dict[str, Any]:
    """The K that the rule takes, what kind of segments these are, and what the other rules take."""
    ks = columns["k"]
    groups, depth = evidence.groups_by_k_max[ks[-1]]
    cut = evidence.cut.k if without_groups == "cut" else 1
    choices = rules.choices(ks, columns, groups if groups > 1 else cut)
    k = choices[rule] or ks[0]
    below_null, explained = 0.0, 0.0
    if k in ks:
        row = ks.index(k)
        below_null = 1 - columns["inertia"][row] / columns["null"][row]
        explained = columns["variance_explained"][row]
    beyond_null, stability = evidence.beyond_null_at_cut, evidence.cut.stability
    return {
        "k": k,
        "rule": rule,
        "verdict": rules.verdict(
            ks, evidence.groups_by_k_max, evidence.groups_by_draw, beyond_null, stability.lowest_jaccard
        ),
        "verdict_k": groups if groups > 1 else evidence.cut.k,
        "groups_apart": groups,
        "valley_depth": depth,
        "cut": evidence.cut.k,
        "cut_beyond_null": beyond_null,
        "cut_stability": stability.lowest_jaccard,
        "cut_comes_back": stability.comes_back,
        "below_null": round(below_null, 6) + 0.0,
        "variance_explained": explained,
        "choices": choices,
        "disagree": [name for name, choice in choices.items() if choice not in (None, k)],
        "if_k_max": choice_by_k_max(rule, evidence, cut) | {ks[-1]: choices[rule]},
        "if_seed": choice_by_draw(evidence, ks, without_groups) if rule == "calibrated" else [],
    }


def choice_by_k_max(rule: str, evidence: Evidence, cut: int) -> dict[int, int | None]:
    """What the rule answers on the sample for each largest K that was tried.

    Beyond the largest K that was asked for, the fits are those of the sample. `cut` is the number of segments where no
    groups stand apart.
    """
    answers = {}
    for k_max, (number, _) in evidence.groups_by_k_max.items():
        ks = range(evidence.ks[0], k_max + 1)
        table = {name: criterion[: len(ks)] for name, criterion in evidence.table.items()}
        answers[k_max] = rules.choice(rule, ks, table, number if number > 1 else cut)
    return answers


def choice_by_draw(evidence: Evidence, ks: Sequence[int], without_groups: str) -> list[int]:
    """The K of the rule `calibrated` by each draw alone."""
    draws = zip(evidence.groups_by_draw, evidence.cut.by_draw, strict=True)
    segments = [number if number > 1 else cut if without_groups == "cut" else 1 for (number, _), cut in draws]
    return [rules.within(number, ks) for number in segments]
