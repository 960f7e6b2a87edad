"""Criteria of K = 1 to 5 on which the rules that choose K disagree."""

import numpy as np

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
