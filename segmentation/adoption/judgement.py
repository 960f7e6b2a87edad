"""What a column can be used for: for nothing, and why; as a code or a currency; or as text."""

import re

from segmentation.adoption.kinds import DATE, NUMBER, TEXT
from segmentation.adoption.survey import Surveyed
from segmentation.adoption.vocabulary import says, words
from segmentation.pipeline.notation import CURRENCY
from segmentation.pipeline.schema import RESERVED
from segmentation.pipeline.source_kinds import Column

NEARLY_ALL = 0.99  # of the customers: a column in which so many are alike tells hardly anybody apart
CODES = 20  # different whole numbers of a column whose name says that it holds codes
CALLED_ID = re.compile(r"\b(id|key|nr|no|code|number)$")  # a name that ends so
LONG = 8  # digits
MANY = 0.9  # of the rows have another value: ids, names, notes
WORDS = 50  # different words that a page can show


def as_text(column: Surveyed) -> Surveyed:
    """The column with its cells taken letter by letter."""
    return column.read_as(Column(TEXT, missing=column.kind.column.missing))


def are_currencies(column: Surveyed) -> bool:
    """Whether a column names several currencies."""
    texts = {text.strip().lower() for _, text in column.shapes.values()}
    return len(texts) > 1 and texts <= set(CURRENCY)


def useless(column: Surveyed) -> str:
    """Why nothing can be done with a column, as a clause; "" where something can."""
    kind = column.kind
    if column.name.lower() in RESERVED:
        return "the pipeline uses its name itself"
    if not column.filled:
        return "it is empty"
    if kind.readings:
        meanings = " or ".join(meaning for meaning, _ in kind.readings)
        setting = "adopt.day_first=true or =false" if kind.word == "date?" else 'adopt.decimal="," or ="."'
        return f"'{kind.example}' can mean {meanings} and no cell tells which: add {setting}"
    if kind.fault:
        return kind.fault
    if kind.slips and kind.column.kind in (NUMBER, DATE):
        slips = ", ".join(repr(slip[:20]) for slip in kind.slips[:3])
        return f"{slips} is no {kind.column.kind}, unlike its other cells: mend the file"
    if column.distinct == 1 or column.figures.most >= NEARLY_ALL:
        nearly, some = "nearly " * (column.distinct > 1), " who have one" * bool(column.missing)
        return f"it is the same for {nearly}all{some}"
    return ""


def is_code(column: Surveyed) -> bool:
    """Whether the numbers of a column are codes, with which nobody reckons."""
    if says(column.name, "postal") or says(column.name, "phone"):
        return True
    if column.kind.column.kind != NUMBER or not column.figures.is_whole or column.kind.word != "number":
        return False
    low, high = column.figures.low or 0, column.figures.high or 0
    is_unique = column.distinct > MANY * column.filled
    counts_rows = is_unique and (says(column.name, "index") or (high - low + 1 == column.rows and low in (0, 1)))
    is_coded = says(column.name, "code") and not says(column.name, "activity")
    is_coded = is_coded and (column.distinct <= CODES or says(column.name, "certain code"))
    is_called_id = bool(CALLED_ID.search(words(column.name))) or says(column.name, "customer")
    is_counted = says(column.name, "activity") or says(column.name, "quantity")
    is_id = says(column.name, "number") and (is_unique or is_called_id) and not is_counted
    return is_coded or counts_rows or is_id or _is_long(column)


def _is_long(column: Surveyed) -> bool:
    """Whether all cells have as many digits, and so many that they measure nothing, as those of a card or a product."""
    lengths = set(map(len, column.shapes))
    return len(lengths) == 1 and min(lengths) >= LONG and all(set(shape) == {"9"} for shape in column.shapes)
