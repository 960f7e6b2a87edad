"""What is told of the segments, against pandas."""

from segmentation import profile

import numpy as np
import pandas as pd
import pytest

COLUMNS = ["spending", "age", "city"]


@pytest.fixture(scope="module")
def frame():
    generator = np.random.default_rng(8)
    spending = generator.lognormal(5, 1, 300)
    spending[::29] = np.nan
    age = generator.integers(18, 90, 300)
    return pd.DataFrame({"spending": spending, "age": age, "city": generator.choice(["Bonn", "Köln", "Ulm"], 300)})


@pytest.fixture(scope="module")
def segment():
    return np.random.default_rng(9).choice([1, 2, 3], 300, p=[0.2, 0.3, 0.5])


def test_sizes_shares_and_statistics_are_those_of_pandas(frame, segment):
    described = profile.describe(frame, segment, COLUMNS, "spending")
    assert described["customers"] == 300 and described["value"] == "spending"
    groups = frame.groupby(segment)
    for one in described["segments"]:
        members = groups.get_group(one["segment"])
        assert (one["size"], one["share"]) == (len(members), len(members) / 300)
        assert one["value_share"] == pytest.approx(members["spending"].sum() / frame["spending"].sum())
        for name in ("spending", "age"):
            lower, median, upper = members[name].quantile([0.25, 0.5, 0.75])
            below, equal = (frame[name] < median).sum(), (frame[name] == median).sum()
            assert one["columns"][name] == pytest.approx(
                {
                    "mean": members[name].mean(),
                    "median": median,
                    "lower_quartile": lower,
                    "upper_quartile": upper,
                    "ratio": members[name].mean() / frame[name].mean(),
                    "standing": (below + equal / 2) / frame[name].count(),
                }
            )
        top = members["city"].value_counts(normalize=True)
        assert {entry["word"]: entry["share"] for entry in one["columns"]["city"]["top"]} == pytest.approx(
            top.to_dict()
        )
    assert [one["segment"] for one in described["segments"]] == [1, 2, 3]
    assert sum(one["size"] for one in described["segments"]) == 300
    assert sum(one["value_share"] for one in described["segments"]) == pytest.approx(1)
    assert described["all"]["age"] == pytest.approx(
        {
            "mean": frame["age"].mean(),
            "median": frame["age"].median(),
            "lower_quartile": frame["age"].quantile(0.25),
            "upper_quartile": frame["age"].quantile(0.75),
        }
    )


def test_the_order_of_the_customers_changes_no_description(frame, segment):
    order = np.random.default_rng(0).permutation(300)
    one = profile.describe(frame, segment, COLUMNS, "spending")
    other = profile.describe(frame.iloc[order].reset_index(drop=True), segment[order], COLUMNS, "spending")
    pd.testing.assert_frame_equal(wide(one), wide(other), rtol=1e-12)


@pytest.mark.parametrize(
    ("median", "expected"),
    [(0, 0), (1, 0.125), (2, 0.5), (2.5, 0.75), (3, 0.8125), (4, 0.9375), (5, 1)],
)
def test_standing_counts_customers_with_the_same_value_half(median, expected):
    assert profile.standing(median, np.array([1, 1, 2, 2, 2, 2, 3, 4])) == expected


def test_standings_are_of_numeric_columns_and_in_the_middle_without_a_value():
    frame = pd.DataFrame({"x": [1.0, 2, np.nan, np.nan], "y": [4, 3, 2, 1], "word": list("abcd")})
    first, second = profile.describe(frame, np.array([1, 1, 2, 2]), ["x", "y", "word"], None)["segments"]
    assert profile.standings(first) == {"x": 0.5, "y": 0.75}
    assert profile.standings(second) == {"x": 0.5, "y": 0.25}
    assert "standing" not in second["columns"]["x"] and np.isnan(second["columns"]["x"]["mean"])


@pytest.mark.parametrize("value", [None, "nothing"])
def test_without_a_value_there_is_no_share_of_it(value):
    frame = pd.DataFrame({"x": [1, 2], "nothing": [0, 0]})
    described = profile.describe(frame, np.array([1, 2]), ["x"], value)
    assert [one["value_share"] for one in described["segments"]] == [None, None]


def test_there_is_no_ratio_to_a_mean_of_zero():
    described = profile.describe(pd.DataFrame({"x": [-1, 1]}), np.array([1, 2]), ["x"], None)
    assert [one["columns"]["x"]["ratio"] for one in described["segments"]] == [None, None]


def test_of_words_the_five_most_frequent_are_told_ties_in_alphabetical_order():
    words = ["b"] * 3 + ["a"] * 3 + ["f"] * 4 + ["e", "d", "c"] * 2 + ["a person's own", None, None]
    described = profile.describe(pd.DataFrame({"w": words}), np.ones(19, dtype=int), ["w"], None)
    top = described["all"]["w"]["top"]
    assert [entry["word"] for entry in top] == ["f", "a", "b", "c", "d"]
    assert [entry["share"] for entry in top] == pytest.approx([4 / 17, 3 / 17, 3 / 17, 2 / 17, 2 / 17])


def wide(described):
    for one in described["segments"]:
        one["name"] = f"N{one['segment']}"
    return profile.wide(described)


def test_the_table_for_spreadsheets_has_a_row_per_segment(frame, segment):
    described = profile.describe(frame, segment, COLUMNS, "spending")
    table = wide(described)
    assert table.columns[:5].tolist() == ["segment", "name", "size", "share", "value_share"]
    assert table["name"].tolist() == ["N1", "N2", "N3"]
    means = frame.groupby(segment)[["spending", "age"]].mean()
    assert table[["spending_mean", "age_mean"]].to_numpy() == pytest.approx(means.to_numpy())
    frequent = frame.groupby(segment)["city"].agg(lambda words: words.value_counts(normalize=True).max())
    assert table["city_most_frequent_share"].to_numpy() == pytest.approx(frequent.to_numpy())


def test_a_segment_without_any_word_has_none_in_the_table():
    frame = pd.DataFrame({"w": ["a", "a", None]})
    table = wide(profile.describe(frame, np.array([1, 1, 2]), ["w"], None))
    assert table["w_most_frequent"].isna().tolist() == [False, True]


def test_boxes_are_quantiles_by_segment(frame, segment):
    drawn = profile.boxes(frame, segment, ["age", "spending"])
    assert list(drawn) == ["age", "spending"]
    for name, stats in drawn.items():
        for number, box in enumerate(stats, 1):
            members = frame[name][segment == number].dropna()
            expected = np.quantile(members, [0.05, 0.25, 0.5, 0.75, 0.95])
            assert [box[key] for key in ("whislo", "q1", "med", "q3", "whishi")] == pytest.approx(expected)
