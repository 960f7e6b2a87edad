"""The columns that the tables of a database's query have, for a query that names one that is not there."""

import re
from contextlib import suppress
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from segmentation.pipeline.errors import ConfigurationFault, suggestion
from segmentation.pipeline.reading import identifier

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Connection

UNKNOWN = re.compile(r'column (?:"(?P<quoted>.+)"|(?P<bare>.+)) does not exist|no such column: (?P<lite>.+)')


def hint(database: "Connection", query: str, dialect: str, reason: str) -> str:
    """The columns there are, as the end of a message, where a database refuses a query for one that is not there."""
    if not (match := UNKNOWN.search(reason)):
        return ""
    with suppress(Exception):
        database.rollback()  # PostgreSQL answers nothing else after an error
    names = _columns(database, _parsed(query, dialect), dialect)
    name = next(filter(None, match.groups())).rpartition(".")[2]
    return f"; {suggestion(name, names)}" if names else ""


def check_quoted(database: "Connection", query: str, dialect: str) -> None:
    """Raises ConfigurationFault for a name in double quotes that is no column, which SQLite would take for a text."""
    tree = _parsed(query, dialect)
    if tree is None:
        return
    quoted = {column.name for column in tree.find_all(exp.Column) if column.this.args.get("quoted")}
    if not quoted:
        return
    if not (columns := _columns(database, tree, dialect)):
        return
    named = {name.lower() for name in [*columns, *_aliases(tree)]}
    for name in sorted(quoted):
        if name.lower() not in named:
            raise ConfigurationFault(
                f"`source.query` of the data set names {identifier(name)}, which is no column: "
                f"{suggestion(name, columns)}; a text stands in single quotes"
            )


def _parsed(query: str, dialect: str) -> exp.Expression | None:
    try:
        return sqlglot.parse_one(query, dialect=dialect)
    except sqlglot.errors.SqlglotError:
        return None


def _aliases(tree: exp.Expression) -> set[str]:
    """The names that a query gives to columns itself."""
    names = {alias.alias for alias in tree.find_all(exp.Alias)}
    return names | {column.name for alias in tree.find_all(exp.TableAlias) for column in alias.columns}


def _columns(database: "Connection", tree: exp.Expression | None, dialect: str) -> list[str]:
    """The columns of the tables that a query reads; none where one of them cannot be asked."""
    from adbc_driver_manager import Error

    if tree is None:
        return []
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    names: dict[str, None] = {}
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            return []  # a function
        if table.db or table.name not in own:
            address = exp.table_(table.this, db=table.args.get("db"), catalog=table.args.get("catalog"))
            with database.cursor() as cursor:
                try:
                    cursor.execute(f"SELECT * FROM {address.sql(dialect)} LIMIT 0")
                    names |= dict.fromkeys(column[0] for column in cursor.description)
                except Error:
                    return []
    return list(names)
