"""The model as an ONNX graph: customers are placed by any language that has a runtime for it."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from segmentation.features.space import Feature
from segmentation.features.transforms import named
from segmentation.model.model import SegmentModel
from segmentation.pipeline import progress
from segmentation.pipeline.errors import EnvironmentFault
from segmentation.pipeline.outputs import DECIMALS

OPSET, IR_VERSION = 11, 6  # of 2019: the first with Round, and with a TopK that takes the smallest
OUTPUTS = ("segment", "name", "distance", "margin")
BATCH = 65_536  # customers, whose intermediate values stay near the processor


def graph(model: SegmentModel) -> bytes:
    """Writes the model as an ONNX graph, in float64 throughout, that places customers as SegmentModel.predict does.

    Each feature is an input of shape (customers, 1), named as its column; a number is added to a name that an output
    has. The outputs have the shape (customers,): `segment` (int64), `name` (string), `distance` (double, in standard
    deviations) and `margin` (double, NaN where the model has one segment only). A customer whom `predict` refuses has
    segment 0, no name, and NaN. The metadata `columns` lists the columns in the order of the inputs. Equal models give
    equal bytes. Opset 11, IR version 6. Raises EnvironmentFault where the package onnx is not installed.
    """
    try:
        from onnx import TensorProto, helper
    except ImportError:
        raise _not_installed("onnx") from None

    names = model.space.names
    nodes = _Nodes(taken={*names, *OUTPUTS})
    inputs = [nodes.name(name) if name in OUTPUTS else name for name in names]
    squared = None
    for feature, name, centres in zip(model.space.features, inputs, model.centres.T, strict=True):
        away = nodes.add("Sub", _add_scaled(nodes, feature, name), nodes.constant(centres[np.newaxis]))
        square = nodes.add("Mul", away, away)
        squared = square if squared is None else nodes.add("Add", squared, square)
    _add_outputs(nodes, model, squared)
    double, shape = TensorProto.DOUBLE, ("customers",)
    types = dict(zip(OUTPUTS, (TensorProto.INT64, TensorProto.STRING, double, double), strict=True))
    made = helper.make_model(
        helper.make_graph(
            nodes.nodes,
            "segmentation",
            [helper.make_tensor_value_info(name, double, (*shape, 1)) for name in inputs],
            [helper.make_tensor_value_info(name, kind, shape) for name, kind in types.items()],
            nodes.constants,
        ),
        producer_name="segmentation",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )
    helper.set_model_props(made, {"columns": json.dumps(names, ensure_ascii=False)})
    return made.SerializeToString(deterministic=True)


@progress.phase("running the ONNX model")
def run(graph: bytes, columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Places customers with the bytes of `graph`, by onnxruntime on one thread.

    Takes raw columns and returns the outputs of the graph, all of shape (customers,). Raises EnvironmentFault where
    onnxruntime is not installed.
    """
    try:
        import onnxruntime
    except ImportError:
        raise _not_installed("onnxruntime") from None

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    names = json.loads(session.get_modelmeta().custom_metadata_map["columns"])
    inputs = [node.name for node in session.get_inputs()]
    raw = [np.asarray(columns[name], dtype=float).reshape(-1, 1) for name in names]
    batches = [
        session.run(OUTPUTS, {name: column[start : start + BATCH] for name, column in zip(inputs, raw, strict=True)})
        for start in range(0, max(len(raw[0]), 1), BATCH)
    ]
    return {name: np.concatenate(parts) for name, parts in zip(OUTPUTS, zip(*batches, strict=True), strict=True)}


def _not_installed(package: str) -> EnvironmentFault:
    return EnvironmentFault(f"the package {package} is not installed: pip install --editable '.[onnx]'")


class _Nodes:
    """The nodes and constants of a graph under construction; each value has a name of its own."""

    def __init__(self, taken: set[str]):
        self.nodes, self.constants, self._taken, self._count = [], [], taken, 0

    def add(self, op: str, *inputs: str | float, outputs: tuple[str, ...] = (), **attributes: Any) -> str:
        """Adds an operation; a number among the inputs becomes a constant. Returns the name of its first output."""
        from onnx import helper

        outputs = outputs or (self.name(op),)
        inputs = [item if isinstance(item, str) else self.constant(np.array(item, dtype=float)) for item in inputs]
        self.nodes.append(helper.make_node(op, inputs, outputs, **attributes))
        return outputs[0]

    def constant(self, values: np.ndarray) -> str:
        """Adds a constant; returns its name."""
        from onnx import TensorProto, helper

        kinds = {"f": TensorProto.DOUBLE, "i": TensorProto.INT64, "O": TensorProto.STRING}
        flat = [value.encode() if isinstance(value, str) else value for value in values.ravel().tolist()]
        tensor = helper.make_tensor(self.name("constant"), kinds[values.dtype.kind], values.shape, flat)
        self.constants.append(tensor)
        return tensor.name

    def name(self, stem: str) -> str:
        """A name that begins with `stem` and that no value has yet."""
        while True:
            self._count += 1
            if (name := f"{stem}_{self._count}") not in self._taken:
                return name

    def rounded(self, value: str) -> str:
        """Rounds as np.round does, half to even."""
        return self.add("Div", self.add("Round", self.add("Mul", value, 10.0**DECIMALS)), 10.0**DECIMALS)


def _add_scaled(nodes: _Nodes, feature: Feature, x: str) -> str:
    """Scales the value `x` as Feature.scaled does, but gives NaN where `predict` refuses; returns the result's name."""
    if feature.fill is not None:
        x = nodes.add("Where", nodes.add("IsNaN", x), feature.fill, x)
    filled = x
    if feature.low is not None:
        x = nodes.add("Where", nodes.add("Less", x, feature.low), feature.low, x)
    if feature.high is not None:
        x = nodes.add("Where", nodes.add("Greater", x, feature.high), feature.high, x)
    transformed = named(feature.transform).onnx(nodes, x, feature.power)
    scaled = nodes.rounded(nodes.add("Div", nodes.add("Sub", transformed, feature.mean), feature.scale))
    for value in (filled, scaled):  # a value that is not finite, minus itself, is NaN
        scaled = nodes.add("Add", scaled, nodes.add("Sub", value, value))
    return scaled


def _add_outputs(nodes: _Nodes, model: SegmentModel, squared: str) -> None:
    """Adds the outputs, from the squared distances to all centres: shape (customers, segments)."""
    smallest, rows, zero, k = nodes.name("near"), nodes.name("which"), nodes.constant(np.array(0)), len(model.names)
    nodes.add("TopK", squared, nodes.constant(np.array([min(k, 2)])), outputs=(smallest, rows), axis=1, largest=0)
    least = nodes.add("Gather", smallest, zero, axis=1)
    refused = nodes.add("IsNaN", least)
    row = nodes.add("Add", nodes.add("Gather", rows, zero, axis=1), nodes.constant(np.array(1)))
    row = nodes.add("Where", refused, zero, row)  # row 0 is for the customers whom `predict` refuses
    nodes.add("Gather", nodes.constant(np.array([0, *model.numbers])), row, outputs=("segment",))
    nodes.add("Gather", nodes.constant(np.array(["", *model.names], dtype=object)), row, outputs=("name",))
    distance = nodes.add("Sqrt", least)
    nodes.add("Identity", nodes.rounded(distance), outputs=("distance",))
    if k == 1:
        nodes.add("Mul", distance, np.nan, outputs=("margin",))
        return
    second = nodes.add("Sqrt", nodes.add("Gather", smallest, nodes.constant(np.array(1)), axis=1))
    margin = nodes.rounded(nodes.add("Sub", 1.0, nodes.add("Div", distance, second)))
    nodes.add("Where", nodes.add("Equal", second, 0.0), 0.0, margin, outputs=("margin",))
