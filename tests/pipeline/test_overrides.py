"""Arguments of the command line: what Hydra would misread is refused with a text that, typed, gives what was meant."""

import random
import re
import shlex

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from segmentation.pipeline import overrides, stage
from segmentation.pipeline.errors import ConfigurationFault

parse = OverridesParser.create().parse_override


def refused(*arguments: str) -> str:
    with pytest.raises(ConfigurationFault, match=r"^command line: ") as caught:
        overrides.check(arguments, stage._parsed)
    return str(caught.value)


def proposed(message: str) -> str:
    """The argument that a shell makes of what a message says to write."""
    (argument,) = shlex.split(message.partition("write ")[2])
    return argument


VALUES = [
    "data/month=2026-02/new.csv",
    "new#2 100%.csv",
    "Kunden (Süd), neu/",
    "it's new.csv",
    "Q1: 50% off & more",
    "Segmente, März (final)",
    "HEAD~1",
    "HEAD^",
    "main@{yesterday}",
    'say "x"',
    'it\'s "x"',
    'a\\"b\\',
    "a  b; c",
    "{x",
    "x]",
    "[y",
    "a{b}c",
    "=3",
    "~",
    "é",
    "漢字",
    "!important",
    "<b>",
    "`x`",
    '"open',
    "'a'b",
    "foo(1)",
    "a\u00a0b",
]


@pytest.mark.parametrize("key", ["score.input", "report.title"])
@pytest.mark.parametrize("value", VALUES)
def test_a_value_with_signs_of_hydra_is_told_with_its_quotes(key, value):
    message = refused(f"{key}={value}")
    override = parse(proposed(message))
    assert (override.key_or_group, override.value()) == (key, value)
    overrides.check([proposed(message)], stage._parsed)


def test_any_text_can_be_typed_as_it_is_proposed():
    draw = random.Random(0)
    for _ in range(2000):
        value = "".join(draw.choices("ab '\"\\=#(){}[],:~%$&!;ü", k=draw.randint(1, 9)))
        try:
            overrides.check([f"report.title={value}"], stage._parsed)
        except ConfigurationFault as fault:
            typed = str(fault).rpartition("write ")[2]
            assert parse(shlex.split(typed)[0]).value() == value


LEAVES = {
    "a table": ("score.input={orders: data/a=b.csv}", {"orders": "data/a=b.csv"}),
    "two tables": ("score.input={a: s3://b/x=1.csv, b: 'y z.csv'}", {"a": "s3://b/x=1.csv", "b": "y z.csv"}),
    "names": ("data.names=[{name: Ä, when: {age: high}}]", [{"name": "Ä", "when": {"age": "high"}}]),
}


@pytest.mark.parametrize(("argument", "value"), LEAVES.values(), ids=LEAVES)
def test_of_a_mapping_only_its_texts_are_quoted(argument, value):
    assert parse(proposed(refused(argument))).value() == value


READ_AS_ANOTHER = {
    "report.title=true": "as True",
    "compare.rev=5e12345": "as inf",
    "compare.rev=1_000": "as 1000",
    "export.salt=1.50": "as 1.5",
    "report.title=[March]": "as ['March']",
    "report.title={March: 1}": "as {'March': 1}",
}


@pytest.mark.parametrize("argument", READ_AS_ANOTHER)
def test_a_text_that_looks_like_a_number_is_told_with_its_quotes(argument):
    message = refused(argument)
    assert f"would be read {READ_AS_ANOTHER[argument]}" in message
    assert parse(proposed(message)).value() == argument.partition("=")[2]


# A case: the arguments, and what is said.
SAID = {
    "no key": (["=3"], "'=3' names no setting: expected is KEY=VALUE, such as elbow.k_max=12"),
    "no key to add": (["+="], r"'\+=' names no setting: expected"),
    "nothing to take away": (["~"], "'~' names no setting: expected"),
    "nothing": ([""], "'' names no setting: expected"),
    "a group without a name": (["@=3"], "'@=3' names no setting"),
    "a colon": (["elbow.k_max:3"], "'elbow.k_max:3' names no setting"),
    "no value": (["elbow.k_max"], "elbow.k_max has no value: write elbow.k_max=VALUE"),
    "blanks around the sign": (["elbow.k_max", "=", "12"], "elbow.k_max has no value: .* without blanks"),
    "a blank before the sign": (["elbow.k_max =12"], "has blanks before its =: write elbow.k_max=12$"),
    "a blank in the key": (["elbow.k max=12"], "has blanks before its =: write elbow.k_max=12$"),
    "dashes": (["--elbow.k_max", "12"], "--elbow.k_max is no flag: .* without dashes, as elbow.k_max=12$"),
    "dashes and a sign": (["--k_max=12"], "--k_max is no flag: .*, as elbow.k_max=12$"),
    "a flag by itself": (["--resolve"], "--resolve says how to show settings: write --cfg job --resolve"),
    "one dash": (["-k", "4"], "-k is no flag: .*, as cluster.k=4$"),
    "a flag of DVC": (["-S", "cluster.k=4"], "-S is no flag: .* without dashes, as cluster.k=4$"),
    "another before a setting": (["--set", "report.title=a b"], "--set is no flag: .*, as 'report.title=a b'$"),
    "a flag of DVC in one word": (["-Scluster.k=4"], "-Scluster.k is no flag: .*, as elbow.k_max=12$"),
    "a flag before a file": (["--quiet", "x.csv"], "--quiet is no flag: .*, as elbow.k_max=12$"),
    "no section": (["k_max=12"], "k_max is not a setting: write elbow.k_max=12$"),
    "one of two sections": (["n_init=4"], "write elbow.n_init=4 or cluster.n_init=4$"),
    "no section and misspelt": (["kmax=12"], "kmax is not a setting: write elbow.k_max=12$"),
    "no such setting": (["colour=red"], "colour is not a setting: expected is KEY=VALUE"),
    "a section": (["data=3"], "data is a section, not a setting: set one of its keys, such as data.id"),
    "a section of params.yaml": (["elbow=3"], "elbow is a section, .* such as elbow.k_min"),
    "an engine": (["executor=dask"], "executor is a section, .* such as executor.kind"),
    "a slash": (["elbow/k_max=3"], "elbow/k_max is written with a point: elbow.k_max=3"),
    "a setting that is needed": (["~elbow.k_max"], "elbow.k_max cannot be taken away"),
    "no number": (["elbow.k_max==3"], "elbow.k_max is '=3'; expected is a number"),
    "several numbers": (["cluster.k=3,5"], "several values: `dvc exp run --queue -S cluster.k=3,5` tries each$"),
    "a range": (["cluster.k=range(1,5)"], r"several values: `dvc exp run --queue -S 'cluster.k=range\(1,5\)'`"),
    "several words": (["elbow.rule=gap,kneedle"], "tries each; if it is one text, write 'elbow.rule=\"gap,kneedle\"'$"),
    "a line end": (["report.title=a\nb"], r"'report.title=a\\nb' holds a control character"),
}


@pytest.mark.parametrize(("arguments", "words"), SAID.values(), ids=SAID)
def test_what_is_no_setting_is_refused_in_one_plain_sentence(arguments, words):
    message = refused(*arguments)
    assert re.search(words, message), message
    assert not re.search("mismatched|EOF|Lexer|multirun|hydra.cc", message)


SOUND = [
    ["elbow.k_max=12", "dataset=csv", "dataset@data=csv", "cluster.k=auto", "cluster.reference=null"],
    ["report.title=Q1:50", "compare.rev=v1.0-rc/2", "score.input=data/raw/new.csv", "report.title='12'"],
    ["+data.features.x={unit: days}", "~data.features.age", "preprocess.clip=[0.01,0.99]", "export.table=007"],
    ["data.source.parameters.cutoff=2026-02-01", "++executor.threads=3", "hydra.verbose=true"],
    ["--cfg", "job", "elbow.k_max=3"],
    ["--help"],
]


@pytest.mark.parametrize("arguments", SOUND)
def test_plain_settings_pass(arguments):
    overrides.check(arguments, stage._parsed)
