"""A file is adopted in a copy of the project, and what came of it."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from omegaconf import DictConfig, OmegaConf
from project import Project


@dataclass(frozen=True)
class Adopted:
    """What adopt said of a file, and the data set's file that it wrote, if any."""

    done: subprocess.CompletedProcess
    written: Path | None

    @property
    def dataset(self) -> DictConfig:
        return OmegaConf.load(self.written)

    @property
    def override(self) -> str:
        """What chooses the data set on a command line."""
        return f'dataset="{self.written.stem}"'

    @property
    def said(self) -> str:
        """What the screen tells, in one line."""
        return " ".join(self.done.stdout.split())


def adopted(project: Project, file: str | Path, *settings: str) -> Adopted:
    """Adopts a file, named in the quotes that blanks and accents need; it writes one data set's file or none."""
    before = set((project.folder / "conf/dataset").iterdir())
    done = project.stage("adopt", f'adopt.file="{file}"', *settings)
    written = set((project.folder / "conf/dataset").iterdir()) - before
    assert len(written) == (done.returncode == 0), done.stderr
    return Adopted(done, written.pop() if written else None)


def ingested(project: Project, adoption: Adopted) -> pd.DataFrame:
    """The customers of an adopted file by their ids."""
    assert adoption.done.returncode == 0, adoption.done.stderr
    project.steps(adoption.override, upto="ingest")
    return pd.read_parquet(project.folder / "data/customers").set_index(adoption.dataset.id)
