"""A session with a database: which driver takes which address, which errors are outages, and that no secret shows."""

import re
from types import SimpleNamespace

import pytest

from segmentation.pipeline.errors import ConfigurationFault, EnvironmentFault, InputFault
from segmentation.sources import session

NAME = "WAREHOUSE_URL"


def test_an_address_that_is_not_set_is_asked_for(monkeypatch):
    monkeypatch.delenv(NAME, raising=False)
    with pytest.raises(EnvironmentFault, match=f"environment variable {NAME}, .*, is not set: export {NAME}="):
        session.read_address(NAME)


def test_a_driver_that_is_not_installed_is_named(monkeypatch):
    monkeypatch.setenv(NAME, "somebody:s3cret@account/db")
    message = "driver of_nobody is not installed: `pip install adbc-driver-of-nobody`"
    with pytest.raises(EnvironmentFault, match=message), session.open_session(NAME, "of_nobody"):
        pass


def test_a_scheme_without_a_driver_is_refused_without_its_secret(monkeypatch):
    monkeypatch.setenv(NAME, "mysql://somebody:s3cret@host/db")
    message = r"scheme of \$WAREHOUSE_URL, mysql, is none of postgresql"
    with pytest.raises(ConfigurationFault, match=message) as caught, session.open_session(NAME, ""):
        pass
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["sqlite:/nowhere/s3cret.db", "file:/nowhere/s3cret.db?mode=ro", "/nowhere/s3cret.db"]
)
def test_a_file_of_sqlite_that_does_not_exist_is_not_created(address, monkeypatch):
    monkeypatch.setenv(NAME, address)
    message = "names no file of SQLite that is there"
    with pytest.raises(EnvironmentFault, match=message) as caught, session.open_session(NAME, ""):
        pass
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("postgresql://me:pa%40ss@h/db", "no pa@ss and no pa%40ss for me:pa@ss"),
        ("me:pass@account/db", "dsn me:pass@account/db"),
        ("grpc://h?token=t0ken&x=1", "bad t0ken"),
        ("host=h password='pass word' user=me", "bad 'pass word'"),
    ],
)
def test_secrets_of_an_address_are_taken_out_of_what_a_driver_says(uri, message, monkeypatch):
    monkeypatch.setenv(NAME, uri)
    with pytest.raises(EnvironmentFault) as caught, session.database_faults(NAME, "it fails"):
        raise OSError(f"{message} at {uri}")
    assert not re.search("pa@ss|pa%40ss|pass|t0ken", str(caught.value))


def test_a_short_secret_is_hidden_as_a_word_and_not_inside_words(monkeypatch):
    monkeypatch.setenv(NAME, "postgresql://me:at@h/db")
    with pytest.raises(EnvironmentFault) as caught, session.database_faults(NAME, "it fails"):
        raise OSError("the database refuses at")
    assert "the database refuses ***" in str(caught.value)


class DriverError(Exception):
    """An error of an ADBC driver."""

    def __init__(self, text: str, status: str = "INTERNAL", sqlstate: str | None = None) -> None:
        super().__init__(text)
        self.status_code, self.sqlstate = SimpleNamespace(name=status), sqlstate


# A case: the error, and the fault that it becomes.
ERRORS = {
    "the connection": (DriverError("cut", sqlstate="08006"), EnvironmentFault, "broke off .cut.: nothing was changed"),
    "a lock": (DriverError("waited", sqlstate="55P03"), EnvironmentFault, "broke off"),
    "a status": (DriverError("slow", status="TIMEOUT"), EnvironmentFault, "broke off"),
    "a lock of SQLite": (DriverError("database is locked"), EnvironmentFault, "broke off"),
    "a right": (
        DriverError("denied", sqlstate="42501"),
        EnvironmentFault,
        "denied; ask for that right",
    ),
    "the query": (DriverError("no such column", sqlstate="42703"), InputFault, "it fails of .WAREHOUSE_URL: no such"),
    "a type": (DriverError("ReadRecord failed", status="IO"), InputFault, "it fails of"),
}


@pytest.mark.parametrize(("error", "kind", "message"), ERRORS.values(), ids=ERRORS)
def test_an_outage_is_told_from_a_query_that_is_refused(error, kind, message, monkeypatch):
    monkeypatch.setenv(NAME, "postgresql://h/db")
    with pytest.raises(kind, match=message) as caught, session.database_faults(NAME, "it fails"):
        raise error
    assert caught.value.__cause__ is None


def test_an_error_of_another_kind_is_not_the_databases():
    with pytest.raises(ZeroDivisionError), session.database_faults(NAME, "it fails"):
        raise ZeroDivisionError
