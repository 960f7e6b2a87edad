"""A query may not go by the order of text where numbers or dates are meant; all else it may."""

import re
from itertools import count
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from segmentation.pipeline import notation
from segmentation.pipeline.errors import ConfigurationFault
from segmentation.pipeline.source_kinds import Query
from segmentation.sources import query

CONF = Path(__file__).parents[2] / "conf/dataset"
SWAPPED = {"day": ["31.12.2024", "01.02.2025", "02.01.2025"], "amount": ["9", "10", "7"]}  # text orders them otherwise
ALIKE = {"day": ["2024-12-31", "2025-02-01", "2025-01-02"], "amount": ["09", "10", "07"]}  # text orders them as well

# A query, and what in it goes by the order of text.
USES = {
    "max": ("SELECT who AS id, max(day) AS x FROM o GROUP BY who", "MAX(day)"),
    "min of numbers": ("SELECT who AS id, min(amount) AS x FROM o GROUP BY 1 ORDER BY 1", "MIN(amount)"),
    "max over a window": ("SELECT DISTINCT who AS id, max(amount) OVER (PARTITION BY who) AS x FROM o", "MAX(amount)"),
    "max of some": ("SELECT who AS id, max(amount) FILTER (kind > 'a') AS x FROM o GROUP BY 1", "MAX(amount)"),
    "arg_max": ("SELECT who AS id, arg_max(kind, day) AS x FROM o GROUP BY 1", "ARG_MAX(kind, day)"),
    "median": ("SELECT who AS id, median(amount) AS x FROM o GROUP BY 1", "MEDIAN(amount)"),
    "greatest": ("SELECT DISTINCT ON (who) who AS id, greatest(amount, '8') AS x FROM o", "GREATEST(amount, '8')"),
    "less than a text": ("SELECT who AS id, count(*) AS x FROM o WHERE amount < '8' GROUP BY 1", "amount < '8'"),
    "less than a parameter": ("SELECT who AS id, count(*) AS x FROM o WHERE amount > $m GROUP BY 1", "amount > $m"),
    "between": (
        "SELECT who AS id, sum(CASE WHEN amount BETWEEN '08' AND '9' THEN 1 END) AS x FROM o GROUP BY 1",
        "amount BETWEEN '08' AND '9'",
    ),
    "the order of a window": (
        "SELECT who AS id FROM (SELECT *, row_number() OVER (PARTITION BY who ORDER BY day DESC) n FROM o) WHERE n = 1",
        "day DESC",
    ),
    "qualify": ("SELECT who AS id FROM o QUALIFY row_number() OVER (PARTITION BY who ORDER BY amount) = 1", "amount"),
    "the order of a list": ("SELECT who AS id, first(kind ORDER BY day) AS x FROM o GROUP BY 1", "day"),
    "the first rows": ("SELECT who AS id FROM o ORDER BY amount LIMIT 1", "amount"),
    "distinct on": ("SELECT DISTINCT ON (who) who AS id, kind FROM o ORDER BY who, day", "day"),
    "having": ("SELECT who AS id, 1 AS x FROM o GROUP BY 1 HAVING max(amount) > '00'", "MAX(amount)"),
    "through a CTE": ("WITH c AS (SELECT who, day AS d FROM o) SELECT who AS id, max(d) FROM c GROUP BY 1", "MAX(d)"),
    "through functions": ("SELECT who AS id, max(trim(replace(amount, ' ', ''))) AS x FROM o GROUP BY 1", "MAX(TRIM("),
    "a join": (
        "SELECT a.who AS id, count(*) FROM o AS a JOIN o AS b ON a.who = b.who AND a.day < b.day GROUP BY 1",
        "a.day < b.day",
    ),
    "a subquery for each row": (
        "SELECT DISTINCT who AS id, (SELECT max(b.amount) FROM o AS b WHERE b.who = a.who) AS x FROM o AS a",
        "MAX(b.amount)",
    ),
    "a name that ends as id does": (
        "SELECT who AS id, max(paid) AS x FROM (SELECT who, amount AS paid FROM o) GROUP BY 1",
        "MAX(paid)",
    ),
    "what chooses an id": ("SELECT first(who ORDER BY day) AS id, 1 AS x FROM o GROUP BY kind", "day"),
    "the extreme of a list": ("SELECT who AS id, list_max(list(amount)) FROM o GROUP BY 1", "LIST_MAX(ARRAY_AGG("),
    "a sorted list": ("SELECT who AS id, list_sort(list(DISTINCT day))[1] FROM o GROUP BY 1", "LIST_SORT(ARRAY_AGG("),
    "places of a list": ("SELECT who AS id, list_grade_up(list(day))[1] FROM o GROUP BY 1", "LIST_GRADE_UP("),
    "an aggregate of a list": ("SELECT who AS id, list_aggregate(list(day), 'min') FROM o GROUP BY 1", "LIST_AGG"),
    "the values of a list": ("SELECT who AS id, list_max([amount, '8']) AS x FROM o WHERE kind = 'a'", "LIST_MAX(["),
    "max of a list": ("SELECT who AS id, max([amount])[1] AS x FROM o GROUP BY 1", "MAX([amount])"),
    "max of a struct": ("SELECT who AS id, max({'d': day, 'k': kind}).k AS x FROM o GROUP BY 1", "MAX({'d': day"),
    "a tuple": ("SELECT who AS id, 1 AS x FROM o WHERE (kind, amount) < ('b', '8')", "(kind, amount) < ('b', '8')"),
    "arg_max_null": ("SELECT who AS id, arg_max_null(kind, day) AS x FROM o GROUP BY 1", "ARG_MAX_NULL(kind, day)"),
    "a method": ("SELECT who AS id, amount.trim().max() AS x FROM o GROUP BY 1", "MAX(TRIM(amount))"),
    "the first of a union": ("SELECT who AS id, day FROM o UNION SELECT kind, day FROM o ORDER BY day LIMIT 1", "day"),
    "a position in a union": ("SELECT who AS id, day FROM o UNION SELECT kind, day FROM o ORDER BY 2 LIMIT 1", "2"),
    "a position": ("SELECT id FROM (SELECT DISTINCT ON (who) who AS id, amount FROM o ORDER BY who, 2)", "2"),
    "a subquery": (
        "SELECT who AS id, count(*) FROM o AS a WHERE EXISTS (SELECT 1 FROM o AS b WHERE b.day > a.day) GROUP BY 1",
        "b.day > a.day",
    ),
}  # fmt: skip
FREE = {
    "converted": "SELECT who AS id, max(CAST(amount AS INT)) AS x FROM o GROUP BY 1 ORDER BY max(CAST(amount AS INT))",
    "the order of the rows": "SELECT DISTINCT who AS id, amount, day FROM o WHERE kind = 'a' ORDER BY day, amount",
    "equality": "SELECT who AS id, count(*) AS x FROM o WHERE amount = '9' OR day IN ('01.02.2025') GROUP BY who",
    "a constant": "SELECT DISTINCT who AS id, dense_rank() OVER (ORDER BY 99) AS x FROM o",
    "company": "SELECT who AS id, max({'d': kind, 'a': amount}).a AS x, max((kind, day))[2] AS y FROM o GROUP BY 1",
    "words in lists": "SELECT who AS id, list_max(list(kind)) AS x, kind.max() AS y FROM o GROUP BY 1",
    "numbers in lists": "SELECT who AS id, list_max(list(amount::INT)) AS x, list(day).len() AS y FROM o GROUP BY 1",
    "the rows of a union": "SELECT who AS id, day FROM o WHERE kind = 'a' UNION SELECT day, day FROM o ORDER BY 2, 1",
    "the first ids of a union": "SELECT who AS id FROM o UNION SELECT day FROM o ORDER BY 1 LIMIT 9",
    "behind a star": "SELECT *, who AS id FROM o WHERE kind = 'a' ORDER BY 4 LIMIT 1",
    "words": "SELECT who AS id, min(kind) AS x, greatest(max(kind), 'a') AS y FROM o WHERE kind < 'c' GROUP BY who",
    "the id": "SELECT who AS id, 1 AS x FROM (SELECT who FROM o ORDER BY who LIMIT 9) GROUP BY who HAVING who > '1'",
    "what the id is made of": "SELECT trim(who) AS id, count(*) AS n FROM o GROUP BY 1 ORDER BY n DESC, 1 LIMIT 9",
    "under the id's name": "SELECT CAST(amount AS TEXT) AS id, ntile(5) OVER (ORDER BY amount) FROM o",
    "through an expression": "SELECT concat(who, '-', amount) AS id, 1 AS x FROM o ORDER BY upper(amount), who LIMIT 9",
    "other ids": "SELECT who AS id, max(order_id), max(sessionId) AS x, first(kind ORDER BY kind, order_id) AS y "
    "FROM (SELECT *, amount AS order_id, amount AS sessionId FROM o) GROUP BY 1",
    "the most frequent": "SELECT who AS id, mode(amount ORDER BY amount) AS x FROM o GROUP BY who",
}


def test_text_in_other_formats_is_looked_at_too(tmp_path):
    (tmp_path / "o.json").write_text('[{"who": "a", "amount": "9"}, {"who": "a", "amount": "10"}]')
    source = Query("query", {"o": str(tmp_path / "o.json")}, "SELECT who AS id, max(amount) AS x FROM o GROUP BY who")
    with pytest.raises(ConfigurationFault, match="goes by the order of text"):
        next(query.read_files(source, "id", 10, tmp_path / "w"))


@pytest.fixture
def read(tmp_path):
    workspaces = (tmp_path / f"w{number}" for number in count())

    def reading(sql, day, amount):
        rows = zip(["9", "10", "10"], day, amount, ["b", "a", "b"], strict=True)
        lines = "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
        (tmp_path / "orders.csv").write_text(f"who,day,amount,kind\n{lines}\n")
        parameters = {"m": "08"} if "$m" in sql else {}
        source = Query("query", {"o": str(tmp_path / "orders.csv")}, sql, parameters=parameters)
        return next(query.read_files(source, "id", 10, next(workspaces))).to_pylist()

    return reading


@pytest.mark.parametrize(("sql", "place"), USES.values(), ids=USES)
def test_text_whose_order_is_not_that_of_its_numbers_or_dates_is_refused_with_a_cure(sql, place, read):
    with pytest.raises(ConfigurationFault, match=re.escape(f"goes by the order of text in `{place}")) as refused:
        read(sql, **SWAPPED)
    assert re.search(r"`CAST\((strptime\()?.*`$", str(refused.value))


@pytest.mark.parametrize("sql", [sql for name, (sql, _) in USES.items() if "8'" not in sql], ids=lambda sql: sql[:20])
def test_text_that_orders_alike_is_free(sql, read):
    assert read(sql, **ALIKE)


@pytest.mark.parametrize("sql", FREE.values(), ids=FREE)
def test_what_no_order_of_text_decides_is_free(sql, read):
    assert read(sql, **SWAPPED)


@pytest.mark.parametrize(
    ("column", "cells", "free"),
    [
        ("amount", ["536365", "C536379", "9"], True),
        ("amount", ["b", "a", "10"], True),
        ("amount", ["1.50", "2.50", "9.99"], True),
        ("amount", ["1,5", "10,5", "2,5"], False),
        ("amount", ["-1", "-2", "0"], False),
        ("amount", ["€ 5", "€ 10", "€ 7"], False),
        ("amount", ["15", "n/a", "17"], False),
        ("amount", ["1.5", "1.234.567", "3"], False),
        ("amount", ["85123A", "22423", "9406B"], True),
        ("amount", ["84406B", "POST", "7105"], True),
        ("amount", ["99ab", "1e5", "100cd"], True),
        ("amount", ["5", "12A", "7"], True),
        ("amount", ["38", "M", "104"], True),
        ("amount", ["9.50", "offen", "10.50"], False),
        ("amount", ["10kg", "9kg", "7kg"], False),
        ("amount", ["10€", "9", "7"], False),
        ("day", ["31.12.2024", "offen", "01.02.2025"], False),
        ("day", ["12:05", "09:30", "23:59:01"], True),
        ("day", ["8:05", "9:30", "7:59"], True),
        ("day", ["10:05", "9:30", "7:59"], False),
        ("day", ["2025-01-31", "2025-01-05 07:00", "2024-12-31"], True),
        ("day", ["2025-01-31 07:12", "2025-01-31 10:00", "2025-01-31T10:01"], True),
        ("day", ["2025-01-31 7:12", "2025-01-31 10:00", "2025-01-30 9:00"], False),
        ("day", ["2025-01-31 07:12 PM", "2025-01-31 10:00 AM", "2025-01-30 09:00 AM"], False),
        ("day", ["2025-1-31", "2025-10-05", "2025-2-01"], False),
        ("day", ["06/26/2024", "01/01/2025", "05/05/2024"], False),
        ("day", ["2024-12-31", "01.01.2025", "2025-01-02"], False),
        ("day", ["Jan 5, 2025", "Feb 1, 2025", "Mar 3, 2025"], False),
    ],
)
def test_the_values_of_the_column_decide(column, cells, free, read):
    sql = f"SELECT who AS id, max({column}) AS x FROM o GROUP BY who"
    if free:
        assert read(sql, **{**ALIKE, column: cells})
    else:
        with pytest.raises(ConfigurationFault, match=rf"goes by the order of text in `MAX\({column}\)`"):
            read(sql, **{**ALIKE, column: cells})


def test_dates_as_2026_01_31_are_not_looked_at_one_by_one(read, monkeypatch):
    monkeypatch.setattr(notation, "shapes", None)
    assert read(
        "SELECT who AS id, max(day), last(kind ORDER BY day) FROM o WHERE day < '2026-01-01' GROUP BY who", **ALIKE
    )


def test_dates_are_held_against_the_text_that_they_are_compared_with(read):
    sql = "SELECT who AS id, count(*) AS x FROM o WHERE day >= '{}' GROUP BY who"
    assert read(sql.format("2025-01-01"), **ALIKE) and read(sql.format("2025"), **ALIKE)
    with pytest.raises(ConfigurationFault, match=r"`day >= '01\.01\.2025'`: of `day`, these are dates, year first"):
        read(sql.format("01.01.2025"), **ALIKE)


@pytest.mark.parametrize(
    ("cells", "cure"),
    [
        (["10:05", "9:30", "7:59"], "these are times: write in the query `CAST(amount AS TIME)`"),
        (["10:05:00", "9:30:00", "-"], "these are times: write in the query `CAST(NULLIF(amount, '-') AS TIME)`"),
        (["2024-12-31", "01.01.2025", "1"], "dates of several orders: mend the file"),
    ],
)
def test_a_cure_loses_no_value(cells, cure, read):
    with pytest.raises(ConfigurationFault, match=re.escape(cure) + "$"):
        read("SELECT who AS id, max(amount) AS x FROM o GROUP BY who", **{**ALIKE, "amount": cells})


@pytest.mark.parametrize(
    ("subject", "cell", "told"),
    [
        (
            "COLUMNS('am.*|who')",
            "9",
            "whether `MAX(COLUMNS('am.*|who'))` goes by the order of text could not be checked",
        ),
        ("string_split(amount, ' ')[1:]", "9 x", "whether `MAX("),
        ("amount", "9 kg", "`MAX(amount)` goes by the order of text: of `amount`, they are in several units, kg, lb"),
        ("amount", "1.5k", "`MAX(amount)` goes by the order of text: of `amount`, they are shortened by 'k'"),
    ],
)
def test_what_cannot_be_checked_or_mended_is_told(subject, cell, told, tmp_path):
    (tmp_path / "o.csv").write_text(f"who,amount\na,{cell}\na,10 lb\n")
    source = Query(
        "query",
        {"o": str(tmp_path / "o.csv")},
        f"SELECT who AS id, max({subject}){'[1]' * ('split' in subject)} FROM o GROUP BY who",
    )
    tables = query.read_files(source, "id", 10, tmp_path / "w")
    assert next(tables).num_rows == 1
    with pytest.raises(StopIteration) as ended:
        next(tables)
    assert [sentence[: len(told)] for sentence in ended.value.value.doubts] == [told]


def test_the_message_shows_two_values_in_the_wrong_order_and_the_cure_mends_it(read):
    sql = "SELECT who AS id, max({}) AS x FROM o GROUP BY who ORDER BY who"
    with pytest.raises(ConfigurationFault, match=r"in which '02\.01\.2025' comes before '01\.02\.2025'") as refused:
        read(sql.format("day"), **SWAPPED)
    cure = re.findall(r"`([^`]*)`", str(refused.value))[-1]
    assert [row["x"] for row in read(sql.format(cure).replace("GROUP", " GROUP"), **SWAPPED)] == [
        "2025-02-01",
        "2024-12-31",
    ]


def test_the_query_of_real_orders_that_comes_with_the_project_is_free(tmp_path, monkeypatch):
    monkeypatch.chdir(CONF.parents[1])
    settings = OmegaConf.to_container(OmegaConf.load(CONF / "online_retail.yaml"))["source"]
    source = Query("query", settings["files"], settings["query"], parameters=settings["parameters"])
    assert next(query.read_files(source, "customer_id", 10, tmp_path / "w")).num_rows == 10
