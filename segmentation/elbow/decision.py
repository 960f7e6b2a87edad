"""The decision on K: what the rule takes, what kind of segments these are, and what speaks for another K."""

from collections.abc import Mapping, Sequence
from typing import Any

from segmentation.elbow import rules
from segmentation.elbow.card import Evidence
from segmentation.elbow.verdict import judge


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
    verdict = judge(evidence, ks[-1])
    return {
        "k": k,
        "rule": rule,
        "k_because": _why_another(k, verdict.k, rule, choices[rule] is not None, without_groups, ks),
        "verdict": verdict.word,
        "verdict_k": verdict.k,
        "why": verdict.why,
        "groups_apart": groups,
        "valley_depth": depth,
        "cut": evidence.cut.k,
        "cut_beyond_null": evidence.beyond_null_at_cut,
        "cut_stability": evidence.cut.stability.lowest_jaccard,
        "cut_comes_back": evidence.cut.stability.comes_back,
        "below_null": round(below_null, 6) + 0.0,
        "variance_explained": explained,
        "choices": choices,
        "disagree": [name for name, choice in choices.items() if choice not in (None, k)],
        "if_k_max": choice_by_k_max(rule, evidence, cut) | {ks[-1]: choices[rule]},
        "if_seed": choice_by_draw(evidence, ks, without_groups) if rule == "calibrated" else [],
    }


def _why_another(k: int, verdict_k: int, rule: str, has_answer: bool, without_groups: str, ks: Sequence[int]) -> str:
    """Why the rule takes another K than the verdict is said of; empty where it does not."""
    if k == verdict_k:
        return ""
    if not has_answer:
        return f"elbow.rule {rule} has no answer from K = {ks[0]} to {ks[-1]}"
    if rule != "calibrated":
        return f"elbow.rule {rule} takes it"
    if verdict_k > ks[-1]:
        return f"elbow.k_max is {ks[-1]}: raise it to {verdict_k}"
    if without_groups == "one" and k == 1:
        return "elbow.without_groups keeps the customers as one"
    return f"elbow.k_min is {ks[0]}: lower it to {verdict_k}"


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
