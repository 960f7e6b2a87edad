"""Inertia curves of customers without segments: how far a curve falls for the same number and shape of customers."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np

from segmentation.kmeans import restarts
from segmentation.pipeline import engine

RESTARTS = 2  # of each fit, to the references as to the customers
LEAST = 1e-12  # inertia: less is the rounding of the features
ROUNDING = 1e-9  # of a logarithm of the inertia
CORRECTIONS = 4  # of the correlations: after these they are met to about 0.001
PURPOSE = 7  # keys the draws, with kind and number
Kind = Callable[[np.ndarray, np.random.Generator], np.ndarray]  # as the two functions `box` and `copula`
Curves = Mapping[str, np.ndarray]  # see `curves`


@dataclass(frozen=True)
class Comparison:
    """The inertia of customers, and of references without segments, at the same numbers of segments."""

    centres: Mapping[int, np.ndarray]  # of the customers, by K
    inertia: np.ndarray  # of the customers, shape (ks,)
    references: Curves

    def at(self, ks: Sequence[int]) -> "Comparison":
        """The same at some of the numbers of segments."""
        columns = [list(self.centres).index(k) for k in ks]
        references = {kind: curves[:, [0, *(1 + at for at in columns)]] for kind, curves in self.references.items()}
        return Comparison({k: self.centres[k] for k in ks}, self.inertia[columns], references)

    @property
    def null(self) -> np.ndarray:
        """The references that the curve is held against; those of a single feature fill a box."""
        return self.references.get("copula", self.references["box"])

    def criteria(self) -> dict[str, np.ndarray]:
        """Criteria of the decision card, each of shape (ks,); `beyond_null` is NaN for a single feature."""
        gap, gap_error = find_gap(self.inertia, self.references["box"][:, 1:])
        unknown = np.full((2, 1 + len(self.inertia)), np.nan)
        beyond_null = beyond(self.inertia, self.references.get("copula", unknown)[:, 1:])
        return {"inertia": self.inertia, "gap": gap, "gap_error": gap_error, "beyond_null": beyond_null}


def compare(X: np.ndarray, ks: Sequence[int], pool: Executor) -> Comparison:
    """Fits customers `X` (customers, features) at each K, and the references that `curves` makes of them."""
    fits = restarts.fit_each_k(X, ks, RESTARTS, (PURPOSE,), pool)
    centres = {k: centres for k, (centres, _) in zip(ks, fits, strict=True)}
    return Comparison(centres, np.array([inertia for _, inertia in fits]), curves(X, ks, pool))


def box(X: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    """Customers spread evenly over the box that `X` (customers, features) fills along its principal axes.

    Their coordinates are those on the axes: turning all customers changes nothing for K-means. Source: Tibshirani,
    Walther, Hastie 2001, "Estimating the number of clusters in a data set via the gap statistic", section 3, choice
    (b).
    """
    centred = X - X.mean(axis=0)
    # Rounded, so that axes of equal length are the same on every processor.
    _, axes = np.linalg.eigh(np.round(centred.T @ centred / len(X), 6))
    along = centred @ axes
    return draws.random(X.shape) * np.ptp(along, axis=0)


def copula(X: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    """Customers with the values and the correlations of `X` (customers, features), and without its segments.

    Normal draws say in which order the values of each column stand: so the tails and steps of a column stay. What the
    draws correlate to is corrected until the columns correlate as those of `X` do. Source: the normal copula, as in
    Cario and Nelson 1997, "Modeling and generating random vectors with arbitrary marginal distributions and correlation
    matrix".
    """
    values, normal = np.sort(X, axis=0), draws.normal(size=X.shape)
    wanted = latent = np.cov(X.T)
    for _ in range(CORRECTIONS):
        order = (normal @ _root(latent)).argsort(axis=0).argsort(axis=0)
        drawn = np.take_along_axis(values, order, axis=0)
        latent = latent + wanted - np.cov(drawn.T)
    return drawn


def _root(covariance: np.ndarray) -> np.ndarray:
    """What independent columns are multiplied by so that they have this covariance, or the nearest that there is."""
    # Rounded, so that axes of equal length are the same on every processor.
    variances, axes = np.linalg.eigh(np.round(covariance, 6))
    return (axes * np.sqrt(np.maximum(variances, 0))) @ axes.T


REFERENCES = {box: 8, copula: 16}  # data sets of each kind: the spread of 16 is known to about a sixth


def curves(X: np.ndarray, ks: Sequence[int], pool: Executor) -> Curves:
    """The logarithms of the inertia of each kind of reference, shape (references, 1 + ks): the first is that of K = 1.

    The references are those of `X` (customers, features). A single feature has no copula: it would stay the same.
    """
    kinds = list(REFERENCES) if X.shape[1] > 1 else [box]
    tasks = [(kind, number) for kind in kinds for number in range(REFERENCES[kind])]
    task = partial(_curve, X=X, ks=ks)
    logarithms = list(engine.each(pool, task, tasks, doing="curves without segments", of="curve"))
    return {
        kind.__name__: np.array([curve for (of, _), curve in zip(tasks, logarithms, strict=True) if of is kind])
        for kind in kinds
    }


def _curve(reference: tuple[Kind, int], X: np.ndarray, ks: Sequence[int]) -> np.ndarray:
    """One curve, of the reference with this kind and number."""
    kind, number = reference
    key = (PURPOSE, list(REFERENCES).index(kind), number)
    drawn = kind(X, np.random.default_rng(key))
    inertia = [((drawn - drawn.mean(axis=0)) ** 2).sum()]
    for k in ks:
        _, least = restarts.fit(drawn, k, RESTARTS, (*key, k))
        inertia.append(least)
    return logarithms(inertia)


def find_gap(inertia: Sequence[float], references: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far the logarithm of the inertia lies below that of the references, and the standard error, both (ks,).

    Source: Tibshirani, Walther, Hastie 2001, section 4, steps 2 and 3: the error is the spread of the references
    times sqrt(1 + 1 / their number).
    """
    error = references.std(axis=0) * np.sqrt(1 + 1 / len(references))
    return references.mean(axis=0) - logarithms(inertia), error


def beyond(inertia: Sequence[float], references: np.ndarray) -> np.ndarray:
    """How far the logarithm of the inertia lies below that of the references, in their standard deviations: (ks,).

    It is 0 where all references have the same inertia but for rounding, as in one segment.
    """
    spread = references.std(axis=0, ddof=1)
    differs = ~(spread <= ROUNDING)  # also where it is unknown
    return np.where(differs, references.mean(axis=0) - logarithms(inertia), 0) / np.where(differs, spread, 1)


def logarithms(inertia: Sequence[float]) -> np.ndarray:
    """Natural logarithms; an inertia below LEAST counts as LEAST."""
    return np.log(np.maximum(inertia, LEAST))
