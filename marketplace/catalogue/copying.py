"""Rows by COPY, inside the session's own transaction. Only the bulk import uses it; nothing here knows what the rows mean."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import sql
from pydantic_core import to_json

from marketplace.core.db import db


def json_text(value: object) -> str:
    """A JSON column's value for COPY: made of mappings, sequences, text, numbers, booleans and None."""
    return to_json(value).decode()


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows into a table.

    Values are text, numbers, ids, instants or None; JSON and arrays come as text (`json_text`, `core.arrays.written`).
    """
    connection: Any = db.session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(_statement(table, columns)) as copy:
        for row in rows:
            copy.write_row(row)


def copy_lines(table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """Write rows that are made of numbers, ids in hexadecimal digits, codes and instants alone, and so need no escapes: a line each, with
    tabs between its values and without an end. It spares the driver's way from each value to its text.
    """
    block = "\n".join(lines)
    if not block:
        return
    connection: Any = db.session.connection().connection.driver_connection
    with connection.cursor() as cursor, cursor.copy(_statement(table, columns)) as copy:
        copy.write(f"{block}\n")


def _statement(table: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)))


def temporary_like(table: str) -> str:
    """An empty temporary table with the columns of `table` and their defaults; returns its name. It ends with the transaction."""
    name = f"import_{table}"
    connection: Any = db.session.connection().connection.driver_connection
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE TEMPORARY TABLE IF NOT EXISTS {} (LIKE {} INCLUDING DEFAULTS) ON COMMIT DROP").format(
                sql.Identifier(name), sql.Identifier(table)
            )
        )
        # A test's outer transaction, and a second chunk in one transaction, find the table of the chunk before.
        cursor.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(name)))
    return name
