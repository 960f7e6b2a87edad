"""A comparison in words: for a page and for a pull request."""

import pytest

from segmentation.activation.comparison import CAUSES
from segmentation.pages import changes

COMPARISON = {
    "old": {"name": "v1", "tag": "v1", "day": "2026-11-01", "commit": "c"},
    "new": {"name": "", "tag": "", "day": "", "commit": ""},
    "value": "Revenue",
    "value_moved": [[0.5, 0.021, None, None], [None, 0.4, None, 0.01], [None] * 4, [0.02, 0.01, None, None]],
    "value_of_movers": 0.03,
    "trend": {"points": [], "left_out": []},
    "customers": {
        "before": 1000, "after": 1010, "joined": 20, "left": 10, "stayed": 990, "placed": 990, "moved": 33,
        "moved_share": 33 / 990, "causes": dict.fromkeys(CAUSES, 0) | {"customer": 30, "model": 3},
    },
    "segments": [
        {"segment": 1, "name": "High", "size_before": 600, "size_after": 590, "share_before": 0.6,
         "share_after": 0.584, "name_before": "Best", "value_share_before": 0.7, "value_share_after": 0.72,
         "status": "kept", "distance": 0.25, "other": None,
         "means": {"net_worth": {"before": 12.34, "after": 12.34}}},
        {"segment": 4, "name": "New", "size_before": None, "size_after": 420, "share_before": None,
         "share_after": 0.416, "name_before": None, "value_share_before": None, "value_share_after": 0.28,
         "status": "split", "distance": None, "other": "1 High", "means": {}},
    ],
    "before": ["1 High", "2 Low"],
    "after": ["1 High", "4 New"],
    "migration": [[570, 25, 0, 5], [8, 387, 0, 5], [0, 0, 0, 0], [12, 8, 0, 0]],
    "stays": [[0, 0], [1, 1]],
    "labels": {},
    "parameters": [{"name": "cluster.k", "before": 2, "after": "x" * 70}],
}  # fmt: skip


def test_a_sentence_tells_who_moved_with_what_and_who_came_and_went():
    assert changes.who_moved(COMPARISON) == (
        "Of 990 customers who stayed, 33 (3.3%) are in another segment, and with them 3.0% of revenue. The largest "
        "move: 25 customers went from 1 High to 4 New, and with them 2.1% of revenue. 20 joined, 10 left."
    )
    customers = COMPARISON["customers"]
    nobody = COMPARISON | {"customers": customers | {"moved": 0}}
    assert changes.who_moved(nobody) == "Of 990 customers who stayed, none is in another segment. 20 joined, 10 left."
    strangers = COMPARISON | {"customers": customers | {"placed": 0, "moved_share": None}}
    assert changes.who_moved(strangers) == "No customer is in both. 20 joined, 10 left."
    untold = changes.who_moved(COMPARISON | {"value_moved": None, "value_of_movers": None})
    assert "(3.3%) are in another segment. The largest move: 25 customers went from 1 High to 4 New." in untold
    settled = customers | {"joined": 0, "left": 0}
    assert changes.who_moved(COMPARISON | {"customers": settled}).endswith(" Nobody joined or left.")


def test_the_title_names_both_revisions_with_their_days():
    assert changes.title(COMPARISON) == "Segments now, compared with v1 (1 November 2026)"
    later = COMPARISON | {"new": {"name": "HEAD", "tag": "v2", "day": "2026-12-01"}}
    assert changes.title(later) == "Segments at v2 (1 December 2026), compared with v1 (1 November 2026)"


def test_a_row_tells_the_former_name_and_what_was_before_and_what_is_after():
    assert changes.segment_head(COMPARISON)[3] == "of revenue"
    assert list(changes.segment_rows(COMPARISON)) == [
        ("1 High (was: Best)", "600 → 590", "60.0% → 58.4%", "70.0% → 72.0%", "kept"),
        ("4 New", "- → 420", "- → 41.6%", "- → 28.0%", "split off 1 High"),
    ]
    valueless = COMPARISON | {"value": None}
    assert [len(row) for row in changes.segment_rows(valueless)] == [4, 4] == [len(changes.segment_head(valueless))] * 2
    moved = COMPARISON["segments"][0] | {"status": "moved"}
    assert changes.fate(moved) == "moved: its customers differ from those before"
    head, rows = changes.mean_rows(COMPARISON)
    assert head == ["segment", "net worth"] and rows == [("1 High", "12.3"), ("4 New", "-")]
    assert changes.mean_rows(COMPARISON | {"labels": {"net_worth": "Wealth"}})[0] == ["segment", "Wealth"]


def test_moves_are_listed_largest_first_without_those_who_stay_join_or_leave():
    moves = changes.moves_between_segments(COMPARISON)
    assert [(move["customers"], move["before"], move["after"], move["value"]) for move in moves] == [
        (25, "1 High", "4 New", 0.021),
        (8, "2 Low", "1 High", None),
    ]
    assert [changes.move_sentence(move, COMPARISON) for move in moves] == [
        "25 customers went from 1 High to 4 New, and with them 2.1% of revenue",
        "8 customers went from 2 Low to 1 High",
    ]


@pytest.mark.parametrize(
    ("stays", "sentence"),
    [
        ([[1, 0], [0, 1]], "570 customers went from the earlier 1 High (now 2 Low) to the new 1 High"),
        ([[1, 0]], "570 customers went from the earlier 1 High (now gone) to the new 1 High"),
    ],
)
def test_segments_that_are_labelled_alike_are_told_apart_as_earlier_and_new(stays, sentence):
    shifted = COMPARISON | {"after": ["1 High", "2 Low"], "stays": stays, "value_moved": None}
    assert changes.move_sentence(changes.moves_between_segments(shifted)[0], shifted) == sentence


def test_a_segment_has_one_colour_on_both_sides_and_one_that_is_gone_none_of_another():
    gone = COMPARISON["segments"][1] | {"segment": 1, "name": "High", "size_after": None}
    shifted = COMPARISON | {"segments": [*COMPARISON["segments"], gone], "stays": [[1, 0]]}
    content = changes.content(shifted)
    assert [end["colour"] for end in content["flow"]["before"]] == [2, 1, None]  # 2 Low went on as 1 High
    assert [end["colour"] for end in content["flow"]["after"]] == [1, 4, None] and content["colours"] == [1, 4, 2]


def test_numbers_stay_left_of_arabic_names():
    arabic = changes.moves_between_segments(COMPARISON | {"before": ["1 عملاء", "2 Low"]})
    assert arabic[0]["before"] == "1 \u2068عملاء\u2069"


def test_the_value_that_went_along_has_a_table_and_little_of_it_is_few():
    content = changes.content(COMPARISON)
    assert content["values"] == [
        ("1 High", "50.0%", "2.1%", "few"), ("2 Low", "few", "40.0%", "1.0%"), ("joined", "2.0%", "1.0%", ""),
    ]  # fmt: skip
    assert changes.content(COMPARISON | {"value_moved": None})["values"] == []


def test_the_page_shows_only_the_rest_that_exists_and_outlines_the_same_segment():
    content = changes.content(COMPARISON)
    assert content["migration_head"] == ["", "1 High", "4 New", "left"]
    rows = dict(content["migration"])
    assert list(rows) == ["1 High", "2 Low", "joined"]
    assert rows["1 High"] == [("570 (95%)", True), ("25 (4%)", False), ("5 (1%)", False)]
    assert rows["joined"][2] == ("", False)
    assert content["colours"] == [1, 4]
    assert [count for count, _ in content["causes"]] == ["30", "3"]
    assert content["sizes"] == "1,000 → 1,010 customers"


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [(2, "x", "p: 2 → x"), (None, 1, "p: not set → 1"), ("", "a", "p: empty → a"), ([], "a\n b", "p: [] → a b")],
)
def test_a_parameter_that_differs_stands_on_one_line(before, after, line):
    assert changes.parameter_line({"name": "p", "before": before, "after": after}) == line


@pytest.mark.parametrize(("count", "last"), [(10, "- p9: 1 → 2"), (11, "- and 1 more"), (13, "- and 3 more")])
def test_a_pull_request_holds_ten_parameters_and_says_how_many_more_there_are(count, last):
    parameters = [{"name": f"p{n}", "before": 1, "after": 2} for n in range(count)]
    lines = changes.markdown(COMPARISON | {"parameters": parameters}).splitlines()
    assert lines[-1] == last and lines[-11 if count > 10 else -10] == "- p0: 1 → 2"


def test_in_a_pull_request_the_five_largest_moves_and_short_values_stand():
    matrix = [[0] * 8 for _ in range(8)]
    for column in range(6):
        matrix[0][column] = 10 + column
    names = [f"{n} S" for n in range(1, 7)]
    text = changes.markdown(
        COMPARISON | {"migration": matrix, "before": names, "after": names, "stays": [[0, 0]], "value_moved": None}
    )
    moves = [line for line in text.splitlines() if line.startswith("- 1")]
    expected = [f"- {10 + column} customers went from 1 S to {column + 1} S" for column in (5, 4, 3, 2, 1)]
    assert moves == expected
    assert f"- cluster.k: 2 → {'x' * 59}…" in text.splitlines()
    assert text.endswith("\n") and "| 1 High (was: Best) | 600 → 590 | 60.0% → 58.4% | 70.0% → 72.0% | kept |" in text


def test_text_that_markdown_would_read_stays_text():
    hostile = COMPARISON["segments"][0] | {"name": "a|b *c*\n# <d> @me", "name_before": None}
    text = changes.markdown(COMPARISON | {"segments": [hostile]})
    assert r"| 1 a\|b \*c\* \# \<d\> \@me |" in text
