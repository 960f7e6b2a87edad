"""The transforms of raw columns: a row each, with all that the project knows of it.

A new transform is a row here, its name in `TRANSFORMS` of the schema, and a test.
"""

import math
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from segmentation.features.moments import Moments
from segmentation.pipeline import parts
from segmentation.pipeline.errors import IntermediateFault, suggestion

YEO_JOHNSON_ROWS = 100_000  # enough for an exponent of 4 decimals
LARGEST = 1.7976931348623157e308  # the largest float
LOGARITHM = 709  # about the logarithm of LARGEST
FAR = 1e150  # standard deviations whose square is still finite
STEEP = 300  # exponents of e whose square is still finite
SQL_FLAT = 40  # exponents x above this make 1 - exp(-x) equal 1
ONNX_FLAT = 700.0  # exp(-x) is above 0 up to this x, and 1 - exp(-x) equals 1
NARROW = 0.01  # standard deviations below this magnify the last bits of a logarithm beyond the rounding
NO_POWER = 2.0**-100  # the Box-Cox transform of this power equals the logarithm to the last bit

Array = np.ndarray
Power = float | None  # the fitted exponent of a transform that has one


@dataclass(frozen=True)
class Transform:
    """What a transform does, and how it is written elsewhere.

    `formula` and `inverse` take and return values of shape (customers,). `sql` gives DuckDB's expression of the column
    `x`, whose transform has the standard deviation `scale`; `sql_limits` the sizes of the lowest and highest raw value
    whose scaled one has a finite square. `onnx` adds the nodes of the value `x` to a graph and returns the result's
    name.
    """

    formula: Callable[[Array, Power], Array]
    inverse: Callable[[Array, Power], Array]
    sql: Callable[[str, Power, float], str]
    sql_limits: Callable[[Power, float], tuple[float, float]]
    onnx: Callable[[Any, str, Power], str]
    refuses: Callable[[Array], Array] | None = None  # marks the values that it does not take
    takes: str = "any value"  # the values that it takes, in words
    fit_power: Callable[[Array], float] | None = None  # from known raw values, where the transform has a power
    log_axis: bool = False  # whether a logarithmic axis shows the raw column well


def named(name: str) -> Transform:
    """The transform of that name; raises IntermediateFault where there is none, as in a model of another version."""
    if name not in TRANSFORMS:
        raise IntermediateFault(f"the transform '{name}' is unknown: {suggestion(name, TRANSFORMS)}")
    return TRANSFORMS[name]


def domains() -> str:
    """Which values each transform takes, as a message says it."""
    limited = [f"{name} {row.takes}" for name, row in TRANSFORMS.items() if row.refuses]
    free = [name for name, row in TRANSFORMS.items() if name != "none" and not row.refuses]
    return f"{' and '.join(limited).replace(' ', ' needs ', 1)}; {' and '.join(free)} takes any"


def transform(values: Array, name: str, power: Power) -> Array:
    """Raw values, of shape (customers,), under the transform of that name."""
    return named(name).formula(values, power)


def inverse(values: Array, name: str, power: Power) -> Array:
    """The raw values, of shape (customers,), that `transform` turns into these."""
    return named(name).inverse(values, power)


# SciPy's functions are the same on every processor; NumPy's log1p and expm1 differ in the last bit.


def _log1p(values: Array, power: Power) -> Array:
    from scipy import special

    return special.log1p(values)


def _expm1(values: Array, power: Power) -> Array:
    from scipy import special

    return special.expm1(values)


def _yeo_johnson(values: Array, power: float) -> Array:
    """Yeo and Johnson 2000, "A new family of power transformations", equation 2.1, by way of Box-Cox."""
    from scipy import special

    positive = special.boxcox1p(np.maximum(values, 0), power)
    return np.where(values >= 0, positive, -special.boxcox1p(np.maximum(-values, 0), 2 - power))


def _yeo_johnson_inverse(values: Array, power: float) -> Array:
    from scipy import special

    positive = special.inv_boxcox1p(np.maximum(values, 0), power)
    return np.where(values >= 0, positive, -special.inv_boxcox1p(np.maximum(-values, 0), 2 - power))


def yeo_johnson_power(values: Array) -> float:
    """The exponent of Yeo-Johnson that makes values, of shape (customers,), most alike normal ones; 4 decimals."""
    from scipy import stats

    sample = values[:: parts.sampling_step(len(values), YEO_JOHNSON_ROWS)]
    with warnings.catch_warnings(), np.errstate(all="ignore"), suppress(ValueError):  # of values that overflow
        warnings.simplefilter("ignore")
        squares = ((sample - sample.mean()) ** 2).sum()
        if not Moments(len(sample), sample.mean(), squares, sample.min(), sample.max()).constant:
            return round(float(stats.yeojohnson_normmax(sample)), 4)
    return 1.0  # which leaves values as they are


def sql_number(value: float) -> str:
    """A number with all its digits."""
    return repr(float(value))


def sql_sum(left: str, right: str) -> str:
    """The sum of two terms, without two signs in a row."""
    return f"{left} - {right[1:]}" if right.startswith("-") else f"{left} + {right}"


def _sql_log1p(x: str, scale: float) -> str:
    """LN(1 + x); where its last bits count, x / (1 + x - 1) makes up for those that 1 + x has lost (Kahan)."""
    plus = sql_sum("1", x)
    if scale >= NARROW:
        return f"LN({plus})"
    return f"CASE WHEN {plus} = 1 THEN {x} ELSE LN({plus}) * ({x} / ({plus} - 1)) END"


def _sql_boxcox1p(x: str, power: float, scale: float) -> str:
    """((1 + x)^power - 1) / power for x >= 0."""
    if power == 0:
        return _sql_log1p(x, scale)
    if power < -SQL_FLAT / LOGARITHM:  # PostgreSQL's EXP fails where the result is too small
        x = f"LEAST({x}, {sql_number(math.expm1(-SQL_FLAT / power))})"
    y = f"{sql_number(power)} * {_sql_log1p(x, scale)}"
    if abs(power) * scale >= NARROW:
        return f"(EXP({y}) - 1) / {sql_number(power)}"
    return f"CASE WHEN EXP({y}) = 1 THEN {y} ELSE (EXP({y}) - 1) * ({y} / LN(EXP({y}))) END / {sql_number(power)}"


def _sql_yeo_johnson(x: str, power: float, scale: float) -> str:
    above, below = _sql_boxcox1p(x, power, scale), _sql_boxcox1p(f"-{x}", 2 - power, scale)
    return f"CASE WHEN {x} >= 0 THEN {above} WHEN {x} < 0 THEN -({below}) END"


def _sql_limits_of_yeo_johnson(power: float, scale: float) -> tuple[float, float]:
    high, low = (
        math.expm1(STEEP / exponent) if exponent > STEEP / LOGARITHM else LARGEST for exponent in (power, 2 - power)
    )
    return low, high


def _onnx_log1p(nodes: Any, x: str, power: Power = None) -> str:
    """log(1 + x), times x / (1 + x - 1) for the bits that 1 + x has lost (Kahan)."""
    plus = nodes.add("Add", x, 1.0)
    exact = nodes.add("Mul", nodes.add("Log", plus), nodes.add("Div", x, nodes.add("Sub", plus, 1.0)))
    return nodes.add("Where", nodes.add("Equal", plus, 1.0), x, exact)


def _onnx_expm1(nodes: Any, y: str) -> str:
    """exp(y) - 1, times y / log(exp(y)) for the bits that exp(y) has lost (Kahan)."""
    y = nodes.add("Max", y, -ONNX_FLAT)
    exp = nodes.add("Exp", y)
    exact = nodes.add("Mul", nodes.add("Sub", exp, 1.0), nodes.add("Div", y, nodes.add("Log", exp)))
    return nodes.add("Where", nodes.add("Equal", exp, 1.0), y, exact)


def _onnx_yeo_johnson(nodes: Any, x: str, power: float) -> str:
    negative = nodes.add("Less", x, 0.0)
    exponent = nodes.add("Where", negative, 2 - power or NO_POWER, power or NO_POWER)
    product = nodes.add("Mul", exponent, _onnx_log1p(nodes, nodes.add("Abs", x)))
    boxcox = nodes.add("Div", _onnx_expm1(nodes, product), exponent)
    return nodes.add("Where", negative, nodes.add("Neg", boxcox), boxcox)


TRANSFORMS = {
    "none": Transform(
        formula=lambda values, power: values,
        inverse=lambda values, power: values,
        sql=lambda x, power, scale: x,
        sql_limits=lambda power, scale: (FAR * scale, FAR * scale),
        onnx=lambda nodes, x, power: x,
    ),
    "log1p": Transform(
        formula=_log1p,
        inverse=_expm1,
        sql=lambda x, power, scale: f"CASE WHEN {x} > -1 THEN {_sql_log1p(x, scale)} END",
        sql_limits=lambda power, scale: (LARGEST, LARGEST),
        onnx=_onnx_log1p,
        refuses=lambda values: values <= -1,
        takes="values above -1",
        log_axis=True,
    ),
    "sqrt": Transform(
        formula=lambda values, power: np.sqrt(values),
        inverse=lambda values, power: values**2,
        sql=lambda x, power, scale: f"CASE WHEN {x} >= 0 THEN SQRT({x}) END",
        sql_limits=lambda power, scale: (LARGEST, (FAR * scale) ** 2 if scale < 1e4 else LARGEST),
        onnx=lambda nodes, x, power: nodes.add("Sqrt", x),
        refuses=lambda values: values < 0,
        takes="values from 0",
    ),
    "yeo-johnson": Transform(
        formula=_yeo_johnson,
        inverse=_yeo_johnson_inverse,
        sql=_sql_yeo_johnson,
        sql_limits=_sql_limits_of_yeo_johnson,
        onnx=_onnx_yeo_johnson,
        fit_power=yeo_johnson_power,
    ),
}
