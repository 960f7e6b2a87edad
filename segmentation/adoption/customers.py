"""What to do with each column of a table of customers: cluster on it, describe segments by it, or leave it out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import duckdb
import numpy as np

from segmentation.adoption.dialects import Dialect
from segmentation.adoption.judgement import MANY, WORDS, are_currencies, as_text, is_code, useless
from segmentation.adoption.kinds import DATE, NUMBER, TEXT, YES_NO
from segmentation.adoption.plan import ID, WIN_BACK, Decision, Plan, counted_back
from segmentation.adoption.survey import FIRST_DAY, Surveyed
from segmentation.adoption.vocabulary import amount_rank, says
from segmentation.pipeline.errors import InputFault
from segmentation.pipeline.notation import CURRENCY
from segmentation.pipeline.reading import identifier
from segmentation.pipeline.schema import Feature, Profile, Rule
from segmentation.pipeline.source_kinds import Column

SKEWED = 1.0  # above, a few very large values would make the segments
SAME = 0.95  # correlation from which two columns tell the same
SAMPLE = 100_000  # customers whose columns are correlated
TICKED = (0.02, 0.98)  # the share of blanks beside a single word, such as x
HALF = 0.5  # above this share of missing words, a column describes little
NUMBERED = "no column tells customers apart by its name, so rows are numbered; if one does, add adopt.id=COLUMN"
DIFFERS, WORTH = "a number by which customers differ", "what customers are worth"  # reasons
NO_VALUE = 99  # the rank of a column that cannot be what customers are worth


@dataclass(frozen=True)
class Chosen:
    """A column that customers are clustered on, under the name that it has in the query's result."""

    column: Surveyed
    feature: Feature
    why: str


@dataclass
class Draft:
    """What is decided so far."""

    decisions: dict[str, Decision] = field(default_factory=dict)
    chosen: dict[str, Chosen] = field(default_factory=dict)  # by their names in the result
    profile: list[Surveyed] = field(default_factory=list)
    ticked: list[str] = field(default_factory=list)  # of these, those whose cells are filled or blank

    def use(self, column: Surveyed, use: str, why: str) -> None:
        """Decides what a column is for."""
        self.decisions[column.name] = Decision(column, use, why)

    def describe(self, column: Surveyed, why: str) -> None:
        """Lets a column describe the segments."""
        self.use(column, "profile", why)
        self.profile.append(column)

    def choose(self, name: str, chosen: Chosen) -> None:
        """Clusters on a column, which has that name in the query's result."""
        if name in self.chosen:
            return self.use(chosen.column, "left out", f"'{name}' is the name of another feature")
        transform = chosen.feature.transform
        self.use(chosen.column, "feature" if transform == "none" else f"feature, {transform}", chosen.why)
        self.chosen[name] = chosen

    @property
    def days(self) -> list[str]:
        """The features that count days."""
        return [name for name, chosen in self.chosen.items() if chosen.column.kind.column.kind == DATE]


def plan(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Sequence[Surveyed],
    id_column: Surveyed | None,
    max_missing: float,
    sql: Dialect,
) -> Plan:
    """The data set of a table of customers, whose features miss at most a share of `max_missing`; `sql` is its query's.

    `id_column` is None where the rows are to be numbered. Raises InputFault where no column is left to cluster on.
    """
    draft = Draft()
    currencies = next((column.name for column in columns if are_currencies(column)), "")
    for column in columns:
        if column is id_column:
            draft.use(column.read_as(Column(TEXT)), "id", "kept letter by letter")
        else:
            _decide(draft, column, currencies, max_missing)
    _leave_out_twins(connection, table, draft)
    if not draft.chosen:
        others = [f"'{name}': {decision.why}" for name, decision in draft.decisions.items() if decision.use != "id"]
        raise InputFault(
            f"no column of numbers or dates tells the {columns[0].rows:,} rows apart: "
            + ("; ".join(others[:5]) or "there are only ids")
        )
    made = _plan(draft, id_column, sql)
    return replace(made, notes=[*made.notes, *_rows_left_out(connection, table, id_column)])


def _rows_left_out(connection: duckdb.DuckDBPyConnection, table: str, id_column: Surveyed | None) -> list[str]:
    if id_column is None:
        return []
    blank = f"SELECT count(*) - count({identifier(id_column.name)}) FROM {identifier(table)}"
    [(count,)] = connection.execute(blank).fetchall()
    return [f"{count:,} rows without '{id_column.name}' are left out"] if count else []


def _decide(draft: Draft, column: Surveyed, currencies: str, max_missing: float) -> None:
    kind = column.kind.column.kind
    if column.distinct == 1 and TICKED[0] <= column.gaps <= TICKED[1]:
        draft.ticked.append(column.name)
        draft.describe(as_text(column), "filled or blank, which becomes 1 or 0")
    elif why := useless(column):
        draft.use(as_text(column), "left out", why)
    elif kind == TEXT or is_code(column):
        _decide_words(draft, as_text(column))
    elif kind == YES_NO or (column.distinct == 2 and kind == NUMBER):
        draft.describe(column, "two values alone would split customers")
    elif currencies and amount_rank(column.name) is not None:
        draft.use(column, "left out", f"amounts are in several currencies, as '{currencies}' says")
    elif column.gaps > HALF:
        draft.use(column, "left out", f"missing for {column.gaps:.0%}")
    elif column.gaps > max_missing:
        draft.describe(column, f"missing for {column.gaps:.0%}: preprocess.max_missing is {max_missing:.0%}")
    else:
        _decide_feature(draft, column)


def _decide_words(draft: Draft, column: Surveyed) -> None:
    what = "codes" if column.kind.word in ("code", "number") else "words"
    if column.distinct > MANY * column.filled:
        draft.use(column, "left out", "nearly each row has another, as in ids, names and notes")
    elif says(column.name, "phone") or (column.distinct > WORDS and says(column.name, "person")):
        draft.use(column, "left out", "it tells who somebody is, not what they do")
    elif column.distinct > WORDS:
        draft.use(column, "left out", f"{column.distinct:,} different {what} are too many to describe segments by")
    elif column.gaps > HALF:
        draft.use(column, "left out", f"missing for {column.gaps:.0%}")
    else:
        draft.describe(column, f"{what} have no distances, but describe segments")


def _decide_feature(draft: Draft, column: Surveyed) -> None:
    is_date, figures, reasons = column.kind.column.kind == DATE, column.figures, []
    feature = Feature(unit="days" if is_date else column.unit)
    if is_date:
        in_utc = ", in UTC," if any("{z}" in shape for shape in column.shapes) else ""
        reasons.append(f"days from it{in_utc} to the cut-off")
    elif figures.skew > SKEWED and abs(figures.log_skew) < figures.skew:
        feature.transform = "log1p" if (figures.low or 0) >= 0 else "yeo-johnson"
        reasons.append(f"a few very large values (skewness {figures.skew:.1f})")
    if column.missing:
        feature.missing = "median"
        reasons.append("gaps take the median")
    name = f"days since {column.name}" if is_date else column.name
    draft.choose(name, Chosen(column, feature, "; ".join(reasons) or DIFFERS))


def _leave_out_twins(connection: duckdb.DuckDBPyConnection, table: str, draft: Draft) -> None:
    """Of features that tell the same, one stays: the one that tells best what customers are worth, else the first."""
    names = list(draft.chosen)
    if len(names) < 2:
        return
    correlations = np.abs(_correlations(connection, table, list(draft.chosen.values())))
    kept: list[int] = []
    for place in sorted(range(len(names)), key=lambda n: (_value_rank(draft.chosen[names[n]].column), n)):
        twin = next((other for other in kept if correlations[place, other] >= SAME), None)
        if twin is None:
            kept.append(place)
        else:
            why = f"it tells the same as '{names[twin]}' (correlation {correlations[place, twin]:.2f})"
            draft.use(draft.chosen.pop(names[place]).column, "left out", why)


def _correlations(connection: duckdb.DuckDBPyConnection, table: str, chosen: Sequence[Chosen]) -> np.ndarray:
    """The correlations of features after their transforms, of shape (features, features)."""
    step = max(chosen[0].column.rows // SAMPLE, 1)
    listed = ", ".join(f"{entry.column.measure} AS c{number}" for number, entry in enumerate(chosen))
    rows = connection.sql(f"SELECT {listed} FROM {identifier(table)} WHERE rowid % {step} = 0").fetchnumpy()
    matrix = np.array([np.ma.filled(column.astype(float), np.nan) for column in rows.values()])
    logged = np.array([[entry.feature.transform == "log1p"] for entry in chosen])
    matrix = np.where(logged, np.log1p(np.maximum(matrix, 0)), matrix)
    matrix = np.where(np.isnan(matrix), np.nanmedian(matrix, axis=1, keepdims=True), matrix)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num(np.corrcoef(matrix))


def _value_rank(column: Surveyed) -> int:
    """How well a column tells what customers are worth, 0 being best; NO_VALUE where it cannot."""
    return NO_VALUE if _value_fault(column) else _amount_rank(column)


def _amount_rank(column: Surveyed) -> int:
    """As `_value_rank`, whatever values it has."""
    rank = amount_rank(column.name)
    if column.kind.column.kind != NUMBER or column.kind.word == "percent":
        return NO_VALUE
    has_sign = column.kind.column.unit.lower() in CURRENCY
    return rank if rank is not None else NO_VALUE - 1 if has_sign else NO_VALUE


def _value_fault(column: Surveyed) -> str:
    """Which values keep a column from telling what customers are worth, as a clause; "" where none do."""
    negative = round(column.figures.negative * column.filled)
    if not negative and not column.missing:
        return ""
    number, what = (negative, "below 0") if negative else (column.missing, "missing")
    return f"{number:,} of {column.rows:,} values {'is' if number == 1 else 'are'} {what}"


def _why_no_value(draft: Draft, value: str | None) -> str:
    """Why another column than that of the `value` would tell best what customers are worth, and does not; or ""."""
    best = min((chosen.column for chosen in draft.chosen.values()), key=_amount_rank)
    if _amount_rank(best) >= (_amount_rank(draft.chosen[value].column) if value else NO_VALUE):
        return ""
    paste = f"`value: {json.dumps(best.name, ensure_ascii=False)}`"
    cure = f"mend them, and write {paste}" if best.figures.negative else f"write {paste} for shares of the others"
    return f"'{best.name}' is not taken as the value, since {_value_fault(best)}: {cure}"


def _plan(draft: Draft, id_column: Surveyed | None, sql: Dialect) -> Plan:
    ranks = {name: _value_rank(chosen.column) for name, chosen in draft.chosen.items()}
    value = min((name for name in ranks if ranks[name] < NO_VALUE), key=ranks.__getitem__, default=None)
    why_no_value = _why_no_value(draft, value)
    if value:
        decision = draft.decisions[value]
        reasons = [WORTH] if decision.why == DIFFERS else [WORTH, decision.why]
        draft.use(decision.column, decision.use, "; ".join(reasons))
    past = [name for name in draft.days if not says(draft.chosen[name].column.name, "until")] or draft.days
    last = max(past, key=lambda name: draft.chosen[name].column.figures.high or 0, default="")
    cutoff, notes = "", [NUMBERED] * (id_column is None) + [why_no_value] * bool(why_no_value)
    if last:
        column = draft.chosen[last].column
        day = FIRST_DAY + timedelta(days=int(column.figures.high or 0) + 1)
        cutoff, notes = day.isoformat(), [*notes, counted_back(day, f"'{column.name}'")]
    return Plan(
        kind="customers",
        decisions=list(draft.decisions.values()),
        query=_query(draft, id_column, replace(sql, cutoff=cutoff)),
        features={name: chosen.feature for name, chosen in draft.chosen.items()},
        profile={column.name: Profile() for column in draft.profile},
        value=value,
        why_no_value=why_no_value,
        names=_rules(draft, value),
        cutoff=cutoff,
        reasons={name: chosen.why for name, chosen in draft.chosen.items()},
        notes=notes,
    )


def _query(draft: Draft, id_column: Surveyed | None, sql: Dialect) -> str:
    id_cell = identifier(id_column.name) if id_column else "row_number() OVER ()"
    cells = {name: sql.cell(chosen.column) for name, chosen in draft.chosen.items()}
    cells |= {name: sql.days(cells[name]) for name in draft.days}
    cells |= {column.name: sql.cell(column) for column in draft.profile}
    cells |= {name: f"CAST({identifier(name)} IS NOT NULL AS INTEGER)" for name in draft.ticked}
    selected = [_named(id_cell, ID), *(_named(cell, name) for name, cell in cells.items())]
    query = "SELECT\n  " + ",\n  ".join(selected) + "\nFROM customers"
    return f"{query}\nWHERE {id_cell} IS NOT NULL\nORDER BY {ID}" if id_column else query


def _named(cell: str, name: str) -> str:
    return cell if cell == identifier(name) else f"{cell} AS {identifier(name) if name != ID else ID}"


def _rules(draft: Draft, value: str | None) -> list[Rule]:
    """Names for the segments that nearly all customers have: those who are worth most, and those who hardly come."""
    activity = [name for name in draft.chosen if name != value and name not in draft.days and says(name, "activity")]
    latest = [name for name in draft.days if says(name, "latest")]
    rules = [Rule("High-Value", {value: "high"}, "keep them, with early access and a person to call")] if value else []
    quiet = dict.fromkeys(activity[:1], "low") or dict.fromkeys(latest[:1], "high")
    quiet = quiet or ({value: "low"} if value else {})
    rules += [Rule("Low-Engagement", quiet, WIN_BACK)] if quiet else []
    busy = [Rule("Active Customers", {name: "high"}, "show them more of the range") for name in activity[:1]]
    return rules + busy
