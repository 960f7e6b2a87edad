"""What a step may replace: only what it wrote itself.

Three things tell that. dvc.yaml lists the outputs of each step, and DVC may have brought them without a mark. A table
holds nothing but sealed parts. Any other file or folder has a mark, the hash of what was written, in the hidden file
`.NAME.lock` beside it.
"""

import hashlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml

from segmentation.pipeline import places, sealing, storage
from segmentation.pipeline.errors import ConfigurationFault

CURE = ": name another place, or move it away"
DESKTOP = (".DS_Store", "Thumbs.db", "desktop.ini")  # what file managers leave in a folder that was looked at


def lock(place: Path) -> Path:
    """The hidden file beside an output."""
    return place.with_name(f".{place.name}.lock")


def check(targets: Sequence[Path]) -> None:
    """Raises ConfigurationFault where a target holds what the step that runs did not write."""
    _refuse_foreign(targets, _listed())


@contextmanager
def marking(targets: Sequence[Path], temporaries: Sequence[Path]) -> Iterator[None]:
    """Marks the files that the block moves from `temporaries` to `targets`; raises as `check`, since time has passed.

    Before the move the old mark stays beside the new one, so that a killed run leaves files that are known.
    """
    listed, marks = _listed(), {}
    _refuse_foreign(targets, listed)
    for target, temporary in zip(targets, temporaries, strict=True):
        if storage.is_url(target):
            continue
        if target.is_dir() and not temporary.is_dir() and any(target.iterdir()):
            raise ConfigurationFault(f"{target} is a folder, and a file was to be written: name another place")
        if _real(target) not in listed and not _is_table(temporary):
            marks[lock(target)] = f"{_digest(temporary)}\n"
    for file, mark in marks.items():
        with file.open("a", encoding="utf-8") as content:
            content.write(mark)
    yield
    for file, mark in marks.items():
        file.write_text(mark, encoding="utf-8")


def _refuse_foreign(targets: Sequence[Path], listed: set[Path]) -> None:
    for target in targets:
        if reason := _foreign(target, listed):
            raise ConfigurationFault(f"{target} {reason}")


def _step() -> str:
    return Path(sys.argv[0]).stem


def _listed() -> set[Path]:
    """The outputs of the script that runs, by dvc.yaml; and compare's reports, which Git may have brought unmarked."""
    file = Path("dvc.yaml")
    if _step() == "compare":
        return {_real(Path(f"reports/compare.{kind}")) for kind in ("json", "html", "md")}
    if not file.exists():
        return set()
    with file.open(encoding="utf-8") as text:
        pipeline = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}
    outs = pipeline.get("stages", {}).get(_step(), {}).get("outs", [])
    return {_real(Path(out if isinstance(out, str) else next(iter(out)))) for out in outs}


def _foreign(target: Path, listed: set[Path]) -> str:
    """What is not the step's own, as words that follow the path; empty where there is no such thing."""
    if storage.is_url(target):
        files = storage.files(target)
        odd = [file for file in files if file.parent != target or not sealing.is_of_a_table(file.name)]
        return _held(odd or [file for file in files[-1:] if not sealing.is_sealed(file)])
    is_listed = _real(target) in listed
    if target.is_symlink() and (target.is_dir() or not is_listed):
        return f"is a link, which would be replaced: name {target.readlink()} itself, or remove the link"
    if target.is_dir():
        entries = [entry for entry in sorted(target.iterdir()) if entry.name not in DESKTOP]
        if is_listed:
            return _held([entry for entry in entries if not _is_expected(entry.name)])
        odd = [entry for entry in entries if not _is_expected(entry.name) or not _is_known(entry)]
        return "" if odd and _is_marked(target) else _held(odd)
    if not target.exists() or is_listed or _is_marked(target):
        return ""
    return f"was changed since the step wrote it{CURE}" if _marks(target) else f"is no file that the step wrote{CURE}"


def _is_expected(name: str) -> bool:
    return name in places.EXPORTED if _step() == "export" else sealing.is_of_a_table(name)


def _is_known(file: Path) -> bool:
    return file.name == sealing.CONTENTS or sealing.is_sealed(file)


def _held(odd: Sequence[Path]) -> str:
    more = f" and {len(odd) - 1} more" if len(odd) > 1 else ""
    return f"holds {odd[0].name!r}{more}, which the step did not write{CURE}" if odd else ""


def _real(target: Path) -> Path:
    return target.parent.resolve() / target.name


def _is_table(folder: Path) -> bool:
    return folder.is_dir() and all(sealing.is_of_a_table(entry.name) for entry in folder.iterdir())


def _marks(target: Path) -> list[str]:
    file = lock(target)
    return file.read_text(encoding="utf-8", errors="replace").split() if file.is_file() else []


def _is_marked(target: Path) -> bool:
    marks = _marks(target)  # without any, nothing is read
    return bool(marks) and _digest(target) in marks


def _digest(target: Path) -> str:
    files = storage.below(target) if target.is_dir() else [target]
    lines = [f"{file.relative_to(target)} {storage.fingerprint(file)}" for file in files]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
