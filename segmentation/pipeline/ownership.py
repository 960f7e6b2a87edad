"""What a step may replace: only what it wrote itself.

Three things tell that. dvc.yaml lists the outputs of each step, and DVC may have brought them without a mark. Any other
file or folder has a mark, the hash of what was written, in the hidden file `.NAME.lock` beside it. In an object store a
table holds nothing but sealed parts.
"""

import hashlib
import os
from collections.abc import Sequence
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

import yaml

from segmentation.pipeline import places, sealing, storage
from segmentation.pipeline.errors import ConfigurationFault

STEP = ContextVar("STEP", default="")  # the name of the script that runs, as dvc.yaml has it
CURE = ": name another place, or move it away"
UNMARKED = f"the step did not mark as its own, as older versions did not{CURE} once"
DESKTOP = (".DS_Store", "Thumbs.db", "desktop.ini")  # what file managers leave in a folder that was looked at


def lock(place: Path) -> Path:
    """The hidden file beside an output."""
    return place.with_name(f".{place.name}.lock")


def check(targets: Sequence[Path]) -> None:
    """Raises ConfigurationFault where a target holds what the step that runs did not write."""
    _refuse_foreign(targets, _listed())


def mark(targets: Sequence[Path], temporaries: Sequence[Path]) -> None:
    """Marks what is about to be moved from `temporaries` to `targets`; raises as `check`, since time has passed.

    Marks are added and none is taken away, so that a killed run leaves files that are known.
    """
    listed = _listed()
    _refuse_foreign(targets, listed)
    for target, temporary in zip(targets, temporaries, strict=True):
        if storage.is_url(target):
            continue
        if target.is_dir() and not temporary.is_dir() and any(target.iterdir()):
            raise ConfigurationFault(f"{target} is a folder, and a file was to be written: name another place")
        if _real(target) not in listed and (digest := _digest(temporary)) not in _marks(target):
            with lock(target).open("a", encoding="utf-8") as content:
                content.write(f"\n{digest}\n")  # a mark that a killed run cut off stays on a line of its own
                content.flush()
                os.fsync(content.fileno())


def _refuse_foreign(targets: Sequence[Path], listed: set[Path]) -> None:
    for target in targets:
        if reason := _foreign(target, listed):
            raise ConfigurationFault(f"{target} {reason}")


def _listed() -> set[Path]:
    """The outputs of the script that runs, by dvc.yaml; and compare's reports, which Git may have brought unmarked."""
    file = Path("dvc.yaml")
    if STEP.get() == "compare":
        return {_real(Path(f"reports/compare.{kind}")) for kind in ("json", "html", "md")}
    if not file.exists():
        return set()
    with file.open(encoding="utf-8") as text:
        pipeline = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}
    outs = pipeline.get("stages", {}).get(STEP.get(), {}).get("outs", [])
    return {_real(Path(out if isinstance(out, str) else next(iter(out)))) for out in outs}


def _foreign(target: Path, listed: set[Path]) -> str:
    """What is not the step's own, as words that follow the path; empty where there is no such thing."""
    if storage.is_url(target):
        files = storage.files(target)
        odd = [file for file in files if file.parent != target or not sealing.is_of_a_table(file.name)]
        return _held(odd or [file for file in files[-1:] if not sealing.is_sealed(file)])
    is_listed = _real(target) in listed
    if target.is_symlink() and (target.is_dir() or not is_listed):
        return f"is a link, which would be replaced: name {target.resolve()} itself, or remove the link"
    if target.is_dir():
        return _foreign_within(target, is_listed)
    if not target.exists() or is_listed or _is_marked(target):
        return ""
    return f"was changed since the step wrote it{CURE}" if _marks(target) else f"is a file that {UNMARKED}"


def _foreign_within(folder: Path, is_listed: bool) -> str:
    entries = [entry for entry in sorted(folder.iterdir()) if entry.name not in DESKTOP]
    odd = [entry for entry in entries if not _is_expected(entry)]
    if is_listed:
        return _held(odd)
    if not entries or _is_marked(folder):
        return ""
    return f"was changed since the step wrote it{CURE}" if _marks(folder) and not odd else _held(odd or entries)


def _is_expected(entry: Path) -> bool:
    """Whether the step makes a file of this name; one without a seal that reads well as Parquet is another's."""
    if STEP.get() == "export":
        return entry.name in places.EXPORTED and not entry.is_dir()
    return sealing.is_of_a_table(entry.name) and not entry.is_dir() and not sealing.is_unsealed(entry)


def _held(odd: Sequence[Path]) -> str:
    more = f" and {len(odd) - 1} more" if len(odd) > 1 else ""
    return f"holds {odd[0].name!r}{more}, which {UNMARKED}" if odd else ""


def _real(target: Path) -> Path:
    return target.parent.resolve() / target.name


def _marks(target: Path) -> list[str]:
    file = lock(target)
    return file.read_text(encoding="utf-8", errors="replace").split() if file.is_file() else []


def _is_marked(target: Path) -> bool:
    marks = _marks(target)  # without any, nothing is read
    return bool(marks) and _digest(target) in marks


def _digest(target: Path) -> str:
    """A hash of all files of a target; of a table's parts, whose hashes stand in its list, only sizes are taken.

    A table counts as the output of one step, since a step may not replace what another made.
    """
    entries = sorted(target.rglob("*")) if target.is_dir() else [target]
    is_table = target.is_dir() and all(entry.name in DESKTOP or sealing.is_of_a_table(entry.name) for entry in entries)
    lines = [STEP.get()] if is_table else []
    for entry in entries:
        if entry.name not in DESKTOP:
            lines.append(f"{entry.relative_to(target)} {_content(entry, is_table)}")
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def _content(entry: Path, is_table: bool) -> str:
    if not entry.is_file():
        return "no file"
    status = entry.stat()
    if is_table and entry.name != sealing.CONTENTS:
        return f"{status.st_size} bytes"
    return _fingerprint(entry, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


@lru_cache(maxsize=100)
def _fingerprint(file: Path, *_: int) -> str:
    """The hash of a file, which a run computes once as long as its inode, size and times are the same."""
    return storage.fingerprint(file)
