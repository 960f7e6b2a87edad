"""The description of more customers than the sample holds, as the stage writes it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml
from project import Project

STEP = 30
RUN = ("dataset=csv", "preprocess.missing=drop", "elbow.k_max=5", "elbow.n_init=2", "cluster.k=4", "cluster.n_init=2")
RUN += ("report.least=1",)  # the figures of a segment of four are told


def customers():
    """Three groups in turn, some without an age, and four customers apart that no sample of every 30th holds."""
    generator = np.random.default_rng(0)
    group = np.arange(3_000) % 7 % 3
    spending = generator.lognormal(np.array([3.0, 5, 7])[group], 0.3).round(2)
    frequency = np.maximum(0, generator.normal(np.array([30, 5, 15])[group], 2).round())
    age = generator.normal(np.array([25.0, 70, 45])[group], 3).round()
    spending[1:5], frequency[1:5], age[1:5] = 9e6, 150, 80
    age[100::100] = np.nan
    city = generator.choice(["Bonn", "Köln"], 3_000, p=[0.3, 0.7])
    return pd.DataFrame({"spending": spending, "purchase_frequency": frequency, "age": age, "city": city})


@pytest.fixture(scope="module")
def analyzed(tmp_path_factory):
    """The reports of a run over parts in which the sample is everyone, and of one in which it is every 30th."""
    project = Project(tmp_path_factory.mktemp("analyzed") / "project")
    customers().to_csv(project.folder / "data/raw/customers.csv", index_label="customer_id")
    project.replace("conf/dataset/csv.yaml", "profile: {}", "profile: {city: {}}").steps(*RUN, "ingest.part_rows=400")
    return SimpleNamespace(project=project, everyone=reports(project), sampled=analyze_sampled(project))


def analyze_sampled(project):
    project.replace("segmentation/segments/survey.py", "SAMPLE = 1_000_000", "SAMPLE = 100")
    done = project.stage("analyze", *RUN)
    assert done.returncode == 0, done.stderr
    return {**reports(project), "printed": done.stdout}


def reports(project):
    figures = {file.stem: file.read_bytes() for file in (project.folder / "reports/figures").glob("*.png")}
    return {"json": project.json("reports/segments.json"), **figures}


def test_what_sums_up_is_that_of_all_customers(analyzed):
    everyone, sampled = analyzed.everyone["json"], analyzed.sampled["json"]
    assert everyone["customers"] == everyone["sampled_customers"] == sampled["customers"] == 2971
    assert sampled["sampled_customers"] == 100
    for whole, partly in zip(everyone["segments"], sampled["segments"], strict=True):
        for key in ("segment", "size", "share", "value_share"):
            assert whole[key] == partly[key]
        for name in ("spending", "purchase_frequency", "age"):
            for key in ("mean", "ratio"):
                assert whole["columns"][name][key] == partly["columns"][name][key]


def test_what_takes_a_rank_or_a_word_is_that_of_every_thirtieth_customer(analyzed):
    placed = pd.read_parquet(analyzed.project.folder / "data/segments")
    sample = customers().iloc[placed["customer_id"].astype(int)].reset_index(drop=True)[::STEP]
    segment = placed["segment"][::STEP]
    for described in analyzed.sampled["json"]["segments"][1:]:
        members = sample[segment == described["segment"]]
        assert described["sampled_customers"] == len(members)
        for name in ("spending", "purchase_frequency", "age"):
            keys = ("lower_quartile", "median", "upper_quartile")
            expected = members[name].quantile([0.25, 0.5, 0.75])
            assert [described["columns"][name][key] for key in keys] == pytest.approx(expected.tolist())
        counts = members["city"].value_counts(normalize=True)
        shares = {entry["word"]: entry["share"] for entry in described["columns"]["city"]["top"]}
        assert shares == pytest.approx(counts.to_dict())


def test_a_segment_that_the_sample_misses_is_described_and_named_by_its_mean(analyzed):
    missed = analyzed.sampled["json"]["segments"][0]
    assert (missed["size"], missed["sampled_customers"], missed["name"]) == (
        4,
        0,
        "High-Value, high purchase frequency",
    )
    spending = missed["columns"]["spending"]
    assert (spending["mean"], spending["median"], spending["standing"]) == (9e6, None, 1)


def test_table_and_figures_say_that_they_are_from_a_sample(analyzed):
    assert analyzed.sampled["printed"].splitlines()[-1].endswith("and words: of a sample of 100 customers")
    table = pd.read_csv(analyzed.project.folder / "reports/segments.csv")
    assert table.columns[-1] == "sampled_customers" and table["sampled_customers"].sum() == 100


def test_cutting_the_table_into_parts_changes_no_report(analyzed, tmp_path):
    project = Project(tmp_path / "project")
    customers().to_csv(project.folder / "data/raw/customers.csv", index_label="customer_id")
    project.replace("conf/dataset/csv.yaml", "profile: {}", "profile: {city: {}}").steps(*RUN, upto="cluster")
    assert analyze_sampled(project) == analyzed.sampled


def test_a_value_column_that_is_no_feature_and_two_clean_categories_make_a_page(tmp_path):
    project = Project(tmp_path / "project")
    table = customers().head(300).drop(columns="city").fillna(40.0)
    plan = np.where(table["spending"] < table["spending"].median(), "Alpha", "Zed")
    table = table.assign(plan=plan, same=0.1, none=np.nan, revenue=table["spending"] * 2)
    table.to_csv(project.folder / "data/raw/customers.csv", index_label="customer_id")
    project.replace("conf/dataset/csv.yaml", "profile: {}", "profile: {plan: {}, same: {}, none: {}}")
    project.replace("conf/dataset/csv.yaml", "value: spending", "value: revenue")
    project.steps(
        "dataset=csv", "elbow.n_init=1", "cluster.n_init=1", "cluster.k=2", "stability.resamples=3", upto="report"
    )
    for segment in project.json("reports/segments.json")["segments"]:
        drivers = {driver["column"]: driver for driver in segment["drivers"]}
        assert set(drivers) == {"spending", "purchase_frequency", "age", "plan"}
        assert drivers["plan"]["lift"] > 1 and segment["value_share"] is not None


def test_control_characters_of_names_are_shown_and_no_cell_of_a_table_is_a_formula(tmp_path):
    project = Project(tmp_path / "project")
    spending, word, name = "sp\x1b[31mend", "=cmd|' /C calc'!A0", "=High\x07\u202e\nwarning: all is well"
    table = customers().head(300).drop(columns="city").fillna(40.0).rename(columns={"spending": spending})
    table.assign(city=word).to_csv(project.folder / "data/raw/customers.csv", index_label="customer_id")
    template = (project.folder / "conf/dataset/csv.yaml").read_text()
    settings = {"features": {spending: {"unit": "\x9b1m"}, "age": {}}, "profile": {"city": {}}, "value": spending}
    settings["names"] = [{"name": name, "when": {spending: "high"}}]
    (project.folder / "conf/dataset/csv.yaml").write_text(
        template[: template.index("features:")] + yaml.safe_dump(settings, allow_unicode=False)
    )
    lines = []
    for stage in ("ingest", "preprocess", "elbow", "cluster", "analyze"):
        done = project.stage(stage, "dataset=csv", "elbow.k_max=4", "cluster.k=3")
        assert done.returncode == 0, done.stderr
        lines += (done.stdout + done.stderr).split("\n")
    done = project.run("python", "-m", "segmentation.pages.closing")
    lines += (done.stdout + done.stderr).split("\n")
    assert not [line for line in lines if not line.isprintable()]
    assert any(r"=High\x07\u202e\nwarning" in line for line in lines) and r"sp\x1b[31mend" in lines[0]
    assert not [line for line in lines if line.startswith("warning: all is well")]
    for file in ("segments.csv", "profile.csv"):
        cells = pd.read_csv(project.folder / "reports" / file, header=None, dtype=str).to_numpy().ravel()
        assert not [cell for cell in cells if str(cell)[:1] in "=+-@"]
    assert "'=cmd" in (project.folder / "reports/segments.csv").read_text()
