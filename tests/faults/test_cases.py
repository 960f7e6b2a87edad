"""Inputs of real users, rebuilt from public reports: read rightly, or refused with words that help."""

import pandas as pd
import pytest
from project import CUSTOMER_DATA, Project

CASES = CUSTOMER_DATA.parent / "cases"
FEATURES = ("recency", "frequency", "monetary")
DOTTED = ("emp.var.rate", "cons.price.idx", "nr.employed")

pytestmark = pytest.mark.skipif(not CASES.exists(), reason=f"{CASES} is absent")


def dataset(files: str, features=FEATURES, profile: str = "{}", delimiter: str = ",") -> str:
    columns = "\n".join(f'  "{name}": {{}}' for name in features)
    return (
        f'# @package data\nid: customer_id\nsource:\n  kind: query\n  files: {{customers: "{files}"}}\n'
        f'  delimiter: "{delimiter}"\n  query: SELECT * FROM customers\n  parameters: {{}}\n'
        f"features:\n{columns}\nprofile: {profile}\nvalue: null\nnames: []\n"
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    project = Project(tmp_path_factory.mktemp("cases") / "project")
    return project.replace("params.yaml", "dataset: synthetic", "dataset: case")


def run(project: Project, text: str) -> "tuple[int, str, pd.DataFrame | None]":
    """Runs ingest and preprocess; returns the exit code, what was said, and the customers where they were read."""
    (project.folder / "conf/dataset/case.yaml").write_text(text)
    for step in ("ingest", "preprocess"):
        done = project.stage(step)
        if done.returncode:
            return done.returncode, done.stderr, None
    return 0, done.stderr, pd.read_parquet(project.folder / "data/customers")


READ = {
    "the file's own region": (dataset("{cases}/path-columns/region=all/customers.csv", profile="{region: {}}"), 120),
    "the file's own monetary": (dataset("{cases}/path-columns/monetary=0/customers.csv"), 120),
    "the file's own frequency": (dataset("{cases}/path-columns/frequency=3/customers.parquet"), 120),
    "Excel's sep line": (dataset("{cases}/excel-sep/sep.csv", DOTTED), None),
    "Excel's sep line behind a byte order mark": (dataset("{cases}/excel-sep/sep_bom.csv", DOTTED), None),
    "a folder of Spark": (dataset("{cases}/spark-folder/customers", profile="{region: {}}"), 300),
    "a folder of numbered stores": (dataset("{cases}/spark-folder/stores", profile="{store: {}}"), None),
}


@pytest.mark.parametrize(("text", "customers"), READ.values(), ids=READ)
def test_a_case_is_read_with_its_own_cells(project, text, customers):
    code, words, table = run(project, text.replace("{cases}", str(CASES)))
    assert code == 0, words
    assert customers in (None, len(table))
    for name in ("region", "store"):
        if name in table:
            assert table[name].nunique() > 1 and not set(table[name]) & {"all", "7", "12"}
    assert all(table[name].nunique() > 1 for name in table.columns)


REFUSED = {
    "UTF-16": ("excel-sep/utf16.csv", 3, ["UTF-16", "UTF-8"]),
    "ids cut by a spreadsheet": ("scientific-ids/customers.csv", 3, ["2.02253E+11", "text"]),
    "one id in ten cut": ("scientific-ids/mixed.csv", 3, ["2.02254E+11", "text"]),
    "thousands that may be decimals": ("money/thousand.csv", 3, ["'9,569'", '"monetary"']),
    "dots that may be decimals": ("money/euro.csv", 3, ["1.234,56 €", '"monetary"']),
    "thousands and decimals": ("money/us.csv", 3, ["'100,000.00'", '"monetary"']),
    "no-break spaces": ("money/nbsp.csv", 3, ['"monetary"']),
}


@pytest.mark.parametrize(("file", "code", "words"), REFUSED.values(), ids=REFUSED)
def test_a_case_is_refused_with_words_that_help(project, file, code, words):
    given, said, _ = run(project, dataset(f"{CASES}/{file}"))
    assert (given, said.count("\n")) == (code, 1), said
    assert all(word in said for word in words), said
