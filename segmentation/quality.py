"""Internal indices of a clustering, by scikit-learn."""

import numpy as np

SILHOUETTE_ROWS = 10_000  # all pairs of more would take minutes


def indices(X: np.ndarray, label: np.ndarray, seed: int) -> dict[str, float | int | None]:
    """Silhouette (higher is better), Calinski-Harabasz (higher) and Davies-Bouldin (lower); null for one segment.

    `X` has shape (customers, features), `label` (customers,). The silhouette is taken on a sample of
    `silhouette_customers` where there are more than 10,000 customers; the others on all.
    """
    from sklearn import config_context, metrics

    sample = np.arange(len(X))
    if len(X) > SILHOUETTE_ROWS:
        sample = np.sort(np.random.default_rng(seed).choice(len(X), SILHOUETTE_ROWS, replace=False))
    found = dict.fromkeys(("silhouette", "calinski_harabasz", "davies_bouldin"))
    if 2 <= len(np.unique(label[sample])) < len(sample):
        with config_context(working_memory=64):  # in MiB: small blocks of pairs stay in the processor's cache
            found["silhouette"] = float(metrics.silhouette_score(X[sample], label[sample]))
        found["calinski_harabasz"] = float(metrics.calinski_harabasz_score(X, label))
        found["davies_bouldin"] = float(metrics.davies_bouldin_score(X, label))
    return {**found, "silhouette_customers": len(sample)}
