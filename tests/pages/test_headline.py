"""The headline: who brings most of the value, and who else is many."""

import pytest

from segmentation.pages.headline import headline
from segmentation.pipeline.schema import QUANTILES

USUAL = dict.fromkeys((*QUANTILES, "mean"), 50.0) | {"described_by": "median", "is_usual": True}


def described(*segments, value="revenue"):
    """Segments of a name, a share, a share of the value, and a median recency."""
    return {
        "customers": 1000,
        "value": value,
        "segments": [
            {
                "name": name, "size": int(1000 * share), "share": share, "value_share": value_share,
                "columns": {"recency": dict.fromkeys((*QUANTILES, "mean"), recency)},
                "drivers": [{"column": "recency", "difference": (recency - 50) / 50}] if recency else [],
            }
            for name, share, value_share, recency in segments
        ],
        "all": {"recency": USUAL, "revenue": USUAL},
        "units": {"recency": "days since the last order", "revenue": "pounds"},
        "labels": {"recency": "Recency", "revenue": "Revenue"},
    }  # fmt: skip


FEW = ("High-Value", 0.17, 0.65, 9.0), ("Active", 0.47, 0.29, 40.0), ("Lapsed", 0.36, 0.06, 183.0)


def test_it_names_the_fewest_who_bring_most_and_the_largest_of_the_others():
    lapsed = FEW[0], ("Active", 0.3, 0.29, 40.0), ("Lapsed", 0.53, 0.06, 183.0)
    assert headline(described(*lapsed)) == (
        "17% of your customers bring 65% of revenue: High-Value. 53% are Lapsed: recency typically 183 days since the "
        "last order, 3.7 times the usual 50."
    )


def test_several_segments_together_bring_most():
    both = ("A", 0.1, 0.3, 9.0), ("B", 0.2, 0.3, 90.0), ("C", 0.7, 0.4, 50.0)
    assert headline(described(*both)).startswith("30% of your customers bring 60% of revenue: A and B. 70% are C.")


def test_names_with_commas_are_kept_apart():
    both = ("A, low x", 0.1, 0.3, 9.0), ("B, high x", 0.2, 0.3, 90.0), ("C", 0.7, 0.4, 50.0)
    assert "of revenue: A, low x; B, high x. 70%" in headline(described(*both))


def test_many_segments_that_bring_most_are_counted_and_not_named():
    many = [(f"S{n}", 0.1, 0.14, 50.0) for n in range(4)] + [("Rest", 0.6, 0.44, 50.0)]
    assert headline(described(*many)).startswith(
        "40% of your customers bring 56% of revenue: 4 of the 5 segments. 60% are"
    )


@pytest.mark.parametrize(
    "segments",
    [
        [("A", 0.6, 0.62, 9.0), ("B", 0.4, 0.38, 90.0)],  # spread evenly
        [("A", 0.6, None, 9.0), ("B", 0.4, None, 90.0)],  # values below 0, or no value column
        [("A", 0.6, None, 9.0), ("B", 0.4, 0.9, 90.0)],  # one is withheld
    ],
)
def test_without_a_value_to_tell_the_two_largest_are_described(segments):
    text = headline(described(*segments))
    assert text == (
        "60% are A: recency typically 9 days since the last order, 18% of the usual 50. 40% are B: recency typically "
        "90 days since the last order, 1.8 times the usual 50."
    )


def test_a_segment_of_which_nothing_is_told_is_named_only():
    assert headline(described(("A", 0.7, None, None), ("B", 0.3, None, None))) == "70% are A. 30% are B."


def test_one_segment_is_everyone():
    assert headline(described(("All customers", 1.0, 1.0, None))) == "All 1,000 customers are in one segment."


def test_a_tiny_share_begins_the_sentence_with_a_capital():
    tiny = ("Whales", 0.002, 0.8, 9.0), ("Others", 0.998, 0.2, 50.0)
    assert headline(described(*tiny)).startswith(
        "Under 1% of your customers bring 80% of revenue: Whales. Over 99% are"
    )


def test_names_from_right_to_left_are_isolated():
    text = headline(described(("عملاء", 0.2, 0.8, 9.0), ("B", 0.8, 0.2, 50.0)))
    assert "revenue: \u2068عملاء\u2069." in text
