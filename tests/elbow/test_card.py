"""The decision card: what each rule says of planted segments, against the known implementations."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from sklearn import metrics

from segmentation.elbow import card, cut, decision, mixtures, rules, valleys, verdict
from segmentation.features import assignment
from segmentation.features.blocks import Scaled
from segmentation.kmeans import sweep

KS = range(1, 7)


def planted(groups, rows=1200, seed=0):
    draws = np.random.default_rng(seed)
    X = 8 * np.eye(4)[draws.integers(0, groups, rows)] + draws.normal(size=(rows, 4))
    return np.round((X - X.mean(axis=0)) / X.std(axis=0), 9)


def gathered(X, ks=KS, threads=2, exact_rows=20_000, seed=0, n_init=4, parts=3):
    """The fits, the evidence and the card, by the calls of the step."""
    blocks = [partial(np.ascontiguousarray, part.T) for part in np.array_split(X, parts)]
    with ThreadPoolExecutor(threads) as pool:
        table = Scaled([""] * X.shape[1], [block().shape[1] for block in blocks], blocks)
        drawn = sweep.draw(table, ks[-1], exact_rows, pool)
        fits = sweep.fit_each_k(table, drawn, ks, n_init, seed, pool, pool)
        found = card.gather(drawn, {k: fits[k].centres for k in ks}, pool)
    return fits, found, card.criteria(ks, fits, X.size, found)


@pytest.fixture(scope="module", params=[20_000, 1000], ids=["all rows", "coreset"])
def four(request):
    X = planted(4)
    return X, *gathered(X, exact_rows=request.param)


def test_the_criteria_of_all_customers_are_those_of_scikit_learn(four):
    X, fits, _, table = four
    for at, k in list(enumerate(KS))[1:]:
        label, distance, margin = assignment.nearest(X, fits[k].centres)
        assert table["inertia"][at] == pytest.approx((distance**2).sum())
        assert table["calinski_harabasz"][at] == pytest.approx(metrics.calinski_harabasz_score(X, label), rel=1e-3)
        assert table["davies_bouldin"][at] == pytest.approx(metrics.davies_bouldin_score(X, label), rel=1e-2)
        assert table["simplified_silhouette"][at] == pytest.approx(margin.mean())
        assert table["silhouette"][at] == pytest.approx(metrics.silhouette_score(X, label), abs=0.05)
        assert table["smallest_share"][at] == np.bincount(label).min() / len(X)


def test_one_segment_has_no_index_and_all_the_inertia(four):
    _, _, _, table = four
    for name in ("silhouette", "simplified_silhouette", "calinski_harabasz", "davies_bouldin"):
        assert np.isnan(table[name][0])
    assert table["null"][0] == pytest.approx(table["inertia"][0])


def test_planted_segments_lie_below_the_null_and_every_rule_that_is_sound_finds_them(four):
    _, _, evidence, table = four
    assert table["inertia"][3] < 0.6 * table["null_low"][3]
    assert (table["null_low"] <= table["null"]).all() and (table["null"] <= table["null_high"]).all()
    choices = rules.choices(KS, table, evidence.groups_by_k_max[KS[-1]][0])
    del choices["kneedle"]  # 3 or 4, by the range
    assert set(choices.values()) == {4}
    assert decision.choice_by_k_max("calibrated", evidence, 1) == {4: 4, 6: 4, 8: 4}
    assert decision.choice_by_draw(evidence, KS, "one") == [4] * card.DRAWS
    assert (table["beyond_null"][1:] > verdict.BEYOND).all()


def test_customers_without_segments_are_told_so():
    X = np.random.default_rng(0).normal(size=(1000, 3))
    _, evidence, table = gathered(X)
    groups, _ = evidence.groups_by_k_max[KS[-1]]
    choices = rules.choices(KS, table, groups)
    assert choices["calibrated"] == choices["gap"] == groups == 1 and choices["silhouette"] > 1
    assert (np.abs(table["beyond_null"][1:]) < verdict.BEYOND).all()
    assert (table["inertia"][1:] > 0.98 * table["null_low"][1:]).all()


def test_correlated_customers_without_segments_are_told_so_too():
    """A box and shuffled columns know nothing of correlations; a copula does."""
    X = np.random.default_rng(0).multivariate_normal(np.zeros(3), 0.4 * np.eye(3) + 0.6, size=1000)
    _, evidence, table = gathered((X - X.mean(axis=0)) / X.std(axis=0))
    assert evidence.groups_by_k_max[KS[-1]][0] == 1 and table["stability"][1] > cut.COMES_BACK
    assert (np.abs(table["beyond_null"][1:]) < verdict.BEYOND).all()
    boxed = evidence.compared.references["box"][:, 1 : 1 + len(KS)]
    assert (table["gap"][1:] > 0.3).all() and boxed.shape == (8, len(KS))


def test_where_no_groups_stand_apart_the_curve_has_its_elbow_whatever_k_max_is():
    X = np.random.default_rng(1).normal(size=(800, 2))
    few, many = (gathered(X, range(first, k_max + 1))[1] for first, k_max in ((1, 4), (3, 13)))
    assert few.cut == many.cut and few.cut.k > 1 and few.beyond_null_at_cut == many.beyond_null_at_cut


@pytest.mark.parametrize(("k_max", "searched"), [(10, card.SAMPLE), (60, 60 * card.PER_SEGMENT)])
def test_the_more_segments_there_may_be_the_more_customers_are_searched_for_valleys(monkeypatch, k_max, searched):
    sizes = []

    def search(X, k_maxes, *_):
        sizes.append(len(X))
        return dict.fromkeys(k_maxes, (1, 0.0))

    monkeypatch.setattr(valleys, "search", search)
    monkeypatch.setattr(card, "FEW", 100)
    gathered(planted(4, 7_000), range(k_max, k_max + 1))
    assert sizes == [searched] * card.DRAWS


@pytest.mark.parametrize("first", [2, 4])
def test_a_curve_may_begin_later(first):
    _, evidence, table = gathered(planted(3), range(first, 6))
    assert rules.choices(range(first, 6), table, evidence.groups_by_k_max[5][0])["calibrated"] == max(3, first)
    assert len(table["null"]) == 6 - first


def test_the_card_is_the_same_for_any_number_of_threads():
    one, other = (gathered(planted(3), threads=threads)[2] for threads in (1, 3))
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)


@pytest.mark.parametrize("rows", [10, 11, 12])
def test_few_customers_have_a_card(rows):
    _, evidence, table = gathered(planted(2, rows), range(1, 11))
    assert np.isfinite(table["inertia"]).all() and evidence.groups_by_k_max[10][0] == 1


def test_a_curve_may_end_at_one_segment():
    _, evidence, table = gathered(planted(3), range(1, 2))
    assert table["inertia"] == pytest.approx([1200 * 4]) and list(evidence.groups_by_k_max) == [1, 3]


def test_customers_that_repeat_have_a_card():
    _, evidence, table = gathered(np.repeat(planted(3, rows=8), 100, axis=0), range(1, 9))
    assert table["inertia"][-1] < 1e-9 and np.isfinite(table["gap"]).all() and evidence.groups_by_k_max[8][0] <= 8


@pytest.mark.parametrize("exact_rows", [20_000, 1_000], ids=["all rows", "coreset"])
def test_nothing_that_the_verdict_takes_hangs_on_the_seed_the_order_or_the_parts(exact_rows):
    X = np.exp(np.random.default_rng(2).normal(size=(3_000, 3)))
    X = np.round((X - X.mean(axis=0)) / X.std(axis=0), 9)
    order = np.random.default_rng(3).permutation(len(X))
    fits, first, _ = gathered(X, exact_rows=exact_rows, n_init=1)
    others = {"seed": (X, {"seed": 1}), "order": (X[order], {}), "parts": (X, {"parts": 7})}
    for name, (other, settings) in others.items():
        refits, again, _ = gathered(other, exact_rows=exact_rows, n_init=1, **settings)
        assert again.cut == first.cut and again.beyond_null_at_cut == first.beyond_null_at_cut, name
        assert again.groups_by_k_max == first.groups_by_k_max and again.groups_by_draw == first.groups_by_draw, name
        if name == "seed":
            assert any(not np.array_equal(refits[k].centres, fits[k].centres) for k in KS)


@pytest.mark.parametrize(("customers", "are_few"), [(mixtures.MOST, True), (mixtures.MOST + 1, False)])
def test_mixtures_are_for_few_customers_whatever_k_max_is(monkeypatch, customers, are_few):
    asked = []

    def count(samples, k_maxes, few, pool):
        asked.append(few)
        return dict.fromkeys(k_maxes, (1, 0.0)), [dict.fromkeys(k_maxes, (1, 0.0))] * len(samples)

    monkeypatch.setattr(card.groups, "count", count)
    gathered(planted(4, customers), range(60, 61), n_init=1)
    assert asked == [are_few]
