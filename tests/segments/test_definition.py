"""Definitions: planted boxes come back in round numbers, and what they cover is counted right."""

import numpy as np
import pytest
from sklearn.metrics import f1_score
from sklearn.tree import DecisionTreeClassifier

from segmentation.features.space import Feature, FeatureSpace
from segmentation.segments import definition
from segmentation.segments.definition import Condition


def customers(rows=4000, seed=0):
    """Spending in cents, whole ages and orders: no value is the threshold itself by construction."""
    draws = np.random.default_rng(seed)
    spending = draws.lognormal(6, 1, rows).round(2)
    return {
        "spending": spending,
        "age": draws.integers(18, 80, rows).astype(float),
        "orders": draws.poisson(9.0, rows) * 1.0,
    }


def scaled(columns):
    X = np.column_stack(
        [np.log1p(columns["spending"]), *[column for name, column in columns.items() if name != "spending"]]
    )
    return (X - X.mean(axis=0)) / X.std(axis=0)


def fitted(columns, member):
    return definition.fit_definitions(scaled(columns), columns, np.where(member, 1, 2), 2)[0]


def by_column(conditions):
    return {condition.column: (condition.low, condition.high) for condition in conditions}


def test_a_planted_box_comes_back_in_round_numbers():
    columns = customers()
    conditions = fitted(columns, (columns["spending"] >= 500) & (columns["age"] < 37))
    assert by_column(conditions) == {"spending": (500, None), "age": (None, 37)}


@pytest.mark.parametrize(("low", "high"), [(30, 60), (25, 40), (50, 75)])
def test_two_bounds_of_a_column_are_one_condition(low, high):
    columns = customers()
    conditions = fitted(columns, (columns["age"] >= low) & (columns["age"] < high))
    assert conditions == (Condition("age", low, high),)


def test_a_threshold_is_as_round_as_the_score_allows():
    columns = customers()
    (condition,) = fitted(columns, columns["spending"] >= 497.13)
    assert condition == Condition("spending", 500, None)
    few = {name: np.repeat(column[:5], 200) for name, column in columns.items()}
    (condition,) = fitted(few, few["age"] >= np.median(few["age"]))
    assert condition.low == int(condition.low)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (36, 37, 37),
        (36, 41, 40),
        (0.21, 0.3, 0.3),
        (0.6, 0.7, 0.7),
        (0.15, 0.29996, 0.2),
        (499.99, 500.01, 500),
        (-3.7, -2.2, -3),
        (-0.4, 0, 0),
        (1e300, 3e300, 3e300),
        (1, np.nextafter(1, 2), np.nextafter(1, 2)),
    ],
)
def test_between_two_values_lies_the_roundest_number(low, high, expected):
    values = np.repeat([low, high], 50).astype(float)
    X = np.repeat([0.0, 1], 50)[:, np.newaxis]
    below, above = definition.fit_definitions(X, {"x": values}, np.repeat([1, 2], 50), 2)
    assert (below, above) == ((Condition("x", None, expected),), (Condition("x", expected, None),))


@pytest.mark.parametrize("noise", [0, 0.02, 0.2])
def test_rounding_costs_no_more_of_the_score_than_it_may(noise):
    columns, draws = customers(), np.random.default_rng(1)
    member = (columns["spending"] >= 812.4) & (columns["orders"] < 8) & (draws.random(4000) >= noise)
    X = scaled(columns)
    conditions = fitted(columns, member)
    tree = DecisionTreeClassifier(max_depth=definition.DEPTH, random_state=0).fit(X.astype(np.float32), member)
    leaf = tree.apply(X.astype(np.float32))
    best = max(f1_score(member, leaf == number) for number in np.unique(leaf))
    score = f1_score(member, definition.covered(conditions, columns))
    assert score >= best - definition.PLAIN
    assert len(conditions) <= definition.DEPTH


def test_a_bound_lies_beyond_the_last_value_outside():
    age = np.repeat([40.0, 41], 500)
    (condition,) = definition.fit_definitions(age[:, np.newaxis], {"age": age}, np.where(age > 40, 1, 2), 2)[0]
    assert condition == Condition("age", 41, None)


@pytest.mark.parametrize(("excluded", "columns_left"), [(0.01, {"age"}), (0.03, {"age", "rank"})])
def test_a_condition_is_left_out_that_costs_less_of_the_score_than_it_may(excluded, columns_left):
    columns = customers() | {"rank": np.random.default_rng(4).permutation(4000) / 1.0}
    member = (columns["age"] < 40) & (columns["rank"] < 4000 * (1 - excluded))
    assert set(by_column(fitted(columns, member))) == columns_left


def test_a_definition_has_no_more_conditions_than_plain_words_do():
    columns = dict(zip("abcdef", np.random.default_rng(5).random((6, 4000)), strict=True))
    member = np.logical_and.reduce([column >= 0.3 for column in columns.values()])
    assert (
        len(definition.fit_definitions(np.column_stack([*columns.values()]), columns, np.where(member, 1, 2), 2)[0])
        == 3
    )


def test_neither_the_order_of_the_customers_nor_a_monotone_scale_changes_a_definition():
    columns = customers()
    member = (columns["spending"] >= 700) & (columns["age"] < 50)
    order = np.random.default_rng(2).permutation(4000)
    conditions = fitted(columns, member)
    assert fitted({name: column[order] for name, column in columns.items()}, member[order]) == conditions
    cubed = definition.fit_definitions(scaled(columns) ** 3, columns, np.where(member, 1, 2), 2)[0]
    assert cubed == conditions


@pytest.mark.parametrize("scale", [1e-12, 1e300, -1])
def test_numbers_of_any_size_and_sign_are_told_apart(scale):
    values = np.repeat(np.arange(1.0, 9), 50) * scale
    X = (np.arange(400) // 50 * np.sign(scale))[:, np.newaxis].astype(float)
    member = np.abs(values) >= np.abs(4.5 * scale)
    (conditions,) = definition.fit_definitions(X, {"x": values}, np.where(member, 1, 2), 2)[:1]
    assert (definition.covered(conditions, {"x": values}) == member).all()


def test_what_cannot_be_told_apart_has_no_definition():
    columns = customers(100)
    X = scaled(columns)
    assert definition.fit_definitions(X, columns, np.ones(100, dtype=int), 1) == [()]
    assert definition.fit_definitions(X, columns, np.ones(100, dtype=int), 2) == [(), ()]
    same = {"x": np.full(100, 7.0)}
    assert definition.fit_definitions(np.zeros((100, 1)), same, np.arange(100) % 2 + 1, 2) == [(), ()]


def test_of_many_customers_every_so_many_th_grows_the_tree(monkeypatch):
    columns = customers()
    member = columns["age"] < 40
    monkeypatch.setattr(definition, "SAMPLE", 1000)
    member[np.arange(4000) % 4 > 0] ^= True  # none of them among every fourth from the first
    assert fitted(columns, member) == (Condition("age", None, 40),)


def test_counts_are_those_of_all_and_add_up_over_parts():
    columns, segment = customers(), np.random.default_rng(3).integers(1, 3, 4000)
    columns["age"][::7] = np.nan
    definitions = [(Condition("age", 30, 60), Condition("spending", 400, None)), ()]
    whole = definition.count_covered(definitions, columns, segment)
    inside = (columns["age"] >= 30) & (columns["age"] < 60) & (columns["spending"] >= 400)
    assert whole.tolist() == [[inside.sum(), 4000], [(inside & (segment == 1)).sum(), (segment == 2).sum()]]
    parts = [slice(0, 1500), slice(1500, None)]
    cut = [
        definition.count_covered(definitions, {n: c[part] for n, c in columns.items()}, segment[part]) for part in parts
    ]
    assert (sum(cut) == whole).all()


def test_a_missing_value_counts_as_what_the_model_fills_in():
    known = {"unit": "", "transform": "none", "power": None, "low": None, "high": None, "mean": 0, "scale": 1}
    space = FeatureSpace((Feature(name="a", fill=5.0, **known), Feature(name="b", fill=None, **known)))
    features = definition.filled(space, {"a": np.array([1, np.nan]), "b": np.array([np.nan, 2]), "other": np.zeros(2)})
    assert features["a"].tolist() == [1, 5] and np.isnan(features["b"][0]) and set(features) == {"a", "b"}


def test_the_last_bound_stays_where_nearly_everyone_is_a_member():
    x = np.repeat([0.0, 30], [990, 10])
    definitions = definition.fit_definitions(x[:, np.newaxis], {"x": x}, np.where(x < 9, 1, 2), 2)
    assert [len(conditions) for conditions in definitions] == [1, 1]
    assert (definition.covered(definitions[0], {"x": x}) == (x < 9)).all()
