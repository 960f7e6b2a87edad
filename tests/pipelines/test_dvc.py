"""The DVC commands that people use: parameters, metrics, plots, experiments."""

import json
import shutil

import pyarrow.parquet as pq


def test_dvc_shows_parameters_metrics_and_plots(ran, tmp_path):
    project = ran.copy(tmp_path / "project").replace("params.yaml", "k: auto", "k: 3")
    assert "cluster.k" in project.dvc("params", "diff")
    assert project.repro("report") == ["cluster", "analyze", "stability", "report"]
    shown = project.dvc("metrics", "show")
    assert "silhouette" in shown and len(shown.splitlines()) == 2 and max(map(len, shown.splitlines())) <= 110
    assert "stability" in project.dvc("metrics", "diff")
    for command in (["show"], ["diff", "HEAD"]):
        project.dvc("plots", *command, "-o", "plots")
        page = (project.folder / "plots/index.html").read_text()
        assert "Inertia by number of segments" in page
        assert "Share of customers by segment" in page
        assert "sizes.png" in page
        shutil.rmtree(project.folder / "plots")


def test_experiments_change_parameters_and_data_sets(ran, tmp_path, real):
    project = ran.copy(tmp_path / "project")
    before = (project.folder / "params.yaml").read_text()
    project.dvc("exp", "run", "-q", "-S", "elbow.k_max=6", "elbow")
    after = (project.folder / "params.yaml").read_text()
    assert after.split() == before.replace("k_max: 7", "k_max: 6").split(), "comments are kept"
    assert len((project.folder / "reports/elbow.csv").read_text().splitlines()) == 7

    shutil.copy(real("cdnow/CDNOW_master.txt"), project.folder / "data/raw")
    project.dvc("exp", "run", "-q", "-S", "dataset=cdnow", "preprocess")
    assert project.json("reports/ingest.json")["customers"] == 23570
    diff = project.dvc("params", "diff")
    assert "cdnow" in diff
    assert "conf/dataset/cdnow.yaml" in diff


QUOTED = """# @package data
# Orders of our shop.
id: "customer_id"   # as the shop calls it
source:
  kind: query
  files: {orders: "data/raw/orders.csv"}
  delimiter: ";"
  query: |
    SELECT customer AS customer_id, date_diff('day', max(CAST(day AS DATE)), CAST($cutoff AS DATE)) AS recency,
      $flag AS flag, $country AS country, $opening AS opening
    FROM orders WHERE day < $cutoff GROUP BY customer ORDER BY customer
  parameters: {cutoff: "2026-01-01", flag: "no", country: "NO", opening: "12:30"}
features:
  recency: {unit: "on", label: "off"}
profile: {flag: {}, country: {}, opening: {unit: "08:00"}}
value: recency
names:
  - {name: "No", when: {recency: high}}
  - {name: "1e3", when: {recency: low}}
"""


def test_an_experiment_with_a_data_sets_file_keeps_the_words_in_quotes(project):
    (project.folder / "conf/dataset/mine.yaml").write_text(QUOTED)
    (project.folder / "data/raw/orders.csv").write_text("customer;day\nC1;2025-12-31\nC2;2026-01-11\n")
    project.replace("params.yaml", "dataset: synthetic", "dataset: mine").under_version_control()
    project.dvc("exp", "run", "-q", "-S", "conf/dataset/mine.yaml:source.parameters.cutoff=2026-02-01", "ingest")
    rows = pq.read_table(project.folder / "data/customers").to_pylist()
    words = {"flag": "no", "country": "NO", "opening": "12:30"}
    assert rows == [{"customer_id": "C1", "recency": 32, **words}, {"customer_id": "C2", "recency": 21, **words}]


def test_queued_experiments_run_in_copies_of_their_own_with_a_raw_file_that_dvc_tracks(ran, tmp_path):
    project = ran.copy(tmp_path / "project")
    rows = [f"{n:03d},{10 + n % 90},{n % 7},{20 + n % 50}" for n in range(100)]
    text = "\n".join(["customer_id,spending,purchase_frequency,age", *rows])
    (project.folder / "data/raw/customers.csv").write_text(text)
    project.dvc("add", "data/raw/customers.csv")
    project.git("add", "data/raw/customers.csv.dvc")
    project.git("commit", "-q", "-m", "track")
    assert not project.git("status", "--porcelain")
    project.dvc("exp", "run", "--queue", "-S", "dataset=csv", "-S", "cluster.k=3,4", "cluster")
    code = project.folder / "segmentation/kmeans/quality.py"
    code.write_text(code.read_text() + "raise SystemExit('the code of the workspace runs')\n")
    project.dvc("exp", "run", "--run-all")
    experiments = [
        revision["revs"][0]["rev"]
        for commit in json.loads(project.dvc("exp", "show", "--json"))
        for revision in commit.get("experiments") or []
    ]
    reports = [json.loads(project.git("show", f"{commit}:reports/cluster.json")) for commit in experiments]
    assert sorted((report["k"], sum(report["sizes"])) for report in reports) == [(3, 100), (4, 100)]


def test_numbers_that_dvc_writes_back_are_read_alike(ran, tmp_path):
    project = ran.copy(tmp_path / "project")
    given = ("preprocess.max_missing=1e-3", "analyze.high=0.800", "ingest.part_rows=1000", "cluster.moved_above=0")
    project.dvc("exp", "run", "-q", *(f"-S{setting}" for setting in given), "preprocess")
    text = (project.folder / "params.yaml").read_text()
    for written in ("max_missing: 0.001 ", "high: 0.8 ", "part_rows: 1000 ", "moved_above: 0 "):
        assert written in text, written
