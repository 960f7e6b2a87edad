"""Where compiled functions are kept."""

import sys
from pathlib import Path

from numba.core.caching import UserWideCacheLocator

from segmentation.features import compiled
from segmentation.pipeline import compiling


def test_compiled_functions_lie_in_the_environment_wherever_the_project_lies():
    locator = compiled.nearest._cache._impl.locator
    assert Path(locator.get_cache_path()) == compiling.FOLDER
    assert compiling.FOLDER.is_relative_to(sys.prefix)


def test_an_environment_that_cannot_be_written_to_leaves_them_to_the_user(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(compiling, "FOLDER", tmp_path / "file" / "numba")
    assert compiling.EnvironmentCache.from_function(compiled.nearest.py_func, compiled.__file__) is None
    assert compiling.config.CACHE_LOCATOR_CLASSES.endswith(f",{UserWideCacheLocator.__name__}")
