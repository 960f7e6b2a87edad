"""What is told of the segments, against pandas."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import norm

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
            median = members[name].median()
            below, equal = (frame[name] < median).sum(), (frame[name] == median).sum()
            assert profiled["columns"][name] == pytest.approx(
                {
                    "mean": members[name].mean(),
                    **{key: members[name].quantile(share) for key, share in schema.QUANTILES.items()},
                    "ratio": members[name].mean() / frame[name].mean(),
                    "standing": (below + equal / 2) / frame[name].count(),
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
            assert profile.standing(of_sample[key], members) == pytest.approx(rank, abs=0.04)
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


@pytest.mark.parametrize(
    ("median", "expected"),
    [(0, 0), (1, 0.125), (2, 0.5), (2.5, 0.75), (3, 0.8125), (4, 0.9375), (5, 1)],
)
def test_standing_counts_customers_with_the_same_value_half(median, expected):
    assert profile.standing(median, np.array([1, 1, 2, 2, 2, 2, 3, 4])) == expected


@pytest.mark.parametrize(
    ("codes", "described_by"),
    [((0, 1), "share"), ((1, 2), "mean"), ((0, 1, 2), "mean"), (range(10), "mean"), (range(11), "median")],
)
def test_columns_of_few_values_are_described_by_means_or_shares(codes, described_by):
    values = np.repeat(np.array(codes, dtype=float), 10)
    for few, expected in ((values, described_by), (values[1:], "median")):
        described = describe(pd.DataFrame({"x": few}), np.ones(len(few), dtype=int), ["x"], None)
        assert described["all"]["x"]["described_by"] == expected


@pytest.mark.parametrize(
    ("share", "mean", "level"),
    [
        (0.5, 0.5, "average"),
        (0.5, 1.0, "high"),
        (0.5, 0.0, "low"),
        (0.1, 0.0, "fairly low"),  # that nobody has what few have says little
        (0.1, 0.65, "high"),
        (0.7, 1.0, "high"),
        (0.7, 0.0, "low"),
    ],
)
def test_in_a_column_of_codes_a_segment_stands_where_its_mean_would_on_a_normal_curve(share, mean, level):
    population = np.repeat([0.0, 1], [round(1000 * (1 - share)), round(1000 * share)])
    standing = profile.coded_standing(mean, population)
    assert standing == pytest.approx(norm.cdf(mean, share, np.sqrt(share * (1 - share))))
    assert naming._level(standing, 0.7, 0.3) == level


def test_codes_that_are_all_alike_or_unknown_have_no_standing_of_their_own():
    assert profile.coded_standing(1.0, np.ones(20)) == 0.5
    assert np.isnan([profile.coded_standing(np.nan, np.ones(20)), profile.coded_standing(1.0, np.ones(0))]).all()


def test_which_columns_are_coded_is_decided_once_for_all_groups():
    flag, amount = np.repeat([0.0, 1], 50), np.arange(100.0)
    assert profile.coded_columns({"flag": flag, "amount": amount, "unknown": np.full(100, np.nan)}) == {"flag"}
    label = np.repeat([0, 1], [60, 40])
    first, second = profile.standings_of({"flag": flag, "amount": amount}, label, 2, {"flag"})
    assert first["flag"] == profile.coded_standing(flag[:60].mean(), flag) and second["flag"] > 0.8
    assert first["amount"] == profile.standing(29.5, amount)


def test_standings_are_of_numeric_columns_and_in_the_middle_without_a_value():
    frame = pd.DataFrame({"x": [1.0, 2, np.nan, np.nan], "y": [4, 3, 2, 1], "word": list("abcd")})
    first, second = describe(frame, np.array([1, 1, 2, 2]), ["x", "y", "word"], None)["segments"]
    assert profile.standings(first) == {"x": 0.5, "y": 0.75}
    assert profile.standings(second) == {"x": 0.5, "y": 0.25}
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
    standings = profile.standings_of(columns, segment - 1, 3, ())
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
