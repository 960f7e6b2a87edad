"""Models and customers of every kind, to compare SegmentModel.predict with whatever else places customers."""

from functools import cache
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from segmentation.features.assignment import published
from segmentation.features.space import Feature, FeatureSpace
from segmentation.model.drift import Bins
from segmentation.model.model import Baseline, SegmentModel
from segmentation.pipeline.errors import InputFault
from segmentation.pipeline.outputs import significant

RESULTS = ["segment", "name", "distance", "margin"]
NAMES = ("A", 'O\'Neil & "Söhne"', "back\\slash", "two\nlines", "-- /* 北京 */ ;")
LARGEST = np.finfo(float).max
NASTY = (
    *(0.0, -0.0, 1.0, -1.0, np.nextafter(-1, 0), np.nextafter(-1, -2), 1e-16, -1e-16, 1e-9, 1e-300, -1e-300),
    *(0.5, -0.5, 2.0**53 + 2, 1e15, -1e15, 1e76, -1e100, 1e120, 1e200, -1e200, 1e300, LARGEST, -LARGEST),
    *(np.inf, -np.inf, np.nan),
)


def model(features, centres, numbers=None) -> SegmentModel:
    """A model with these features and centres."""
    numbers = numbers or tuple(range(1, len(centres) + 1))
    bins = {feature.name: Bins((5.0,), (0.5, 0.5, 0.0)) for feature in features}
    baseline = Baseline(tuple(bins), 3.0, bins)
    names, sizes = NAMES[: len(centres)], (10,) * len(centres)
    return SegmentModel(FeatureSpace(tuple(features)), np.array(centres, float), names, sizes, numbers, 9, baseline)


def some(k: int, features: int) -> np.ndarray:
    """K centres at random."""
    return published(np.random.default_rng(k).normal(0, 1, (k, features)))


def yeo_johnson(power: float, mean: float = 0.25, scale: float = 1.5) -> Feature:
    return Feature("balance", "", "yeo-johnson", power, None, None, None, mean=mean, scale=scale)


SPENDING = Feature("spending", "dollars", "log1p", None, None, None, None, mean=4.5, scale=1.25)
ORDERS = Feature('no. of "orders"', "", "sqrt", None, 4.0, 0.0, None, mean=2.0, scale=0.7)
BALANCE = Feature("bälance 北", "€", "yeo-johnson", 0.3217, None, None, None, mean=0.123456789, scale=3.3)
SELECT = Feature("select", "", "none", None, 10.0, 1.5, 99.5, mean=33.3333333, scale=27.1828183)
INCOME = Feature("customer_id", "", "log1p", None, 100.0, -0.5, 1e6, mean=4.0, scale=2.0)
CHANGE = Feature("margin", "", "none", None, None, -1e3, None, mean=0.0, scale=0.1)
X, Y = (Feature(name, "", "none", None, None, None, None, mean=0.0, scale=1.0) for name in "xy")

MODELS = {
    "every transform": model([SPENDING, ORDERS, BALANCE, SELECT, INCOME], some(4, 5), (1, 2, 5, 7)),
    "one segment": model([SPENDING, SELECT], some(1, 2), (3,)),
    "two segments": model([CHANGE, SPENDING], some(2, 2)),
    "one feature": model([SELECT], some(5, 1)),
    "equally near": model([X, Y], [[1, 0], [-1, 0], [0, 1], [0, -1]], (4, 3, 2, 1)),
    "centres alike": model([CHANGE, SELECT], [[0.0, 1.0], [0.0, 1.0], [0.0, -1.0]]),
    "scales of a millionth": model(
        [
            Feature("rate", "", "log1p", None, None, None, None, mean=1e-6, scale=1.5e-6),
            yeo_johnson(0.5, 1e-6, 2e-6),
            Feature("share", "", "sqrt", None, None, None, None, mean=1e-3, scale=1e-3),
        ],
        some(3, 3),
    ),
    **{
        f"yeo-johnson {power}": model([yeo_johnson(power)], some(3, 1))
        for power in (0.0, 2.0, 1.0, 1e-4, -1e-4, 1.9999, -0.8, -2.5, 3.5)
    },
}


@cache
def case(name: str) -> tuple[SegmentModel, pd.DataFrame, pd.DataFrame]:
    """The model of that name, its customers and where it places them."""
    frame = customers(MODELS[name], ordinary=20_000 if name == "every transform" else 6_000)
    return MODELS[name], frame, placed(MODELS[name], frame)


def bought(path: Path) -> tuple[SegmentModel, pd.DataFrame]:
    """The customers of Online Retail and a model of them, from its Parquet file."""
    frame = duckdb.sql(
        f"""
        SELECT
            date_diff('day', max(InvoiceDate), TIMESTAMP '2011-12-10') AS recency,
            count(DISTINCT InvoiceNo) AS frequency,
            sum(Quantity * UnitPrice) AS monetary
        FROM '{path}' WHERE Quantity > 0 AND UnitPrice > 0 AND CustomerID IS NOT NULL GROUP BY CustomerID ORDER BY ALL
        """
    ).df()
    logarithms = np.log1p(frame)
    features = [
        Feature(name, "", "log1p", None, None, None, None, significant(column.mean()), significant(column.std()))
        for name, column in logarithms.items()
    ]
    return model(features, FeatureSpace(tuple(features)).scaled(frame.to_numpy(dtype=float))[::1000]), frame


def customers(model: SegmentModel, ordinary: int) -> pd.DataFrame:
    """Nasty customers, each value of NASTY in each column, and as many ordinary ones as asked for."""
    generator = np.random.default_rng(5)
    columns = {}
    for position, feature in enumerate(model.space.features):
        settings = [one for one in (feature.low, feature.high, feature.fill, feature.mean) if one is not None]
        nasty = np.array([*NASTY, *settings, *np.nextafter(settings, np.inf), *np.nextafter(settings, -np.inf)])
        width = 1e-6 if feature.scale <= 1e-3 else 50.0
        values = generator.lognormal(0, 1.5, ordinary) * width
        if feature.transform in ("none", "yeo-johnson"):
            values *= generator.choice([-1, 1], ordinary, p=[0.3, 0.7])
        alone = np.full(30 * len(model.space.features), 2.0 * width)  # one value is nasty, the others are not
        alone[30 * position : 30 * position + len(NASTY)] = NASTY
        columns[feature.name] = np.concatenate([generator.choice(nasty, 300), nasty, alone, values])
    rows = min(map(len, columns.values()))
    return pd.DataFrame({name: values[:rows] for name, values in columns.items()})


def placed(model: SegmentModel, frame: pd.DataFrame) -> pd.DataFrame:
    """What `predict` gives, and nothing for each customer that it refuses."""
    try:
        with np.errstate(all="ignore"):  # squares of nasty values overflow
            return model.predict(frame)[RESULTS]
    except InputFault:
        if len(frame) == 1:
            return pd.DataFrame([[0, "", np.nan, np.nan]], columns=RESULTS, index=frame.index)
    halves = np.array_split(np.arange(len(frame)), 2)
    return pd.concat([placed(model, frame.iloc[half]) for half in halves])


def check_alike(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Segments, distances and margins are equal, but for a half-way case; so far away that digits are lost, nearly."""
    near = ~(expected["distance"] > 1e3)
    assert len(found) == len(expected) and (near & (expected["segment"] > 0)).sum() > 2_000
    for name in ("segment", "name"):
        different = found[name].to_numpy() != expected[name].to_numpy()
        different &= near | (expected["margin"] > 1e-8)
        assert not different.any(), (found[different], expected[different])
    for name in ("distance", "margin"):
        given, wanted = found[name].to_numpy(dtype=float), expected[name].to_numpy(dtype=float)
        np.testing.assert_allclose(given, wanted, rtol=1e-13, atol=1.5e-9)
        half_way = near & (given != wanted) & ~np.isnan(wanted)
        assert half_way.sum() <= 3, (name, found[half_way], expected[half_way])
