"""What the manual names is there: pages, sections, files and settings; and nothing that people use goes unmentioned."""

import re
import subprocess
from pathlib import Path

import manual
import pytest
from omegaconf import OmegaConf

ROOT = manual.ROOT
MARKDOWN = [ROOT / name for name in subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True, text=True,
    check=True,
).stdout.split()]  # fmt: skip
ALL = "\n".join(page.read_text() for page in manual.PAGES)
OUTPUTS = OmegaConf.to_container(OmegaConf.load(ROOT / "dvc.yaml"), resolve=False)["stages"].values()
WRITTEN = [next(iter(out)) for stage in OUTPUTS for out in stage["outs"]]
# Files that a reader makes, or that only another stage writes by hand.
READERS = r"data/(raw/|new|scored|moved)|reports/compare|conf/dataset/(mine|orders|shop|planted|mien)|conf/reference/"
PATH = re.compile(r"(?:segmentation|stages|conf|data|reports|tests|notebooks|docs|benchmarks)/[\w./-]*")


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if link.startswith(("http://", "https://")):
            continue
        path, _, heading = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not heading or heading in anchors(target), link


@pytest.mark.parametrize("page", manual.PAGES, ids=lambda page: page.name)
def test_every_path_that_a_page_quotes_is_there_or_written_by_a_step(page):
    for words in manual.quoted(page):
        for path in PATH.findall(words):
            made = any(path.startswith(out) or out.startswith(path) for out in WRITTEN) or re.match(READERS, path)
            assert (ROOT / path).exists() or made or "NAME" in words or "*" in words, path


def settings() -> set[str]:
    params = OmegaConf.to_container(OmegaConf.load(ROOT / "params.yaml"))
    return {f"{section}.{key}" for section, keys in params.items() if isinstance(keys, dict) for key in keys} | {
        key for key, value in params.items() if not isinstance(value, dict)
    }


def test_every_setting_that_a_page_quotes_is_in_params_yaml():
    sections = {name.partition(".")[0] for name in settings() if "." in name}
    named = {word for page in manual.PAGES for word in manual.quoted(page) if re.fullmatch(r"[a-z]+\.[a-z_]+", word)}
    files = r".*\.(md|py|yaml|yml|json|lock|csv|html|png|sql|onnx|toml|txt)"
    asked = {word for word in named if word.partition(".")[0] in sections and not re.fullmatch(files, word)}
    assert asked - settings() == set()


def test_every_setting_of_params_yaml_stands_on_a_page():
    undocumented = {name for name in settings() if f"`{name}`" not in ALL and f"{name}=" not in ALL}
    assert {name for name in undocumented if f"`{name.partition('.')[2]}`" not in ALL} == set()


@pytest.mark.parametrize("stage", sorted(file.stem for file in (ROOT / "stages").glob("*.py")))
def test_every_step_stands_in_the_readme(stage):
    assert (
        f"`{stage}`" in (ROOT / "README.md").read_text() or f"`stages/{stage}.py`" in (ROOT / "README.md").read_text()
    )


def test_every_target_of_make_stands_on_a_page():
    targets = re.search(r"\.PHONY: (.*)", (ROOT / "Makefile").read_text()).group(1).split()
    assert [target for target in targets if target != "all" and f"make {target}" not in ALL] == []


def test_the_readme_is_one_page_and_ones_own_segments_are_near_its_top():
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= 120
    before, _ = text.split("## The commands")
    assert len(before.split()) <= 400
