"""Compares the segmentations of two Git revisions: who joined, left and moved, and why; and tells the trend of many."""

import sys
from importlib.util import find_spec

if not find_spec("hydra"):
    lacking = "the packages of this project are not installed for this Python"
    print(f"{__file__}: {lacking}: run `make`, then `source .venv/bin/activate`", file=sys.stderr)
    sys.exit(5)

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from segmentation.activation import comparison, revisions
from segmentation.activation.comparison import Joined
from segmentation.activation.revisions import Revision
from segmentation.model import SegmentModel, reference
from segmentation.model.reference import Match
from segmentation.pages import changes, page
from segmentation.pages.writing import without_isolates
from segmentation.pipeline import engine, outputs, parts, progress, spreadsheet
from segmentation.pipeline.errors import ConfigurationFault, EnvironmentFault, IntermediateFault, stale
from segmentation.pipeline.schema import Cluster, Config, Paths
from segmentation.pipeline.stage import run
from segmentation.pipeline.terminal import shown
from segmentation.sources import result

BY_HAND = ("score", "compare", "adopt")  # sections of params.yaml that decide no result of the pipeline


@dataclass(frozen=True)
class Side:
    """The files of one segmentation."""

    customers: str
    model: str
    segments: str


def main(cfg):
    paths = cfg.paths
    names = [f"{paths.reports}/compare.{kind}" for kind in ("json", "html", "md")]
    old, new = (revisions.describe(getattr(cfg.compare, key) or "", f"compare.{key}") for key in ("rev", "to"))
    with (
        outputs.replace(paths.moved, *names) as (moved, report, html, text),
        outputs.scratch(moved) as folder,
    ):
        up_to_date = bool(new.name) or is_up_to_date()
        differences = compare(cfg, old, new, folder, moved)
        differences["trend"] = trend(cfg.compare.since, new, f"{paths.reports}/segments.json")
        outputs.write_json(report, differences)
        page_text = page.render("compare.html", changes.content(differences), (), ("page.css", "compare.css"))
        html.write_text(page_text, encoding="utf-8")
        text.write_text(changes.markdown(differences), encoding="utf-8")
    if not up_to_date:
        print("warning: the parameters or inputs have changed since the pipeline ran: `dvc repro`, and compare again")
    for name in differences["trend"]["left_out"]:
        print(f"warning: the trend leaves out {shown(name)}, whose segments.json is missing or of another version")
    plain = without_isolates(f"{changes.title(differences)}. {changes.who_moved(differences)}")
    print(f"{shown(plain)}\n{paths.reports}/compare.html; who moved: {paths.moved}")


def compare(cfg: Config, old: Revision, new: Revision, folder: Path, moved: Path) -> dict[str, Any]:
    """What differs between two revisions; the table `moved` gets the customers who moved, `folder` is for a while."""
    sides = [fetch_side(cfg.paths, revision, folder / side) for revision, side in ((old, "was"), (new, "is"))]
    models = [load_model(*pair) for pair in zip(sides, (old, new), strict=True)]
    described = [read_segments(*each) for each in zip(sides, (old, new), models, strict=True)]
    labels = comparison.labels(*described)
    matches, gone = match_segments(*models, cfg.cluster)
    places = comparison.places(models[0].numbers, models[1].numbers, matches)
    value = described[1].get("value") if described[0].get("value") == described[1].get("value") else None
    with engine.executor(cfg.executor) as pool:
        tables = place_customers(sides, models, places, value, folder, pool)
    names = [[f"{number} {name}" for number, name in zip(model.numbers, model.names, strict=True)] for model in models]
    with progress.phase("comparing customers"), result.open_workspace(folder / "join") as connection:
        joined = Joined(connection, *tables)
        counts = joined.counts()
        spreadsheet.write(moved, joined.movers(places, names), comparison.MOVERS)
    return {
        "old": asdict(old),
        "new": asdict(new),
        "value": labels.get(value, value),
        "value_moved": comparison.value_moved(counts, *places, cfg.report.least) if value else None,
        "value_of_movers": comparison.value_of_movers(counts, cfg.report.least) if value else None,
        "customers": comparison.summary(counts),
        "segments": comparison.segments(*described, matches, gone),
        "labels": labels,
        "before": names[0],
        "after": names[1],
        "migration": comparison.migration(counts, *places),
        "stays": comparison.stays(*places),
        "parameters": comparison.parameters(read_parameters(old), read_parameters(new)),
    }


def trend(since: str | None, to: Revision, described_file: str) -> dict[str, list[Any]]:
    """The segments at each revision since one; none where no such revision is named."""
    if not since:
        return {"points": [], "left_out": []}
    now = None if to.name else outputs.read_json(described_file, "segments")
    return revisions.trend(revisions.since(since, to, described_file), described_file, now)


def load_model(side: Side, revision: Revision) -> SegmentModel:
    with copy_faults(revision, side.model, "model"):
        return SegmentModel.load(side.model)


def read_segments(side: Side, revision: Revision, model: SegmentModel) -> dict[str, Any]:
    """Reads what `analyze` wrote of a model's segments; raises a fault where the model has other segments."""
    with copy_faults(revision, side.segments, "segments.json"):
        described = outputs.read_json(side.segments, "segments", "columns")
    if [segment["segment"] for segment in described["segments"]] != list(model.numbers):
        raise stale(side.segments, side.model)
    return described


@contextmanager
def copy_faults(revision: Revision, file: str, name: str) -> Iterator[None]:
    """Raises the fault of a file that was copied from a revision as one of the revision, under the name of the file."""
    try:
        yield
    except IntermediateFault as fault:
        if not revision.name:
            raise
        reason = str(fault).removeprefix(file).rpartition(": run")[0].strip()
        raise IntermediateFault(
            f"the {name} of revision '{revision.name}' {reason}: check it out, and run its pipeline with this code"
        ) from None


def match_segments(old: SegmentModel, new: SegmentModel, settings: Cluster) -> tuple[list[Match], list[Match]]:
    """What became of the new segments and of the old ones that are gone."""
    distances = reference.centre_distances(old, new.space, new.centres)
    return reference.match_segments(distances, old, settings.moved_above, settings.new_above)


def place_customers(
    sides: Sequence[Side],
    models: Sequence[SegmentModel],
    places: Sequence[Sequence[int]],
    value: str | None,
    folder: Path,
    pool: Executor,
) -> list[Path]:
    """Places the customers of each side by the models of both sides; returns the folders of the two tables."""
    pairs = list(zip(models, places, strict=True))
    for side, side_pairs, name in zip(sides, (pairs, pairs[::-1]), ("old", "new"), strict=True):
        task = partial(comparison.place_part, models=side_pairs, value=value, folder=folder / name)
        list(engine.each(pool, task, parts.paths(side.customers), doing=f"placing the {name} customers"))
    return [folder / "old", folder / "new"]


@progress.phase("fetching the customers of a revision")
def fetch_side(paths: Paths, revision: Revision, folder: Path) -> Side:
    """Copies what the pipeline of a revision wrote into a folder, from DVC's cache or remote.

    Of the folder as it stands nothing is copied.
    """
    from dvc.api import DVCFileSystem

    side, rev = Side(paths.customers, paths.model, f"{paths.reports}/segments.json"), revision.name
    if not rev:
        return side
    if beyond := [name for name in vars(side).values() if "://" in name or {"/", ".."} & set(Path(name).parts)]:
        raise ConfigurationFault(f"{beyond[0]} lies outside the project: compare reads what DVC keeps of a revision")
    with revision_faults(rev):
        system = DVCFileSystem(rev=rev)
        for name in vars(side).values():
            system.get(name, str(folder / name), recursive=True)
    return Side(*(str(folder / name) for name in vars(side).values()))


def read_parameters(revision: Revision) -> dict[str, Any]:
    from dvc.api import params_show

    with revision_faults(revision.name or "of the workspace"):
        shown_parameters = params_show(rev=revision.name or None)
    return {name: value for name, value in shown_parameters.items() if name not in BY_HAND}


@progress.phase("asking DVC whether all is up to date")
def is_up_to_date() -> bool:
    """Whether the pipeline has run with the present parameters and inputs; raises a fault while DVC is at work here."""
    from dvc.exceptions import DvcException, NotDvcRepoError
    from dvc.lock import LockError
    from dvc.repo import Repo
    from dvc.rwlock import RWLockFileCorruptedError, RWLockFileFormatError
    from dvc.scm import SCMError

    try:
        with Repo() as repo:
            return not repo.status(targets=["analyze"], with_deps=True)
    except LockError:
        raise EnvironmentFault(
            "another run of DVC works in this folder: wait for it to end, then compare again; nothing was written"
        ) from None
    except (RWLockFileCorruptedError, RWLockFileFormatError):
        raise EnvironmentFault(
            ".dvc/tmp/rwlock is damaged, as by a killed run of DVC: if none is running, `rm .dvc/tmp/rwlock`"
        ) from None
    except (NotDvcRepoError, SCMError):
        raise EnvironmentFault(
            "this folder is no repository of Git and DVC: `git init && dvc init` make it one"
        ) from None
    except DvcException as error:
        reason = str(error).strip().splitlines()[0]
        if "dvc.lock" in reason:
            raise IntermediateFault(
                f"{reason}: `git checkout dvc.lock` takes back the last commit's, then `dvc repro`"
            ) from None
        raise ConfigurationFault(
            f"DVC cannot read this project ({reason}): correct it, or take back the last commit's, "
            "`git checkout dvc.yaml .dvc/config`"
        ) from None


@contextmanager
def revision_faults(rev: str) -> Iterator[None]:
    """Raises a fault where a revision, or what its pipeline wrote, is missing."""
    from dvc.exceptions import DvcException
    from dvc.scm import SCMError
    from dvc_data.index import DataIndexDirError

    try:
        yield
    except SCMError as error:
        raise ConfigurationFault(f"compare.rev is '{rev}': {error}; name a tag, branch or commit") from None
    except KeyError as error:  # what DVC raises for a remote that its configuration lacks
        raise ConfigurationFault(
            f".dvc/config names the remote {error}, which it does not hold: `dvc remote list`"
        ) from None
    except (DvcException, DataIndexDirError, OSError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise IntermediateFault(
            f"what the pipeline wrote at revision '{rev}' is not at hand ({reason}): `dvc fetch --all-commits` brings "
            f"it from a remote, `git checkout {rev}` and `dvc repro` make it again"
        ) from None


if __name__ == "__main__":
    run(main)
