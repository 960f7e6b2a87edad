"""Where tables lie: in local folders, or below a URL in an object store, which fsspec reads and writes."""

import glob as local
import hashlib
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from fnmatch import fnmatch
from pathlib import Path
from typing import IO, TYPE_CHECKING

from segmentation.pipeline.errors import EnvironmentFault, Fault

if TYPE_CHECKING:
    from upath import UPath

# Hidden files; what Spark, Delta Lake, Databricks and Hadoop keep beside the data; and the list of parts of a table.
NOTE = re.compile(
    r"\..*|.*\.crc|_SUCCESS|_(common_)?metadata|_temporary|_spark_metadata|_delta_log|_(started|committed)_\d+|_parts\.json"
)


def is_url(path: "str | Path | UPath") -> bool:
    """Whether a path lies in an object store."""
    return "://" in str(path)


def locate(path: "str | Path | UPath") -> "Path | UPath":
    """A local path, or for a URL an object with the methods of a path.

    Both pickle without credentials: each process takes them from its own environment. Raises EnvironmentFault for a
    scheme that fsspec does not know.
    """
    if not isinstance(path, str):
        return path
    if not is_url(path):
        return Path(path)
    from upath import UPath

    with store_faults(path):
        return UPath(path)


@contextmanager
def store_faults(path: "str | Path | UPath") -> Iterator[None]:
    """Turns an error of an object store into EnvironmentFault; an error of a local path is raised as it is."""
    try:
        yield
    except (Fault, MemoryError):
        raise
    except Exception as error:
        if not is_url(path):
            raise
        if isinstance(error, ImportError) and (package := getattr(error.__cause__, "name", None)):
            raise EnvironmentFault(f"{path} takes a package that is not installed: `pip install {package}`") from error
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        reason = re.sub(r"//[^/@\s]*@", "//", reason)  # a password in the address of the store
        raise EnvironmentFault(
            f"{path} cannot be reached ({reason}): check the bucket's name, the network, and the credentials and "
            "address of the store in the environment"
        ) from error


def files(folder: "Path | UPath", pattern: str = "*") -> "list[Path | UPath]":
    """The files of a folder in their order; raises EnvironmentFault where a URL names no existing store or bucket."""
    if not is_url(folder):
        return sorted(folder.glob(pattern))
    with store_faults(folder):
        folder.fs.invalidate_cache()  # other processes write too
        names = [name.removeprefix(f"{folder.path}/") for name in folder.fs.find(folder.path)]
    real = [name for name in names if not f"/{name}".endswith("/")]  # a console's "new folder" is an empty object
    return [folder / name for name in sorted(real) if fnmatch(name, pattern)]


def below(folder: "Path | UPath") -> "list[Path | UPath]":
    """The files of data in a folder and in the folders in it, in their order.

    Hidden files and the notes of programs that write folders of data, such as `_SUCCESS`, are left out.
    """
    found = files(folder) if is_url(folder) else sorted(file for file in folder.rglob("*") if file.is_file())
    return [file for file in found if not any(map(NOTE.fullmatch, file.relative_to(folder).parts))]


def glob(pattern: str) -> "list[Path | UPath]":
    """The files that a path or glob names, in their order; raises EnvironmentFault as `files` does."""
    if not is_url(pattern):
        if Path(pattern).is_file():  # its name may hold signs of a glob, as in `sales [1].csv`
            return [Path(pattern)]
        return sorted(map(Path, local.glob(pattern, recursive=True)))  # noqa: PTH207, absolute globs
    url = locate(pattern)
    with store_faults(url):
        names = url.fs.glob(url.path)
    if not names:
        files(url)  # raises where there is no such bucket
    return [url.with_segments(name) for name in sorted(names)]


def fingerprint(file: "Path | UPath") -> str:
    """A hash that changes with the content of a file; for an object its ETag, which costs no download."""
    if not is_url(file):
        with file.open("rb") as content:
            return f"sha256 {hashlib.file_digest(content, 'sha256').hexdigest()}"
    with store_faults(file):
        info = file.fs.info(file.path)
    tag = info.get("ETag") or info.get("etag")
    return f"etag {tag.strip(chr(34))}" if tag else "unknown"


def copy(source: "UPath", target: "UPath") -> None:
    """Copies the objects below one URL to another of the same store."""
    paths = [file.path for file in files(source)]
    with store_faults(target):
        source.fs.copy(paths, [target.path + path.removeprefix(source.path) for path in paths])


def remove(folder: "UPath") -> None:
    """Deletes the objects below a URL."""
    with store_faults(folder), suppress(FileNotFoundError):
        folder.fs.rm(folder.path, recursive=True)


def source(file: "Path | UPath") -> "nullcontext[Path] | IO[bytes]":
    """A local file as its path, or an object as an open file: a reader of Parquet takes either."""
    return file.open("rb") if is_url(file) else nullcontext(file)


@contextmanager
def sink(file: "Path | UPath") -> "Iterator[Path | IO[bytes]]":
    """Yields the path of a local file, or for an object a buffer in memory, which is sent at the end of the block."""
    if is_url(file):
        yield (content := io.BytesIO())
        with store_faults(file):
            file.write_bytes(content.getvalue())
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        yield file
        _begin_to_save(file)


def _begin_to_save(file: Path) -> None:
    """Has the disk save a file beside the work on the next ones; else a step waits for all of them at its end."""
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError), file.open("rb") as written:  # a hint, which a file system may not take
            os.posix_fadvise(written.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
