"""The decision on K, and what speaks against it."""

import numpy as np
import pytest
from criteria import decision

CROWD = {"groups": 1, "depth": 0.0}


def test_what_is_decided_tells_how_far_below_the_null_k_lies_and_who_disagrees():
    decided, _ = decision()
    assert (decided["below_null"], decided["variance_explained"]) == (0.5, 0.7)
    assert decided["disagree"] == ["calinski_harabasz"] and decided["if_k_max"] == {5: 3, 7: 3}
    decided, _ = decision("kneedle", ks=range(2, 4))
    assert decided["choices"]["kneedle"] is None and "kneedle" not in decided["disagree"]


@pytest.mark.parametrize(
    ("settings", "by_draw"),
    [
        ({}, [3] * 5),
        ({"groups": 9}, [5] * 5),
        (CROWD, [3, 3, 3, 3, 4]),
        (CROWD | {"without_groups": "one"}, [1] * 5),
        ({"rule": "silhouette"}, []),
    ],
)
def test_what_each_draw_alone_would_give_is_told(settings, by_draw):
    assert decision(**settings)[0]["if_seed"] == by_draw


@pytest.mark.parametrize(
    ("settings", "k"), [(CROWD, 3), (CROWD | {"cut": 9}, 5), (CROWD | {"without_groups": "one"}, 1)]
)
def test_without_groups_the_cut_decides_as_far_as_k_reaches(settings, k):
    decided, _ = decision(**settings)
    assert decided["k"] == k and decided["groups_apart"] == 1 and decided["cut"] == settings.get("cut", 3)


@pytest.mark.parametrize(
    ("settings", "verdict", "of"),
    [
        ({"rule": "calinski_harabasz"}, "clear", 3),
        (CROWD, "reproducible", 3),
        (CROWD | {"beyond_null": 3.4}, "constructive", 3),
        (CROWD | {"beyond_null": np.nan}, "constructive", 3),
        (CROWD | {"rule": "silhouette", "cut": 7}, "reproducible", 7),
        (CROWD | {"without_groups": "one"}, "reproducible", 3),
    ],
)
def test_the_verdict_is_said_of_the_groups_or_the_cut_whatever_k_is_taken(settings, verdict, of):
    decided, _ = decision(**settings)
    assert (decided["verdict"], decided["verdict_k"]) == (verdict, of)
