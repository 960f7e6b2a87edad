"""The files of settings, read as data before Hydra sees them: Hydra would act on what some of their words ask for."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from segmentation.pipeline.errors import IN_WORDS, ConfigurationFault

# Texts to YAML 1.2, which DVC reads and writes; to YAML 1.1 these are true, false and numbers to base 60.
WORDS = re.compile(r"(?i:yes|no|on|off)$|[-+]?\d[\d_]*(:\d+)+(\.[\d_]*)?$")
# Numbers to base 8, a sign before a point, and dates: YAML 1.1 and YAML 1.2 read each differently, and where it is a
# text, DVC writes it in quotes.
AMBIGUOUS = re.compile(
    r"[-+]?0[\d_]+|[-+]?0o[0-7_]+|[-+]\.\d[\d_]*([eE][-+]\d+)?"
    r"|\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?([Tt]|[ \t]+)\d\d?:\d\d:\d\d.*"
)
HEADER = re.compile(r"\s*#\s*@")  # Hydra reads comments of this kind, up to the first line of another
TAG = "tag:yaml.org,2002:"
MERGE = f"{TAG}merge"
# What settings hold, by the names that YAML has for it.
KINDS = {MappingNode: ["map"], SequenceNode: ["seq"], ScalarNode: [*IN_WORDS, "null", "value", "merge"]}
PACKAGE = re.compile(r"\s*#\s*@\s*package\s+(\S+)")
SECTIONS = ("hydra", "defaults")  # at the top of a file they tell Hydra what to load, and what to call then
CALLS = re.compile(r"_(target|partial|recursive|convert|args)_")  # keys by which Hydra calls code
HALF = re.compile("[\ud800-\udfff]")  # as JSON escapes write an emoji in two
DEEPEST = 20  # nested levels
TOO_DEEP = f"settings are nested deeper than {DEEPEST} levels"
MOST = 100_000  # values, counting each time that an alias repeats one


@contextmanager
def read_as_dvc_does() -> Iterator[None]:
    """Lets YAML 1.1 readers in this process, such as Hydra's, take for text what YAML 1.2 does.

    `dvc exp run -S` rewrites a file without the quotes that YAML 1.2 does not need: "no" comes back as no.

    The scanner stays that of `check`. LibYAML's is faster, but reads some texts otherwise: keys would come out that
    nobody checked.
    """
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers
    text = ("tag:yaml.org,2002:str", WORDS)
    yaml.SafeLoader.yaml_implicit_resolvers = {first: [text, *rules] for first, rules in resolvers.items()}
    try:
        yield
    finally:
        yaml.SafeLoader.yaml_implicit_resolvers = resolvers


def check(file: Path, package: str | None = None) -> None:
    """Refuses a file of settings that is more than data; a file that does not exist is left to Hydra, which lists some.

    Data is YAML that all readers understand alike, mounted at `package` or nowhere, of a size that can be read, without
    a section or a key that Hydra acts on, and without interpolations. Raises ConfigurationFault with the line.
    """
    if not file.exists():
        return
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigurationFault(f"{file} is not UTF-8 at byte {error.start}: save it as UTF-8") from None
    _check_header(file, text)
    for line in text.splitlines():
        if (mounted := PACKAGE.match(line)) and mounted[1] != package:
            expected = f"`# @package {package}`" if package else "no such line"
            raise ConfigurationFault(f"{file} holds `# @package {mounted[1]}`; expected is {expected}")
    if package and text.startswith("\ufeff"):
        raise ConfigurationFault(f"{file} begins with a byte order mark, which hides its first line: save it without")
    try:
        _refuse_ambiguity(file, text)
        _refuse_code(file, yaml.compose(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark or error.context_mark).line + 1
        raise ConfigurationFault(f"{file} line {line}: {error.problem}; what opened may stand lines above") from None
    except (yaml.YAMLError, ValueError) as error:  # a ValueError where an escape stands for no character
        raise ConfigurationFault(f"{file}: {' '.join(str(error).split())}") from None


def _check_header(file: Path, text: str) -> None:
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    for number, line in takewhile(lambda numbered: HEADER.match(numbered[1]), lines):
        if len([word for word in line.lstrip("#").strip().split(" ") if word]) != 2:  # as Hydra splits it
            raise ConfigurationFault(
                f"{file} line {number}: `{line}` begins with @, which Hydra reads as a word and its value: leave out "
                "the @, or write the rest on a line of its own"
            )


def refuse_interpolation(text: str, where: str) -> None:
    """Refuses a text that another setting, or a variable of the environment, would stand in for."""
    if "${" in text:
        raise ConfigurationFault(f"{where}: ${{...}} in {text[:80]!r} would be replaced: write the value itself")


def _refuse_ambiguity(file: Path, text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise ConfigurationFault(f"{file} line {event.start_mark.line + 1}: {TOO_DEEP}")
        if isinstance(event, yaml.ScalarEvent) and event.implicit[0] and AMBIGUOUS.fullmatch(event.value):
            raise ConfigurationFault(
                f"{file} line {event.start_mark.line + 1}: {event.value} means different things to DVC and to "
                "Hydra: put it in quotes if it is a text or a date, else spell it as a plain number"
            )


def _refuse_code(file: Path, root: Node | None) -> None:
    if root and not isinstance(root, MappingNode):
        raise _fault(file, root, "holds no settings: expected are lines such as `key: value`")
    for key, _ in root.value if root else []:
        if key.tag == MERGE:
            raise _fault(file, key, "`<<` merges sections into the top of the file: write them out")
        if key.value in SECTIONS:
            raise _fault(file, key, f"`{key.value}` is no section of ours: leave it out")
    if root and _values(file, root, {}, 1) > MOST:
        raise _fault(file, None, f"its aliases (&, *) repeat more than {MOST:,} values: write out what is meant")


def _values(file: Path, node: Node, known: dict[int, int], depth: int) -> int:
    """How many values a node holds, counting repeated ones each time; each node is checked once."""
    if depth > DEEPEST:
        raise _fault(file, node, TOO_DEEP)
    if id(node) not in known:
        _check_kind(file, node)
        if isinstance(node, MappingNode):
            _check_keys(file, node)
        if isinstance(node, ScalarNode):
            refuse_interpolation(node.value, f"{file} line {node.start_mark.line + 1}")
            if HALF.search(node.value):
                raise _fault(file, node, f"{node.value!r} holds half a character: write the character itself")
            if CALLS.fullmatch(node.value):
                raise _fault(file, node, f"`{node.value}` would call code: settings are data")
        below = [part for pair in node.value for part in pair] if isinstance(node, MappingNode) else node.value
        children = [] if isinstance(node, ScalarNode) else below
        known[id(node)] = 1 + sum(_values(file, child, known, depth + 1) for child in children)
    return known[id(node)]


def _check_keys(file: Path, node: MappingNode) -> None:
    for key, _ in node.value:
        if not isinstance(key, ScalarNode) or key.tag == f"{TAG}null":
            raise _fault(file, key, "a key is empty, a list or a mapping: write a word before the colon")


def _check_kind(file: Path, node: Node) -> None:
    """Refuses what is tagged as anything that settings do not hold, and numbers that cannot be read."""
    kind = node.tag.removeprefix(TAG)
    if kind not in KINDS[type(node)]:
        raise _fault(file, node, f"the tag `{node.tag.replace(TAG, '!!')}` does not fit here: leave it out")
    if kind in IN_WORDS and kind != "str":
        try:
            SafeConstructor().construct_object(node)
        except (ValueError, LookupError):
            message = (
                f"{node.value!r:.80} cannot be read as {IN_WORDS[kind]}: spell it plainly, or put a text in quotes"
            )
            raise _fault(file, node, message) from None


def _fault(file: Path, node: Node | None, message: str) -> ConfigurationFault:
    return ConfigurationFault(f"{file} line {node.start_mark.line + 1}: {message}" if node else f"{file}: {message}")
