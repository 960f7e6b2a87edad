"""What is told of the segments, against pandas."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from segmentation.pipeline import schema
from segmentation.segments import naming, profile

COLUMNS = ["spending", "age", "city"]


def describe(frame, segment, columns, value, cuts=(), step=1, least=1):
    """The description from tallies of the table cut into parts and every `step`-th customer."""
    k, table = max(segment), pa.Table.from_pandas(frame, preserve_index=False)
    rows = np.split(np.arange(len(frame)), cuts)
    sizes, sums = zip(*(profile.tally(table.take(part), segment[part], k) for part in rows), strict=True)
    total = {name: sum(part[name] for part in sums) for name in sums[0]}
    return profile.profile_segments(
        sum(sizes), total, table.take(np.arange(0, len(frame), step)), segment[::step], columns, value, least
    )


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
    described = describe(frame, segment, COLUMNS, "spending")
    assert described["customers"] == described["sampled_customers"] == 300 and described["value"] == "spending"
    groups = frame.groupby(segment)
    for profiled in described["segments"]:
        members = groups.get_group(profiled["segment"])
        assert (profiled["size"], profiled["share"]) == (len(members), len(members) / 300)
        assert profiled["value_share"] == pytest.approx(members["spending"].sum() / frame["spending"].sum())
        for name in ("spending", "age"):
            pairs = np.sign(np.subtract.outer(members[name].dropna().to_numpy(), frame[name].dropna().to_numpy()))
            statistics = dict(profiled["columns"][name])
            assert statistics.pop("standing") in (0.5, pytest.approx((pairs > 0).sum() / (pairs != 0).sum()))
            assert statistics == pytest.approx(
                {
                    "mean": members[name].mean(),
                    **{key: members[name].quantile(share) for key, share in schema.QUANTILES.items()},
                    "ratio": members[name].mean() / frame[name].mean(),
                }
            )
        top = members["city"].value_counts(normalize=True)
        assert {entry["word"]: entry["share"] for entry in profiled["columns"]["city"]["top"]} == pytest.approx(
            top.to_dict()
        )
    assert [profiled["segment"] for profiled in described["segments"]] == [1, 2, 3]
    assert sum(profiled["size"] for profiled in described["segments"]) == 300
    assert sum(profiled["value_share"] for profiled in described["segments"]) == pytest.approx(1)
    assert described["all"]["age"] == pytest.approx(
        {
            "mean": frame["age"].mean(),
            **{key: frame["age"].quantile(share) for key, share in schema.QUANTILES.items()},
            "described_by": "median",
            "is_usual": True,
        }
    )


def test_the_order_of_the_customers_changes_no_description(frame, segment):
    order = np.random.default_rng(0).permutation(300)
    whole = describe(frame, segment, COLUMNS, "spending")
    changed = describe(frame.iloc[order].reset_index(drop=True), segment[order], COLUMNS, "spending")
    pd.testing.assert_frame_equal(wide(whole), wide(changed), rtol=1e-12)


def test_cutting_the_table_into_parts_changes_no_description(frame, segment):
    whole = describe(frame, segment, COLUMNS, "spending", step=7)
    changed = describe(frame, segment, COLUMNS, "spending", cuts=(1, 1, 70, 299), step=7)
    pd.testing.assert_frame_equal(wide(whole), wide(changed), rtol=1e-12)


def test_from_a_sample_sums_are_exact_and_ranks_are_near():
    generator = np.random.default_rng(3)
    segment = generator.choice([1, 2], 100_000, p=[0.1, 0.9])
    spending = generator.lognormal(5 - segment, 1)
    frame = pd.DataFrame({"spending": spending, "city": generator.choice(["Bonn", "Ulm"], 100_000, p=[0.3, 0.7])})
    exact = describe(frame, segment, ["spending", "city"], "spending")
    near = describe(frame, segment, ["spending", "city"], "spending", step=10)
    assert (near["customers"], near["sampled_customers"]) == (100_000, 10_000)
    assert near["all"]["spending"]["mean"] == exact["all"]["spending"]["mean"]
    for expected, profiled in zip(exact["segments"], near["segments"], strict=True):
        assert profiled["sampled_customers"] == (segment[::10] == expected["segment"]).sum()
        assert all(expected[key] == profiled[key] for key in ("size", "share", "value_share"))
        of_all, of_sample = expected["columns"]["spending"], profiled["columns"]["spending"]
        assert (of_all["mean"], of_all["ratio"]) == (of_sample["mean"], of_sample["ratio"])
        assert of_sample["standing"] == pytest.approx(of_all["standing"], abs=0.02)
        assert of_sample["median"] != of_all["median"]
        members = np.sort(spending[segment == expected["segment"]])
        for key, rank in {"lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75}.items():
            assert np.searchsorted(members, of_sample[key]) / len(members) == pytest.approx(rank, abs=0.04)
        assert profiled["columns"]["city"]["top"][0]["share"] == pytest.approx(0.7, abs=0.05)


def test_a_segment_that_the_sample_misses_has_sums_and_stands_where_its_mean_does():
    frame = pd.DataFrame({"x": [1.0, 90, 2, 3, 3, 5], "rare": [np.nan, 7, *[np.nan] * 4], "word": list("abbbbb")})
    segment = np.array([2, 1, 2, 2, 2, 2])
    described = describe(frame, segment, ["x", "rare", "word"], "x", step=2, least=2)
    missed = described["segments"][0]
    assert (missed["size"], missed["sampled_customers"], missed["value_share"]) == (1, 0, pytest.approx(90 / 104))
    x, rare = missed["columns"]["x"], missed["columns"]["rare"]
    assert (x["mean"], x["standing"], rare["mean"]) == (90, 1, 7)
    assert np.isnan([x["median"], x["lower_quartile"], rare["median"], rare["standing"]]).all()
    assert missed["columns"]["word"]["top"] == []
    assert described["all"]["word"]["top"] == [{"word": "b", "share": 2 / 3}]  # one sampled customer alone has an a
    assert wide(described)["sampled_customers"].tolist() == [0, 3]


FREQUENT = np.repeat([1.0, 2, 3], [970, 20, 10])  # nearly all customers share the lowest value


@pytest.mark.parametrize(
    ("members", "population", "expected"),
    [
        ([1, 2], np.arange(1.0, 5), 1 / 6),
        ([3], np.arange(1.0, 5), 2 / 3),
        ([4, 4], np.arange(1.0, 5), 1),
        ([5], np.arange(1.0, 5), 1),
        ([1] * 5, FREQUENT, 0),
        ([3] * 5, FREQUENT, 1),
        ([2] * 5, FREQUENT, 97 / 98),
        ([1] * 9 + [2], FREQUENT, 0.5),  # more than elsewhere, and yet the median customer has the lowest value
        ([1] * 99 + [2], FREQUENT, (970 / 100) / (970 / 100 + 0.99 * 30 + 10 / 100)),
        (FREQUENT, FREQUENT, 0.5),
        ([3] * 5, 4 - FREQUENT[::-1], 1),
        ([3] * 9 + [1], 4 - FREQUENT[::-1], 0.5),
        ([7, 7], np.full(9, 7.0), 0.5),
    ],
)
def test_a_customer_of_the_segment_has_the_higher_value_so_often_where_the_two_differ(members, population, expected):
    assert profile.standing(np.array(members, dtype=float), population) == pytest.approx(expected)


def test_turning_a_column_upside_down_turns_standings():
    generator = np.random.default_rng(5)
    for _ in range(50):
        population = np.sort(generator.poisson(generator.uniform(0.05, 3), 200).astype(float))
        members = generator.choice(population, 30)
        turned = profile.standing(-members, np.sort(-population))
        assert turned == pytest.approx(1 - profile.standing(members, population))


@pytest.mark.parametrize(
    ("share", "mean", "level"),
    [
        (0.5, 0.5, "average"),
        (0.5, 1.0, "high"),
        (0.5, 0.0, "low"),
        (0.03, 0.0, "low"),
        (0.03, 0.03, "average"),
        (0.03, 0.3, "average"),  # ten times as many as elsewhere, and yet most have none
        (0.03, 0.6, "high"),
        (0.97, 1.0, "high"),
        (0.97, 0.9, "average"),
        (0.97, 0.4, "low"),
    ],
)
def test_both_words_can_be_earned_in_a_column_of_codes(share, mean, level):
    population = np.repeat([0.0, 1], [round(1000 * (1 - share)), round(1000 * share)])
    members = np.repeat([0.0, 1], [round(100 * (1 - mean)), round(100 * mean)])
    assert naming._level(profile.standing(members, population), 0.7, 0.3) == level


def test_without_a_known_value_there_is_no_standing():
    assert np.isnan([profile.standing(np.ones(0), np.ones(20)), profile.standing(np.ones(1), np.ones(0))]).all()


@pytest.mark.parametrize(
    ("codes", "described_by"),
    [((0, 1), "share"), ((1, 2), "mean"), ((0, 1, 2), "mean"), (range(10), "mean"), (range(11), "median")],
)
def test_columns_of_few_values_are_described_by_means_or_shares(codes, described_by):
    values = np.repeat(np.array(codes, dtype=float), 10)
    for few, expected in ((values, described_by), (values[1:], "median")):
        described = describe(pd.DataFrame({"x": few}), np.ones(len(few), dtype=int), ["x"], None)
        assert described["all"]["x"]["described_by"] == expected


def test_standings_are_of_numeric_columns_and_in_the_middle_without_a_value():
    frame = pd.DataFrame({"x": [1.0, 2, np.nan, np.nan], "y": [4, 3, 2, 1], "word": list("abcd")})
    first, second = describe(frame, np.array([1, 1, 2, 2]), ["x", "y", "word"], None)["segments"]
    assert profile.standings(first) == {"x": 0.5, "y": 5 / 6}
    assert profile.standings(second) == {"x": 0.5, "y": 1 / 6}
    assert np.isnan([second["columns"]["x"][key] for key in ("mean", "median", "ratio", "standing")]).all()


@pytest.mark.parametrize("value", [None, "nothing", "refunds", "unknown"])
def test_without_a_value_there_is_no_share_of_it(value):
    frame = pd.DataFrame({"x": [1, 2], "nothing": [0, 0], "refunds": [5, -1], "unknown": [np.nan, np.nan]})
    described = describe(frame, np.array([1, 2]), ["x"], value)
    assert [profiled["value_share"] for profiled in described["segments"]] == [None, None]


def test_there_is_no_ratio_to_a_mean_of_zero():
    described = describe(pd.DataFrame({"x": [-1, 1]}), np.array([1, 2]), ["x"], None)
    assert [profiled["columns"]["x"]["ratio"] for profiled in described["segments"]] == [None, None]


def test_of_words_the_five_most_frequent_are_told_ties_in_alphabetical_order():
    words = ["b"] * 3 + ["a"] * 3 + ["f"] * 4 + ["e", "d", "c"] * 2 + ["a person's own", None, None]
    described = describe(pd.DataFrame({"w": words}), np.ones(19, dtype=int), ["w"], None, least=2)
    top = described["all"]["w"]["top"]
    assert [entry["word"] for entry in top] == ["f", "a", "b", "c", "d"]
    assert [entry["share"] for entry in top] == pytest.approx([4 / 17, 3 / 17, 3 / 17, 2 / 17, 2 / 17])


def test_standings_from_columns_alone_are_those_of_the_description(frame, segment):
    frame = frame.assign(unknown=np.where(segment == 2, np.nan, frame["age"]))
    columns = {name: frame[name].to_numpy(dtype=float) for name in ("spending", "age", "unknown")}
    described = describe(frame, segment, [*columns, "city"], None)
    standings = profile.standings_of(columns, segment - 1, 3)
    assert standings == [profile.standings(profiled) for profiled in described["segments"]]
    assert standings[1]["unknown"] == 0.5


def wide(described):
    for profiled in described["segments"]:
        profiled["name"] = f"N{profiled['segment']}"
    return profile.wide(described)


def test_the_table_for_spreadsheets_has_a_row_per_segment(frame, segment):
    described = describe(frame, segment, COLUMNS, "spending")
    table = wide(described)
    assert table.columns[:5].tolist() == ["segment", "name", "size", "share", "value_share"]
    assert table["name"].tolist() == ["N1", "N2", "N3"] and "sampled_customers" not in table
    means = frame.groupby(segment)[["spending", "age"]].mean()
    assert table[["spending_mean", "age_mean"]].to_numpy() == pytest.approx(means.to_numpy())
    frequent = frame.groupby(segment)["city"].agg(lambda words: words.value_counts(normalize=True).max())
    assert table["city_most_frequent_share"].to_numpy() == pytest.approx(frequent.to_numpy())


def test_a_segment_without_any_word_has_none_in_the_table():
    frame = pd.DataFrame({"w": ["a", "a", None]})
    table = wide(describe(frame, np.array([1, 1, 2]), ["w"], None, least=2))
    assert table["w_most_frequent"].isna().tolist() == [False, True]


def test_the_tidy_table_has_a_row_for_each_segment_and_numeric_column(frame, segment):
    described = describe(frame, segment, COLUMNS, "spending")
    for profiled in described["segments"]:
        profiled["name"] = f"N{profiled['segment']}"
    described["labels"] = {"spending": "Revenue", "age": "Age", "city": "City"}
    table = profile.tidy(described)
    assert table["segment"].tolist() == ["1 N1", "1 N1", "2 N2", "2 N2", "3 N3", "3 N3"]
    assert table["column"].tolist() == ["Revenue", "Age"] * 3
    assert table["mean"][1] == pytest.approx(frame["age"][segment == 1].mean())


def test_means_are_those_of_all_customers_with_a_value(frame, segment):
    _, sums = profile.tally(pa.Table.from_pandas(frame.assign(none=np.nan)), segment, 3)
    means = profile.means(sums)
    assert means["spending"] == pytest.approx(frame["spending"].mean())
    assert np.isnan(means["none"])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.r_[np.linspace(18, 22, 50), np.linspace(76, 84, 50)], False),
        (np.r_[np.linspace(18, 22, 49), 50, 50, np.linspace(76, 84, 49)], True),
        (np.linspace(0, 1, 100), True),
        (np.zeros(9), True),
        (np.array([]), False),
    ],
)
def test_between_two_groups_the_median_is_not_usual(values, expected):
    assert profile.is_median_usual(values) is expected
