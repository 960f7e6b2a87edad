"""Revisions in Git: their days and tags, and the files that they hold."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from segmentation.model.reference import is_carried
from segmentation.pipeline.errors import ConfigurationFault, EnvironmentFault

GLOB = "*?["  # signs by which a name stands for several tags


@dataclass(frozen=True)
class Revision:
    """A state of the project: a commit, or the folder as it stands."""

    name: str  # as it was asked for; "" for the folder as it stands
    commit: str = ""
    day: str = ""  # of the commit, as 2026-11-01
    tag: str = ""  # that points at the commit


NOW = Revision("")


def describe(name: str, setting: str) -> Revision:
    """The revision of a tag, branch or commit; raises ConfigurationFault, which names the setting, where there is none.

    An empty name stands for the folder as it stands.
    """
    if not name:
        return NOW
    if _git("rev-parse", "--git-dir") is None:
        raise EnvironmentFault("Git knows no repository here, or refuses it: run `git status`, and do what it says")
    found = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if found is None:
        raise ConfigurationFault(f"{setting} is '{name}', which Git does not know: name a tag, branch or commit")
    commit = found.strip()
    day = _git("show", "-s", "--format=%cs", commit) or ""
    tags = (_git("tag", "--points-at", commit) or "").split()
    return Revision(name, commit, day.strip(), name if name in tags else tags[0] if tags else "")


def since(name: str, to: Revision, file: str) -> list[Revision]:
    """The revisions on the way from one to another that changed a file, the first one included, oldest first.

    A name with a sign of GLOB stands for all tags up to the last revision that match it, by the time of their commits.
    Raises ConfigurationFault where there is no such revision.
    """
    last = to.commit or "HEAD"
    if set(GLOB) & set(name):
        tags = (_git("tag", "--merged", last, "--list", name) or "").split()
        if not tags:
            raise ConfigurationFault(
                f"compare.since is '{name}', which no tag up to {to.name or 'now'} matches: `git tag` lists them"
            )
        return sorted(
            (describe(tag, "compare.since") for tag in tags), key=lambda revision: (_time(revision), revision.name)
        )
    first = describe(name, "compare.since")
    if _git("merge-base", "--is-ancestor", first.commit, last) is None:
        raise ConfigurationFault(f"compare.since is '{name}', which does not come before {to.name or 'now'}")
    span = f"{first.commit}..{last}"
    commits = _git("log", "--reverse", "--first-parent", "--format=%H", span, "--", file) or ""
    return [first, *(describe(commit, "compare.since") for commit in commits.split() if commit != first.commit)]


def read_json(revision: Revision, file: str) -> dict[str, Any] | None:
    """A JSON file as it stood at a revision; None where there was none, or none that can be read."""
    text = _git("show", f"{revision.commit}:./{file}")
    try:
        content = None if text is None else json.loads(text)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def sizes(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yields number, name, size and shares of each segment of a reports/segments.json; raises KeyError for another.

    `is_carried` tells whether the segment has its number from an accepted model.
    """
    for segment in described["segments"]:
        figures = {key: segment[key] for key in ("segment", "name", "size", "share", "value_share")}
        yield figures | {"is_carried": is_carried(segment["since"])}


def trend(revisions: list[Revision], file: str, now: dict[str, Any] | None) -> dict[str, list[Any]]:
    """The segments at each of several revisions, and the names of those whose file is of another version.

    `now` is the file as it stands, where that is the last of them.
    """
    points, left_out = [], []
    for revision in revisions:
        described = read_json(revision, file)
        try:
            segments = list(sizes(described))
        except (KeyError, TypeError):
            left_out.append(revision.tag or revision.name[:8])
            continue
        points.append({"name": revision.tag or revision.name[:8], "day": revision.day, "segments": segments})
    if now is not None and (not points or points[-1]["segments"] != list(sizes(now))):
        points.append({"name": "now", "day": "", "segments": list(sizes(now))})
    return {"points": points, "left_out": left_out}


def _time(revision: Revision) -> int:
    """The seconds of the commit since 1970."""
    return int(_git("show", "-s", "--format=%ct", revision.commit) or 0)


def _git(*arguments: str) -> str | None:
    """What Git prints; None where it fails. Raises EnvironmentFault where there is no Git."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False, encoding="utf-8")
    except FileNotFoundError:
        raise EnvironmentFault("Git is needed to compare revisions: install it") from None
    return done.stdout if done.returncode == 0 else None
