"""What `make` compiles is all that the steps need."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module

import numpy as np
import pyarrow as pa
from numba.core.dispatcher import Dispatcher
from project import ROOT

from segmentation.elbow import card, precompile
from segmentation.features import assignment, sums
from segmentation.features.blocks import Scaled
from segmentation.kmeans import exact, sweep
from segmentation.pipeline import compiling, parts

MODULES = [import_module("segmentation." + name.removesuffix(".py").replace("/", ".")) for name in compiling.MODULES]


def compiled():
    """The types of argument that each function is compiled for."""
    found = {name: value for module in MODULES for name, value in vars(module).items() if isinstance(value, Dispatcher)}
    return {name: sorted(map(str, function.signatures)) for name, function in found.items()}


def test_the_steps_compile_nothing_that_is_not_compiled_already(monkeypatch):
    for _, function, arguments in precompile.calls():
        function(*arguments)
    before = compiled()
    monkeypatch.setattr(exact, "MANY", 5)
    X = np.round(np.random.default_rng(0).normal(size=(6000, 3)), 9)
    blocks = [partial(np.ascontiguousarray, part.T) for part in np.array_split(X, 4)]
    table = Scaled(["a", "b", "c"], [block().shape[1] for block in blocks], blocks)
    with ThreadPoolExecutor(2) as pool:
        drawn = sweep.draw(table, 6, 1000, pool)
        fits = sweep.fit_each_k(table, drawn, range(1, 7), 2, 0, pool, pool)
        card.gather(drawn, {k: fit.centres for k, fit in fits.items()}, pool)
        sweep.fit_to_the_end(table, drawn, 6, 2, 0, 300, pool, pool)
    label, distance, _ = assignment.nearest(X, fits[6].centres)
    sums.by_segment(label, distance, 6)
    assignment.worth(label, parts.numbers(pa.table({"value": distance}), "value"), 6)
    assert compiled() == before and before["tally"]


def test_every_module_with_compiled_functions_is_known():
    package = ROOT / "segmentation"
    using = [
        path
        for path in package.rglob("*.py")
        if "import compiled\n" in path.read_text() and "@compiled" in path.read_text()
    ]
    assert sorted(str(path.relative_to(package)) for path in using) == sorted(compiling.MODULES)
    assert not [path for path in package.rglob("*.py") if "njit" in path.read_text() and path.name != "compiling.py"]
