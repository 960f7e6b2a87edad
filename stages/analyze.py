"""Describes and names the segments in the customers' own units: what sets each apart, and where it ends."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from segmentation.features import assignment
from segmentation.features.space import FeatureSpace
from segmentation.figures import drawing, summary
from segmentation.model.drift import Bins
from segmentation.model.model import FAR, Baseline, SegmentModel
from segmentation.pipeline import engine, outputs, parts
from segmentation.pipeline.errors import IntermediateFault, stale
from segmentation.pipeline.schema import Paths
from segmentation.pipeline.stage import run
from segmentation.segments import alternatives, borders, caveats, components, definition, drivers, naming, profile
from segmentation.segments.alternatives import Alternative
from segmentation.segments.borders import Borders
from segmentation.segments.caveats import Caveat
from segmentation.segments.components import Components
from segmentation.segments.definition import Definition

MAP_CUSTOMERS = 5_000  # points beyond hide each other
FIGURES = ("profile", "sizes", "distributions", "scatter")
Source = Callable[[Path], tuple[pa.Table, np.ndarray]]  # gives the customers of one part and their segments


@dataclass(frozen=True)
class Survey:
    """What one pass over all customers finds, and every so-many-th of them."""

    sizes: np.ndarray  # shape (k,)
    sums: Mapping[str, np.ndarray]  # see profile.tally
    borders: Borders
    sample: pa.Table  # in original units
    X: np.ndarray  # the scaled features of the sample: shape (sampled, features)
    segment: np.ndarray  # of the sample, its place 1..k: shape (sampled,)

    def raw(self, space: FeatureSpace) -> dict[str, np.ndarray]:
        """The features of the sample in original units, with what the model fills in."""
        return definition.filled(space, {name: parts.numbers(self.sample, name) for name in space.names})


def main(cfg):
    data, paths = cfg.data, cfg.paths
    model, fits, became = read(paths)
    columns = list(dict.fromkeys([*data.features, *data.profile]))
    needed = list(dict.fromkeys([*columns, *([data.value] if data.value else [])]))

    def name(described: Mapping[str, Any], carried: Sequence[str | None] = ()) -> list[naming.Name]:
        standings = [profile.standings(segment) for segment in described["segments"]]
        return naming.name(standings, data.names, model.space.names, cfg.analyze.high, cfg.analyze.low, carried)

    source = partial(load, customers=paths.customers, columns=needed, model=model)
    with engine.executor(cfg.executor) as pool:
        found = surveyed(paths.segments, partial(survey, source=source, model=model, customers=paths.customers), pool)
        definitions = definition.fit(found.X, found.raw(model.space), found.segment, len(model.sizes))
        others = set(columns) - set(model.space.names)  # features are standardised already
        means = {name: mean for name, mean in profile.means(found.sums).items() if name in others}
        known = {"means": means, "definitions": definitions, "space": model.space}
        counts, squares = measured(paths.segments, partial(measure, source=source, **known), pool)

    described = profile.describe(found.sizes, found.sums, found.sample, found.segment, columns, data.value)
    names = name(described, carried=[since and since["name"] for since in became["segments"]])
    model = replace(model, names=tuple(given.name for given in names), baseline=baseline(found, model, paths.customers))
    apart, ends = set_apart(found, model, columns, squares), delimited(found, definitions, counts, model.space.names)
    described["gone"] = became["gone"]
    rows = zip(described["segments"], model.numbers, names, apart, ends, became["segments"], strict=True)
    for one, number, given, drives, end, since in rows:
        one["since"] = since and {key: since[key] for key in ("status", "distance", "other")}
        one |= {"segment": number, "name": given.name, "because": given.because, "drivers": drives, **end}
    described["eta_squared"] = drivers.shares(model.space.names, model.centres, found.sizes, found.sums, squares)
    described["caveats"] = [asdict(doubt) for doubt in doubts(found, model)]
    described["units"] = {name: column.unit for name, column in [*data.features.items(), *data.profile.items()]}
    ks, told = swept(fits, model, found, columns, data.value, name)
    for one in told["ks"]:
        if one["k"] == len(names):  # all customers tell of these
            pairs = zip(described["segments"], one["segments"], strict=True)
            one["segments"] = [alternatives.brief(segment, segment["name"], old["next"]) for segment, old in pairs]
    write(paths, model, described, told, *mapped(found, ks))
    for doubt in described["caveats"]:
        print(f"warning: {doubt['text']}")
    print(summary.format_segments(described))


def read(paths: Paths) -> tuple[SegmentModel, dict[int, Alternative], dict[str, Any]]:
    """The model, without names and baseline yet, the fits of the sweep by K, and what became of a reference.

    The last has `segments`, each None without one, and `gone`.

    Raises IntermediateFault where these files do not belong together.
    """
    space = FeatureSpace.from_json(outputs.read_json(paths.feature_space, "features")["features"])
    fit = outputs.read_json(paths.kmeans, "features", "k", "centres", "sizes", "numbers", "issued", "since")
    sweep = outputs.read_json(paths.sweep, "features", "fits")
    for file, found in ((paths.kmeans, fit), (paths.sweep, sweep)):
        if found["features"] != space.names:
            raise stale(file, paths.feature_space)
    try:
        own, numbers = alternative(fit, len(space.names)), tuple(map(int, fit["numbers"]))
        if len(numbers) != len(own.sizes) or sorted(set(numbers)) != list(numbers):
            raise ValueError(f"a rising number for each of {len(own.sizes)} segments was expected")
        fits = {one["k"]: alternative(one, len(space.names)) for one in sweep["fits"]}
    except (KeyError, TypeError, ValueError) as error:
        raise IntermediateFault(
            f"{paths.kmeans} or {paths.sweep} is corrupt ({error}): run `dvc repro` to write it again"
        ) from error
    nothing = Baseline((), np.inf, {})
    unnamed = ("",) * len(own.sizes)
    model = SegmentModel(space, own.centres, unnamed, tuple(own.sizes.tolist()), numbers, fit["issued"], nothing)
    return model, fits, fit["since"] or {"segments": [None] * len(own.sizes), "gone": []}


def alternative(fit: Mapping[str, Any], features: int) -> Alternative:
    """A fit as it is written; raises ValueError where its shapes are not those of so many features."""
    centres, sizes = np.array(fit["centres"], dtype=float), np.array(fit["sizes"], dtype=int)
    if centres.shape != (fit["k"], features) or sizes.shape != (fit["k"],):
        raise ValueError(f"{fit['k']} centres of {features} features and their sizes were expected")
    return Alternative(centres, sizes)


def load(file: Path, customers: str, columns: list[str], model: SegmentModel) -> tuple[pa.Table, np.ndarray]:
    """The customers of one part that have a segment, in original units, and its place (1..k) for each, 0 for none."""
    placed = parts.read(file, columns=["_row", "segment"])
    wanted = list(dict.fromkeys([*columns, *model.space.names]))
    table = parts.behind(file, customers, wanted, placed["_row"].to_numpy(), stale(file.parent, customers))
    segment = placed["segment"].to_numpy()
    place = np.searchsorted(model.numbers, segment).clip(max=len(model.numbers) - 1)
    return table, np.where(np.array(model.numbers)[place] == segment, place + 1, 0)


def surveyed(segments: str, task: Callable[..., Survey], pool: Executor) -> Survey:
    """What `survey` finds in all parts together."""
    files = parts.paths(segments)
    starts, customers = parts.first_rows(files, pool)
    task = partial(task, step=profile.step(customers))
    found = list(engine.each(pool, task, files, starts, doing="describing customers"))
    return Survey(
        sizes=sum(part.sizes for part in found),
        sums={name: sum(part.sums[name] for part in found) for name in found[0].sums},
        borders=borders.merged([part.borders for part in found]),
        sample=pa.concat_tables([part.sample for part in found]),
        X=np.concatenate([part.X for part in found]),
        segment=np.concatenate([part.segment for part in found]),
    )


def survey(file: Path, start: int, source: Source, model: SegmentModel, customers: str, step: int) -> Survey:
    """Describes one part, whose first customer has the number `start`; every `step`-th is in its sample.

    Raises IntermediateFault unless each customer stands in the segment whose centre is nearest: else a step ran alone,
    and its outputs and those of the others do not belong together.
    """
    table, segment = source(file)
    values = parts.matrix(table, model.space.names)
    X = model.space.scaled(values)
    label, found = borders.survey(X, values, model.centres)
    if not np.array_equal(label + 1, segment):
        raise stale(file.parent, customers, "the fitted centres")
    sizes, sums = profile.tally(table, segment, len(model.centres))
    every = parts.sample(start, len(segment), step)
    return Survey(sizes, sums, found, table.take(every), X[every], segment[every])


def measured(segments: str, task: Callable[..., Any], pool: Executor) -> tuple[np.ndarray, dict[str, float]]:
    """What `measure` counts in all parts together."""
    found = engine.each(pool, task, parts.paths(segments), doing="measuring definitions")
    counts, squares = zip(*found, strict=True)
    return sum(counts), {name: sum(part[name] for part in squares) for name in squares[0]}


def measure(
    file: Path, source: Source, space: FeatureSpace, definitions: Sequence[Definition], means: Mapping[str, float]
) -> tuple[np.ndarray, dict[str, float]]:
    """Whom the definitions cover in one part (see `definition.counts`), and squared differences from the means."""
    table, segment = source(file)
    columns = {name: parts.numbers(table, name) for name in profile.numeric(table)}
    with np.errstate(over="ignore", invalid="ignore"):  # no effect is told of a column that goes so far
        squares = {name: float(np.nansum((columns[name] - mean) ** 2)) for name, mean in means.items()}
    return definition.counts(definitions, definition.filled(space, columns), segment), squares


def baseline(found: Survey, model: SegmentModel, customers: str) -> Baseline:
    """What the customers were like, against whom later ones are held."""
    columns = parts.schema(parts.paths(customers)[0]).names
    _, distance, _ = assignment.nearest(found.X, model.centres)
    bins = {name: Bins.of(parts.numbers(found.sample, name)) for name in model.space.names}
    far = outputs.significant(np.quantile(distance, FAR))
    return Baseline(tuple(name for name in columns if name != "customer_id"), far, bins)


def set_apart(
    found: Survey, model: SegmentModel, columns: Sequence[str], squares: Mapping[str, float]
) -> list[list[dict[str, Any]]]:
    """The drivers of each segment, by segment."""
    words = {name: found.sample[name].to_pandas() for name in columns if name not in found.sums}
    return drivers.find(model.space.names, model.centres, found.sums, squares, words, found.segment)


def delimited(
    found: Survey, definitions: Sequence[Definition], counts: np.ndarray, features: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yields where each segment ends: its definition, who stands at its borders and who in its middle."""
    for size, conditions, (covered, hits), borderline, near, typical in zip(
        found.sizes, definitions, counts.T, found.borders.borderline, found.borders.near, found.borders.typical,
        strict=True,
    ):  # fmt: skip
        yield {
            "definition": {
                "conditions": [asdict(condition) for condition in conditions],
                "coverage": hits / size if conditions else None,
                "precision": hits / covered if conditions else None,
            },
            "borderline_share": borderline / size,
            "overlap": near / size,
            "typical": dict(zip(features, typical[1:], strict=True)),
        }


def swept(
    fits: Mapping[int, Alternative],
    model: SegmentModel,
    found: Survey,
    columns: Sequence[str],
    value: str | None,
    name: Callable[[dict[str, Any]], list[naming.Name]],
) -> tuple[dict[int, Alternative], dict[str, Any]]:
    """The segments at every K, those of the sweep and the model's own; and what is told of them."""
    every = parts.sample(0, len(found.X), -(-len(found.X) // alternatives.SAMPLE))
    X, sample = found.X[every], found.sample.take(every)
    worth = parts.numbers(sample, value) if value else np.full(len(X), np.nan)
    ks = {k: alternatives.ordered(fit, X, worth) for k, fit in fits.items()}
    ks[len(model.centres)] = Alternative(model.centres, np.array(model.sizes))
    told = alternatives.describe(
        ks, X, sample, columns, value, lambda described: [given.name for given in name(described)]
    )
    return ks, {"sampled_customers": len(X), "ks": told}


def mapped(found: Survey, ks: Mapping[int, Alternative]) -> tuple[Components, pd.DataFrame]:
    """A plane, and some customers on it: `x`, `y`, and for each K (`k1`, `k2`, ...) their segment."""
    X = found.X[parts.sample(0, len(found.X), -(-len(found.X) // MAP_CUSTOMERS))]
    plane = components.leading(X)
    points = pd.DataFrame(plane.project(X), columns=["x", "y"])
    return plane, points.assign(**{f"k{k}": assignment.nearest(X, one.centres)[0] + 1 for k, one in sorted(ks.items())})


def doubts(found: Survey, model: SegmentModel) -> list[Caveat]:
    """What is doubtful about these segments."""
    features = model.space.names
    return [
        *caveats.small(model.sizes, model.numbers),
        *caveats.outliers(found.X, found.segment - 1, features, model.numbers),
        *caveats.correlated(found.X, features),
    ]


def write(
    paths: Paths,
    model: SegmentModel,
    described: dict[str, Any],
    sweep: dict[str, Any],
    plane: Components,
    points: pd.DataFrame,
) -> None:
    names = ("segments.csv", "profile.csv", "map.csv", "segments.json", "sweep.json")
    targets = [paths.model, *(f"{paths.reports}/{name}" for name in names)]
    targets += [f"{paths.figures}/{name}.png" for name in FIGURES]
    with outputs.replace(*targets) as (model_file, segments, profiles, customers, report, every_k, *images):
        outputs.write_json(model_file, model.to_json())
        outputs.write_json(report, described)
        outputs.write_json(every_k, sweep | {"axes": plane.captions(model.space.names)})
        for file, frame in (
            (segments, profile.wide(described)), (profiles, profile.tidy(described)), (customers, points.round(2))
        ):  # fmt: skip
            frame.to_csv(file, index=False, float_format="%.9g", lineterminator="\n")
        drawing.draw_profile(images[0], described)
        drawing.draw_sizes(images[1], described)
        drawing.draw_distributions(images[2], described, model.space.features)
        own = points[f"k{len(model.names)}"].to_numpy()
        captions = plane.captions(model.space.names)
        middles = plane.project(model.centres)
        drawing.draw_scatter(
            images[3], points[["x", "y"]].to_numpy(), own, middles, model.names, model.numbers, captions
        )


if __name__ == "__main__":
    run(main)
