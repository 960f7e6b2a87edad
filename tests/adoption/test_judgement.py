"""What a column can be used for."""

import pytest
from adoption.planted import surveyed

from segmentation.adoption import judgement
from segmentation.pipeline.source_kinds import Column


@pytest.mark.parametrize(
    "cells, why",
    [
        ([None, None], "it is empty"),
        (["a", "a"], "it is the same for all"),
        (["a", None], "it is the same for all who have one"),
        (["1"] * 399 + ["2"], "it is the same for nearly all"),
        (["1.234", "2.500"], "can mean 1234 or 1.234 and no cell tells which"),
        (["03/04/2025", "05/06/2025"], "add adopt.day_first=true or =false"),
        (["1.50"] * 300 + ["abc"] + ["2.5"], "'abc' is no number, unlike its other cells: mend the file"),
        (["5 €", "7 $"], "in several units"),
        (["２０", "３１"], "full-width"),
        (["2019年12月5日", "2020年1月7日"], "dates with 年"),
        (["1. Mai 2023", "2. Juni 2023"], "these are dates"),
        (["07:29:50", "08:10:00"], "these are times"),
        (["1.5", "2.5"], ""),
        (["a", "b"], ""),
    ],
)
def test_what_is_of_no_use_says_why(cells, why):
    told = judgement.useless(surveyed({"x": cells})["x"])
    assert why in told and bool(why) == bool(told)


@pytest.mark.parametrize(
    "name, cells, is_code",
    [
        ("PLZ", ["1010", "1240", "8010"], True),
        ("Postcode", ["1010 AB", "1240 AB", "8010 AB"], True),
        ("Region", ["1", "2", "3"], True),
        ("store_id", ["101", "102", "101"], True),
        ("x", ["40063810", "40063827", "40063834"], True),
        ("Telefon", ["3412573675", "3412573676"], True),
        ("unnamed_1", ["7", "3", "9"], True),
        ("Orders", ["1", "3", "3"], False),
        ("No. of visits", ["1", "2", "2"], False),
        ("Region", ["1.5", "2.5"], False),
        ("Umsatz", ["100", "2000"], False),
    ],
)
def test_numbers_with_which_nobody_reckons_are_codes(name, cells, is_code):
    assert judgement.is_code(surveyed({name: cells})[name]) is is_code


@pytest.mark.parametrize("cells, several", [(["EUR", "usd"], True), (["EUR", "EUR"], False), (["EUR", "paid"], False)])
def test_several_currencies_are_seen(cells, several):
    assert judgement.are_currencies(surveyed({"x": cells})["x"]) is several


def test_text_keeps_its_marks_of_missing_values():
    column = surveyed({"x": ["1", "n/a"]})["x"]
    assert judgement.as_text(column).kind.column == Column("text", missing=["n/a"])
