"""The file of conf/dataset/ that a plan becomes: YAML with the reason of each decision beside it."""

import json
import re
from collections.abc import Mapping
from dataclasses import fields

from segmentation.adoption.plan import CUTOFF, ID, Plan
from segmentation.pipeline.errors import InputFault
from segmentation.pipeline.schema import Feature
from segmentation.pipeline.settings import AMBIGUOUS, WORDS
from segmentation.pipeline.source_kinds import Column
from segmentation.pipeline.terminal import shown

PLAIN = re.compile(r"[A-Za-zÀ-ɏ_][\wÀ-ɏ .()%€$£/-]*(?<! )")  # a text that YAML needs no quotes for
LINE_ENDS = re.compile("[\r\x85\u2028\u2029]")  # which YAML takes for the end of a line and gives back as another
RESERVED = re.compile(r"(?i:yes|no|on|off|true|false|null|y|n|~)|.*( #|: ).*|.*:$")


def text(plan: Plan, settings: Mapping[str, tuple[object, str]], place: str) -> str:
    """The whole file; `settings` are those of its source but for columns and query, each with its reason.

    Raises InputFault where the query holds a line end that YAML does not keep.
    """
    if odd := LINE_ENDS.search(plan.query + plan.period):
        raise InputFault(f"a column or a cell of {shown(place)} holds the line end {odd[0]!r}: take it out of the file")
    what = "a table of customers" if plan.kind == "customers" else "orders"
    head = f"# {shown(place)}: {what}, as stages/adopt.py read it. Edit this file as you like."
    lines = ["# @package data", head, f"id: {ID}", "", "source:"]
    lines += _source(plan, settings)
    lines += ["", "# To cluster on."]
    lines += _section("features", {name: _feature(feature) for name, feature in plan.features.items()}, plan.reasons)
    lines += ["# To describe segments by."]
    lines += _section("profile", dict.fromkeys(plan.profile, "{}"), {})
    left = [d for d in plan.decisions if d.use == "left out"]
    lines += ["# Left out:"] * bool(left) + [f"#   {shown(d.column.name)}: {shown(d.why)}" for d in left]
    value = "null" if plan.value is None else _value(plan.value)
    unknown = "for the reason above" if plan.why_no_value else "no column says what customers are worth"
    reason = "of which each segment's share is told" if plan.value else unknown
    lines += ["", *[f"# {shown(plan.why_no_value)}"] * bool(plan.why_no_value), f"value: {value}   # {reason}", ""]
    lines += ["# Tried in order; see docs/own-customers.md#names-of-segments.", *_names(plan)]
    return "\n".join(lines) + "\n"


def reading(settings: Mapping[str, tuple[object, str]]) -> list[str]:
    """How the file is read where that is not as usual, a line for each setting."""
    usual = ("kind", "files", "connection", "driver", "version")
    return [f"{key}: {_value(value)}{_why(why)}" for key, (value, why) in settings.items() if key not in usual]


def _source(plan: Plan, settings: Mapping[str, tuple[object, str]]) -> list[str]:
    """How the source is read: its settings, its columns, its statements and the parameters of these."""
    lines = [f"  {key}: {_value(value)}{_why(why)}" for key, (value, why) in settings.items()]
    if plan.columns and "files" in settings:
        lines += [
            "  # How the cells of each column are written. `ingest` refuses what is written otherwise.",
            "  columns:",
        ]
        lines += [f"    {plan.kind}:"] + [
            f"      {_value(name)}: {_column(column)}" for name, column in plan.columns.items()
        ]
    lines += _statement("query", plan.query)
    if plan.period:
        lines += [
            "  # The first and the last day of the orders that count, for the report.",
            *_statement("period", plan.period),
        ]
    if plan.cutoff and "files" in settings:
        lines += [
            "  parameters:",
            f'    {CUTOFF}: "{plan.cutoff}"   # days are counted back from here, the day after the last: move it on',
        ]
    return lines


def _statement(key: str, sql: str) -> list[str]:
    return [f"  {key}: |", *(f"    {line}" for line in sql.split("\n"))]


def _why(reason: str) -> str:
    return f"   # {shown(reason)}" if reason else ""


def _section(name: str, entries: Mapping[str, str], reasons: Mapping[str, str]) -> list[str]:
    if not entries:
        return [f"{name}: {{}}"]
    return [f"{name}:"] + [f"  {_value(key)}: {entry}{_why(reasons.get(key, ''))}" for key, entry in entries.items()]


def _names(plan: Plan) -> list[str]:
    if not plan.names:
        return ["names: []"]
    lines = ["names:"]
    for rule in plan.names:
        when = ", ".join(f"{_value(name)}: {level}" for name, level in rule.when.items())
        lines += [f"  - name: {_value(rule.name)}", f"    when: {{{when}}}"]
        lines += [f"    action: {_value(rule.action)}"] if rule.action else []
    return lines


def _feature(feature: Feature) -> str:
    return _mapping(feature)


def _column(column: Column) -> str:
    return _mapping(column)


def _mapping(settings: object) -> str:
    """The settings that differ from their defaults, on one line."""
    default = type(settings)()
    pairs = {field.name: getattr(settings, field.name) for field in fields(settings)}
    changed = [f"{name}: {_value(value)}" for name, value in pairs.items() if value != getattr(default, name)]
    return "{" + ", ".join(changed) + "}"


def _value(value: object) -> str:
    """A value as YAML 1.1 and YAML 1.2 both read it, also inside braces."""
    if isinstance(value, str):
        plain = PLAIN.fullmatch(value) and not RESERVED.fullmatch(value) and not WORDS.match(value)
        return value if plain and not AMBIGUOUS.fullmatch(value) else json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_value(key)}: {_value(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value)
