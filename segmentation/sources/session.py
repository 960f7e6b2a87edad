"""A session with a database by ADBC: its address comes from an environment variable, its faults show no secret."""

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

# What keeps a query from writing and from the machine's files, by the name of the database; SQLite's is its address.
CONFINED = {
    "PostgreSQL": ["SET TRANSACTION READ ONLY"],
    "duckdb": ["SET enable_external_access = false", "SET lock_configuration = true"],
}
SCHEMES = {"postgresql": "postgresql", "postgres": "postgresql", "sqlite": "sqlite", "file": "sqlite"}
FILES = {"sqlite": "SQLite", "duckdb": "DuckDB"}  # drivers of databases that are a file each
NO_PERMISSION = "42501"  # the SQLSTATE of a user who lacks a right
WRITES = ("25001", "25006")  # the SQLSTATEs of what sets or writes something in a transaction that may only read
NOT_ALLOWED = re.compile(r"not authorized|disabled by configuration|has been locked")  # SQLite's and DuckDB's words
SHORT_SECRET = 4  # letters: a shorter secret is hidden only as a whole word, since its letters stand in many words
CONNECT_SECONDS = "10"  # libpq would wait for minutes for a host that never answers
# Errors of the database, not of the query: the connection, the password, locks, memory and disk.
OUTAGE_SQLSTATES = ("08", "28", "3D", "40", "53", "55", "57", "58", "XX")  # classes, the first two characters
OUTAGE_STATUSES = ("IO", "TIMEOUT", "CANCELLED", "UNAUTHENTICATED", "UNKNOWN")  # ADBC's, where there is no SQLSTATE
OUTAGE_TEXTS = re.compile(r"database is locked|readonly database|disk is full|disk I/O error")  # SQLite's


def read_address(name: str) -> str:
    """The address of a database in the environment variable `name`; raises EnvironmentFault where it is not set."""
    if not (uri := os.environ.get(name)):
        raise EnvironmentFault(
            f"the environment variable {name}, which holds the connection to the database, is not set: "
            f"export {name}=postgresql://USER:PASSWORD@HOST/DATABASE"
        )
    return uri


def kind(name: str, driver: str) -> str:
    """The ADBC driver of the database whose address is in the environment variable `name`, such as `postgresql`."""
    return _driver_and_address(read_address(name), driver, name, read_only=True)[0]


@contextmanager
def open_session(name: str, driver: str, read_only: bool = False) -> Iterator["Connection"]:
    """Yields a session with the database whose address is in the environment variable `name`.

    Changes that were not committed are undone at the end; a session with PostgreSQL, SQLite or DuckDB that is
    `read_only` allows none. Raises EnvironmentFault where the database cannot be reached, ConfigurationFault where
    neither `driver` nor the address names an ADBC driver.
    """
    package, address = _driver_and_address(read_address(name), driver, name, read_only)
    os.environ.setdefault("PGCONNECT_TIMEOUT", CONNECT_SECONDS)
    try:
        database = _connect(package, address)
    except Fault:
        raise
    except Exception as error:
        reason = re.sub(r'"[^"]*"', "***", _reason(error, name))  # libpq quotes pieces of the address
        raise EnvironmentFault(
            f"the database of ${name} cannot be reached ({reason}): check user, password, host, port and database in "
            "the variable (signs such as @ or / in a password as %40, %2F), and that the server runs"
        ) from None
    with database:
        if read_only and (statements := CONFINED.get(vendor(database))):
            with database.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        yield database


def vendor(database: "Connection") -> str:
    """The name of a database, as its driver tells it, such as PostgreSQL."""
    return database.adbc_get_info().get("vendor_name", "")


def _driver_and_address(uri: str, driver: str, name: str, read_only: bool) -> tuple[str, str]:
    """The name of the driver, without the prefix `adbc_driver_`, and the address in the form that this driver takes."""
    scheme, colon, location = uri.partition(":")
    scheme = scheme if colon and re.fullmatch(r"[a-z][a-z0-9+.]*", scheme) else ""
    kind = driver.replace("-", "_").removeprefix("adbc_driver_") or SCHEMES.get(
        scheme, "" if "://" in uri else "sqlite"
    )
    if not kind:
        raise ConfigurationFault(
            f"no driver is named, and the scheme of ${name}, {scheme or 'none'}, is none of {', '.join(SCHEMES)}: "
            "name the ADBC driver under `driver`, such as snowflake"
        )
    if kind not in FILES:
        return kind, uri
    path = re.sub(r"^//", "", location) if scheme in ("sqlite", "file") else uri
    file = unquote(path.partition("?")[0]) if scheme == "file" else path
    if (kind == "sqlite" or read_only) and not Path(file).is_file():  # opening it would create it
        raise EnvironmentFault(
            f"${name} names no file of {FILES[kind]} that is there: check its path, or write SCHEME://..."
        )
    if kind == "sqlite" and read_only:
        return kind, f"{Path(file).resolve().as_uri()}?mode=ro"
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
        pass  # a driver that is no Python package is found by its manifest or its library
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
def database_faults(name: str, failure: str, refused: type[Fault] = InputFault) -> Iterator[None]:
    """Turns an error of a driver into a fault of one sentence, which begins with `failure` where the query is at fault.

    What the database refuses becomes a fault of the kind `refused`, or ConfigurationFault where it lies in what the
    query would do. The fault has no cause, since a traceback would print the text of the cause, which may hold the
    address.
    """
    try:
        yield
    except Exception as error:
        if not isinstance(error, OSError | pa.ArrowException) and not hasattr(error, "status_code"):
            raise
        reason = _reason(error, name)
        if getattr(error, "sqlstate", None) in WRITES or NOT_ALLOWED.search(str(error)):
            raise ConfigurationFault(
                f"{failure} of ${name}: {reason}; a query may read rows and do nothing else"
            ) from None
        if is_outage(error):
            raise EnvironmentFault(
                f"the database of ${name} broke off ({reason}): nothing was changed; run it again when it answers"
            ) from None
        if getattr(error, "sqlstate", None) == NO_PERMISSION:
            raise EnvironmentFault(f"{failure} of ${name}: {reason}; ask for that right, or use another user") from None
        raise refused(f"{failure} of ${name}: {reason}") from None


def is_outage(error: Exception) -> bool:
    """Whether the database failed to answer, rather than refused the query."""
    if state := getattr(error, "sqlstate", None):
        return state.startswith(OUTAGE_SQLSTATES)
    status, text = getattr(error, "status_code", None), str(error)
    if "ReadRecord failed" in text:
        return False  # PostgreSQL's driver met a type that it does not know
    return status is None or status.name in OUTAGE_STATUSES or bool(OUTAGE_TEXTS.search(text))


def _reason(error: Exception, name: str) -> str:
    """The sentence of the driver, with the address of the database and the secrets in it hidden."""
    details = dict(getattr(error, "details", None) or [])
    text = (details.get(b"PG_DIAG_MESSAGE_PRIMARY") or details.get("PG_DIAG_MESSAGE_PRIMARY") or b"").decode()
    if not text:
        text = re.sub(r"^([A-Z_]+: )?(\[[^\]]*\] )?(Failed to [^:']*('.*?')?: )?", "", str(error), flags=re.DOTALL)
    text = (text.strip().splitlines() or [type(error).__name__])[0].rstrip(". ")
    uri = os.environ.get(name, "")
    for secret in _secrets(uri):
        edge = r"\b" if len(secret) < SHORT_SECRET else ""
        text = re.sub(f"{edge}{re.escape(secret)}{edge}", f"${name}" if secret == uri else "***", text)
    return text


def _secrets(uri: str) -> list[str]:
    """The texts that no message may show, the longest first.

    These are the address, user:password before its host, the password alone, and the values of keys such as password=,
    each as it is written and with %40 and the like decoded.
    """
    credentials = (uri.partition("://")[2] or uri).rpartition("@")[0]
    secrets = {uri, *re.findall(r"(?i)(?:pass|pwd|secret|token|key)\w*\s*=\s*'?([^&;\s']+)", uri)}
    if ":" in credentials:
        secrets |= {credentials, credentials.partition(":")[2]}
    secrets |= {unquote(secret) for secret in secrets}
    return sorted(secrets - {""}, key=len, reverse=True)
