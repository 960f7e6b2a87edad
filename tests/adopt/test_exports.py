"""Thirty exports in the shapes of real products: adopted with every number right, or refused in a sentence."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
import pytest
from adopt.adopting import adopted, ingested
from adopt.exports import EXPORTS
from adopt.exports.export import Export
from project import Project

REFUSED = ("pipedrive_cut", "netsuite_ambiguous")
ON_A_PAGE = ("excel_german", "stripe", "workbook")  # umlauts, orders, several sheets: all have the same page
QUICK = ("elbow.k_max=6", "elbow.n_init=2", "cluster.n_init=2", "stability.resamples=2")


def exported(name: str, folder: Path) -> tuple[Project, Export]:
    """A copy of the project with the export among its raw data."""
    if name == "workbook":
        pytest.importorskip("openpyxl", reason="openpyxl is not installed, which writes the workbook")
    project = Project(folder / "project")
    return project, EXPORTS[name](project.folder / "data/raw")


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def misused(dataset: Mapping, export: Export) -> Iterator[str]:
    """Which columns the data set's file uses otherwise than the export's truth."""
    for kind, expected in {"features": export.features, "profile": export.profile}.items():
        used = set(dataset[kind] or ())
        if expected is not None and used != set(expected):
            yield f"{kind} lack {sorted(set(expected) - used)} and have {sorted(used - set(expected))} on top"
    if export.value not in (None, dataset["value"]):
        yield f"the value is {dataset['value']!r}, not {export.value!r}"


def differences(customers: pd.DataFrame, export: Export) -> Iterator[str]:
    """What the customers are otherwise than in the export's truth."""
    if stray := sorted(set(export.left_out) & set(customers)):
        yield f"{stray} are among the customers"
    if alike := [name for name in customers if customers[name].nunique() < 2]:
        yield f"{alike} are the same for all"
    expected = pd.DataFrame.from_dict(export.customers, orient="index", dtype=object)
    missing, more = expected.index.difference(customers.index), customers.index.difference(expected.index)
    if len(missing) or len(more) or customers.index.has_duplicates:
        yield f"{len(customers)} ids lack {list(missing[:3])} and have {list(more[:3])} on top"
    known = expected.index.intersection(customers.index)
    for name in customers.columns.intersection(expected.columns):
        pairs = zip(known, customers.loc[known, name], expected.loc[known, name], strict=True)
        if wrong := [pair for pair in pairs if not same(*pair[1:])]:
            yield f"{name!r} is wrong for {len(wrong)} customers: (id, given, expected) {wrong[:3]}"


def same(given: object, expected: object) -> bool:
    """Whether a cell is exactly what it should be, or is missing where it should be."""
    if pd.isna(expected) or isinstance(expected, str):
        return given == expected or (pd.isna(given) and pd.isna(expected))
    return not isinstance(given, str) and not pd.isna(given) and float(given) == expected


@pytest.mark.parametrize("name", [name for name in EXPORTS if name not in REFUSED])
def test_an_export_becomes_segments_with_every_number_right(tmp_path, name):
    project, export = exported(name, tmp_path)
    before = contents(project.folder / "data/raw")
    adoption = adopted(project, f"data/raw/{export.file}")
    customers, said = ingested(project, adoption), adoption.said
    wrong = [*misused(adoption.dataset, export), *differences(customers, export)]
    wrong += [f"{words!r} is not said" for words in export.says if not re.search(words, said, re.IGNORECASE)]
    assert not wrong, "\n".join([name, *wrong, adoption.done.stdout, adoption.written.read_text()])
    project.steps(adoption.override, *QUICK, since="preprocess", upto="report" if name in ON_A_PAGE else "analyze")
    project.steps(adoption.override, since="export", upto="export")
    assert contents(project.folder / "data/raw") == before


@pytest.mark.parametrize("name", REFUSED)
def test_an_export_that_cannot_be_read_ends_with_a_sentence_that_says_what_to_do(tmp_path, name):
    project, export = exported(name, tmp_path)
    done = adopted(project, f"data/raw/{export.file}").done
    assert done.returncode == 3, done.stderr
    assert done.stderr.count("\n") == 1 and re.search(export.refused, done.stderr), done.stderr


def test_there_are_thirty_exports_and_at_most_two_end_with_a_sentence():
    assert len(EXPORTS) == 30 and len(REFUSED) <= 2


def test_one_wrong_digit_one_lost_id_and_one_stray_column_are_told(tmp_path):
    export = EXPORTS["hubspot"](tmp_path)
    customers = pd.DataFrame.from_dict(export.customers, orient="index")
    dataset = {"features": dict.fromkeys(export.features[1:]), "profile": dict.fromkeys(export.profile), "value": None}
    assert len(list(misused(dataset, export))) == 2
    assert not list(differences(customers, export))
    for name, row in {"Total Revenue": 0, "Lifecycle Stage": 7}.items():
        wrong = customers.copy()
        wrong.loc[wrong.index[row], name] = wrong[name].iloc[row] * 2
        assert [words for words in differences(wrong, export) if f"'{name}' is wrong for 1" in words]
    assert "ids lack" in " ".join(differences(customers.iloc[1:], export))
    assert "['Message'] are among" in " ".join(differences(customers.assign(Message=""), export))


@pytest.mark.parametrize("name", ["hubspot", "shopify", "spark"])
def test_an_export_has_the_same_bytes_and_the_same_truth_again(tmp_path, name):
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    first, second = (EXPORTS[name](folder) for folder in folders)
    assert first == second
    one, two = ({path.relative_to(folder): text for path, text in contents(folder).items()} for folder in folders)
    assert one == two
