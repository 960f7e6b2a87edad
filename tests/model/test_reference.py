"""A reference: new segments are matched with accepted ones, and keep their numbers and names."""

from types import SimpleNamespace

import numpy as np
import pytest

from segmentation.features.space import Feature, FeatureSpace
from segmentation.model import reference
from segmentation.model.model import Baseline, SegmentModel
from segmentation.model.reference import Match, Numbered
from segmentation.pipeline.errors import IntermediateFault

OLD = SimpleNamespace(numbers=(1, 2, 4), names=("A", "B", "D"), issued=5)


def matched(distances):
    matches, gone = reference.match_segments(np.array(distances, dtype=float), OLD, moved_above=0.25, new_above=1.0)
    return [(match.number, match.name, match.status, match.other) for match in matches], [
        (match.number, match.status, match.other) for match in gone
    ]


MATCHES = {
    "kept in another order": (
        [[9, 0.1, 9], [9, 9, 0.2], [0, 9, 9]],
        [(4, "D", "kept", None), (1, "A", "kept", None), (2, "B", "kept", None)],
        [],
    ),
    "moved": (
        [[0.3, 9, 9], [9, 1.0, 9], [9, 9, 0.25]],
        [(1, "A", "moved", None), (2, "B", "moved", None), (4, "D", "kept", None)],
        [],
    ),
    "one too far is new, the old one retired": (
        [[0, 9, 9], [9, 0, 9], [9, 9, 1.01]],
        [(1, "A", "kept", None), (2, "B", "kept", None), (6, None, "new", None)],
        [(4, "retired", None)],
    ),
    "split": (
        [[0.4, 0.5, 9, 9], [9, 9, 0, 9], [9, 9, 9, 0]],
        [(1, "A", "moved", None), (6, None, "split", 1), (2, "B", "kept", None), (4, "D", "kept", None)],
        [],
    ),
    "merged": ([[0.3, 9], [0.6, 9], [9, 0]], [(1, "A", "moved", None), (4, "D", "kept", None)], [(2, "merged", 1)]),
    "merged at the very bound": ([[0.3, 9], [1.0, 9], [9, 0]], [(1, "A", "moved", None), (4, "D", "kept", None)],
        [(2, "merged", 1)]),
    "split at the very bound": (
        [[0.4, 1.0, 9, 9], [9, 9, 0, 9], [9, 9, 9, 0]],
        [(1, "A", "moved", None), (6, None, "split", 1), (2, "B", "kept", None), (4, "D", "kept", None)],
        [],
    ),
    "two new ones": (
        [[9, 9, 0, 9, 0.9], [9, 9, 9, 0, 9], [9, 9, 9, 9, 9]],
        [(6, None, "new", None), (7, None, "new", None), (1, "A", "kept", None), (2, "B", "kept", None),
         (8, None, "split", 1)],
        [(4, "retired", None)],
    ),
    "a far pair does not bend the near ones": (
        [[0.9, 0.1, 99], [50, 0.9, 99], [99, 99, 0]],
        [(6, None, "split", 1), (1, "A", "kept", None), (4, "D", "kept", None)],
        [(2, "merged", 1)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("distances", "matches", "gone"), MATCHES.values(), ids=MATCHES)
def test_what_becomes_of_segments(distances, matches, gone):
    assert matched(distances) == (matches, gone)


def test_numbers_are_in_order_and_none_is_ever_issued_again():
    matches = [Match(6, None, "new"), Match(1, "A", "kept", 0.1), Match(2, "B", "moved", 0.5)]
    numbered = Numbered.by_reference(OLD, matches, [Match(4, "D", "merged", None, 1)])
    assert (numbered.order, numbered.numbers, numbered.issued) == ([1, 2, 0], [1, 2, 6], 6)
    assert [match["status"] for match in numbered.since["segments"]] == ["kept", "moved", "new"]
    assert numbered.since["gone"] == [{"number": 4, "name": "D", "status": "merged", "distance": None, "other": 1}]
    assert Numbered.by_reference(OLD, matches[1:], []).issued == 5
    assert Numbered.without_reference(3) == Numbered([0, 1, 2], [1, 2, 3], 3, None)


def model(*features, centres):
    names = tuple("ABCDEF"[: len(centres)])
    sizes = (1,) * len(centres)
    return SegmentModel(
        FeatureSpace(features), np.array(centres, dtype=float), names, sizes, tuple(range(1, len(centres) + 1)),
        len(centres), Baseline((), 1.0, {}),
    )  # fmt: skip


def feature(name, transform, power=None, mean=0.0, scale=1.0):
    return Feature(name, "", transform, power, None, None, None, mean, scale)


def test_centres_are_held_against_each_other_in_original_units():
    old = model(
        feature("a", "log1p", mean=1, scale=2), feature("b", "yeo-johnson", power=0.5), feature("c", "sqrt", mean=3),
        centres=[[0.5, 1, -1], [0, -2, 2]],
    )  # fmt: skip
    new = FeatureSpace(
        (
            feature("c", "none", mean=4, scale=5),
            feature("a", "yeo-johnson", power=-0.3, mean=0.2, scale=0.7),
            feature("b", "yeo-johnson", power=1.4, mean=-1, scale=3),
        )
    )
    raw = old.space.raw(old.centres)
    centres = new.scaled(raw[:, [2, 0, 1]])
    assert np.diag(reference.centre_distances(old, new, centres)) == pytest.approx([0, 0], abs=1e-7)
    shifted = old.centres + np.array([[0.3, 0, 0.4], [0, 0, 0]])
    centres = new.scaled(old.space.raw(shifted)[:, [2, 0, 1]])
    assert np.diag(reference.centre_distances(old, new, centres)) == pytest.approx([0.5, 0], abs=1e-7)


def test_other_features_are_refused():
    old = model(feature("a", "none"), centres=[[0.0]])
    with pytest.raises(IntermediateFault, match="was fitted on a, not on b"):
        reference.centre_distances(old, FeatureSpace((feature("b", "none"),)), np.zeros((1, 1)))


@pytest.mark.parametrize(
    ("match", "expected"),
    [(None, False), ({"status": "kept"}, True), ({"status": "moved"}, True), ({"status": "split"}, False)],
)
def test_a_segment_is_carried_over_that_has_the_number_of_an_accepted_one(match, expected):
    assert reference.is_carried(match) is expected
