"""Outputs that appear completely or not at all, and the small JSON files among them."""

import fcntl
import hashlib
import json
import math
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from segmentation.pipeline import ownership, progress, storage
from segmentation.pipeline.errors import EnvironmentFault, IntermediateFault, stale

DECIMALS = 9  # of scaled features, centres and distances: processors differ in the digits after these
UNTOUCHED = "nothing was written"
PARTLY = "some outputs are new and some are missing: run it again, which puts the old ones back first"
REPLACED = "its outputs had been replaced by then"
# What became of the outputs of this run, as words of a message: `replace` says it here, and a step that also writes a
# table of a database; who ends the run reads it.
FATE = ContextVar("FATE", default=UNTOUCHED)


@contextmanager
def replace(*targets: str | Path) -> Iterator[list[Path]]:
    """Yields a temporary path beside each target and, when the block succeeds, moves all of them into place.

    When the block fails, the targets stay as they were. Raises ConfigurationFault where a target is not the step's own,
    and EnvironmentFault while another run writes them. A target that is a folder may be a URL, except the last target:
    beside it lies the file that locks all targets for the runs on this machine.
    """
    places = [storage.locate(target) for target in targets]
    urls = [place for place in places if storage.is_url(place)]
    local = [place for place in places if not storage.is_url(place)]
    ownership.check(local)
    for place in local:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or error
            raise EnvironmentFault(
                f"the folder {place.parent} cannot be made ({reason}): choose another in conf/paths.yaml"
            ) from None
    with _exclusive(local[-1]):
        mark = _beside(local[-1], "moving")
        _recover_objects(urls, local, mark)
        _recover(local)
        for place in local:
            _check_writable(place)
        ownership.check(urls)
        try:
            yield (temporaries := [_beside(place, "partial") for place in places])
            with progress.phase("writing to the disk"):
                for temporary in temporaries:
                    if not storage.is_url(temporary):
                        _sync(*temporary.rglob("*"), temporary)
            ownership.mark(places, temporaries)
            with _objects_moved(urls, local, mark):
                _move(local, mark)
        finally:
            for place in places:
                _remove(_beside(place, "partial"))


def _check_writable(place: Path) -> None:
    """Raises EnvironmentFault before any work where nothing can be written beside an output."""
    probe = _beside(place, "partial")
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise EnvironmentFault(f"{place} cannot be written ({error.strerror}): choose another place") from None


@contextmanager
def scratch(place: Path) -> Iterator[Path]:
    """Yields a new folder beside a temporary path of `replace`; the remains of a killed run are removed first."""
    folder = _beside(place, "scratch.partial")
    _remove(folder)
    folder.mkdir()
    try:
        yield folder
    finally:
        _remove(folder)


def write_json(path: str | Path, content: Any) -> None:
    """Writes sorted JSON with floats of 9 significant digits and null for what is not finite."""
    text = json.dumps(_published(content), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    file = storage.locate(path)
    with storage.store_faults(file):
        file.write_text(text + "\n", encoding="utf-8")


def sealed(content: Mapping[str, Any]) -> dict[str, Any]:
    """A content with its checksum, for `write_json` to write and `read_sealed` to verify."""
    return {**content, "checksum": _digest(_published(content))}


def read_sealed(path: str | Path, *keys: str, of: tuple[str, str] | None = None) -> dict[str, Any]:
    """Reads what `sealed` made, without its checksum.

    `of` is a table and its digest, which must be the one that the content has under `table`. Raises IntermediateFault
    as `read_json` does, and where the content was altered or belongs to an earlier state of the table.
    """
    content = read_json(path, *keys, *(["table"] if of else []))
    if not isinstance(content, dict) or content.pop("checksum", None) != _digest(content):
        raise IntermediateFault(
            f"{path} was altered since it was written, its checksum is another: run `dvc repro` to write it again"
        )
    if of and content["table"] != of[1]:
        raise stale(path, of[0])
    return content


def _digest(content: Any) -> str:
    """A hash of the content of a JSON file, which does not depend on the layout of its text."""
    text = json.dumps(content, sort_keys=True)
    return f"sha256 {hashlib.sha256(text.encode()).hexdigest()}"


def read_json(path: str | Path, *keys: str) -> Any:
    """Reads a JSON file of an earlier step; raises IntermediateFault where it is missing, corrupt or lacks `keys`."""
    try:
        file = storage.locate(path)
        with storage.store_faults(file):
            content = json.loads(file.read_text(encoding="utf-8"), parse_float=_finite, parse_constant=_finite)
    except (FileNotFoundError, IsADirectoryError):
        raise IntermediateFault(f"{path} is missing: run `dvc repro`, which makes it first") from None
    except (ValueError, RecursionError) as error:
        raise IntermediateFault(f"{path} is corrupt ({error}): run `dvc repro` to write it again") from None
    if lacking := [key for key in keys if not isinstance(content, dict) or key not in content]:
        raise IntermediateFault(f"{path} lacks {', '.join(lacking)}: run `dvc repro` to write it again")
    return content


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(f"{text} is no finite number")
    return number


def significant(number: float) -> float:
    """Rounds to the 9 significant digits with which floats are published."""
    return float(f"{number:.9g}")


def _published(content: Any) -> Any:
    if isinstance(content, dict):
        return {str(key): _published(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_published(value) for value in content]
    if hasattr(content, "tolist"):
        return _published(content.tolist())
    if isinstance(content, float):
        return significant(content) if math.isfinite(content) else None
    return content


def _beside(place: Path, suffix: str) -> Path:
    return place.with_name(f".{place.name}.{suffix}")


@contextmanager
def _exclusive(place: Path) -> Iterator[None]:
    try:
        lock = ownership.lock(place).open("a")
    except OSError as error:
        raise EnvironmentFault(f"{place} cannot be written ({error.strerror}): choose another place") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise EnvironmentFault(f"{place} is being written by another run of this step: wait for it") from None
        yield


def _recover(places: list[Path]) -> None:
    """Removes the remains of a killed run, and undoes a move that it had not finished."""
    for place in places:
        _remove(_beside(place, "partial"))
    if all(map(_exists, places)):
        for place in places:
            _remove(_beside(place, "previous"))
    else:
        _put_back(places)


def _sync(*paths: Path) -> None:
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _move(places: list[Path], mark: Path) -> None:
    """Moves the old outputs aside and then all new ones into place; if one move fails, all old outputs come back."""
    moved, before = [], FATE.get()
    try:
        for place in filter(_exists, places):
            place.rename(_beside(place, "previous"))
        for place in places:
            _beside(place, "partial").replace(place)
            moved.append(place)
        mark.unlink(missing_ok=True)
    except BaseException:
        FATE.set(PARTLY)
        for place in moved:
            _remove(place)
        _put_back(places)
        FATE.set(before)
        raise
    FATE.set(REPLACED)
    for place in places:
        _remove(_beside(place, "previous"))
        _sync(place.parent)


def _put_back(places: list[Path]) -> None:
    for place in places:
        if _exists(previous := _beside(place, "previous")):
            _remove(place)
            previous.rename(place)


def _exists(path: Path) -> bool:
    return path.exists() or path.is_symlink()


def _remove(path: Path) -> None:
    if storage.is_url(path):
        storage.remove(path)
    elif path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def _objects_moved(urls: list[Path], local: list[Path], mark: Path) -> Iterator[None]:
    """Does the work of `_move` in an object store, which cannot rename: copies, and copies back if the block fails.

    The file `mark` lists the URLs and those local paths that did not exist before. As long as it exists, the previous
    objects are the valid ones; `_move` removes it once everything is in place.
    """
    if lacking := [url for url in urls if not storage.files(_beside(url, "partial"))]:
        raise FileNotFoundError(f"{lacking[0]} was not written")
    try:
        for url in urls:
            storage.copy(url, _beside(url, "previous"))
        if urls:
            new = [str(place) for place in local if not _exists(place)]
            write_json(mark, {"urls": list(map(str, urls)), "new": new})
            _sync(mark, mark.parent)
        for url in urls:
            storage.remove(url)
            storage.copy(_beside(url, "partial"), url)
        yield
    except BaseException:
        _put_back_objects(mark)
        raise
    finally:
        for url in urls:
            if not mark.exists():
                storage.remove(_beside(url, "previous"))


def _marked(mark: Path, key: str) -> list[Path]:
    return [storage.locate(path) for path in read_json(mark, key)[key]] if mark.exists() else []


def _put_back_objects(mark: Path) -> None:
    for url in _marked(mark, "urls"):
        storage.remove(url)
        storage.copy(_beside(url, "previous"), url)
    mark.unlink(missing_ok=True)


def _recover_objects(urls: list[Path], local: list[Path], mark: Path) -> None:
    """Does the work of `_recover` in an object store; raises EnvironmentFault where there is no such bucket."""
    unfinished = [*urls, *_marked(mark, "urls")]
    if mark.exists():
        for place in _marked(mark, "new"):
            _remove(place)
        _put_back(local)
    _put_back_objects(mark)
    for url in unfinished:
        storage.files(url)
        storage.remove(_beside(url, "partial"))
        storage.remove(_beside(url, "previous"))
