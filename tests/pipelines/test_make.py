"""What make does before it installs anything, and the targets that it lists."""

import re
import shutil
import stat

import pytest
from project import ROOT, Project

FILES = ("Makefile", "requirements.lock", "requirements-test.lock", "pyproject.toml")


@pytest.fixture
def folder(tmp_path):
    """A project without its environment, and with a Python that only says what it is asked to do."""
    project = Project(tmp_path / "a project")
    for name in FILES:
        shutil.copy(ROOT / name, project.folder)
    fake = tmp_path / "python"
    fake.write_text('#!/bin/sh\ncase "$1" in -c) exit 0;; esac\necho "asked: $*"\nexit 9\n')
    fake.chmod(0o755)
    return project, fake


def made(project, *arguments, **env):
    done = project.run(
        "make", "--no-print-directory", *arguments, env={"GIT_CEILING_DIRECTORIES": str(project.folder.parent), **env}
    )
    return done.returncode, done.stdout, done.stderr


def test_a_folder_without_git_is_told_what_to_do_before_anything_is_installed(folder):
    project, python = folder
    code, message, error = made(project, f"PYTHON={python}")
    assert code and "run `git init` here" in error
    assert "asked:" not in message and not (project.folder / ".venv").exists()
    project.git("init", "-q")
    code, message, error = made(project, f"PYTHON={python}")
    assert "asked: -m venv .venv" in message and "git init" not in error


def test_where_git_is_not_installed_that_is_said(folder, tmp_path):
    project, python = folder
    (tmp_path / "bin").mkdir()
    for command in ("make", "sh", "grep", "sed", "awk", "touch"):
        (tmp_path / "bin" / command).symlink_to(shutil.which(command))
    code, _, error = made(project, f"PYTHON={python}", PATH=str(tmp_path / "bin"))
    assert code and "Git is needed" in error


def test_an_old_python_is_refused(folder):
    project, python = folder
    project.git("init", "-q")
    python.write_text("#!/bin/sh\nexit 1\n")
    code, _, error = made(project, f"PYTHON={python}")
    assert code and "Python 3.11 or newer is needed" in error


def test_how_long_and_how_large_is_said_before_it_is_installed(folder):
    project, python = folder
    project.git("init", "-q")
    _, message, _ = made(project, f"PYTHON={python}")
    packages = {line.split("==")[0] for line in (ROOT / "requirements.lock").read_text().splitlines()}
    assert re.search(rf"Installing {len(packages)} packages .*minute.* GB(.|\n)*asked:", message)


def test_help_lists_every_target(folder):
    project, _ = folder
    _, message, _ = made(project, "help")
    targets = re.search(r"\.PHONY: (.*)", (ROOT / "Makefile").read_text()).group(1).split()
    assert [line.split()[1] for line in message.splitlines()] == targets


def test_clean_keeps_customers_results_and_settings(folder):
    project, _ = folder
    cache = project.folder / "segmentation/pipeline/__pycache__"
    gone = [project.folder / ".venv/ready", cache / "parts.pyc", project.folder / ".ruff_cache/x"]
    kept = [project.folder / "data/raw/customers.csv", project.folder / "reports/report.html"]
    for file in [*gone, *kept]:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    assert made(project, "clean")[0] == 0
    assert not [file for file in gone if file.exists()] and all(file.exists() for file in kept)
    assert (project.folder / "params.yaml").exists()


@pytest.mark.parametrize("committed", ["schema: '2.0'\n", None])
def test_a_lock_file_that_a_killed_run_left_empty_is_taken_back(folder, committed):
    project, _ = folder
    project.git("init", "-q")
    programs = project.folder / ".venv/bin"
    programs.mkdir(parents=True)
    (programs.parent / "ready").touch()
    for name in ("dvc", "python"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    lock = project.folder / "dvc.lock"
    if committed is not None:
        lock.write_text(committed)
        project.git("add", "-f", "dvc.lock")
        project.git("commit", "-q", "-m", "ran")
    lock.write_text("")
    assert made(project)[0] == 0
    assert (lock.read_text() if lock.exists() else "") == (committed or "")
    for content in ("schema: '2.0'\nstages: {}\n", None):  # one that is whole, or none, is left as it is
        lock.unlink(missing_ok=True)
        if content:
            lock.write_text(content)
        assert made(project)[0] == 0
        assert (lock.read_text() if lock.exists() else None) == content


@pytest.mark.parametrize("kept", ["", "elsewhere"])
def test_dvc_unpickles_nothing_from_a_folder_that_others_may_write(folder, tmp_path, kept):
    project, _ = folder
    project.under_version_control()
    if kept:
        project.dvc("config", "--local", "core.site_cache_dir", str(tmp_path / kept))
    (project.folder / ".venv").mkdir()
    for stamp in ("ready", "private", "compiled"):
        (project.folder / ".venv/ready").touch()
        cache = tmp_path / "my cache"
        code, _, error = made(project, f".venv/{stamp}", XDG_CACHE_HOME=str(cache), DVC_SITE_CACHE_DIR="")
        assert code == 0, error
    place = tmp_path / kept if kept else cache / "dvc-private"
    assert project.dvc("config", "core.site_cache_dir").strip() == str(place)
    assert kept or stat.S_IMODE(place.stat().st_mode) == 0o700
    project.dvc("status", env={"DVC_SITE_CACHE_DIR": ""})
    assert (place / "repo").exists() and "config.local" not in project.git("status", "--short", "--untracked-files=all")


@pytest.mark.parametrize("name", ["", "kunden.csv", "Kunden Übersicht (final), a=b's \\ $x `y` #1.csv", 'quo"te;&.csv'])
def test_a_file_is_adopted_and_chosen_before_the_pipeline_runs(folder, name):
    project, _ = folder
    project.under_version_control()
    (project.folder / ".venv/bin").mkdir(parents=True)
    for command in ("python", "dvc"):
        fake = project.folder / ".venv/bin" / command
        fake.write_text(f'#!/bin/sh\nprintf "{command}"\nprintf " <%s>" "$@"\necho\n')
        fake.chmod(0o755)
    for stamp in ("ready", "private", "compiled"):
        (project.folder / ".venv" / stamp).touch()
    arguments = [f"FILE={name.replace('$', '$$')}"] if name else []
    code, message, error = made(project, *arguments)
    adopts = [f"python <stages/adopt.py> <adopt.file={name}> <adopt.choose=true>"] if name else []
    assert code == 0, error
    assert [line for line in message.splitlines() if "<" in line] == [
        *adopts, "dvc <repro>", "python <-m> <segmentation.pages.closing>"
    ]  # fmt: skip


def test_where_a_file_cannot_be_adopted_no_pipeline_runs(folder):
    project, _ = folder
    project.under_version_control()
    (project.folder / ".venv/bin").mkdir(parents=True)
    for command, code in {"python": 3, "dvc": 0}.items():
        fake = project.folder / ".venv/bin" / command
        fake.write_text(f"#!/bin/sh\necho ran {command}\nexit {code}\n")
        fake.chmod(0o755)
    for stamp in ("ready", "private", "compiled"):
        (project.folder / ".venv" / stamp).touch()
    code, message, _ = made(project, "FILE=customers.csv")
    assert code and "ran python" in message and "ran dvc" not in message
