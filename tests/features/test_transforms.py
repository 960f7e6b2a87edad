"""Each transform is one row: what the row says holds, and a new row is known everywhere."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from sklearn.preprocessing import PowerTransformer

from segmentation.activation import onnx_graph, sql
from segmentation.features import customers, fitting, transforms
from segmentation.features.space import FeatureSpace
from segmentation.features.transforms import TRANSFORMS, Transform
from segmentation.model import SegmentModel
from segmentation.model.model import Baseline
from segmentation.pipeline import schema
from segmentation.pipeline.errors import InputFault, IntermediateFault

RAW = np.array([-3.0, -0.5, 0.0, 0.2, 1.0, 40.0, 9e5])
CBRT = Transform(
    formula=lambda values, power: np.cbrt(values),
    inverse=lambda values, power: values**3,
    sql=lambda x, power, scale: f"CBRT({x})",
    sql_limits=lambda power, scale: (transforms.LARGEST, transforms.LARGEST),
    onnx=lambda nodes, x, power: nodes.add("Mul", nodes.add("Sign", x), nodes.add("Pow", nodes.add("Abs", x), 1 / 3)),
    refuses=lambda values: values > 1e5,
    takes="values up to 100,000",
    log_axis=True,
)


def test_the_table_has_each_transform_that_a_configuration_may_name_and_no_other():
    assert tuple(TRANSFORMS) == schema.TRANSFORMS


@pytest.mark.parametrize("name", TRANSFORMS)
def test_the_inverse_gives_the_raw_values_back_wherever_the_transform_takes_them(name):
    row, power = TRANSFORMS[name], 0.3 if TRANSFORMS[name].fit_power else None
    values = RAW[~row.refuses(RAW)] if row.refuses else RAW
    transformed = transforms.transform(values, name, power)
    assert np.isfinite(transformed).all() and (np.diff(transformed) > 0).all()
    assert transforms.inverse(transformed, name, power) == pytest.approx(values)


@pytest.mark.parametrize("name", [name for name in TRANSFORMS if TRANSFORMS[name].refuses])
def test_what_a_transform_refuses_is_what_it_makes_no_finite_number_of(name):
    with np.errstate(all="ignore"):
        finite = np.isfinite(transforms.transform(np.append(RAW, -1.0), name, None))
    assert TRANSFORMS[name].refuses(np.append(RAW, -1.0)).tolist() == (~finite).tolist()


@pytest.mark.parametrize("values", [np.full(50, 3.25), np.r_[1e10, [1e10 + 1e-6] * 49], np.linspace(-1e200, 1e200, 50)])
def test_where_no_power_can_be_told_it_leaves_values_as_they_are(values):
    power = transforms.yeo_johnson_power(values)
    assert power == 1 and transforms.transform(np.array([3.25]), "yeo-johnson", power) == pytest.approx(3.25)


@pytest.mark.parametrize("seed", range(3))
def test_the_power_is_that_of_scikit_learn(seed):
    values = np.random.default_rng(seed).lognormal(seed, 0.5 + seed, 500)
    expected = PowerTransformer(standardize=False).fit(values[:, np.newaxis]).lambdas_[0]
    assert transforms.yeo_johnson_power(values) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("power", [-0.5, 0, 0.7, 1, 2, 2.5])
def test_yeo_johnson_is_that_of_scikit_learn_for_every_power(power):
    values = np.array([-1e4, -3.5, -1, -1e-9, 0, 1e-9, 0.5, 1, 77, 1e5])
    oracle = PowerTransformer(standardize=False).fit(values[:, np.newaxis])
    oracle.lambdas_ = np.array([float(power)])
    transformed = transforms.transform(values, "yeo-johnson", power)
    assert transformed == pytest.approx(oracle.transform(values[:, np.newaxis])[:, 0], rel=1e-12)


def test_only_a_column_with_a_long_tail_has_a_logarithmic_axis():
    assert [name for name, row in TRANSFORMS.items() if row.log_axis] == ["log1p"]


@pytest.mark.parametrize("use", [transforms.transform, transforms.inverse])
def test_an_unknown_name_is_refused_wherever_it_comes_from(use):
    with pytest.raises(IntermediateFault, match="the transform 'log2' is unknown: "):
        use(RAW, "log2", None)
    entry = dict.fromkeys(("power", "fill", "low", "high")) | {"mean": 0.0, "scale": 1.0, "name": "x", "unit": ""}
    with pytest.raises(IntermediateFault, match="'log2'"):
        FeatureSpace.from_json([entry | {"transform": "log2"}])


def test_a_new_row_is_known_to_the_checks_the_space_the_axis_sql_and_onnx(monkeypatch, tmp_path):
    monkeypatch.setitem(TRANSFORMS, "cbrt", CBRT)
    feature = schema.Feature("dollars", "cbrt", "error")
    table = pa.table({"x": [-8.0, 0.5, 1.0, 27.0, 64.0]})

    with pytest.raises(InputFault, match="cbrt values up to 100,000"):
        beyond = pa.table({"x": [1.0, 1e6]})
        customers.check([customers.survey(beyond, 0, {"x": feature}, None)], 2, {"x": feature}, 1.0)
    space, _ = fitting.fit([fitting.survey(table, 0, {"x": feature}, 1)], [], {"x": feature}, None)
    raw = table["x"].to_numpy()
    scaled = space.scaled(raw[:, np.newaxis])
    assert scaled.mean() == pytest.approx(0, abs=1e-8) and scaled.std() == pytest.approx(1)
    assert space.raw(scaled)[:, 0] == pytest.approx(raw)
    assert space.features[0].log_axis

    centres = np.array([[1.0], [-1.0]])
    model = SegmentModel(space, centres, ("High", "Low"), (3, 2), (1, 2), 2, Baseline(("x",), np.inf, {}))
    expected = model.place(scaled)["segment"].tolist()
    assert set(expected) == {1, 2}
    with duckdb.connect() as connection:
        connection.execute('CREATE TABLE customers AS SELECT row_number() OVER () AS id, x FROM "table"')
        placed = connection.execute(sql.select(model, "customers", "id", "duckdb")).fetchall()
    assert [segment for _, segment, *_ in sorted(placed)] == expected
    assert onnx_graph.run(onnx_graph.graph(model), {"x": raw})["segment"].tolist() == expected


@pytest.mark.parametrize("scale", [0.02, 1.0, 50.0])
@pytest.mark.parametrize(
    ("name", "power", "deviations"),
    [("none", None, 1e150), ("sqrt", None, 1e150), ("yeo-johnson", 0.5, 1e120), ("yeo-johnson", 1.7, 1e120)],
)
def test_the_values_that_sql_takes_reach_far_out_and_have_a_finite_square(name, power, deviations, scale):
    low, high = TRANSFORMS[name].sql_limits(power, scale)
    limits = np.array([limit for limit in (-low, high) if abs(limit) < transforms.LARGEST])
    scaled = np.abs(transforms.transform(limits, name, power)) / scale
    assert len(scaled) and np.isfinite(scaled**2).all()
    assert (scaled > 0.999 * deviations).all() and (scaled < 1.001e150).all()
