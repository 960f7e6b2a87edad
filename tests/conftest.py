"""Projects that have run, real data, a database and a browser, where these are at hand."""

import fcntl
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fsspec import AbstractFileSystem
from moto.server import ThreadedMotoServer
from playwright.sync_api import Browser, sync_playwright
from project import CUSTOMER_DATA, SECRET, Project, small
from s3fs import S3FileSystem
from upath import UPath


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return small(Project(tmp_path / "project"))


@pytest.fixture(scope="session")
def real() -> Callable[[str], Path]:
    """Finds a file of the real data, or skips the test."""

    def find(name: str) -> Path:
        if not (path := CUSTOMER_DATA / name).exists():
            pytest.skip(f"{path} is absent: set CUSTOMER_DATA to the folder of real data")
        return path

    return find


@pytest.fixture(scope="session")
def postgres() -> str:
    """The URL, with a password, of a PostgreSQL server whose tables may come and go, or skips the test."""
    if not (url := os.environ.get("POSTGRES_URL")):
        pytest.skip("there is no PostgreSQL: export POSTGRES_URL=$(.ci/postgres)")
    return url


@pytest.fixture(scope="module")
def store() -> Iterator[AbstractFileSystem]:
    """An object store of this machine; its address and credentials stand in the environment, as a user's would."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        environment.setenv("AWS_ACCESS_KEY_ID", "somebody")
        environment.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        environment.setenv("AWS_MAX_ATTEMPTS", "1")
        yield UPath("s3://bucket").fs
    S3FileSystem.clear_instance_cache()  # else the next module speaks to this server
    server.stop()


@pytest.fixture(scope="module")  # playwright's event loop, as long as it runs, keeps Dask from its own
def chromium() -> Iterator[Browser]:
    """Debian's Chromium by way of playwright, or skips the test."""
    path = shutil.which("chromium")
    if not path:
        pytest.skip("there is no chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Callable[[str, Callable], Path]:
    """A copy of a project that the test process which asks first makes; the others wait for it."""
    common = tmp_path_factory.getbasetemp()
    common = common if worker_id == "master" else common.parent

    def copy(name: str, make: Callable[[Path], object]) -> Path:
        folder = common / f"shared-{name}"
        with (common / f"shared-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "made").exists():
                make(folder / "project")
                (folder / "made").touch()
        return shutil.copytree(folder / "project", tmp_path_factory.mktemp(name) / "project", symlinks=True)

    return copy


@pytest.fixture(scope="session")
def ran(shared) -> SimpleNamespace:
    """A small project under DVC that has run once, and a way to copy it."""

    def make(folder: Path) -> None:
        project = small(Project(folder)).under_version_control()
        (folder / ".git/steps").write_text(" ".join(project.repro()))
        project.git("add", "-A")
        project.git("commit", "-q", "-m", "ran")

    project = Project.at(shared("ran", make))
    steps = (project.folder / ".git/steps").read_text().split()
    return SimpleNamespace(project=project, steps=steps, copy=project.copy)


@pytest.fixture(scope="session")
def fitted(shared) -> Project:
    """A small project whose steps ran by hand up to analyze."""
    return Project.at(shared("fitted", lambda folder: small(Project(folder)).steps()))
