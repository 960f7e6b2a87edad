"""What stands in each column: kinds, gaps, different values and figures, against plain Python."""

import statistics
from datetime import date, datetime
from decimal import Decimal

import pytest
from adoption.planted import TABLE, planted, surveyed

from segmentation.adoption import survey

AMOUNTS = [3.5, 1.25, 100.0, -2.0, 8.75, 1.25]


def german(value):
    return f"{value:.2f}".replace(".", ",")


def test_gaps_different_values_and_an_example_are_counted():
    column = surveyed({"Ort": ["", "Ulm", "n/a", "Bonn", "Ulm"]})["Ort"]
    assert (column.rows, column.missing, column.filled, column.distinct) == (5, 2, 3, 2)
    assert column.gaps == pytest.approx(0.4) and column.example == "Ulm" and column.figures.most == pytest.approx(2 / 3)


def test_figures_are_those_of_the_numbers_that_the_text_means():
    column = surveyed({"Umsatz": [*map(german, AMOUNTS), ""]})["Umsatz"]
    mean, deviation = statistics.fmean(AMOUNTS), statistics.pstdev(AMOUNTS)
    n = len(AMOUNTS)
    population = statistics.fmean(((x - mean) / deviation) ** 3 for x in AMOUNTS)
    figures = column.figures
    assert (figures.low, figures.high, figures.is_whole) == (-2, 100, False)
    assert figures.negative == pytest.approx(1 / 6) and figures.most == pytest.approx(2 / 6)
    assert figures.skew == pytest.approx(population * (n * (n - 1)) ** 0.5 / (n - 2))


@pytest.mark.parametrize("as_text", [True, False])
def test_days_are_measured_alike_in_text_and_in_a_type(as_text):
    days = [date(2024, 2, 29), date(2025, 12, 31), date(1969, 7, 20)]
    cells = [day.strftime("%d.%m.%Y") for day in days] if as_text else days
    column = surveyed({"Datum": cells}, {} if as_text else {"Datum": "DATE"})["Datum"]
    counted = [(day - survey.FIRST_DAY).days for day in days]
    assert (column.kind.word, column.figures.low, column.figures.high) == ("date", min(counted), max(counted))


@pytest.mark.parametrize("placeholder", ["31.12.9999", "01.01.1900", "31.12.2999"])
def test_a_day_that_stands_for_none_is_a_gap(placeholder):
    column = surveyed({"Datum": ["13.02.2025", placeholder, "28.02.2025"]})["Datum"]
    assert (column.missing, column.distinct, column.kind.column.missing) == (1, 2, [placeholder])


@pytest.mark.parametrize("cells", [["31.02.2025", "30.02.2025"], ["9" * 400 + "1", "2"]])
def test_what_no_calendar_and_no_number_holds_is_told_and_not_read(cells):
    column = surveyed({"x": cells})["x"]
    assert column.kind.fault and column.kind.column.kind == "text"


@pytest.mark.parametrize(
    "name, cells, word",
    [
        ("Filiale", ["01067", "80331"], "code"),
        ("Filiale", ["1067", "80331"], "number"),
        ("x", ["0", "0.5", "10"], "number"),
        ("Kontostand", ["0", "7"], "number"),
    ],
)
def test_digits_behind_a_zero_are_a_code(name, cells, word):
    assert surveyed({name: cells})[name].kind.word == word


@pytest.mark.parametrize(
    "type_name, cells, figures",
    [
        ("BIGINT", [1, 2, None], (1, 2, True)),
        ("DOUBLE", [1.5, -2.0, None], (-2, 1.5, False)),
        ("DECIMAL(9,2)", [Decimal("1.50"), Decimal("2.00")], (1.5, 2, False)),
        ("TIMESTAMP", [datetime(1970, 1, 2, 23), datetime(1970, 1, 3)], (1, 2, True)),
    ],
)
def test_typed_columns_have_figures_too(type_name, cells, figures):
    found = surveyed({"x": cells}, {"x": type_name})["x"].figures
    assert (found.low, found.high, found.is_whole) == figures


@pytest.mark.parametrize(
    "name, cells, unit",
    [("a", ["5 €"], "€"), ("a €", ["5"], "€"), ("usd", ["5"], "USD"), ("a", ["5 %"], "share"), ("a", ["5"], "")],
)
def test_a_unit_is_told_by_cells_or_name(name, cells, unit):
    assert surveyed({name: cells})[name].unit == unit


def test_the_order_of_rows_and_columns_changes_nothing_but_the_example():
    columns = {
        "Nr": [f"K{n}" for n in range(50)],
        "Umsatz": [german(n * n % 37 + n / 4) for n in range(50)],
        "Datum": [f"{n % 28 + 1:02d}.0{n % 7 + 1}.2025" for n in range(50)],
        "Ort": ["Ulm", "Bonn", "", "n/a", "Jena"] * 10,
    }
    order = sorted(range(50), key=lambda n: n * 7 % 50 + n / 100)
    moved = {name: [columns[name][n] for n in order] for name in reversed(columns)}

    def facts(found):
        return {
            name: (c.kind.word, c.kind.column, c.missing, c.distinct, c.figures.low, c.figures.high, c.figures.most)
            for name, c in found.items()
        }

    assert facts(surveyed(columns)) == facts(surveyed(moved))


def test_a_person_settles_the_marks_and_the_order_of_days():
    connection = planted({"x": ["1.234", "2.500"], "Datum": ["03/04/2025", "05/06/2025"]})
    number, day = survey.survey(connection, TABLE, ",", True)
    assert (number.figures.low, number.figures.high) == (1234, 2500)
    assert day.figures.high == (date(2025, 6, 5) - survey.FIRST_DAY).days
