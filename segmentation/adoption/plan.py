"""What is to be done with a file: the query, the columns that customers are clustered on, and a reason for each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from segmentation.adoption.survey import Surveyed
from segmentation.pipeline.schema import Feature, Profile, Rule
from segmentation.pipeline.source_kinds import Column

ID = "customer_id"
CUTOFF = "cutoff"
WIN_BACK = "win them back once, at a cost that fits what they bring"  # some who hardly come bring much
AHEAD = timedelta(days=2)  # from today: what another time zone and the day after explain


@dataclass(frozen=True)
class Decision:
    """What is done with one column of the file, and why."""

    column: Surveyed
    use: str
    why: str


@dataclass(frozen=True)
class Plan:
    """A data set in the making."""

    kind: str  # customers or orders
    decisions: Sequence[Decision]
    query: str
    features: Mapping[str, Feature]
    profile: Mapping[str, Profile] = field(default_factory=dict)
    value: str | None = None
    why_no_value: str = ""  # of the column that would tell best what customers are worth, had it no fault
    names: Sequence[Rule] = ()
    cutoff: str = ""  # the day from which days are counted back; "" where none are
    period: str = ""  # the statement that gives the first and the last day of the orders; "" for customers
    notes: Sequence[str] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)  # by feature, for its line in the data set's file

    def rewritten(self, change: Callable[[str], str]) -> "Plan":
        """The plan with both of its statements changed alike, so that they go on to count the same rows."""
        return replace(self, query=change(self.query), period=self.period and change(self.period))

    @property
    def columns(self) -> dict[str, Column]:
        """How the cells of each column of the file are written."""
        return {decision.column.name: decision.column.kind.column for decision in self.decisions}


def counted_back(cutoff: date, last: str) -> str:
    """The note on the day from which days are counted back, which is the day after the `last` of something."""
    note = f"days are counted back from {cutoff}, the day after the last {last}"
    return note if cutoff <= date.today() + AHEAD else f"{note}, which is still to come: is its year right?"
