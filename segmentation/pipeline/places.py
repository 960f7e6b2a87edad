"""Whether what a step writes lies where the project, another step or the customers' data lie, however it is spelled.

Places are compared and not texts: through links, `..`, globs and other spellings, since files are known by their inode
and objects by their address.
"""

import os
import posixpath
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath, PurePosixPath

from segmentation.pipeline import storage
from segmentation.pipeline.schema import Config
from segmentation.pipeline.source_kinds import Wrong

# What each script writes, in the words of conf/paths.yaml; `/` ends a folder that is replaced as a whole.
WRITTEN = {
    "ingest": "{customers}/ {planted}/ {reports}/ingest.json",
    "preprocess": "{features}/ {feature_space} {reports}/preprocess.json",
    "elbow": "{sweep} {k} {reports}/elbow.csv {reports}/elbow.json {figures}/elbow.png",
    "cluster": "{kmeans} {segments}/ {reports}/cluster.json",
    "analyze": "{model} {reports}/segments.csv {reports}/profile.csv {reports}/map.csv {reports}/segments.json "
    "{reports}/sweep.json {figures}/profile.png {figures}/sizes.png {figures}/distributions.png {figures}/scatter.png",
    "stability": "{reports}/stability.json {figures}/stability.png",
    "report": "{reports}/report.html {reports}/report.json",
    "walkthrough": "{reports}/walkthrough.ipynb {reports}/walkthrough.html",
    "export": "{export}/ {reports}/export.json",
    "compare": "{moved} {reports}/compare.json {reports}/compare.html {reports}/compare.md",
}
# What no step ever writes: what lies in Git, beside data/ and reports/, and what Git, DVC and Python keep.
PROJECT = """
    segmentation stages conf tests docs notebooks benchmarks data/examples .git .dvc .venv .ci .github
    params.yaml dvc.yaml dvc.lock README.md CHANGELOG.md LICENSE Makefile pyproject.toml requirements.lock
    requirements-test.lock .dvcignore .gitattributes .gitignore
"""
HIDDEN = ("lock", "moving", "partial", "previous")  # endings of the hidden files that lie beside an output
TABLE = ("part-00000.parquet", "_parts.json")  # files of every table
EXPORTED = ("segments.csv", "segment.sql", "segment.onnx", "model.json")
LOCAL = re.compile(r"^(file|local)://", re.IGNORECASE)
URL = re.compile(r"(?:\w+::)*(\w+)://(.*)", re.DOTALL)
STORES = {"s3a": "s3", "s3n": "s3", "gcs": "gs", "abfss": "abfs", "https": "http"}  # other names of a store

Id = object  # two paths with an equal one are one place


@dataclass(frozen=True)
class Written:
    """A file or folder that a script writes, with the setting that names it."""

    step: str
    key: str
    setting: str
    path: str

    @property
    def shown(self) -> str:
        """The path as messages have it."""
        return self.path.rstrip("/") or "/"

    @cached_property
    def place(self) -> PurePath:
        """Where it lies."""
        return _place(self.path)

    @cached_property
    def spots(self) -> set[Id]:
        """Its name in its folder, and the names that its hidden files have there."""
        hidden = (self.place.with_name(f".{self.place.name}.{ending}") for ending in HIDDEN if self.place.name)
        return {_spot(place) for place in (self.place, *hidden)}

    @cached_property
    def ids(self) -> set[Id]:
        """All by which a path can be known to lead to it."""
        return self.spots | _ids(self.place)

    @cached_property
    def chain(self) -> set[Id]:
        """The same of every folder that it lies in, too."""
        return self.ids | _chain(self.place)

    def matches(self, glob: re.Pattern[str]) -> bool:
        """Whether a glob names the file, or one in the folder."""
        content = (EXPORTED if self.step == "export" else TABLE) if self.path.endswith("/") else ()
        return any(glob.match(str(file)) for file in (self.place, *(self.place / name for name in content)))


class Read:
    """What a path, folder or glob names: the files that are there, and those that will be."""

    def __init__(self, pattern: str):
        pattern, self.glob = LOCAL.sub("", pattern), None
        if (sign := re.search(r"[*?[]", pattern)) and not Path(pattern).is_file():
            from fsspec.utils import glob_translate  # takes 30 ms

            start = pattern.rfind("/", 0, sign.start()) + 1
            folder, rest = _place(f"{pattern[:start]}."), posixpath.normpath(pattern[start:])
            self.glob = re.compile(re.escape(str(folder / "_")[:-1]) + glob_translate(rest))
            files = [] if _is_object(folder) else storage.glob(pattern)
            links = {Path(os.path.realpath(file)).parent for file in files if file.is_symlink()}
            folders = {folder, *links, *(Path(os.path.realpath(name)) for name in {file.parent for file in files})}
            self.ids = {_inode(file) for file in files} - {None}
        else:
            place = _place(pattern)
            folders = {place.parent} if _is_object(place) else {place.parent, Path(os.path.realpath(place)).parent}
            self.ids = _ids(place)
        self.chain = self.ids.union(*map(_chain, folders))

    def meets(self, written: Written) -> str:
        """How what is written would meet what is read: `over` it or `into` it; empty where it does not."""
        if written.ids & self.chain:
            return "over"
        return "into" if written.chain & self.ids or (self.glob and written.matches(self.glob)) else ""


def find_collisions(config: Config) -> Wrong:
    """The settings by which a script would write over the project, over what another writes, or over what is read."""
    written = list(_written(config))
    return [*_on_project(written), *_on_each_other(written), *_on_data(config, written)]


def _written(config: Config) -> Iterator[Written]:
    paths = vars(config.paths)
    for step, templates in WRITTEN.items():
        for template in templates.split():
            name = re.match(r"{(\w+)}", template)[1]
            yield Written(step, f"paths.{name}", paths[name], template.format_map(paths))
    output = config.score.output
    names = (output, str(Path(output).with_suffix(".drift.csv"))) if Path(output).name else (output,)
    for path in names:
        yield Written("score", "score.output", output, path)


def _on_project(written: list[Written]) -> Wrong:
    wrong, project = [], {name: Read(name) for name in PROJECT.split()}
    for item in written:
        for name, read in project.items():
            if how := read.meets(item):
                wrong.append(_refused(item, how, f"{name}, a part of the project"))
        if not _is_object(item.place) and {".git", ".dvc"} & set(Path(os.path.relpath(item.place)).parts):
            wrong.append(_refused(item, "into", "a folder of Git or DVC"))
    return wrong


def _on_each_other(written: list[Written]) -> Wrong:
    """Outputs of one place; they are compared by their names, since DVC's cache may give equal files one inode."""
    wrong: Wrong = []
    spots: dict[Id, Written] = {}
    for item in written:
        for spot in item.spots:
            if (other := spots.setdefault(spot, item)) is not item:
                wrong.append(_refused(item, "over", f"{other.shown}, which {other.step} writes ({other.key})"))
    for item in written:
        for folder in item.place.parents:
            if other := spots.get(_spot(folder)):
                wrong.append(_refused(item, "into", f"{other.shown}, which {other.step} replaces ({other.key})"))
    return wrong


def _on_data(config: Config, written: list[Written]) -> Wrong:
    wrong, score_input = [], config.score.input
    named = score_input if isinstance(score_input, dict) else {"": score_input}
    inputs = {f"score.input.{name}".rstrip("."): path for name, path in named.items() if isinstance(path, str) and path}
    files = {f"data.source.files.{name}": path for name, path in config.data.source.files.items()}
    folders = {f"paths.{name}": getattr(config.paths, name) for name in ("raw", "notebook")}
    for key, pattern in {**files, **inputs, **folders}.items():
        read = Read(pattern)
        for item in written:
            if (key in inputs and item.step != "score") or not (how := read.meets(item)):
                continue
            if key in files and item.step != "score":
                advice = "keep your files elsewhere, as in data/raw/"
                wrong.append(
                    (key, f"is {pattern}: {item.step} would write {item.shown} {how} it ({item.key}): {advice}")
                )
            else:
                wrong.append(_refused(item, how, f"{pattern}, which is read ({key})"))
    return wrong


def _refused(written: Written, how: str, other: str) -> tuple[str, str]:
    would = f"{written.step} would write {written.shown} {how} {other}"
    return written.key, f"is {written.setting}: {would}: name another place"


def _place(path: str) -> PurePath:
    """The path without detours; a link at its end stays, since it is the link that a step would replace."""
    path = LOCAL.sub("", path)
    if url := URL.fullmatch(path):
        scheme = url[1].lower()
        return PurePosixPath(posixpath.normpath(f"{STORES.get(scheme, scheme)}:/{url[2]}"))
    folder, name = os.path.split(path.rstrip("/") or path)
    if name in ("", ".", ".."):
        return Path(os.path.realpath(path))
    return Path(os.path.realpath(folder), name)


def _is_object(place: PurePath) -> bool:
    return not isinstance(place, Path)


def _spot(place: PurePath) -> Id:
    """The name in its folder; a folder that exists is known by its inode, however it is spelled."""
    if _is_object(place):
        return place
    if place.parent == place:
        return _inode(place)
    return _inode(place.parent) or _spot(place.parent), _folded(place.name)


def _folded(name: str) -> str:
    """The name, with one spelling for all that a file system holds for one, as on a Mac."""
    return unicodedata.normalize("NFC", name).casefold() if Path("PARAMS.YAML").exists() else name


def _inode(place: Path) -> Id | None:
    try:
        status = place.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _ids(place: PurePath) -> set[Id]:
    inode = None if _is_object(place) else _inode(place)
    return {_spot(place), *([inode] if inode else [])}


def _chain(folder: PurePath) -> set[Id]:
    return set().union(*map(_ids, (folder, *folder.parents)))
