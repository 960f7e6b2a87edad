"""Files of settings are data: what would call code, load more, or stand for something else is refused by its line."""

import json

import pytest
import yaml
from dvc.utils.hydra import apply_overrides
from omegaconf import OmegaConf
from ruamel.yaml import YAML

from segmentation.pipeline import settings
from segmentation.pipeline.errors import ConfigurationFault


def bomb(levels):
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


REFUSED = {
    "a section of Hydra": ("a: 1\nhydra: {run: {dir: x}}", "line 2: `hydra` is no section of ours"),
    "that section in quotes": ('"hydra": {}', "line 1: `hydra`"),
    "that section by an escape": ('"h\\x79dra": {}', "line 1: `hydra`"),
    "a list of defaults": ("defaults:\n  - other", "line 1: `defaults` is no section of ours"),
    "that section merged": ("a: 1\n<<: {hydra: {run: {dir: x}}}", "line 2: `<<` merges sections into the top"),
    "defaults merged": ("<<: {defaults: [/other, _self_]}", "line 1: `<<` merges"),
    "several merged": ("a: &a {hydra: {}}\n<<: [*a, {b: 1}]", "line 2: `<<` merges"),
    "merged by a tag": ("!!merge x: {hydra: {}}", "line 1: `<<` merges"),
    "merged by a long key": ("? <<\n: {hydra: {}}", "line 1: `<<` merges"),
    "a comment to a person": ("# @anna please tune k\na: 1", "line 1: `# @anna please tune k` begins with @"),
    "a comment behind the package": ("\n# @package data  # mounted here\na: 1", "line 2: .* on a line of its own"),
    "a comment of one word": ("#@anna\na: 1", "line 1: .* leave out the @"),
    "a comment below the package": ("# @package data\n\n  # @ bob\tsee, this\na: 1", "line 3: "),
    "a tab behind the word": ("# @package\tdata\na: 1", "line 1: "),
    "a target": ("a:\n  b: {_target_: builtins.open}", "line 2: `_target_` would call code"),
    "a target in a list": ("a: [{_target_: os.system}]", "`_target_`"),
    "arguments of a target": ("a: {_args_: [x]}", "`_args_`"),
    "a global package": ("# @package _global_\na: 1", "holds `# @package _global_`; expected is `# @package data`"),
    "another package": ("# @package data.source\na: 1", "expected is `# @package data`"),
    "a package below a comment": ("# mine\n#   @package   hydra\na: 1", "holds `# @package hydra`"),
    "a package behind a rare line end": ("# mine\u2028# @package _global_\na: 1", "holds `# @package _global_`"),
    "the environment": ("a: ${oc.env:HOME}", r"line 1: \$\{...\} in '\$\{oc.env:HOME\}' would be replaced"),
    "the environment within a text": ("a:\n  - x\n  - b: our ${oc.env:HOME} page", "line 3"),
    "the environment by an escape": ('a: "\\x24{oc.env:HOME}"', "line 1"),
    "the environment in a key": ("${oc.env:HOME}: 1", "line 1"),
    "the environment in a block": ("a: |\n  x\n  ${oc.env:HOME}", "line 1"),
    "another setting": ("a: ${b}\nb: 1", "line 1"),
    "code of another resolver": ("a: ${oc.decode:'[1]'}", "line 1"),
    "aliases that repeat for ever": (bomb(10), r"its aliases .* repeat more than 100,000 values"),
    "an alias of itself": ("a: &a [*a]", "deeper than 20 levels"),
    "deep nesting": ("a: " + "[" * 30 + "]" * 30, "line 1: settings are nested deeper than 20 levels"),
    "very deep nesting": ("a: " + "[" * 100_000, "line 1: settings are nested deeper"),
    "very deep nesting by indents": ("".join(f"{' ' * n}a:\n" for n in range(300)), "line 2.: settings are nested"),
    "a tag of code": ("a: !!python/name:os.system x", "line 1: the tag `.*os.system` does not fit here: leave it out"),
    "a tag of another kind": ("a: 1\nb: !!set {c}", "line 2: the tag `!!set` does not fit here"),
    "a tag that does not fit": ("a: !!int abc", "line 1: 'abc' cannot be read as a whole number"),
    "a number of nothing": ('a: !!int ""', "line 1: '' cannot be read as a whole number"),
    "a tag of a mapping": ("a: !!map 3", "line 1: the tag `!!map` does not fit here"),
    "a yes that is none": ("a: !!bool maybe", "line 1: 'maybe' cannot be read as true or false"),
    "a number of many digits": ("a: 1\nb: " + "9" * 5000, "line 2: '9999.* cannot be read as a whole number: spell it"),
    "a number without digits": ("a: 0x_", "line 1: '0x_' cannot be read as a whole number"),
    "an escape of no character": ('a: "\\U00110000"', "chr\\(\\) arg not in range"),
    "a key of nothing": ("a:\n  ~: 1", "line 2: a key is empty, a list"),
    "a list for a key": ("? [a]\n: 1", "line 1: a key is empty, a list"),
    "a list": ("- a", "line 1: holds no settings: expected are lines such as `key: value`"),
    "a byte order mark": ("\ufeff# @package data\na: 1", "begins with a byte order mark"),
    "two documents": ("a: 1\n---\nb: 2", "line 2"),
    "a tab": ("a:\n\tb: 1", "line 2: found character"),
    "a control character": ("a: \x01", "special characters are not allowed"),
    "half an emoji": ('a:\n  b: "\\ud83d\\ude00"', "line 2: .* holds half a character"),
    "a number to base 8": ("a: 010", "line 1: 010 means different things"),
    "another number to base 8": ("a: 0o10", "line 1: 0o10 means"),
    "a sign before a point": ("a: +.5", r"line 1: \+.5 means"),
    "a date": ("a:\n  b: 2026-02-01", "line 2: 2026-02-01 means"),
    "a moment": ("a: 2026-02-01 08:00:00", "line 1: 2026-02-01 08:00:00 means"),
}


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_more_than_data_is_refused(tmp_path, text, words):
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationFault, match=f"mine.yaml.*({words})"):
        settings.check(file, "data")


PLAIN = {
    "a package": "# @package data\na: 1",
    "nothing": "",
    "comments": "# hydra: {}\n# ${oc.env:HOME}\na: 1",
    "comments with an @ further down": "# ours\n# @anna please tune k\na: 1  # @bob why so many",
    "a comment of two words": "# @package data\n# @author anna\na: 1",
    "merged below the top": "x: &x {unit: days}\nb: {<<: *x, c: 1}",
    "aliases": "a: &a {unit: days}\nb: *a\nc: *a",
    "words of Hydra within a text": "a: the hydra, its _target_ and defaults\nb: {hydra: 1, defaults: 2}",
    "signs": "a: '$5 {off}, 10 % & more'\nb: $name",
    "several levels": "a: {b: {c: {d: [1, {e: 2}]}}}",
}


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_plain_data_passes(tmp_path, text):
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    settings.check(file, "data")


WORDS = ["no", "NO", "No", "yes", "on", "Off", "y", "N", "true", "TRUE", "null", "~", "nan", ".inf", "=", "<<"]
TIMES = ["08:00", "8:30", "12:30", "23:59:59", "12:30:15.5", "-1:30", "2026-02", "2026-2-1", "2026-02-01 08:00"]
MOMENTS = ["2026-02-01", "2026-02-01 08:00:00", "2026-02-01T08:00:00Z", "10:00-12:00"]
NUMBERS = ["007", "08", "0o17", "0o8", "0x1F", "0b101", "1e3", "1E-3", "+.5", ".5", "12.", "1_000", "1,5", "+49 30 1"]
QUOTED = [
    *WORDS,
    *TIMES,
    *MOMENTS,
    *NUMBERS,
    "50 %",
    "a: b",
    "a #b",
    "- x",
    "{x}",
    "it's",
    'say "x"',
    "Ä 漢",
    "",
    " x ",
]


@pytest.mark.parametrize("text", QUOTED)
def test_a_quoted_text_is_that_text_to_all_readers_also_after_dvc_wrote_the_file(tmp_path, text):
    file = tmp_path / "mine.yaml"
    content = {"a": text, "parameters": {"cutoff": "2026-01-01", "flag": text}, "names": [{"name": text}]}
    file.write_text("# @package data\n" + json.dumps(content), encoding="utf-8")
    apply_overrides(file, ["parameters.cutoff=2026-02-01"])
    content["parameters"]["cutoff"] = "2026-02-01"
    settings.check(file, "data")
    with settings.read_as_dvc_does():
        assert OmegaConf.to_container(OmegaConf.load(file)) == content
    assert YAML(typ="safe").load(file) == content


def test_other_readers_of_this_process_keep_their_ways():
    with settings.read_as_dvc_does():
        assert yaml.safe_load("no") == "no"
    assert yaml.safe_load("no") is False


HIDDEN = ["{a: 1,\n\ufeffhydra: {}}", "{a: 1,\n\ufeffdefaults: [b]}", "a: {b: 1,\n\ufeff_target_: os.system}"]


@pytest.mark.parametrize("text", HIDDEN)
def test_hydra_reads_no_key_that_was_not_checked(tmp_path, text):
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    settings.check(file)
    with settings.read_as_dvc_does():
        loaded = OmegaConf.to_container(OmegaConf.load(file))
    keys = {*loaded, *(key for value in loaded.values() if isinstance(value, dict) for key in value)}
    assert not keys & {"hydra", "defaults", "_target_"}


def test_a_file_that_is_not_there_is_left_to_hydra(tmp_path):
    settings.check(tmp_path / "none.yaml")


def test_a_file_without_a_package_of_its_own_may_name_none(tmp_path):
    file = tmp_path / "params.yaml"
    file.write_text("# @package params\na: 1")
    with pytest.raises(ConfigurationFault, match="expected is no such line"):
        settings.check(file)


def test_bytes_that_are_no_text_are_told_by_their_position(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_bytes(b"a: \xff")
    with pytest.raises(ConfigurationFault, match="not UTF-8 at byte 3"):
        settings.check(file)
