"""How numbers, shares, names and states of segments are written."""

import pytest

from segmentation.figures import words
from segmentation.pipeline.schema import Feature


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (float("nan"), "-"),
        (0, "0"),
        (0.012345, "0.0123"),
        (-0.5, "-0.5"),
        (1, "1.0"),
        (12.345, "12.3"),
        (100, "100"),
        (-1234567.8, "-1,234,568"),
    ],
)
def test_a_number_has_no_more_digits_than_a_reader_takes_in(value, text):
    assert words.format_number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (float("nan"), "-"), (26.0, "26"), (1234.0, "1,234"), (43.45, "43.5"), (-3.0, "-3")],
)
def test_whole_values_have_no_decimals(value, text):
    assert words.format_exact(value) == text


TICKS = {
    0: "0", 0.2: "0.2", 1e-5: "0.00001", 2: "2", 500: "500", -40: "-40", 2500: "2,500", 9999: "9,999", 10_000: "10k",
    12_500: "12.5k", 1.5e6: "1.5M", -2e6: "-2M", 3e9: "3bn", 4e12: "4tn",
    999_999: "1M", 999_499: "999k", -999_999_999: "-1bn", 1e15: "1,000tn",
}  # fmt: skip


@pytest.mark.parametrize("value", TICKS)
def test_a_tick_is_written_as_people_write_it(value):
    assert words.format_tick(value) == TICKS[value]


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "-"), (0, "0%"), (1e-9, "under 1%"), (0.0049, "under 1%"), (0.006, "1%"), (0.014, "1%"),
        (0.94, "94%"), (0.9949, "99%"), (0.995, "over 99%"), (1 - 1e-9, "over 99%"), (1, "100%"),
    ],
)  # fmt: skip
def test_what_is_not_quite_nothing_or_everything_is_not_called_so(share, text):
    assert words.format_share(share) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("purchase_frequency", "purchase frequency"),
        ("_hidden_", "_hidden_"),
        ("a.b", "a.b"),
        ("a__b", "a__b"),
        ("", ""),
    ],
)
def test_a_name_is_spelt_as_words(name, text):
    assert words.spell_out(name) == text


def test_a_label_stands_in_lines_beside_a_chart_and_is_never_cut_where_two_names_differ():
    assert words.segment_label({"segment": 3, "name": "High-Value"}) == "3  High-Value"
    long = "Active Customers, fairly {} monetary, bought lately"
    labels = [words.segment_label({"segment": 3, "name": long.format(word)}) for word in ("low", "high")]
    assert labels[0] == "3  Active Customers, fairly\nlow monetary, bought lately" and labels[0] != labels[1]
    lines = words.segment_label({"segment": 12, "name": "x" * 150 + "A" * 150}).split("\n")
    assert max(map(len, lines)) <= 28 and len(lines) <= 5 and lines[-1].endswith("A")


@pytest.mark.parametrize(("length", "text"), [(6, "abcdef"), (5, "ab…ef"), (4, "ab…f"), (1, "…")])
def test_a_text_is_shortened_in_its_middle(length, text):
    assert words.shortened("abcdef", length) == text


@pytest.mark.parametrize(
    ("status", "distance", "counterpart", "text"),
    [
        ("kept", 0.3, None, "kept, centre by 0.30"),
        ("moved", 1.234, None, "moved, centre by 1.23"),
        ("split", 0.3, "3 Old", "split off 3 Old"),
        ("merged", 0.3, "2 Big", "went into 2 Big"),
        ("retired", 0.3, None, "retired"),
        ("new", 0.3, None, "new"),
    ],
)
def test_what_became_of_a_segment_in_words(status, distance, counterpart, text):
    assert words.status_words(status, distance, counterpart) == text


def test_a_column_has_its_unit_behind_it_where_it_has_one():
    assert words.column_title("Net worth", "dollars") == "Net worth (dollars)"
    assert words.column_title("Net worth", "") == "Net worth"


@pytest.mark.parametrize(
    ("label", "within"),
    [("Revenue", "revenue"), ("RFM score", "RFM score"), ("orders", "orders"), ("Days since", "days since"), ("", "")],
)
def test_a_label_within_a_sentence_begins_small_unless_it_is_an_abbreviation(label, within):
    assert words.within_sentence(label) == within


@pytest.mark.parametrize(("label", "called"), [("", "net worth"), ("Fortune", "Fortune")])
def test_a_column_without_a_label_is_called_by_its_name_as_words(label, called):
    assert words.column_label("net_worth", label) == called


def test_the_value_column_has_a_label_though_it_is_no_feature():
    columns = {"recency": Feature(label="Recency"), "net_worth": Feature()}
    assert words.labels(columns, "total_spent") == {
        "total_spent": "total spent", "recency": "Recency", "net_worth": "net worth",
    }  # fmt: skip
    assert words.labels(columns, "recency") == words.labels(columns, None)
    assert [column.label for column in words.in_sentences(columns).values()] == ["recency", "net worth"]


def test_a_text_is_cut_to_a_length_with_a_mark_at_its_end():
    assert words.cut("abcdef", 6) == "abcdef"
    assert words.cut("abcdefg", 6) == "abcde…"
    assert words.cut(None, 6) == ""


def test_a_sample_is_named_where_it_does_not_hold_everyone():
    assert words.sample_note({"customers": 1500, "sampled_customers": 1499}) == "a sample of 1,499 customers"
    assert words.sample_note({"customers": 1500, "sampled_customers": 1500}) == ""
