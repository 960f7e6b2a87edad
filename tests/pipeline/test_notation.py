"""The shapes of text, and the ways in which numbers and dates can be read off them."""

import pyarrow as pa
import pytest

from segmentation.pipeline import notation


def shapes(*cells):
    return notation.shapes(pa.chunked_array([list(cells)], pa.string()))


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
