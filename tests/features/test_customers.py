"""What is wrong with a table of customers is said with its column, its rows and both numbers."""

import re
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from segmentation.features import customers
from segmentation.pipeline.errors import InputFault
from segmentation.pipeline.schema import Feature


@pytest.fixture
def check():
    def checked(columns, settings, profile=(), value=None, max_missing=1.0, cuts=()):
        table = pa.table(columns)
        customers.check_columns(table.column_names, [*settings, *([value] if value else []), *profile])
        bounds = pairwise([0, *cuts, table.num_rows])
        surveys = [customers.survey(table[first:last], first, settings, value) for first, last in bounds]
        return customers.check(surveys, table.num_rows, settings, max_missing, "SELECT * FROM customers")

    return checked


def feature(transform="none", missing="error"):
    return Feature("", transform, missing, None)


def test_sound_customers_pass_with_their_missing_values_counted(check):
    columns = {
        "customer_id": list("abcde"),
        "spending": [0.0, None, 5, None, 2],
        "debt": [-0.5, 0, 1, 2, None],
        "root": [0, 0, 1, 2, 3],
        "balance": [-9.0, -1, 0, 1, 9],
        "income": [1.0, None, 1, 1, 1],
        "city": ["Bonn", None, "Köln", "Ulm", "Ulm"],
    }
    settings = {
        "spending": feature(missing="median"),
        "debt": feature("log1p", "drop"),
        "root": feature("sqrt"),
        "balance": feature("yeo-johnson"),
    }
    missing = check(columns, settings, ["city"], "income", max_missing=0.4, cuts=[1, 3])
    assert missing == {"spending": 2, "debt": 1, "root": 0, "balance": 0}


@pytest.mark.parametrize("cuts", [[], [2, 5], [1, 2, 3, 4, 5, 6, 7, 8]])
def test_rows_are_counted_over_the_whole_table_and_the_first_five_are_told(cuts, check):
    columns = {"x": [1, np.inf, 1, -np.inf, np.inf, 1, np.inf, np.inf, np.inf]}
    text = "column 'x' is infinite for 6 of 9 customers, first in data rows 2, 4, 5, 7, 8: mend the file"
    with pytest.raises(InputFault, match=f"^{re.escape(text)}, or"):
        check(columns, {"x": feature()}, cuts=cuts)


@pytest.mark.parametrize("cuts", [[], [3], [1, 2, 3]])
def test_a_word_in_one_part_is_told_and_not_the_numbers_kept_as_text_in_the_others(cuts, check):
    text = "column 'x' holds text where numbers were expected, for 1 of 4 customers, first in data row 4 'n/a': these"
    with pytest.raises(InputFault, match=f"^{re.escape(text)}"):
        check({"x": ["1", "2.5", "3", "n/a"]}, {"x": feature()}, cuts=cuts)


@pytest.mark.parametrize("cuts", [[], [2], [1, 2, 3]])
def test_the_cure_fits_the_text_of_all_parts(cuts, check):
    with pytest.raises(InputFault, match=r"'9,569' can mean 9569 or 9\.569"):
        check({"x": ["9,569", "10,334", "7", "8,001"]}, {"x": feature()}, cuts=cuts)
    with pytest.raises(InputFault, match=r"commas for decimals: set .* AS \"x\"\) FROM customers`$"):
        check({"x": ["9,569", "10,334", "7", "8,01"]}, {"x": feature()}, cuts=cuts)


OUTSIDE = "above -1 and sqrt values from 0; yeo-johnson takes any"


@pytest.mark.parametrize(
    ("values", "settings", "text"),
    [
        (
            ["1", "2,5", None, "n/a"],
            feature(),
            "for 2 of 4 customers, first in data rows 2 '2,5', 4 'n/a': these are numbers with commas for decimals",
        ),
        (
            ["1.5", "2", None, None],
            feature(),
            "for 2 of 4 customers, first in data rows 1 '1.5', 2 '2': these are numbers with dots for decimals",
        ),
        (
            ["1", "2", "3", "inf"],
            feature(),
            "for 1 of 4 customers, first in data row 4 'inf': mend 'inf' in the file, or let",
        ),
        (
            ["1", "a \n\t b" + 99 * "c", "3", ""],
            feature(),
            f"first in data rows 2 'a b{37 * 'c'}', 4 '': 'a b{37 * 'c'}' is neither number nor date",
        ),
        (
            [-1, 0, -0.9, -2],
            feature("log1p"),
            f"for 2 of 4 customers, first in data rows 1, 4: log1p needs values {OUTSIDE}",
        ),
        (
            [0, 1, -0.001, 4],
            feature("sqrt"),
            f"for 1 of 4 customers, first in data row 3: log1p needs values {OUTSIDE}",
        ),
        ([None] * 4, feature(missing="drop"), "column 'x' is empty in all 4 rows: leave it out of `features`"),
        (pa.nulls(4), feature(missing="median"), "column 'x' is empty in all 4 rows: leave it out of `features`"),
        (
            [1, None, 3, np.nan],
            feature(),
            "column 'x' has no value for 2 of 4 customers, first in data rows 2, 4: fill them",
        ),
        (
            [1, None, 3, np.nan],
            feature(missing="median"),
            "column 'x' has no value for 50.0% of the customers; preprocess.max_missing allows 40.0%: leave it out",
        ),
    ],
    ids=["words", "numbers as text", "inf as text", "long", "log1p", "sqrt", "empty", "null", "error", "max_missing"],
)
def test_a_feature_that_cannot_be_used_is_refused(values, settings, text, check):
    with pytest.raises(InputFault, match=re.escape(text)):
        check({"x": values}, {"x": settings}, max_missing=0.4)


@pytest.mark.parametrize(("values", "fault"), [(["a", "b"], "holds text"), ([1, np.inf], "is infinite")])
def test_the_value_column_is_checked_too(values, fault, check):
    with pytest.raises(InputFault, match=f"column 'worth' {fault}.* for .* of 2 customers"):
        check({"x": [1, 2], "worth": values}, {"x": feature()}, value="worth")


@pytest.mark.parametrize(("missing", "rows", "share"), [(1, 5, 0.2), (3, 10, 0.3), (7, 100, 0.07), (29, 100, 0.29)])
def test_exactly_as_many_missing_values_as_allowed_pass_and_one_more_does_not(missing, rows, share, check):
    def gaps(count):
        return {"x": [None] * count + [1.0] * (rows - count)}

    assert check(gaps(missing), {"x": feature(missing="drop")}, max_missing=share) == {"x": missing}
    with pytest.raises(InputFault, match=r"preprocess\.max_missing allows"):
        check(gaps(missing + 1), {"x": feature(missing="drop")}, max_missing=share)


@pytest.mark.parametrize(
    ("features", "profile", "value", "wanted"),
    [
        (["spendng"], [], None, "spendng"),
        (["spending"], ["spendin"], None, "spendin"),
        (["spending"], ["age"], "spendings", "spendings"),
    ],
    ids=["feature", "profile", "value"],
)
def test_a_column_that_is_not_there_is_refused_with_the_nearest(features, profile, value, wanted, check):
    columns = {"customer_id": ["a"], "spending": [1.0], "age": [30]}
    text = f"the customers have no column '{wanted}': did you mean 'spending'? there are: age, spending"
    with pytest.raises(InputFault, match=f"^{re.escape(text)}$"):
        check(columns, {name: feature() for name in features}, profile, value)


def test_the_id_is_never_suggested_as_a_feature(check):
    with pytest.raises(InputFault, match=r"no column 'customer': there are: x$"):
        check({"customer_id": ["a"], "x": [1.0]}, {"customer": feature()})


def test_a_column_of_words_is_told_from_one_of_numbers():
    table = pa.table({"word": ["a"], "whole": [1], "float": [1.0], "empty": pa.nulls(1)})
    assert [name for name in table.schema.names if customers.is_text(table, name)] == ["word"]
