"""The typed schema of the configuration: which keys there are and what each may hold."""

from dataclasses import dataclass, field
from typing import Any

from omegaconf import MISSING

TRANSFORMS = ("none", "log1p", "sqrt", "yeo-johnson")
MISSING_VALUES = ("error", "drop", "median")
LEVELS = ("low", "high", "not low", "not high")
RULES = ("calibrated", "kneedle", "silhouette", "calinski_harabasz", "davies_bouldin", "gap")
QUANTILES = {"percentile_5": 0.05, "lower_quartile": 0.25, "median": 0.5, "upper_quartile": 0.75, "percentile_95": 0.95}
# Columns that the steps add to those of a data set.
RESERVED = ("customer_id", "_row", "_value", "_segment")

# Columns that a result adds to the id of a placed customer.
PLACED = ("segment", "name", "distance", "margin", "outlier", "test_group")


def one_of(allowed: tuple[str, ...], default: Any = MISSING) -> Any:
    """A field that holds one of a few words."""
    return field(default=default, metadata={"allowed": allowed})


def number(low: float, high: float | None = None, default: Any = MISSING) -> Any:
    """A field that holds a number from `low` to `high`."""
    return field(default=default, metadata={"low": low, "high": high})


def size(default: Any = MISSING) -> Any:
    """A field that holds a size of memory, such as 2GiB."""
    return field(default=default, metadata={"size": True})


@dataclass
class Ingest:
    """How customers are cut into parts."""

    part_rows: int = number(1)


@dataclass
class Preprocess:
    """What happens to missing and extreme values, unless a feature says otherwise."""

    missing: str = one_of(MISSING_VALUES)
    max_missing: float = number(0, 1)
    clip: list[float] | None = field(default=None, metadata={"quantiles": True})


@dataclass
class Elbow:
    """The sweep over K."""

    k_min: int = number(1)
    k_max: int = number(1)
    rule: str = one_of(RULES)
    without_groups: str = one_of(("cut", "one"))
    n_init: int = number(1)
    exact_rows: int = number(1_000)
    seed: int = number(0, 2**32 - 1)


@dataclass
class Cluster:
    """K-means at one K: `auto` or a number."""

    k: Any = MISSING
    n_init: int = number(1)
    max_passes: int = number(1)
    seed: int = number(0, 2**32 - 1)
    reference: str | None = None
    moved_above: float = number(0)
    new_above: float = number(0)


@dataclass
class Analyze:
    """The ranks from which a segment counts as high or low in a column."""

    high: float = number(0.5, 1)
    low: float = number(0, 0.5)


@dataclass
class Stability:
    """How often the customers are resampled."""

    resamples: int = number(1)
    seed: int = number(0, 2**32 - 1)


@dataclass
class Report:
    """What the page is called, and how many customers its figures speak of at least."""

    title: str = MISSING
    least: int = number(1)


@dataclass
class Target:
    """A table of a database that takes the customers' segments."""

    connection: str = MISSING
    table: str = MISSING
    driver: str = ""


@dataclass
class Score:
    """Which customers to place, and where to write their segments."""

    input: Any = None
    output: str = MISSING


@dataclass
class Export:
    """What is handed to other systems."""

    dialect: str = MISSING
    table: str = MISSING
    onnx: bool = MISSING
    control_share: float | None = number(0, 1, default=None)
    salt: str = MISSING
    database: Target | None = None


@dataclass
class Compare:
    """The two revisions in Git that are held against each other, and the one from which the trend is told."""

    rev: str = MISSING
    to: str | None = None
    since: str | None = None


@dataclass
class Adopt:
    """The file or table that a data set's file is written for, and what its cells leave open."""

    file: str | None = None
    connection: str | None = None
    table: str | None = None
    driver: str | None = None
    dataset: str | None = None
    name: str | None = None
    id: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    decimal: str | None = one_of((".", ",", None), None)
    day_first: bool | None = None
    choose: bool = MISSING


@dataclass
class Walkthrough:
    """How many customers the notebook takes along."""

    customers: int = number(100)


@dataclass
class Feature:
    """A column that customers are clustered on."""

    unit: str = ""
    transform: str = one_of(TRANSFORMS, "none")
    missing: str | None = one_of((*MISSING_VALUES, None), None)
    clip: list[float] | None = field(default=None, metadata={"quantiles": True})
    label: str = ""  # what the column is called for people
    high: str = ""  # what a segment is called that is high in it
    low: str = ""


@dataclass
class Profile:
    """A column that is described and never clustered on; as in Feature."""

    unit: str = ""
    label: str = ""
    high: str = ""
    low: str = ""


@dataclass
class Rule:
    """A name, what a segment must be to earn it, and what to do about such a segment."""

    name: str = MISSING
    when: dict[str, str] = MISSING
    action: str = ""


@dataclass
class Data:
    """One source of customers: a file of conf/dataset/."""

    id: str = MISSING
    source: Any = MISSING
    features: dict[str, Feature] = MISSING
    profile: dict[str, Profile] = MISSING
    value: str | None = MISSING
    names: list[Rule] = MISSING


@dataclass
class Threads:
    """The work runs in threads of this machine."""

    kind: str = MISSING
    threads: int | None = number(1, default=None)
    memory: str | None = size(default=None)


@dataclass
class Dask:
    """Parts are worked on by a Dask cluster, restarts on a coreset in threads of this machine."""

    kind: str = MISSING
    address: str = ""
    workers: int | None = number(1, default=None)
    threads: int | None = number(1, default=None)
    memory: str | None = size(default=None)


ENGINES = {"threads": Threads, "dask": Dask}


@dataclass
class Paths:
    """Every file a step reads or writes."""

    raw: str = MISSING
    customers: str = MISSING
    planted: str = MISSING
    features: str = MISSING
    feature_space: str = MISSING
    sweep: str = MISSING
    k: str = MISSING
    kmeans: str = MISSING
    segments: str = MISSING
    model: str = MISSING
    export: str = MISSING
    moved: str = MISSING
    notebook: str = MISSING
    reports: str = MISSING
    figures: str = MISSING


@dataclass
class Config:
    """All that a step's `main` sees."""

    dataset: str = MISSING
    engine: str = MISSING
    ingest: Ingest = MISSING
    preprocess: Preprocess = MISSING
    elbow: Elbow = MISSING
    cluster: Cluster = MISSING
    analyze: Analyze = MISSING
    stability: Stability = MISSING
    report: Report = MISSING
    walkthrough: Walkthrough = MISSING
    score: Score = MISSING
    export: Export = MISSING
    compare: Compare = MISSING
    adopt: Adopt = MISSING
    data: Data = MISSING
    executor: Any = MISSING
    paths: Paths = MISSING
