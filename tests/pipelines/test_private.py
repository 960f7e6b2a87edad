"""What the steps publish, held against the customers' table: no record in it is a customer's."""

import json
import re
from collections import Counter
from itertools import zip_longest

import numpy as np
import pandas as pd
from bs4 import BeautifulSoup
from project import Project, small

from segmentation.features.space import FeatureSpace
from segmentation.pipeline import parts
from segmentation.segments import components, customer_map

LEAST = 10
NUMBER = re.compile(r"-?\d[\d,]*\.?\d*(?:e[+-]?\d+)?")


def by_column(node):
    """Yields the values by column of each record in JSON: {column: value}, or one key of {column: {key: value}}."""
    if isinstance(node, dict):
        yield node
        inner = {name: value for name, value in node.items() if isinstance(value, dict)}
        for key in dict.fromkeys(key for value in inner.values() for key in value):
            yield {name: value.get(key) for name, value in inner.items()}
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from by_column(child)


def in_json(text, columns):
    for record in by_column(json.loads(text)):
        numbers = {name: record.get(name) for name in columns}
        yield {name: repr(value) for name, value in numbers.items() if type(value) in (int, float)}


def in_csv(text, columns):
    """The statistics of each row, a record per kind; and where a row is of one column, the rows of one segment."""
    table = pd.read_csv(pd.io.common.StringIO(text), dtype=str)
    if {"column", "segment"} <= set(table):
        for key in set(table) - {"column", "segment"}:
            wide = table.pivot(index="segment", columns="column", values=key)
            yield from wide.to_dict("records")
        return
    kinds = {header.removeprefix(f"{name}_") for name in columns for header in table if header.startswith(f"{name}_")}
    for kind in kinds:
        for row in table.to_dict("records"):
            yield {name: row.get(f"{name}_{kind}") for name in columns}


def in_html(text, labels):
    """A record per row of a table and place within its cells, one per column of a table, and those in sentences."""
    page = BeautifulSoup(text, "html.parser")
    for script in page.find_all("script", type="application/json"):
        yield from in_json(script.string, labels.values())
    names = {label: name for name, label in labels.items()}
    for table in page.find_all("table"):
        cells = [
            [cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")
        ]
        for lines in (cells, list(zip_longest(*cells, fillvalue=""))):
            head = [names.get(re.sub(r" \(.*\)$", "", cell)) for cell in lines[0]]
            for line in lines[1:]:
                found = {name: NUMBER.findall(cell) for name, cell in zip(head, line, strict=False) if name}
                for place in range(max(map(len, found.values()), default=0)):
                    yield {name: numbers[place] for name, numbers in found.items() if place < len(numbers)}
    for paragraph in page.find_all(["p", "li", "pre"]):
        words = paragraph.get_text(" ", strip=True)
        found = {name: re.search(rf"\b{re.escape(label)} ({NUMBER.pattern})", words) for name, label in labels.items()}
        yield {name: match.group(1) for name, match in found.items() if match}


def in_notebook(text, labels):
    for cell in json.loads(text)["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            yield from in_html(
                "".join(data.get("text/html", "")) + f"<pre>{''.join(output.get('text', ''))}</pre>", labels
            )


def records(file, columns, labels):
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".csv":
        return in_csv(text, [*columns, *labels.values()])
    readers = {".json": (in_json, columns), ".html": (in_html, labels), ".ipynb": (in_notebook, labels)}
    reader, names = readers[file.suffix]
    return reader(text, names)


def digits(published):
    """The significant digits of a number as it is published."""
    return len(re.sub(r"\D", "", re.sub(r"\.0*$|e.*", "", published)).lstrip("0"))


def matches(record, table):
    """The rows that a record gives away: equal to it in two features, or rounded as it is in all of them.

    That many a customer is 48 years old, or has two orders, gives nobody away: one of the two has four digits or more,
    and few customers share it. Rounded to fewer than eight digits together, a record is like somebody's by chance.
    """
    published = {name: text for name, text in record.items() if text and NUMBER.fullmatch(str(text))}
    if len(published) < 2:
        return []
    exact, telling, alike = [], [], []
    for name, text in published.items():
        values, number = table[name].to_numpy(), float(text.replace(",", ""))
        equal = values == number
        exact.append(equal)
        telling.append(equal if digits(text) >= 4 and equal.sum() < LEAST else np.zeros(len(equal), dtype=bool))
        alike.append(np.round(values, len(text.partition(".")[2])) == number)
    two = (np.sum(exact, axis=0) >= 2) & np.any(telling, axis=0)
    whole = len(published) == table.shape[1] and sum(map(digits, published.values())) >= 8
    return np.flatnonzero(two | (np.all(alike, axis=0) & whole)).tolist()


def given_away(folder):
    """How many records in the files of reports/ give a customer away, by file."""
    table = pd.read_parquet(folder / "data/customers")
    described = json.loads((folder / "reports/segments.json").read_text())
    space = json.loads((folder / "data/feature_space.json").read_text())["features"]
    features = [feature["name"] for feature in space]
    table = table[features].astype(float)
    labels = {name: described["labels"][name] for name in features}
    counts, seen = Counter(), 0
    for file in sorted((folder / "reports").glob("*.*")):
        if not file.name.startswith(".") and file.name != "map.csv":
            for record in records(file, features, labels):
                by_name = {name: record.get(name, record.get(label)) for name, label in labels.items()}
                seen += len([value for value in by_name.values() if value]) > 1
                counts[file.name] += bool(matches(by_name, table))
    assert seen > 100
    return {name: count for name, count in counts.items() if count}


def on_the_map(folder):
    """How many points of the map lie where a customer does, to the decimals that the map has."""
    space = FeatureSpace.from_json(json.loads((folder / "data/feature_space.json").read_text())["features"])
    X = np.concatenate(
        [
            parts.matrix(parts.read(file, space.names), space.names)
            for file in parts.paths(str(folder / "data/features"))
        ]
    )
    step = parts.sampling_step(len(X), customer_map.CUSTOMERS)
    places = pd.DataFrame(components.leading(X[::step]).project(X), columns=["x", "y"])
    text = pd.read_csv(folder / "reports/map.csv", dtype=str)
    decimals = text[["x", "y"]].map(lambda cell: len(cell.partition(".")[2])).to_numpy().max()
    shared = places.round(decimals).value_counts()
    lonely = shared[shared < LEAST].index
    points = pd.MultiIndex.from_frame(text[["x", "y"]].astype(float))
    return int(points.isin(lonely).sum())


def test_nothing_published_of_synthetic_customers_is_a_customers_record(ran):
    assert given_away(ran.project.folder) == {}
    assert on_the_map(ran.project.folder) == 0


def test_nothing_published_of_real_customers_is_a_customers_record(project):
    project.steps("dataset=online_retail", upto="walkthrough")
    assert given_away(project.folder) == {}
    assert on_the_map(project.folder) == 0


def with_few_apart(folder):
    """Three groups, four customers apart, a column that few have, a word that one has, and the file of the data set."""
    draws = np.random.default_rng(0)
    group = np.arange(600) % 7 % 3
    table = pd.DataFrame({"spending": draws.lognormal(np.array([3.0, 5, 7])[group], 0.3).round(2)})
    table["purchase_frequency"] = np.maximum(0, draws.normal(np.array([30, 5, 15])[group], 2)).round(1)
    table["age"] = draws.normal(np.array([25.0, 70, 45])[group], 3).round(1)
    table.loc[:3, ["spending", "purchase_frequency", "age"]] = [
        [9e6, 150.5, 80.1],
        [9.2e6, 152, 83],
        [9.5e6, 149, 82],
        [8e6, 151, 85],
    ]
    table["rare"] = np.where(np.arange(600) % 100 == 5, 123.45, np.nan)
    table["city"] = np.where(np.arange(600) == 9, "Hidden-on-Sea", draws.choice(["Bonn", "Ulm"], 600))
    table.to_csv(folder / "data/raw/customers.csv", index_label="customer_id")


def test_of_a_segment_of_four_no_file_tells_more_than_its_size(tmp_path):
    project = small(Project(tmp_path / "project"))
    with_few_apart(project.folder)
    project.replace("conf/dataset/csv.yaml", "profile: {}", "profile: {city: {}, rare: {}}")
    project.steps("dataset=csv", "cluster.k=4", "elbow.k_max=5", upto="walkthrough")
    segments = project.json("reports/segments.json")["segments"]
    assert {(segment["size"], segment["withheld"]) for segment in segments} >= {(4, True)}
    assert given_away(project.folder) == {} and on_the_map(project.folder) == 0
    published = {file.name: file.read_text() for file in (project.folder / "reports").glob("*.[chji]*")}
    for name, text in published.items():
        for own in ("9000000", "8925000", "8,925,000", "123.45", "Hidden-on-Sea", "150.5", "150.625"):
            assert own not in text, (name, own)
    assert "they would tell of fewer than 10 customers" in published["report.html"]
