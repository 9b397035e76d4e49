"""What stands in the database, row by row, seen past row security: compared before and after each probe."""

from collections.abc import Mapping
from functools import lru_cache

from sqlalchemy import Connection, text

from marketplace.core.db import STAFF_ROLE, Base

Key = tuple[str, str]
"""(table, primary key as text)"""
_WRITTEN = "SELECT relname FROM pg_stat_xact_user_tables WHERE schemaname = 'public' AND n_tup_ins + n_tup_upd + n_tup_del > 0"
NEVER_COMPARED = frozenset({"log_in_attempts"})
"""Counting a try is what a refused try does."""


@lru_cache(maxsize=1)
def _tables() -> tuple[tuple[str, str], ...]:
    """(table, expression of its primary key)."""
    return tuple(
        (table.name, "concat_ws('/', " + ", ".join(f't."{column.name}"' for column in table.primary_key) + ")")
        for table in Base.metadata.sorted_tables
        if table.name not in NEVER_COMPARED
    )


@lru_cache(maxsize=400)
def _rows_query(tables: frozenset[str] | None) -> str:
    asked = [(name, key) for name, key in _tables() if tables is None or name in tables]
    return " UNION ALL ".join(f"SELECT '{name}' AS name, {key} AS key, t::text FROM \"{name}\" t" for name, key in asked)  # noqa: S608 - names of our own tables


@lru_cache(maxsize=1)
def _stamps_query() -> str:
    return " UNION ALL ".join(f"SELECT '{name}' AS name, count(*), sum(xmin::text::bigint) FROM \"{name}\"" for name, _ in _tables())  # noqa: S608 - as above


def stamps(connection: Connection) -> dict[str, tuple[int, int]]:
    """Table → (number of rows, sum of the transactions that wrote them): the same twice means that nothing was written between.

    The role ends with the connection's transaction.
    """
    connection.execute(text(f"SET LOCAL ROLE {STAFF_ROLE}"))
    return {name: (count, int(written or 0)) for name, count, written in connection.execute(text(_stamps_query()))}


def wrote(connection: Connection) -> bool:
    """Whether the transaction of this connection has written anything: a transaction that has not has no number."""
    return connection.scalar(text("SELECT pg_current_xact_id_if_assigned()")) is not None


def written_tables(connection: Connection) -> frozenset[str]:
    """The tables that the transaction of this connection has written, also where a savepoint has taken it back."""
    return frozenset(connection.scalars(text(_WRITTEN))) - NEVER_COMPARED


def last_write(connection: Connection) -> int:
    """One more than the number of the last transaction that wrote: the same twice means that nobody wrote anything between."""
    return int(str(connection.scalar(text("SELECT pg_snapshot_xmax(pg_current_snapshot())"))))


def rows(connection: Connection, tables: frozenset[str] | None = None) -> dict[Key, str]:
    """Every row as text, by default of all tables. The role ends with the connection's transaction."""
    if tables is not None and not tables:
        return {}
    connection.execute(text(f"SET LOCAL ROLE {STAFF_ROLE}"))
    return {(name, key): content for name, key, content in connection.execute(text(_rows_query(tables)))}


def differences(before: Mapping[Key, str], after: Mapping[Key, str]) -> list[Key]:
    """The rows that were changed, removed or added."""
    return sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
