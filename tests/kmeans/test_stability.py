"""Which segments come back: planted ones do, slices of one cloud do not."""

import numpy as np
import pandas as pd
import pytest
from project import Project, alone
from sklearn.metrics import adjusted_rand_score

from segmentation.features import assignment
from segmentation.kmeans import restarts, stability
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
        return [name.name for name in naming.name_segments(standings, rules, features, high, low)]

    return name


def resampled(customers, centres, name, resamples=30, compiled=False, threads=2):
    """The similarities and whether names were kept, and what they amount to, for segments that `name` names."""
    label, _, _ = assignment.nearest(customers.X, centres)
    names = name(customers.columns, label, len(centres))
    with engine.threads(threads) as pool:
        found = stability.bootstrap(customers, centres, names, name, resamples, SEED, compiled, pool)
    return *found, stability.summarise(*found, names, range(1, len(names) + 1))


def agreement(X, k, compiled=False, threads=2):
    with engine.threads(threads) as pool:
        return stability.agreement(X, k, SEED, compiled, pool)


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


@pytest.mark.parametrize("compiled", [False, True])
def test_planted_segments_come_back_under_their_names(compiled):
    X, centres, _ = planted()
    name = namer(Rule("Right", {"x": "high"}), Rule("Left", {"x": "low"}))
    alike, kept, found = resampled(sample(X), centres, name, compiled=compiled)
    assert alike.shape == kept.shape == (30, 3)
    assert found["lowest_jaccard"] > 0.999 and found["lowest_name_kept"] == 1
    assert [one["stability"] for one in found["segments"]] == ["highly stable"] * 3
    assert [one["name"] for one in found["segments"]][::2] == ["Right", "Left"]
    assert agreement(X, 3, compiled) > 0.999


@pytest.mark.parametrize("compiled", [False, True])
def test_slices_of_one_cloud_do_not_come_back(compiled):
    X, centres = disc()
    _, _, found = resampled(sample(X), centres, namer(), compiled=compiled)
    assert found["lowest_jaccard"] < 0.7 and found["lowest_stability"] != "stable"
    for one in found["segments"]:
        assert one["jaccard_p10"] < one["jaccard"] - 0.05 < one["jaccard_p90"] - 0.1
    assert agreement(X, 3, compiled) < 0.6


def test_too_many_segments_split_one_group_and_leave_the_others():
    X, _, group = planted()
    halves = [X[(group == 2) & (np.sign(X[:, 1]) == side)].mean(axis=0) for side in (1, -1)]
    centres = np.array([X[group == 0].mean(axis=0), X[group == 1].mean(axis=0), *halves])
    _, _, found = resampled(sample(X), centres, namer())
    words = [one["stability"] for one in found["segments"]]
    assert words[:2] == ["highly stable"] * 2 and not {"stable", "highly stable"} & set(words[2:])


def test_the_bootstrap_takes_each_drawn_customer_once(monkeypatch):
    X, centres, _ = planted()
    drawn = []
    monkeypatch.setattr(restarts, "best", lambda X, *_, **__: (drawn.append(X), (centres, 0.0))[1])
    alike, _, _ = resampled(sample(X), centres, namer(), resamples=50)
    shares = [len(np.unique(X, axis=0)) / 1000 for X in drawn]
    assert [len(X) / 1000 for X in drawn] == shares
    assert np.mean(shares) == pytest.approx(1 - 1 / np.e, abs=0.005) and len(set(shares)) > 10
    assert (alike == 1).all()


def test_a_name_on_the_edge_of_a_rule_is_lost_in_about_half_of_the_resamples():
    X, centres, _ = planted((600, 400))  # the median of the six hundred stands above 70 %, give or take a draw
    name = namer(Rule("High", {"x": "high"}), Rule("Low", {"x": "low"}))
    _, _, found = resampled(sample(X), centres, name, resamples=100)
    high, low = found["segments"]
    assert (high["name"], low["name"]) == ("High", "Low")
    assert high["jaccard"] > 0.999 and 0.25 < high["name_kept"] < 0.75
    assert low["name_kept"] == 1 and found["lowest_name_kept"] == high["name_kept"]


def test_names_that_only_a_number_tells_apart_follow_the_value_column():
    X, centres, _ = planted()
    _, _, found = resampled(sample(X, x=np.zeros(len(X))), centres, namer())
    assert [one["name"] for one in found["segments"]] == ["Average x (1)", "Average x (2)", "Average x (3)"]
    assert found["lowest_name_kept"] == 1


def test_names_go_by_customers_where_numbers_change_places():
    X, centres, _ = planted((400, 400))
    unvalued = Sample.ordered(X, np.full(len(X), np.nan), {"x": X[:, 0]})  # numbered by size, which each draw changes
    _, _, found = resampled(unvalued, centres, namer(Rule("Right", {"x": "high"}), Rule("Left", {"x": "low"})))
    assert [one["name"] for one in found["segments"]] == ["Right", "Left"] and found["lowest_name_kept"] == 1


def test_a_segment_of_unknown_values_stands_in_the_middle():
    X, centres, _ = planted()
    known = np.where(np.arange(len(X)) < 200, np.nan, X[:, 0])
    _, _, found = resampled(sample(X, x=known), centres, namer(high=0.6, low=0.4))
    assert [one["name"] for one in found["segments"]] == ["Average x", "High x", "Low x"]
    assert found["lowest_name_kept"] == 1


def test_the_order_of_the_customers_changes_nothing():
    X, centres = disc()
    order = np.random.default_rng(2).permutation(len(X))
    first, second = resampled(sample(X), centres, namer()), resampled(sample(X[order]), centres, namer())
    assert first[2] == second[2]


@pytest.mark.parametrize("threads", [2, 4])
@pytest.mark.parametrize("compiled", [False, True])
def test_any_number_of_threads_gives_the_same_bits(compiled, threads):
    X, centres = disc(400)
    one = resampled(sample(X), centres, namer(), compiled=compiled, threads=1)
    other = resampled(sample(X), centres, namer(), compiled=compiled, threads=threads)
    assert [array.tobytes() for array in one[:2]] == [array.tobytes() for array in other[:2]]
    assert agreement(X, 3, compiled, 1) == agreement(X, 3, compiled, threads)


def test_the_agreement_is_that_of_all_customers_placed_by_each_half(monkeypatch):
    X, _ = disc(301)
    places, halves = iter(np.random.default_rng(3).normal(size=(2 * stability.SPLITS, 3, 2))), []
    fits = []

    def fit(X, k, number, key, compiled):
        halves.append(X)
        fits.append(assignment.published(next(places)))
        return fits[-1], 0.0

    monkeypatch.setattr(restarts, "best", fit)
    found = agreement(X, 3, threads=1)
    expected = [
        adjusted_rand_score(*(((X[:, np.newaxis] - centres) ** 2).sum(axis=2).argmin(axis=1) for centres in pair))
        for pair in zip(fits[::2], fits[1::2], strict=True)
    ]
    assert found == pytest.approx(np.mean(expected)) and len(expected) == stability.SPLITS
    everyone = X[np.lexsort(X.T[::-1])].tolist()
    for first, second in zip(halves[::2], halves[1::2], strict=True):
        assert abs(len(first) - len(second)) == 1 and sorted([*first.tolist(), *second.tolist()]) == everyone
    assert len({half.tobytes() for half in halves}) == len(halves)


@pytest.mark.parametrize("compiled", [False, True])
def test_one_segment_always_comes_back(compiled):
    X, _ = disc(200)
    _, _, found = resampled(sample(X), X.mean(axis=0, keepdims=True), namer(Rule("All", {"x": "low"})), 5, compiled)
    assert (found["lowest_jaccard"], found["lowest_name_kept"]) == (1, 1)
    assert agreement(X, 1, compiled) == 1


@pytest.mark.parametrize("compiled", [False, True])
def test_a_segment_counts_where_one_of_its_customers_is_drawn(compiled):
    X = np.repeat([[9.0, 0], [5, 0], [1, 0]], [1, 30, 30], axis=0)
    alike, kept, found = resampled(sample(X), np.unique(X, axis=0)[::-1], namer(), 60, compiled)
    absent = np.isnan(alike[:, 0])
    assert 10 < absent.sum() < 35 and (np.isnan(kept[:, 0]) == absent).all()
    assert (alike[~absent] == 1).all() and (alike[:, 1:] == 1).all()
    assert found["segments"][0]["jaccard"] == 1
    assert agreement(X, 3, compiled) > 0.9


@pytest.mark.parametrize("compiled", [False, True])
def test_as_many_segments_as_customers_end_in_no_error(compiled):
    X = np.arange(5.0)[:, np.newaxis] * [[1, 2]]
    alike, _, _ = resampled(sample(X), X[::-1], namer(), 20, compiled)
    assert (alike[~np.isnan(alike)] == 1).all()
    assert 0 <= agreement(X, 5, compiled) <= 1


def test_a_segment_that_no_sample_holds_is_unknown_and_not_the_lowest(tmp_path):
    alike, kept = np.array([[np.nan, 0.8], [np.nan, 0.9]]), np.array([[np.nan, 1], [np.nan, 0]])
    found = stability.summarise(alike, kept, ["A", "B"], [1, 2])
    assert found["segments"][0]["stability"] == "not in the sample"
    assert (found["lowest_jaccard"], found["lowest_stability"], found["lowest_name_kept"]) == (
        0.85,
        "highly stable",
        0.5,
    )
    outputs.write_json(tmp_path / "found.json", found)
    assert outputs.read_json(tmp_path / "found.json")["segments"][0]["jaccard"] is None


def test_up_to_exact_rows_numba_is_not_even_imported():
    code = """
import sys
sys.modules["numba"] = None
import test_stability as t
X, centres = t.disc(200)
t.resampled(t.sample(X), centres, t.namer(), 3)
t.agreement(X, 3)
try:
    t.agreement(X, 3, compiled=True)
except ImportError as error:
    print(error.name)
"""
    assert alone(code) == ["numba"]


RUN = ("dataset=csv", "preprocess.missing=drop", "elbow.k_max=5", "elbow.n_init=2", "cluster.k=3", "cluster.n_init=2")
SHORT = (*RUN, "stability.resamples=10", "elbow.exact_rows=1000")


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    """Three groups that touch, named by a column that is no feature, some customers without an age."""
    generator = np.random.default_rng(0)
    group = np.arange(3_000) % 7 % 3
    columns = {
        "spending": generator.lognormal(np.array([3.0, 5, 7])[group], 0.8).round(2),
        "purchase_frequency": np.maximum(0, generator.normal(np.array([30, 5, 15])[group], 5).round()),
        "age": generator.normal(np.array([25.0, 70, 45])[group], 9).round(),
        "visits": group,
        "city": generator.choice(["Bonn", "Köln"], 3_000),
    }
    columns["age"][::100] = np.nan
    project = Project(tmp_path_factory.mktemp("stability") / "project")
    pd.DataFrame(columns).to_csv(project.folder / "data/raw/customers.csv", index_label="customer_id")
    project.replace("conf/dataset/csv.yaml", "profile: {}", "profile: {city: {}, visits: {unit: visits}}")
    project.replace(
        "conf/dataset/csv.yaml",
        "names:\n",
        "names:\n  - {name: Guests, when: {visits: high}}\n  - {name: Regulars, when: {visits: low}}\n",
    )
    return project.steps(*SHORT, "ingest.part_rows=400", upto="stability")


def test_the_stage_reports_every_segment_of_the_model(project):
    found = project.json("reports/stability.json")
    assert (found["customers"], found["sampled_customers"], found["resamples"]) == (2970, 990, 10)
    assert 0.9 < found["lowest_jaccard"] < 1 and 0.9 < found["adjusted_rand"] < 1 and found["lowest_name_kept"] == 1
    described = project.json("reports/segments.json")["segments"]
    assert [(one["segment"], one["name"]) for one in found["segments"]] == [
        (one["segment"], one["name"]) for one in described
    ]
    assert "Guests" in {one["name"] for one in described}
    assert (project.folder / "reports/figures/stability.png").stat().st_size > 10_000


def written(project, *settings):
    done = project.stage("stability", *SHORT, *settings)
    assert (done.returncode, done.stderr) == (0, "")
    files = ("reports/stability.json", "reports/figures/stability.png")
    return [(project.folder / file).read_bytes() for file in files], done.stdout


def test_the_stage_writes_the_same_bytes_for_any_threads_and_others_for_another_seed(project):
    before, said = written(project)
    assert said.startswith("segments come back: 3 of 3 stable (lowest ") and "names kept always; " in said
    assert written(project, "executor.threads=1")[0] == written(project, "executor.threads=4")[0] == before
    assert written(project, "stability.seed=43")[0][0] != before[0]


def test_the_stage_warns_of_segments_that_do_not_come_back(project, tmp_path):
    X, _ = disc(900)
    project = Project(tmp_path / "project")
    frame = pd.DataFrame({"spending": np.exp(3 + X[:, 0]).round(4), "purchase_frequency": 50 + 10 * X[:, 1]})
    frame = frame.assign(age=50).round(4)
    frame.to_csv(project.folder / "data/raw/customers.csv", index_label="customer_id")
    project.steps(*RUN, upto="analyze")
    said = project.stage("stability", *RUN, "stability.resamples=20")
    assert said.returncode == 0 and not said.stderr
    first, *others, last = said.stdout.splitlines()
    assert first.startswith("warning: segment ") and "mean Jaccard similarity 0." in first
    assert "warning: other customers would give other segments: try another cluster.k" in others
    assert last.startswith("segments come back: 0 of 3 stable")
