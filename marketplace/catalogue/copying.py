"""Rows by COPY, inside the session's own transaction. Only bulk writes use it; nothing here knows what the rows mean.

Long JSON goes in the binary format: as text each sign would be looked at for escapes, here and twice more by the server.
"""

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from psycopg import sql
from psycopg.types.string import BytesBinaryDumper
from pydantic_core import to_json
from sqlalchemy import ARRAY, BigInteger, Boolean, Date, DateTime, Numeric, String, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from marketplace.core.db import Base, db

JSONB_FORMAT = b"\x01"
"""The version of the written form that the server reads: JSON as text."""
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
TEXT = 25
READY = 17
"""`bytea`: what goes as it stands."""
OIDS: tuple[tuple[type[TypeEngine[Any]], int], ...] = (
    (JSONB, READY), (ARRAY, READY), (DateTime, READY), (BigInteger, 20), (Boolean, 16), (Numeric, 1700), (Date, 1082), (Uuid, 2950), (String, TEXT),
)  # fmt: skip
"""How the driver writes the values of a column; numbers of PostgreSQL's `pg_type`."""


def json_value(value: object) -> bytes:
    """A JSON column's value: made of mappings, sequences, text, numbers, booleans and None."""
    return JSONB_FORMAT + to_json(value)


@lru_cache(maxsize=10_000)
def text_array(values: tuple[str, ...]) -> bytes:
    """A text array column's value. A chunk has the same few again and again."""
    if not values:
        return struct.pack("!3i", 0, 0, TEXT)
    head = struct.pack("!5i", 1, 0, TEXT, len(values), 1)
    return head + b"".join([struct.pack("!i", len(written)) + written for written in [value.encode() for value in values]])


@lru_cache(maxsize=1_000)
def instant(at: datetime) -> bytes:
    """An instant's value: microseconds since 2000."""
    since = at - EPOCH
    return struct.pack("!q", (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds)


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, into: str | None = None) -> None:
    """Write rows into a table, or into a temporary one with the same columns.

    Values are of the column's own type or None; JSON, arrays of text and instants come ready (`json_value`, `text_array`, `instant`).
    """
    connection: Any = db.session.connection().connection.driver_connection
    with connection.cursor() as cursor:
        # Of the driver's two ways for bytes the one in C; the other, which also takes `Binary`, costs as much as all of a row's texts.
        cursor.adapters.register_dumper(bytes, BytesBinaryDumper)
        with cursor.copy(_statement(into or table, columns, "WITH (FORMAT BINARY)")) as copy:
            copy.set_types(_oids(table, tuple(columns)))
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


@lru_cache
def _oids(table: str, columns: tuple[str, ...]) -> list[int]:
    kinds = [Base.metadata.tables[table].c[name].type for name in columns]
    return [next(oid for kind, oid in OIDS if isinstance(one, kind)) for one in kinds]


def _statement(table: str, columns: Sequence[str], options: str = "") -> sql.Composed:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) FROM STDIN {}").format(sql.Identifier(table), names, sql.SQL(options))


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
