"""Functions that Numba compiles once for an environment, and that hold no interpreter lock while they run."""

import hashlib
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

os.environ.setdefault("NUMBA_DISABLE_ERROR_MESSAGE_HIGHLIGHTING", "1")  # else Numba prints colours at the very end

from numba import config, njit
from numba.core.caching import CompileResultCacheImpl, FunctionCache, UserWideCacheLocator

import segmentation

# The modules with compiled functions, which call each other: an edit to one compiles all of them again.
MODULES = (
    "elbow/joining.py",
    "features/compiled.py",
    "kmeans/lloyd.py",
    "kmeans/ranks.py",
    "kmeans/restarts.py",
    "kmeans/seeding.py",
    "kmeans/swaps.py",
)
_sources = [Path(segmentation.__file__).parent / module for module in MODULES]
DIGEST = hashlib.sha256(b"".join(map(Path.read_bytes, _sources))).hexdigest()[:16]
DAMAGED = (EOFError, UnpicklingError)


def folder(*places: str | Path) -> Path:
    """Where compiled functions lie: in the first place that has them, if only to be read, or that can be written to."""
    for place in places:
        kept = Path(place) / DIGEST
        with suppress(OSError):
            kept.mkdir(parents=True, exist_ok=True)
        if kept.is_dir():
            break
    return kept


# Every copy of the project finds them in the environment.
FOLDER = folder(*filter(None, [config.CACHE_DIR, f"{sys.prefix}/numba", Path("~/.cache/numba").expanduser()]))


class Locator(UserWideCacheLocator):
    """Tells Numba of the folder."""

    def __init__(self, function: object, file: str) -> None:
        super().__init__(function, file)
        self._cache_path = str(FOLDER)

    def ensure_cache_path(self) -> None:
        """Takes a folder to which nothing can be written, too."""


class Placed(CompileResultCacheImpl):
    """Keeps functions where the locator says; those of other packages stay where Numba keeps them."""

    _locator_classes = (Locator,)


class Cache(FunctionCache):
    """Compiles again what is damaged, and does without what cannot be written."""

    _impl_class = Placed

    def load_overload(self, *arguments: Any) -> Any:
        """What was compiled for these types of arguments, or None."""
        with suppress(OSError, *DAMAGED):
            return super().load_overload(*arguments)

    def save_overload(self, *arguments: Any) -> None:
        """Saves what was compiled; where the list of what there is was damaged, it begins anew."""
        with suppress(OSError):
            try:
                super().save_overload(*arguments)
            except DAMAGED:
                self.flush()
                super().save_overload(*arguments)


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compiles a function for the types of its arguments when it is first called with such, and keeps it."""
    dispatcher = njit(nogil=True, error_model="numpy")(function)
    dispatcher._cache = Cache(function)  # as dispatcher.enable_caching does, with Numba's own
    return dispatcher
