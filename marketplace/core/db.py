"""The database session, and the only place that commits.

A door opens `transaction()` around one service. Reading opens a transaction too: `outside()` ends it before the network is
used, and refuses inside `transaction()` (house-style §4).
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import psycopg
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Enum,
    MetaData,
    Numeric,
    Select,
    Text,
    TextClause,
    Uuid,
    any_,
    bindparam,
    cast,
    event,
    select,
    text,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Connection, Result
from sqlalchemy.engine.interfaces import BindTyping
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction, registry

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Parent of all models. Text has no length, integers are BIGINT, instants are aware, enums are stored by value."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            int: BigInteger,
            str: Text,
            bool: Boolean,
            Decimal: Numeric,
            datetime: DateTime(timezone=True),
            date: Date,
            UUID: Uuid,
            dict[str, Any]: JSONB(none_as_null=True),
            list[Any]: JSONB(none_as_null=True),
            list[str]: ARRAY(Text),
            list[UUID]: ARRAY(Uuid),
        },
    )


def enum_type(kind: type[StrEnum], name: str) -> Enum:
    """The column type of a status: its value as text, with a CHECK named after the column."""
    return Enum(kind, name=name, native_enum=False, create_constraint=True, length=40, values_callable=lambda e: [m.value for m in e])


db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False, "join_transaction_mode": "create_savepoint"})

acting_company: ContextVar[UUID | None] = ContextVar("acting_company", default=None)
"""The company that the running request acts for; row security compares with it."""

as_staff: ContextVar[bool] = ContextVar("as_staff", default=False)
"""True while platform staff work at the desk: their transactions run as the role that sees every company."""

STAFF_ROLE = "millgate_jobs"


def init_app(app: Flask) -> None:
    """Bind the session to the application and make every transaction begin with its company."""
    db.init_app(app)
    with app.app_context():
        event.listen(db.engine, "connect", _leave_begin_to_us)
        event.listen(db.engine, "begin", _begin_with_company)


def _leave_begin_to_us(connection: psycopg.Connection[Any], _record: object) -> None:
    # The driver then sends no BEGIN of its own: ours carries the company along and saves the way there and back.
    connection.autocommit = True


def _company_statements() -> str:
    """What every transaction begins with: the company, '' when there is none, since a pooled connection must never carry the one of
    the request before; and the role of platform staff.
    """
    company: UUID | None = acting_company.get()
    role = f"; SET LOCAL ROLE {STAFF_ROLE}" if as_staff.get() else ""
    return f"SELECT set_config('app.company', '{company or ''}', true){role}"


def _begin_with_company(connection: Connection) -> None:
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute(f"BEGIN; {_company_statements()}", prepare=False)
    except psycopg.OperationalError as error:
        # As the engine does where a statement finds the server gone: the other connections are of the same time.
        connection.invalidate(error)
        connection.engine.dispose(close=False)
        raise OperationalError("BEGIN", None, error, connection_invalidated=True) from error


@event.listens_for(Session, "after_begin")
def _enter_with_company(_session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    # Inside a transaction that somebody else began, such as a test's, the company may be another one by now.
    if connection.in_nested_transaction():
        for statement in _company_statements().split("; "):
            connection.execute(text(statement))


def one_of_ids(name: str = "ids") -> ColumnElement[UUID]:
    """To compare a column with: it is one of some ids, whatever their number, and the server plans the statement only once.

    It weighs a plan for these ids against one for any ids, and would make the first anew each time, which takes longer than the reading;
    behind a subquery it cannot know how many there are. The value is written by `ids_text`.
    """
    return any_(cast(select(bindparam(name, type_=Text())).scalar_subquery(), ARRAY(Uuid)))  # type: ignore[return-value]


def ids_text(ids: Iterable[UUID]) -> str:
    """Some ids for `one_of_ids`: as one text, because the driver takes longer to write a list than the server to find what it names."""
    return "{" + ",".join(map(str, ids)) + "}"


class _Uncast(PGDialect_psycopg):
    """Writes no casts at parameters, which a text takes for further parameters; the driver says their types itself."""

    bind_typing = BindTyping.NONE
    supports_statement_cache = False


def fixed(statement: Select[*tuple[Any, ...]]) -> TextClause:
    """A statement as text, so that a page that asks it always does not have it put together again each time.

    Rows hold what the driver gives: ids, JSON and arrays as usual, enums by their value.
    """
    compiled = statement.compile(dialect=_Uncast(paramstyle="named"))
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    return text(str(compiled)).bindparams(**constants)


def ask(statement: TextClause, values: Mapping[str, Any]) -> Result[*tuple[Any, ...]]:
    """Run a statement made by `fixed`. What the act has changed already is sent first, as the session does before its own queries."""
    db.session.flush()
    return db.session.execute(statement, values)


@contextmanager
def transaction() -> Iterator[None]:
    """One act, all or nothing. Opened by a door, never by a rule, never inside another."""
    info = db.session().info
    if info.get("open"):
        raise RuntimeError("transaction() may not nest: only a door opens one")
    info["open"] = True
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        info["open"] = False


def outside() -> None:
    """End the transaction that reading has opened, before anything waits for the network.

    Raises: RuntimeError inside `transaction()`: an act never waits for somebody else's server.
    """
    if db.session().info.get("open"):
        raise RuntimeError("the network is reached outside transaction()")
    db.session.commit()


def begin_again() -> None:
    """End the read transaction because who is acting has just become known: the next one begins with the company."""
    db.session.rollback()
