"""The verdict: which kind of segments, of which K, and the reason."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from segmentation.elbow import verdict
from segmentation.elbow.cut import Cut, Stability


def evidence(groups=1, depth=0.0, with_fewer=None, draws=(), cut=3, beyond_null=4.9, stability=0.97):
    """What a sample says, with `with_fewer` groups at a smaller k_max and `draws` that count other groups."""
    by_k_max = {3: (with_fewer or groups, depth), 5: (groups, depth), 7: (groups, depth)}
    by_draw = [(groups, depth)] * (5 - len(draws)) + [(number, depth) for number in draws]
    bend = Cut(cut, [cut] * 5, Stability(stability, 0.93))
    return SimpleNamespace(groups_by_k_max=by_k_max, groups_by_draw=by_draw, cut=bend, beyond_null_at_cut=beyond_null)


@pytest.mark.parametrize(
    ("settings", "word", "why"),
    [
        ({"depth": 4.0}, "clear", "3 groups stand apart, the shallowest valley between two of them 4.0 deep"),
        ({"depth": 3.9}, "weak", "3 groups stand apart, .* 3.9 deep (clear from 4 on)"),
        ({"depth": 9.0, "with_fewer": 2}, "weak", ".* 9.0 deep, but 2 with another elbow.k_max"),
        ({"depth": 9.0, "draws": (2, 4)}, "clear", ".* 9.0 deep"),
        ({"depth": 9.0, "draws": (2, 4, 4)}, "weak", ".* 9.0 deep, but so many in 2 of 5 draws only"),
        ({"groups": 9, "depth": 9.0}, "clear", "9 groups stand apart, .*"),
    ],
)
def test_groups_that_stand_apart_are_clear_or_weak(settings, word, why):
    settings = {"groups": 3} | settings
    judged = verdict.judge(evidence(**settings), 5)
    assert (judged.word, judged.k) == (word, settings["groups"])
    assert re.fullmatch(why.replace("(", r"\(").replace(")", r"\)"), judged.why)


@pytest.mark.parametrize(
    ("settings", "word", "why"),
    [
        (
            {"beyond_null": 3.6, "stability": 0.6},
            "reproducible",
            "come back in 93 of 100 resamples: the curve lies 3.60",
        ),
        ({"beyond_null": 3.5}, "constructive", "since the curve lies 3.50 standard deviations below .*from 3.5 below"),
        ({"beyond_null": -0.8}, "constructive", "since the curve lies 0.80 standard deviations above"),
        ({"stability": 0.59}, "constructive", "the least stable segment has a mean Jaccard of 0.59 .*from 0.6"),
        ({"beyond_null": np.nan}, "constructive", "a single feature has no correlations"),
        ({"cut": 1}, "constructive", "no natural groups, and the curve has no bend"),
    ],
)
def test_where_none_stand_apart_the_verdict_is_on_the_cut(settings, word, why):
    judged = verdict.judge(evidence(**settings), 5)
    assert (judged.word, judged.k) == (word, settings.get("cut", 3))
    assert re.search(why, judged.why)
