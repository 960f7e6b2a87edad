"""The walkthrough: the notebook agrees with the pipeline on any data set, and stops where files disagree."""

import base64
import contextlib
import getpass
import importlib.metadata
import json
import math
import os
import platform
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import redirect_stdout
from io import StringIO
from itertools import pairwise
from unittest.mock import patch

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from project import ROOT, Project, small

from segmentation.pipeline import parts
from segmentation.pipeline.errors import IntermediateFault

NOTEBOOK = "notebooks/walkthrough.ipynb"
WRITTEN = ("reports/walkthrough.ipynb", "reports/walkthrough.html")
RUN = '</script><img src=x onerror="window.ran = 1"><script>window.ran = 1</script>'
HOSTILE = [RUN, "$\\bad$", "売上高", "x" * 300, "a.b", "a[0]", "_hidden"]


def walk(project, *overrides):
    """Runs the step, which must succeed; `printed` holds what it printed."""
    done = project.stage("walkthrough", *overrides)
    assert (done.returncode, done.stderr) == (0, "")
    project.printed = done.stdout
    return project


def written(project):
    return [(project.folder / name).read_bytes() for name in WRITTEN]


def outputs_of(project):
    cells = project.json(WRITTEN[0])["cells"]
    return [output for cell in cells for output in cell.get("outputs", [])]


def printed_by(project):
    """All that the cells printed."""
    return "".join("".join(output["text"]) for output in outputs_of(project) if output["output_type"] == "stream")


def from_csv(folder, table, features, *overrides, **settings):
    """A project on this table that has run up to the segments."""
    project = Project(folder)
    pd.DataFrame(table).to_csv(project.folder / "data/raw/customers.csv", index_label="customer_id")
    whole = yaml.safe_load((project.folder / "conf/dataset/csv.yaml").read_text())
    whole |= {"features": features, "profile": {}, "value": None, "names": [], **settings}
    text = yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=1000)
    (project.folder / "conf/dataset/csv.yaml").write_text(f"# @package data\n{text}")
    project.replace("params.yaml", "dataset: synthetic", "dataset: csv")
    return project.steps("elbow.n_init=2", "cluster.n_init=2", *overrides)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Hostile names, each transform, a fill, a clip, a customer left out, words, a constant, a K beyond the sweep."""
    generator, rows = np.random.default_rng(0), 300
    group = np.arange(rows) % 7 % 3
    table = {name: generator.normal(10 * (1 + group), 1).round(3) for name in HOSTILE}
    table |= {"same": 1, "words": np.array(HOSTILE)[group]}
    table["a.b"][5] = table["a[0]"][7] = table["a[0]"][250] = table["_hidden"][9] = np.nan
    how = [{}, {"transform": "log1p"}, {"transform": "sqrt"}, {"transform": "yeo-johnson"}]
    how += [{"missing": "drop"}, {"missing": "median", "clip": [0.05, 0.95]}]
    project = from_csv(
        tmp_path_factory.mktemp("hostile") / "project",
        table,
        {name: {"unit": name, **settings} for name, settings in zip(HOSTILE, how, strict=False)} | {"same": {}},
        *("ingest.part_rows=120", "elbow.k_min=2", "elbow.k_max=4", "cluster.k=12"),
        profile={"_hidden": {"unit": RUN}, "words": {}},
        names=[{"name": RUN, "when": {HOSTILE[0]: "high"}}, {"name": "y" * 300, "when": {HOSTILE[0]: "low"}}],
    )
    return walk(project, "walkthrough.customers=300")


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """The small project, in three parts, after the walkthrough."""
    return walk(small(Project(tmp_path_factory.mktemp("walked") / "project")).steps("ingest.part_rows=150"))


def run_cells(project):
    """Runs the code of the notebook in this process, where no kernel has to start, and returns what it prints."""
    cells = json.loads((project.folder / NOTEBOOK).read_text())["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    with (
        contextlib.chdir(project.folder),
        plt.rc_context(),
        patch.object(plt, "show"),
        redirect_stdout(StringIO()) as out,
    ):
        try:
            exec(code, {})
        finally:
            plt.close("all")
            pd.reset_option("^display")
    return out.getvalue()


def test_in_git_it_has_no_outputs_and_nothing_of_a_machine():
    notebook = json.loads((ROOT / NOTEBOOK).read_text())
    assert notebook["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "title": "Customer segmentation, step by step",
    }
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids) and all(re.fullmatch("[a-z-]+", name) for name in ids)
    for cell in notebook["cells"]:
        assert set(cell["metadata"]) <= {"tags", "alt", "summary", "jupyter"}
        assert not cell.get("outputs") and cell.get("execution_count") is None, cell["id"]


def test_it_tells_each_step_by_its_word_with_its_picture(walked):
    cells = walked.json(WRITTEN[0])["cells"]
    headings = re.findall(r"^## (\w+):", "\n".join("".join(cell["source"]) for cell in cells), re.MULTILINE)
    assert headings == ["ingest", "preprocess", "elbow", "cluster", "analyze"]
    pictures = [output for output in outputs_of(walked) if "image/png" in output.get("data", {})]
    assert len(pictures) == 6 and all(picture["metadata"]["alt"] for picture in pictures)


def test_the_method_comes_first_in_ten_lines_and_checks_are_folded(walked):
    cells = {cell["id"]: cell for cell in walked.json(WRITTEN[0])["cells"]}
    method = [line for line in "".join(cells["method"]["source"]).splitlines() if line]
    assert len(method) <= 10 and {"StandardScaler", "KMeans", "groupby"} <= set(re.findall(r"\w+", " ".join(method)))
    for name, cell in cells.items():
        is_check = name.endswith("-agree") or name == "stay"
        assert not is_check or ("folded" in cell["metadata"]["tags"] and cell["metadata"]["summary"]), name
    order = list(cells)
    assert order.index("method") < order.index("ingest") and cells["method-picture"]["outputs"]


def test_the_first_picture_is_on_the_first_screen_and_axe_finds_nothing_serious(walked, chromium):
    for width, scheme in ((375, "light"), (1280, "dark")):
        page = chromium.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page.goto((walked.folder / WRITTEN[1]).as_uri())
        assert width < 1280 or page.locator("img").first.bounding_box()["y"] < 700
        page.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true; })")
        only = ["color-contrast", "link-in-text-block"]  # only colours differ in the dark scheme
        rules = {"runOnly": only} if scheme == "dark" else {}
        found = Axe().run(page, options={"resultTypes": ["violations"], **rules}).response["violations"]
        assert [rule["id"] for rule in found if rule["impact"] != "minor"] == []
        page.close()


def test_bars_of_whole_numbers_hold_as_many_whole_numbers_each(walked):
    code = "".join(next(c for c in walked.json(WRITTEN[0])["cells"] if c["id"] == "histograms")["source"])
    scope = {"np": np, "ceil": math.ceil, "floor": math.floor, "least": 10}
    exec(code[: code.index("down = ")], scope)
    orders = pd.Series(np.arange(2000) % 39.0)
    edges = scope["edges_of"](orders)
    heights, _ = np.histogram(orders, bins=edges)
    held = [sum(low < whole < high for whole in range(39)) for low, high in pairwise(edges)]
    assert set(held[:-1]) == {held[0]} and np.ptp(heights[1:-1]) <= 2


def test_on_everyone_all_is_compared(walked):
    assert walked.printed.endswith("400 customers, 400 of them taken along, K = 5\n")
    text = printed_by(walked)
    assert text.count("the same as the pipeline's") == 9
    assert "customers taken along that change segment: 0.0%" in text
    assert "not compared" not in text


def test_unlucky_starts_are_no_disagreement_but_a_warning(walked):
    """Two starts for each K of the sweep are not always enough."""
    warning, last = walked.printed.splitlines()
    assert re.fullmatch(
        r"warning: inertia at K = [\d, ]+ is up to \d+% above scikit-learn's: raise elbow.n_init", warning
    )
    assert last.startswith("scikit-learn and pandas agree")


def test_one_feature_with_few_values_in_more_customers_than_are_taken_along(tmp_path):
    stars = {"stars": np.arange(700) // 3 % 4}
    project = from_csv(tmp_path / "project", stars, {"stars": {"unit": "stars"}}, "elbow.k_max=4", "cluster.k=4")
    text = run_cells(project.replace(NOTEBOOK, "most = 20000", "most = 300"))
    assert text.endswith("700 customers, 234 of them taken along, K = 4\n")
    assert "medians and words: not compared" in text


def test_the_bytes_tell_nothing_of_where_and_with_what_it_ran(walked):
    pictures = [output["data"]["image/png"] for output in outputs_of(walked) if "image/png" in output.get("data", {})]
    content = b"".join([*written(walked), *(base64.b64decode("".join(picture)) for picture in pictures)])
    packages = ("numpy", "pandas", "scikit-learn", "matplotlib", "papermill", "nbconvert", "ipykernel", "pyarrow")
    words = [platform.python_version(), *map(importlib.metadata.version, packages), "Software", "0x7f", "papermill"]
    words += [str(walked.folder), str(ROOT), sys.prefix, "/tmp", f"/{getpass.getuser()}", f"@{socket.gethostname()}"]
    words += [str(time.localtime().tm_year), "http:", "https:", "<script"]
    assert [word for word in words if word.encode() in content] == []


def change(project, name, key):
    """Reads a JSON file, lets `key` change it, and writes it."""
    content = project.json(name)
    key(content)
    (project.folder / name).write_text(json.dumps(content))


def move_a_mean(project):
    change(project, "reports/segments.json", lambda report: report["segments"][1]["columns"]["age"].update(mean=30))


def move_a_centre(project):
    change(project, "data/kmeans.json", lambda fit: fit["centres"][0].__setitem__(2, 0.31))


def change_a_scale(project):
    change(project, "data/feature_space.json", lambda space: space["features"][0].update(scale=1.4))


def move_a_centre_of_the_sweep(project):
    change(project, "data/sweep.json", lambda sweep: sweep["fits"][3]["centres"][1].__setitem__(0, 2.5))


def let_two_customers_change_places(project):
    file = parts.path(project.folder / "data/segments", 1)
    table = parts.read(file)
    segment = table["segment"].to_numpy().copy()
    swapped = [0, np.flatnonzero(segment != segment[0])[0]]
    segment[swapped] = segment[swapped[::-1]]
    parts.write(file, table.set_column(table.column_names.index("segment"), "segment", pa.array(segment)))


def lose_a_file(project):
    (project.folder / "reports/ingest.json").unlink()


TAMPERED = {
    move_a_mean: "reports/segments.json: the mean of 'age' in segment 2 is 30, but ",
    move_a_centre: "data/segments/part-00000.parquet: ",
    change_a_scale: "data/features/part-00000.parquet: the scaled 'spending' of 150 customers is not what ",
    move_a_centre_of_the_sweep: "reports/elbow.csv: the inertia at K = 4 is ",
    let_two_customers_change_places: "data/segments/part-00001.parquet: 2 customers are not in the segment of the ",
}


@pytest.mark.parametrize(("tamper", "text"), TAMPERED.items(), ids=[tamper.__name__ for tamper in TAMPERED])
def test_files_that_disagree_stop_the_notebook(walked, tmp_path, tamper, text):
    tamper(project := walked.copy(tmp_path / "project"))
    with pytest.raises(AssertionError, match=f"^{re.escape(text)}"):
        run_cells(project)


def test_a_lost_file_stops_the_notebook(walked, tmp_path):
    lose_a_file(project := walked.copy(tmp_path / "project"))
    with pytest.raises(IntermediateFault, match=r"^reports/ingest.json is missing: run `dvc repro`"):
        run_cells(project)


def test_the_cells_print_here_what_they_print_in_a_kernel(walked):
    assert run_cells(walked) == printed_by(walked)


def test_the_step_then_ends_with_4_and_old_outputs_stay(walked, tmp_path):
    move_a_mean(project := walked.copy(tmp_path / "project"))
    done = project.stage("walkthrough")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (4, "", 1), done.stderr
    assert done.stderr.startswith(f"walkthrough: {TAMPERED[move_a_mean]}")
    assert done.stderr.endswith("or one is damaged: run `dvc repro`\n")
    assert written(project) == written(walked)
    assert not list((project.folder / "reports").glob(".*.partial"))


def test_the_kernel_ends_with_the_step(walked, tmp_path):
    project = walked.copy(tmp_path / "project").replace(NOTEBOOK, "def agree(", "while True: pass\\ndef agree(")
    environment = {**os.environ, "HOME": str(tmp_path)}
    step = subprocess.Popen([sys.executable, "-m", "stages.walkthrough"], cwd=project.folder, env=environment)
    process, kernels, since = psutil.Process(step.pid), [], time.monotonic()
    while not kernels and time.monotonic() < since + 30:
        time.sleep(0.1)
        kernels = [child for child in process.children() if "ipykernel_launcher" in child.cmdline()]
    time.sleep(1.5)
    step.send_signal(signal.SIGKILL)
    step.wait()
    assert kernels and psutil.wait_procs(kernels, timeout=10)[1] == []
    assert not {file.name for file in tmp_path.iterdir()} & {".ipython", ".jupyter", ".local"}


def test_hostile_names_and_every_way_to_prepare_a_column(hostile):
    assert hostile.json("reports/preprocess.json")["left_out"] == 1
    assert hostile.json("reports/preprocess.json")["constant"] == ["same"]
    text = printed_by(hostile)
    assert "customers, 299 of them taken along, K = 12" in text
    assert "customers left out, missing values and clipped values: as many as the pipeline says" in text
    assert "set by cluster.k; the elbow says" in text
    assert "medians and words: the same as the pipeline's" in text


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("which", ["walked", "hostile"])
def test_the_page_fits_and_runs_nothing_and_asks_for_nothing(chromium, request, which, width):
    file = request.getfixturevalue(which).folder / WRITTEN[1]
    page = chromium.new_page(viewport={"width": width, "height": 900})
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url) if not request.url.startswith("data:") else None)
    page.goto(file.as_uri())
    assert (said, asked) == ([], [file.as_uri()])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.images].map(image => image.naturalWidth > 500)") == [True] * 6
    assert page.evaluate("document.scripts.length + (window.ran ?? 0)") == 0
    if which == "hostile":
        shown = page.locator("table").all_inner_texts()
        for name in HOSTILE[:6]:
            assert any(name[:39] in table for table in shown), name
    page.close()
