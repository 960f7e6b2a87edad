"""The schema: what each key may hold, and what its faults say."""

import re

import pytest
from configuration import composed
from omegaconf import OmegaConf
from project import ROOT
from ruamel.yaml import YAML

from segmentation.pipeline import config
from segmentation.pipeline.errors import ConfigurationFault
from segmentation.pipeline.settings import AMBIGUOUS, read_as_dvc_does

DATASETS = sorted(file.stem for file in (ROOT / "conf/dataset").glob("*.yaml"))


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_data_set_of_the_project_passes(dataset):
    checked = config.typed_config(composed(dataset))
    assert checked.data.features
    assert checked.elbow.k_max == 10


FAULTS = [
    ("elbow.kmax", 3, "params.yaml: elbow.kmax is not a setting: did you mean 'k_max'?"),
    ("elbow.k_max", "many", "params.yaml: elbow.k_max is 'many'; expected is a whole number"),
    ("elbow.k_max", 2.5, "params.yaml: elbow.k_max is 2.5; expected is a whole number"),
    ("elbow.k_max", None, "params.yaml: elbow.k_max is empty; expected is a whole number"),
    ("preprocess.max_missing", float("inf"), "params.yaml: preprocess.max_missing is inf; allowed is 0 to 1"),
    ("preprocess.clip", [0.1, float("nan")], "params.yaml: preprocess.clip"),
    ("preprocess.clip", "0.01, 0.99", "clip is '0.01, 0.99'; expected is null or a list in which each is a number"),
    (
        "export.database",
        "URL",
        "export.database is 'URL'; expected is null or a mapping, .* are connection",
    ),
    ("data.source.segments.0.columns.age.centre", float("nan"), "columns.age.centre is nan; expected is a finite"),
    ("preprocess.clip", [0.1, "x"], "params.yaml: preprocess.clip.1 is 'x'; expected is a number"),
    ("data.source.segments.0.columns.age.centre", "x", "source.segments.columns.age.centre is 'x'; expected is a num"),
    ("preprocess.clip", [0.1, [1]], "params.yaml: preprocess.clip"),
    ("cluster.k", float("nan"), "cluster.k is nan; allowed is auto or a whole number from 1"),
    ("export.database", [], "params.yaml holds a list where a mapping is expected"),
    ("elbow", [5], "params.yaml: elbow is .5.; expected is a mapping, .*the names are k_min, k_max"),
    ("elbow.n_init", 0, "params.yaml: elbow.n_init is 0; allowed is 1 or more"),
    ("elbow.exact_rows", 999, "params.yaml: elbow.exact_rows is 999; allowed is 1000 or more"),
    ("elbow.seed", -1, "params.yaml: elbow.seed is -1; allowed is 0 to 4294967295"),
    ("elbow", None, "params.yaml: elbow .*"),
    ("ingest.part_rows", 0, "params.yaml: ingest.part_rows is 0; allowed is 1 or more"),
    ("preprocess.missing", "median?", "params.yaml: preprocess.missing is 'median\\?'; did you mean 'median'?"),
    ("preprocess.max_missing", 1.5, "params.yaml: preprocess.max_missing is 1.5; allowed is 0 to 1"),
    ("preprocess.clip", [0.9, 0.1], "params.yaml: preprocess.clip is .0.9, 0.1.; .*rising"),
    ("preprocess.clip", [0.1], "params.yaml: preprocess.clip is .0.1.; .*rising"),
    ("cluster.max_passes", 0, "params.yaml: cluster.max_passes is 0; allowed is 1 or more"),
    ("export.control_share", 1.1, "params.yaml: export.control_share is 1.1; allowed is 0 to 1"),
    ("export.database", {"connection": "X"}, "params.yaml: export.database.table is missing"),
    ("export.database", {"connection": "my url", "table": "t"}, "export.database.connection is 'my url'; expected"),
    ("analyze.high", 0.4, "params.yaml: analyze.high is 0.4; allowed is 0.5 to 1"),
    ("executor.threads", 0, "conf/engine/threads.yaml: threads is 0; allowed is 1 or more"),
    (
        "executor.memory",
        "2 gigs",
        "conf/engine/threads.yaml: memory is '2 gigs'; allowed are null or a size such as 2GiB",
    ),
    ("executor.memory", "", "conf/engine/threads.yaml: memory is ''; allowed are null or a size such as 2GiB"),
    ("executor.thread", 2, "conf/engine/threads.yaml: thread is not a setting: did you mean 'threads'?"),
    ("paths.custmers", "x", "conf/paths.yaml: custmers is not a setting: did you mean 'customers'?"),
    ("data.source.kind", "sql", "conf/dataset/synthetic.yaml: source.kind is 'sql'; there are: database, query, syn"),
    ("data.source.rows", "x", "conf/dataset/synthetic.yaml: source.rows is 'x'; expected is a whole number"),
    ("data.source.row", 3, "conf/dataset/synthetic.yaml: source.row is not a setting: did you mean 'rows'?"),
    ("data.source.segments.0.columns.age.spread", -1, "source.segments.0.columns.age.spread is -1.0; allowed is 0"),
    ("data.source.columns.age.distribution", "gauss", "source.columns.age.distribution is 'gauss'; there are: logn"),
    ("data.features.age.transform", "log", "features.age.transform is 'log'; did you mean 'log1p'?"),
    ("data.features.age.transfrom", "log1p", "features.age.transfrom is not a setting: did you mean 'transform'?"),
    ("data.names", None, "conf/dataset/synthetic.yaml: names is empty; expected is a list"),
    ("data.features", ["spending"], "conf/dataset/synthetic.yaml: features is .'spending'.; expected is a mapping"),
    ("data.features.age", "log1p", "features.age is 'log1p'; expected are settings, as {unit: days}"),
    ("data.profile", "${nowhere}", "synthetic.yaml: profile .*nowhere"),
    ("data.source.segments", {"a": 1}, "conf/dataset/synthetic.yaml: source.segments is .*; expected is a list"),
    ("data", None, "conf/dataset/synthetic.yaml holds no settings: .*`# @package data`"),
    ("executor", None, "conf/engine/threads.yaml holds no settings: .*`# @package executor`"),
    ("data.names.0.nam", "x", "synthetic.yaml: names.nam is not a setting: did you mean 'name'?"),
]


@pytest.mark.parametrize(("key", "value", "message"), FAULTS, ids=[f"{key}={value}" for key, value, _ in FAULTS])
def test_a_fault_names_file_key_what_was_given_and_what_is_allowed(key, value, message):
    settings = composed()
    OmegaConf.update(settings, key, value, merge=False, force_add=True)
    with pytest.raises(ConfigurationFault, match=message) as fault:
        config.typed_config(settings)
    assert "\n" not in str(fault.value)


COLUMN_FAULTS = [
    ({"t": ["x"]}, "csv.yaml: source.columns.t is .*; expected are columns, as {NAME: {kind: text}}"),
    ({"customers": {"x": "text"}}, "csv.yaml: source.columns.customers.x is 'text'; expected are settings"),
    ({"customers": {"x": {}}}, "csv.yaml: source.columns.customers.x.kind is missing"),
    ({"customers": {"x": {"kind": "nubmer"}}}, "x.kind is 'nubmer'; did you mean 'number'?"),
    ({"customers": {"x": {"kind": "number", "decimls": 2}}}, "x.decimls is not a setting: did you mean 'decimals'?"),
    ({"customers": {"x": {"kind": "number", "decimals": 10}}}, "x.decimals is 10; allowed is 0 to 9"),
    ({"customers": {"x": {"kind": "number", "thousands": "_"}}}, "x.thousands is '_'; "),
    ({"customers": {"x": {"kind": "date", "order": "day frist"}}}, "x.order is 'day frist'; did you mean 'day first'?"),
    ({"customers": {"x": {"kind": "date", "unit": "€"}}}, "x.unit is '€', which says nothing about .* kind date"),
    ({"customer": {"x": {"kind": "text"}}}, "source.columns.customer is no table of `files`: did you mean 'customers'"),
]


@pytest.mark.parametrize(("columns", "message"), COLUMN_FAULTS)
def test_a_fault_of_a_declared_column_names_its_table_and_column(columns, message):
    settings = composed("csv")
    settings.data.source.columns = columns
    with pytest.raises(ConfigurationFault, match=message):
        config.typed_config(settings)


def test_a_column_named_by_a_number_is_declared_by_its_digits():
    settings = composed("csv")
    settings.data.source.columns = {"customers": {2024: {"kind": "number"}, "Art. Nr": {"kind": "text"}}}
    assert set(config.typed_config(settings).data.source.columns["customers"]) == {"2024", "Art. Nr"}


@pytest.mark.parametrize("key", ["elbow.seed", "data.id", "data.source.rows", "data.value", "dataset"])
def test_a_missing_key_is_named(key):
    settings = composed()
    parent, _, name = key.rpartition(".")
    del (OmegaConf.select(settings, parent) if parent else settings)[name]
    with pytest.raises(ConfigurationFault, match=rf"{re.escape(name)} is missing"):
        config.typed_config(settings)


def test_a_fault_of_the_command_line_is_told_from_one_of_a_file():
    settings = composed()
    settings.elbow.n_init = 0
    with pytest.raises(ConfigurationFault, match=r"^command line: elbow.n_init is 0"):
        config.typed_config(settings, ["cluster.k=3", "elbow.n_init=0"])
    with pytest.raises(ConfigurationFault, match=r"^params.yaml: elbow.n_init is 0"):
        config.typed_config(settings, ["cluster.n_init=0"])


SCALARS = """NO no Yes on OFF y n true True null ~ 010 0o10 08 00 0 -0 +1 1_000 0x1F 0b11 1.5 .5 1. 1e3 1e-3 1.5e+3
    12:30 190:20:30 1:2.5 2011-12-10 2011-1-1 2011-12-10T10:00:00Z 20111210 1.2.3 007a -010 .inf auto a-b"""


@pytest.mark.parametrize("scalar", SCALARS.split())
def test_what_is_let_through_is_read_alike_by_both_readers(scalar):
    theirs = YAML(typ="safe", pure=True).load(f"x: {scalar}")["x"]
    with read_as_dvc_does():
        ours = OmegaConf.create(f"x: {scalar}").x
    alike = type(theirs) is type(ours) and theirs == ours
    assert alike or AMBIGUOUS.fullmatch(scalar)
