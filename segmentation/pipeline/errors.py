"""The kinds of fault that end a step, each with its exit code."""

from collections.abc import Iterable
from difflib import get_close_matches


class Fault(Exception):
    """What ends a step: its text is one sentence of what, where, what was expected and what to do."""

    code = 70


class ConfigurationFault(Fault):
    """A setting that is unknown, missing, of the wrong type or out of range."""

    code = 2


class InputFault(Fault):
    """Customers' data that cannot be used as they are."""

    code = 3


class ColumnFault(InputFault):
    """A column of the customers that is not there, or holds text where numbers were expected."""


class IntermediateFault(Fault):
    """A file of an earlier step that is missing or corrupt."""

    code = 4


def stale(file: object, *others: object) -> IntermediateFault:
    """The fault of a file that is not what its step makes of others."""
    return IntermediateFault(
        f"{file} does not follow from {' and '.join(map(str, others))}, as after a step that ran alone: run `dvc repro`"
    )


class EnvironmentFault(Fault):
    """The machine: disk, permission, or another run that is writing."""

    code = 5


def nearest(given: str, allowed: Iterable[str]) -> str:
    """Lists the allowed words, with the one that looks most like the one given first."""
    allowed = sorted(map(str, allowed))
    close = get_close_matches(str(given), allowed, n=1)
    there = f"there are: {', '.join(allowed) or 'none'}"
    return f"did you mean '{close[0]}'? {there}" if close else there
