"""K-means, against scikit-learn and planted blobs."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

from segmentation.features import assignment
from segmentation.kmeans import distinct, exact
from segmentation.pipeline.errors import InputFault

CENTRES = np.array([[0, 0, 0], [6, 0, 0], [0, 6, 0], [0, 0, 6], [6, 6, 6]], dtype=float)


@pytest.fixture(scope="module")
def blobs():
    X, planted = make_blobs(400, centers=CENTRES, cluster_std=0.9, random_state=4)
    return np.round(X, 9), planted


def fitted(X, ks, n_init=5, seed=0, threads=2):
    with ThreadPoolExecutor(threads) as pool:
        return exact.fit_each_k(X, ks, n_init, seed, pool)


def test_the_inertia_for_each_k_is_no_worse_than_that_of_scikit_learn(blobs):
    X, _ = blobs
    fits = fitted(X, range(1, 9), n_init=20)
    assert list(fits) == list(range(1, 9))
    for k, fit in fits.items():
        oracle = KMeans(k, n_init=10, random_state=1).fit(X).inertia_
        assert fit.inertia <= oracle * (1 + (1e-6 if k <= len(CENTRES) else 0.01))
        assert fit.inertia == pytest.approx((assignment.nearest(X, fit.centres)[1] ** 2).sum(), rel=1e-7)
        assert fit.converged and 1 <= fit.iterations < exact.MAX_ITERATIONS


def test_planted_centres_and_members_are_recovered(blobs):
    X, planted = blobs
    fit = fitted(X, [5])[5]
    found, _, _ = assignment.nearest(CENTRES, fit.centres)
    assert sorted(found) == list(range(5))
    assert fit.centres[found] == pytest.approx(CENTRES, abs=0.4)
    assert (fit.centres == np.round(fit.centres, 9)).all()
    label, _, _ = assignment.nearest(X, fit.centres)
    assert adjusted_rand_score(planted, label) > 0.98


def test_the_order_of_the_customers_changes_no_byte_of_the_centres(blobs):
    X, _ = blobs
    order = np.random.default_rng(0).permutation(len(X))
    for k, fit in fitted(X, [2, 4, 7], n_init=2).items():
        shuffled = fitted(X[order], [k], n_init=2)[k]
        assert shuffled.centres.tobytes() == fit.centres.tobytes()
        assert shuffled.inertia == fit.inertia
        assert (assignment.nearest(X[order], fit.centres)[0] == assignment.nearest(X, fit.centres)[0][order]).all()


def test_one_two_and_four_threads_give_the_same_bytes(blobs):
    runs = [fitted(blobs[0], [3, 6], n_init=4, threads=threads) for threads in (1, 2, 4)]
    for k in (3, 6):
        first, *others = [run[k] for run in runs]
        for other in others:
            assert other.centres.tobytes() == first.centres.tobytes()
            assert (other.inertia, other.iterations) == (first.inertia, first.iterations)


def test_a_fit_depends_on_its_own_k_and_the_seed_only(blobs):
    X, _ = blobs
    alone, among = fitted(X, [7], n_init=1)[7], fitted(X, [3, 7, 8], n_init=1)[7]
    assert alone.centres.tobytes() == among.centres.tobytes()
    assert fitted(X, [7], n_init=1, seed=1)[7].centres.tobytes() != alone.centres.tobytes()


def test_the_best_restart_counts(blobs):
    X, _ = blobs
    inertia = [fitted(X, [8], n_init=n)[8].inertia for n in (1, 2, 4, 8)]
    assert inertia == sorted(inertia, reverse=True) and inertia[-1] < inertia[0]


def test_a_fit_that_runs_out_of_iterations_says_so(blobs, monkeypatch):
    monkeypatch.setattr(exact, "MAX_ITERATIONS", 1)
    fit = fitted(blobs[0], [8], n_init=1)[8]
    assert not fit.converged and fit.iterations == 1


def test_more_segments_than_distinct_customers_are_refused():
    X = np.array([[1.0, 2], [1, 2], [1, 3], [0, 3], [1, 2]])
    text = r"5 customers with 3 distinct rows of features cannot make 4 segments: lower elbow.k_max or cluster.k to 3"
    with pytest.raises(InputFault, match=text):
        fitted(X, [2, 4])
    assert fitted(X, [3])[3].inertia == 0


@pytest.mark.parametrize("weight", [None, [1.0, 2, 3, 4, 5, 6]])
def test_distinct_rows_come_in_order_with_the_customers_they_stand_for(weight):
    X = np.array([[1.0, 2], [0, 3], [1, 2], [0, -3], [1, 2], [0, 3]])
    rows, customers = distinct.distinct_rows(X, weight if weight is None else np.array(weight))
    assert rows.tolist() == [[0, -3], [0, 3], [1, 2]]
    assert customers.tolist() == ([1, 2, 3] if weight is None else [4, 8, 9])


@pytest.mark.parametrize("k", [1, 3])
def test_as_many_segments_as_distinct_customers_are_let_through(k):
    distinct.check_distinct(3, 1_234_567, k)
    text = "1,234,567 customers with 3 distinct rows of features cannot make 4 segments: lower .* to 3 or less"
    with pytest.raises(InputFault, match=text):
        distinct.check_distinct(3, 1_234_567, 4)
