"""Places new customers with the model, and says how far they have drifted from those that it was fitted on."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from segmentation import customers, drift, engine, features, outputs, parts, source, spreadsheet
from segmentation.customers import Finding, Findings
from segmentation.errors import ColumnFault, ConfigurationFault, InputFault, IntermediateFault, nearest
from segmentation.model import SegmentModel
from segmentation.schema import Config, Database, Feature, Query, Synthetic
from segmentation.stage import run

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DELIMITERS = {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True)
class Placed:
    """What one part tells."""

    findings: Findings
    sizes: np.ndarray  # customers placed in each segment
    outliers: int
    beyond: Finding  # who lies too far out to be placed
    bins: dict[str, np.ndarray]  # by feature: see drift.Bins.count


def main(cfg):
    output = Path(cfg.score.output)
    if output.suffix not in (".parquet", *DELIMITERS):
        raise ConfigurationFault(f"score.output is {output}: a name that ends in .parquet, .csv or .tsv was expected")
    if output.is_dir():
        raise ConfigurationFault(f"score.output is {output}, a folder: the name of a file was expected")
    model = SegmentModel.load(cfg.paths.model)
    given = features.resolved(cfg.data.features, cfg.preprocess)
    settings = treatments(model, given, cfg)
    others = {name: one for name, one in given.items() if name not in settings and one.missing == "drop"}
    with (
        outputs.replace(output, output.with_suffix(".drift.csv")) as (scored, drifted),
        outputs.scratch(scored) as folder,
        engine.executor(cfg.executor) as pool,
    ):
        files = read(cfg, model, folder)
        starts, rows = parts.first_rows(files, pool)
        task = partial(place, model=model, settings=settings, others=others, id=cfg.data.id, folder=folder / "scored")
        found = list(engine.each(pool, task, files, starts, doing="placing customers"))
        with mismatches(cfg.paths.model):
            customers.check([part.findings for part in found], rows, settings, max_missing=None)
        refuse_beyond([part.beyond for part in found], rows)
        write(scored, output.suffix, [folder / "scored" / file.name for file in files])
        shifts, sizes = shifted(model, found), sum(part.sizes for part in found)
        if not sizes.any():
            raise InputFault("no customer is left: each misses a value in a feature whose `missing` is drop")
        table = drift.table(shifts, model.numbers, model.names, model.sizes, sizes)
        table.to_csv(drifted, index=False, float_format="%.9g", lineterminator="\n")
    outliers = sum(part.outliers for part in found)
    print(f"{sizes.sum():,} of {rows:,} customers placed, {outliers:,} of them outliers: {output}")
    print(
        "\n".join(f"{name}: {shift.reading} (population stability index {shift.index:.3f})" for name, shift in shifts)
    )


def treatments(model: SegmentModel, given: Mapping[str, Feature], cfg: Config) -> dict[str, Feature]:
    """How each of the model's features is checked: a missing value is filled where the model knows with what."""
    if unknown := [name for name in model.space.names if name not in given]:
        raise IntermediateFault(
            f"{cfg.paths.model} was fitted on '{unknown[0]}', which is no feature of the data set {cfg.dataset}: "
            f"{nearest(unknown[0], given)}; run `dvc repro`, or choose the model's data set"
        )
    settings = {}
    for feature in model.space.features:
        otherwise = "drop" if given[feature.name].missing == "drop" else "error"
        missing = otherwise if feature.fill is None else "median"
        settings[feature.name] = replace(given[feature.name], transform=feature.transform, missing=missing)
    return settings


def read(cfg: Config, model: SegmentModel, folder: Path) -> list[Path]:
    """Reads the customers to place into parts, which must have the columns of those that the model was fitted on."""
    with mismatches(cfg.paths.model):
        source.read(chosen(cfg), cfg.data.id, cfg.ingest.part_rows, folder / "customers", folder / "query")
        files = parts.paths(folder / "customers")
        there = parts.schema(files[0]).names
        customers.check_columns(there, model.space.names)
    if extra := [name for name in there if name not in ("customer_id", *model.baseline.columns)]:
        raise IntermediateFault(
            f"column '{extra[0]}' is none of those that {cfg.paths.model} was fitted on, "
            f"{', '.join(model.baseline.columns)}: rename it or leave it out, or run `dvc repro` on such customers"
        )
    return files


def chosen(cfg: Config) -> Query | Database:
    """The customers to place: a table, the data set's query over other files, or its source as it stands."""
    given, own = cfg.score.input, cfg.data.source
    if isinstance(given, str):
        return Query("query", {"customers": given}, "SELECT * FROM customers", getattr(own, "delimiter", ","))
    if isinstance(own, Synthetic):
        raise ConfigurationFault("score.input is empty: name a table of customers, as score.input=new.csv does")
    return replace(own, files={**own.files, **given}) if given else own


@contextmanager
def mismatches(model: str) -> Iterator[None]:
    """Makes of a column that is not as expected a fault of customers and model that do not belong together."""
    try:
        yield
    except ColumnFault as fault:
        raise IntermediateFault(f"{fault} ({model} was fitted on such columns)") from None
    except InputFault as fault:
        text = str(fault).replace("`source.files` of the data set", "score.input")
        raise InputFault(text.replace("`source.query` of the data set", "the table of score.input")) from None


def place(
    file: Path, start: int, model: SegmentModel, settings: Mapping[str, Feature], others: Mapping[str, Feature],
    id: str, folder: Path,
) -> Placed:  # fmt: skip
    """Writes the segments of the customers of one part, which `start` come before, as far as they can be placed.

    `others` are features that were the same for everyone at the fit, and whose missing values leave a customer out.
    """
    others = {name: one for name, one in others.items() if name in parts.schema(file).names}
    table = parts.read(file, columns=["customer_id", *model.space.names, *others])
    findings = customers.survey(table, start, settings, None)
    if any(customers.is_text(table, name) for name in model.space.names):
        return Placed(findings, np.zeros(len(model.numbers), dtype=int), 0, Finding(), {})
    raw = parts.matrix(table, model.space.names)
    X = model.space.scaled(raw)
    finite = np.isfinite(X).all(axis=1)
    keep = finite & features.kept(table, others)
    placed = model.place(X[keep])
    columns = {id: table["customer_id"].filter(pa.array(keep)), **placed}
    columns["segment"] = placed["segment"].astype(np.int32)
    columns["name"] = pa.array(placed["name"], pa.string())
    columns["margin"] = pa.array(placed["margin"], from_pandas=True)
    parts.write(folder / file.name, pa.table(columns))
    bins = {
        name: model.baseline.bins[name].count(values)
        for name, values in zip(model.space.names, raw[keep].T, strict=True)
    }
    sizes = np.bincount(np.searchsorted(model.numbers, placed["segment"]), minlength=len(model.numbers))
    beyond = customers.rows(~finite & ~np.isnan(raw).any(axis=1), start)
    return Placed(findings, sizes, int(placed["outlier"].sum()), beyond, bins)


def refuse_beyond(found: list[Finding], rows: int) -> None:
    """Raises InputFault for customers whose features, though finite, are too large to be placed."""
    total = Finding()
    for part in found:
        total.add(part)
    if total.count:
        raise InputFault(f"features are too large to be placed, for {total.among(rows)}: mend the file")


def write(file: Path, kind: str, scored: list[Path]) -> None:
    """Writes scored parts below each other into one file."""
    schema, tables = parts.schema(scored[0]), map(parts.read, scored)
    if kind in DELIMITERS:
        spreadsheet.write(file, tables, schema, DELIMITERS[kind])
        return
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)


def shifted(model: SegmentModel, found: list[Placed]) -> list[tuple[str, drift.Shift]]:
    """The drift of each feature, and of the segments' sizes."""
    bins, sizes = model.baseline.bins, np.array(model.sizes)
    shifts = [(name, drift.shift(bins[name].shares, sum(part.bins[name] for part in found))) for name in bins]
    return [*shifts, ("segments", drift.shift(sizes / sizes.sum(), sum(part.sizes for part in found)))]


if __name__ == "__main__":
    run(main)
