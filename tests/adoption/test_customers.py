"""A table of customers: the use of each column, and the query's numbers against plain Python."""

import random
from datetime import date, timedelta

import pytest
from adoption.planted import TABLE, decided, planted, result

from segmentation.adoption import customers, identity, survey
from segmentation.adoption.dialects import Dialect
from segmentation.pipeline.errors import InputFault

ROWS = 120
DRAW = random.Random(5)
IDS = [f"K{n:03d}" for n in range(ROWS)]
REVENUE = [round(DRAW.lognormvariate(4, 1), 2) for _ in IDS]
AGES = [DRAW.randint(18, 90) for _ in IDS]
DAYS = [date(2024, 1, 1) + timedelta(days=DRAW.randrange(700)) for _ in IDS]
CITIES = [DRAW.choice(["Ulm", "Bonn", "Jena"]) for _ in IDS]


def made(columns, types=None, max_missing=0.2):
    connection = planted(columns, types)
    found = survey.survey(connection, TABLE, "", None)
    id_column = identity.find(connection, TABLE, found).column
    return connection, customers.plan(connection, TABLE, found, id_column, max_missing, Dialect())


def table(**columns):
    """A table of ids, revenues and ages with more columns."""
    texts = {"customer_id": IDS, "Umsatz": [f"{value:.2f}".replace(".", ",") for value in REVENUE], "Alter": AGES}
    return {name: list(map(str, cells)) for name, cells in {**texts, **columns}.items()}


def test_each_customer_comes_with_the_numbers_of_the_file():
    connection, plan = made(table(**{"Letzter Kauf": [day.strftime("%d.%m.%Y") for day in DAYS], "Ort": CITIES}))
    cutoff, since = max(DAYS) + timedelta(days=1), "days since Letzter Kauf"
    expected = [
        {
            "customer_id": name,
            "Umsatz": revenue,
            "Alter": age,
            "days since Letzter Kauf": (cutoff - day).days,
            "Ort": city,
        }
        for name, revenue, age, day, city in zip(IDS, REVENUE, AGES, DAYS, CITIES, strict=True)
    ]
    assert plan.cutoff == cutoff.isoformat() and result(connection, plan) == expected
    assert list(plan.features) == ["Umsatz", "Alter", since] and list(plan.profile) == ["Ort"]
    assert plan.value == "Umsatz" and plan.features["Umsatz"].transform == "log1p"


def every(n, *words):
    return [words[row % n % len(words)] for row in range(ROWS)]


NUMBERS = [f"{DRAW.random():.3f}1" for _ in IDS]
SKEWED = [f"{DRAW.lognormvariate(0, 1.5) - 0.5:.4f}" for _ in IDS]


@pytest.mark.parametrize(
    "name, cells, use, why",
    [
        ("x", NUMBERS, "feature", "by which customers differ"),
        ("x", [cell if row % 9 else "" for row, cell in enumerate(NUMBERS)], "feature", "gaps take the median"),
        ("x", [cell if row % 3 else "" for row, cell in enumerate(NUMBERS)], "profile", "missing for 33%"),
        ("x", SKEWED, "feature, yeo-johnson", "very large values"),
        ("x", [cell.lstrip("-") for cell in SKEWED], "feature, log1p", "very large values"),
        ("x", [""] * ROWS, "left out", "it is empty"),
        ("x", ["5"] * ROWS, "left out", "the same for all"),
        ("x", ["5"] * (ROWS - 1) + ["6"], "left out", "the same for nearly all"),
        ("x", every(2, "ja", "nein"), "profile", "two values alone"),
        ("x", every(2, "3", "8"), "profile", "two values alone"),
        ("x", every(9, "a", "b", "c"), "profile", "words have no distances"),
        ("x", [f"word {row % 60}" for row in range(ROWS)], "left out", "60 different words are too many"),
        ("x", [f"note {row}" for row in range(ROWS)], "left out", "nearly each row has another"),
        ("x", [*every(9, "a", "b")[:50], *[""] * (ROWS - 50)], "left out", "missing for 58%"),
        ("Filiale", every(9, "01067", "80331", "10115"), "profile", "codes have no distances"),
        ("Region", every(7, "1", "2", "3"), "profile", "codes have no distances"),
        ("Telefon", [f"0731{row:06d}" for row in range(ROWS)], "left out", "nearly each row has another"),
        ("Nachname", [f"name {row % 60}" for row in range(ROWS)], "left out", "who somebody is"),
        ("partner_id", [str(5000 + row * 3) for row in range(ROWS)], "left out", "nearly each row has another"),
        ("x", [f"{row + 1}.{row * 7 % 900 + 100}" for row in range(ROWS)], "left out", 'add adopt.decimal="," or ="."'),
        ("x", every(9, "03/04/2025", "05/06/2025", "07/08/2025"), "left out", "adopt.day_first=true or =false"),
        ("x", every(2, "5 €", "7 $"), "left out", "in several units"),
        ("_value", NUMBERS, "left out", "the pipeline uses its name itself"),
        ("Umsatz netto", [f"{value * 0.84:.4f}" for value in REVENUE], "left out", "the same as 'Umsatz'"),
        ("Currency", every(3, "EUR", "USD", "CHF"), "profile", "words have no distances"),
    ],
)  # fmt: skip
def test_what_a_column_is_used_for_and_why(name, cells, use, why):
    _, plan = made(table(**{name: cells}))
    given, reason = decided(plan)[name]
    assert given == use and why in reason, (given, reason)
    assert (name in plan.features) == use.startswith("feature") and (name in plan.profile) == (use == "profile")


def test_amounts_in_several_currencies_are_no_value():
    _, plan = made(table(Currency=every(3, "EUR", "USD", "CHF")))
    assert plan.value is None and "several currencies" in decided(plan)["Umsatz"][1]


@pytest.mark.parametrize(
    "cell, why, cure",
    [
        ("-9,50", "1 of 120 values is below 0", 'mend them, and write `value: "Umsatz"`'),
        ("", "1 of 120 values is missing", 'write `value: "Umsatz"` for shares of the others'),
    ],
)
def test_a_value_that_cannot_be_shared_out_is_told(cell, why, cure):
    columns = table()
    _, plan = made({**columns, "Umsatz": [cell, *columns["Umsatz"][1:]]})
    told = f"'Umsatz' is not taken as the value, since {why}: {cure}"
    assert plan.value is None and plan.why_no_value == told and told in plan.notes
    assert not made(columns)[1].why_no_value


def test_percents_become_shares():
    percents = [f"{n % 97},{n % 10}5 %" for n in range(ROWS)]
    connection, plan = made(table(Rabatt=percents))
    shares = [float(f"{n % 97}.{n % 10}5e-2") for n in range(ROWS)]
    assert [row["Rabatt"] for row in result(connection, plan)] == shares
    assert plan.features["Rabatt"].unit == "share" and plan.value == "Umsatz"


def test_rows_without_ids_are_numbered():
    connection, plan = made({name: cells for name, cells in table().items() if name != "customer_id"})
    assert [(row["customer_id"], row["Umsatz"]) for row in result(connection, plan)] == list(enumerate(REVENUE, 1))


def test_ids_keep_their_zeros():
    connection, plan = made(table(customer_id=[f"{n:05d}" for n in range(ROWS)]))
    assert [row["customer_id"] for row in result(connection, plan)] == [f"{n:05d}" for n in range(ROWS)]


FULL = table(**{"Letzter Kauf": DAYS, "Ort": CITIES, "x": NUMBERS, "y": SKEWED, "Region": every(7, "1", "2", "3")})


def uses(plan):
    return {name: (use, why) for name, (use, why) in decided(plan).items()}, plan.features, plan.value, plan.cutoff


def test_the_order_of_rows_and_columns_changes_no_decision():
    order = random.Random(1).sample(range(ROWS), ROWS)
    shuffled = {name: [cells[n] for n in order] for name, cells in reversed(FULL.items())}
    (first, second) = (uses(made(columns)[1]) for columns in (FULL, shuffled))
    assert first == second


@pytest.mark.parametrize("name", ["Umsatz", "Alter", "x"])
def test_another_unit_changes_no_decision(name):
    def scaled(cell):
        return f"{float(cell.replace(',', '.')) * 1000:.1f}"

    larger = {**FULL, name: list(map(scaled, FULL[name]))}
    (before, *rest), (after, *others) = uses(made(FULL)[1]), uses(made(larger)[1])
    assert {key: use for key, (use, _) in before.items()} == {key: use for key, (use, _) in after.items()}
    assert rest == others


def test_a_table_in_which_nothing_tells_customers_apart_is_refused():
    with pytest.raises(InputFault, match=r"no column of numbers or dates tells the 120 rows apart: 'Ort'"):
        made({"customer_id": IDS, "Ort": CITIES})


def test_segments_have_names_for_who_is_worth_most_and_who_hardly_comes():
    _, plan = made(table(Bestellungen=[str(DRAW.randint(1, 40)) for _ in IDS]))
    assert [(rule.name, dict(rule.when)) for rule in plan.names] == [
        ("High-Value", {"Umsatz": "high"}),
        ("Low-Engagement", {"Bestellungen": "low"}),
        ("Active Customers", {"Bestellungen": "high"}),
    ]
    assert not [rule.action for rule in plan.names if "low cost" in rule.action]  # who hardly come may bring much
