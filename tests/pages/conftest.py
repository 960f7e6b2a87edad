"""Pages of a small run and of hostile names, opened in a real browser."""

import csv
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from names import HOSTILE, RUN
from project import Project, small

UNITS = {"الطلبات 24": "ريال", "הזמנות": "ימים 7", "売上高": "円"}
WORDS = [HOSTILE[3], *HOSTILE[-2:]]
STEPS = ("ingest", "elbow", "cluster", "segments", "sweep", "stability", "report")


@pytest.fixture(scope="module")
def open_page(chromium):
    """Opens a page; `faults` keeps what its console says, `asked` what it asks for."""
    contexts = []

    def opened(file, width=1280, scheme="light", address="", **settings):
        context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, **settings)
        contexts.append(context)
        page = context.new_page()
        page.faults, page.asked = [], []
        page.on("console", lambda message: page.faults.append(message.text))
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("dialog", lambda dialog: page.faults.append(dialog.message))
        page.goto(file.as_uri() + address)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def reports(ran):
    """The page of a small run, and what the steps wrote for it."""
    folder = ran.project.folder / "reports"
    return SimpleNamespace(
        page=folder / "report.html", **{name: ran.project.json(f"reports/{name}.json") for name in STEPS}
    )


@pytest.fixture(scope="session")
def hostile(shared):
    """A run whose columns, units, words and segments have names that would break or run."""

    def make(folder):
        project = small(Project(folder))
        generator, rows = np.random.default_rng(0), 300
        group = np.arange(rows) % 3
        with (folder / "data/raw/customers.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["customer_id", *HOSTILE, "words"])
            for row in range(rows):
                values = generator.normal(10 * (1 + group[row]), 1, len(HOSTILE)).round(3)
                writer.writerow([row, *values, WORDS[group[row]]])
        settings = yaml.safe_load((folder / "conf/dataset/csv.yaml").read_text())
        settings |= {
            "features": {name: {"unit": UNITS.get(name, name)} for name in HOSTILE[:8]},
            "profile": {**{name: {"unit": RUN} for name in HOSTILE[8:]}, "words": {}},
            "value": HOSTILE[4],
            "names": [{"name": RUN, "when": {HOSTILE[0]: "high"}}, {"name": "y" * 300, "when": {HOSTILE[0]: "low"}}],
        }
        text = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True, width=1000)
        (folder / "conf/dataset/csv.yaml").write_text(f"# @package data\n{text}")
        project.replace("params.yaml", "title: Customer segments", f"title: {json.dumps(RUN)}")
        project.replace("params.yaml", "dataset: synthetic", "dataset: csv").steps(upto="report")

    return Project.at(shared("hostile", make))


@pytest.fixture(scope="session")
def doubted(shared):
    """A run that calls for doubts: heavy tails, columns that say the same, another rule, and K by hand."""

    def make(folder):
        project = small(Project(folder))
        generator, rows = np.random.default_rng(0), 300
        spending = generator.lognormal(5, 1.5, rows)
        columns = {
            "spending": spending,
            "orders": spending * generator.uniform(0.9, 1.1, rows),
            "age": generator.normal(40, 9, rows),
        }
        pd.DataFrame(columns).to_csv(folder / "data/raw/customers.csv", index_label="customer_id")
        settings = yaml.safe_load((folder / "conf/dataset/csv.yaml").read_text())
        settings |= {"features": {name: {} for name in columns}, "profile": {}, "value": "spending", "names": []}
        (folder / "conf/dataset/csv.yaml").write_text(f"# @package data\n{yaml.safe_dump(settings, sort_keys=False)}")
        project.steps("dataset=csv", "elbow.rule=gap", "cluster.k=6", upto="report")

    return Project.at(shared("doubted", make))
