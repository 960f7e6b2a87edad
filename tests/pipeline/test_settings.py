"""Files of settings are data: what would call code, load more, or stand for something else is refused by its line."""

import pytest

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
    "two documents": ("a: 1\n---\nb: 2", "line 2"),
    "a tab": ("a:\n\tb: 1", "line 2: found character"),
    "a control character": ("a: \x01", "special characters are not allowed"),
    "a word that readers disagree on": ("a: no", "line 1: no means different things"),
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
