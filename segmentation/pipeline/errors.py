"""The kinds of fault that end a step, each with its exit code."""

from collections.abc import Iterable
from difflib import get_close_matches


class Fault(Exception):
    """A fault that ends a step: its text is one sentence of what, where, what was expected and what to do."""

    code = 70


class ConfigurationFault(Fault):
    """A setting that is unknown, missing, of the wrong type or out of range."""

    code = 2


class InputFault(Fault):
    """Customers' data that cannot be used as they are."""

    code = 3


class ColumnFault(InputFault):
    """A column of the customers that is missing, or holds text where numbers were expected."""


class IntermediateFault(Fault):
    """A file of an earlier step that is missing or corrupt."""

    code = 4


def stale(file: object, *sources: object) -> IntermediateFault:
    """The fault of a file that its step would write differently from the files `sources` as they are now."""
    named = " and ".join(map(str, sources))
    return IntermediateFault(f"{file} does not follow from {named}, as after a step that ran alone: run `dvc repro`")


class EnvironmentFault(Fault):
    """A machine that cannot do the work: disk, permission, a database, or another run that is writing."""

    code = 5


# The types of settings, by their names in YAML too, in the words of a person who writes them.
IN_WORDS = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "a text"}


def suggestion(word: str, allowed: Iterable[str]) -> str:
    """The allowed words as a clause of a message, with the one that looks most like `word` first."""
    allowed = sorted(map(str, allowed))
    close = get_close_matches(str(word), allowed, n=1)
    listed = f"there are: {', '.join(allowed) or 'none'}"
    return f"did you mean '{close[0]}'? {listed}" if close else listed
