"""The cards of the segments: their sentences."""

import pytest

from segmentation.figures import palette
from segmentation.pages import segment_cards

SEGMENT = {
    "columns": {"spending": {"median": 512.0, "mean": 600.0}, "age": {"median": 37.5, "mean": 40.0}},
    "drivers": [
        {"column": "spending", "difference": 1.5},
        {"column": "city", "difference": -0.6, "word": "Köln", "share": 0.1, "lift": 0.25},
        {"column": "age", "difference": 0.1},
    ],
}
EVERYONE = {
    "spending": {"median": 100.0, "mean": 120.0, "described_by": "median"},
    "age": {"median": 37.5, "mean": 40.0, "described_by": "median"},
}
NO_UNIT = {"spending": ""}
UNITS = {"spending": "dollars a year", "age": "", "city": ""}
LABELS = {"spending": "Spending", "age": "Age", "city": "City", "net_worth": "Net worth"}


def test_phrases_tell_the_drivers_in_original_units_and_leave_out_slight_ones():
    assert segment_cards.driver_phrases(SEGMENT, EVERYONE, UNITS, LABELS) == [
        {"column": "Spending", "what": "512 dollars a year", "beside": "5.1 times the usual 100"},
        {"column": "City", "what": "Köln for 10%", "beside": "of all customers 40%"},
    ]


def test_at_most_three_phrases_make_a_card():
    drivers = [{"column": "spending", "difference": 2 - n / 10} for n in range(9)]
    assert len(segment_cards.driver_phrases(SEGMENT | {"drivers": drivers}, EVERYONE, UNITS, LABELS)) == 3


@pytest.mark.parametrize(
    ("median", "usual", "beside"),
    [
        (150.0, 100.0, "1.5 times the usual 100"),
        (149.0, 100.0, "above the usual 100"),
        (26.0, 39.0, "67% of the usual 39"),
        (30.0, 39.0, "below the usual 39"),
        (48.0, 39.0, "above the usual 39"),
        (39.04, 39.01, "about the usual 39.0"),
        (5.0, 0.0, "above the usual 0"),
        (0.0, 4.0, "below the usual 4"),
        (-5.0, -4.0, "below the usual -4"),
        (4.0, None, ""),
    ],
)
def test_a_median_is_set_beside_the_usual(median, usual, beside):
    columns = {"spending": {"median": median}}
    everyone = {"spending": {"median": usual, "described_by": "median"}}
    phrases = segment_cards.driver_phrases(SEGMENT | {"columns": columns}, everyone, UNITS, LABELS)
    assert phrases[0]["beside"] == beside


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
    assert segment_cards.definition_sentence(definition, LABELS) == sentence


@pytest.mark.parametrize(
    ("resampled", "start"),
    [
        ((0.97, "highly stable", 1.0), "Highly stable: comes back on resampled customers (Jaccard 0.97 of 1), always"),
        ((0.62, "doubtful", 0.3), "Doubtful: comes back on resampled customers (Jaccard 0.62 of 1), in 30% of the"),
        ((0.41, "dissolved", 0.0), "Dissolved: does not come back"),
        ((None, "not in the sample", None), "Unknown"),
    ],
)
def test_stability_is_told_in_words(resampled, start):
    jaccard, word, kept = resampled
    sentence = segment_cards.stability_sentence(
        {"jaccard": jaccard, "stability": word, "name_kept": kept}, is_carried=False
    )
    assert sentence.startswith(start)


@pytest.mark.parametrize("median", [100.0, None])
def test_a_median_that_is_the_usual_one_or_not_told_is_no_phrase(median):
    same = SEGMENT | {"columns": {**SEGMENT["columns"], "spending": {"median": median}}}
    assert [phrase["column"] for phrase in segment_cards.driver_phrases(same, EVERYONE, UNITS, LABELS)] == ["City"]


def test_a_column_of_codes_is_told_by_its_mean_and_one_of_0_and_1_by_a_share():
    columns = {"spending": {"median": 1.0, "mean": 0.75}, "age": {"median": 2.0, "mean": 1.25}}
    everyone = {
        "spending": {"median": 1.0, "mean": 0.625, "described_by": "share"},
        "age": {"median": 2.0, "mean": 2.5, "described_by": "mean"},
    }
    drivers = [{"column": "spending", "difference": 1.5}, {"column": "age", "difference": -0.6}]
    phrases = segment_cards.driver_phrases({"columns": columns, "drivers": drivers}, everyone, UNITS | NO_UNIT, LABELS)
    assert [(phrase["what"], phrase["beside"]) for phrase in phrases] == [
        ("75%", "above the usual 62%"),
        ("1.2", "50% of the usual 2.5"),
    ]


def test_a_carried_name_is_held_against_the_one_that_the_rules_give():
    resampled = {"jaccard": 0.9, "stability": "stable", "name_kept": 0.5}
    sentences = [segment_cards.stability_sentence(resampled, is_carried) for is_carried in (True, False)]
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


def test_a_card_holds_what_its_segment_is_and_leaves_out_the_lift_where_there_are_no_words():
    known = {
        "because": "spending is high",
        "action": "keep them",
        "size": 40,
        "share": 0.4,
        "value_share": 0.6,
        "borderline_share": 0.1,
    }
    first = SEGMENT | known | {
        "segment": 2, "name": "Big", "since": None, "typical": {"age": 37.0}, "withheld": False,
        "definition": {"conditions": [], "coverage": None, "precision": None},
    }  # fmt: skip
    second = first | {"segment": 5, "drivers": SEGMENT["drivers"][:1]}
    steady = {"jaccard": 0.9, "stability": "stable", "name_kept": 1.0}
    segments = {"segments": [first, second], "all": EVERYONE, "labels": LABELS, "units": UNITS | {"age": "years"}}
    segments["least"] = 10
    cards = list(segment_cards.segment_cards(segments, {"segments": [steady, steady]}))
    assert [(card["segment"], card["colour"]) for card in cards] == [(n, palette.colour(n)) for n in (2, 5)]
    assert cards[0]["action"] == "keep them"
    assert cards[0]["typical"] == [("Age", "37", "years")] and cards[0]["withheld"] is None
    assert cards[0]["drivers"] == [
        ("Spending", "+1.50", "512", "100", ""), ("City", "-0.60", "Köln: 10%", "40%", "0.25"),
        ("Age", "+0.10", "37.5", "37.5", ""),
    ]  # fmt: skip
    assert cards[1]["drivers"] == [("Spending", "+1.50", "512", "100")]


def test_the_card_of_a_withheld_segment_says_of_how_few_customers_it_would_tell():
    blank = {"columns": {name: {"median": None, "mean": None} for name in EVERYONE}, "drivers": [], "typical": None}
    known = dict.fromkeys(("because", "action", "size", "share", "value_share", "borderline_share", "since", "name"))
    undefined = {"conditions": [], "coverage": None, "precision": None}
    segment = {**blank, **known, "segment": 1, "withheld": True, "definition": undefined}
    segments = {"segments": [segment], "all": EVERYONE, "labels": LABELS, "units": UNITS, "least": 10}
    unknown = {"jaccard": None, "stability": "not in the sample", "name_kept": None}
    (card,) = segment_cards.segment_cards(segments, {"segments": [unknown]})
    assert card["withheld"] == 10 and not any(card[key] for key in ("phrases", "definition", "typical", "drivers"))
