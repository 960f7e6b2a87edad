"""How dependable a segment and its name are: a word for each reading, and names that no rule changes."""

import numpy as np
import pytest

from segmentation.kmeans import stability
from segmentation.pages.dependability import DEPENDABLE, is_name_unsure

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
