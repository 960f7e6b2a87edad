"""The ONNX graph places customers as the model does."""

import sys

import numpy as np
import onnx
import pandas as pd
import pytest
from cases import MODELS, RESULTS, X, bought, case, check_alike, model, placed
from project import ROOT, alone

from segmentation.activation import onnx_graph
from segmentation.model import SegmentModel
from segmentation.pipeline import outputs
from segmentation.pipeline.errors import EnvironmentFault


def run(model, frame):
    return pd.DataFrame(onnx_graph.run(onnx_graph.graph(model), dict(frame.items())))


@pytest.mark.parametrize("name", MODELS)
def test_customers_are_placed_as_the_model_does(name):
    model, frame, expected = case(name)
    assert (expected["segment"] == 0).any()
    check_alike(run(model, frame), expected)


def test_real_customers_are_placed_as_the_model_does():
    model, frame = bought(ROOT / "data/examples/online_retail.parquet")
    check_alike(run(model, frame), model.predict(frame))


def test_of_centres_equally_near_the_first_counts():
    frame = pd.DataFrame({"x": [0, 0, -3, 1, -1], "y": [0, -2, -3, 1, 1]})
    result = run(MODELS["equally near"], frame)
    assert result["segment"].tolist() == [4, 1, 3, 4, 3]
    assert result["margin"].tolist() == [0, 1 - np.round(1 / np.sqrt(5), 9), 0, 0, 0]
    result = run(model([X], [[0], [0], [5]]), frame[["x"]])
    assert result.iloc[0].tolist() == [1, "A", 0, 0]


def test_whoever_cannot_be_placed_has_segment_0_and_no_name():
    result = run(MODELS["one feature"], pd.DataFrame({"select": [np.inf, 5.0, np.nan, -np.inf]}))
    assert result["segment"].tolist()[::3] == [0, 0] and result["name"].tolist()[::3] == ["", ""]
    assert result[["distance", "margin"]].isna().all(axis=1).tolist() == [True, False, False, True]
    assert (result["segment"][1:3] > 0).all()


def test_a_lone_segment_has_no_margin():
    model, frame, _ = case("one segment")
    result = run(model, frame)
    assert set(result["segment"]) == {0, 3} and result["margin"].isna().all() and result["distance"].notna().any()


def test_the_graph_is_one_that_older_runtimes_read():
    for one in MODELS.values():
        made = onnx.load_from_string(onnx_graph.graph(one))
        onnx.checker.check_model(made, full_check=True)
        assert [(one.domain, one.version) for one in made.opset_import] == [("", 11)] and made.ir_version == 6
        inner = onnx.shape_inference.infer_shapes(made, strict_mode=True).graph.value_info
        kinds = {one.type.tensor_type.elem_type for one in inner}
        assert kinds <= {onnx.TensorProto.DOUBLE, onnx.TensorProto.INT64, onnx.TensorProto.BOOL}
        assert len(made.graph.node) <= 20 + 35 * len(one.space.names)


def test_inputs_are_named_as_the_columns_and_outputs_as_the_results():
    model = MODELS["two segments"]
    made = onnx.load_from_string(onnx_graph.graph(model)).graph
    assert model.space.names == ["margin", "spending"]  # an input cannot share the name of an output
    assert [one.name for one in made.input] == ["margin_1", "spending"]
    assert [one.name for one in made.output] == RESULTS
    assert [dim.dim_param or dim.dim_value for dim in made.input[0].type.tensor_type.shape.dim] == ["customers", 1]
    made = onnx.load_from_string(onnx_graph.graph(MODELS["every transform"])).graph
    assert [one.name for one in made.input] == MODELS["every transform"].space.names


def test_columns_are_of_any_type_of_number_and_in_any_order():
    model, frame, _ = case("equally near")
    frame = frame[["y", "x"]].clip(-99, 99).dropna().round().astype("int32").assign(city=1)
    pd.testing.assert_frame_equal(run(model, frame), placed(model, frame).reset_index(drop=True), check_dtype=False)


def test_batches_make_no_difference(monkeypatch):
    model, frame, _ = case("every transform")
    whole = run(model, frame)
    monkeypatch.setattr(onnx_graph, "BATCH", 999)
    pd.testing.assert_frame_equal(run(model, frame), whole)
    assert run(model, frame[:0]).shape == (0, 4)


def test_equal_models_give_equal_bytes(tmp_path):
    model = MODELS["every transform"]
    outputs.write_json(tmp_path / "model.json", model.to_json())
    made = onnx_graph.graph(model)
    assert onnx_graph.graph(SegmentModel.load(tmp_path / "model.json")) == made
    code = "from cases import *; from segmentation.activation import onnx_graph; import hashlib; "
    code += "print(hashlib.sha256(onnx_graph.graph(MODELS['every transform'])).hexdigest())"
    assert len({*alone(code, PYTHONHASHSEED="1"), *alone(code, PYTHONHASHSEED="2")}) == 1


def test_nothing_is_printed(capfd):
    run(MODELS["one feature"], pd.DataFrame({"select": [1.0]}))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("package", ["onnx", "onnxruntime"])
def test_a_missing_package_is_named_with_what_installs_it(package, monkeypatch):
    made = onnx_graph.graph(MODELS["one feature"])
    monkeypatch.setitem(sys.modules, package, None)
    text = rf"the package {package} is not installed: pip install --editable '.\[onnx\]'"
    with pytest.raises(EnvironmentFault, match=text):
        onnx_graph.graph(MODELS["one feature"]) if package == "onnx" else onnx_graph.run(made, {X.name: np.zeros(1)})
