"""How dependable a segment and its name are: a word for each reading, and names that no rule changes."""

import numpy as np
import pytest

from segmentation.kmeans import stability
from segmentation.pages.dependability import DEPENDABLE, UNKNOWN, dependable, is_name_unsure, of_cut

KEPT, SPLIT = ({"status": status, "distance": None, "other": None} for status in ("kept", "split"))


def test_each_word_of_the_stability_has_one_for_people():
    assert set(DEPENDABLE) == {stability.word(mean) for mean in (0.4, 0.55, 0.7, 0.8, 0.9, np.nan)}


@pytest.mark.parametrize(
    ("since", "share", "expected"),
    [
        (None, 0.49, True),
        (None, 0.5, False),
        (None, None, False),
        (SPLIT, 0.49, True),
        (KEPT, 0.1, False),
    ],
)
def test_a_name_is_unsure_that_the_rules_seldom_give_unless_it_is_carried_over(since, share, expected):
    withheld = {"since": since, "because": ""}
    assert is_name_unsure(withheld, {"name_kept": share}) is expected


@pytest.mark.parametrize(("size", "expected"), [(9, UNKNOWN), (10, "dependable")])
def test_few_customers_do_not_show_whether_they_are_dependable(size, expected):
    assert dependable({"size": size}, {"stability": "highly stable"}, 10) == expected


@pytest.mark.parametrize(
    ("words", "speaks_against"),
    [
        (["dissolved", "doubtful", "stable"], True),
        (["dissolved", "stable"], False),
        (["not in the sample", "stable", "doubtful"], False),
        (["highly stable"], False),
    ],
)
def test_a_cut_of_which_most_segments_do_not_come_back_is_told(words, speaks_against):
    described = {"segments": [{"size": 50}] * len(words), "least": 10}
    text = of_cut(described, {"segments": [{"stability": word} for word in words]})
    assert ("most of these segments are not sure to come back" in text) == speaks_against
