"""Files of real users and real data sets become customers by adopt alone, or are told in words that help."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from adopt.adopting import adopted, ingested
from project import CUSTOMER_DATA, Project

CASES = CUSTOMER_DATA.parent / "cases"
DOTTED = ["emp.var.rate", "cons.price.idx", "nr.employed"]
RFM = ["recency", "frequency", "monetary"]

with_cases = pytest.mark.skipif(not CASES.exists(), reason=f"{CASES} is absent")


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(tmp_path / "project")


def summed(lines: pd.DataFrame, order: str) -> pd.DataFrame:
    """Recency, frequency and monetary value of lines with customer, day, order and an exact amount."""
    groups = lines.groupby("customer")
    cutoff = lines["day"].max() + timedelta(days=1)
    return pd.DataFrame(
        {
            "recency": [float((cutoff - last).days) for last in groups["day"].max()],
            "frequency": groups[order].nunique().astype(float),
            "monetary": groups["amount"].agg(lambda amounts: float(sum(amounts))),
        }
    )


def online_retail(path) -> pd.DataFrame:
    lines = pd.read_parquet(path).dropna(subset="CustomerID")
    lines = lines[(lines["Quantity"] > 0) & (lines["UnitPrice"] > 0)]
    amount = [
        quantity * Decimal(str(price)) for quantity, price in zip(lines["Quantity"], lines["UnitPrice"], strict=True)
    ]
    customer = lines["CustomerID"].astype(int).astype(str)
    return summed(lines.assign(customer=customer, day=lines["InvoiceDate"].dt.date, amount=amount), "InvoiceNo")


def cdnow(path) -> pd.DataFrame:
    rows = [line.split() for line in path.read_text().splitlines()[1:]]
    lines = [
        (customer, date(int(day[:4]), int(day[4:6]), int(day[6:])), Decimal(amount))
        for customer, day, _, amount in rows
    ]
    return summed(pd.DataFrame(lines, columns=["customer", "day", "amount"]), "day")


@pytest.mark.parametrize(
    ("file", "read", "customers"),
    [
        ("online_retail/online_retail.parquet", online_retail, 4_338),
        ("cdnow/CDNOW_master.txt", cdnow, 23_570),
    ],
)
def test_orders_of_real_data_become_customers_with_every_number_right(project, real, file, read, customers):
    adoption = adopted(project, real(file), "adopt.name=mine")
    table, expected = ingested(project, adoption), read(real(file))
    assert list(adoption.dataset.features) == RFM and len(expected) == customers
    pd.testing.assert_frame_equal(
        table[RFM].astype(float).sort_index(), expected.sort_index(), check_exact=True, check_names=False
    )


def test_wholesale_customers_are_numbered_and_their_codes_described(project, real):
    path = real("wholesale_customers/Wholesale customers data.csv")
    adoption = adopted(project, path)
    table, expected = ingested(project, adoption), pd.read_csv(path)
    assert list(table.index) == [str(row) for row in range(1, 441)] or list(table.index) == list(range(1, 441))
    assert set(adoption.dataset.profile) == {"Channel", "Region"}
    features = list(adoption.dataset.features)
    assert len(features) >= 5 and set(features) <= set(expected.columns[2:])
    for name in features:
        assert table[name].tolist() == expected[name].tolist()


def amounts(cells: pd.Series) -> list[float]:
    """The numbers of money's unambiguous files, by the marks that each is known to have."""
    marks = {ord(mark): None for mark in "\u00a0\u202f €$"} | {ord("\u2212"): "-"}
    texts = [cell.translate(marks) for cell in cells]
    if any(re.search(r",\d\d$", text) for text in texts):
        return [float(Decimal(text.replace(".", "").replace(",", "."))) for text in texts]
    return [float(Decimal(text.replace(",", ""))) for text in texts]


@with_cases
@pytest.mark.parametrize("name", ["us", "euro", "nbsp"])
def test_amounts_with_marks_and_currencies_are_read_rightly(project, name):
    path = CASES / f"money/{name}.csv"
    adoption = adopted(project, path)
    table, file = ingested(project, adoption), pd.read_csv(path, dtype=str).set_index("customer_id")
    assert table["monetary"].loc[file.index].tolist() == amounts(file["monetary"])


@with_cases
@pytest.mark.parametrize(
    ("name", "readings"), [("thousand", r"9,?569.*9\.569|9\.569.*9,?569"), ("dotthousand", r"1234.*1[.,]234")]
)
def test_an_amount_that_can_be_read_in_two_ways_is_left_out_and_both_are_told(project, name, readings):
    adoption = adopted(project, CASES / f"money/{name}.csv")
    table = ingested(project, adoption)
    assert "monetary" not in table and "monetary" not in adoption.dataset.features
    assert "adopt.decimal" in adoption.said
    assert re.search(readings, adoption.said), adoption.done.stdout


# A case: its file, its columns that are features, and those that describe.
READ = {
    "Excel's sep line": ("excel-sep/sep.csv", DOTTED, []),
    "Excel's sep line behind a byte order mark": ("excel-sep/sep_bom.csv", DOTTED, []),
    "UTF-16": ("excel-sep/utf16.csv", DOTTED, []),
    "the file's own region": ("path-columns/region=all/customers.csv", RFM, ["region"]),
    "the file's own monetary": ("path-columns/monetary=0/customers.csv", RFM, []),
    "the file's own frequency": ("path-columns/frequency=3/customers.parquet", RFM, ["region"]),
    "a folder of Spark": ("spark-folder/customers", RFM, ["region"]),
    "a folder of numbered stores": ("spark-folder/stores", RFM, ["store"]),
}


def plain(path) -> pd.DataFrame:
    """The cells of a case by pandas alone; columns in the names of a folder's folders are text."""
    if path.is_dir():
        parts = [(part, *part.parent.name.split("=")) for part in sorted(path.rglob("*.parquet"))]
        return pd.concat(
            pd.read_parquet(part, partitioning=None).assign(**{name: value}) for part, name, value in parts
        )
    if path.suffix == ".parquet":
        return pd.read_parquet(path, partitioning=None)
    saved = {"utf16": ("utf-16", "\t"), "sep": ("utf-8", ";"), "sep_bom": ("utf-8-sig", ";")}
    encoding, delimiter = saved.get(path.stem, ("utf-8", ","))
    return pd.read_csv(path, encoding=encoding, sep=delimiter, skiprows=int(path.stem in ("sep", "sep_bom")))


@with_cases
@pytest.mark.parametrize(("file", "features", "profile"), READ.values(), ids=READ)
def test_a_case_is_read_with_its_own_cells(project, file, features, profile):
    adoption = adopted(project, CASES / file)
    table, expected = ingested(project, adoption), plain(CASES / file).set_index("customer_id")
    assert set(adoption.dataset.features) <= set(features) and set(adoption.dataset.profile or ()) == set(profile)
    for name in (*features, *profile):
        if name in table:
            assert table[name].loc[expected.index].tolist() == expected[name].tolist(), name
        else:
            assert re.search(rf"{re.escape(name)} .{{,60}} left out: it tells the same as", adoption.said), name


@with_cases
@pytest.mark.parametrize(("name", "cell"), [("customers", r"2\.02253E\+11"), ("mixed", r"2\.02254E\+11")])
def test_ids_that_a_spreadsheet_cut_are_refused(project, name, cell):
    done = adopted(project, CASES / f"scientific-ids/{name}.csv").done
    assert done.returncode == 3 and done.stderr.count("\n") == 1, done.stderr
    assert re.search(cell, done.stderr) and re.search("text|digits", done.stderr)
