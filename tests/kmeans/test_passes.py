"""Passes that look only at customers near a border, against passes that look at all of them."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from samples import rows

from segmentation.features import assignment, kept
from segmentation.features.blocks import Scaled
from segmentation.kmeans import lloyd, passes
from segmentation.kmeans.coreset import Weighted

CUSTOMERS = 6000


def standardised(X):
    return np.round((X - X.mean(axis=0)) / X.std(axis=0), 9)


def counts(features):
    return np.random.default_rng(0).poisson(1.2, (CUSTOMERS, features)).astype(float)


TABLES = {
    "three features": (standardised(rows(CUSTOMERS)), 5),
    "ten features": (standardised(rows(CUSTOMERS, 10)), 12),
    "one feature": (standardised(rows(CUSTOMERS, 1)), 4),
    "customers alike": (standardised(counts(2)), 6),
    "one segment": (standardised(rows(CUSTOMERS)), 1),
}


def in_parts(X, part_rows, memory=10**9):
    blocks = [np.ascontiguousarray(X[start : start + part_rows].T) for start in range(0, len(X), part_rows)]
    sizes = [block.shape[1] for block in blocks]
    return Scaled([""] * X.shape[1], sizes, [partial(np.asarray, block) for block in blocks], memory)


def settle(X, begun, *, part_rows=500, threads=2, max_passes=300, memory=10**9):
    kept.forget()
    sample = Weighted(np.ascontiguousarray(X[::5].T), np.full(len(X[::5]), 5.0))
    with ThreadPoolExecutor(threads) as pool:
        return passes.settle(in_parts(X, part_rows, memory), begun, sample, max_passes, pool)


def full_passes(X, begun, max_passes=300):
    """The centres that passes over all customers end at, and how many passes it takes."""
    centres, first, columns = assignment.published(begun), np.array([0, len(begun)]), np.ascontiguousarray(X.T)
    for number in range(1, max_passes + 1):
        moved = passes._moved(lloyd.tally(columns, centres, first, False), centres, first)
        if np.array_equal(moved, centres):
            break
        if number < max_passes:
            centres = moved
    return centres, number


@pytest.mark.parametrize("near", [0.001, 0.1, 1.0])
@pytest.mark.parametrize(("X", "k"), TABLES.values(), ids=TABLES)
def test_the_end_is_that_of_passes_over_all_customers_to_the_last_digit(X, k, near, monkeypatch):
    monkeypatch.setattr(passes, "NEAR", near)
    begun = X[np.random.default_rng(1).choice(len(X), k, replace=False)]
    found = settle(X, begun)
    centres, number = full_passes(X, begun)
    assert (found.centres.tobytes(), found.iterations, found.converged) == (centres.tobytes(), number, True)


def test_passes_end_where_they_are_told_to():
    X, k = TABLES["ten features"]
    for most in (1, 2, 7):
        found = settle(X, X[:k], max_passes=most)
        assert (found.centres.tobytes(), found.iterations) == (full_passes(X, X[:k], most)[0].tobytes(), most)
        assert not found.converged


def test_a_centre_without_customers_takes_the_one_who_is_farthest_of_all():
    X, _ = TABLES["three features"]
    begun = np.concatenate([X[:3], [[500, 0, 0]]])
    assert settle(X, begun).centres.tobytes() == full_passes(X, begun)[0].tobytes()


def test_parts_threads_and_memory_change_no_byte():
    X, k = TABLES["three features"]
    usual = settle(X, X[:k])
    for settings in ({"part_rows": 6000}, {"part_rows": 37}, {"threads": 5}, {"memory": 0}, {"memory": 10_000}):
        found = settle(X, X[:k], **settings)
        assert (found.centres.tobytes(), found.iterations) == (usual.centres.tobytes(), usual.iterations)
        assert (found.sums.customers == usual.sums.customers).all() and found.inertia == usual.inertia


def test_most_passes_read_no_part_at_all():
    X, k = TABLES["three features"]
    whole, read = in_parts(X, 500), []

    def counted(block):
        read.append(block)
        return block()

    table = Scaled(whole.names, whole.sizes, [partial(counted, block) for block in whole.blocks], whole.memory)
    begun, _ = full_passes(X, X[:k])
    begun += np.random.default_rng(0).normal(0, 0.02, begun.shape)  # about as far off as a fit on a coreset
    sample = Weighted(np.ascontiguousarray(X.T), np.ones(len(X)))
    kept.forget()
    with ThreadPoolExecutor(2) as pool:
        found = passes.settle(table, begun, sample, 300, pool)
    assert found.iterations >= 4
    assert len(read) <= 2 * len(table.blocks)  # to find the borders, and to describe the segments
