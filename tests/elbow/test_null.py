"""Reference data keep the size and shape of the customers and none of their segments."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.stats import spearmanr

from segmentation.elbow import null


def draws(seed=0):
    return np.random.default_rng(seed)


def test_the_box_lies_along_the_principal_axes():
    line = draws().uniform(-1, 1, 2000)
    X = np.column_stack([line, line + 0.01 * draws(1).uniform(-1, 1, 2000)])  # a thin box at 45 degrees
    box = null.box(X, draws(2))
    assert sorted(np.ptp(box, axis=0)) == pytest.approx([0.01 * np.sqrt(2), 2 * np.sqrt(2)], rel=0.02)
    assert abs(np.corrcoef(box.T)[0, 1]) < 0.05


def test_the_copula_keeps_values_and_correlations_and_loses_segments():
    X = draws().multivariate_normal([0, 0, 0], [[1, 0.8, 0], [0.8, 1, -0.5], [0, -0.5, 1]], size=2000)
    X = np.column_stack([np.exp(X[:, 0]), X[:, 1].round(), X[:, 2]])
    drawn = null.copula(X, draws(1))
    assert np.array_equal(np.sort(drawn, axis=0), np.sort(X, axis=0))
    assert spearmanr(drawn).statistic == pytest.approx(spearmanr(X).statistic, abs=0.06)
    two = np.repeat([[0, 0], [4, -4]], 500, axis=0) + draws().normal(size=(1000, 2))
    quadrants = [np.mean((X[:, 0] > 2) & (X[:, 1] > -2)) for X in (two, null.copula(two, draws(1)))]
    assert quadrants[0] < 0.02 < 0.05 < quadrants[1]  # where nobody was, between the segments, somebody is


@pytest.mark.parametrize("column", [np.zeros(100), np.arange(100.0)], ids=["constant", "copy"])
def test_a_copula_takes_constants_and_copies(column):
    drawn = null.copula(np.column_stack([np.arange(100.0), column]), draws(1))
    assert np.array_equal(np.sort(drawn[:, 1]), np.sort(column))


def test_how_far_beyond_the_null_is_worked_by_hand():
    references = np.log([[8.0, 4.0], [2.0, 1.0]])  # mean log 4 and log 2, spread sqrt(2) log 2
    assert null.beyond([4.0, 1.0], references) == pytest.approx([0, 1 / np.sqrt(2)])


def test_the_gap_and_its_error_are_those_worked_by_hand():
    references = np.log([[8.0, 4.0], [2.0, 1.0]])  # their mean logarithms are log 4 and log 2, their spread log 2
    gap, error = null.find_gap([4.0, 1.0], references)
    assert gap == pytest.approx([0, np.log(2)])
    assert error == pytest.approx([np.log(2) * np.sqrt(1.5)] * 2)


def test_no_inertia_at_all_has_a_logarithm():
    assert null.logarithms([0.0, 1.0]) == pytest.approx([np.log(null.LEAST), 0])


def test_a_single_feature_has_no_copula():
    with ThreadPoolExecutor(1) as pool:
        assert list(null.curves(draws().normal(size=(100, 1)), [2], pool)) == ["box"]


def test_axes_of_equal_length_are_the_same_on_every_processor():
    grid = np.stack(np.meshgrid(*[np.arange(5.0)] * 3), axis=-1).reshape(-1, 3)
    nearly = grid + 1e-9 * draws().normal(size=grid.shape)
    assert null.box(grid, draws(1)) == pytest.approx(null.box(nearly, draws(1)), abs=1e-6)


def test_curves_are_the_same_for_any_number_of_threads_and_fall_from_the_inertia_of_one_segment():
    X = draws().normal(size=(300, 2))
    answers = []
    for threads in (1, 3):
        with ThreadPoolExecutor(threads) as pool:
            answers.append(null.curves(X, range(1, 5), pool))
    for kind, number in (("box", 8), ("copula", 16)):
        assert answers[0][kind].tobytes() == answers[1][kind].tobytes()
        assert answers[0][kind].shape == (number, 5)
        assert answers[0][kind][:, 0] == pytest.approx(answers[0][kind][:, 1])
        assert (np.diff(answers[0][kind][:, 1:]) < 0).all()
    assert answers[0]["copula"][:, 0] == pytest.approx(np.log(X.var(axis=0).sum() * 300))
