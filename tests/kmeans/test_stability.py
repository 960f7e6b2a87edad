"""Which segments come back: planted ones do, slices of one cloud do not."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from segmentation.elbow import cut, mixtures, null, valleys
from segmentation.features import assignment
from segmentation.kmeans import coreset, exact, restarts, stability, sweep
from segmentation.kmeans.stability import Sample
from segmentation.pipeline import engine, outputs
from segmentation.pipeline.schema import Rule
from segmentation.segments import naming, profile

SEED = 42


def planted(sizes=(200, 300, 500), apart=12.0):
    """Round groups far apart on a line, their centres, and which group each customer is of."""
    generator = np.random.default_rng(0)
    group = np.repeat(np.arange(len(sizes)), sizes)
    X = generator.normal(size=(len(group), 2))
    X[:, 0] -= apart * group
    return X, np.array([X[group == number].mean(axis=0) for number in range(len(sizes))]), group


def disc(customers=1000):
    """One cloud that looks the same from every side, and the centres of three slices of it."""
    generator = np.random.default_rng(1)
    radius, angle = np.sqrt(generator.random(customers)), 2 * np.pi * generator.random(customers)
    third = np.array([0, 2, 4]) * np.pi / 3
    X = np.stack([radius * np.cos(angle), radius * np.sin(angle)]).T
    return X, np.stack([np.cos(third), np.sin(third)]).T / 2


def sample(X, **columns):
    """Customers whose value is their first feature, as are by default the columns that name segments."""
    return Sample.ordered(X, X[:, 0], columns or {"x": X[:, 0]})


def namer(*rules, features=("x",), high=0.7, low=0.3):
    def name(columns, cluster, m):
        standings = profile.standings_of(columns, cluster, m)
        return [name.name for name in naming.name_segments(standings, rules, features, {}, high, low)]

    return name


def resampled(customers, centres, name, resamples=30, threads=2):
    """The similarities and whether names were kept, and what they amount to, for segments that `name` names."""
    label, _, _ = assignment.nearest(customers.X, centres)
    names = name(customers.columns, label, len(centres))
    with engine.threads(threads) as pool:
        summary = stability.bootstrap(customers, centres, names, name, resamples, SEED, pool)
    return *summary, stability.summarise(*summary, names, range(1, len(names) + 1))


def agreement(X, k, threads=2):
    with engine.threads(threads) as pool:
        return stability.agreement(X, k, SEED, pool)


@pytest.mark.parametrize(
    ("mean", "word"),
    [
        (0, "dissolved"),
        (0.5, "dissolved"),
        (0.500000001, "not to be trusted"),
        (0.599999999, "not to be trusted"),
        (0.6, "doubtful"),
        (0.749999999, "doubtful"),
        (0.75, "stable"),
        (0.849999999, "stable"),
        (0.85, "highly stable"),
        (1, "highly stable"),
        (np.nan, "not in the sample"),
    ],
)
def test_every_mean_has_one_word(mean, word):
    assert stability.word(mean) == word


def test_jaccard_similarity_by_hand():
    segment, cluster = np.array([0, 0, 0, 1, 1, 2]), np.array([1, 1, 0, 0, 0, 0])
    expected = [[1 / 6, 2 / 3, 0], [2 / 4, 0, 0], [1 / 4, 0, 0], [0, 0, 0]]
    assert stability.jaccard(segment, cluster, 4, 3) == pytest.approx(np.array(expected))


def test_planted_segments_come_back_under_their_names():
    X, centres, _ = planted()
    name = namer(Rule("Right", {"x": "high"}), Rule("Left", {"x": "low"}))
    alike, kept, summary = resampled(sample(X), centres, name)
    assert alike.shape == kept.shape == (30, 3)
    assert summary["lowest_jaccard"] > 0.999 and summary["lowest_name_kept"] == 1
    assert [one["stability"] for one in summary["segments"]] == ["highly stable"] * 3
    assert [one["name"] for one in summary["segments"]][::2] == ["Right", "Left"]
    assert agreement(X, 3) > 0.999


def test_slices_of_one_cloud_do_not_come_back():
    X, centres = disc()
    _, _, summary = resampled(sample(X), centres, namer())
    assert summary["lowest_jaccard"] < 0.7 and summary["lowest_stability"] != "stable"
    for one in summary["segments"]:
        assert one["jaccard_p10"] < one["jaccard"] - 0.05 < one["jaccard_p90"] - 0.1
    assert agreement(X, 3) < 0.6


def test_too_many_segments_split_one_group_and_leave_the_others():
    X, _, group = planted()
    halves = [X[(group == 2) & (np.sign(X[:, 1]) == side)].mean(axis=0) for side in (1, -1)]
    centres = np.array([X[group == 0].mean(axis=0), X[group == 1].mean(axis=0), *halves])
    _, _, summary = resampled(sample(X), centres, namer())
    words = [one["stability"] for one in summary["segments"]]
    assert words[:2] == ["highly stable"] * 2 and not {"stable", "highly stable"} & set(words[2:])


def test_the_bootstrap_takes_each_drawn_customer_once(monkeypatch):
    X, centres, _ = planted()
    drawn = []

    def planted_centres(X, k, number, key):
        drawn.append(X)
        return centres, 0.0

    monkeypatch.setattr(restarts, "fit", planted_centres)
    alike, _, _ = resampled(sample(X), centres, namer(), resamples=50)
    shares = [len(np.unique(X, axis=0)) / 1000 for X in drawn]
    assert [len(X) / 1000 for X in drawn] == shares
    assert np.mean(shares) == pytest.approx(1 - 1 / np.e, abs=0.005) and len(set(shares)) > 10
    assert (alike == 1).all()


def test_a_name_on_the_edge_of_a_rule_is_lost_in_about_half_of_the_resamples():
    X, centres, _ = planted((600, 400))  # the median of the six hundred stands above 70 %, give or take a draw
    name = namer(Rule("High", {"x": "high"}), Rule("Low", {"x": "low"}))
    _, _, summary = resampled(sample(X), centres, name, resamples=100)
    high, low = summary["segments"]
    assert (high["name"], low["name"]) == ("High", "Low")
    assert high["jaccard"] > 0.999 and 0.25 < high["name_kept"] < 0.75
    assert low["name_kept"] == 1 and summary["lowest_name_kept"] == high["name_kept"]


def test_names_that_only_a_number_tells_apart_follow_the_value_column():
    X, centres, _ = planted()
    _, _, summary = resampled(sample(X, x=np.zeros(len(X))), centres, namer())
    assert [one["name"] for one in summary["segments"]] == ["Average x (1)", "Average x (2)", "Average x (3)"]
    assert summary["lowest_name_kept"] == 1


def test_names_go_by_customers_where_numbers_change_places():
    X, centres, _ = planted((400, 400))
    unvalued = Sample.ordered(X, np.full(len(X), np.nan), {"x": X[:, 0]})  # numbered by size, which each draw changes
    _, _, summary = resampled(unvalued, centres, namer(Rule("Right", {"x": "high"}), Rule("Left", {"x": "low"})))
    assert [one["name"] for one in summary["segments"]] == ["Right", "Left"] and summary["lowest_name_kept"] == 1


def test_a_segment_of_unknown_values_stands_in_the_middle():
    X, centres, _ = planted()
    known = np.where(np.arange(len(X)) < 200, np.nan, X[:, 0])
    _, _, summary = resampled(sample(X, x=known), centres, namer(high=0.6, low=0.4))
    assert [one["name"] for one in summary["segments"]] == ["Average x", "High x", "Low x"]
    assert summary["lowest_name_kept"] == 1


def test_the_order_of_the_customers_changes_nothing():
    X, centres = disc()
    order = np.random.default_rng(2).permutation(len(X))
    first, second = resampled(sample(X), centres, namer()), resampled(sample(X[order]), centres, namer())
    assert first[2] == second[2]


@pytest.mark.parametrize("threads", [2, 4])
def test_any_number_of_threads_gives_the_same_bits(threads):
    X, centres = disc(400)
    one = resampled(sample(X), centres, namer(), threads=1)
    other = resampled(sample(X), centres, namer(), threads=threads)
    assert [array.tobytes() for array in one[:2]] == [array.tobytes() for array in other[:2]]
    assert agreement(X, 3, 1) == agreement(X, 3, threads)


def test_the_agreement_is_that_of_all_customers_placed_by_each_half(monkeypatch):
    X, _ = disc(301)
    places, halves = iter(np.random.default_rng(3).normal(size=(2 * stability.SPLITS, 3, 2))), []
    fits = []

    def fit(X, k, number, key):
        halves.append(X)
        fits.append(assignment.published(next(places)))
        return fits[-1], 0.0

    monkeypatch.setattr(restarts, "fit", fit)
    summary = agreement(X, 3, threads=1)
    expected = [
        adjusted_rand_score(*(((X[:, np.newaxis] - centres) ** 2).sum(axis=2).argmin(axis=1) for centres in pair))
        for pair in zip(fits[::2], fits[1::2], strict=True)
    ]
    assert summary == pytest.approx(np.mean(expected)) and len(expected) == stability.SPLITS
    everyone = X[np.lexsort(X.T[::-1])].tolist()
    for first, second in zip(halves[::2], halves[1::2], strict=True):
        assert abs(len(first) - len(second)) == 1 and sorted([*first.tolist(), *second.tolist()]) == everyone
    assert len({half.tobytes() for half in halves}) == len(halves)


def test_one_segment_always_comes_back():
    X, _ = disc(200)
    _, _, summary = resampled(sample(X), X.mean(axis=0, keepdims=True), namer(Rule("All", {"x": "low"})), 5)
    assert (summary["lowest_jaccard"], summary["lowest_name_kept"]) == (1, 1)
    assert agreement(X, 1) == 1


def test_a_segment_counts_where_one_of_its_customers_is_drawn():
    X = np.repeat([[9.0, 0], [5, 0], [1, 0]], [1, 30, 30], axis=0)
    alike, kept, summary = resampled(sample(X), np.unique(X, axis=0)[::-1], namer(), 60)
    absent = np.isnan(alike[:, 0])
    assert 10 < absent.sum() < 35 and (np.isnan(kept[:, 0]) == absent).all()
    assert (alike[~absent] == 1).all() and (alike[:, 1:] == 1).all()
    assert summary["segments"][0]["jaccard"] == 1
    assert agreement(X, 3) > 0.9


def test_as_many_segments_as_customers_end_in_no_error():
    X = np.arange(5.0)[:, np.newaxis] * [[1, 2]]
    alike, _, _ = resampled(sample(X), X[::-1], namer(), 20)
    assert (alike[~np.isnan(alike)] == 1).all()
    assert 0 <= agreement(X, 5) <= 1


@pytest.mark.parametrize(
    ("mean", "shown", "word"),
    [
        (0.749, 0.75, "stable"), (0.744, 0.74, "doubtful"), (0.846, 0.85, "highly stable"),
        (0.504, 0.5, "dissolved"), (0.506, 0.51, "not to be trusted"), (0.5951, 0.6, "doubtful"),
    ],
)  # fmt: skip
def test_the_word_is_that_of_the_figure_that_is_shown(mean, shown, word):
    alike, kept = np.array([[mean - 0.01, 1], [mean + 0.01, 1]]), np.ones((2, 2))
    summary = stability.summarise(alike, kept, ["A", "B"], [1, 2])
    assert summary["segments"][0]["jaccard"] == summary["lowest_jaccard"] == shown
    assert summary["segments"][0]["stability"] == summary["lowest_stability"] == word


def test_a_segment_that_no_sample_holds_is_unknown_and_not_the_lowest(tmp_path):
    alike, kept = np.array([[np.nan, 0.8], [np.nan, 0.9]]), np.array([[np.nan, 1], [np.nan, 0]])
    summary = stability.summarise(alike, kept, ["A", "B"], [1, 2])
    assert summary["segments"][0]["stability"] == "not in the sample"
    assert (summary["lowest_jaccard"], summary["lowest_stability"], summary["lowest_name_kept"]) == (
        0.85,
        "highly stable",
        0.5,
    )
    outputs.write_json(tmp_path / "found.json", summary)
    assert outputs.read_json(tmp_path / "found.json")["segments"][0]["jaccard"] is None


def test_draws_for_different_purposes_have_different_keys():
    modules = (coreset, sweep, exact, cut, null, valleys, mixtures)
    keys = [*(module.PURPOSE for module in modules), stability.RESAMPLE, stability.SPLIT, sweep.SAMPLE]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(("k", "m"), [(1, 1), (1, 3), (4, 4), (7, 3)])
def test_the_adjusted_rand_index_is_that_of_scikit_learn(k, m):
    draws = np.random.default_rng(k)
    one, noise = draws.integers(k, size=200), draws.integers(m, size=200)
    for other in (one, noise, np.where(draws.random(200) < 0.5, one, noise), (one + 1) % k):
        assert stability.adjusted_rand(one, other) == pytest.approx(adjusted_rand_score(one, other))
