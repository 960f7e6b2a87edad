"""The shapes of text, and the ways in which numbers and dates can be read off them."""

import random

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from segmentation.pipeline import notation


def shapes(*cells):
    return notation.shapes(pa.chunked_array([list(cells)], pa.string()))


def shapes_by_expressions(column):
    """What `notation.shapes` must return, by regular expressions over every distinct text."""
    cells = pc.drop_null(column)
    cells = (cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells).dictionary_encode()
    text, cells_of_text = cells.dictionary, np.bincount(cells.indices, minlength=len(cells.dictionary))
    dated = pc.match_substring_regex(text, f"{notation._DATE_LIKE}|{notation._MONTH_LIKE}")
    shape = pc.replace_substring_regex(text, r"(^|[^0-9.,])0([.,])", "\\1\ue000\\2")
    shape = pc.replace_substring(pc.replace_substring_regex(shape, r"\d", "9"), "\ue000", "0")
    date = text
    for pattern, field in notation._DATE_FIELDS:
        date = pc.replace_substring_regex(date, pattern, field)
    encoded = pc.if_else(dated, date, shape).dictionary_encode()
    _, first = np.unique(encoded.indices, return_index=True)
    counts = np.bincount(encoded.indices, cells_of_text).astype(int).tolist()
    found = zip(counts, text.take(pa.array(first)).to_pylist(), strict=True)
    return dict(list(zip(encoded.dictionary.to_pylist(), found, strict=True))[: notation.MOST])


PIECES = "0|1|9|12|13|31|32|00|123|2024|20240105|5|.|,|/|-|:| |T|Z|+02:00|+01|Jan|mar|MAY|sept|am| PM|€|٣|é|x|_|\n"
PIECES += "|'|%|(|0.|0,5"
MONTHS = ("{m} {d}, {y}", "{d}-{m}-{y}", "{d} {m} {y}", "{m}{d} {y}")


def number(draw, most):
    value = draw.choice([0, 1, 9, 10, 12, 13, 31, 32, draw.randrange(99)])
    return f"{min(value, most):0{draw.choice([1, 2, 2])}d}"


def date(draw):
    year = draw.choice([str(draw.randrange(1990, 2030)), number(draw, 99), str(draw.randrange(99999))])
    month, day = number(draw, 13), number(draw, 99)
    orders = draw.choice([(year, month, day), (day, month, year), (month, day, year)])
    worded = draw.choice(MONTHS).format(d=day, m=draw.choice(["Jan", "MAY", "march", "Octo"]), y=year)
    time = draw.choice([" ", "T", ", ", " at ", "", " 0", " 1"]) + number(draw, 24) + f":{draw.randrange(60):02d}"
    time += draw.choice(["", f":{number(draw, 59)}", f":{number(draw, 59)}.{draw.randrange(9999)}", number(draw, 99)])
    time += draw.choice(["", "", "Z", "+02:00", " -05", " PM", "am", " x", f" UTC {number(draw, 99)}", " 2024", "."])
    ends = [time, time, "", draw.choice([" x", " 12", " 123", "am", " 1" * 9])]
    return draw.choice(["", "", " "]) + draw.choice([draw.choice("./-").join(orders), worded]) + draw.choice(ends)


def cell(draw):
    pieces = "".join(draw.choice(PIECES.split("|")) for _ in range(draw.randint(0, 7)))
    return draw.choice([pieces, date(draw), draw.choice(["", "n/a", "0", "-0,5", "1.234,56 €", None])])


@pytest.mark.parametrize("seed", range(60))
def test_shapes_are_those_of_the_expressions_whatever_the_cells_are(seed, monkeypatch):
    draw = random.Random(seed)
    for name, sizes in {"MANY": (1, 2, 5), "HEAD": (1, 7, 300), "BLOCK": (1, 50, 9000), "MOST": (3, 20, 300)}.items():
        monkeypatch.setattr(notation, name, draw.choice(sizes))
    kind = draw.choice([cell, date])
    column = pa.array([kind(draw) for _ in range(400)], draw.choice([pa.string(), pa.large_string()]))
    column = pa.concat_arrays([column, column.take(pa.array([draw.randrange(400) for _ in range(400)]))])
    column = column.slice(draw.randrange(9), draw.randint(1, 791))
    expected = list(shapes_by_expressions(column).items())
    assert list(notation.shapes(column).items()) == expected
    assert list(notation.shapes(pa.chunked_array([column.slice(0, 3), column.slice(3)])).items()) == expected


@pytest.mark.parametrize("cells", [[], [None], [""], ["", None, ""], ["0", "", ".5", "0.", "0"], ["a0.5", "0", ",5"]])
def test_shapes_end_with_their_cells(cells):
    for column in (pa.array(cells, pa.string()), pa.array(["0.", *cells, "5"], pa.string()).slice(1, len(cells))):
        assert notation.shapes(column) == shapes_by_expressions(column)
    assert notation.shapes(pa.chunked_array([], pa.string())) == {}


def test_dates_of_one_shape_leave_room_for_others(monkeypatch):
    monkeypatch.setattr(notation, "MOST", 2)
    assert list(shapes("1.2.2024 7:30", "1.2.2024 17:30", "a", "b", "a")) == ["S.S.Y {m}", "a"]


@pytest.mark.parametrize(
    "times", [("12:3012", "12:3045"), ("012:30", "112:30"), ("12:30 UTC 05", "12:30 UTC 13"), ("7:30am", "7:30pm")]
)
def test_digits_beside_the_time_of_day_tell_shapes_apart(times, monkeypatch):
    monkeypatch.setattr(notation, "MANY", 1)
    cells = pa.array([f"1.2.2024 {time}" for time in times])
    assert notation.shapes(cells) == shapes_by_expressions(cells)


def test_a_character_of_private_use_is_no_zero():
    assert shapes("\ue0005") == {"\ue0009": (1, "\ue0005")}


def test_shapes_tell_digits_months_and_leading_zeros_and_count_their_cells():
    cells = ["1.234,56 €", "9.999,00 €", None, "0,5", "31.12.2024", "1.2.2024 07:30", "May 5, 2025", "n/a"]
    assert shapes(*cells) == {
        "9.999,99 €": (2, "1.234,56 €"), "0,9": (1, "0,5"), "M.L.Y": (1, "31.12.2024"),
        "S.S.Y {m}": (1, "1.2.2024 07:30"), "{a} S, Y": (1, "May 5, 2025"), "n/a": (1, "n/a"),
    }  # fmt: skip


@pytest.mark.parametrize("cut", [0, 1, 3, 400])
def test_shapes_of_parts_add_up_to_those_of_the_whole(cut):
    cells = [f"word {chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(notation.MOST + 50)] + ["1,5", "word aa"]
    whole, merged = shapes(*cells), notation.merge(shapes(*cells[:cut]), shapes(*cells[cut:]))
    assert len(merged) == len(whole) == notation.MOST
    assert list(merged) == list(whole) and {text for _, text in merged.values()} <= set(cells)


@pytest.mark.parametrize(
    ("cells", "pairs"),
    [
        (["1,234.56", "5"], [(",", ".")]),
        (["1.234,56"], [(".", ",")]),
        (["1 234,5", "1\u202f234\u00a0567,5"], [(" ", ",")]),
        (["1'234.5", "1’234"], [("'", ".")]),
        (["9,569", "12"], [(",", ""), ("", ",")]),
        (["9,569", "0,125"], [("", ",")]),
        (["9,569", "1,5"], [("", ",")]),
        (["9,569", "1,234,567"], [(",", "")]),
        (["12.500", "950"], [(".", ""), ("", ".")]),
        (["12,34,567"], [(",", "")]),
        (["12", "1e5"], [("", "")]),
        (["1.083e+14", "9.157E-3"], [("", ".")]),
        (["1,083e+14"], [("", ",")]),
        (["1.234.567", "12.5"], []),
        (["1,2,3"], []),
    ],
)
def test_marks_are_those_with_which_all_cells_are_numbers(cells, pairs):
    assert notation.marks(notation.number(shape).body for shape in shapes(*cells)) == pairs


@pytest.mark.parametrize(
    "text", ["abc", "C0001", "Müller 12", "--5", "(5", "5)", "12-34", "1:30", "€", "$5 €", "5\x1bM"]
)
def test_what_is_no_number_is_none(text):
    assert notation.number(next(iter(shapes(text)))) is None


@pytest.mark.parametrize(
    ("cells", "formats"),
    [
        (["31.12.2024", "1.2.2025"], [["%d.%m.%Y"]]),
        (["06/26/2025", "11/01/2025"], [["%m/%d/%Y"]]),
        (["01/02/2025"], [["%d/%m/%Y"], ["%m/%d/%Y"]]),
        (["25/12/2024", "12/25/2024"], []),
        (["2025-01-31", "2025-01-31 07:19"], [["%Y-%m-%d", "%Y-%m-%d %H:%M"]]),
        (["2018-04-24 7:19:25 PM"], [["%Y-%m-%d %I:%M:%S %p"]]),
        (["2018-04-24T07:19:25.5Z", "2018-04-24T07:19:25.5+02:00"], [["%Y-%m-%dT%H:%M:%S.%f%z"]]),
        (["12-MAR-25", "1-may-25"], [["%d-%b-%y"]]),
        (["March 1, 2025", "May 12, 2025"], [["%B %d, %Y"]]),
        (["24.12.24"], [["%d.%m.%y"]]),
        (["2025-13-01"], []),
        (["1.5"], []),
    ],
)
def test_dates_are_read_in_every_order_that_fits_all_of_them(cells, formats):
    assert list(notation.date_formats(shapes(*cells)).values()) == formats
