"""Fitting the feature space over parts, against scikit-learn and NumPy."""

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from sklearn.preprocessing import PowerTransformer, StandardScaler

from segmentation.features import fitting, transforms
from segmentation.pipeline import parts
from segmentation.pipeline.errors import InputFault
from segmentation.pipeline.schema import TRANSFORMS, Feature

ROWS = 500


def setting(transform="none", missing="error", clip=None, unit=""):
    return Feature(unit, transform, missing, clip)


@pytest.fixture(scope="module")
def raw():
    generator = np.random.default_rng(5)
    spending = generator.lognormal(6, 1, ROWS)
    spending[::50] = np.nan
    return {
        "spending": spending,
        "orders": generator.poisson(4, ROWS).astype(float),
        "balance": generator.normal(0, 100, ROWS) ** 3 / 1e4,
        "age": generator.normal(45, 12, ROWS),
    }


@pytest.fixture
def fit(tmp_path):
    def fitted(columns, settings, cuts=(), threads=1, step=1):
        folder = tmp_path / f"{len(list(tmp_path.iterdir()))}"
        table = pa.table({name: columns[name] for name in settings})
        bounds = [0, *cuts, table.num_rows]
        for number, (first, last) in enumerate(pairwise(bounds)):
            parts.write(parts.path(folder, number), table[first:last])
        surveys = [fitting.survey(table[a:b], a, settings, step) for a, b in pairwise(bounds)]
        with ThreadPoolExecutor(threads) as pool:
            return fitting.fit(surveys, parts.paths(folder), settings, pool)

    return fitted


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_each_transform_scales_as_scikit_learn(transform, raw, fit):
    column = raw["balance" if transform in ("none", "yeo-johnson") else "orders"]
    X, power = column[:, np.newaxis], None
    if transform == "yeo-johnson":
        power = round(PowerTransformer(method="yeo-johnson", standardize=False).fit(X).lambdas_[0], 4)
        oracle = PowerTransformer(standardize=False).fit(X)
        oracle.lambdas_ = np.array([power])
        transformed = oracle.transform(X)
    else:
        transformed = {"none": np.asarray, "log1p": np.log1p, "sqrt": np.sqrt}[transform](X)
    space, constant = fit({"x": column}, {"x": setting(transform, unit="dollars")})
    assert constant == []
    [feature] = space.features
    assert (feature.name, feature.unit, feature.transform, feature.power) == ("x", "dollars", transform, power)
    assert space.scaled(X) == pytest.approx(StandardScaler().fit_transform(transformed), abs=1e-7)


def test_the_power_of_a_long_column_is_fitted_on_evenly_spaced_customers(raw, fit, monkeypatch):
    monkeypatch.setattr(transforms, "YEO_JOHNSON_ROWS", 100)
    oracle = PowerTransformer(standardize=False).fit(raw["balance"][::5, np.newaxis])
    space, _ = fit(raw, {"balance": setting("yeo-johnson")}, cuts=[123])
    assert space.features[0].power == round(oracle.lambdas_[0], 4)


def test_extreme_values_are_clipped_at_their_quantiles(raw, fit):
    column = raw["balance"]
    space, _ = fit(raw, {"balance": setting(clip=[0.05, 0.9]), "age": setting()})
    low, high = np.quantile(column, [0.05, 0.9])
    feature, unclipped = space.features
    assert (feature.low, feature.high) == pytest.approx((low, high), rel=1e-8)
    assert (unclipped.low, unclipped.high) == (None, None)
    expected = StandardScaler().fit_transform(column.clip(low, high)[:, np.newaxis])[:, 0]
    assert feature.scaled(column) == pytest.approx(expected, abs=1e-7)
    below_and_above = int((column < low).sum() + (column > high).sum())
    assert space.clipped(np.column_stack([column, raw["age"]])) == [below_and_above, 0]
    assert below_and_above == 25 + 50


def test_the_power_and_the_fill_are_those_of_the_values_at_hand(raw, fit):
    column = raw["spending"]
    space, _ = fit(raw, {"spending": setting("yeo-johnson", "median", [0.1, 0.9])})
    known = column[~np.isnan(column)]
    clipped = known.clip(*np.quantile(known, [0.1, 0.9]))
    [feature] = space.features
    assert feature.fill == pytest.approx(np.median(known), rel=1e-8)
    assert feature.power == round(PowerTransformer(standardize=False).fit(clipped[:, np.newaxis]).lambdas_[0], 4)


def test_a_missing_value_becomes_the_median_and_counts_in_mean_and_scale(raw, fit):
    column = raw["spending"]
    space, _ = fit(raw, {"spending": setting("log1p", "median")})
    filled = np.where(np.isnan(column), np.nanmedian(column), column)
    expected = StandardScaler().fit_transform(np.log1p(filled)[:, np.newaxis])
    assert space.scaled(column[:, np.newaxis]) == pytest.approx(expected, abs=1e-7)


def test_customers_that_miss_a_value_are_dropped_for_every_feature(raw, fit):
    settings = {"spending": setting("log1p", "drop"), "age": setting()}
    space, _ = fit(raw, settings)
    keep = ~np.isnan(raw["spending"])
    assert space.features[1].mean == pytest.approx(raw["age"][keep].mean(), rel=1e-8)
    assert space.features[1].scale == pytest.approx(raw["age"][keep].std(), rel=1e-8)
    table = pa.table({name: raw[name] for name in settings})
    assert fitting.kept_rows(table, settings).tolist() == keep.tolist()
    assert fitting.kept_rows(table, {"spending": setting(missing="median"), "age": setting()}).all()


def test_a_value_that_nothing_fills_stays_missing(raw, fit):
    space, _ = fit(raw, {"age": setting()})
    assert np.isnan(space.scaled(np.array([[np.nan]]))).all()


@pytest.mark.parametrize("cuts", [[1], [100, 101, 350]])
def test_a_table_in_several_parts_gives_the_same_feature_space(cuts, raw, fit):
    settings = {
        "spending": setting("log1p", "median", [0.01, 0.99]),
        "orders": setting("sqrt"),
        "balance": setting("yeo-johnson"),
        "age": setting(missing="drop"),
    }
    (whole, _), (split, _) = fit(raw, settings), fit(raw, settings, cuts)
    for one, other in zip(whole.to_json(), split.to_json(), strict=True):
        assert one == {key: pytest.approx(v, rel=1e-8) if isinstance(v, float) else v for key, v in other.items()}


def test_one_two_and_four_threads_give_the_same_feature_space(raw, fit):
    settings = {"spending": setting("log1p", "median"), "balance": setting("yeo-johnson", clip=[0.01, 0.99])}
    spaces = [fit(raw, settings, cuts=[50, 200, 330], threads=threads)[0] for threads in (1, 2, 4)]
    assert spaces[0] == spaces[1] == spaces[2]


def test_the_unit_of_a_linear_feature_changes_no_scaled_value(raw, fit):
    age = raw["age"][:, np.newaxis]
    years, _ = fit(raw, {"age": setting()})
    days, _ = fit({"age": raw["age"] * 365.25}, {"age": setting()})
    assert days.scaled(age * 365.25) == pytest.approx(years.scaled(age), abs=1e-7)


def test_a_constant_column_is_left_out(raw, fit):
    columns = {**raw, "same": np.full(ROWS, 3.3), "clipped": np.r_[np.zeros(ROWS - 1), 9]}
    settings = {"same": setting("log1p"), "age": setting(), "clipped": setting(clip=[0, 0.9])}
    space, constant = fit(columns, settings, cuts=[7])
    assert constant == ["same", "clipped"] and space.names == ["age"]


def test_transforms_do_without_the_functions_in_which_processors_differ(raw, fit, monkeypatch):
    names = {"spending": "log1p", "orders": "sqrt", "balance": "yeo-johnson", "age": "none"}
    space, _ = fit(raw, {name: setting(transform, "median") for name, transform in names.items()})

    def refuse(*_, **__):
        raise AssertionError("NumPy's differs between processors")

    for function in ("log", "log1p", "log2", "exp", "expm1", "power", "float_power"):
        monkeypatch.setattr(np, function, refuse)
    assert np.isfinite(space.scaled(np.column_stack([raw[name] for name in names]))).all()


def test_what_differs_by_the_last_bit_is_constant(raw, fit):
    noise = np.where(np.arange(ROWS) % 2, 0.3, 0.1 + 0.2)
    tiny = np.arange(ROWS) * 1e-200
    settings = {"noise": setting(), "tiny": setting(), "age": setting()}
    space, constant = fit({**raw, "noise": noise, "tiny": tiny}, settings, cuts=[7])
    assert constant == ["noise", "tiny"] and space.names == ["age"]


@pytest.mark.parametrize(("clip", "bounds"), [([0, 0.9], [False, True]), ([0.1, 1], [True, False])])
def test_a_quantile_of_0_or_1_is_no_bound_for_customers_outside_the_sample(clip, bounds, raw, fit):
    space, _ = fit(raw, {"balance": setting(clip=clip)}, step=7)
    [feature] = space.features
    assert [feature.low is not None, feature.high is not None] == bounds
    below, above = np.quantile(raw["balance"][::7], clip)
    outside = int((raw["balance"] < below).sum() * bounds[0] + (raw["balance"] > above).sum() * bounds[1])
    assert space.clipped(raw["balance"][:, np.newaxis]) == [outside]
    low, high = feature.transformed(np.array([-1e9, 1e9]))
    assert (low > -1e9, high < 1e9) == tuple(bounds)


@pytest.mark.parametrize(
    ("columns", "settings", "text"),
    [
        (
            {"a": [1.0, np.nan], "b": [np.nan, 1.0]},
            {"a": setting(missing="drop"), "b": setting(missing="drop")},
            "no customer is left: each misses a value in a feature whose `missing` is drop",
        ),
        (
            {"a": [1.0, np.nan], "b": [np.nan, 1.0]},
            {"a": setting(missing="drop"), "b": setting(missing="median")},
            "column 'b' has no value for any customer that is left",
        ),
        (
            {"a": [1.0, 1.0], "b": [0.0, 0.0]},
            {"a": setting(), "b": setting("sqrt")},
            "every feature is constant (a, b): nothing tells the customers apart",
        ),
        (
            {"a": [1.0, 2.0], "b": [1e200, -1e200]},
            {"a": setting(), "b": setting()},
            "column 'b' spans too wide a range to be scaled: log1p narrows it",
        ),
        (
            {"a": [1.0, 2.0, 3.0], "b": [1.7e308, 1.7e308, 0.0]},
            {"a": setting(), "b": setting()},
            "column 'b' spans too wide a range to be scaled: log1p narrows it",
        ),
        (
            {"a": [1.0, 2.0], "b": [1e12, 1e12 + 2]},
            {"a": setting(), "b": setting()},
            "column 'b' is 1e+12 on average and varies by 1 only, too little to be scaled: take off a constant",
        ),
    ],
    ids=["no customer", "no value", "constant", "variance overflows", "mean overflows", "far from zero"],
)
@pytest.mark.filterwarnings("ignore:(overflow|invalid):RuntimeWarning")
def test_customers_that_make_no_feature_space_are_refused(columns, settings, text, fit):
    with pytest.raises(InputFault, match=re.escape(text)):
        fit(columns, settings)


def test_bounds_of_many_customers_come_from_evenly_spaced_ones_and_scales_from_all(raw, fit):
    settings = {"balance": setting(clip=[0.05, 0.9]), "spending": setting("log1p", "median"), "age": setting()}
    space, _ = fit(raw, settings, cuts=[7, 200, 201], step=5)
    clipped, filled, age = space.features
    assert (clipped.low, clipped.high) == pytest.approx(np.quantile(raw["balance"][::5], [0.05, 0.9]), rel=1e-8)
    assert clipped.mean == pytest.approx(raw["balance"].clip(clipped.low, clipped.high).mean(), rel=1e-8)
    assert filled.fill == pytest.approx(np.nanmedian(raw["spending"][::5]), rel=1e-8)
    assert age.scale == pytest.approx(raw["age"].std(), rel=1e-8)


def test_a_part_is_surveyed_once_where_no_value_depends_on_other_customers(raw, fit, monkeypatch):
    monkeypatch.setattr(parts, "read", None)
    fit(raw, {"orders": setting("log1p"), "age": setting("sqrt")}, cuts=[50])
    with pytest.raises(TypeError):
        fit(raw, {"orders": setting("log1p"), "age": setting(clip=[0.1, 1])}, cuts=[50])
