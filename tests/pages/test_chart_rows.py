"""The rows that the charts draw."""

import pytest

from segmentation.pages import chart_rows

QUANTILES = {"percentile_5": 1.0, "lower_quartile": 2.0, "median": 3.0, "upper_quartile": 4.0, "percentile_95": 5.0}


def segment(number, share=0.5, value_share=0.25, moved=(), **column):
    return {
        "segment": number, "label": f"{number}  Name", "colour": f"#00000{number}", "size": 1200, "share": share,
        "value_share": value_share, "next": list(moved),
        "columns": {"net_worth": {"mean": 1234.5, "standing": 0.9, **QUANTILES, **column}},
    }  # fmt: skip


@pytest.fixture
def alternatives():
    return [
        {"k": 1, "segments": [segment(1, moved=[3, 97])]},
        {"k": 2, "segments": [segment(1, value_share=None), segment(2, percentile_95=12000.0)]},
    ]


def test_every_row_has_its_k_and_the_number_label_and_colour_of_its_segment(alternatives):
    known = [(1, 1, "1  Name", "#000001"), (2, 1, "1  Name", "#000001"), (2, 2, "2  Name", "#000002")]
    for rows in (
        chart_rows.share_rows(alternatives, None),
        chart_rows.heat_map_rows(alternatives, {"net_worth": "net\nworth"}, {"net_worth": "Net worth"}),
        chart_rows.quantile_rows(alternatives, "net_worth"),
    ):
        assert [(row["k"], row["segment"], row["label"], row["colour"]) for row in rows] == known


def test_shares_are_of_the_customers_and_of_a_value_column_where_it_has_some(alternatives):
    shares = [(row["k"], row["what"], row["text"]) for row in chart_rows.share_rows(alternatives, "total spending")]
    assert shares == [
        (1, "customers", "50%"), (1, "total spending", "25%"), (2, "customers", "50%"), (2, "customers", "50%"),
        (2, "total spending", "25%"),
    ]  # fmt: skip


def test_a_cell_of_the_heat_map_has_the_mean_in_words_and_the_standing(alternatives):
    row, *_ = chart_rows.heat_map_rows(alternatives, {"net_worth": "net\nworth"}, {"net_worth": "Net worth"})
    texts = ("Net worth", "net\nworth", "1,234", "3.0", 0.9)
    assert tuple(row[key] for key in ("name", "column", "mean", "median", "standing")) == texts


def test_quantiles_are_there_as_numbers_and_as_words(alternatives):
    *_, row = chart_rows.quantile_rows(alternatives, "net_worth")
    assert row | QUANTILES | {"percentile_95": 12000.0, "percentile_95_text": "12,000", "median_text": "3.0"} == row


def test_the_ticks_of_a_logarithmic_axis_are_0_and_powers_of_ten(alternatives):
    assert chart_rows.log_ticks(alternatives, "net_worth") == [0, 1, 10, 100, 1000, 10000]
    unknown = [{"k": 1, "segments": [segment(1, percentile_95=None)]}]
    small = [{"k": 1, "segments": [segment(1, percentile_95=0.3)]}]
    assert chart_rows.log_ticks(unknown, "net_worth") == chart_rows.log_ticks(small, "net_worth") == [0, 1]


def test_flows_go_to_the_next_k_and_bear_a_number_where_there_is_room(alternatives):
    rows = [(row["to"], row["text"], row["colour"], row["number"]) for row in chart_rows.flow_rows(alternatives)]
    assert rows == [(1, "3%", "#000001", ""), (2, "97%", "#000002", "2")]
    alternatives[0]["segments"][0]["next"] = [1, 0]
    assert [row["share"] for row in chart_rows.flow_rows(alternatives)] == [1]
    alternatives[0]["segments"][0]["next"] = [0, 0]
    assert list(chart_rows.flow_rows(alternatives)) == []


def test_customers_on_the_map_are_read_with_their_segment_at_each_k():
    assert list(chart_rows.map_points("x,y,k2,k5\n0.5,-1.25,2,4\n")) == [{"x": 0.5, "y": -1.25, "at": [2, 4]}]
    with pytest.raises(ValueError, match="one"):
        list(chart_rows.map_points("x,y,k2\n0.5,1,one\n"))


def test_headings_have_as_many_lines_each_and_are_never_alike():
    units = {"age": "", "purchase_frequency": "orders a year", "x" * 40: "", "x" * 50: ""}
    headings = chart_rows.column_headings({column: column.replace("_", " ") for column in units}, units)
    assert headings["purchase_frequency"].split("\n")[-3:] == ["purchase", "frequency", "orders a year"]
    assert len({heading.count("\n") for heading in headings.values()}) == 1
    assert headings["age"].strip("\n") == "age" and headings["age"].startswith("\n")
    assert len(set(headings.values())) == 4
