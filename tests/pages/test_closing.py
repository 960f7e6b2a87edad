"""What `make` ends with on a terminal."""

import runpy
import shutil

import pytest

from segmentation.pages import closing
from segmentation.pipeline import outputs
from segmentation.pipeline.errors import IntermediateFault


@pytest.fixture
def reports(ran, tmp_path):
    """The files of the steps, to change."""
    shutil.copytree(ran.project.folder / "reports", tmp_path / "reports")
    return tmp_path / "reports"


def printed(reports, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["closing", str(reports), "data/export"])
    runpy.run_path(closing.__file__, run_name="__main__")
    return capsys.readouterr().out


def test_run_as_a_program_it_ends_with_the_answer_and_the_two_files_to_open(reports, monkeypatch, capsys):
    text = printed(reports, monkeypatch, capsys)
    *_, report, export, again = text.strip().splitlines()
    assert report.endswith(f"{reports}/report.html") and export.endswith("data/export/segments.csv")
    assert "of your customers bring" in text.split("\n\n")[0] and "You see 5 segments" in text
    assert "1  High-Value" in text and again.startswith("Change params.yaml")
    assert max(map(len, text.replace(str(reports), "").splitlines())) <= 110


def test_doubts_are_told_and_names_lose_the_marks_of_pages(reports, monkeypatch, capsys):
    segments = outputs.read_json(reports / "segments.json")
    stability = outputs.read_json(reports / "stability.json")
    sweep = outputs.read_json(reports / "sweep.json")
    for segment in stability["segments"][1:4]:
        segment |= {"stability": "dissolved", "jaccard": 0.3}
    (at_chosen,) = [at_k for at_k in sweep["ks"] if at_k["k"] == 5]
    for source in (segments, at_chosen, stability):
        source["segments"][0]["name"] = "عملاء\x1b[31m"
    for name, content in (("segments", segments), ("stability", stability), ("sweep", sweep)):
        outputs.write_json(reports / f"{name}.json", content)
    text = printed(reports, monkeypatch, capsys)
    assert "- Segments 2, 3 and 4 are not dependable: other customers would give others." in text
    assert "Other customers of the same kind might be divided otherwise" in " ".join(text.split())
    assert "\u2068" not in text and "\x1b" not in text and "عملاء\\x1b[31m" in text


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("sweep", lambda sweep: sweep.pop("ks"), "lacks ks: run `dvc repro`"),
        ("segments", lambda segments: segments.pop("value"), r"not those that the steps write \(KeyError: 'value'\)"),
        ("cluster", lambda cluster: cluster.update(k=4), "segments.json and cluster.json do not belong together"),
        ("ingest", lambda ingest: ingest.update(customers=9), "ingest.json and preprocess.json do not belong together"),
    ],
)
def test_files_of_an_older_version_or_of_another_run_are_refused(reports, name, change, message):
    written = outputs.read_json(reports / f"{name}.json")
    change(written)
    outputs.write_json(reports / f"{name}.json", written)
    with pytest.raises(IntermediateFault, match=message):
        closing.main(str(reports))
