"""Criteria of K = 1 to 5 on which the rules that choose K disagree."""

import numpy as np

from segmentation.elbow.card import Evidence
from segmentation.elbow.cut import Cut, Stability
from segmentation.elbow.decision import decide
from segmentation.elbow.null import Comparison

CRITERIA = {
    "inertia": np.array([100.0, 60, 30, 10, 8]),
    "silhouette": np.array([np.nan, 0.3, 0.6, 0.5, 0.2]),
    "calinski_harabasz": np.array([np.nan, 10, 20, 30, 15]),
    "davies_bouldin": np.array([np.nan, 1.2, 0.9, 1.0, 1.4]),
    "gap": np.array([0.1, 0.4, 0.9, 0.92, 0.95]),
    "beyond_null": np.array([0.0, 1.0, 4.5, 3.0, 2.0]),
    "stability": np.array([1.0, 0.9, 0.8, 0.5, 0.4]),
    "gap_error": np.array([0.01, 0.01, 0.01, 0.05, 0.05]),
}


def decision(rule="calibrated", without_groups="cut", ks=range(1, 6), groups=3, depth=9.0, cut=3, beyond_null=4.5):
    """What is decided on CRITERIA, and the range of K."""
    table = {name: criterion[: len(ks)] for name, criterion in CRITERIA.items()}
    longer = {name: np.append(criterion, [np.nan] * 2) for name, criterion in table.items()}
    rows = {"k": ks, **table, "null": 2 * table["inertia"], "variance_explained": 1 - table["inertia"] / 100}
    evidence = Evidence(
        ks=range(ks[0], ks[-1] + 3),
        table=longer,
        groups_by_k_max=dict.fromkeys((ks[-1], ks[-1] + 2), (groups, depth)),
        groups_by_draw=[(groups, depth)] * 5,
        compared=Comparison({}, np.array([]), {}),
        cut=Cut(cut, [cut] * 4 + [cut + 1], Stability(0.8, 0.93)),
        beyond_null_at_cut=beyond_null,
    )
    return decide(rule, without_groups, rows, evidence), ks
