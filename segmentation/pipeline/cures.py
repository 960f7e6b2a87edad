"""The cure for a column of text: the SQL that makes numbers of the very text that it holds, or what to do instead."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from segmentation.pipeline import notation, reading
from segmentation.pipeline.notation import Shapes, bare
from segmentation.pipeline.reading import DUCKDB, NO, YES, Cure, identifier, literal

FEW = 5  # different words: a message may show so many
LONG = 1000  # letters of a query that a message repeats
MISSING = frozenset({
    "", "-", "--", "---", "–", "—", ".", "..", "*", "?", "??", "na", "n/a", "n.a.", "nan", "<na>", "null", "(null)",
    "\\n", "none", "nil", "missing", "unknown", "empty", "no data", "no value", "not available", "k.a.", "leer",
    "fehlt", "keine angabe", "unbekannt", "#n/a", "#na", "#nv", "#value!", "#wert!", "#div/0!", "#ref!", "#bezug!",
    "#num!", "#zahl!",
    "0000-00-00", "0000-00-00 00:00:00", "0000-00-00t00:00:00", "00.00.0000", "00/00/0000",
})  # fmt: skip
SLIPS = 0.01  # of the cells may be words, where the others are to be ordered as numbers or dates
CLOCK = re.compile(r"\s*9{1,2}:99(:99(\.9+)?)?\s*")  # as the shape of a time that DuckDB reads
TIME = re.compile(r"-?9{1,3}:99(:99([.,]9+)?)?( ?[ap]m)?", re.IGNORECASE)  # as the shape of 1:30
PLAIN = re.compile(r"[\w .,:;/()#%&+*<>!?-]{1,20}")  # a word that may stand in SQL to paste
NAMED_MONTH = re.compile(r"[9SLM]{1,2}[. -]{1,2}[^\W\d]{3,9}\.?[ -][9YLMH]{1,4}")  # as the shape of 31. Dezember 2024


def advice(column: str, shapes: Shapes, query: str = "", dialect: str = DUCKDB) -> str:
    """What to do about a column of text whose cells have these shapes: a clause of a message, with the SQL to paste.

    `query` is that of the data set, in `dialect`, and the column is one of its result, where numbers are wanted. Text
    that can be read in two ways is told with both and never decided: the values of the whole column decide, or the
    reader of the message.
    """
    cure = find(identifier(column), shapes, dialect)
    words = f"{cure.words}, of which the days to the latest make a number" if cure.dates else cure.words
    pasted = [_paste(column, _days(sql, dialect) if cure.dates else sql, query, dialect) for _, sql in cure.readings]
    change = "set `source.query` of the data set to" if dialect == DUCKDB else "let the query of the data set select"
    return _clause(replace(cure, words=words), change, pasted)


def advice_within(subject: str, shapes: Shapes) -> str:
    """As `advice`, of a `subject` inside a query of DuckDB: the SQL stands for it there; dates become dates."""
    cure = within(subject, shapes)
    return _clause(cure, "write in the query", [sql for _, sql in cure.readings])


def within(subject: str, shapes: Shapes) -> Cure:
    """As `find`, inside a query of DuckDB: times are read as times, and dates keep the hours of the day."""
    marks = [shape for shape, (_, text) in shapes.items() if bare(text) in MISSING]
    if len(marks) < len(shapes) and all(CLOCK.fullmatch(shape) for shape in shapes if shape not in marks):
        return Cure("these are times", [("a time", f"CAST({_without(subject, marks)} AS TIME)")])
    cure = find(subject, shapes)
    if not any(re.search(r"\{[msf]\}", shape) for shape in shapes):
        return cure
    moments = [(meaning, sql.replace(" AS DATE)", " AS TIMESTAMP)")) for meaning, sql in cure.readings]
    return replace(cure, readings=moments)


def _clause(cure: Cure, change: str, pasted: Sequence[str]) -> str:
    if len(pasted) < 2:
        return f"{cure.words}: {change} `{pasted[0]}`" if pasted else cure.words
    meanings = [meaning for meaning, _ in cure.readings]
    ways = ", or ".join(f"for {meaning} `{sql}`" for meaning, sql in zip(meanings, pasted, strict=True))
    told = f"'{cure.example}' can mean {' or '.join(meanings)}, and no value of the column tells which"
    return f"{cure.words}; {told}: {change}, {ways}"


def _days(day: str, dialect: str) -> str:
    """The days from each date to the latest, since nothing else in a table of customers is a today."""
    last = f"max({day}) OVER ()"
    return f"date_diff('day', {day}, {last})" if dialect == DUCKDB else f"{last} - {day}"


def _paste(column: str, expression: str, query: str, dialect: str) -> str:
    """A query that is the data set's but for that column, or in a database the expression in the column's place."""
    selected = f"{expression} AS {identifier(column)}"
    if dialect != DUCKDB:
        return selected
    inner = _one_line(query)
    replaced = f"SELECT * REPLACE ({selected}) FROM"
    if plain := re.fullmatch(r"(?i)SELECT \* FROM (\w+)", inner):
        return f"{replaced} {plain[1]}"
    if inner and len(inner) <= LONG:
        return f"{replaced} ({inner})"
    return f"{replaced} (`, then the query as it is but for a semicolon at its end, then on a line of its own `)"


def _one_line(query: str) -> str:
    """A query without comments and line ends, as a message can show it; "" where they stand in a text."""
    import sqlglot

    try:
        tokens = sqlglot.Dialect.get_or_raise(DUCKDB).tokenize(query.rstrip("; \n"))
    except sqlglot.errors.TokenError:
        return ""
    line, end = "", 0
    for token in tokens:
        gap, word = query[end : token.start].strip(), query[token.start : token.end + 1]
        if (gap and not gap.startswith(("--", "/*"))) or word != " ".join(word.split()):
            return ""
        line += " " * bool(line and token.start > end) + word
        end = token.end + 1
    return line.rstrip("; ")


def find(subject: str, shapes: Shapes, dialect: str = DUCKDB) -> Cure:
    """The cure of a column whose cells have these shapes: SQL of the dialect, in which `subject` is the column."""
    missing = [shape for shape, (_, text) in shapes.items() if bare(text) in MISSING]
    filled = {shape: text for shape, (_, text) in shapes.items() if shape not in missing}
    if not filled:
        return Cure("there are only marks of missing values: leave the column out", ordered=False)
    if answers := reading.answers(subject, list(filled.values())):
        return answers
    words = [shape for shape in filled if not notation.number(shape) and not notation.date_formats([shape])]
    known = {shape: text for shape, text in filled.items() if shape not in words}
    if words and (instead := _instead(shapes, words, known)):
        return instead
    subject = _without(subject, [*missing, *words])
    numbers = {shape: number for shape in known if (number := notation.number(shape))}
    if formats := notation.date_formats(known):
        cure = reading.dates(subject, known, formats, dialect)
    elif len(numbers) == len(known):
        among_words = _cells(shapes, words) > SLIPS * _cells(shapes, known)
        cure = reading.numbers(subject, numbers, known, dialect)
        cure = replace(cure, ordered=False) if reading.are_codes(numbers, among_words) else cure
    else:
        cure = Cure("numbers and dates stand side by side, or dates of several orders: mend the file")
    odd = f"mend {', '.join(map(repr, words))} in the file, or let it be missing; these are " if words else "these are "
    return replace(cure, words=f"{odd}{cure.words}") if cure.readings else cure


def _cells(shapes: Shapes, some: Iterable[str]) -> int:
    return sum(shapes[shape][0] for shape in some)


def _instead(shapes: Shapes, words: Sequence[str], known: Mapping[str, str]) -> Cure | None:
    """What to do about a column with `words`, beside the `known` numbers and dates, unless they are a few slips."""
    texts = {word: shapes[word][1] for word in words}
    if known and any(bare(text) in YES | NO for text in texts.values()):
        return Cure("answers such as yes and no stand beside numbers or dates: mend the file", ordered=False)
    if all(NAMED_MONTH.fullmatch(word.strip()) for word in words):
        return Cure("these are dates with months that are not English: write them as 2026-01-31 in the file")
    if all(TIME.fullmatch(word.strip()) for word in words):
        return Cure("these are times: write them as numbers, such as minutes, in the file")
    if len(words) > FEW or _cells(shapes, words) > _cells(shapes, known):
        where = "describe the segments by them, under `profile` of the data set, or leave them out"
        return Cure(f"these are words: {where}", ordered=False)
    for word, text in texts.items():
        if word != text or not PLAIN.fullmatch(word):
            return Cure(f"{' '.join(text.split())[:40]!r} is neither number nor date: mend the file", ordered=False)
    return None


def _without(subject: str, marks: Sequence[str]) -> str:
    """The column with these marks of missing values taken for missing."""
    if any(mark != mark.strip() for mark in marks):
        subject = f"trim({subject})"
    for mark in dict.fromkeys(mark.strip() for mark in marks):
        subject = f"NULLIF({subject}, {literal(mark)})"
    return subject
