"""The step elbow says in words what it decided, and how sure that is."""

import re

import numpy as np
import pytest
from criteria import decision

from stages import elbow

CROWD = {"groups": 1, "depth": 0.0}
WORKING = CROWD | {"beyond_null": 1.0}


@pytest.mark.parametrize(
    ("settings", "k", "message"),
    [
        ({}, 3, r"elbow at K = 3, clear: 3 groups .* 9\.0 deep .*; other rules: calinski_harabasz 4"),
        ({"depth": 3.0}, 3, "elbow at K = 3, weak"),
        (
            CROWD,
            3,
            r"no natural groups, yet reproducible .* K = 3: .* 4\.5 .*back in 93 of 100 resamples; by the sample "
            "drawn K is 3, 3, 3, 3, 4",
        ),
        (WORKING | {"cut": 4}, 4, "no natural groups; a working cut at the elbow, K = 4, .* in 93 of 100 resamples"),
        (
            WORKING | {"cut": 8},
            5,
            r"a working cut at the elbow, K = 8, (.|\n)*warning: K = 5: .* allow 1 to 5 segments",
        ),
        (
            CROWD | {"beyond_null": np.nan},
            3,
            "no natural groups; a working cut .*; a single feature has no correlations",
        ),
        (CROWD | {"without_groups": "one"}, 1, "warning: K = 1: elbow.without_groups keeps the customers as one$"),
        (CROWD | {"without_groups": "one", "ks": range(2, 6)}, 1, "K = 1: .* as one, whatever elbow.k_min is$"),
        (CROWD | {"ks": range(1, 2)}, 1, "warning: K = 1: elbow.k_min and k_max allow 1 to 1 segments"),
        (WORKING | {"cut": 1}, 1, "no natural groups, and the curve has no bend to cut the customers at"),
        ({"groups": 9}, 5, "elbow at K = 5, weak: 9 groups(.|\n)*warning: K = 5: elbow.k_min and k_max allow 1 to 5"),
        ({"groups": 2, "ks": range(3, 6)}, 3, "elbow at K = 3, weak: 2 groups(.|\n)*allow 3 to 5"),
        ({"rule": "calinski_harabasz"}, 4, "K = 4 by elbow.rule calinski_harabasz; clear is said of K = 3: 3 groups"),
        (
            CROWD | {"rule": "silhouette"},
            3,
            "K = 3 by elbow.rule silhouette; reproducible is said of K = 3: no natural",
        ),
        (
            {"rule": "kneedle", "ks": range(2, 4)},
            2,
            "warning: elbow.rule kneedle has no answer from K = 2 to 3, so K = 2",
        ),
    ],
)
def test_what_is_decided_is_told(settings, k, message):
    decided, ks = decision(**settings)
    decided["why"] = elbow.why(decided)
    assert decided["k"] == k
    assert re.match(f"(.|\n)*{message}", elbow.summary(decided, ks))
    assert str(k) in elbow.caption(decided)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({}, "K = 3, clear: 50% below"),
        (WORKING, "K = 3, constructive: 50% below"),
        (CROWD | {"rule": "calinski_harabasz"}, "K = 4 by calinski_harabasz (reproducible is K = 3): 50% below"),
        (CROWD | {"without_groups": "one"}, "K = 1 (reproducible is K = 3): 50% below"),
    ],
)
def test_the_figure_says_which_k_the_verdict_is_of(settings, text):
    assert elbow.caption(decision(**settings)[0]).startswith(text)
