"""Segments are named by the rules in their order, and no two alike."""

import numpy as np
import pytest

from segmentation.figures import words
from segmentation.pipeline.errors import ConfigurationFault
from segmentation.pipeline.schema import Feature, Profile, Rule
from segmentation.segments import naming

BIG = Rule("Big-Ticket", {"spending": "high", "orders": "low"})
VALUE = Rule("High-Value", {"spending": "high"})
ANY = Rule("Everyone", {})


def names(standings, rules, features, columns=None, high=0.7, low=0.3):
    return [name.name for name in naming.name_segments(standings, rules, features, columns or {}, high, low)]


def name_of(standing, rules, features):
    """Its name beside a segment that is its opposite."""
    return names([standing, {column: float(share < 0.5) for column, share in standing.items()}], rules, features)[0]


def test_a_single_segment_holds_all_customers():
    assert names([{"spending": 0.9}], [VALUE], ["spending"]) == ["All customers"]


@pytest.mark.parametrize(
    ("rules", "standing", "expected"),
    [
        ([BIG, VALUE], {"spending": 0.9, "orders": 0.1}, "Big-Ticket"),
        ([VALUE, BIG], {"spending": 0.9, "orders": 0.1}, "High-Value"),
        ([BIG, VALUE], {"spending": 0.9, "orders": 0.5}, "High-Value"),
        ([BIG, VALUE], {"spending": 0.7, "orders": 0.3}, "Big-Ticket"),
        ([BIG, VALUE], {"spending": 0.7, "orders": 0.301}, "High-Value"),
        ([VALUE], {"spending": 0.699, "orders": 0.9}, "High orders, fairly high spending"),
        ([VALUE, ANY], {"spending": 0.1, "orders": 0.1}, "Everyone"),
    ],
    ids=["first", "order", "all conditions", "at the bounds", "past a bound", "no rule", "catch-all"],
)
def test_the_first_rule_whose_conditions_all_hold_gives_the_name(rules, standing, expected):
    assert name_of(standing, rules, ["spending", "orders"]) == expected


def test_a_name_tells_what_earned_it():
    ruled, unruled = naming.name_segments(
        [{"spending": 0.91, "orders": 0.08}, {"spending": 0.5, "orders": 0.2}],
        [BIG],
        ["spending", "orders"],
        {},
        0.7,
        0.3,
    )
    assert ruled.because == "rule: spending high (above 91%), orders low (above 8%)"
    assert unruled.because == "no rule fits: its most distinctive features"
    assert unruled.name == "Low orders, average spending"


def test_a_segment_that_no_rule_fits_is_named_by_its_two_most_distinctive_features():
    standing = {"age": 0.45, "orders": 0.95, "spending": 0.2, "visits": 0.6, "city size": 0.0}
    assert name_of(standing, [], ["age", "orders", "spending", "visits"]) == "High orders, low spending"


@pytest.mark.parametrize(
    ("standing", "level"),
    [
        (1, "High"),
        (0.7, "High"),
        (0.69, "Fairly high"),
        (0.61, "Fairly high"),
        (0.6, "Average"),
        (0.5, "Average"),
        (0.4, "Average"),
        (0.39, "Fairly low"),
        (0.31, "Fairly low"),
        (0.3, "Low"),
        (0, "Low"),
    ],
)
def test_a_standing_is_told_in_words(standing, level):
    assert name_of({"age": standing}, [], ["age"]) == f"{level} age"


def test_segments_that_earn_one_name_are_told_apart_by_the_feature_in_which_they_differ_most():
    standings = [
        {"spending": 0.99, "orders": 0.8, "age": 0.55},
        {"spending": 0.99, "orders": 0.45, "age": 0.1},
        {"spending": 0.2, "orders": 0.9, "age": 0.5},
    ]
    given_names = naming.name_segments(standings, [VALUE], ["spending", "orders", "age"], {}, 0.7, 0.3)
    assert [name.name for name in given_names] == [
        "High-Value, average age",
        "High-Value, low age",
        "High orders, low spending",
    ]
    assert given_names[0].because == "rule: spending high (above 99%); told apart by average age"
    assert given_names[1].told_apart_by == ("age",)


def test_a_feature_in_which_both_are_high_tells_nothing_apart_where_levels_of_another_differ():
    standings = [{"spending": 0.99, "orders": 0.71, "age": 0.5}, {"spending": 0.75, "orders": 1.0, "age": 0.35}]
    assert names(standings, [VALUE], ["spending", "orders", "age"]) == [
        "High-Value, average age",
        "High-Value, fairly low age",
    ]


def test_a_second_feature_tells_apart_what_one_does_not():
    standings = [
        {"spending": 0.9, "orders": 0.9, "age": 0.5},
        {"spending": 0.9, "orders": 0.2, "age": 0.8},
        {"spending": 0.9, "orders": 0.2, "age": 0.45},
    ]
    assert names(standings, [VALUE], ["spending", "orders", "age"]) == [
        "High-Value, high orders",
        "High-Value, low orders, high age",
        "High-Value, low orders, average age",
    ]


@pytest.mark.parametrize(
    ("standings", "places"),
    [
        ((0.9, 0.8), ("higher", "lower")),
        ((0.8, 0.9), ("lower", "higher")),
        ((0.8, 0.95, 0.9), ("lowest", "highest", "middle")),
        ((0.99, 0.95, 0.9, 0.8), ("highest", "upper", "lower", "lowest")),
        ((0.7, 0.75, 0.8, 0.85, 0.9), ("lowest", "lower", "middle", "upper", "highest")),
        (
            (1, 0.95, 0.9, 0.85, 0.8, 0.7),
            ("highest", "2nd highest", "3rd highest", "4th highest", "5th highest", "lowest"),
        ),
    ],
)
def test_segments_that_differ_by_degree_only_tell_the_degree(standings, places):
    given_names = names([{"spending": standing} for standing in standings], [VALUE], ["spending"])
    assert given_names == [f"High-Value, {place} spending" for place in places]


def test_of_equal_degrees_the_next_feature_tells():
    standings = [{"spending": 0.9, "age": 0.5}, {"spending": 0.9, "age": 0.55}, {"spending": 0.8, "age": 0.5}]
    assert names(standings, [VALUE], ["spending", "age"]) == [
        "High-Value, higher spending, lower age",
        "High-Value, higher spending, higher age",
        "High-Value, lower spending",
    ]


def test_a_carried_name_stays_and_the_other_tells_what_sets_it_apart():
    standings = [{"spending": 0.9, "age": 0.8}, {"spending": 0.9, "age": 0.2}]
    given_names = naming.name_segments(standings, [VALUE], ["spending", "age"], {}, 0.7, 0.3, ["High-Value", None])
    assert [name.name for name in given_names] == ["High-Value", "High-Value, low age"]


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        ({"recency": 0.9, "net_worth": 0.55}, "Long inactive, average net worth"),
        ({"recency": 0.1, "net_worth": 0.9}, "Bought lately, high net worth"),
        ({"recency": 0.65, "net_worth": 0.5}, "Fairly high recency, average net worth"),
        ({"RFM": 0.9, "monetary": 0.35}, "High RFM score, fairly low revenue"),
    ],
)
def test_a_column_is_called_by_its_label_and_its_ends_by_the_words_of_the_data_set(standing, expected):
    columns = {
        "recency": Feature(label="Recency", high="long inactive", low="bought lately"),
        "net_worth": Feature(),
        "RFM": Feature(label="RFM score"),
        "monetary": Profile(label="Revenue"),
    }
    opposite = {column: float(share < 0.5) for column, share in standing.items()}
    assert names([standing, opposite], [], list(standing), words.in_sentences(columns))[0] == expected


def test_degrees_are_told_with_the_label():
    columns = words.in_sentences({"monetary": Feature(label="Revenue", high="high spenders")})
    rule = Rule("High-Value", {"monetary": "high"})
    expected = ["High-Value, higher revenue", "High-Value, lower revenue"]
    assert names([{"monetary": 0.9}, {"monetary": 0.8}], [rule], ["monetary"], columns) == expected


def test_a_segment_has_the_action_of_the_rule_that_gave_its_name_also_when_the_name_was_carried():
    rule = Rule("High-Value", {"spending": "high"}, action="keep them")
    standings = [{"spending": 0.9}, {"spending": 0.8}, {"spending": 0.5}]
    carried = [None, None, "High-Value, lower spending"]
    given_names = naming.name_segments(standings, [rule], ["spending"], {}, 0.7, 0.3, carried)
    assert [name.action for name in given_names] == ["keep them"] * 3
    assert naming.name_segments(standings[1:], [], ["spending"], {}, 0.7, 0.3)[0].action == ""


def test_segments_that_no_feature_tells_apart_are_numbered():
    standings = [{"spending": 0.9}, {"spending": 0.2}, {"spending": 0.9}]
    assert names(standings, [VALUE], ["spending"]) == ["High-Value (1)", "Low spending", "High-Value (2)"]


def test_a_number_does_not_repeat_a_name_that_a_rule_gave():
    rules = [VALUE, Rule("High-Value (1)", {"spending": "low"})]
    given_names = names([{"spending": 0.9}, {"spending": 0.9}, {"spending": 0.2}], rules, ["spending"])
    assert len(set(given_names)) == 3, given_names


def test_a_rule_on_a_column_of_words_is_refused():
    text = "names: rule 'City folk' asks for the level of 'city', which holds no numbers"
    with pytest.raises(ConfigurationFault, match=text):
        names([{"spending": 0.5}], [VALUE, Rule("City folk", {"city": "high"})], ["spending"])


@pytest.mark.parametrize("seed", range(40))
def test_all_names_differ(seed):
    generator = np.random.default_rng(seed)
    features = list("abcd")[: generator.integers(1, 5)]
    columns = [*features, "profile"]
    rules = [
        Rule(f"R{generator.integers(3)}", {column: str(generator.choice(["high", "low"]))})
        for column in generator.choice(columns, generator.integers(0, 4))
    ]
    grid = generator.choice([0.1, 0.35, 0.5, 0.65, 0.9], (generator.integers(1, 13), len(columns)))
    standings = [dict(zip(columns, row, strict=True)) for row in grid.tolist()]
    given_names = names(standings, rules, features)
    assert len(set(given_names)) == len(standings)
    assert names(standings, rules, features) == given_names


def test_many_segments_of_one_name_have_places_as_one_says_them():
    standings = [{"spending": 0.71 + number / 100} for number in range(24)]
    given_names = names(standings, [VALUE], ["spending"])
    assert given_names[0] == "High-Value, lowest spending" and given_names[-1] == "High-Value, highest spending"
    for place in ("2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "23rd"):
        assert f"High-Value, {place} highest spending" in given_names


def test_what_earned_a_name_is_told_in_the_words_of_the_data_set():
    (name, _) = naming.name_segments(
        [{"monetary": 0.9}, {"monetary": 0.5}],
        [Rule("High-Value", {"monetary": "high"})],
        ["monetary"],
        {"monetary": Feature(label="revenue")},
        0.7,
        0.3,
    )
    assert name.because == "rule: revenue high (above 90%)"
