"""Doubts: one sentence for all segments that share one."""

import pytest

from segmentation.pages.dependability import DEPENDABLE, UNKNOWN
from segmentation.pages.doubts import ALONE, doubts
from segmentation.pages.view import AtK


def at_k(*segments, caveats=()):
    """Segments of a stability and a share of resamples in which the name comes back."""
    described = {
        "segments": [{"segment": n, "since": None, "size": 90} for n in range(1, len(segments) + 1)],
        "caveats": [{"kind": kind, "segment": n, "text": text, "column": "x"} for kind, n, text in caveats],
        "least": 10,
        "labels": {"orders": "הזמנות"},
    }
    resampled = [{"segment": n, "stability": word, "name_kept": kept} for n, (word, kept) in enumerate(segments, 1)]
    return AtK(described, {"segments": resampled}, range(1, 9), [], [])


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ([("stable", 1.0), ("stable", 0.5)], []),
        ([("dissolved", 1.0), ("stable", 1.0)], ["Segment 1 is not dependable: other customers would give another."]),
        ([("stable", 1.0), ("doubtful", 1.0)], ["Segment 2 is doubtful: other customers might give another."]),
        (
            [("not in the sample", None), ("stable", 1.0)],
            [
                "Whether segment 1 is dependable is unknown: the sample on which it is tried holds none of its "
                "customers."
            ],
        ),
        (
            [("doubtful", 0.2), ("dissolved", 1.0), ("not to be trusted", 1.0)],
            [
                "Segments 2 and 3 are not dependable: other customers would give others.",
                "Segment 1 is doubtful: other customers might give another.",
                "The name of segment 1 is not dependable: with a few other customers it would be another.",
            ],
        ),
        (
            [("not in the sample", None)] * 2,
            [
                "Whether segments 1 and 2 are dependable is unknown: the sample on which they are tried holds none of "
                "their customers."
            ],
        ),
    ],
)
def test_segments_that_share_a_doubt_share_its_sentence(segments, expected):
    assert doubts(at_k(*segments), []) == expected


def test_caveats_of_the_steps_come_first_and_stay_as_they_are_where_they_stand_alone():
    small = [("small", n, f"segment {n} holds 3 customers only") for n in (1, 2)]
    other = ("correlated", None, "features 'a' and 'b' correlate")
    steady = [("stable", 1.0)] * 2
    assert doubts(at_k(*steady, caveats=[small[0], other]), ["'x' is missing in 3%"]) == [
        "'x' is missing in 3%.",
        "Segment 1 holds 3 customers only.",
        "Features 'a' and 'b' correlate.",
    ]
    assert doubts(at_k(*steady, caveats=small), []) == ["Segments 1 and 2 hold less than 1% of the customers each."]


def test_a_shared_doubt_on_outliers_names_the_columns():
    outliers = [("outliers", n, f"segment {n} rests on outliers, above all in 'x'") for n in (1, 2)]
    (text,) = doubts(at_k(*[("stable", 1.0)] * 2, caveats=outliers), [])
    assert text.startswith("Segments 1 and 2 rest on outliers") and "above all in 'x'" in text


@pytest.mark.parametrize("word", DEPENDABLE)
def test_of_few_customers_it_is_unknown_whether_they_are_dependable(word):
    at = at_k((word, None))
    at.segments[0]["size"] = 9
    expected = "Whether segment 1 is dependable is unknown: it holds fewer than 10 customers."
    assert doubts(at, []) == [expected]


def test_the_columns_that_a_doubt_names_are_isolated_each_by_itself():
    of_pair = ("correlated", None, "features 'הזמנות', 'age' correlate")
    assert doubts(at_k(("stable", 1.0), caveats=[of_pair]), ["'orders' is missing"]) == [
        "'orders' is missing.",
        "Features '\u2068הזמנות\u2069', 'age' correlate.",
    ]


def test_a_doubt_about_dependability_says_what_the_card_says():
    for word, told in DEPENDABLE.items():
        texts = doubts(at_k((word, None)), [])
        assert len(texts) == (told in ALONE)
        assert all(told in text or (told == UNKNOWN and "unknown" in text) for text in texts)
