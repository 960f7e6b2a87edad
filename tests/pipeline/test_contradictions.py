"""Settings that contradict each other, show a secret or overlap are refused, and the message says where they stand."""

import pytest
from configuration import composed
from omegaconf import OmegaConf

from segmentation.pipeline.config import typed_config
from segmentation.pipeline.contradictions import find_contradictions
from segmentation.pipeline.errors import ConfigurationFault


def test_the_configuration_of_the_project_has_no_contradictions():
    assert find_contradictions(typed_config(composed())) == []


FAULTS = [
    ("elbow.k_max", 2001, "params.yaml: elbow.k_max is 2001; allowed is at most 2000, a tenth of elbow.exact_rows"),
    ("cluster.k", 2001, "params.yaml: cluster.k is 2001; allowed is at most 2000, a tenth of elbow.exact_rows"),
    ("elbow.k_min", 11, "params.yaml: elbow.k_min is 11, above elbow.k_max, which is 10"),
    ("paths.reports", "s3://b/r", "conf/paths.yaml: reports is s3://b/r; expected is a local path; only customers, "),
    (
        "paths.features",
        "s3://b/",
        "conf/paths.yaml: features is s3://b/; expected is a folder in it, as s3://b/features",
    ),
    ("paths.features", "s3://k:s/3@b/f", "conf/paths.yaml: features holds a password or a signature, which would show"),
    (
        "paths.features",
        "data/customers/x",
        "conf/paths.yaml: features is data/customers/x: preprocess would write data/customers/x into data/customers",
    ),
    ("paths.planted", "segmentation", "conf/paths.yaml: planted is segmentation: ingest would write segmentation over"),
    (
        "score.output",
        "conf/x.csv",
        "params.yaml: score.output is conf/x.csv: score would write conf/x.csv into conf, a",
    ),
    ("paths.features", "", "conf/paths.yaml: features is ; expected is the path of a file or folder"),
    ("paths.features", "s3:b/f", "conf/paths.yaml: features is s3:b/f; expected is the path of a file or folder"),
    ("cluster.k", 0, "params.yaml: cluster.k is 0; allowed is auto or a whole number from 1"),
    ("cluster.k", "Auto", "params.yaml: cluster.k is 'Auto'; allowed is auto"),
    ("cluster.k", True, "params.yaml: cluster.k is True; allowed is auto"),
    ("cluster.moved_above", 1.5, "params.yaml: cluster.moved_above is 1.5, above cluster.new_above, which is 1.0"),
    ("compare.rev", "", "params.yaml: compare.rev is ''; expected is a tag"),
    (
        "export.database",
        {"connection": "postgresql://u:p@h/d", "table": "t"},
        "export.database.connection is no name; exp",
    ),
    ("score.input", 5, "params.yaml: score.input is 5; expected is a path"),
    ("score.input", ["a"], "params.yaml: score.input is .'a'.; expected is a path"),
    (
        "score.input",
        {"orders": "x.csv"},
        "params.yaml: score.input.orders is no table of the data set's query: there are",
    ),
    ("score.input", "s3://k:s/3@b/f.csv", "params.yaml: score.input holds a password"),
    ("score.output", "s3://b/f.csv", "params.yaml: score.output is s3://b/f.csv; expected is a local path"),
    ("data.source.segments.0.share", 0.5, "conf/dataset/synthetic.yaml: source.segments have shares .*1.4, not to 1"),
    ("data.source.segments.0.columns.size", {"centre": 1, "spread": 1}, "source.segments.0.columns are .*'size'"),
    ("data.features", {}, "conf/dataset/synthetic.yaml: features is empty"),
    ("data.features.customer_id", {}, "synthetic.yaml: features.customer_id is the id column"),
    ("data.features._row", {}, "synthetic.yaml: features._row has a name that the pipeline uses itself"),
    ("data.profile.age", {}, "profile.age is a feature too"),
    ("data.features.age.label", "Spending", "features.age.label is 'Spending', as the column 'spending' is called"),
    ("data.profile.city", {"label": "Purchase frequency"}, "city.label is .*, as the column 'purchase_frequency' is"),
    ("data.names.0.when", {}, "names.0.when is empty"),
    ("data.names.0.name", " ", "names.0.name is blank: a segment needs a name"),
    ("data.profile", {"customer_id": {}}, "synthetic.yaml: profile.customer_id is the id column"),
    ("data.value", "customer_id", "synthetic.yaml: value is the id column"),
    ("data.names.0.when.spendings", "high", "names.0.when.spendings is no feature .*did you mean 'spending'?"),
    ("data.names.0.when.spending", "highest", "names.0.when.spending is 'highest'; did you mean 'high'?"),
    (
        "cluster.reference",
        "data/model.json",
        "params.yaml: cluster.reference is no file of conf/reference/, the folder",
    ),
    ("report.title", " ", "params.yaml: report.title is empty: the page needs a heading"),
    ("data.id", "Segment", "synthetic.yaml: id is 'Segment', as a result is called: rename the column in the query"),
]


@pytest.mark.parametrize(("key", "value", "message"), FAULTS, ids=[f"{key}={value}" for key, value, _ in FAULTS])
def test_a_contradiction_names_file_key_what_was_given_and_what_is_allowed(key, value, message):
    settings = composed()
    OmegaConf.update(settings, key, value, merge=False, force_add=True)
    with pytest.raises(ConfigurationFault, match=message) as fault:
        typed_config(settings)
    assert "\n" not in str(fault.value)


QUERIES = [
    ("files", {"my table": "x.csv"}, "source.files.my table is no plain word: it is the table's name in the query"),
    ("files", {"customers": "data/customers/x.csv"}, "source.files.customers is data/customers/x.csv: ingest would"),
    ("files", {"customers": "s3://k:s3cret@b/x.csv"}, "source.files.customers holds a password or a signature"),
    ("delimiter", ";;", "source.delimiter is ';;'; allowed is one character"),
]


@pytest.mark.parametrize(("key", "value", "message"), QUERIES)
def test_a_fault_in_files_as_source_is_named(key, value, message):
    settings = composed("csv")
    OmegaConf.update(settings, f"data.source.{key}", value, merge=False, force_add=True)
    with pytest.raises(ConfigurationFault, match=f"^conf/dataset/csv.yaml: {message}") as fault:
        typed_config(settings)
    assert "s3cret" not in str(fault.value)


URI = "postgresql://me:s3cret@host/shop"


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("connection", URI, "source.connection is no name; expected is the name of an environment variable, such as"),
        ("connection", "host=h password=s3cret", "source.connection is no name; expected"),
        ("connection", "$WAREHOUSE_URL", r"source.connection is '\$WAREHOUSE_URL'; expected is the name"),
        ("connection", "", "source.connection is ''; expected is the name"),
        ("query", "  -- later\n/* SELECT 1 */ ;", "source.query is empty; expected is a SELECT"),
        ("driver", "/tmp/driver.so", "source.driver is '/tmp/driver.so'; expected is the name of an ADBC driver"),
        ("version", [1], r"source.version is \[1\]; expected is a number or a word"),
        ("files", {}, "source.files is not a setting: there are: connection, driver, kind, period, query, version"),
    ],
)
def test_a_fault_in_a_database_as_source_is_named_and_shows_no_secret(key, value, message):
    settings = composed("database")
    OmegaConf.update(settings, f"data.source.{key}", value, merge=False, force_add=True)
    with pytest.raises(ConfigurationFault, match=f"^conf/dataset/database.yaml: {message}") as fault:
        typed_config(settings)
    assert "s3cret" not in str(fault.value)
