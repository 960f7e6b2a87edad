"""What the report's slider steps through: the criteria of every K."""

from segmentation.pages import slider

ROW = {"k": 2, **dict.fromkeys(slider.CRITERIA, 0.5), "inertia": 12345.6, "gap": None}


def test_each_criterion_has_its_name_figure_and_meaning():
    criteria = {name: figure for name, figure, _ in slider.criteria(ROW)}
    expected = {
        "inertia": "12,346",
        "gap": "-",
        "silhouette": "0.50",
        "smallest share": "50%",
        "without segments": "0.50",
    }
    assert criteria | expected == criteria and all(meaning for *_, meaning in slider.criteria(ROW))
    assert {"Calinski-Harabasz", "Davies-Bouldin"} <= set(criteria)


def test_the_card_of_every_k_is_a_table():
    table = slider.card_table([ROW])
    assert table["head"][:4] == ["K", "inertia", "without segments", "gap"]
    assert table["rows"][0][:4] == ("2", "12,346", "0.50", "-")


def test_a_criterion_has_two_decimals_below_a_hundred():
    written = [slider.format_criterion("gap", value) for value in (99.994, 100.4, -100.4, -0.5)]
    assert written == ["99.99", "100", "-100", "-0.50"]
    assert [slider.format_criterion("gap", value) for value in (100.0, -100.0)] == ["100", "-100"]
    assert slider.format_criterion("variance_explained", 0.25) == "25%"
