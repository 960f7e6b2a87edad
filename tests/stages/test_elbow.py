"""The step elbow says in words what it decided, and how sure that is."""

import re

import pytest
from criteria import decision

from stages import elbow

CROWD = {"groups": 1, "depth": 0.0}


@pytest.mark.parametrize(
    ("settings", "k", "message"),
    [
        ({}, 3, r"elbow at K = 3, clear: 3 groups .* 9\.0 deep .*; other rules: calinski_harabasz 4"),
        ({"depth": 3.0}, 3, "elbow at K = 3, weak"),
        (
            CROWD,
            3,
            r"no natural groups, yet reproducible .* K = 3: .* 4\.5 .*0\.80\); by the sample drawn K is 3, 3, 3, 3, 4",
        ),
        (CROWD | {"cut": 4}, 4, r"no natural groups; a working cut at the elbow, K = 4, .*0\.50"),
        (CROWD | {"cut": 8}, 5, r"a working cut K = 5, .*0\.40(.|\n)*warning: the elbow is at K = 8, .* allow 1 to 5"),
        (CROWD | {"without_groups": "one"}, 1, "keeps them as one: K = 1"),
        (CROWD | {"without_groups": "one", "ks": range(2, 6)}, 1, "keeps them as one whatever k_min: K = 1"),
        (CROWD | {"ks": range(1, 2)}, 1, "no natural groups, and elbow.k_max allows one segment: K = 1"),
        (CROWD | {"cut": 1}, 1, "no natural groups, and the curve has no bend .*: K = 1"),
        ({"groups": 9}, 5, "elbow at K = 5, weak: 9 groups(.|\n)*warning: elbow.k_min and k_max allow 1 to 5"),
        ({"groups": 2, "ks": range(3, 6)}, 3, "elbow at K = 3, weak: 2 groups(.|\n)*allow 3 to 5"),
        ({"rule": "calinski_harabasz"}, 4, "K = 4 by elbow.rule calinski_harabasz; .* 3 groups stand apart, clear"),
        (CROWD | {"rule": "silhouette"}, 3, "K = 3 by elbow.rule silhouette; .* no natural groups, reproducible"),
        (
            {"rule": "kneedle", "ks": range(2, 4)},
            2,
            "warning: elbow.rule kneedle has no answer from K = 2 to 3, so K = 2",
        ),
    ],
)
def test_what_is_decided_is_told(settings, k, message):
    decided, ks = decision(**settings)
    assert decided["k"] == k
    assert re.match(f"(.|\n)*{message}", elbow.summary(decided, ks))
    assert str(k) in elbow.caption(decided)
