"""What `make` installs, what a wheel holds, and that both say which version they are."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from project import ROOT, Project

import segmentation

FROM_THE_WHEEL = """
import sys
from pathlib import Path
import pandas as pd
from segmentation.model import SegmentModel
from segmentation.pages import page
import segmentation
assert Path(segmentation.__file__).is_relative_to(sys.argv[1]), segmentation.__file__
customers = pd.DataFrame({"spending": [9000.0, 10.0], "purchase_frequency": [40.0, 1.0], "age": [40.0, 60.0]})
print(*SegmentModel.load(sys.argv[2]).predict(customers)["segment"])
print(len(list(page.FOLDER.glob("*.html"))))
"""


def locked(name: str) -> set[str]:
    return {re.split("==", line)[0] for line in (ROOT / name).read_text().splitlines()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """A wheel of the project, unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    Project(source)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (source / name).write_bytes((ROOT / name).read_bytes())
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "."]
    done = subprocess.run([*command, "--wheel-dir", folder], cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (file,) = folder.glob("*.whl")
    assert file.name.startswith(f"segmentation-{segmentation.__version__}-")
    zipfile.ZipFile(file).extractall(folder / "unpacked")
    return folder / "unpacked"


def test_a_wheel_holds_every_module_and_template_and_nothing_else(wheel):
    held = {file.relative_to(wheel).as_posix() for file in wheel.rglob("*") if file.is_file()}
    held = {name for name in held if not name.startswith("segmentation-")}
    code = [file for file in (ROOT / "segmentation").rglob("*") if file.is_file() and "__pycache__" not in file.parts]
    assert held == {file.relative_to(ROOT).as_posix() for file in code}


def test_a_model_is_loaded_and_customers_are_placed_by_the_wheel_alone(wheel, fitted, tmp_path):
    command = [sys.executable, "-c", FROM_THE_WHEEL, wheel, fitted.folder / "data/model.json"]
    done = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(wheel)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    segments, templates = done.stdout.splitlines()
    assert len(set(segments.split())) == 2 and int(templates) >= 3


def test_the_locks_hold_exact_versions_and_no_address():
    for name in ("requirements.lock", "requirements-test.lock"):
        for line in (ROOT / name).read_text().splitlines():
            assert re.fullmatch(r"[a-z0-9][a-z0-9._-]*==[0-9][0-9a-z.]*( ; [a-z_]+ [<>=]+ '[a-z0-9.]+')?", line), line


def test_a_user_installs_at_most_170_packages_and_none_that_only_tests_need():
    assert len(locked("requirements.lock")) <= 170
    assert not locked("requirements.lock") & locked("requirements-test.lock")
    assert {"axe-playwright-python", "moto", "playwright", "pytest", "ruff", "vl-convert-python"} <= locked(
        "requirements-test.lock"
    )


def test_a_step_tells_the_version_of_the_project(project):
    assert project.stage("elbow", "--version").stdout == f"segmentation {segmentation.__version__}\n"
