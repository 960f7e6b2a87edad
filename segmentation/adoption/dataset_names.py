"""Names of data sets: what a new one is called, which names are free, and the file of each."""

import os
import re
import unicodedata
from pathlib import Path

import yaml

from segmentation.pipeline import settings
from segmentation.pipeline.errors import ConfigurationFault, InputFault
from segmentation.sources import database

FOLDER = Path("conf/dataset")
SUFFIXES = r"\.(csv|tsv|txt|xlsx|parquet|json|jsonl|ndjson)?(\.gz)?$"


def of_place(place: str) -> str:
    """The name of a data set that reads a file, a folder, a glob or a table: its own, in small letters."""
    parts = [part for part in re.split(r"[/\\]", place) if re.search(r"\w", part)]
    stem = re.sub(SUFFIXES, "", parts[-1], flags=re.IGNORECASE) if parts else ""
    if not re.search(r"[^\W\d_]", re.sub(r"\W+", "", stem)) and len(parts) > 1:  # as *.csv, or 2026.csv
        stem = f"{parts[-2]} {stem}"
    name = "_".join(re.findall(r"[^\W_]+", _in_ascii(stem))).lower()
    return (
        name if re.search(r"[^\W\d_]{2}", name) and name not in ("yes", "no", "on", "off", "null") else f"data_{name}"
    )


def _in_ascii(text: str) -> str:
    """A text in letters that need no quotes on a command line; one of another alphabet stays as it is."""
    for letter, letters in {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"}.items():
        text = text.replace(letter, letters)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return plain if re.search("[A-Za-z]{2}", plain) else text


def file_of(name: str) -> Path:
    """The file of a data set; raises ConfigurationFault for a name that is none."""
    if not re.fullmatch(r"[\w][\w .-]*", name) or name != name.strip():
        raise ConfigurationFault(f"adopt.name is '{name}': letters, digits, `_`, `-`, dots and blanks were expected")
    return FOLDER / f"{name}.yaml"


def free(name: str) -> str:
    """The name, or the first of NAME_2, NAME_3, ... that no data set has."""
    number, candidate = 1, name
    while file_of(candidate).exists():
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def reads(file: Path, place: str) -> bool:
    """Whether the file of a data set reads that file or that table."""
    try:
        source = yaml.safe_load(file.read_text(encoding="utf-8"))["source"]
        table = rf"FROM {re.escape(database.quoted(place))}(?!\.)"
        return place in source.get("files", {}).values() or bool(re.search(table, source.get("query", "")))
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError, AttributeError):
        return False


def write(file: Path, text: str) -> None:
    """Writes a new file whole or not at all; raises FileExistsError where there is one already.

    Raises InputFault where the text, with names of columns as they stand in a person's file, is no file of settings.
    """
    temporary = file.with_name(f".{file.name}.partial")
    temporary.write_text(text, encoding="utf-8")
    try:
        settings.check(temporary, "data")
        os.link(temporary, file)
    except ConfigurationFault as fault:
        what = re.sub(r"^.*?\.partial( line \d+)?:? ", "", str(fault))
        raise InputFault(f"a data set cannot name a column or a cell as the file does: {what}; rename it") from None
    finally:
        temporary.unlink()


def choose(name: str, params: Path) -> None:
    """Sets `dataset` in params.yaml, and leaves all else of it as it is."""
    text = params.read_text(encoding="utf-8")
    chosen = re.sub(r"(?m)^dataset:[^#\n]*?(?=\s*(#|$))", lambda _: f"dataset: {quoted(name)}", text, count=1)
    temporary = params.with_name(f".{params.name}.partial")
    temporary.write_text(chosen, encoding="utf-8")
    temporary.replace(params)


def quoted(name: str) -> str:
    """A name as params.yaml takes it."""
    return name if re.fullmatch(r"[^\W\d]\w*", name) else f'"{name}"'
