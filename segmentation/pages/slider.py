"""What the report's slider steps through: the criteria that speak for every K."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from segmentation.figures.words import format_number, format_share, spell_out

CRITERIA = {
    "inertia": "sum of squared distances to the centres: falls with every further segment",
    "null": "inertia that customers without segments would have",
    "gap": "distance of the logarithm of inertia below that, on a sample: higher is better",
    "silhouette": "from 0, segments run into each other, to 1, they are apart; on a sample",
    "simplified_silhouette": "the same from distances to the centres, of all customers",
    "calinski_harabasz": "higher is better",
    "davies_bouldin": "lower is better",
    "smallest_share": "share of the customers in the smallest segment",
    "stability": "how like itself the segment that comes back least is on resampled customers, at most 1",
    "variance_explained": "share of the features' variance that lies between segments",
}
NAMES = {"null": "without segments", "calinski_harabasz": "Calinski-Harabasz", "davies_bouldin": "Davies-Bouldin"}


def criterion_name(name: str) -> str:
    """What a criterion of K is called on the page."""
    return NAMES.get(name) or spell_out(name)


def criteria(row: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yields each criterion of one K, from its row of the decision card: name, figure and meaning."""
    for name, meaning in CRITERIA.items():
        yield criterion_name(name), format_criterion(name, row[name]), meaning


def card_table(card: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The decision card of every K, as rows of cells with a head."""
    rows = [(f"{row['k']}", *(format_criterion(name, row[name]) for name in CRITERIA)) for row in card]
    return {"head": ["K", *map(criterion_name, CRITERIA)], "rows": rows}


def format_criterion(name: str, value: float | None) -> str:
    """The value of a criterion of K, or of an index of a clustering."""
    if value is None:
        return "-"
    if name in ("smallest_share", "variance_explained"):
        return format_share(value)
    return format_number(value) if abs(value) >= 100 else f"{value:.2f}"
