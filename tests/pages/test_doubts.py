"""Doubts: one sentence for all segments that share one."""

import pytest

from segmentation.pages.doubts import doubts
from segmentation.pages.view import AtK


def at_k(*segments, caveats=()):
    """Segments of a stability and a share of resamples in which the name comes back."""
    described = {
        "segments": [{"segment": n, "name": f"N{n}", "because": "rule"} for n in range(1, len(segments) + 1)],
        "caveats": [{"kind": kind, "segment": n, "text": text} for kind, n, text in caveats],
        "least": 10,
    }
    resampled = [
        {"segment": n, "stability": word, "jaccard": 0.9, "name_kept": kept, "name": f"N{n}"}
        for n, (word, kept) in enumerate(segments, 1)
    ]
    return AtK(described, {"segments": resampled}, range(1, 9), [], [])


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ([("stable", 1.0), ("stable", 0.5)], []),
        ([("doubtful", 1.0), ("stable", 1.0)], ["Segment 1 is not dependable: other customers would give another."]),
        (
            [("doubtful", 0.2), ("dissolved", 1.0), ("dissolved", 1.0)],
            [
                "Segments 1, 2 and 3 are not dependable: other customers would give others.",
                "The name of segment 1 is not dependable: with a few other customers it would be another.",
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
