"""The cards of the segments: their sentences, and what they hold."""

import pytest

from segmentation.pages import segment_cards
from segmentation.pages.charts import Axis
from segmentation.pipeline.schema import QUANTILES

LABELS = {"spending": "Spending", "age": "Age", "city": "City", "net_worth": "Net worth"}


def quantiles(*figures):
    return dict(zip(QUANTILES, figures, strict=True)) | {"mean": figures[2]}


SEGMENT = {
    "segment": 2, "name": "Big", "because": "rule: spending high", "action": "keep them", "since": None,
    "size": 40, "share": 0.4, "value_share": 0.6, "borderline_share": 0.1, "typical": {"age": 37.0}, "withheld": False,
    "definition": {"conditions": [], "coverage": None, "precision": None},
    "columns": {
        "spending": quantiles(300.0, 400.0, 512.0, 600.0, 800.0),
        "age": quantiles(20.0, 30.0, 39.0, 40.0, 50.0),
    },
    "drivers": [
        {"column": "spending", "difference": 1.5},
        {"column": "city", "difference": -0.6, "word": "Köln", "share": 0.1, "lift": 0.25},
        {"column": "age", "difference": 0.1},
    ],
}  # fmt: skip
DESCRIBED = {
    "all": {
        "spending": quantiles(0.0, 50.0, 100.0, 500.0, 1000.0) | {"described_by": "median", "is_usual": True},
        "age": quantiles(20.0, 30.0, 37.0, 50.0, 60.0) | {"described_by": "median", "is_usual": True},
        "city": {"top": []},
    },
    "units": {"spending": "dollars a year", "age": "years", "city": ""},
    "labels": LABELS,
    "least": 10,
}
AXES = {"spending": Axis(0, 1000), "age": Axis(20, 60)}
STEADY = {"jaccard": 0.9, "stability": "highly stable", "name_kept": 1.0}


def card_of(segment, resampled=STEADY):
    described = DESCRIBED | {"segments": [segment]}
    (card,) = segment_cards.segment_cards(described, {"segments": [resampled]}, AXES, [7])
    return card


def test_a_card_holds_what_its_segment_is_and_pictures_it_beside_everyone():
    card = card_of(SEGMENT)
    assert (card["segment"], card["colour"], card["name"], card["action"]) == (2, 7, "Big", "keep them")
    assert card["typical"] == [("Age", "37 years")]
    spending, city = card["phrases"]
    assert (spending["figure"], spending["statistic"], spending["axis"]) == ("512 dollars a year", "median", 0)
    assert spending["box"] == {"low": 30, "lower": 40, "median": 51.2, "upper": 60, "high": 80}
    assert (city["figure"], city["axis"]) == ("Köln for 10%", None)
    assert [phrase["label"] for phrase in card["other_phrases"]] == ["Age"]
    assert card["drivers"] == [("Spending", "+1.50"), ("City: Köln", "-0.60"), ("Age", "+0.10")]


def test_three_phrases_are_shown_and_the_others_folded():
    drivers = [{"column": "spending", "difference": 2 - n / 10} for n in range(9)]
    card = card_of(SEGMENT | {"drivers": drivers})
    assert (len(card["phrases"]), len(card["other_phrases"])) == (3, 6)


@pytest.mark.parametrize(
    ("word", "kept", "dependable", "is_name_unsure"),
    [
        ("highly stable", 1.0, "dependable", False),
        ("highly stable", 0.49, "dependable", True),
        ("stable", 0.5, "mostly dependable", False),
        ("doubtful", 0.9, "doubtful", False),
        ("not to be trusted", 0.9, "not dependable", False),
        ("dissolved", 0.9, "not dependable", False),
        ("not in the sample", None, "dependability unknown", False),
    ],
)
def test_how_dependable_a_segment_and_its_name_are_is_said_in_plain_words(word, kept, dependable, is_name_unsure):
    jaccard = None if kept is None else 0.9
    card = card_of(SEGMENT, {"jaccard": jaccard, "stability": word, "name_kept": kept})
    assert (card["dependable"], card["is_name_unsure"]) == (dependable, is_name_unsure)
    carried = SEGMENT | {"since": {"status": "kept", "distance": 0.1, "other": None}}
    assert not card_of(carried, {"jaccard": jaccard, "stability": word, "name_kept": kept})["is_name_unsure"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"withheld": True, "size": 7}, "would tell of fewer than 10 customers"),
        ({"withheld": True, "size": 40}, "those of a segment of fewer than 10 customers could be worked out"),
        ({}, "This is everyone."),
    ],
)
def test_a_card_without_phrases_says_why(change, sentence):
    assert sentence in card_of(SEGMENT | {"drivers": []} | change)["nothing_told"]


@pytest.mark.parametrize(
    ("drivers", "spending", "sentence"),
    [
        (SEGMENT["drivers"][2:], SEGMENT["columns"]["spending"], "Close to the usual customer in everything."),
        (SEGMENT["drivers"][:1], quantiles(*[None] * 5), "Its figures are not shown, since they would tell of too few"),
        (SEGMENT["drivers"], SEGMENT["columns"]["spending"], ""),
    ],
)
def test_a_card_whose_phrases_are_slight_or_not_told_says_so(drivers, spending, sentence):
    segment = SEGMENT | {"drivers": drivers, "columns": SEGMENT["columns"] | {"spending": spending}}
    described = DESCRIBED | {"segments": [segment] * 2}
    for card in segment_cards.segment_cards(described, {"segments": [STEADY] * 2}, AXES, [7, 8]):
        assert card["nothing_told"].startswith(sentence) and bool(card["nothing_told"]) == bool(sentence)


@pytest.mark.parametrize(
    ("conditions", "sentence"),
    [
        ([], ""),
        (
            [{"column": "spending", "low": 512.0, "high": None}, {"column": "age", "low": None, "high": 37.0}],
            "spending at least 512 and age under 37: covers 94% of the segment, 97% of those it covers belong",
        ),
        (
            [{"column": "net_worth", "low": -2500000.0, "high": 0.25}],
            "net worth at least -2,500,000 and under 0.25: covers 94% of the segment, 97% of those it covers belong",
        ),
    ],
)
def test_a_definition_is_a_sentence(conditions, sentence):
    definition = {"conditions": conditions, "coverage": 0.94, "precision": 0.97}
    assert segment_cards.definition_sentence(definition, DESCRIBED) == sentence


@pytest.mark.parametrize(
    ("resampled", "start"),
    [
        ((0.97, "highly stable", 1.0), "Highly stable: comes back on resampled customers (Jaccard 0.97 of 1), always"),
        ((0.62, "doubtful", 0.3), "Doubtful: comes back on resampled customers (Jaccard 0.62 of 1), in 30% of the"),
        ((0.41, "dissolved", 0.0), "Dissolved: does not come back on resampled customers (Jaccard 0.41 of 1), never"),
        ((None, "not in the sample", None), "Unknown"),
    ],
)
def test_stability_is_told_in_words(resampled, start):
    jaccard, word, kept = resampled
    sentence = segment_cards.stability_sentence(
        {"jaccard": jaccard, "stability": word, "name_kept": kept}, has_carried_name=False
    )
    assert sentence.startswith(start)


def test_a_carried_name_is_held_against_the_one_that_the_rules_give():
    resampled = {"jaccard": 0.9, "stability": "stable", "name_kept": 0.5}
    sentences = [segment_cards.stability_sentence(resampled, has_carried_name) for has_carried_name in (True, False)]
    assert sentences[0].endswith("in 50% of the resamples under the name that the rules give.")
    assert sentences[1].endswith("in 50% of the resamples under its name.")


def test_what_became_of_the_accepted_segments_is_told():
    kept, split = {"status": "kept", "distance": 0.3, "other": None}, {"status": "split", "distance": None, "other": 4}
    assert segment_cards.change_since_accepted(None) == segment_cards.gone_sentence([]) == ""
    assert segment_cards.change_since_accepted(kept) == "kept, centre by 0.30 standard deviations"
    assert segment_cards.change_since_accepted(split) == "split off segment 4"
    gone = [
        {"number": 2, "name": "Old", "status": "merged", "other": 1},
        {"number": 3, "name": "Low", "status": "retired", "other": None},
    ]
    assert segment_cards.gone_sentence(gone) == "Of the accepted segments: 2 Old went into segment 1, 3 Low retired."
