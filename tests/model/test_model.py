"""The model places customers as the pipeline did, and refuses what it cannot place."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.utils.validation import check_is_fitted

from segmentation.features import assignment, fitting, space
from segmentation.features.space import FeatureSpace
from segmentation.kmeans import exact
from segmentation.model.drift import Bins
from segmentation.model.model import Baseline, SegmentModel
from segmentation.pipeline import outputs, parts
from segmentation.pipeline.errors import InputFault, IntermediateFault
from segmentation.pipeline.schema import Feature


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A raw table and the segments in which the steps placed it."""
    generator, rows = np.random.default_rng(11), 600
    frame = pd.DataFrame(
        {
            "spending": generator.lognormal(6, 2, rows).round(2),
            "orders": generator.poisson(5, rows),
            "balance": generator.normal(0, 50, rows).round(2),
            "income": generator.lognormal(10, 1, rows).round(2),
        }
    )
    frame.loc[::40, "income"] = np.nan
    settings = {
        "spending": Feature("dollars", "log1p", "error"),
        "orders": Feature("", "sqrt", "error"),
        "balance": Feature("", "yeo-johnson", "error"),
        "income": Feature("", "none", "median", [0.01, 0.99]),
    }
    folder = tmp_path_factory.mktemp("trained")
    table = pa.Table.from_pandas(frame)
    parts.write(parts.path(folder, 0), table)
    with ThreadPoolExecutor(2) as pool:
        space, _ = fitting.fit([fitting.survey(table, 0, settings, 1)], parts.paths(folder), settings, pool)
        X = space.scaled(frame.to_numpy(dtype=float))
        centres = exact.fit_each_k(X, [4], n_init=3, seed=0, pool=pool)[4].centres
    label, distance, margin = assignment.nearest(X, centres)
    far = float(np.quantile(distance, 0.99))
    baseline = Baseline(
        tuple(frame), far, {name: Bins.between_deciles(frame[name].to_numpy(dtype=float)) for name in frame}
    )
    names, sizes = ("A", "B", "C", "Ünïcode"), tuple(np.bincount(label).tolist())
    model = SegmentModel(space, centres, names, sizes, (1, 2, 5, 7), 9, baseline)
    return SimpleNamespace(frame=frame, model=model, label=label, distance=distance, margin=margin)


def saved(model, folder):
    outputs.write_json(folder / "model.json", model.to_json())
    return SegmentModel.load(folder / "model.json")


def test_scoring_the_training_data_gives_its_segments(trained):
    placed = trained.model.predict(trained.frame)
    assert placed.columns.tolist() == ["segment", "name", "distance", "margin", "outlier"]
    assert placed["segment"].tolist() == np.array([1, 2, 5, 7])[trained.label].tolist()
    assert placed["name"].tolist() == [trained.model.names[label] for label in trained.label]
    np.testing.assert_array_equal(placed["distance"], trained.distance)
    np.testing.assert_array_equal(placed["margin"], trained.margin)
    assert placed["outlier"].sum() == 6 and placed["distance"][placed["outlier"]].min() > trained.model.baseline.far


def test_a_saved_model_gives_the_same_segments_distances_and_margins(trained, tmp_path):
    placed = saved(trained.model, tmp_path).predict(trained.frame)
    assert placed["segment"].tolist() == np.array([1, 2, 5, 7])[trained.label].tolist()
    np.testing.assert_array_equal(placed["distance"], trained.distance)
    np.testing.assert_array_equal(placed["margin"], trained.margin)


def test_a_saved_model_comes_back_whole_and_is_written_as_the_same_bytes(trained, tmp_path):
    loaded = saved(trained.model, tmp_path)
    text = (tmp_path / "model.json").read_bytes()
    for part in ("space", "names", "sizes", "numbers", "issued"):
        assert getattr(loaded, part) == getattr(trained.model, part), part
    assert loaded.baseline.columns == trained.model.baseline.columns and loaded.baseline.bins["income"].shares[-1] > 0
    assert loaded.centres == pytest.approx(trained.model.centres, rel=1e-8)
    saved(loaded, tmp_path)
    assert (tmp_path / "model.json").read_bytes() == text


def test_customers_keep_their_index_whatever_the_order_of_rows_and_columns(trained):
    shuffled = trained.frame.sample(frac=1, random_state=0)[["income", "balance", "spending", "orders"]]
    shuffled.insert(0, "city", "Ulm")
    placed = trained.model.predict(shuffled)
    pd.testing.assert_frame_equal(placed.sort_index(), trained.model.predict(trained.frame))
    assert placed.index.equals(shuffled.index)


def test_nullable_numbers_are_placed_as_plain_ones(trained):
    nullable = trained.frame.convert_dtypes()
    assert nullable["orders"].dtype == "Int64"
    pd.testing.assert_frame_equal(trained.model.predict(nullable), trained.model.predict(trained.frame))


def test_no_customer_is_placed_nowhere(trained):
    assert trained.model.predict(trained.frame[:0]).shape == (0, 5)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            lambda frame: frame.rename(columns={"spending": "Spendings"}),
            r"column 'spending' is not in the table: did you mean 'Spendings'\? there are: Spendings, balance, income",
        ),
        (
            lambda frame: pd.concat([frame, frame[["orders"]]], axis=1),
            "column 'orders' is in the table more than once",
        ),
        (lambda frame: frame.drop(columns="orders"), "column 'orders' is not in the table: there are: balance, income"),
        (lambda frame: frame.assign(orders="5"), "column 'orders' is (str|object): numbers were expected"),
        (
            lambda frame: frame.assign(balance=frame["balance"].where(~frame.index.isin([1, 4]))),
            r"column 'balance' in rows \[2, 5\] is missing, or beyond what its transform takes",
        ),
        (
            lambda frame: frame.assign(spending=np.where(np.arange(len(frame)) < 8, np.inf, 1.0)),
            r"column 'spending' in rows \[1, 2, 3, 4, 5\] is missing",
        ),
        (
            lambda frame: frame.assign(income=frame["income"].where(frame.index != 3, np.inf)),
            r"column 'income' in rows \[4\] is missing",
        ),
        (
            lambda frame: frame.assign(spending=frame["spending"].where(frame.index != 2, -1.0)),
            r"column 'spending' in rows \[3\]",
        ),
        (
            lambda frame: frame.assign(orders=frame["orders"].where(frame.index != 2, -1)),
            r"column 'orders' in rows \[3\]",
        ),
    ],
    ids=[
        "misspelt",
        "twice",
        "missing",
        "text",
        "no value",
        "infinite",
        "infinite but clipped",
        "outside log1p",
        "outside sqrt",
    ],
)
def test_customers_that_cannot_be_placed_are_refused(change, text, trained):
    with pytest.raises(InputFault, match=text):
        trained.model.predict(change(trained.frame))


def test_a_missing_value_that_the_model_fills_is_placed(trained):
    frame = trained.frame.assign(income=np.nan)
    filled = trained.frame.assign(income=trained.frame["income"].median())
    pd.testing.assert_frame_equal(trained.model.predict(frame), trained.model.predict(filled))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"schema_version": 1}, "has schema version 1, not 2: run `dvc repro analyze` to write it"),
        ({}, "lacks schema_version: run `dvc repro` to write it"),
        ([1], "lacks schema_version: run `dvc repro` to write it"),
        ({"schema_version": 2}, r"is no model \('features'\): run `dvc repro analyze` to write it"),
        ({"schema_version": 2, "segments": 3, "features": []}, r"is no model \(.+\): run `dvc repro analyze`"),
        (
            {"schema_version": 2, "segments": [], "features": [{"mean": 1}]},
            r"is no model \(.+\): run `dvc repro analyze`",
        ),
        (
            {"schema_version": 2, "features": [], "segments": [{"centre": ["x"], "name": "A", "size": 1}]},
            r"is no model \(.+\): run `dvc repro analyze`",
        ),
    ],
    ids=["older", "none", "a list", "no segments", "segments", "features", "centre"],
)
def test_what_is_no_model_of_this_version_is_refused(content, text, tmp_path):
    path = tmp_path / "model.json"
    if isinstance(content, dict):
        content = outputs.sealed(content)
    path.write_text(json.dumps(content))
    with pytest.raises(IntermediateFault, match=re.escape(str(path)) + " " + text):
        SegmentModel.load(path)


ALTERED = {
    "a centre": lambda content: content["segments"][0]["centre"].__setitem__(0, 0.25),
    "a name": lambda content: content["segments"][1].update(name="Best"),
    "an order": lambda content: content["segments"].reverse(),
    "a mean": lambda content: content["features"][0].update(mean=0.0),
    "no checksum": lambda content: content.pop("checksum"),
    "a tenth digit": lambda content: content["features"][0].update(mean=content["features"][0]["mean"] + 1e-9),
    "a key more": lambda content: content.update(note="ours"),
}


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED)
def test_an_altered_model_is_refused_and_one_laid_out_anew_is_not(alter, trained, tmp_path):
    outputs.write_json(tmp_path / "model.json", trained.model.to_json())
    content = outputs.read_json(tmp_path / "model.json")
    (tmp_path / "model.json").write_text(json.dumps(content, ensure_ascii=True))
    assert SegmentModel.load(tmp_path / "model.json").names == trained.model.names
    alter(content)
    (tmp_path / "model.json").write_text(json.dumps(content))
    with pytest.raises(IntermediateFault, match="was altered since it was written"):
        SegmentModel.load(tmp_path / "model.json")


def test_scikit_learns_pipeline_places_customers_as_the_model_does(trained, tmp_path):
    for model in (trained.model, saved(trained.model, tmp_path)):
        pipeline = model.to_sklearn()
        frame = trained.frame[["income", "spending", "balance", "orders"]].assign(city="Ulm")
        assert pipeline.predict(frame).tolist() == model.predict(frame)["segment"].tolist()
        steps = [type(step).__name__ for _, step in pipeline.steps]
        assert steps == ["ColumnTransformer", "StandardScaler", "FunctionTransformer", "KNeighborsClassifier"]
    check_is_fitted(pipeline)
    for frame in (trained.frame.assign(orders=np.nan), trained.frame.assign(income=np.inf)):
        with pytest.raises(ValueError, match="NaN"):
            pipeline.predict(frame)


IMPOSSIBLE = {
    "no centre": lambda content: content["segments"][0].update(centre=[]),
    "a centre too short": lambda content: [s.update(centre=s["centre"][:-1]) for s in content["segments"]],
    "a centre of null": lambda content: content["segments"][0]["centre"].__setitem__(0, None),
    "a centre of text": lambda content: content["segments"][0]["centre"].__setitem__(0, "far"),
    "a mean of null": lambda content: content["features"][0].update(mean=None),
    "a scale of 0": lambda content: content["features"][0].update(scale=0.0),
    "a fill of text": lambda content: content["features"][0].update(fill="7"),
    "a transform": lambda content: content["features"][0].update(transform="cbrt"),
    "a number twice": lambda content: content["segments"][1].update(segment=content["segments"][0]["segment"]),
    "a number of text": lambda content: content["segments"][0].update(segment="1"),
    "no number": lambda content: content["segments"][0].update(segment=0),
    "a name of null": lambda content: content["segments"][0].update(name=None),
    "a size of null": lambda content: content["segments"][0].update(size=None),
    "a size beyond all": lambda content: content["segments"][0].update(centre=[10**400] * 9),
    "fewer issued": lambda content: content.update(issued=1),
    "no distance": lambda content: content["baseline"].update(far=None),
    "no bins": lambda content: content["baseline"].update(bins={}),
    "bins of null": lambda content: content["baseline"].update(bins=None),
}


@pytest.mark.parametrize("alter", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_no_fit_gives_is_refused_whatever_its_checksum(alter, trained, tmp_path):
    content = trained.model.to_json()
    del content["checksum"]
    alter(content)
    outputs.write_json(tmp_path / "model.json", outputs.sealed(content))
    with pytest.raises(IntermediateFault, match=r"is no model|is unknown"):
        SegmentModel.load(tmp_path / "model.json")


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, '{"far": 1e999}', '{"far": NaN}', "1" * 5000, "", "\0"]
)
def test_what_no_reader_of_json_takes_is_refused(text, tmp_path):
    (tmp_path / "model.json").write_text(text)
    with pytest.raises(IntermediateFault, match=r"is corrupt \(.*\): run `dvc repro`"):
        SegmentModel.load(tmp_path / "model.json")


def test_a_missing_model_is_refused(tmp_path):
    with pytest.raises(IntermediateFault, match=r"model.json is missing: run `dvc repro`, which makes it first"):
        SegmentModel.load(tmp_path / "model.json")


def test_a_customer_is_placed_by_hand():
    fitted = FeatureSpace((space.Feature("x", "", "none", None, 5.0, 0.0, 10.0, mean=5.0, scale=2.0),))
    baseline = Baseline(("x",), 1.0, {"x": Bins((5.0,), (0.5, 0.5, 0.0))})
    model = SegmentModel(fitted, np.array([[2.0], [-2.0]]), ("Rich", "Poor"), (1, 1), (1, 2), 2, baseline)
    placed = model.predict(pd.DataFrame({"x": [99.0, 2.0, np.nan]}, index=["a", "b", "c"]))
    expected = {
        "segment": [1, 2, 1],
        "name": ["Rich", "Poor", "Rich"],
        "distance": [0.5, 0.5, 2.0],
        "margin": [0.888888889, 0.857142857, 0.0],
        "outlier": [False, False, True],
    }
    pd.testing.assert_frame_equal(placed, pd.DataFrame(expected, index=["a", "b", "c"]), check_dtype=False)
