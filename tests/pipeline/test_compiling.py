"""Where compiled functions are kept."""

import sys
from pathlib import Path

import pytest
from project import alone

from segmentation.features import compiled
from segmentation.pipeline import compiling

CODE = """import sys
sys.prefix = {prefix!r}
import numpy as np
from segmentation.features.compiled import squared_distances
from segmentation.pipeline.compiling import FOLDER
[squared] = squared_distances(np.ones((2, 1)), np.zeros(2))
print(squared, "kept" if squared_distances.stats.cache_hits else "new", FOLDER)"""


def run(prefix, **env):
    """Runs a compiled function in an environment at `prefix`: its result, whether it was kept, and the folder."""
    result, origin, folder = alone(CODE.format(prefix=str(prefix)), **env)
    assert result == "2.0"
    return origin, Path(folder)


def test_compiled_functions_lie_in_the_environment_wherever_the_project_lies():
    assert Path(compiled.nearest._cache.cache_path) == compiling.FOLDER
    assert compiling.FOLDER.is_relative_to(sys.prefix)


def test_a_second_process_finds_them(tmp_path):
    assert [run(tmp_path)[0] for _ in range(2)] == ["new", "kept"]


def test_numbas_own_variable_names_another_place(tmp_path):
    assert run(tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "mine"))[1].parent == tmp_path / "mine"


def test_an_environment_that_cannot_be_written_to_leaves_them_to_the_home(tmp_path):
    (tmp_path / "file").touch()
    origins = [run(tmp_path / "file", HOME=str(tmp_path)) for _ in range(2)]
    assert origins == [(origin, tmp_path / ".cache/numba" / compiling.DIGEST) for origin in ("new", "kept")]


def test_where_nothing_can_be_written_every_process_compiles_anew(tmp_path):
    (tmp_path / "file").touch()
    assert [run(tmp_path / "file", HOME=str(tmp_path / "file"))[0] for _ in range(2)] == ["new", "new"]


def test_functions_of_other_packages_stay_where_numba_keeps_them(tmp_path):
    (tmp_path / "other.py").write_text(
        "import numba\n\n\n@numba.njit(cache=True)\ndef increased(x):\n    return x + 1\n"
    )
    code = f"""import sys
sys.path.insert(0, {str(tmp_path)!r})
import segmentation.features.compiled
import other
print(other.increased(1), other.increased._cache.cache_path)"""
    result, place = alone(code)
    assert result == "2" and Path(place).is_relative_to(tmp_path)


@pytest.mark.parametrize(("damaged", "length"), [("*.nbc", 0), ("*.nbi", 40)])
def test_what_is_damaged_is_compiled_again(damaged, length, tmp_path):
    _, folder = run(tmp_path)
    for file in folder.glob(damaged):
        file.write_bytes(file.read_bytes()[:length])
    assert [run(tmp_path)[0] for _ in range(2)] == ["new", "kept"]
