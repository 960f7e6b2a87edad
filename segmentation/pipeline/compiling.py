"""Functions that Numba compiles once for an environment, and that hold no interpreter lock while they run."""

import hashlib
import sys
from pathlib import Path

from numba import config, njit
from numba.core.caching import UserWideCacheLocator

import segmentation

# The modules with compiled functions, which call each other: an edit to one compiles all of them again.
MODULES = (
    "elbow/joining.py",
    "features/compiled.py",
    "kmeans/lloyd.py",
    "kmeans/restarts.py",
    "kmeans/seeding.py",
    "kmeans/swaps.py",
)
_sources = [Path(segmentation.__file__).parent / module for module in MODULES]
FOLDER = Path(sys.prefix) / "numba" / hashlib.sha256(b"".join(map(Path.read_bytes, _sources))).hexdigest()[:16]


class EnvironmentCache(UserWideCacheLocator):
    """Keeps compiled functions beside the packages of the environment, where every copy of the project finds them."""

    def __init__(self, function: object, file: str) -> None:
        super().__init__(function, file)
        self._cache_path = str(FOLDER)


config.CACHE_LOCATOR_CLASSES = f"{__name__}.{EnvironmentCache.__name__},{UserWideCacheLocator.__name__}"
compiled = njit(nogil=True, cache=True, error_model="numpy")
