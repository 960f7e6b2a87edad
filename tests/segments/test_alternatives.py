"""The segments at every K, on a sample."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import cases
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from segmentation.features.space import Feature
from segmentation.segments import alternatives
from segmentation.segments.alternatives import Alternative
from segmentation.segments.naming import Name
from segmentation.segments.survey import CustomerSample

COLUMNS = ["spending", "age", "city"]
FEATURES = [Feature(name, "", "none", None, None, None, None, mean=0.0, scale=1.0) for name in ("spending", "age")]


@pytest.fixture(scope="module")
def sample():
    """Three groups; cities are spread evenly, but for one that two customers of the first group have."""
    draws = np.random.default_rng(4)
    X = np.concatenate([draws.normal(centre, 0.6, (300, 2)) for centre in ((0, 0), (3, 0), (0, 3))])
    spending = np.exp(X[:, 0] + 4).round(2)
    cities = ["Bonn", "Köln", "Ulm"] * 300
    cities[0] = cities[3] = "Hum"
    return X, pa.table({"spending": spending, "age": X[:, 1] * 10, "city": cities})


@pytest.fixture(scope="module")
def fits(sample):
    X, _ = sample
    with threadpool_limits(1):
        models = {k: KMeans(k, n_init=3, random_state=0).fit(X) for k in (1, 2, 3, 5)}
    return {
        k: Alternative(model.cluster_centers_, np.bincount(model.labels_) * 10, np.arange(k))
        for k, model in models.items()
    }


def numbers_as_names(standings):
    return [Name(f"N{number}", "", ()) for number in range(1, len(standings) + 1)]


def by_every_k(X, table, fits, chosen=(), columns=COLUMNS, value="spending", least=1):
    """The segments at every K; those at the number of the `chosen` are taken as they are."""
    named = {name: name for name in columns}
    described = {"columns": columns, "value": value, "labels": named, "segments": list(chosen), "least": least}
    described |= {"eta_squared": {}, "caveats": []}
    model = cases.model(FEATURES, np.zeros((len(chosen), 2)))
    sample = CustomerSample(table, X, np.ones(len(X), dtype=int))
    with ThreadPoolExecutor(2) as pool:
        return alternatives.describe_each_k(fits, described, sample, model, numbers_as_names, pool)


def described(sample, fits, chosen=(), **settings):
    X, table = sample
    numbered = {k: fit.renumbered(X, table["spending"].to_numpy()) for k, fit in fits.items()}
    return numbered, by_every_k(X, table, numbered, chosen, **settings)


def nearest(X, fit):
    return np.argmin(((X[:, np.newaxis] - fit.centres) ** 2).sum(axis=2), axis=1)


def test_segments_are_numbered_by_falling_value(sample, fits):
    _, by_k = described(sample, fits)
    for at_k in by_k:
        means = [segment["columns"]["spending"]["mean"] for segment in at_k["segments"]]
        assert means == sorted(means, reverse=True)
        assert [segment["name"] for segment in at_k["segments"]] == [f"N{n}" for n in range(1, at_k["k"] + 1)]


def test_statistics_are_those_of_pandas_and_sizes_those_given(sample, fits):
    X, table = sample
    numbered, by_k = described(sample, fits)
    frame = table.to_pandas()
    for at_k in by_k:
        fit = numbered[at_k["k"]]
        groups = frame.groupby(nearest(X, fit))
        for number, segment in enumerate(at_k["segments"]):
            members = groups.get_group(number)
            assert segment["size"] == fit.sizes[number] == 10 * len(members)
            assert segment["columns"]["age"]["mean"] == pytest.approx(members["age"].mean(), rel=5e-3)
            assert segment["columns"]["age"]["percentile_95"] == pytest.approx(members["age"].quantile(0.95), rel=5e-3)
            cities = members["city"].value_counts(normalize=True)
            top = {entry["word"]: entry["share"] for entry in segment["columns"]["city"]["top"]}
            assert top == {word: pytest.approx(share, rel=0.05) for word, share in cities.items()}
            assert segment["value_share"] == pytest.approx(
                members["spending"].sum() / frame["spending"].sum(), rel=5e-3
            )


def test_moves_to_the_next_k_are_counted(sample, fits):
    X, _ = sample
    numbered, by_k = described(sample, fits)
    for at_k, at_next_k in pairwise(by_k):
        label, next_label = nearest(X, numbered[at_k["k"]]), nearest(X, numbered[at_next_k["k"]])
        expected = pd.crosstab(label, next_label).to_numpy()
        assert [segment["next"] for segment in at_k["segments"]] == expected.tolist()
    assert [segment["next"] for segment in by_k[-1]["segments"]] == [[]] * 5


def test_segments_at_the_chosen_k_are_as_they_were_described_from_all_customers(sample, fits):
    _, by_k = described(sample, fits)
    chosen = [{**segment, "name": name, "size": 1} for segment, name in zip(by_k[2]["segments"], "ABC", strict=True)]
    _, replaced = described(sample, fits, chosen)
    assert replaced[2]["segments"] == chosen
    assert [replaced[row] for row in (0, 1, 3)] == [by_k[row] for row in (0, 1, 3)]


def test_what_sets_a_segment_apart_is_told_at_every_k(sample, fits):
    X, table = sample
    numbered, by_k = described(sample, fits)
    for at_k in by_k[1:]:
        fit = numbered[at_k["k"]]
        label = nearest(X, fit)
        for number, segment in enumerate(at_k["segments"]):
            differences = {driver["column"]: driver["difference"] for driver in segment["drivers"]}
            assert differences["age"] == pytest.approx(fit.centres[number, 1], rel=5e-3)
            covered = np.ones(len(X), dtype=bool)
            for condition in segment["definition"]["conditions"]:
                values = table[condition["column"]].to_numpy()
                low, high = (condition[end] for end in ("low", "high"))
                covered &= (values >= (-np.inf if low is None else low)) & (values < (np.inf if high is None else high))
            member = label == number
            assert segment["definition"]["coverage"] == pytest.approx((covered & member).sum() / member.sum(), rel=5e-3)
            assert segment["definition"]["precision"] == pytest.approx(
                (covered & member).sum() / covered.sum(), rel=5e-3
            )
            assert segment["typical"] is None and len(segment["overlap"]) == at_k["k"]
        assert set(at_k["eta_squared"]) == {"spending", "age"}
        assert at_k["order"] == fit.order.tolist()


def test_figures_at_another_k_have_three_digits_and_words_two(sample, fits):
    _, by_k = described(sample, fits)

    def digits(figure):
        return len(f"{float(f'{figure:.12g}'):.12g}".replace("-", "").replace(".", "").strip("0").partition("e")[0])

    for segment in by_k[1]["segments"]:
        for name in ("spending", "age"):
            assert max(digits(figure) for figure in segment["columns"][name].values() if figure) <= 3
        assert max(digits(entry["share"]) for entry in segment["columns"]["city"]["top"]) <= 2
        assert max(digits(driver["difference"]) for driver in segment["drivers"]) <= 3


def test_a_word_that_few_customers_of_a_segment_have_is_told_nowhere_at_another_k(sample, fits):
    def told(least):
        _, by_k = described(sample, fits, least=least)
        return {
            at_k["k"]: {entry["word"] for segment in at_k["segments"] for entry in segment["columns"]["city"]["top"]}
            for at_k in by_k
        }

    assert all("Hum" in words for words in told(1).values())
    assert all(words == {"Bonn", "Köln", "Ulm"} for words in told(3).values())


def test_segments_stay_in_the_order_in_which_they_are_given(sample):
    X, table = sample
    rising = Alternative(np.array([[0.0, 0], [0, 3], [3, 0]]), np.array([7, 8, 9]), np.arange(3))
    (at_k,) = by_every_k(X, table, {3: rising})
    means = [segment["columns"]["spending"]["mean"] for segment in at_k["segments"]]
    assert [segment["size"] for segment in at_k["segments"]] == [7, 8, 9] and np.argmax(means) == 2
    numbered = rising.renumbered(X, table["spending"].to_numpy())
    assert numbered.sizes[0] == 9 and numbered.centres[0].tolist() == [3, 0] and numbered.order[0] == 2
    again = rising.reordered(numbered.order)
    assert np.array_equal(again.centres, numbered.centres) and np.array_equal(again.sizes, numbered.sizes)


def test_a_segment_that_the_sample_misses_is_described_by_its_size_alone(sample):
    X, table = sample
    far = Alternative(np.array([[0.0, 0], [99, 99]]), np.array([9000, 4]), np.arange(2))
    whole = Alternative(np.zeros((1, 2)), np.array([9004]), np.arange(1))
    by_k = by_every_k(X, table, {2: far, 1: whole}, columns=["spending", "age"], value=None)
    assert by_k[0]["segments"][0]["next"] == [900, 0]
    missed = by_k[1]["segments"][1]
    assert missed["size"] == 4 and np.isnan(missed["columns"]["age"]["mean"])
    assert missed["definition"]["coverage"] is None


def test_a_fit_is_read_as_it_was_written_and_refused_where_its_shapes_disagree():
    written = {"k": 2, "centres": [[0, 1], [2, 3]], "sizes": [5, 6]}
    fit = Alternative.from_json(written, 2)
    assert fit.centres.tolist() == [[0, 1], [2, 3]] and fit.sizes.tolist() == [5, 6]
    for broken in ({"k": 3}, {"centres": [[0], [2]]}, {"sizes": [5]}):
        with pytest.raises(ValueError, match="centres of 2 features and their sizes were expected"):
            Alternative.from_json(written | broken, 2)


def test_a_column_is_told_at_another_k_only_where_it_is_told_of_all_there_and_at_the_k_chosen(sample, fits):
    def told(least, chosen=()):
        _, by_k = described(sample, fits, chosen, columns=["spending", "age"], least=least)
        return {
            at_k["k"]: {name for name, column in segment["columns"].items() if column["mean"] is not None}
            for at_k in by_k
            for segment in at_k["segments"]
        }

    both = {"spending", "age"}
    assert told(1) == dict.fromkeys((1, 2, 3, 5), both)
    smallest = {k: fit.sizes.min() // 10 for k, fit in fits.items()}  # of the sampled customers
    least = smallest[5] + 1
    assert told(least) == {k: both if smallest[k] >= least else set() for k in (1, 2, 3, 5)}
    _, by_k = described(sample, fits, columns=["spending", "age"])
    chosen = [dict(segment) for segment in by_k[1]["segments"]]
    chosen[0] |= {"columns": {**chosen[0]["columns"], "age": dict.fromkeys(chosen[0]["columns"]["age"])}}
    assert told(1, chosen)[3] == {"spending"}
