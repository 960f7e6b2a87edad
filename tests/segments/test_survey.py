"""The passes over all customers, against the whole table at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from cases import model
from scipy.spatial.distance import cdist

from segmentation.features.space import Feature
from segmentation.pipeline import parts
from segmentation.pipeline.errors import IntermediateFault
from segmentation.segments import survey
from segmentation.segments.definition import Condition
from segmentation.segments.survey import CustomerSample, SegmentedCustomers

NUMBERS = (2, 5, 6)
CENTRES = [[1.0, 0], [-1, 1], [-1, -1]]
ROWS = 700
NUMBER, WORD = pa.float64(), pa.string()
SCHEMA = pa.schema({"age": NUMBER, "orders": NUMBER, "income": NUMBER, "city": WORD, "customer_id": WORD})
SEGMENTED = np.flatnonzero(np.arange(ROWS) % 10)  # preprocess left out every tenth customer


def feature(name, fill=None):
    return Feature(name, "", "none", None, fill, None, None, mean=50.0, scale=10.0)


MODEL = model([feature("age"), feature("orders", fill=50.0)], CENTRES, NUMBERS)


@pytest.fixture(scope="module")
def frame():
    draws = np.random.default_rng(0)
    frame = pd.DataFrame(draws.normal(50, 10, (ROWS, 2)).round(3), columns=["age", "orders"])
    frame["income"] = draws.normal(5e4, 1e4, ROWS).round()
    frame["city"] = draws.choice(["Bonn", "Ulm"], ROWS)
    frame["customer_id"] = [f"c{row}" for row in range(ROWS)]
    frame.loc[::9, "income"] = frame.loc[::7, "orders"] = np.nan
    return frame


def table(frame):
    return pa.Table.from_pandas(frame, SCHEMA, preserve_index=False)


def distances(frame):
    return cdist(MODEL.space.scaled(frame[["age", "orders"]].to_numpy()), CENTRES)


def written(folder, frame, number, cuts=(0, 250, 250, 600, ROWS)):
    """The tables of customers and of their segments, which have the numbers given, cut into parts."""
    for part, (start, end) in enumerate(pairwise(cuts)):
        rows = np.intersect1d(SEGMENTED, np.arange(start, end))
        parts.write(parts.path(folder / "customers", part), table(frame[start:end]))
        placed = pa.table({"_row": rows - start, "segment": number[rows].astype(np.int32)})
        parts.write(parts.path(folder / "segments", part), placed)
    columns = ["age", "orders", "income", "city"]
    return SegmentedCustomers(str(folder / "customers"), str(folder / "segments"), columns, "income", MODEL, 4)


@pytest.fixture(scope="module")
def number(frame):
    return np.array(NUMBERS)[distances(frame).argmin(axis=1)]


@pytest.fixture
def source(frame, number, tmp_path):
    return written(tmp_path, frame, number)


def surveyed(source):
    with ThreadPoolExecutor(2) as pool:
        return survey.survey_customers(source, pool)


def measured(source, definitions):
    with ThreadPoolExecutor(2) as pool:
        return survey.measure_customers(source, survey.survey_customers(source, pool), definitions, pool)


def test_sizes_and_sums_are_those_of_all_customers_with_a_segment(source, frame, number):
    whole = surveyed(source)
    groups = frame.iloc[SEGMENTED].groupby(number[SEGMENTED])
    assert whole.sizes.tolist() == groups.size().tolist()
    assert set(whole.sums) == {"age", "orders", "income"}
    assert whole.sums["income"][0].tolist() == groups["income"].count().tolist()
    assert whole.sums["income"][1] == pytest.approx(groups["income"].sum().to_numpy())
    nearest, second = np.sort(distances(frame.iloc[SEGMENTED]), axis=1).T[:2]
    assert whole.borders.borderline.sum() == (1 - nearest / second < 0.1).sum()


@pytest.mark.parametrize(("most", "step"), [(1_000_000, 1), (630, 1), (629, 2), (100, 7)])
def test_the_sample_holds_everyone_or_customers_at_even_distances(source, frame, number, monkeypatch, most, step):
    monkeypatch.setattr(survey, "SAMPLE", most)
    sample, rows = surveyed(source).sample, SEGMENTED[::step]
    assert sample.table["age"].to_pylist() == frame["age"][rows].tolist()
    np.testing.assert_array_equal(sample.X, MODEL.space.scaled(frame[["age", "orders"]].to_numpy()[rows]))
    assert (np.array(NUMBERS)[sample.segment - 1] == number[rows]).all()


def test_a_sample_of_everyone_is_taken_up_to_a_million_customers():
    steps = [parts.sampling_step(customers, survey.SAMPLE) for customers in (1, 1_000_000, 1_000_001, 100_000_000)]
    assert steps == [1, 1, 2, 100]


def test_cutting_the_table_into_parts_changes_nothing(source, frame, number, tmp_path, monkeypatch):
    monkeypatch.setattr(survey, "SAMPLE", 100)
    cut, whole = surveyed(source), surveyed(written(tmp_path / "whole", frame, number, cuts=(0, ROWS)))
    assert cut.sizes.tolist() == whole.sizes.tolist()
    np.testing.assert_array_equal(cut.borders.nearest, whole.borders.nearest)
    assert cut.sample.table.to_pandas().equals(whole.sample.table.to_pandas())
    assert cut.sums["age"] == pytest.approx(whole.sums["age"])


@pytest.mark.parametrize("wrong", [2, 3, 9])  # another segment, and two numbers that the model does not have
def test_a_customer_who_does_not_stand_in_the_nearest_segment_is_refused(frame, number, tmp_path, wrong):
    number = number.copy()
    number[np.flatnonzero(number == 6)[-1]] = wrong
    with pytest.raises(IntermediateFault, match=r"segments does not follow from .*customers and the fitted centres"):
        surveyed(written(tmp_path, frame, number))


def test_a_row_that_is_not_there_is_refused(source, frame):
    parts.write(parts.path(source.customers, 0), table(frame[:100]))
    with pytest.raises(IntermediateFault, match=r"segments does not follow from .*customers, as after"):
        surveyed(source)


def test_measures_are_those_of_all_customers(source, frame, number):
    kept, segment = frame.iloc[SEGMENTED], number[SEGMENTED]
    definitions = [(Condition("age", 52, None),), (Condition("orders", None, 50.5),), ()]
    measures = measured(source, definitions)
    assert set(measures.squares) == {"income"}, "features are standardised"
    assert measures.squares["income"] == pytest.approx(((kept["income"] - kept["income"].mean()) ** 2).sum())
    older, few, anyone = kept["age"] >= 52, kept["orders"].fillna(50.0) < 50.5, np.ones(len(kept), dtype=bool)
    assert measures.covered[0].tolist() == [older.sum(), few.sum(), anyone.sum()]
    hits = [(met & (segment == n)).sum() for met, n in zip((older, few, anyone), NUMBERS, strict=True)]
    assert measures.covered[1].tolist() == hits


def test_a_value_column_that_is_not_described_is_not_measured(source):
    narrow = replace(source, columns=["age"])
    assert "income" in surveyed(narrow).sums
    assert measured(narrow, [(), (), ()]).squares == {}


def test_the_baseline_holds_columns_deciles_and_the_distance_beyond_which_outliers_lie(source, frame):
    baseline = survey.fit_baseline(source, surveyed(source).sample)
    assert baseline.columns == ("age", "orders", "income", "city")
    kept = frame.iloc[SEGMENTED]
    assert baseline.far == pytest.approx(np.quantile(distances(kept).min(axis=1), 0.999), rel=1e-8)
    assert set(baseline.bins) == {"age", "orders"}
    assert baseline.bins["orders"].shares[-1] == pytest.approx(kept["orders"].isna().mean())


def test_a_smaller_sample_takes_customers_at_even_distances():
    rows = np.arange(10)
    table = pa.table({"x": rows, "word": list("abcdefghij"), "value": rows / 2})
    sample = CustomerSample(table, rows[:, np.newaxis], rows + 1)
    for most, expected in ((10, rows), (9, rows[::2]), (5, rows[::2]), (4, rows[::3]), (1, rows[:1])):
        smaller = sample.at_most(most)
        assert smaller.table["x"].to_pylist() == smaller.X[:, 0].tolist() == expected.tolist()
        assert smaller.segment.tolist() == (expected + 1).tolist()


def test_a_sample_tells_words_from_numbers_and_what_a_customer_is_worth():
    table = pa.table({"x": [1, 2], "word": ["a", "b"], "value": [0.5, None]})
    sample = CustomerSample(table, np.zeros((2, 1)), np.array([1, 1]))
    words = sample.word_columns(["x", "word"])
    assert set(words) == {"word"} and words["word"].tolist() == ["a", "b"]
    assert sample.value("value")[0] == 0.5 and np.isnan(sample.value("value")[1]) and np.isnan(sample.value(None)).all()
