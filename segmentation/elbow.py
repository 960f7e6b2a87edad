"""The elbow of the inertia curve."""

from collections.abc import Sequence


def locate(ks: Sequence[int], inertia: Sequence[float]) -> int | None:
    """The K at which the curve bends most, by Kneedle; None where it does not bend.

    Source: Satopaa, Albrecht, Irwin, Raghavan 2011, "Finding a Kneedle in a Haystack", by way of kneed.
    """
    from kneed import KneeLocator

    if len(ks) < 3 or inertia[0] == inertia[-1]:
        return None
    knee = KneeLocator(ks, inertia, curve="convex", direction="decreasing").knee
    return None if knee is None else int(knee)


def variance_explained(customers: int, features: int, inertia: Sequence[float]) -> list[float]:
    """The share of the variance of so many standardised features that lies between the segments, for each inertia."""
    return [round(1 - remaining / (customers * features), 6) + 0.0 for remaining in inertia]
