"""A session with a database by ADBC: its address stays in an environment variable, its faults hold no secret."""

import importlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pyarrow as pa

from segmentation.pipeline.errors import ConfigurationFault, EnvironmentFault, Fault, InputFault

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection

SCHEMES = {"postgresql": "postgresql", "postgres": "postgresql", "sqlite": "sqlite", "file": "sqlite"}
FORBIDDEN = "42501"  # a right that is lacking
SHORT = 4  # letters of a password
CONNECT_SECONDS = "10"  # libpq would wait for minutes on a host that swallows what it is sent
# Classes of SQLSTATE, and ADBC's own states, in which the database could not: connection, password, locks, room.
SQLSTATES = ("08", "28", "3D", "40", "53", "55", "57", "58", "XX")
STATUSES = ("IO", "TIMEOUT", "CANCELLED", "UNAUTHENTICATED", "UNKNOWN")
SQLITE = re.compile(r"database is locked|readonly database|disk is full|disk I/O error")  # which tells no state


def address_in(name: str) -> str:
    """The address of a database that an environment variable holds; raises EnvironmentFault where it is not set."""
    if not (uri := os.environ.get(name)):
        raise EnvironmentFault(
            f"the environment variable {name}, which holds the connection to the database, is not set: "
            f"export {name}=postgresql://USER:PASSWORD@HOST/DATABASE"
        )
    return uri


@contextmanager
def connected(name: str, driver: str) -> Iterator["Connection"]:
    """Yields a session of the database whose address the environment variable `name` holds; closing it undoes."""
    kind, address = _kind_of(address_in(name), driver, name)
    os.environ.setdefault("PGCONNECT_TIMEOUT", CONNECT_SECONDS)
    try:
        database = _connect(kind, address)
    except Fault:
        raise
    except Exception as error:
        reason = re.sub(r'"[^"]*"', "***", _reason(error, name))  # libpq quotes pieces of the address
        raise EnvironmentFault(
            f"the database of ${name} cannot be reached ({reason}): check user, password, host, port and database in "
            "the variable (signs such as @ or / in a password as %40, %2F), and that the server runs"
        ) from None
    with database:
        yield database


def _kind_of(uri: str, driver: str, name: str) -> tuple[str, str]:
    """The driver, without `adbc_driver_` before it, and the address as that driver takes it."""
    scheme, colon, rest = uri.partition(":")
    scheme = scheme if colon and re.fullmatch(r"[a-z][a-z0-9+.]*", scheme) else ""
    kind = driver.replace("-", "_").removeprefix("adbc_driver_") or SCHEMES.get(
        scheme, "" if "://" in uri else "sqlite"
    )
    if not kind:
        raise ConfigurationFault(
            f"no driver is named, and the scheme of ${name}, {scheme or 'none'}, is none of {', '.join(SCHEMES)}: "
            "name the ADBC driver under `driver`, such as snowflake"
        )
    if kind != "sqlite":
        return kind, uri
    path = re.sub(r"^//", "", rest) if scheme in ("sqlite", "file") else uri
    if not Path(unquote(path.partition("?")[0]) if scheme == "file" else path).is_file():  # else it would be made
        raise EnvironmentFault(f"${name} names no file of SQLite that is there: check its path, or write SCHEME://...")
    return kind, path if scheme == "sqlite" else uri


def _connect(kind: str, address: str) -> "Connection":
    package = f"adbc_driver_{kind}"
    missing = EnvironmentFault(
        f"the ADBC driver {kind} is not installed: `pip install {package.replace('_', '-')}`, or see "
        "https://arrow.apache.org/adbc for others"
    )
    try:
        return importlib.import_module(f"{package}.dbapi").connect(address)
    except ModuleNotFoundError:
        pass  # drivers that are no Python package are found by their manifest or library
    try:
        from adbc_driver_manager import ProgrammingError, dbapi
    except ModuleNotFoundError:
        raise missing from None
    try:
        return dbapi.connect(kind, address)
    except ProgrammingError as error:
        if "Could not load" in str(error):
            raise missing from None
        raise


@contextmanager
def faults(name: str, what: str) -> Iterator[None]:
    """Turns what a driver raises into one sentence; without the cause, since a traceback would print its text."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, OSError | pa.ArrowException) and not hasattr(error, "status_code"):
            raise
        reason = _reason(error, name)
        if unable(error):
            raise EnvironmentFault(
                f"the database of ${name} broke off ({reason}): nothing was changed; run it again when it answers"
            ) from None
        if getattr(error, "sqlstate", None) == FORBIDDEN:
            raise EnvironmentFault(f"{what} of ${name}: {reason}; ask for that right, or use another user") from None
        raise InputFault(f"{what} of ${name}: {reason}") from None


def unable(error: Exception) -> bool:
    """Whether the database could not go on, rather than would not."""
    if state := getattr(error, "sqlstate", None):
        return state.startswith(SQLSTATES)
    status, text = getattr(error, "status_code", None), str(error)
    if "ReadRecord failed" in text:
        return False  # PostgreSQL's driver meets a type that it does not know
    return status is None or status.name in STATUSES or bool(SQLITE.search(text))


def _reason(error: Exception, name: str) -> str:
    """The driver's own sentence, without what must not be seen: the address of the database, and secrets in it."""
    details = dict(getattr(error, "details", None) or [])
    text = (details.get(b"PG_DIAG_MESSAGE_PRIMARY") or details.get("PG_DIAG_MESSAGE_PRIMARY") or b"").decode()
    if not text:
        text = re.sub(r"^([A-Z_]+: )?(\[[^\]]*\] )?(Failed to [^:']*('.*?')?: )?", "", str(error), flags=re.DOTALL)
    text = (text.strip().splitlines() or [type(error).__name__])[0].rstrip(". ")
    uri = os.environ.get(name, "")
    for secret in _secrets(uri):
        edge = r"\b" if len(secret) < SHORT else ""  # a letter would be found in every word
        text = re.sub(f"{edge}{re.escape(secret)}{edge}", f"${name}" if secret == uri else "***", text)
    return text


def _secrets(uri: str) -> list[str]:
    """What a message must not hold: the address, user and password before its host, and values of keys as password=."""
    before = (uri.partition("://")[2] or uri).rpartition("@")[0]
    values = re.findall(r"(?i)(?:pass|pwd|secret|token|key)\w*\s*=\s*'?([^&;\s']+)", uri)
    found = {uri, *values, *([before, before.partition(":")[2]] if ":" in before else [])}
    spelt = {text for secret in found for text in (secret, unquote(secret)) if text}
    return sorted(spelt, key=len, reverse=True)
