"""A comparison in words: for a page and for a pull request."""

import pytest

from segmentation.activation.comparison import CAUSES
from segmentation.figures import palette
from segmentation.pages import changes

COMPARISON = {
    "rev": "v1",
    "customers": {
        "before": 1000, "after": 1010, "joined": 20, "left": 10, "stayed": 990, "placed": 990, "moved": 33,
        "moved_share": 33 / 990, "causes": dict.fromkeys(CAUSES, 0) | {"customer": 30, "model": 3},
    },
    "segments": [
        {"segment": 1, "name": "High", "size_before": 600, "size_after": 590, "share_before": 0.6,
         "share_after": 0.584, "status": "kept", "distance": 0.25, "other": None,
         "means": {"net_worth": {"before": 12.34, "after": 12.34}}},
        {"segment": 4, "name": "New", "size_before": None, "size_after": 420, "share_before": None,
         "share_after": 0.416, "status": "split", "distance": None, "other": "1 High", "means": {}},
    ],
    "before": ["1 High", "2 Low"],
    "after": ["1 High", "4 New"],
    "migration": [[570, 25, 0, 5], [8, 387, 0, 5], [0, 0, 0, 0], [12, 8, 0, 0]],
    "stays": [[0, 0], [1, 1]],
    "labels": {},
    "parameters": [{"name": "cluster.k", "before": 2, "after": "x" * 70}],
}  # fmt: skip


def test_the_headline_counts_who_joined_left_and_moved_and_why():
    joined = "1,010 customers, 1,000 at v1: 20 joined, 10 left"
    customer, model = (CAUSES[cause].partition(":")[0] for cause in ("customer", "model"))
    assert changes.headline(COMPARISON) == f"{joined}; of 990 who stayed 33 (3.3%) moved: 30 {customer}, 3 {model}"
    strangers = COMPARISON | {"customers": COMPARISON["customers"] | {"placed": 0, "moved_share": None}}
    assert changes.headline(strangers) == f"{joined}; none is in both"


def test_a_row_tells_what_was_before_and_what_is_after():
    assert list(changes.segment_rows(COMPARISON)) == [
        ("1 High", "600 → 590", "60.0% → 58.4%", "kept, centre by 0.25"),
        ("4 New", "- → 420", "- → 41.6%", "split off 1 High"),
    ]
    head, rows = changes.mean_rows(COMPARISON)
    assert head == ["segment", "net worth"] and rows == [("1 High", "12.3"), ("4 New", "-")]
    assert changes.mean_rows(COMPARISON | {"labels": {"net_worth": "Wealth"}})[0] == ["segment", "Wealth"]


def test_moves_are_listed_largest_first_without_those_who_stay_join_or_leave():
    assert changes.moves_between_segments(COMPARISON) == [(25, "1 High", "4 New"), (8, "2 Low", "1 High")]


def test_the_page_shows_only_the_rest_that_exists_and_outlines_the_same_segment():
    content = changes.content(COMPARISON)
    assert content["migration_head"] == ["", "1 High", "4 New", "left"]
    rows = dict(content["migration"])
    assert list(rows) == ["1 High", "2 Low", "joined"]
    assert rows["1 High"] == [("570 (95%)", 0.95, True), ("25 (4%)", 25 / 600, False), ("5 (1%)", 5 / 600, False)]
    assert rows["joined"][2] == ("", 0.0, False)
    assert content["colours"] == [palette.colour(1), palette.colour(4)]
    assert [count for count, _ in content["causes"]] == ["30", "3"]
    assert content["facts"][-1] == ("3.3%", "of the others moved")


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
    text = changes.markdown(COMPARISON | {"migration": matrix, "before": names, "after": names, "stays": [[0, 0]]})
    moves = [line for line in text.splitlines() if line.startswith("- 1")]
    assert moves == [f"- {10 + column}: 1 S → {column + 1} S" for column in (5, 4, 3, 2, 1)]
    assert f"- cluster.k: 2 → {'x' * 59}…" in text.splitlines()
    assert text.endswith("\n") and "| 1 High | 600 → 590 | 60.0% → 58.4% | kept, centre by 0.25 |" in text


def test_text_that_markdown_would_read_stays_text():
    hostile = COMPARISON["segments"][0] | {"name": "a|b *c*\n# <d> @me"}
    text = changes.markdown(COMPARISON | {"segments": [hostile]})
    assert r"| 1 a\|b \*c\* \# \<d\> \@me |" in text
