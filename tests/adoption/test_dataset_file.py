"""The file of a data set: YAML that all readers read alike, whatever names and cells hold."""

import json
import random
import string
from dataclasses import replace

import pytest
import yaml
from adoption.planted import TABLE, planted
from omegaconf import OmegaConf
from ruamel.yaml import YAML

from segmentation.adoption import customers, dataset_file, survey
from segmentation.adoption.dialects import Dialect
from segmentation.pipeline import settings
from segmentation.pipeline.errors import InputFault

READ = {"kind": ("query", ""), "files": ({"customers": "data/raw/Kunden (1).csv"}, "")}
HOSTILE = [
    *string.punctuation, *(f"{sign}x" for sign in string.punctuation), *(f"x {sign} y" for sign in string.punctuation),
    "a: b", "a #b", "yes", "No", "on", "y", "~", "null", "true", "1", "1.5", "1e3", "010", "0x1F", "0o17", "1_0", ".5",
    "12:30", "2024-01-01", "<<", "=", ".inf", ".nan", "- x", "? x", "a:", ":a", "---", "...", "'", '"', "a'b\"c", "\\n",
    "😀", "Ä", "é", "日本", "a\tb", "two\nlines", "\n", "a \nb", "%YAML", "!!str", "{{x}}", "$x", "a,b", "[x", "]", "",
]  # fmt: skip


def plan(columns):
    connection = planted(columns)
    found = survey.survey(connection, TABLE, "", None)
    return customers.plan(connection, TABLE, found, found[0], 0.2, Dialect())


def named(*names):
    """A plan of columns of numbers of these names, between ids and words."""
    draw = random.Random(1)
    columns = {"id": [f"K{n}" for n in range(30)]}
    columns |= {name: ["n/a", *(f"{draw.random():.2f}".replace(".", ",") for _ in range(29))] for name in names}
    return plan({**columns, "word": ["a", "b", "c"] * 10})


def read(text):
    """The file as each of the readers of the project reads it."""
    assert OmegaConf.to_container(OmegaConf.create(text), resolve=False) == YAML(typ="safe").load(text)
    with settings.read_as_dvc_does():
        assert yaml.safe_load(text) == YAML(typ="safe").load(text)
    return YAML(typ="safe").load(text)


def test_the_statement_of_the_period_is_read_back_letter_by_letter_and_customers_have_none():
    made = named("x")
    assert "period" not in read(dataset_file.text(made, READ, "x.csv"))["source"]
    statement = 'SELECT min("a: #b"), max("a: #b")\nFROM orders\nWHERE "x" < $cutoff'
    assert (
        read(dataset_file.text(replace(made, period=statement), READ, "x.csv"))["source"]["period"] == f"{statement}\n"
    )


def test_names_are_read_back_letter_by_letter_wherever_they_stand():
    names = [*filter(None, dict.fromkeys(HOSTILE))]
    made = named(*names)
    data = read(dataset_file.text(made, READ, "data/raw/x.csv"))
    assert list(data["features"]) == names and list(data["profile"]) == ["word"]
    number = {"kind": "number", "decimal": ",", "missing": ["n/a"]}
    expected = {"id": {"kind": "text"}, **dict.fromkeys(names, number), "word": {"kind": "text"}}
    assert list(data["source"]["columns"]["customers"].items()) == list(expected.items())
    assert data["source"]["query"].rstrip("\n") == made.query


def test_values_of_settings_are_read_back_letter_by_letter():
    made = named("x")
    for value in HOSTILE:
        reading = {**READ, "encoding": (value, "a reason: with # signs"), "files": ({"customers": value}, value)}
        data = read(dataset_file.text(made, reading, value))
        assert data["source"]["encoding"] == value and data["source"]["files"] == {"customers": value}


@pytest.mark.parametrize("end", ["\r", "\x85", "\u2028", "\u2029"])
def test_a_line_end_that_yaml_turns_into_another_is_told(end):
    with pytest.raises(InputFault, match=r"of data/raw/x\.csv holds the line end"):
        dataset_file.text(named(f"a{end}b"), READ, "data/raw/x.csv")


def test_each_decision_stands_there_with_its_reason(tmp_path):
    columns = {"id": [f"K{n}" for n in range(30)], "Umsatz €": [f"{n * n % 17},5" for n in range(30)]}
    columns |= {"Datum": [f"{n % 28 + 1}.03.2025" for n in range(30)], "leer": [""] * 30}
    columns |= {"Ort": ["Ulm", "Bonn"] * 15, "Notiz": [f"note {n}" for n in range(30)]}
    reading = {**READ, "encoding": ("cp1252", "a guess"), "lines_above": (3, "above the header")}
    text = dataset_file.text(plan(columns), reading, "data/raw/Kunden (1).csv")
    for line in (
        "# @package data",
        "# data/raw/Kunden (1).csv: a table of customers, as stages/adopt.py read it. Edit this file as you like.",
        "  files: {customers: data/raw/Kunden (1).csv}",
        "  encoding: cp1252   # a guess",
        "  lines_above: 3   # above the header",
        '      Umsatz €: {kind: number, decimal: ","}',
        "      Datum: {kind: date, order: day first}",
        '    cutoff: "2025-03-29"   # days are counted back from here, the day after the last: move it on',
        '  Umsatz €: {unit: "€"}   # a number by which customers differ',
        "  days since Datum: {unit: days}   # days from it to the cut-off",
        "  Ort: {}",
        "#   leer: it is empty",
        "#   Notiz: nearly each row has another, as in ids, names and notes",
        "value: Umsatz €   # of which each segment's share is told",
        "  - name: High-Value",
        "    when: {Umsatz €: high}",
    ):
        assert line in text.splitlines(), (line, text)
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    settings.check(file, "data")


def test_why_there_is_no_value_stands_above_it():
    text = dataset_file.text(replace(named("x"), why_no_value="'x' is not taken"), READ, "x.csv")
    assert "# 'x' is not taken\nvalue: null   # for the reason above\n" in text


def test_a_database_has_its_query_without_parameters_and_columns():
    reading = {"kind": ("database", ""), "connection": ("SHOP_URL", "")}
    data = read(dataset_file.text(named("x"), reading, "orders"))
    assert data["source"] == {"kind": "database", "connection": "SHOP_URL", "query": data["source"]["query"]}


def test_the_screen_tells_what_is_read_otherwise_than_usual():
    reading = {**READ, "delimiter": (";", ""), "encoding": ("cp1252", "a guess")}
    assert dataset_file.reading(reading) == [f"delimiter: {json.dumps(';')}", "encoding: cp1252   # a guess"]
