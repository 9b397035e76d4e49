"""Rows by COPY, inside the session's own transaction. Only the bulk import uses it; nothing here knows what the rows mean."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import sql

from marketplace.core.db import db

_encode = json.JSONEncoder(ensure_ascii=False).encode


def json_text(value: object) -> str | None:
    """A JSON column's value for COPY."""
    return None if value is None else _encode(value)


def array_text(values: Sequence[str]) -> str:
    """A text array's value for COPY; the driver's own way of writing lists takes several times as long."""
    if not values:
        return "{}"
    return "{" + ",".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values) + "}"


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows into a table.

    Values are text, numbers, ids, instants or None; JSON and arrays come as text (`json_text`, `array_text`).
    """
    connection: Any = db.session.connection().connection.driver_connection
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def temporary_like(table: str) -> str:
    """An empty temporary table with the columns of `table`; returns its name. It ends with the transaction."""
    name = f"import_{table}"
    connection: Any = db.session.connection().connection.driver_connection
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE TEMPORARY TABLE IF NOT EXISTS {} (LIKE {}) ON COMMIT DROP").format(sql.Identifier(name), sql.Identifier(table))
        )
        # A test's outer transaction, and a second chunk in one transaction, find the table of the chunk before.
        cursor.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(name)))
    return name
