"""A step run by hand refuses what another run left: altered, added, lost, or valid and older."""

import re
import shutil

import pytest

KMEANS, SPACE, K, SWEEP = (f"data/{name}.json" for name in ("kmeans", "feature_space", "k", "sweep"))


@pytest.fixture(scope="module")
def earlier(fitted, tmp_path_factory):
    """The same project as it ran before, with other customers and another K."""
    project = fitted.copy(tmp_path_factory.mktemp("earlier") / "project")
    return project.steps("data.source.seed=8", "cluster.k=3", upto="cluster")


@pytest.fixture
def project(fitted, tmp_path):
    return fitted.copy(tmp_path / "project")


def change_a_digit(file):
    """In the first number of nine digits, or in the only number."""

    def change(project, _):
        path = project.folder / file
        text = path.read_text()
        digit = re.search(r"(?<=\d\.\d{7})\d|(?<=: )\d", text)
        path.write_text(text[: digit.start()] + str((int(digit[0]) + 1) % 10) + text[digit.end() :])

    return change


def bring_back(*names):
    def change(project, earlier):
        for name in names:
            target = project.folder / name
            shutil.rmtree(target) if target.is_dir() else target.unlink()
            copy = shutil.copytree if (earlier.folder / name).is_dir() else shutil.copy
            copy(earlier.folder / name, target)

    return change


def add_a_part(folder):
    def change(project, _):
        shutil.copy(project.folder / folder / "part-00000.parquet", project.folder / folder / "part-00001.parquet")

    return change


FAULTS = [
    ("analyze", change_a_digit(KMEANS), f"{KMEANS} was altered since it was written"),
    ("analyze", change_a_digit(SPACE), f"{SPACE} was altered since it was written"),
    ("analyze", change_a_digit(SWEEP), f"{SWEEP} was altered since it was written"),
    ("cluster", change_a_digit(K), f"{K} was altered since it was written"),
    ("analyze", bring_back(KMEANS), f"{KMEANS} does not follow from data/segments"),
    ("analyze", bring_back(SPACE), f"{SPACE} does not follow from data/features"),
    ("analyze", bring_back(SWEEP), f"{SWEEP} does not follow from data/features"),
    ("cluster", bring_back(K), f"{K} does not follow from data/features"),
    ("cluster", bring_back("data/features"), f"{K} does not follow from data/features"),
    ("analyze", bring_back("data/customers"), "data/segments does not follow from data/customers"),
    ("analyze", bring_back("data/segments", KMEANS), "data/segments does not follow from data/customers"),
    ("stability", bring_back("data/customers"), "data/features does not follow from data/customers"),
    ("export", bring_back("data/customers"), "data/segments does not follow from data/customers"),
    ("preprocess", add_a_part("data/customers"), "data/customers/part-00001.parquet is not what was written there"),
    ("elbow", add_a_part("data/features"), "data/features/part-00001.parquet is not what was written there"),
    ("cluster", add_a_part("data/features"), "data/features/part-00001.parquet is not what was written there"),
    ("analyze", add_a_part("data/segments"), "data/segments/part-00001.parquet is not what was written there"),
    ("export", add_a_part("data/segments"), "data/segments/part-00001.parquet is not what was written there"),
]


@pytest.mark.parametrize(("step", "plant", "text"), FAULTS)
def test_a_step_refuses_what_another_run_left(project, earlier, step, plant, text):
    plant(project, earlier)
    before = project.outputs()
    done = project.stage(step)
    assert (done.returncode, done.stderr.count("\n")) == (4, 1), done.stderr
    assert done.stderr.startswith(f"{step}: {text}") and "run `dvc repro`" in done.stderr
    assert project.outputs() == before
