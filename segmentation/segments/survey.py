"""The two passes over all customers: one surveys their segments, one measures against what the survey shows."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from segmentation.features import assignment
from segmentation.features.space import FeatureSpace
from segmentation.model.drift import Bins
from segmentation.model.model import FAR, Baseline, SegmentModel
from segmentation.pipeline import engine, parts
from segmentation.pipeline.errors import stale
from segmentation.pipeline.outputs import significant
from segmentation.segments import borders, definition, profile
from segmentation.segments.borders import Borders
from segmentation.segments.definition import Definition

SAMPLE = 1_000_000  # customers, at most: the median of a segment of 0.1 % is then off by about 1.6 % of the ranks


@dataclass(frozen=True)
class SegmentedCustomers:
    """The customers' table and the table of their segments, which have the same parts."""

    customers: str  # folder
    segments: str  # folder
    columns: Sequence[str]  # columns of the customers that are described
    value: str | None  # the column of what a customer is worth
    model: SegmentModel
    nearest: int  # customers nearest to each centre, of whom the typical one is the median

    def load_part(self, file: Path) -> tuple[pa.Table, np.ndarray]:
        """Loads the customers of one part of the segments in original units, and the place of each one's segment.

        The place is 1..k in the order of the model, or 0 where the model has no such segment: shape (customers,).
        Raises IntermediateFault where the two tables do not belong together.
        """
        placed = parts.read(file, columns=["_row", "segment"])
        value = [self.value] if self.value else []
        columns = list(dict.fromkeys([*self.columns, *value, *self.model.space.names]))
        fault = stale(file.parent, self.customers)
        table = parts.behind(file, self.customers, columns, placed["_row"].to_numpy(), fault)
        number, numbers = placed["segment"].to_numpy(), np.array(self.model.numbers)
        place = np.searchsorted(numbers, number).clip(max=len(numbers) - 1)
        return table, np.where(numbers[place] == number, place + 1, 0)


@dataclass(frozen=True)
class CustomerSample:
    """Customers at even distances in the table; all arrays have a row for each."""

    table: pa.Table  # in original units
    X: np.ndarray  # scaled features: shape (customers, features)
    segment: np.ndarray  # place of the segment, 1..k: shape (customers,)

    def at_most(self, customers: int) -> "CustomerSample":
        """A sample of this sample that holds at most so many customers."""
        rows = parts.sample(0, len(self.X), parts.sampling_step(len(self.X), customers))
        return CustomerSample(self.table.take(rows), self.X[rows], self.segment[rows])

    def features(self, space: FeatureSpace) -> dict[str, np.ndarray]:
        """The features in original units, with what the model fills in for a missing value."""
        return definition.filled(space, {name: parts.numbers(self.table, name) for name in space.names})

    def value(self, column: str | None) -> np.ndarray:
        """What each customer is worth: shape (customers,), NaN where that is unknown or no column tells it."""
        return parts.numbers(self.table, column) if column else np.full(len(self.X), np.nan)

    def word_columns(self, columns: Sequence[str]) -> dict[str, pd.Series]:
        """Those of the columns that hold words."""
        numeric = profile.numeric(self.table)
        return {name: self.table[name].to_pandas() for name in columns if name not in numeric}


@dataclass(frozen=True)
class Survey:
    """What the first pass shows of all customers, and a sample of them."""

    sizes: np.ndarray  # customers by segment: shape (k,)
    sums: Mapping[str, np.ndarray]  # by numeric column, see `profile.tally`
    borders: Borders
    sample: CustomerSample


@dataclass(frozen=True)
class Measures:
    """What the second pass measures of all customers."""

    covered: np.ndarray  # shape (2, k), see `definition.count_covered`
    squares: Mapping[str, float]  # by numeric column: the sum of squared differences from its mean


def survey_customers(source: SegmentedCustomers, pool: Executor) -> Survey:
    """Surveys all customers, part by part, and samples at most SAMPLE of them.

    Raises IntermediateFault where a customer does not stand in the segment whose centre is nearest.
    """
    files = parts.paths(source.segments)
    starts, customers = parts.first_rows(files, pool)
    task = partial(survey_part, source=source, step=parts.sampling_step(customers, SAMPLE))
    surveys = list(engine.each(pool, task, files, starts, doing="describing customers"))
    samples = [survey.sample for survey in surveys]
    return Survey(
        sizes=sum(survey.sizes for survey in surveys),
        sums={name: sum(survey.sums[name] for survey in surveys) for name in surveys[0].sums},
        borders=borders.merge_borders([survey.borders for survey in surveys], source.nearest),
        sample=CustomerSample(
            table=pa.concat_tables([sample.table for sample in samples]),
            X=np.concatenate([sample.X for sample in samples]),
            segment=np.concatenate([sample.segment for sample in samples]),
        ),
    )


def survey_part(file: Path, start: int, source: SegmentedCustomers, step: int) -> Survey:
    """Surveys one part, whose first customer has the number `start`, and samples every `step`-th customer.

    Raises IntermediateFault where a customer does not stand in the segment whose centre is nearest: then a step ran
    alone, and its outputs do not belong to those of the others.
    """
    table, segment = source.load_part(file)
    space, centres = source.model.space, source.model.centres
    values = parts.matrix(table, space.names)
    X = space.scaled(values)
    label, bordering = borders.survey_borders(X, values, centres, source.nearest)
    if not np.array_equal(label + 1, segment):
        raise stale(file.parent, source.customers, "the fitted centres")
    sizes, sums = profile.tally(table, segment, len(centres))
    rows = parts.sample(start, len(segment), step)
    return Survey(sizes, sums, bordering, CustomerSample(table.take(rows), X[rows], segment[rows]))


def measure_customers(
    source: SegmentedCustomers, survey: Survey, definitions: Sequence[Definition], pool: Executor
) -> Measures:
    """Measures all customers against the definitions of the segments and the means of the columns in the survey."""
    means = {
        name: mean
        for name, mean in profile.means(survey.sums).items()
        if name in source.columns and name not in source.model.space.names  # features are standardised already
    }
    task = partial(measure_part, source=source, definitions=definitions, means=means)
    measures = list(engine.each(pool, task, parts.paths(source.segments), doing="measuring definitions"))
    return Measures(
        covered=sum(part.covered for part in measures),
        squares={name: sum(part.squares[name] for part in measures) for name in means},
    )


def measure_part(
    file: Path, source: SegmentedCustomers, definitions: Sequence[Definition], means: Mapping[str, float]
) -> Measures:
    """Measures the customers of one part."""
    table, segment = source.load_part(file)
    columns = {name: parts.numbers(table, name) for name in profile.numeric(table)}
    with np.errstate(over="ignore", invalid="ignore"):  # no effect is reported of a column whose squares overflow
        squares = {name: float(np.nansum((columns[name] - mean) ** 2)) for name, mean in means.items()}
    features = definition.filled(source.model.space, columns)
    return Measures(definition.count_covered(definitions, features, segment), squares)


def fit_baseline(source: SegmentedCustomers, sample: CustomerSample) -> Baseline:
    """What the customers are like that the model was fitted on, so that later ones can be compared with them."""
    columns = parts.schema(parts.paths(source.customers)[0]).names
    _, distance, _ = assignment.nearest(sample.X, source.model.centres)
    return Baseline(
        columns=tuple(name for name in columns if name != "customer_id"),
        far=significant(np.quantile(distance, FAR)),
        bins={name: Bins.between_deciles(parts.numbers(sample.table, name)) for name in source.model.space.names},
    )
